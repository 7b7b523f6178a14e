/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine of the host tests; see machine.h. */
#include "machine.h"

#include <kernel/block.h>
#include <kernel/capops.h>
#include <kernel/cnode.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/coreboot.h>
#include <kernel/irq.h>
#include <kernel/mdb.h>

#define TLB_ENTRIES 64
#define PAGES (MACHINE_BYTES / PAGE_SIZE)

char machine_memory[MACHINE_BYTES] __attribute__((aligned(PAGE_SIZE)));
struct slot machine_root;
uint64_t machine_regs[8];
struct machine_events machine_events;
uint64_t machine_allocated;

static struct {
    paddr_t root;
    vaddr_t va;
    uint64_t entry;
} tlb[TLB_ENTRIES];
static bool allocated[PAGES];
static bool booted;

/* The processor ------------------------------------------------------------------------------------ */

void memory_zero(void *start, uint64_t bytes)
{
    assert(((uintptr_t)start | bytes) % PAGE_SIZE == 0 && bytes != 0);
    memset(start, 0, bytes);
}

void cache_sync_icache(const void *start, uint64_t bytes)
{
    (void)start;
    assert(bytes <= 65536);
    machine_events.synced_bytes += bytes;
}

void cache_flush(const void *start, uint64_t bytes)
{
    (void)start;
    machine_events.flushed_bytes += bytes;
}

void tlb_invalidate_va(vaddr_t va)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        if (tlb[i].va == va) tlb[i].entry = 0;
    }
}

void tlb_invalidate_all_user(void)
{
    memset(tlb, 0, sizeof tlb);
}

/* The leaf for an address, 0: none. `page` gets the address at which the TLB would keep it. */
static uint64_t walk(paddr_t root, vaddr_t va, vaddr_t *page)
{
    paddr_t table = root;
    for (unsigned level = 0; level < 4; level++) {
        unsigned shift = 12 + 9 * (3 - level);
        uint64_t entry = ((uint64_t *)phys_to_virt(table))[va >> shift & 511];
        *page = va >> shift << shift;
        if (!(entry & HOST_VALID) || !(entry & HOST_TABLE)) return entry;
        table = HOST_ADDRESS(entry);
    }
    assert(!"a table at level 3");
    return 0;
}

uint64_t machine_touch(const struct cap *root, vaddr_t va)
{
    static unsigned next;
    vaddr_t page;
    uint64_t entry = walk(root->base, va, &page);
    if (entry != 0) {
        tlb[next].root = root->base;
        tlb[next].va = page;
        tlb[next].entry = entry;
        next = (next + 1) % TLB_ENTRIES;
    }
    return entry;
}

/* The kernel's upper half -------------------------------------------------------------------------- */

void dispatcher_create(struct dcb *dcb)
{
    for (size_t i = 0; i < sizeof *dcb; i++)
        assert(((char *)dcb)[i] == 0);
    for (struct slot *slot = &dcb->cspace; slot <= &dcb->supervisor; slot++)
        slot->holder = dcb;
    dcb->number = ++machine_events.created;
}

void dispatcher_orphaned(struct dcb *dcb)
{
    dcb->state = DISP_STATE_STOPPED;
    machine_events.orphaned++;
}

void dispatcher_destroy(struct dcb *dcb)
{
    assert(dcb->state == DISP_STATE_STOPPED);
    machine_events.destroyed++;
}

void dispatcher_slot_lost(struct dcb *dcb, struct slot *slot)
{
    assert(slot_is_empty(slot) && slot >= &dcb->cspace && slot <= &dcb->supervisor);
    dcb->state = DISP_STATE_STOPPED;
    machine_events.lost++;
}

void dispatcher_signal(struct dcb *dcb, unsigned bit)
{
    assert(dcb->number != 0 && bit < 1024);
    machine_events.signals++;
    machine_events.last_signal = bit;
}

void endpoint_signal(const struct cap *endpoint)
{
    dispatcher_signal(phys_to_virt(endpoint->base), endpoint->badge % DISP_SIGNALS);
}

coreid_t kernel_core;
bool coreboot_release(const struct cap *kcb)
{
    return kcb->detail == 0;
}
void irq_unbind(uint32_t intid)
{
    (void)intid;
    machine_events.unbound++;
}

static void notify(void)
{
    machine_events.notified++;
}

/* Start -------------------------------------------------------------------------------------------- */

static void boot_cap(cptr_t cptr, struct cap cap)
{
    struct slot *slot = cnode_slots(&machine_root.cap) + (cptr & 0xffff);
    if (!(cptr & CPTR_L1)) cspace_slot(&machine_root.cap, cptr, &slot);
    cap_create(slot, &cap);
}

/* Take everything out of the MDB that an earlier start has left. */
static void forget(void)
{
    for (unsigned space = 0; space < CAP_SPACE_COUNT; space++) {
        struct slot *node;
        while ((node = mdb_first(space)) != NULL)
            mdb_remove(node);
    }
}

void machine_start(void)
{
    if (booted) {
        machine_settle();
        forget();
    }
    booted = true;
    memset(machine_memory, 0, sizeof machine_memory);
    memset(allocated, 0, sizeof allocated);
    memset(&machine_events, 0, sizeof machine_events);
    tlb_invalidate_all_user();
    machine_allocated = 0;
    monitor_notify = notify;

    paddr_t next = MACHINE_BASE;
    struct cap cap = {.type = CAP_L1CNODE,
                      .base = next,
                      .bytes = MACHINE_L1_SLOTS * SLOT_BYTES,
                      .block_base = MACHINE_BASE,
                      .block_bytes = MACHINE_BOOT_BYTES};
    cap_create(&machine_root, &cap);
    next += PAGE_SIZE;
    for (unsigned i = 0; i < MACHINE_L2CNODES; i++) {
        cap.type = CAP_L2CNODE;
        cap.base = next;
        cap.bytes = CNODE_L2_BYTES;
        boot_cap(CPTR_L1 | i, cap);
        next += CNODE_L2_BYTES;
    }
    cap_copy(machine_slot(MACHINE_CNODE), &machine_root, ~0ul);
    boot_cap(MACHINE_ARENA, (struct cap){.type = CAP_ARENA, .base = MACHINE_ARENA_BASE, .bytes = MACHINE_ARENA_BYTES});
    boot_cap(MACHINE_DEVICE,
             (struct cap){.type = CAP_DEVFRAME, .rights = 3, .base = MACHINE_DEVICE_BASE, .bytes = MACHINE_DEVICE_BYTES});
    boot_cap(MACHINE_IRQ, (struct cap){.type = CAP_IRQ, .bytes = 1020});
    boot_cap(MACHINE_KERNEL, (struct cap){.type = CAP_KERNEL});
}

/* System calls ------------------------------------------------------------------------------------- */

struct slot *machine_slot(capref_t ref)
{
    struct slot *slot;
    return cspace_resolve(&machine_root.cap, ref, &slot) == ERR_OK ? slot : NULL;
}

static void arguments(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    uint64_t regs[8] = {x0, x1, x2, x3, x4, x5, 0, 0};
    memcpy(machine_regs, regs, sizeof regs);
}

err_t machine_cap(unsigned op, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    arguments(x0, x1, x2, x3, x4, x5);
    return cap_syscall(&machine_root.cap, op, machine_regs);
}

err_t machine_vnode(cptr_t vnode, unsigned op, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
    struct slot *slot;
    err_t err = cspace_find(&machine_root.cap, vnode, &slot);
    if (err != ERR_OK) return err;
    if (slot->cap.kind < CAP_VNODE0 || slot->cap.kind > CAP_VNODE3) return ERR_CAP_TYPE;
    arguments(x0, x1, x2, x3, x4, x5);
    return vnode_invoke(&machine_root.cap, slot, op, machine_regs);
}

err_t machine_alloc(capref_t dst, paddr_t base, uint64_t bytes)
{
    struct slot *arena = machine_slot(MACHINE_ARENA);
    arguments(dst, base, bytes, 0, 0, 0);
    err_t err = arena_invoke(&machine_root.cap, arena, ARENA_ALLOC, machine_regs);
    if (err == ERR_OK) {
        for (paddr_t page = (base - MACHINE_BASE) / PAGE_SIZE; page < (base + bytes - MACHINE_BASE) / PAGE_SIZE; page++) {
            assert(!allocated[page]);
            allocated[page] = true;
        }
        machine_allocated += bytes;
    }
    return err;
}

uint64_t machine_settle(void)
{
    uint64_t drained = 0, bytes;
    paddr_t base;
    bool more;
    while (zombie_reap(STEP_SLOTS) == ERR_AGAIN) {
    }
    for (block_drain(&base, &bytes, &more); bytes != 0; block_drain(&base, &bytes, &more)) {
        for (paddr_t page = (base - MACHINE_BASE) / PAGE_SIZE; page < (base + bytes - MACHINE_BASE) / PAGE_SIZE; page++) {
            assert(base < MACHINE_ARENA_BASE || allocated[page]);
            allocated[page] = false;
        }
        memset(phys_to_virt(base), 0xa5, bytes); /* whoever still looks at it will notice */
        drained += bytes;
    }
    machine_allocated -= drained;
    return drained;
}

/* Checks ------------------------------------------------------------------------------------------- */

/* Every valid entry of a live VNode is of a Mapping that lives; every Mapping of a live VNode has its entries. */
static const char *vnode_check(const struct cap *vnode)
{
    static bool accounted[VNODE_ENTRIES];
    unsigned level = vnode->type - CAP_VNODE0;
    const uint64_t *table = phys_to_virt(vnode->base);
    memset(accounted, 0, sizeof accounted);
    for (struct slot *n = mdb_first(CAP_SPACE_MEM); n != NULL; n = mdb_next(n)) {
        const struct cap *m = &n->cap;
        if (m->type != CAP_MAPPING || (m->badge & ~(uint64_t)PAGE_MASK) != vnode->base || m->creation != vnode->creation)
            continue;
        for (unsigned i = 0; i < MAPPING_COUNT(m->detail); i++) {
            unsigned index = (m->badge & PAGE_MASK) + i;
            if (HOST_ADDRESS(table[index]) != m->base + ((uint64_t)i << (12 + 9 * (3 - level))))
                return "an entry is not its Mapping's";
            if (HOST_ATTRIBUTES(table[index]) & ~m->rights) return "an entry allows more than its Mapping";
            if (!(table[index] & HOST_TABLE) != !(m->flags & CAP_TABLE)) return "table or leaf";
            accounted[index] = true;
        }
    }
    for (unsigned i = 0; i < VNODE_ENTRIES; i++) {
        if (table[i] != 0 && !accounted[i]) return "an entry has no Mapping";
        if ((HOST_ATTRIBUTES(table[i]) & 6) == 6) return "a page is writable and executable";
    }
    return NULL;
}

const char *machine_check(void)
{
    const char *wrong = mdb_check();
    vaddr_t page;
    for (struct slot *n = mdb_first(CAP_SPACE_MEM); n != NULL && wrong == NULL; n = mdb_next(n)) {
        if (n->cap.kind >= CAP_VNODE0 && n->cap.kind <= CAP_VNODE3) wrong = vnode_check(&n->cap);
    }
    for (unsigned i = 0; i < TLB_ENTRIES && wrong == NULL; i++) {
        if (tlb[i].entry == 0) continue;
        struct cap key = {.type = CAP_VNODE0, .base = tlb[i].root, .bytes = VNODE_BYTES};
        if (mdb_find(&key) == NULL || walk(tlb[i].root, tlb[i].va, &page) != tlb[i].entry)
            wrong = "the TLB remembers what the tables have lost";
    }
    return wrong;
}
