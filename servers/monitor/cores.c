/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boots other cores, in a thread of its own: memory for the kernel (a KCB) and for all that runs on it (core_memory.c), then the kernel does the
 * rest. One core at a time, so that each new one is told of all that are up. What was given to a core that does not come up
 * goes back to mem, but for a KCB in which it may still be running.
 */
#include "cores.h"
#include "core_memory.h"
#include "link.h"
#include "monitor.h"
#include "post.h"
#include "remote_caps.h"
#include "names_relay.h"
#include "remote_log.h"
#include "silence.h"
#include "stock.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/mem.h>
#include <paging/paging.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define BOOTINFO ((const struct bootinfo *)VADDR_BOOTINFO)
#define ANSWER_US 5000000 /* how long a core may take until it is up */

static struct waitset waitset;
static struct event wanted_event; /* wakes the thread, which looks through `wanted` */
static struct mutex lock;         /* of `wanted` */
static struct {
    bool boot;
    struct reply *reply;
} wanted[CORES_MAX];
static struct cores_shared *shared;
static cptr_t frame;

const struct cores_shared *cores_shared(void)
{
    return shared;
}

coreid_t cores_home(paddr_t address)
{
    return shared != NULL ? piece_home(&shared->pieces, address) : 0;
}

struct pieces *cores_pieces(void)
{
    return &shared->pieces;
}

/* The rings of two monitors. Pairs are numbered by the higher core, then by the lower. */
static void *pair(coreid_t a, coreid_t b)
{
    uint64_t high = a > b ? a : b, low = a > b ? b : a;
    return (char *)shared + CORES_SHARED_BYTES + (high * (high - 1) / 2 + low) * LINK_PAIR_BYTES;
}

static err_t kernel(unsigned op, uint64_t a[7])
{
    return kernel_invoke(SLOT_KERNEL, op, a);
}

/* The frame that all monitors share. Core 0 makes it before it starts the first of the others. */
static err_t shared_make(void)
{
    uint64_t count = BOOTINFO->core_count;
    uint64_t bytes = CORES_SHARED_BYTES + count * (count - 1) / 2 * LINK_PAIR_BYTES;
    cptr_t ram;
    vaddr_t va;
    if (shared != NULL) return ERR_OK;
    err_t err = mem_alloc(mem_default(), bytes, 0, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype_new(&frame, ram, 0, CAP_FRAME, bytes);
    cap_free(ram);
    if (err != ERR_OK) return err;
    err = paging_map(frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "monitors", &va);
    if (err != ERR_OK) return cap_free(frame), err;
    struct cores_shared *table = (struct cores_shared *)va;
    table->count = (uint32_t)count;
    for (uint32_t i = 0; i < count; i++) {
        table->core[i].mpidr = BOOTINFO->mpidr[i];
    }
    table->core[0].state = MONITOR_CORE_UP;
    table->core[0].linked = true;
    table->core[0].dealt = true;
    pieces_make(&table->pieces, BOOTINFO->arena, BOOTINFO->arena_count);
    shared = table;
    return ERR_OK;
}

/* The core has its memory and is on its way: wait until it says so. */
static err_t answer_await(coreid_t core)
{
    struct core_record *record = &shared->core[core];
    ticks_t deadline = clock_ticks() + ticks_from_us(ANSWER_US);
    while (record->state != MONITOR_CORE_UP) {
        if (record->state == MONITOR_CORE_SILENT) return ERR_PEER_DEAD;
        if (waitset_wait(&waitset, deadline) != ERR_TIMEOUT) continue;
        uint64_t a[7] = {core};
        if (kernel(KERNEL_CORE_ABANDON, a) == ERR_OK) return ERR_TIMEOUT;
        deadline = 0; /* its kernel is up, its init only slow */
    }
    return ERR_OK;
}

static err_t core_start(coreid_t core, cptr_t kcb, cptr_t memory)
{
    struct core_record *record = &shared->core[core];
    err_t err = core_memory_record(record, kcb, memory);
    if (err != ERR_OK) return err;
    for (coreid_t other = 0; record->error != ERR_OK && other < shared->count; other++) {
        if (other != core) memset(pair(core, other), 0, LINK_PAIR_BYTES); /* it may have begun to send */
    }
    pieces_deal(&shared->pieces, record->memory_base, record->memory_bytes, core);
    record->linked = false;
    record->state = MONITOR_CORE_STARTING;
    record->ticks = clock_ticks();
    uint64_t a[7] = {kcb, memory, core, record->mpidr, frame};
    err = kernel(KERNEL_CORE_START, a);
    if (err != ERR_OK) {
        pieces_deal(&shared->pieces, record->memory_base, record->memory_bytes, 0);
        return err;
    }
    core_memory_deal(shared, core);
    err = answer_await(core);
    if (err == ERR_OK)
        core_memory_runs(record);
    else if (err == ERR_TIMEOUT)
        core_memory_undeal(shared, core);
    return err;
}

/* The services of this core are known on all. */
static void ready(void)
{
    struct core_record *own = &shared->core[BOOTINFO->core];
    if (own->state != MONITOR_CORE_STARTING) return;
    own->ticks = clock_ticks() - own->ticks;
    own->state = MONITOR_CORE_UP;
    link_ring(0);
}

static err_t core_boot(coreid_t core)
{
    err_t err = shared_make();
    if (err == ERR_OK) err = names_relay_start(ready);
    if (err == ERR_OK) err = stock_start();
    if (err == ERR_OK) remote_log_start();
    if (err != ERR_OK) {
        log_line("monitor: core %u cannot be booted: %s", (unsigned)core, err_text(err));
        return err;
    }
    struct core_record *record = &shared->core[core];
    if (record->state == MONITOR_CORE_UP) return ERR_EXISTS;
    if (record->state == MONITOR_CORE_SILENT) return ERR_PEER_DEAD; /* it may be running */
    cptr_t kcb, memory = 0;
    err = core_memory_alloc(shared, &memory, &record->memory_bytes);
    if (err == ERR_OK) err = core_memory_kcb(&kcb); /* another call of mem: it has let go of `memory` after that */
    if (err == ERR_OK) {
        err = core_start(core, kcb, memory);
        if (err != ERR_OK && err != ERR_TIMEOUT && err != ERR_PEER_DEAD)
            cap_free(kcb); /* else it is used for good, and so is its slot */
    }
    cap_free(memory); /* unless the core has it */
    record->error = err;
    if (err == ERR_OK) {
        log_line("monitor: core %u is up, %u MiB", (unsigned)core, (unsigned)(record->memory_bytes / MIB));
    } else if (err != ERR_PEER_DEAD) {
        record->state = MONITOR_CORE_FAILED;
        record->memory_bytes = 0;
        log_line("monitor: core %u does not come up: %s", (unsigned)core, err_text(err));
    }
    return err;
}

static void wanted_boot(void)
{
    for (coreid_t core = 1; core < CORES_MAX; core++) {
        mutex_lock(&lock);
        bool boot = wanted[core].boot;
        struct reply *reply = wanted[core].reply;
        wanted[core].reply = NULL;
        mutex_unlock(&lock);
        if (!boot) continue;
        err_t err = core_boot(core);
        mutex_lock(&lock);
        wanted[core].boot = false;
        mutex_unlock(&lock);
        if (reply != NULL) monitor_reply_core_boot(reply, err);
    }
}

/* Have all others open their channels to this core, which one of them started. */
static void join(void)
{
    shared->core[BOOTINFO->core].linked = true;
    for (coreid_t core = 0; core < shared->count; core++) {
        if (link_is_open(core)) link_ring(core);
    }
    remote_log_start();
}

/* It answers no more: everybody is to know. In link's thread. */
static void silent(coreid_t core)
{
    bool tell = silence_mark(shared, BOOTINFO->core, core);
    if (tell) log_line("monitor: core %u does not answer, and is given up", (unsigned)core);
    for (coreid_t other = 0; tell && other < shared->count; other++) {
        if (link_is_open(other)) link_ring(other);
    }
    link_lose(core);
}

/* Who was found silent; the core itself, should it go on, is as far from all others as they are from it. */
static void losses_look(void)
{
    for (coreid_t core = 0; core < shared->count; core++) {
        if (link_is_open(core) && silence_parted(shared, BOOTINFO->core, core)) link_lose(core);
    }
}

/* Another core may have come up: our kernel is told how to ring it, and its monitor's channel is opened. In link's thread. */
static void look(void)
{
    for (coreid_t core = 0; shared != NULL && core < shared->count; core++) {
        const struct core_record *record = &shared->core[core];
        if (core == BOOTINFO->core || link_is_open(core) || !record->linked) continue;
        if (record->state == MONITOR_CORE_SILENT) continue;
        uint64_t a[7] = {core, record->kcb_base, record->kcb_bytes};
        cptr_t bell;
        err_t err = kernel(KERNEL_CORE_PEER, a);
        if (err == ERR_EXISTS) err = ERR_OK; /* it was up before us, or we started it */
        if (err == ERR_OK) err = cap_retype_new(&bell, SLOT_DOORBELLS, DOORBELL(core, 0), CAP_DOORBELL, 1);
        if (err == ERR_OK) link_open(core, pair(BOOTINFO->core, core), BOOTINFO->core > core, bell);
        if (err == ERR_OK) names_relay_joined(core);
        if (err != ERR_OK) log_line("monitor: core %u cannot be reached: %s", (unsigned)core, err_text(err));
    }
    if (shared != NULL) losses_look();
    if (BOOTINFO->core == 0) {
        event_post(&waitset, &wanted_event);
    } else if (!shared->core[BOOTINFO->core].linked) {
        join();
    }
}

static void wake(struct event *event)
{
    (void)event;
}

void cores_boot_all(void)
{
    if (BOOTINFO->core != 0 || BOOTINFO->core_count < 2) return;
    mutex_lock(&lock);
    for (coreid_t core = 1; core < BOOTINFO->core_count; core++) {
        wanted[core].boot = true;
    }
    mutex_unlock(&lock);
    event_post(&waitset, &wanted_event);
}

err_t cores_boot(coreid_t core, struct reply *reply)
{
    if (BOOTINFO->core != 0) return ERR_UNSUPPORTED;
    if (core >= BOOTINFO->core_count) return ERR_NOT_FOUND;
    if (core == 0 || (shared != NULL && shared->core[core].state == MONITOR_CORE_UP)) return ERR_EXISTS;
    mutex_lock(&lock);
    bool taken = !wanted[core].boot;
    if (taken) {
        wanted[core].boot = true;
        wanted[core].reply = reply;
    }
    mutex_unlock(&lock);
    if (!taken) return ERR_BUSY;
    event_post(&waitset, &wanted_event);
    return ERR_OK;
}

static struct monitor_core describe(coreid_t core)
{
    if (shared == NULL) {
        return (struct monitor_core){
            .id = core, .state = core == 0 ? MONITOR_CORE_UP : MONITOR_CORE_OFF, .mpidr = BOOTINFO->mpidr[core]};
    }
    const struct core_record *record = &shared->core[core];
    return (struct monitor_core){.id = core,
                                 .state = record->state,
                                 .mpidr = record->mpidr,
                                 .memory = record->memory_bytes,
                                 .error = record->error,
                                 .boot_us = record->state == MONITOR_CORE_UP ? us_from_ticks(record->ticks) : 0};
}

uint32_t cores_list(uint32_t first, struct monitor_core *list, uint32_t most)
{
    uint32_t count = 0, all = shared != NULL ? shared->count : BOOTINFO->core_count;
    while (count < most && first < all) {
        list[count++] = describe(first++);
    }
    return count;
}

static int cores_main(void *argument)
{
    (void)argument;
    for (;;) {
        waitset_wait(&waitset, 0);
        wanted_boot();
    }
    return 0;
}

/* The table, on a core that was started by another. */
static err_t shared_map(void)
{
    vaddr_t va;
    struct cap_info info;
    err_t err = cap_identify(SLOT_URPC, &info);
    if (err == ERR_OK) err = paging_map(SLOT_URPC, 0, info.bytes, MAP_READ | MAP_WRITE, 0, "monitors", &va);
    if (err == ERR_OK) shared = (struct cores_shared *)va;
    return err;
}

err_t cores_start(void)
{
    if (BOOTINFO->core == 0 && BOOTINFO->core_count < 2) return ERR_OK;
    waitset_init(&waitset);
    wanted_event = (struct event){.run = wake};
    err_t err = BOOTINFO->core == 0 ? ERR_OK : shared_map();
    if (err == ERR_OK && BOOTINFO->core != 0) err = names_relay_start(ready);
    if (err == ERR_OK) err = link_start(look, silent);
    if (err == ERR_OK) {
        remote_caps_start(steps_drain);
        post_start();
        if (BOOTINFO->core != 0) err = stock_start();
    }
    struct thread_options options = {.name = "cores", .detached = true, .pinned = true};
    return err == ERR_OK && BOOTINFO->core == 0 ? thread_create(NULL, cores_main, NULL, &options) : err;
}
