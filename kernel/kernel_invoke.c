/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invocations of the Kernel capability: what the monitor may and nobody else. Each is one bounded step.
 */
#include <arch/psci.h>
#include <arch/timer.h>
#include <kernel/compiler.h>
#include <kernel/block.h>
#include <kernel/cnode.h>
#include <kernel/coreboot.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/holders.h>
#include <kernel/irq.h>
#include <kernel/kinfo.h>
#include <kernel/log.h>
#include <kernel/mdb.h>
#include <kernel/retype.h>
#include <kernel/sched.h>
#include <kernel/shared.h>
#include <kernel/wakes.h>

#define LOG_WRITE_MAX 48
#define LOG_READ_MAX 24

struct kinfo kinfo;
static struct slot monitor_endpoint;

static const struct cap *own_cspace(void)
{
    return &core.current->cspace.cap;
}

static err_t kernel_log_write(const uint64_t *x)
{
    if (x[0] == 0 || x[0] > LOG_WRITE_MAX) {
        return ERR_ARGUMENT;
    }
    log_bytes((const char *)&x[1], x[0]);
    return ERR_OK;
}

static err_t kernel_log_read(uint64_t *x)
{
    size_t count = 0;
    uint64_t offset = x[0];
    x[2] = x[3] = x[4] = 0;
    x[1] = log_read(offset, (char *)&x[2], LOG_READ_MAX, &count);
    x[5] = count;
    return ERR_OK;
}

/* Memory of another core. The monitors see to it that it stays memory there for as long as it is a Frame here. */
static err_t kernel_frame(capref_t ref, paddr_t base, uint64_t bytes)
{
    struct slot *dst, *other;
    uint64_t end;
    struct cap frame = {.type = CAP_FRAME, .rights = MAP_READ | MAP_WRITE, .base = base, .bytes = bytes};
    if (bytes == 0) return ERR_ARGUMENT;
    if (__builtin_add_overflow(base, bytes, &end)) return ERR_OVERFLOW;
    if ((base | bytes) & PAGE_MASK) return ERR_ALIGNMENT;
    err_t err = cspace_find_empty(own_cspace(), ref, &dst);
    if (err != ERR_OK) return err;
    other = mdb_find(&frame);
    if (other != NULL && other->cap.block_bytes != 0) return ERR_ARGUMENT; /* our own */
    cap_create(dst, &frame);
    return ERR_OK;
}

static void notify_monitor(void)
{
    endpoint_signal(&monitor_endpoint.cap);
}

static err_t kernel_bind(capref_t ref)
{
    struct slot *slot;
    err_t err = cspace_find(own_cspace(), ref, &slot);
    if (err == ERR_OK) {
        err = cap_expect(&slot->cap, CAP_ENDPOINT);
    }
    if (err == ERR_OK && !slot_is_empty(&monitor_endpoint)) {
        err = cap_delete(&monitor_endpoint);
    }
    if (err != ERR_OK) {
        return err;
    }
    cap_copy(&monitor_endpoint, slot, UINT64_MAX);
    monitor_notify = notify_monitor;
    notify_monitor(); /* what has happened before it was bound */
    return ERR_OK;
}

static err_t kernel_drain(uint64_t *x)
{
    bool more;
    block_drain(&x[1], &x[2], &more);
    x[3] = more;
    return ERR_OK;
}

/* The CSpace that a Dispatcher or L1CNode of the caller stands for; 0: the caller's own. */
static err_t find_cspace(capref_t ref, const struct cap **root)
{
    *root = own_cspace();
    if (ref == 0) {
        return ERR_OK;
    }
    struct slot *slot;
    err_t err = cspace_find(own_cspace(), ref, &slot);
    if (err != ERR_OK) {
        return err;
    }
    if (slot->cap.kind == CAP_DISPATCHER) {
        *root = &((struct dcb *)phys_to_virt(slot->cap.base))->cspace.cap;
        return ERR_OK;
    }
    *root = &slot->cap;
    return cap_expect(&slot->cap, CAP_L1CNODE);
}

static err_t kernel_revoke_step(const uint64_t *x)
{
    const struct cap *root;
    struct slot *slot;
    err_t err = find_cspace(x[0], &root);
    if (err == ERR_OK) {
        err = cspace_find(root, x[1], &slot);
    }
    if (err == ERR_OK && shared_forbids_changes(&slot->cap)) {
        err = ERR_RETRY_THROUGH_MONITOR;
    }
    return err != ERR_OK ? err : cap_revoke_step(slot);
}

/* Of an Endpoint also what goes through it. */
static void identify_traffic(const struct cap *endpoint, uint64_t *x)
{
    const struct dcb *receiver = phys_to_virt(endpoint->base);
    unsigned number = endpoint->minor & ENDPOINT_RING_MASK;
    const struct lmp_ring *ring = &receiver->ring[number];
    uint32_t filled = receiver->frame != NULL && ring->slots != 0 ? ring->head - receiver->frame->ring[number].tail : 0;
    filled = filled < ring->slots ? filled : ring->slots;
    x[5] = IDENTIFY_TRAFFIC(endpoint->sent, number, ring->slots, filled);
}

static err_t kernel_identify(uint64_t *x)
{
    const struct cap *root;
    struct slot *slot;
    err_t err = find_cspace(x[0], &root);
    if (err == ERR_OK) {
        err = cspace_find(root, x[1], &slot);
    }
    if (err == ERR_OK) {
        cap_identify(&slot->cap, true, x);
        x[5] = 0;
        if (slot->cap.kind == CAP_ENDPOINT) {
            identify_traffic(&slot->cap, x);
        }
    }
    return err;
}

static void results(uint64_t *x, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    x[1] = a;
    x[2] = b;
    x[3] = c;
    x[4] = d;
}

static err_t kernel_info(uint64_t *x)
{
    uint64_t syscalls, messages;
    switch (x[0]) {
    case KINFO_MDB:
        results(x, mdb_counts.hash, mdb_counts.nodes, mdb_counts.caps, 0);
        return ERR_OK;
    case KINFO_COUNTS:
        dispatcher_totals(&syscalls, &messages);
        results(x, syscalls, kinfo.refused, irq_count, sched_dispatches + messages);
        return ERR_OK;
    case KINFO_IRQ_OFF:
        results(x, kinfo.irq_off_longest, 0, 0, 0);
        kinfo.irq_off_longest = 0;
        return ERR_OK;
    case KINFO_IDLE:
        results(x, sched_idle_ticks, timer_now() - timer_reset, kinfo.entry_instructions, kinfo.init_instructions);
        return ERR_OK;
    case KINFO_MEMORY:
        results(x, kinfo.ram_bytes, kinfo.kernel_bytes, block_freed_bytes, 0);
        return ERR_OK;
    default:
        return (x[0] & 0xff) == KINFO_WAKE ? wake_read(x[0] >> 8, x) : ERR_ARGUMENT;
    }
}

static err_t kernel_power(uint64_t what)
{
    if (what > 1) {
        return ERR_ARGUMENT;
    }
    if (what == 1) {
        psci_reset();
    } else {
        psci_off();
    }
    return ERR_UNSUPPORTED; /* the firmware did not obey */
}

OUT_OF_LINE err_t kernel_invoke(unsigned op, uint64_t *x)
{
    switch (op) {
    case KERNEL_LOG_WRITE:
        return kernel_log_write(x);
    case KERNEL_LOG_READ:
        return kernel_log_read(x);
    case KERNEL_BIND:
        return kernel_bind(x[0]);
    case KERNEL_REAP:
        return x[0] == 0 || x[0] > STEP_SLOTS ? ERR_ARGUMENT : zombie_reap(x[0]);
    case KERNEL_DRAIN:
        return kernel_drain(x);
    case KERNEL_REVOKE_STEP:
        return kernel_revoke_step(x);
    case KERNEL_IDENTIFY:
        return kernel_identify(x);
    case KERNEL_INFO:
        return kernel_info(x);
    case KERNEL_CONSOLE:
        log_console(x[0] != 0);
        return ERR_OK;
    case KERNEL_POWER:
        return kernel_power(x[0]);
    case KERNEL_DUMP:
        dispatcher_dump_all();
        return ERR_OK;
    case KERNEL_FRAME:
        return kernel_frame(x[0], x[1], x[2]);
    case KERNEL_HOLDERS:
        return holders_list(x[0], x[1], x[2], &x[1]);
    case KERNEL_END:
        return holders_end(x[0], x[1], &x[1]);
    case KERNEL_CORE_LOAD:
    case KERNEL_CORE_START:
    case KERNEL_CORE_ABANDON:
    case KERNEL_CORE_PEER:
        return coreboot_invoke(op, x);
    default:
        return op >= KERNEL_SHARED_LOOK && op <= KERNEL_SHARED_VACANT ? shared_invoke(own_cspace(), op, x) : ERR_SYSCALL;
    }
}
