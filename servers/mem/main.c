/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem: serves mem.idl out of the Arenas that init moved to it (passed capabilities, described by its arguments):
 *
 *   arena=BASE,BYTES      one per passed capability, in order
 *   init-used=BASE,BYTES  what init keeps of them for itself; what it does not need comes back as freed
 *   self-used=BASE,BYTES  what mem was made of, the same way
 *   share=BASE,BYTES      what of them is this core's: several of these, or one
 *   machine=N total=N kernel=N boot=N ramdisk=N init=PID self=PID
 *
 * It calls nobody: not other cores' mem either, the monitor carries RAM between them (balance.h). What it needs itself it takes from the Arenas, on its own account, and records of regions before they run
 * out. Its own endpoint is known to init only (everybody else was introduced), so a client without a pid is init.
 */
#include "balance.h"
#include "records.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/mem.h>
#include <messaging/server.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENAS 8
#define EXIT_ARGUMENT 128 /* exit code: the argument of this number is not understood; below: an error */

static struct memory memory;
static struct stock stock;
static struct account accounts[CONFIG_MEM_ACCOUNTS];
static struct mem_range arenas[ARENAS];
static uint32_t arena_count;
static struct mem_totals totals;
static struct account *own, *init;
static pid_abi_t introducer; /* proc */

static bool is_init(const struct client *client)
{
    return client->pid == 0;
}
static bool is_trusted(const struct client *client)
{
    return is_init(client) || (introducer != 0 && client->pid == introducer);
}

/* What the mems of all cores have: each one's Arenas cover all of that. */
static uint64_t all_bytes(void)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < arena_count; i++) {
        all += arenas[i].bytes;
    }
    return all;
}

static uint64_t quota_default(void)
{
    return all_bytes() / 100 * CONFIG_MEM_QUOTA_PERCENT;
}

/* The Arena that covers an address, as a slot of ours. */
static cptr_t arena_of(paddr_t base)
{
    for (uint32_t i = 0; i < arena_count; i++) {
        if (base - arenas[i].base < arenas[i].bytes) return SLOT_PASSED + i;
    }
    return 0;
}

/* A block for an account, in a fresh slot. */
static err_t block_alloc(struct account *account, uint64_t bytes, uint64_t align, paddr_t first, paddr_t last, cptr_t *ram)
{
    paddr_t base;
    err_t err = slot_alloc(ram);
    if (err != ERR_OK) return err;
    records_ensure();
    err = memory_alloc(&memory, account, bytes, align, first, last, &base);
    if (err == ERR_OK) {
        err = arena_alloc(arena_of(base), *ram, base, bytes);
        if (err == ERR_OK) return ERR_OK;
        memory_free(&memory, base, bytes);
    }
    slot_free(*ram);
    *ram = 0;
    return err == ERR_AGAIN ? ERR_NO_MEMORY : err;
}

static err_t records_alloc(uint64_t bytes, paddr_t first, paddr_t last, cptr_t *ram)
{
    return block_alloc(own, bytes, 0, first, last, ram);
}

/* What this process itself needs. */
static err_t own_alloc(uint64_t bytes, cptr_t *ram)
{
    return block_alloc(own, bytes, 0, 0, UINT64_MAX, ram);
}
static const struct ram_source own_source = {own_alloc};

/* A block, now, or when another core has given some; init's threads never wait: they are what brings it. */
static err_t block_serve(struct call *call, struct account *account, const struct balance_wish *wish, cptr_t *ram)
{
    err_t err = block_alloc(account, wish->bytes, wish->align, wish->first, wish->last, ram);
    if (err == ERR_NO_MEMORY && !account->service && !is_init(call->client) && balance_wait(call, account, wish))
        return ERR_OK;
    if (err == ERR_OK) call_give_caps(call);
    balance_look();
    return err;
}

static err_t wish_serve(const struct balance_wish *wish, struct account *account, cptr_t *ram)
{
    return block_alloc(account, wish->bytes, wish->align, wish->first, wish->last, ram);
}

static err_t handle_alloc(struct call *call, uint64_t bytes, uint64_t align, cptr_t *ram)
{
    struct balance_wish wish = {bytes, align, 0, UINT64_MAX, mem_reply_alloc};
    return block_serve(call, call->client->user, &wish, ram);
}

static err_t handle_alloc_within(struct call *call, uint64_t bytes, uint64_t align, uint64_t first, uint64_t last,
                                 cptr_t *ram)
{
    struct balance_wish wish = {bytes, align, first, last, mem_reply_alloc_within};
    return block_serve(call, call->client->user, &wish, ram);
}

static err_t handle_alloc_for(struct call *call, uint64_t pid, uint64_t bytes, uint64_t align, uint32_t flags, cptr_t *ram)
{
    if (!is_trusted(call->client)) return ERR_PERMISSION;
    if ((flags & ~(uint32_t)MEM_ALLOC_SERVICE) != 0) return ERR_ARGUMENT;
    struct account *account = account_find(&memory.accounts, pid);
    if (account == NULL) return ERR_NOT_FOUND;
    if (flags & MEM_ALLOC_SERVICE) {
        account->service = true;
        account->quota = all_bytes();
    }
    struct balance_wish wish = {bytes, align, 0, UINT64_MAX, mem_reply_alloc_for};
    return block_serve(call, account, &wish, ram);
}

static err_t handle_info(struct call *call, uint64_t pid, struct mem_account *result)
{
    const struct account *account = pid == 0 ? call->client->user : account_find(&memory.accounts, pid);
    if (account == NULL) return ERR_NOT_FOUND;
    *result = (struct mem_account){account->used, account->peak, account->quota, account->blocks};
    return ERR_OK;
}

static err_t handle_totals(struct call *call, struct mem_totals *result)
{
    (void)call;
    *result = totals;
    result->total = totals.kernel + totals.boot + totals.ramdisk + totals.other + memory.ram;
    result->used = memory.used;
    result->free = memory.map.free_bytes;
    result->blocks = memory.blocks;
    result->largest = region_largest(&memory.map);
    result->kept = memory.kept;
    result->foreign = stock.foreign_count * stock.piece;
    result->given = stock.given;
    result->gained = stock.gained;
    return ERR_OK;
}

static err_t handle_block(struct call *call, uint64_t address, struct mem_range *range, uint64_t *pid, bool *ended)
{
    (void)call;
    const struct region *region = region_find(&memory.map, address);
    if (region == NULL) return ERR_NOT_FOUND;
    *range = (struct mem_range){region->base, region->bytes};
    if (region->kind != MEMORY_USED) return ERR_OK;
    const struct account *account = account_of_number(&memory.accounts, region->tag);
    *pid = account->pid;
    *ended = !account->open;
    return ERR_OK;
}

static err_t handle_accounts(struct call *call, uint32_t first, uint32_t most, uint32_t *next,
                             struct mem_holder *holders, uint32_t *count)
{
    (void)call;
    *next = first;
    while (*next < CONFIG_MEM_ACCOUNTS && *count < 16 && *count < most) {
        const struct account *account = &accounts[(*next)++];
        if (!account->open && account->used == 0) continue;
        holders[(*count)++] = (struct mem_holder){account->pid, account->used, account->blocks, .ended = account->ended};
    }
    if (*next >= CONFIG_MEM_ACCOUNTS) *next = 0;
    return ERR_OK;
}

static err_t handle_set_quota(struct call *call, uint64_t pid, uint64_t bytes)
{
    if (!is_trusted(call->client)) return ERR_PERMISSION;
    struct account *account = account_find(&memory.accounts, pid);
    if (account == NULL) return ERR_NOT_FOUND;
    account->quota = bytes;
    return ERR_OK;
}

static err_t handle_trust(struct call *call, uint64_t pid)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    introducer = pid;
    return ERR_OK;
}

/* A range that is none of ours (the kernel frees what it made at boot, too) is skipped: it never was in the totals. */
static err_t handle_freed(struct call *call, const struct mem_range *ranges, uint32_t count, uint64_t *ended)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    for (uint32_t i = 0; i < count; i++) {
        records_ensure();
        memory_free(&memory, ranges[i].base, ranges[i].bytes);
        records_trim();
    }
    balance_look();
    *ended = memory.accounts.ended_bytes;
    return ERR_OK;
}

static err_t handle_ended(struct call *call, uint64_t pid)
{
    if (!is_trusted(call->client)) return ERR_PERMISSION;
    struct account *account = account_find(&memory.accounts, pid);
    if (account == NULL) return ERR_NOT_FOUND;
    account_end(&memory.accounts, account);
    return ERR_OK;
}

static err_t handle_leftovers(struct call *call, uint64_t from, uint64_t *next, struct mem_range *ranges, uint32_t *count)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    *next = from;
    *count = memory_leftovers(&memory, next, ranges, 32);
    return ERR_OK;
}

static err_t handle_pieces(struct call *call, uint64_t bytes)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    if (bytes == 0 || (bytes & (bytes - 1)) != 0 || (bytes & PAGE_MASK) != 0) return ERR_ARGUMENT;
    stock.piece = bytes;
    balance_look();
    return ERR_OK;
}

static err_t handle_want(struct call *call, uint64_t got, uint64_t *more, bool *urgent, struct mem_piece *back,
                         uint32_t *count)
{
    (void)more, (void)urgent, (void)back, (void)count;
    return is_init(call->client) ? balance_want(call, got) : ERR_PERMISSION;
}

static err_t handle_give(struct call *call, uint64_t bytes, bool urgent, struct mem_piece *pieces, uint32_t *count)
{
    paddr_t bases[MEM_PIECES_MAX];
    if (!is_init(call->client)) return ERR_PERMISSION;
    records_ensure();
    *count = stock_give(&stock, bytes, urgent, bases, MEM_PIECES_MAX);
    for (uint32_t i = 0; i < *count; i++) {
        pieces[i] = (struct mem_piece){.base = bases[i]};
    }
    balance_look();
    return ERR_OK;
}

static err_t handle_gained(struct call *call, const struct mem_piece *piece, bool own_piece)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    records_ensure();
    err_t err = stock_gain(&stock, piece->base, (coreid_t)piece->core, own_piece);
    balance_look();
    return err;
}

/* What init has allocated in vain comes back first. */
static err_t handle_given(struct call *call, uint64_t base, uint64_t bytes)
{
    if (!is_init(call->client)) return ERR_PERMISSION;
    records_ensure();
    if (region_spares(&memory.map) < 2 * REGION_SPARES) return ERR_AGAIN;
    err_t err = memory_free(&memory, base, bytes);
    if (err == ERR_OK || err == ERR_NO_REGION) err = memory_give(&memory, base, bytes);
    if (err == ERR_OK) stock.given += bytes;
    return err;
}

static err_t client_new(struct client *client)
{
    if (client->user == NULL && is_init(client)) client->user = init;
    return ERR_OK;
}

static err_t introduce(struct client *by, uint64_t pid, struct client *child)
{
    struct account *account;
    if (!is_trusted(by)) return ERR_PERMISSION;
    err_t err = account_open(&memory.accounts, pid, quota_default(), &account);
    if (err == ERR_OK) child->user = account;
    return err;
}

static void client_gone(struct client *client)
{
    if (client->user != NULL && client->user != init) account_close(&memory.accounts, client->user);
    client->user = NULL;
    balance_forget(NULL);
}

static const struct mem_ops ops = {
    .alloc = handle_alloc,
    .alloc_within = handle_alloc_within,
    .alloc_for = handle_alloc_for,
    .info = handle_info,
    .totals = handle_totals,
    .block = handle_block,
    .accounts = handle_accounts,
    .set_quota = handle_set_quota,
    .trust = handle_trust,
    .freed = handle_freed,
    .ended = handle_ended,
    .leftovers = handle_leftovers,
    .pieces = handle_pieces,
    .want = handle_want,
    .give = handle_give,
    .gained = handle_gained,
    .given = handle_given,
};

static bool number_after(const char *argument, const char *key, uint64_t *first, uint64_t *second)
{
    size_t length = strlen(key);
    char *end;
    if (strncmp(argument, key, length) != 0) return false;
    *first = strtoull(argument + length, &end, 0);
    if (second == NULL) return *end == 0;
    if (*end != ',') return false;
    *second = strtoull(end + 1, &end, 0);
    return *end == 0;
}

static err_t account_service(pid_abi_t pid, struct account **account)
{
    err_t err = account_open(&memory.accounts, pid, UINT64_MAX, account);
    if (err == ERR_OK) (*account)->service = true;
    return err;
}

/* One argument; the order is arenas and pids first, then what is used of them. */
static err_t argument_apply(const char *argument)
{
    uint64_t a, b;
    if (number_after(argument, "arena=", &a, &b)) {
        if (arena_count == ARENAS) return ERR_TOO_MANY;
        arenas[arena_count++] = (struct mem_range){a, b};
        return ERR_OK;
    }
    if (number_after(argument, "share=", &a, &b)) return memory_add(&memory, a, b);
    if (number_after(argument, "init-used=", &a, &b)) return memory_alloc_at(&memory, init, a, b);
    if (number_after(argument, "self-used=", &a, &b)) return memory_alloc_at(&memory, own, a, b);
    if (number_after(argument, "machine=", &totals.machine, NULL)) return ERR_OK;
    if (number_after(argument, "total=", &totals.total, NULL)) return ERR_OK;
    if (number_after(argument, "kernel=", &totals.kernel, NULL)) return ERR_OK;
    if (number_after(argument, "boot=", &totals.boot, NULL)) return ERR_OK;
    if (number_after(argument, "ramdisk=", &totals.ramdisk, NULL)) return ERR_OK;
    if (number_after(argument, "init=", &a, NULL)) return account_service(a, &init);
    if (number_after(argument, "self=", &a, NULL)) return account_service(a, &own);
    return ERR_ARGUMENT;
}

int main(int argc, char **argv)
{
    static struct server server;
    static struct service service = MEM_SERVICE(&ops, .client_new = client_new, .client_gone = client_gone,
                                                .canceled = balance_forget, .introduce = introduce);
    memory_init(&memory, &REGIONS_INDEX, accounts, CONFIG_MEM_ACCOUNTS, CONFIG_MEM_KEPT_MIB * MIB);
    records_init(&memory, records_alloc);
    stock_init(&stock, &memory, CONFIG_MEM_STOCK_MIB * MIB);
    for (int i = 1; i < argc; i++) {
        if (argument_apply(argv[i]) != ERR_OK) return EXIT_ARGUMENT + i;
    }
    if (own == NULL || init == NULL || arena_count == 0) return EXIT_ARGUMENT;
    memory.own = own;
    totals.other = totals.total - totals.kernel - totals.boot - totals.ramdisk - memory.ram;
    if (totals.total != totals.machine) stock.gained = totals.total; /* from the core that started this one */
    ram_source_set(&own_source);
    err_t err = server_init(&server);
    if (err == ERR_OK) err = server_add(&server, &service);
    if (err != ERR_OK) return (int)err;
    balance_init(&stock, &server.waitset, wish_serve);
    server_run(&server);
}
