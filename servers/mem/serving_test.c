/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem as a whole on a kernel that is none: main.c and records.c, in whose place each allocation (slot, capability, mapping) can fail.
 * A script of requests is run once for each allocation in it, that one failing: a request that fails leaves everything as it was and
 * works the next time; one that can do without works at once. What comes back is always taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define main mem_main
#include "main.c"
#undef main
#include "records.c"
#include "balance.c"

#define RAM_BASE 0x40000000ull
#define RAM_BYTES (512 * MIB)
#define SCRIPT 200
#define HELD 512

/* The kernel and the libraries that are none. */
static uint64_t made, failing, slots; /* allocations so far; the one that fails; slots in use */
static bool all_fail;

static err_t allocate(err_t error)
{
    return made++ == failing || all_fail ? error : ERR_OK;
}

err_t slot_alloc(cptr_t *slot)
{
    err_t err = allocate(ERR_NO_SLOTS);
    if (err != ERR_OK) return err;
    slots++;
    *slot = 1;
    return ERR_OK;
}

void slot_free(cptr_t slot)
{
    (void)slot;
    slots--;
}

err_t cap_free(cptr_t slot)
{
    slot_free(slot);
    return ERR_OK;
}

err_t arena_alloc(cptr_t arena, capref_t dst, paddr_t base, uint64_t bytes)
{
    (void)dst;
    assert_int_equal(arena, SLOT_PASSED);
    assert_true(base >= RAM_BASE && base + bytes <= RAM_BASE + RAM_BYTES);
    return allocate(ERR_REVOKE_FIRST);
}

err_t cap_retype_new(cptr_t *dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes)
{
    (void)src, (void)offset, (void)type, (void)bytes;
    return slot_alloc(dst);
}

/* Records are in mem's own blocks: what is unmapped goes back to mem, as the monitor would tell it. */
static struct {
    void *memory;
    paddr_t base;
    uint64_t bytes;
} mapped[4096];
static unsigned mapped_count;
static struct mem_range unmapped;

static paddr_t own_block(uint64_t bytes)
{
    for (struct region *region = memory.map.tail; region != NULL; region = region->previous) {
        bool taken = region->kind != MEMORY_USED || region->bytes != bytes ||
                     account_of_number(&memory.accounts, region->tag) != own;
        for (unsigned i = 0; i < mapped_count; i++) {
            taken |= mapped[i].memory != NULL && mapped[i].base == region->base;
        }
        if (!taken) return region->base;
    }
    return 0;
}

err_t paging_map(cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes, uint64_t align, const char *name,
                 vaddr_t *va)
{
    (void)frame, (void)offset, (void)attributes, (void)align, (void)name;
    paddr_t base = own_block(bytes);
    assert_true(base != 0 && mapped_count < 4096);
    if (allocate(ERR_NO_MEMORY) != ERR_OK) {
        unmapped = (struct mem_range){base, bytes};
        return ERR_NO_MEMORY;
    }
    void *at = aligned_alloc(PAGE_SIZE, bytes);
    mapped[mapped_count].memory = at;
    mapped[mapped_count].base = base;
    mapped[mapped_count++].bytes = bytes;
    *va = (vaddr_t)at;
    return ERR_OK;
}

err_t paging_unmap(vaddr_t va, uint64_t bytes)
{
    unsigned i = 0;
    while (mapped[i].memory != (void *)va)
        i++;
    assert_int_equal(mapped[i].bytes, bytes);
    unmapped = (struct mem_range){mapped[i].base, bytes};
    free(mapped[i].memory);
    mapped[i].memory = NULL;
    return ERR_OK;
}

void ram_source_set(const struct ram_source *new_source)
{
    (void)new_source;
}
void call_give_caps(struct call *call)
{
    (void)call;
}
err_t server_init(struct server *server)
{
    (void)server;
    return ERR_OK;
}
err_t server_add(struct server *server, struct service *service)
{
    (void)server, (void)service;
    return ERR_OK;
}
_Noreturn void server_run(struct server *server)
{
    (void)server;
    abort();
}
const struct interface mem_interface;

/* There are no other cores, so nobody waits. */
struct reply *call_defer(struct call *call)
{
    (void)call;
    abort();
}
struct client *reply_client(struct reply *reply)
{
    (void)reply;
    abort();
}
void reply_drop(struct reply *reply)
{
    (void)reply;
    abort();
}
ticks_t clock_ticks(void)
{
    return 1;
}
uint64_t clock_hz(void)
{
    return 1000000;
}
void timer_set(struct waitset *set, struct timer *timer, ticks_t deadline)
{
    (void)set, (void)timer, (void)deadline;
    abort();
}
void mem_reply_want(struct reply *reply, err_t error, uint64_t more, bool urgent, const struct mem_piece *back,
                    uint32_t count)
{
    (void)reply, (void)error, (void)more, (void)urgent, (void)back, (void)count;
    abort();
}
static void reply_ram(struct reply *reply, err_t error, cptr_t ram)
{
    (void)reply, (void)error, (void)ram;
    abort();
}
void mem_reply_alloc(struct reply *reply, err_t error, cptr_t ram)
{
    reply_ram(reply, error, ram);
}
void mem_reply_alloc_within(struct reply *reply, err_t error, cptr_t ram)
{
    reply_ram(reply, error, ram);
}
void mem_reply_alloc_for(struct reply *reply, err_t error, cptr_t ram)
{
    reply_ram(reply, error, ram);
}

/* The machine: three clients of mem, and init. */
static struct client clients[3], from_init;
static struct mem_range held[HELD];
static unsigned held_count;
static uint64_t state;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void totals_check(void)
{
    uint64_t used = 0, blocks = 0;
    for (unsigned i = 0; i < CONFIG_MEM_ACCOUNTS; i++) {
        used += accounts[i].used;
        blocks += accounts[i].blocks;
    }
    assert_int_equal(used, memory.used);
    assert_int_equal(blocks, memory.blocks);
    assert_int_equal(memory.used + memory.map.free_bytes, memory.ram);
    assert_true(region_check(&memory.map));
}

static void take_back(paddr_t base, uint64_t bytes)
{
    struct call call = {.client = &from_init};
    struct mem_range range = {base, bytes};
    assert_int_equal(handle_freed(&call, &range, 1, &(uint64_t){0}), ERR_OK);
}

static void give_unmapped(void)
{
    while (unmapped.bytes != 0) {
        struct mem_range range = unmapped;
        unmapped.bytes = 0;
        take_back(range.base, range.bytes);
    }
}

static void machine_new(void)
{
    struct account *account;
    for (unsigned i = 0; i < mapped_count; i++) {
        free(mapped[i].memory);
    }
    mapped_count = held_count = chunk_count = 0;
    chunks = NULL;
    unmapped.bytes = made = slots = 0;
    failing = UINT64_MAX;
    all_fail = false;
    state = 4711;
    arena_count = 1;
    arenas[0] = (struct mem_range){RAM_BASE, RAM_BYTES};
    memset(accounts, 0, sizeof(accounts));
    memory_init(&memory, &REGIONS_INDEX, accounts, CONFIG_MEM_ACCOUNTS, CONFIG_MEM_KEPT_MIB * MIB);
    records_init(&memory, records_alloc);
    stock_init(&stock, &memory, MIB);
    balance_init(&stock, NULL, wish_serve);
    assert_int_equal(memory_add(&memory, RAM_BASE, RAM_BYTES), ERR_OK);
    assert_int_equal(account_service(2, &own), ERR_OK);
    assert_int_equal(account_service(1, &init), ERR_OK);
    memory.own = own;
    from_init = (struct client){.user = init};
    for (unsigned i = 0; i < 3; i++) {
        clients[i] = (struct client){.pid = 10 + i};
        assert_int_equal(account_open(&memory.accounts, 10 + i, RAM_BYTES / 4, &account), ERR_OK);
        clients[i].user = account;
    }
}

/* What was handed out last: the request's reply says it in a capability, of which there are none here. */
static struct mem_range newest(const struct account *account, uint64_t bytes)
{
    for (struct region *region = memory.map.head; region != NULL; region = region->next) {
        bool known = region->kind != MEMORY_USED || region->bytes != bytes ||
                     account_of_number(&memory.accounts, region->tag) != account;
        for (unsigned i = 0; i < held_count; i++) {
            known |= held[i].base == region->base;
        }
        if (!known) return (struct mem_range){region->base, bytes};
    }
    fail();
    return (struct mem_range){0, 0};
}

static err_t request(void)
{
    struct call call = {.client = &clients[random_below(3)]};
    struct mem_account account;
    struct mem_totals all;
    cptr_t ram;
    err_t err;
    uint64_t what = random_below(16), n = random_below(HELD);
    uint64_t bytes = (1 + random_below(8)) * PAGE_SIZE, align = random_below(4) == 0 ? 1ull << random_below(18) : 0;
    if (what < 9) {
        if (held_count == HELD) return ERR_OK;
        err = what == 0 ? handle_alloc_within(&call, bytes, align, RAM_BASE + RAM_BYTES / 2, UINT64_MAX, &ram)
                        : handle_alloc(&call, bytes, align, &ram);
        if (err == ERR_OK) {
            held[held_count] = newest(call.client->user, bytes);
            held_count++;
            slots--; /* the reply gave it away */
        }
        return err;
    }
    if (what < 14 && held_count > 0) {
        struct mem_range *range = &held[n % held_count];
        take_back(range->base, range->bytes);
        *range = held[--held_count];
        return ERR_OK;
    }
    err = handle_info(&call, 0, &account);
    return err == ERR_OK ? handle_totals(&call, &all) : err;
}

/* A request that must not leave anything behind if it fails; then it is made again. */
static void request_checked(void)
{
    uint64_t at = state, used = slots;
    struct mem_totals before, after;
    struct call call = {.client = &from_init};
    assert_int_equal(handle_totals(&call, &before), ERR_OK);
    uint64_t own_used = own->used, own_blocks = own->blocks;
    err_t err = request();
    give_unmapped();
    totals_check();
    if (err == ERR_OK) return;
    assert_int_equal(handle_totals(&call, &after), ERR_OK);
    assert_int_equal(after.used - own->used, before.used - own_used);
    assert_int_equal(after.blocks - own->blocks, before.blocks - own_blocks);
    assert_true(slots - used <= 2); /* records that were made on the way */
    state = at;
    assert_int_equal(request(), ERR_OK);
}

static uint64_t run_script(uint64_t fail_at)
{
    machine_new();
    while (held_count < 170) {
        request();
    }
    made = 0;
    failing = fail_at;
    for (unsigned i = 0; i < SCRIPT; i++) {
        request_checked();
    }
    failing = UINT64_MAX;
    return made;
}

static void each_allocation_fails_once(void **unused)
{
    (void)unused;
    uint64_t used[3], blocks[3];
    uint64_t all = run_script(UINT64_MAX);
    unsigned count = held_count;
    for (unsigned i = 0; i < 3; i++) {
        used[i] = ((struct account *)clients[i].user)->used;
        blocks[i] = ((struct account *)clients[i].user)->blocks;
    }
    assert_true(all > SCRIPT && chunk_count > 0);
    for (uint64_t n = 0; n < all; n++) {
        run_script(n);
        assert_int_equal(held_count, count);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(((struct account *)clients[i].user)->used, used[i]);
            assert_int_equal(((struct account *)clients[i].user)->blocks, blocks[i]);
        }
    }
}

/*
 * No record is to be had any more: requests are served out of those that there are, and what comes back is taken, in parts as long as
 * those last that are kept for that, and beyond when all of a block has come back.
 */
static void served_without_memory(void **unused)
{
    (void)unused;
    static paddr_t base[FIRST];
    struct call call = {.client = &clients[0]};
    struct mem_account account;
    unsigned count = 0;
    cptr_t ram;
    machine_new();
    while (region_spares(&memory.map) > MEMORY_RECORDS_KEPT + REGION_SPARES) {
        assert_int_equal(memory_alloc(&memory, clients[0].user, 4 * PAGE_SIZE, 0, 0, UINT64_MAX, &base[count]), ERR_OK);
        count++;
    }
    all_fail = true;
    assert_true(handle_alloc(&call, PAGE_SIZE, 0, &ram) != ERR_OK);
    assert_int_equal(slots, 0);
    assert_int_equal(handle_info(&call, 0, &account), ERR_OK);
    assert_int_equal(account.blocks, count);
    totals_check();
    /* The worst that can come back: a page in the middle of each, and then one behind it. */
    for (unsigned page = 1; page < 4; page += 2) {
        for (unsigned i = 0; i < count; i++) {
            take_back(base[i] + page * PAGE_SIZE, PAGE_SIZE);
            totals_check();
        }
    }
    assert_int_equal(handle_info(&call, 0, &account), ERR_OK);
    assert_in_range(account.used, count * 3 * PAGE_SIZE, count * 4 * PAGE_SIZE - 1);
    all_fail = false;
    for (unsigned i = 0; i < WAIT; i++) { /* records can be had again, but not each time is it tried */
        if (handle_alloc(&call, PAGE_SIZE, 0, &ram) == ERR_OK) break;
    }
    assert_int_equal(slots, 1);
    for (unsigned i = 0; i < count; i++) {
        take_back(base[i], PAGE_SIZE);
        take_back(base[i] + 2 * PAGE_SIZE, PAGE_SIZE);
        give_unmapped();
        totals_check();
    }
    assert_int_equal(handle_info(&call, 0, &account), ERR_OK);
    assert_int_equal(account.used, PAGE_SIZE);
    assert_int_equal(account.blocks, 1);
}

/* As many records as blocks need, and none too many when the blocks are gone. */
static void records_come_and_go(void **unused)
{
    (void)unused;
    static struct mem_range blocks[4000];
    struct call call = {.client = &clients[0]};
    cptr_t ram;
    machine_new();
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 4000; i++) {
            assert_int_equal(handle_alloc(&call, 2 * PAGE_SIZE, 0, &ram), ERR_OK);
        }
        totals_check();
        assert_true(own->used > 0);
        unsigned count = 0;
        for (struct region *region = memory.map.head; region != NULL; region = region->next) {
            if (region->kind == MEMORY_USED && account_of_number(&memory.accounts, region->tag) == clients[0].user) {
                blocks[count++] = (struct mem_range){region->base, region->bytes};
                assert_true(region->base < RAM_BASE + RAM_BYTES / 2);
            } else if (region->kind == MEMORY_USED) {
                assert_true(region->base >= RAM_BASE + RAM_BYTES - 8 * MIB);
            }
        }
        assert_int_equal(count, 4000);
        for (unsigned i = 0; i < 4000; i++) {
            unsigned n = (i * 1237) % 4000;
            take_back(blocks[n].base, blocks[n].bytes);
            give_unmapped();
        }
        totals_check();
        assert_int_equal(own->used, 0);
        assert_int_equal(memory.map.count, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails_once),
        cmocka_unit_test(served_without_memory),
        cmocka_unit_test(records_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
