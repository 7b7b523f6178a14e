/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random capability calls on the machine of the host tests: some sensible, some nonsense, with dispatchers that
 * take and lose capabilities and an address space that is used. After each call: what is refused has changed no
 * capability, the MDB and all page tables are sound, the TLB knows nothing that is gone. In the
 * end everything is deleted and every block must have come back.
 *
 *   cap_fuzz SEED COUNT
 */
#include <stdio.h>
#include <stdlib.h>

#include <kernel/block.h>
#include <kernel/cnode.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/mdb.h>
#include <kernel/retype.h>

#include "test/machine.h"

#define L2_USED 6 /* L2CNodes 1 ... that calls play with; some come and go */

static uint64_t state;
static unsigned long accepted[16], refused[16];

static uint32_t any(uint32_t below)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % below;
}

static void demand(bool condition, const char *what)
{
    if (!condition) {
        printf("cap_fuzz: %s\n", what);
        abort();
    }
}

static capref_t any_slot(void)
{
    uint32_t r = any(40);
    if (r == 0) return any(2) ? state : (uint32_t)state; /* nonsense */
    if (r < 4) return CPTR_L1 | (MACHINE_L2CNODES + any(MACHINE_L1_SLOTS - MACHINE_L2CNODES));
    return CPTR(1 + any(L2_USED), any(CNODE_L2_SLOTS));
}

/* A slot that holds such a capability, if a few tries find one. */
static capref_t any_of(uint32_t types)
{
    capref_t ref = any_slot();
    for (unsigned i = 0; i < 300; i++, ref = any_slot()) {
        struct slot *slot = machine_slot(ref);
        if (slot != NULL && types >> slot->cap.type & 1 && !slot_is_empty(slot)) return ref;
    }
    return ref;
}

static capref_t any_empty(void)
{
    capref_t ref = any_slot();
    for (unsigned i = 0; i < 20 && machine_slot(ref) != NULL && !slot_is_empty(machine_slot(ref)); i++)
        ref = any_slot();
    /* Now and then in another CSpace. */
    if (any(10) == 0) ref = CAPREF(any_of(1u << CAP_L1CNODE), any(4) ? CPTR(any(3), any(64)) : CPTR_L1 | any(32));
    return ref;
}

#define MEMORY (1u << CAP_RAM | 1u << CAP_FRAME | 1u << CAP_DMAFRAME)
#define ANYTHING 0xfffffffe
#define VNODES (15u << CAP_VNODE0)

static uint64_t any_pages(uint32_t most)
{
    return (1 + any(most)) * PAGE_SIZE;
}

static err_t call_retype(void)
{
    static const uint8_t types[] = {CAP_RAM,        CAP_RAM,      CAP_FRAME,  CAP_FRAME,   CAP_DMAFRAME, CAP_L1CNODE,
                                    CAP_L2CNODE,    CAP_L2CNODE,  CAP_VNODE0, CAP_VNODE1,  CAP_VNODE2,   CAP_VNODE3,
                                    CAP_DISPATCHER, CAP_ENDPOINT, CAP_IRQ,    CAP_DEVFRAME};
    unsigned type = any(50) ? types[any(sizeof types)] : any(32);
    uint32_t sources = type < CAP_TYPE_COUNT && cap_types[type].made_from ? cap_types[type].made_from : ANYTHING;
    capref_t src = any_of(sources);
    if (type == CAP_IRQ && any(2)) src = MACHINE_IRQ;
    if (type == CAP_DEVFRAME && any(2)) src = MACHINE_DEVICE;
    struct slot *source = machine_slot(src);
    uint64_t pages = source == NULL ? 0 : source->cap.bytes / PAGE_SIZE;
    uint64_t offset = type == CAP_ENDPOINT ? 0 : any(pages < 64 ? pages + 1 : 64) * PAGE_SIZE;
    uint64_t bytes = type == CAP_L1CNODE ? 4096ul << any(6) : type == CAP_IRQ ? 1 + any(4) : any_pages(any(8) ? 4 : 40);
    return machine_cap(CAP_RETYPE, any_empty(), src, offset, type, any(30) ? bytes : state,
                       any(4)    ? 1
                       : any(10) ? any(6)
                                 : any(66));
}

static err_t call_map(void)
{
    static const uint8_t attributes[] = {1, 1, 3, 3, 5, 7, 0};
    capref_t vnode = any_of(any(3) ? 1u << CAP_VNODE3 : VNODES);
    uint64_t offset = any(16) * PAGE_SIZE, entry = any(any(2) ? 16 : 520), count = any(6) ? 1 + any(8) : any(70);
    switch (any(4)) {
    case 0:
        return machine_vnode(any_of(VNODES), VNODE_MAP_TABLE, any_of(VNODES), 0, entry & 3, 0, 0, any_empty());
    case 1:
        return machine_vnode(vnode, VNODE_MAP_RAM, any_of(1u << CAP_RAM), offset, entry, count, attributes[any(7)],
                             any_empty());
    case 2:
        if (any(3) == 0) break;
        return machine_vnode(any_of(1u << CAP_VNODE2), VNODE_MAP, MACHINE_DEVICE, any(2) * 2 * MIB, entry & 3,
                             1 + any(2), attributes[any(7)], any_empty());
    default:
        break;
    }
    return machine_vnode(vnode, VNODE_MAP, any_of(MEMORY), offset, entry, count, attributes[any(7)], any_empty());
}

/* The VNode that a Mapping is in, or any. */
static capref_t vnode_of(capref_t mapping)
{
    struct slot *slot = machine_slot(mapping);
    capref_t vnode = any_of(VNODES);
    for (unsigned i = 0; slot != NULL && i < 200; i++, vnode = any_of(VNODES)) {
        struct slot *other = machine_slot(vnode);
        if (other != NULL && other->cap.base == (slot->cap.badge & ~(uint64_t)PAGE_MASK)) break;
    }
    return vnode;
}

/* Mostly of a block, by a table that is mapped nowhere. */
static err_t call_break(void)
{
    capref_t mapping = any_of(1u << CAP_MAPPING), table = any_of(1u << CAP_VNODE3);
    for (unsigned i = 0; i < 100; i++, mapping = any_of(1u << CAP_MAPPING)) {
        struct slot *slot = machine_slot(mapping);
        if (slot != NULL && slot->cap.kind == CAP_MAPPING && MAPPING_LEVEL(slot->cap.detail) == 2) break;
    }
    for (unsigned i = 0; i < 100; i++, table = any_of(1u << CAP_VNODE3)) {
        struct slot *slot = machine_slot(table);
        if (slot != NULL && !(slot->cap.va & VNODE_MAPPED)) break;
    }
    return machine_vnode(vnode_of(mapping), VNODE_BREAK, mapping, table, 0, 0, 0, any_empty());
}

static err_t call_unmap_or_protect(void)
{
    capref_t mapping = any_of(1u << CAP_MAPPING), vnode = vnode_of(mapping);
    if (any(3) == 0) return call_break();
    if (any(2)) return machine_vnode(vnode, VNODE_UNMAP, mapping, 0, 0, 0, 0, 0);
    if (any(3) == 0) return machine_vnode(vnode, VNODE_SPLIT, mapping, any(8), 0, 0, 0, any_empty());
    return machine_vnode(vnode, VNODE_PROTECT, mapping, any(8), 1 + any(8), 0, any(8), 0);
}

/* As DISP_CONFIGURE does: a dispatcher takes a capability for itself. */
static err_t call_configure(void)
{
    static const uint8_t types[] = {CAP_L1CNODE, CAP_VNODE0, CAP_FRAME, CAP_ENDPOINT};
    struct slot *dispatcher = machine_slot(any_of(1u << CAP_DISPATCHER));
    unsigned which = any(4);
    struct slot *from = machine_slot(any_of(1u << types[which]));
    if (dispatcher == NULL || from == NULL || dispatcher->cap.kind != CAP_DISPATCHER || from->cap.kind != types[which])
        return ERR_CAP_TYPE;
    struct dcb *dcb = phys_to_virt(dispatcher->cap.base);
    struct slot *slot = &dcb->cspace + which;
    return slot_is_empty(slot) ? cap_copy(slot, from, ~0ul) : ERR_SLOT_OCCUPIED;
}

static err_t call_alloc(void)
{
    uint64_t pages = any(4) ? 1 + any(32) : 1 + any(512);
    uint64_t first = any((MACHINE_ARENA_BYTES / PAGE_SIZE) - 16);
    return machine_alloc(any_empty(), MACHINE_ARENA_BASE + first * PAGE_SIZE, pages * PAGE_SIZE);
}

static err_t call_revoke(void)
{
    capref_t ref = any_of(any(3) ? 1u << CAP_RAM : ANYTHING);
    if (any(2)) return machine_cap(CAP_REVOKE, ref, 0, 0, 0, 0, 0);
    for (unsigned i = 0; i < 10000; i++) {
        struct slot *slot = machine_slot(ref);
        /* What it is done on behalf of may go with the rest, between two steps. */
        if (slot == NULL || slot_is_empty(slot)) return i == 0 ? ERR_L2_LOOKUP : ERR_OK;
        err_t err = cap_revoke_step(slot);
        if (err != ERR_AGAIN) return err;
    }
    demand(false, "a revoke makes no progress");
    return ERR_OK;
}

static err_t call(unsigned op)
{
    switch (op) {
    case 0:
        return machine_cap(CAP_COPY, any_empty(), any_of(ANYTHING), state, 0, 0, 0);
    case 1:
        return machine_cap(CAP_MINT, any_empty(), any_of(any(2) ? 1u << CAP_ENDPOINT : ANYTHING), ~0ul, any(5), any(20),
                           0);
    case 2:
        return machine_cap(CAP_MOVE, any_empty(), any_of(ANYTHING), 0, 0, 0, 0);
    case 3:
        return machine_cap(CAP_DELETE, any_of(ANYTHING), 0, 0, 0, 0, 0);
    case 4:
        return any(8) ? ERR_ARGUMENT : call_revoke();
    case 5:
    case 6:
    case 7:
    case 8:
        return call_retype();
    case 9:
        return machine_cap(any(2) ? CAP_CLEAR : CAP_IDENTIFY, any_of(ANYTHING), 0, 0, 0, 0, 0);
    case 10:
        return machine_cap(CAP_SPLIT, any_empty(), any_of(1u << CAP_RAM), any_pages(16), 0, 0, 0);
    case 11:
    case 12:
        return call_map();
    case 13:
        return call_unmap_or_protect();
    case 14:
        return call_configure();
    default:
        return call_alloc();
    }
}

static void use_address_space(void)
{
    struct slot *root = machine_slot(any_of(1u << CAP_VNODE0));
    if (root == NULL || root->cap.kind != CAP_VNODE0) return;
    for (unsigned i = 0; i < 8; i++)
        machine_touch(&root->cap, (uint64_t)any(4) << 39 | (uint64_t)any(4) << 30 | any(4) << 21 | any(16) << 12);
}

/* An address space, a dispatcher and CNodes, which chance alone would seldom put together. */
static void furnish(void)
{
    capref_t ram = any_empty(), root = any_empty();
    uint64_t at = VNODE_BYTES;
    if (machine_alloc(ram, MACHINE_ARENA_BASE + any(12) * MIB / 2, MIB / 4) != ERR_OK) return;
    machine_cap(CAP_RETYPE, root, ram, 0, CAP_VNODE0, 0, 1);
    for (unsigned level = 1; level < 4; level++, at += VNODE_BYTES) {
        capref_t table = any_empty();
        machine_cap(CAP_RETYPE, table, ram, at, CAP_VNODE0 + level, 0, 1);
        machine_vnode(root, VNODE_MAP_TABLE, table, 0, any(4), 0, 0, any_empty());
        root = table;
    }
    machine_cap(CAP_RETYPE, any_empty(), ram, at, CAP_DISPATCHER, 0, 1);
    machine_cap(CAP_RETYPE, any_empty(), ram, at + PAGE_SIZE, CAP_FRAME, 8 * PAGE_SIZE, 1);
    capref_t cnode = any_empty();
    machine_cap(CAP_RETYPE, cnode, ram, MIB / 8, CAP_L1CNODE, PAGE_SIZE, 1);
    machine_cap(CAP_RETYPE, CAPREF(cnode, CPTR_L1 | any(3)), ram, MIB / 8 + PAGE_SIZE, CAP_L2CNODE, 0, 1);
    for (unsigned l2 = MACHINE_L2CNODES; l2 <= L2_USED; l2++) {
        if (slot_is_empty(machine_slot(CPTR_L1 | l2)))
            machine_cap(CAP_RETYPE, CPTR_L1 | l2, ram, (3 + l2) * 4 * PAGE_SIZE, CAP_L2CNODE, 0, 1);
    }
}

static void finish(void)
{
    for (unsigned l2 = 1; l2 < MACHINE_L1_SLOTS; l2++) {
        for (unsigned i = 0; i < CNODE_L2_SLOTS; i++) {
            struct slot *slot;
            if (!cspace_slot(&machine_root.cap, CPTR(l2, i), &slot)) continue;
            while (!slot_is_empty(slot) && cap_delete(slot) == ERR_AGAIN) {
            }
        }
    }
    /* What only holds itself, or has got among the first CSpace's own slots, is found from outside. */
    for (struct slot *node = mdb_first(CAP_SPACE_MEM); node != NULL;) {
        bool ours = node->cap.block_bytes != 0 && node->cap.block_base >= MACHINE_ARENA_BASE &&
                    !(node->cap.flags & (CAP_ZOMBIE | CAP_FREED));
        if (!ours) {
            node = mdb_next(node);
            continue;
        }
        while (cap_delete(node) == ERR_AGAIN) {
        }
        node = mdb_first(CAP_SPACE_MEM);
    }
    machine_settle();
}

int main(int argc, char **argv)
{
    state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;
    machine_start();
    struct mdb_counts empty = mdb_counts;
    for (unsigned long i = 0; i < count; i++) {
        struct mdb_counts counts = mdb_counts;
        uint64_t freed = block_freed_bytes;
        bool clearing = zombie_waiting();
        unsigned op = any(16);
        err_t err = call(op);
        ++*(err == ERR_OK ? &accepted[op] : &refused[op]);
        if (err != ERR_OK && err != ERR_AGAIN && !clearing)
            demand(memcmp(&counts, &mdb_counts, sizeof counts) == 0 && freed == block_freed_bytes,
                   "a refused call has changed something");
        use_address_space();
        const char *wrong = machine_check();
        demand(wrong == NULL, wrong);
        if (any(32) == 0) zombie_reap(1 + any(64));
        if (any(64) == 0) machine_settle();
        if (any(16) == 0) furnish();
    }
    finish();
    const char *wrong = machine_check();
    demand(wrong == NULL, wrong);
    demand(machine_allocated == 0, "blocks have not come back");
    for (unsigned l1 = MACHINE_L2CNODES; l1 < MACHINE_L1_SLOTS; l1++)
        demand(slot_is_empty(machine_slot(CPTR_L1 | l1)) || machine_slot(CPTR_L1 | l1)->cap.block_base < MACHINE_ARENA_BASE,
               "a slot still holds memory");
    demand(mdb_counts.nodes >= empty.nodes, "the first CSpace has lost something");
    for (unsigned op = 0; op < 16; op++)
        printf("%u:%lu/%lu ", op, accepted[op], refused[op]);
    printf("\n");
    return 0;
}
