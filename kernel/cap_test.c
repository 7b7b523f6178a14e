/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The capability code on a machine of a few MiB. The names of the tests say what they show; those with K and a number
 * cover that row of the page on hostile input. A refused call is one that returns
 * the expected error and leaves every byte of memory and every count as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <kernel/block.h>
#include <kernel/cnode.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/mdb.h>
#include <kernel/retype.h>
#include <kernel/vnode.h>

#include "test/machine.h"

#define KIB 1024ul
#define ALL (~0ul)
#define S(n) CPTR(1, n) /* the tests' own slots */
#define T(n) CPTR(2, n)
#define BASE MACHINE_ARENA_BASE

static char before[MACHINE_BYTES];
static struct mdb_counts counts_before;

static void remember(void)
{
    memcpy(before, machine_memory, sizeof before);
    counts_before = mdb_counts;
}

static void unchanged(const char *what, int line)
{
    if (memcmp(before, machine_memory, sizeof before) != 0 || memcmp(&counts_before, &mdb_counts, sizeof mdb_counts) != 0)
        fail_msg("line %d: %s was refused and has changed something", line, what);
}

#define refused(error, call)                                                                                           \
    do {                                                                                                               \
        remember();                                                                                                    \
        assert_int_equal(call, error);                                                                                 \
        unchanged(#call, __LINE__);                                                                                    \
    } while (0)

#define done(call) assert_int_equal(call, ERR_OK)

static void consistent(void)
{
    const char *wrong = machine_check();
    if (wrong != NULL) fail_msg("%s", wrong);
}

static err_t copy(capref_t dst, capref_t src)
{
    return machine_cap(CAP_COPY, dst, src, ALL, 0, 0, 0);
}
static err_t mint(capref_t dst, capref_t src, uint64_t rights, uint64_t badge, uint64_t flags)
{
    return machine_cap(CAP_MINT, dst, src, rights, badge, flags, 0);
}
static err_t move(capref_t dst, capref_t src)
{
    return machine_cap(CAP_MOVE, dst, src, 0, 0, 0, 0);
}
static err_t delete (capref_t slot)
{
    return machine_cap(CAP_DELETE, slot, 0, 0, 0, 0, 0);
}
static err_t revoke(capref_t slot)
{
    return machine_cap(CAP_REVOKE, slot, 0, 0, 0, 0, 0);
}
static err_t split(capref_t dst, capref_t src, uint64_t at)
{
    return machine_cap(CAP_SPLIT, dst, src, at, 0, 0, 0);
}
static err_t retype(capref_t dst, capref_t src, uint64_t offset, uint64_t type, uint64_t bytes, uint64_t count)
{
    return machine_cap(CAP_RETYPE, dst, src, offset, type, bytes, count);
}
static err_t map(cptr_t vnode, capref_t frame, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                 capref_t dst)
{
    return machine_vnode(vnode, VNODE_MAP, frame, offset, entry, count, attributes, dst);
}
static err_t map_ram(cptr_t vnode, capref_t ram, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                     capref_t dst)
{
    return machine_vnode(vnode, VNODE_MAP_RAM, ram, offset, entry, count, attributes, dst);
}
static err_t map_table(cptr_t vnode, capref_t table, uint64_t entry, capref_t dst)
{
    return machine_vnode(vnode, VNODE_MAP_TABLE, table, 0, entry, 0, 0, dst);
}
static err_t unmap(cptr_t vnode, capref_t mapping)
{
    return machine_vnode(vnode, VNODE_UNMAP, mapping, 0, 0, 0, 0, 0);
}
static err_t protect(cptr_t vnode, capref_t mapping, uint64_t first, uint64_t count, uint64_t attributes)
{
    return machine_vnode(vnode, VNODE_PROTECT, mapping, first, count, 0, attributes, 0);
}
static err_t revoke_all(capref_t ref)
{
    err_t err = ERR_AGAIN;
    while (err == ERR_AGAIN) {
        struct slot *slot = machine_slot(ref);
        err = slot == NULL || slot_is_empty(slot) ? ERR_L2_LOOKUP : cap_revoke_step(slot);
    }
    return err;
}

/* A block of RAM in S(0) and a four-level address space in T(0) ... T(3), its tables' Mappings in T(4) ... T(6). */
#define VA 0x8000000000ul
static void address_space(uint64_t bytes)
{
    done(machine_alloc(S(0), BASE, bytes));
    for (unsigned level = 0; level < 4; level++)
        done(retype(T(level), S(0), level * VNODE_BYTES, CAP_VNODE0 + level, 0, 1));
    done(map_table(T(0), T(1), 1, T(4)));
    done(map_table(T(1), T(2), 0, T(5)));
    done(map_table(T(2), T(3), 0, T(6)));
}

static uint64_t touch(vaddr_t va)
{
    return machine_touch(&machine_slot(T(0))->cap, va);
}

static int start(void **state)
{
    (void)state;
    machine_start();
    return 0;
}

/* After every test: everything that was allocated comes back once its CSpace's slots are empty. */
static int finish(void **state)
{
    (void)state;
    consistent();
    for (unsigned l2 = 1; l2 < MACHINE_L2CNODES; l2++) {
        for (unsigned i = 0; i < CNODE_L2_SLOTS; i++) {
            if (!slot_is_empty(machine_slot(CPTR(l2, i)))) {
                while (delete (CPTR(l2, i)) == ERR_AGAIN) {
                }
            }
        }
    }
    for (unsigned l1 = MACHINE_L2CNODES; l1 < MACHINE_L1_SLOTS; l1++) {
        if (!slot_is_empty(machine_slot(CPTR_L1 | l1))) done(delete (CPTR_L1 | l1));
    }
    machine_settle();
    consistent();
    assert_int_equal(machine_allocated, 0);
    assert_int_equal(block_freed_bytes, 0);
    assert_int_equal(mdb_counts.caps, MACHINE_L2CNODES + 6);
    return 0;
}

/* Slots ------------------------------------------------------------------------------------------- */

static void copies_moves_and_deletes(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_FRAME, 16 * KIB, 1));
    done(copy(S(2), S(1)));
    done(machine_cap(CAP_COPY, S(3), S(2), CAP_RIGHT_READ, 0, 0, 0));
    assert_int_equal(machine_slot(S(3))->cap.rights, CAP_RIGHT_READ);
    done(delete (S(1)));
    done(move(S(1), S(3)));
    consistent();
    refused(ERR_L2_LOOKUP, delete (S(3)));
    refused(ERR_REVOKE_FIRST, retype(S(4), S(0), 0, CAP_RAM, 4 * KIB, 1));
    done(delete (S(2)));
    done(delete (S(1)));
    done(retype(S(4), S(0), 0, CAP_RAM, 4 * KIB, 1));
    assert_int_equal(block_freed_bytes, 0);
    done(delete (S(0)));
    assert_int_equal(block_freed_bytes, 0);
    done(delete (S(4)));
    assert_int_equal(block_freed_bytes, 64 * KIB);
    assert_int_equal(machine_events.notified, 1);
    assert_int_equal(machine_settle(), 64 * KIB);
}

static void identify_tells_no_secrets(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_DISPATCHER, 0, 1));
    done(retype(S(2), S(1), 0, CAP_ENDPOINT, 0, 1));
    done(mint(S(3), S(2), ALL, 77, 0));
    done(machine_cap(CAP_IDENTIFY, S(3), 0, 0, 0, 0, 0));
    assert_int_equal(machine_regs[1], CAP_ENDPOINT);
    assert_int_equal(machine_regs[2], 0);
    assert_int_equal(machine_regs[4], 0);
    uint64_t regs[5];
    cap_identify(&machine_slot(S(3))->cap, true, regs);
    assert_int_equal(regs[2], BASE);
    assert_int_equal(regs[4], 77);
    done(retype(S(4), S(0), 4 * KIB, CAP_DMAFRAME, 8 * KIB, 1));
    assert_int_equal(machine_events.flushed_bytes, 8 * KIB);
    done(machine_cap(CAP_IDENTIFY, S(4), 0, 0, 0, 0, 0));
    assert_int_equal(machine_regs[2], BASE + 4 * KIB);
    assert_int_equal(machine_regs[3], 8 * KIB);
}

static void endpoints_and_badges(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_DISPATCHER, 0, 1));
    assert_int_equal(machine_events.created, 1);
    done(retype(S(2), S(1), 0, CAP_ENDPOINT, 0, 1));
    refused(ERR_REVOKE_FIRST, retype(S(3), S(1), 0, CAP_ENDPOINT, 0, 1));
    done(mint(S(3), S(2), ALL, 1027, MINT_RING(1) | MINT_HANGUP));
    done(mint(S(4), S(2), ALL, 1027, MINT_RING(1) | MINT_HANGUP)); /* the same object */
    done(copy(S(5), S(4)));
    done(mint(S(6), S(2), ALL, 5, 0));
    refused(ERR_ARGUMENT, mint(S(7), S(2), ALL, 5, 16));
    refused(ERR_ARGUMENT, mint(S(7), S(6), ALL, 6, 0));
    done(delete (S(3)));
    done(delete (S(5)));
    assert_int_equal(machine_events.signals, 0);
    done(delete (S(4)));
    assert_int_equal(machine_events.signals, 1);
    assert_int_equal(machine_events.last_signal, 3);
    done(mint(S(3), S(2), ALL, 9, MINT_HANGUP));
    done(revoke(S(6))); /* another badge is no descendant */
    assert_false(slot_is_empty(machine_slot(S(3))));
    done(revoke(S(2))); /* but all badges are the unbadged one's */
    assert_true(slot_is_empty(machine_slot(S(3))));
    assert_true(slot_is_empty(machine_slot(S(6))));
    assert_int_equal(machine_events.last_signal, 9);
    /* The dispatcher ends, and its endpoint still finds memory that is a dispatcher's. */
    done(mint(S(3), S(2), ALL, 9, MINT_HANGUP));
    done(delete (S(1)));
    assert_int_equal(machine_events.orphaned, 1);
    machine_settle();
    assert_int_equal(machine_events.destroyed, 1);
    done(delete (S(3)));
    done(delete (S(2)));
}

/* K2 - K6: arguments ------------------------------------------------------------------------------ */

static void k2_lookup_errors_tell_the_level(void **state)
{
    const err_t root = ERR_ROOT_LOOKUP, l1 = ERR_L1_LOOKUP, l2 = ERR_L2_LOOKUP;
    refused(l2, copy(S(0), 0));
    refused(l2, copy(0, MACHINE_CNODE));
    refused(l2, copy(S(0), S(1)));
    refused(l1, copy(S(0), CPTR(MACHINE_L2CNODES, 0)));
    refused(l1, copy(S(0), CPTR(MACHINE_L1_SLOTS, 0)));
    refused(l1, copy(S(0), CPTR(0xffff, 63)));
    refused(l1, copy(S(0), 0x00400000 | MACHINE_CNODE));
    refused(l1, copy(S(0), 0x7fffffff));
    refused(l1, copy(S(0), CPTR_L1 | MACHINE_L1_SLOTS));
    refused(l1, copy(S(0), CPTR_L1 | 0x10000));
    refused(l1, copy(S(0), 0xffffffff));
    refused(l2, copy(S(0), CPTR_L1 | 9));
    refused(root, copy(S(0), CAPREF(MACHINE_ARENA, 1)));
    refused(root, copy(S(0), CAPREF(S(9), 1)));
    refused(root, copy(S(0), CAPREF(CPTR_L1 | 1, 1)));
    refused(root, copy(S(0), CAPREF(0xffffffff, 0xffffffff)));
    refused(root, copy(CAPREF(CPTR(9, 9), 3), MACHINE_CNODE));
    refused(l2, copy(S(0), CAPREF(MACHINE_CNODE, 0)));
    done(copy(S(0), CAPREF(MACHINE_CNODE, MACHINE_CNODE)));
    refused(ERR_SLOT_OCCUPIED, copy(CPTR_L1 | 1, MACHINE_CNODE));
    /* An L1 slot that holds something else is no way to a slot. */
    done(copy(CPTR_L1 | 5, MACHINE_CNODE));
    refused(l1, copy(S(1), CPTR(5, 1)));
    struct slot *found;
    assert_int_equal(cspace_find(&(struct cap){0}, MACHINE_CNODE, &found), l1);
}

static void k3_types_and_rights(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_FRAME, 4 * KIB, 1));
    done(mint(S(2), S(1), CAP_RIGHT_READ, 0, 0));
    done(mint(S(3), S(2), ALL, 0, 0));
    assert_int_equal(machine_slot(S(3))->cap.rights, CAP_RIGHT_READ);
    refused(ERR_ARGUMENT, mint(S(4), S(1), ALL, 1, 0));
    refused(ERR_ARGUMENT, mint(S(4), S(1), ALL, 0, 1));
    refused(ERR_COPY, copy(S(4), MACHINE_ARENA));
    refused(ERR_CAP_TYPE, split(S(4), S(1), 4 * KIB));
    refused(ERR_CAP_TYPE, machine_vnode(S(1), VNODE_MAP, S(0), 0, 0, 1, MAP_READ, S(4)));
    refused(ERR_CAP_TYPE, revoke(MACHINE_ARENA));
    done(retype(S(5), S(0), 4 * KIB, CAP_DISPATCHER, 0, 1));
    done(mint(S(6), S(5), ALL, 3, 0));
    assert_int_equal(machine_slot(S(6))->cap.detail, 3);
    refused(ERR_PRIORITY, mint(S(7), S(6), ALL, 2, 0));
    refused(ERR_ARGUMENT, mint(S(7), S(6), ALL, 8, 0));
    done(copy(S(7), S(6)));
    assert_int_equal(machine_slot(S(7))->cap.detail, 3);
    done(retype(S(8), S(0), 8 * KIB, CAP_VNODE1, 0, 1));
    refused(ERR_COPY, copy(S(9), S(8)));
    refused(ERR_COPY, mint(S(9), S(8), ALL, 0, 0));
    refused(ERR_SYSCALL, machine_cap(CAP_OP_COUNT, S(9), S(8), 0, 0, 0, 0));
    refused(ERR_SYSCALL, machine_vnode(S(8), 7, S(0), 0, 0, 1, MAP_READ, S(4)));
}

static void a_mapping_becomes_two(void **state)
{
    address_space(64 * KIB);
    done(retype(S(1), S(0), 32 * KIB, CAP_FRAME, 32 * KIB, 1));
    done(map(T(3), S(1), 0, 4, 8, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, machine_vnode(T(3), VNODE_SPLIT, S(2), 0, 0, 0, 0, S(3)));
    refused(ERR_ARGUMENT, machine_vnode(T(3), VNODE_SPLIT, S(2), 8, 0, 0, 0, S(3)));
    refused(ERR_ARGUMENT, machine_vnode(T(3), VNODE_SPLIT, S(2), -1ul, 0, 0, 0, S(3)));
    refused(ERR_MAPPING_GONE, machine_vnode(T(2), VNODE_SPLIT, S(2), 3, 0, 0, 0, S(3)));
    refused(ERR_SLOT_OCCUPIED, machine_vnode(T(3), VNODE_SPLIT, S(2), 3, 0, 0, 0, S(1)));
    refused(ERR_CAP_TYPE, machine_vnode(T(3), VNODE_SPLIT, S(1), 3, 0, 0, 0, S(3)));
    done(machine_vnode(T(3), VNODE_SPLIT, S(2), 3, 0, 0, 0, S(3)));
    uint64_t *table = phys_to_virt(machine_slot(T(3))->cap.base);
    for (unsigned i = 4; i < 12; i++)
        assert_int_not_equal(table[i], 0);
    done(unmap(T(3), S(2)));
    for (unsigned i = 4; i < 12; i++)
        assert_int_equal(table[i] == 0, i < 7);
    done(protect(T(3), S(3), 4, 1, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(3), 5, 1, MAP_READ));
    done(revoke_all(S(1))); /* finds the second half */
    assert_true(slot_is_empty(machine_slot(S(3))));
    assert_int_equal(table[11], 0);
}

static void k4_sizes_that_overflow(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    refused(ERR_ARGUMENT, machine_alloc(S(1), BASE + 64 * KIB, 0));
    refused(ERR_OVERFLOW, machine_alloc(S(1), 0xfffffffffffff000, 8 * KIB));
    refused(ERR_ARGUMENT, machine_alloc(S(1), BASE, MACHINE_ARENA_BYTES + PAGE_SIZE));
    refused(ERR_ARGUMENT, machine_alloc(S(1), BASE - PAGE_SIZE, 2 * PAGE_SIZE));
    refused(ERR_OVERFLOW, retype(S(1), S(0), 0, CAP_FRAME, 1ul << 63, 2));
    refused(ERR_OVERFLOW, retype(S(1), S(0), -4096ul, CAP_FRAME, 8192, 1));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_FRAME, 1ul << 40, 1));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 60 * KIB, CAP_L2CNODE, 0, 1));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_FRAME, 0, 1));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_FRAME, 4 * KIB, 0));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_FRAME, 4 * KIB, 65));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_FRAME, 4 * KIB, -1ul));
    refused(ERR_ARGUMENT, retype(S(1), MACHINE_IRQ, 1000, CAP_IRQ, 1, 21));
    refused(ERR_OVERFLOW, retype(S(1), MACHINE_IRQ, -1ul, CAP_IRQ, 1, 1));
    refused(ERR_ARGUMENT, split(S(1), S(0), 0));
    refused(ERR_ARGUMENT, split(S(1), S(0), 64 * KIB));
    refused(ERR_ARGUMENT, split(S(1), S(0), -4096ul));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_L1CNODE, 2 * KIB, 1));
    refused(ERR_ARGUMENT, retype(S(1), S(0), 0, CAP_L1CNODE, 16 * MIB, 1));
    done(retype(S(1), MACHINE_IRQ, 1000, CAP_IRQ, 1, 20));
    refused(ERR_REVOKE_FIRST, retype(S(30), MACHINE_IRQ, 990, CAP_IRQ, 11, 1));
    done(delete (S(1)));
    assert_int_equal(machine_events.unbound, 1);
}

static void k5_misaligned(void **state)
{
    refused(ERR_ALIGNMENT, machine_alloc(S(0), BASE + 8, 4 * KIB));
    refused(ERR_ALIGNMENT, machine_alloc(S(0), BASE, 4 * KIB + 8));
    address_space(64 * KIB);
    refused(ERR_ALIGNMENT, retype(S(1), S(0), 16 * KIB + 8, CAP_FRAME, 4 * KIB, 1));
    refused(ERR_ALIGNMENT, retype(S(1), S(0), 16 * KIB, CAP_FRAME, 4 * KIB + 8, 1));
    refused(ERR_ALIGNMENT, retype(S(1), S(0), 16 * KIB, CAP_L1CNODE, 12 * KIB, 1));
    refused(ERR_ALIGNMENT, map_ram(T(3), S(0), 16 * KIB + 16, 0, 1, MAP_READ, S(1)));
    done(copy(S(2), S(0)));
    done(delete (S(2)));
    done(retype(S(1), S(0), 16 * KIB, CAP_FRAME, 8 * KIB, 1));
    refused(ERR_ALIGNMENT, map(T(3), S(1), 8, 0, 1, MAP_READ, S(2)));
    refused(ERR_ALIGNMENT, map(T(2), MACHINE_DEVICE, 64 * KIB, 1, 1, MAP_READ, S(2)));
    done(machine_alloc(S(3), BASE + 64 * KIB, 64 * KIB));
    refused(ERR_ALIGNMENT, split(S(4), S(3), 8));
}

static void k6_destinations_occupied_or_too_few(void **state)
{
    done(machine_alloc(S(0), BASE, 512 * KIB));
    done(copy(S(5), S(0)));
    refused(ERR_SLOT_OCCUPIED, retype(S(2), S(0), 0, CAP_FRAME, 4 * KIB, 4));
    refused(ERR_SLOT_OCCUPIED, retype(S(5), S(0), 0, CAP_FRAME, 4 * KIB, 1));
    refused(ERR_ARGUMENT, retype(S(60), S(0), 0, CAP_FRAME, 4 * KIB, 5));
    refused(ERR_ARGUMENT, retype(CPTR_L1 | (MACHINE_L1_SLOTS - 2), S(0), 0, CAP_L2CNODE, 0, 3));
    refused(ERR_SLOT_OCCUPIED, retype(CPTR_L1 | (MACHINE_L2CNODES - 1), S(0), 0, CAP_L2CNODE, 0, 2));
    refused(ERR_L2_LOOKUP, retype(0, S(0), 0, CAP_FRAME, 4 * KIB, 1));
    refused(ERR_SLOT_OCCUPIED, copy(S(0), S(0)));
    refused(ERR_SLOT_OCCUPIED, move(S(5), S(0)));
    refused(ERR_SLOT_OCCUPIED, mint(S(5), S(0), ALL, 0, 0));
    refused(ERR_SLOT_OCCUPIED, split(S(5), S(0), 4 * KIB));
    refused(ERR_SLOT_OCCUPIED, machine_alloc(S(5), BASE + 512 * KIB, 4 * KIB));
    done(retype(S(60), S(0), 0, CAP_FRAME, 4 * KIB, 4));
    done(retype(CPTR_L1 | 8, S(0), 64 * KIB, CAP_L2CNODE, 0, 8));
    done(copy(CPTR(15, 63), S(0)));
}

/* K7, K8, K17: retype, blocks ---------------------------------------------------------------------- */

static void k7_overlap_means_revoke_first(void **state)
{
    const err_t first = ERR_REVOKE_FIRST;
    done(machine_alloc(S(0), BASE, MIB));
    refused(first, machine_alloc(S(1), BASE + 4 * KIB, 4 * KIB));
    refused(first, machine_alloc(S(1), BASE, 2 * MIB));
    done(retype(S(1), S(0), 64 * KIB, CAP_RAM, 64 * KIB, 1));
    done(retype(S(2), S(1), 0, CAP_FRAME, 4 * KIB, 1));
    /* Behind the small frame there is the RAM around it, and it still overlaps. */
    refused(first, retype(S(3), S(0), 100 * KIB, CAP_FRAME, 4 * KIB, 1));
    refused(first, retype(S(3), S(0), 0, CAP_RAM, 128 * KIB, 1));
    refused(first, retype(S(3), S(0), 60 * KIB, CAP_FRAME, 8 * KIB, 1));
    refused(first, retype(S(3), S(1), 0, CAP_RAM, 8 * KIB, 1));
    refused(first, retype(S(3), S(0), 124 * KIB, CAP_FRAME, 8 * KIB, 1));
    done(delete (S(1)));
    refused(first, retype(S(3), S(0), 64 * KIB, CAP_FRAME, 4 * KIB, 1));
    done(retype(S(3), S(0), 68 * KIB, CAP_FRAME, 60 * KIB, 1));
    done(retype(S(4), S(0), 0, CAP_FRAME, 64 * KIB, 1));
    done(retype(S(5), S(0), 128 * KIB, CAP_RAM, MIB - 128 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(6), S(5), 0, CAP_RAM, MIB - 128 * KIB, 1)); /* a copy in disguise */
    done(copy(S(6), S(0)));
    done(revoke(S(6))); /* of a copy: the other copy and all descendants */
    for (unsigned i = 0; i < 6; i++)
        assert_true(slot_is_empty(machine_slot(S(i))));
    done(retype(S(1), S(6), 0, CAP_RAM, 512 * KIB, 2));
}

static void k8_only_the_table_makes_types(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_FRAME, 16 * KIB, 1));
    for (unsigned type = 0; type < 256; type++) {
        refused(ERR_RETYPE_TYPE, retype(S(3), S(1), 0, type, 4 * KIB, 1));
        if (type != CAP_DEVFRAME) refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_DEVICE, 0, type, 4 * KIB, 1));
        if (type != CAP_IRQ) refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_IRQ, 0, type, 4 * KIB, 1));
        refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_ARENA, 0, type, 4 * KIB, 1));
        refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_KERNEL, 0, type, 4 * KIB, 1));
    }
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, CAP_MAPPING, 4 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, CAP_ENDPOINT, 4 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, -1ul, 4 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, CAP_RAM | 1ul << 32, 4 * KIB, 1));
    done(retype(S(3), MACHINE_DEVICE, 4 * KIB, CAP_DEVFRAME, 8 * KIB, 1));
    assert_int_equal(machine_slot(S(3))->cap.base, MACHINE_DEVICE_BASE + 4 * KIB);
    done(mint(S(4), S(3), CAP_RIGHT_READ, 0, 0));
    done(delete (S(3)));
    done(retype(S(3), S(4), 4 * KIB, CAP_DEVFRAME, 4 * KIB, 1));
    assert_int_equal(machine_slot(S(3))->cap.rights, CAP_RIGHT_READ);
}

static void retyped_memory_is_clear(void **state)
{
    done(machine_alloc(S(0), BASE, 512 * KIB));
    memset(phys_to_virt(BASE), 0x5a, 512 * KIB);
    done(retype(S(1), S(0), 0, CAP_FRAME, 64 * KIB, 1));
    assert_int_equal(*(char *)phys_to_virt(BASE + 64 * KIB - 1), 0);
    assert_int_equal(*(char *)phys_to_virt(BASE + 64 * KIB), 0x5a);
    done(retype(S(2), S(0), 64 * KIB, CAP_FRAME, 160 * KIB, 1));
    assert_int_equal(machine_slot(S(2))->cap.flags, CAP_UNCLEAN);
    refused(ERR_UNCLEAN, copy(S(3), S(2)));
    refused(ERR_UNCLEAN, mint(S(3), S(2), 1, 0, 0));
    done(machine_cap(CAP_IDENTIFY, S(2), 0, 0, 0, 0, 0));
    assert_true(machine_regs[1] & IDENTIFY_UNCLEAN);
    assert_int_equal(machine_cap(CAP_CLEAR, S(2), 0, 0, 0, 0, 0), ERR_AGAIN);
    done(move(S(4), S(2)));
    assert_int_equal(machine_cap(CAP_CLEAR, S(4), 0, 0, 0, 0, 0), ERR_AGAIN);
    done(machine_cap(CAP_CLEAR, S(4), 0, 0, 0, 0, 0));
    done(machine_cap(CAP_CLEAR, S(4), 0, 0, 0, 0, 0));
    for (unsigned i = 0; i < 160 * KIB; i++)
        assert_int_equal(((char *)phys_to_virt(BASE + 64 * KIB))[i], 0);
    done(copy(S(3), S(4)));
    /* Dispatchers that are too many to clear at once exist when they are clear. */
    done(retype(S(10), S(0), 256 * KIB, CAP_DISPATCHER, 0, 17));
    assert_int_equal(machine_events.created, 0);
    done(machine_cap(CAP_CLEAR, S(10), 0, 0, 0, 0, 0));
    assert_int_equal(machine_events.created, 1);
    /* Until then nobody believes what is in their memory. */
    memset(phys_to_virt(machine_slot(S(11))->cap.base), 0x5a, DISPATCHER_BYTES);
    done(delete (S(11)));
    assert_int_equal(machine_events.orphaned, 0);
    /* CNodes that are not clear are no CNodes, and nothing is deleted out of them. */
    done(retype(CPTR_L1 | 8, S(0), 352 * KIB, CAP_L2CNODE, 0, 9));
    refused(ERR_L1_LOOKUP, copy(CPTR(8, 1), S(0)));
    done(machine_cap(CAP_CLEAR, CPTR_L1 | 8, 0, 0, 0, 0, 0));
    done(copy(CPTR(8, 1), S(0)));
}

static void blocks_come_back_once(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(machine_alloc(S(1), BASE + 64 * KIB, 4 * KIB));
    done(machine_alloc(S(2), BASE + 68 * KIB, 4 * KIB));
    done(delete (S(1)));
    done(delete (S(0)));
    assert_int_equal(machine_events.notified, 1);
    assert_int_equal(block_freed_bytes, 68 * KIB);
    /* Not before it has been drained. */
    refused(ERR_REVOKE_FIRST, machine_alloc(S(0), BASE, 64 * KIB));
    paddr_t base;
    uint64_t bytes;
    bool more;
    block_drain(&base, &bytes, &more);
    assert_int_equal(base, BASE + 64 * KIB);
    assert_int_equal(bytes, 4 * KIB);
    assert_true(more);
    block_drain(&base, &bytes, &more);
    assert_int_equal(base, BASE);
    assert_int_equal(bytes, 64 * KIB);
    assert_false(more);
    block_drain(&base, &bytes, &more);
    assert_int_equal(bytes, 0);
    done(delete (S(2)));
    assert_int_equal(machine_events.notified, 2);
    machine_settle();
    machine_allocated = 0;
}

static void split_makes_two_blocks(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(copy(S(1), S(0)));
    refused(ERR_BLOCK, split(S(2), S(0), 16 * KIB));
    done(delete (S(0)));
    done(retype(S(3), S(1), 0, CAP_FRAME, 4 * KIB, 1));
    refused(ERR_BLOCK, split(S(2), S(1), 16 * KIB));
    done(delete (S(3)));
    done(split(S(2), S(1), 16 * KIB));
    consistent();
    done(split(S(3), S(2), 16 * KIB));
    done(retype(S(4), S(2), 0, CAP_FRAME, 16 * KIB, 1));
    done(delete (S(2)));
    done(delete (S(1)));
    assert_int_equal(machine_settle(), 16 * KIB);
    done(delete (S(3)));
    assert_int_equal(machine_settle(), 32 * KIB);
    done(delete (S(4)));
    assert_int_equal(machine_settle(), 16 * KIB);
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_RAM, 32 * KIB, 2));
    done(delete (S(0)));
    refused(ERR_BLOCK, split(S(3), S(1), 16 * KIB));
}

static void k17_everything_full(void **state)
{
    uint64_t bytes = MACHINE_ARENA_BYTES;
    done(machine_alloc(S(0), BASE, bytes));
    refused(ERR_REVOKE_FIRST, machine_alloc(S(1), BASE + 4 * KIB, 4 * KIB));
    done(retype(S(1), S(0), 0, CAP_RAM, 64 * KIB, bytes / (64 * KIB) > 62 ? 62 : bytes / (64 * KIB)));
    refused(ERR_ARGUMENT, retype(S(63), S(0), bytes, CAP_RAM, 4 * KIB, 1));
    done(copy(S(63), S(0)));
    for (unsigned i = 0; i < 64; i++) {
        refused(ERR_SLOT_OCCUPIED, copy(S(i), MACHINE_CNODE));
        refused(ERR_SLOT_OCCUPIED, retype(S(i), S(0), bytes - 4 * KIB, CAP_RAM, 4 * KIB, 1));
    }
    refused(ERR_RETRY_THROUGH_MONITOR, (copy(T(0), S(0)), copy(T(1), S(0)), copy(T(2), S(0)), remember(), revoke(S(0))));
    done(revoke_all(S(0)));
    done(delete (S(0)));
}

/* K9 - K12: page tables ---------------------------------------------------------------------------- */

static void k9_map_errors(void **state)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    refused(ERR_VNODE_LEVEL, map(T(0), S(1), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_ALIGNMENT, map(T(2), MACHINE_DEVICE, 4 * KIB, 5, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(2), MACHINE_DEVICE, 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 512, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 510, 3, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, -1ul, 2, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 1ul << 32, 1, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 0, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 65, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 17, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 60 * KIB, 0, 2, MAP_READ, S(2)));
    refused(ERR_OVERFLOW, map(T(3), S(1), -4096ul, 0, 2, MAP_READ, S(2)));
    refused(ERR_CAP_TYPE, map(T(3), S(0), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_CAP_TYPE, map(T(3), T(3), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_CAP_TYPE, map_ram(T(3), S(1), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_LEVEL, map_ram(T(2), S(0), 128 * KIB, 7, 1, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map_ram(T(3), S(0), 128 * KIB, 7, 17, MAP_READ, S(2)));
    refused(ERR_REVOKE_FIRST, map_ram(T(3), S(0), 0, 7, 1, MAP_READ, S(2)));
    refused(ERR_REVOKE_FIRST, map_ram(T(3), S(0), 124 * KIB, 7, 2, MAP_READ, S(2)));
    refused(ERR_VNODE_MAPPED, map_table(T(1), T(2), 1, S(2)));
    refused(ERR_VNODE_LEVEL, map_table(T(0), T(3), 2, S(2)));
    refused(ERR_VNODE_LEVEL, map_table(T(0), T(0), 2, S(2)));
    refused(ERR_VNODE_LEVEL, map_table(T(2), T(1), 2, S(2)));
    refused(ERR_CAP_TYPE, map_table(T(2), S(1), 2, S(2)));
    refused(ERR_VNODE_ENTRY, map_table(T(0), T(1), 512, S(2)));
    refused(ERR_SLOT_OCCUPIED, map(T(3), S(1), 0, 0, 1, MAP_READ, S(1)));
    done(map(T(3), S(1), 0, 5, 16, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 0, 6, MAP_READ, S(3)));
    refused(ERR_VNODE_ENTRY, map_ram(T(3), S(0), 128 * KIB, 20, 1, MAP_READ, S(3)));
    refused(ERR_CAP_TYPE, unmap(T(3), S(1)));
    refused(ERR_MAPPING_GONE, unmap(T(2), S(2)));
    refused(ERR_L2_LOOKUP, unmap(T(3), S(3)));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 16, 1, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 8, 9, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), -1ul, 2, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 1, -1ul, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 0, 0, MAP_READ));
    refused(ERR_CAP_TYPE, protect(T(2), T(6), 0, 1, MAP_READ));
    done(retype(S(8), S(0), 128 * KIB, CAP_FRAME, 128 * KIB, 1));
    refused(ERR_UNCLEAN, map(T(3), S(8), 0, 0, 1, MAP_READ, S(3)));
}

static void k10_never_writable_and_executable(void **state)
{
    address_space(512 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(mint(S(2), S(1), MAP_READ, 0, 0));
    refused(ERR_WX, map(T(3), S(1), 0, 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE, S(3)));
    refused(ERR_WX, map_ram(T(3), S(0), 128 * KIB, 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, MAP_WRITE, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, 0, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, MAP_READ | 8, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, MAP_READ | 1ul << 32, S(3)));
    refused(ERR_CAP_RIGHTS, map(T(3), S(2), 0, 0, 1, MAP_READ | MAP_WRITE, S(3)));
    refused(ERR_CAP_RIGHTS, map(T(3), S(2), 0, 0, 1, MAP_READ | MAP_EXECUTE, S(3)));
    refused(ERR_CAP_RIGHTS, map(T(3), MACHINE_DEVICE, 0, 0, 1, MAP_READ | MAP_EXECUTE, S(3)));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ | MAP_WRITE, S(3)));
    assert_int_equal(machine_events.synced_bytes, 0);
    refused(ERR_WX, protect(T(3), S(3), 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE));
    done(protect(T(3), S(3), 2, 3, MAP_READ | MAP_EXECUTE));
    assert_int_equal(machine_events.synced_bytes, 12 * KIB);
    assert_int_equal(HOST_ATTRIBUTES(touch(VA + 2 * PAGE_SIZE)), MAP_READ | MAP_EXECUTE);
    assert_int_equal(HOST_ATTRIBUTES(touch(VA + 5 * PAGE_SIZE)), MAP_READ | MAP_WRITE);
    done(map(T(3), S(2), 0, 16, 1, MAP_READ, S(4)));
    refused(ERR_CAP_RIGHTS, protect(T(3), S(4), 0, 1, MAP_READ | MAP_WRITE));
    done(map_ram(T(3), S(0), 256 * KIB, 17, 16, MAP_READ | MAP_WRITE, S(5)));
    done(protect(T(3), S(5), 0, 16, MAP_READ | MAP_EXECUTE));
    done(map(T(3), S(1), 0, 40, 16, MAP_READ | MAP_EXECUTE, S(6)));
    done(retype(S(8), S(0), 384 * KIB, CAP_FRAME, 128 * KIB, 1));
    done((machine_cap(CAP_CLEAR, S(8), 0, 0, 0, 0, 0), machine_cap(CAP_CLEAR, S(8), 0, 0, 0, 0, 0)));
    refused(ERR_ARGUMENT, map(T(3), S(8), 0, 80, 17, MAP_READ | MAP_EXECUTE, S(9)));
}

static void k11_the_tlb_forgets_in_time(void **state)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 4 * KIB, 3, 8, MAP_READ | MAP_WRITE, S(2)));
    for (unsigned i = 3; i < 11; i++)
        assert_int_equal(HOST_ADDRESS(touch(VA + i * PAGE_SIZE)), BASE + 64 * KIB + (i - 2) * PAGE_SIZE);
    done(protect(T(3), S(2), 1, 2, MAP_READ));
    consistent();
    touch(VA + 4 * PAGE_SIZE);
    done(unmap(T(3), S(2)));
    consistent();
    assert_int_equal(touch(VA + 3 * PAGE_SIZE), 0);
    done(map(T(3), S(1), 0, 3, 8, MAP_READ, S(2)));
    touch(VA + 3 * PAGE_SIZE);
    done(delete (S(1))); /* does not unmap */
    assert_int_not_equal(touch(VA + 4 * PAGE_SIZE), 0);
    done(delete (S(2))); /* this does */
    consistent();
    assert_int_equal(touch(VA + 4 * PAGE_SIZE), 0);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    touch(VA);
    done(revoke(S(1)));
    consistent();
    assert_true(slot_is_empty(machine_slot(S(2))));
    /* A table taken out, with what it translated. */
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    touch(VA);
    done(unmap(T(1), T(5)));
    consistent();
    assert_int_equal(touch(VA), 0);
    /* It may come back to where it was, and nowhere else. */
    refused(ERR_VNODE_MAPPED, map_table(T(1), T(2), 1, T(5)));
    done(map_table(T(1), T(2), 0, T(5)));
    assert_int_not_equal(touch(VA), 0);
    done(delete (S(2)));
    consistent();
}

static void k11_tables_built_from_below(void **state)
{
    done(machine_alloc(S(0), BASE, 256 * KIB));
    for (unsigned level = 0; level < 4; level++)
        done(retype(T(level), S(0), level * VNODE_BYTES, CAP_VNODE0 + level, 0, 1));
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    done(map_table(T(2), T(3), 0, T(6)));
    done(map_table(T(1), T(2), 0, T(5)));
    done(map_table(T(0), T(1), 1, T(4)));
    touch(VA);
    done(unmap(T(0), T(4)));
    consistent();
    done(map_table(T(0), T(1), 1, T(4)));
    /* The lower tables may go anywhere: everything is invalidated for them. */
    touch(VA);
    done(unmap(T(2), T(6)));
    consistent();
    done(map_table(T(2), T(3), 1, T(6)));
    touch(VA + 2 * MIB);
    refused(ERR_VNODE_MAPPED, map_table(T(2), T(3), 2, S(3)));
    for (unsigned entry = 1; entry < 4; entry++) {
        done(unmap(T(1), T(5)));
        consistent();
        done(map_table(T(1), T(2), entry, T(5)));
        touch(VA + entry * 1024 * MIB + 2 * MIB);
    }
    done(unmap(T(3), S(2)));
    consistent();
}

static void k11_blocks_of_two_mebibytes(void **state)
{
    address_space(64 * KIB);
    done(map(T(2), MACHINE_DEVICE, 0, 4, 2, MAP_READ | MAP_WRITE, S(1)));
    uint64_t entry = touch(VA + 10 * MIB + 12);
    assert_int_equal(HOST_ADDRESS(entry), MACHINE_DEVICE_BASE + 2 * MIB);
    assert_true(entry & HOST_DEVICE);
    consistent();
    done(protect(T(2), S(1), 1, 1, MAP_READ));
    entry = touch(VA + 10 * MIB);
    assert_true(entry & HOST_DEVICE);
    assert_int_equal(HOST_ATTRIBUTES(entry), MAP_READ);
    refused(ERR_VNODE_ENTRY, map_table(T(2), T(3), 5, S(2)));
    done(unmap(T(2), S(1)));
    consistent();
    assert_int_equal(touch(VA + 10 * MIB), 0);
}

static err_t break_block(cptr_t vnode, capref_t mapping, capref_t table, capref_t dst)
{
    return machine_vnode(vnode, VNODE_BREAK, mapping, table, 0, 0, 0, dst);
}

static void k11_a_block_becomes_pages(void **state)
{
    address_space(64 * KIB);
    done(retype(T(7), S(0), 16 * KIB, CAP_VNODE3, 0, 1));
    done(map(T(2), MACHINE_DEVICE, 0, 4, 2, MAP_READ | MAP_WRITE, S(1)));
    refused(ERR_ARGUMENT, break_block(T(2), S(1), T(7), S(3))); /* two blocks */
    done(machine_vnode(T(2), VNODE_SPLIT, S(1), 1, 0, 0, 0, S(2)));
    refused(ERR_VNODE_MAPPED, break_block(T(2), S(2), T(3), S(3)));
    refused(ERR_VNODE_LEVEL, break_block(T(2), S(2), T(2), S(3)));
    refused(ERR_CAP_TYPE, break_block(T(2), S(2), S(0), S(3)));
    refused(ERR_MAPPING_GONE, break_block(T(1), S(2), T(7), S(3)));
    refused(ERR_CAP_TYPE, break_block(T(2), T(6), T(7), S(3))); /* a table's Mapping */
    refused(ERR_SLOT_OCCUPIED, break_block(T(2), S(2), T(7), S(1)));
    done(map_ram(T(7), S(0), 32 * KIB, 511, 1, MAP_READ, S(3)));
    refused(ERR_VNODE_ENTRY, break_block(T(2), S(2), T(7), S(4))); /* not empty */
    done(unmap(T(7), S(3)));
    touch(VA + 10 * MIB);
    touch(VA + 8 * MIB);
    done(break_block(T(2), S(2), T(7), S(3)));
    consistent();
    for (unsigned i = 0; i < 512; i += 73) {
        uint64_t entry = touch(VA + 10 * MIB + i * PAGE_SIZE);
        assert_int_equal(HOST_ADDRESS(entry), MACHINE_DEVICE_BASE + 2 * MIB + i * PAGE_SIZE);
        assert_int_equal(HOST_ATTRIBUTES(entry), MAP_READ | MAP_WRITE);
        assert_true(entry & HOST_DEVICE);
    }
    assert_int_equal(HOST_ADDRESS(touch(VA + 8 * MIB)), MACHINE_DEVICE_BASE);
    refused(ERR_MAPPING_GONE, unmap(T(2), S(2))); /* it is of the table now */
    done(machine_vnode(T(7), VNODE_SPLIT, S(2), 100, 0, 0, 0, S(4)));
    done(protect(T(7), S(4), 0, 1, MAP_READ));
    assert_int_equal(HOST_ATTRIBUTES(touch(VA + 10 * MIB + 100 * PAGE_SIZE)), MAP_READ);
    done(unmap(T(7), S(2)));
    consistent();
    assert_int_equal(touch(VA + 10 * MIB), 0);
    assert_int_not_equal(touch(VA + 12 * MIB - PAGE_SIZE), 0);
    done(unmap(T(2), S(3))); /* the table goes, and with it what it maps */
    consistent();
    assert_int_equal(touch(VA + 12 * MIB - PAGE_SIZE), 0);
    done(delete (T(7)));
    done(delete (S(4)));
    done(delete (S(1)));
    consistent();
}

static void k12_a_table_goes_before_its_mappings(void **state)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    done(map(T(3), S(1), 0, 16, 16, MAP_READ, S(3))); /* the same frame twice */
    touch(VA);
    touch(VA + 16 * PAGE_SIZE);
    done(delete (T(3)));
    consistent();
    assert_int_equal(touch(VA), 0);
    refused(ERR_REVOKE_FIRST, retype(S(4), S(0), 12 * KIB, CAP_FRAME, 4 * KIB, 1)); /* its parent still points there */
    done(delete (T(6)));
    /* The page becomes another table, with an entry where the void Mapping's was. */
    done(retype(T(3), S(0), 12 * KIB, CAP_VNODE3, 0, 1));
    done(map_table(T(2), T(3), 0, T(6)));
    done(map(T(3), S(1), 4 * KIB, 0, 1, MAP_READ, S(4)));
    refused(ERR_MAPPING_GONE, unmap(T(3), S(2)));
    refused(ERR_MAPPING_GONE, protect(T(3), S(2), 0, 1, MAP_READ));
    done(delete (S(2)));
    assert_int_equal(HOST_ADDRESS(touch(VA)), BASE + 68 * KIB);
    /* The root goes first, the rest in any order. */
    done(delete (T(0)));
    consistent();
    done(delete (T(4)));
    done(delete (T(2)));
    done(delete (T(1)));
    done(delete (S(0)));
    done(delete (S(1)));
    assert_int_equal(machine_settle(), 0); /* the Mappings hold it */
    done(delete (S(3)));
    done(delete (S(4)));
    done(delete (T(3)));
    done(delete (T(5)));
    done(delete (T(6)));
    assert_int_equal(machine_settle(), 256 * KIB);
}

/* The same pages at the same place of a table that was made where the void Mapping's had been. */
static void k12_a_void_mapping_and_its_successor(void **state)
{
    address_space(128 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 1, MAP_READ, S(2)));
    done(delete (T(3)));
    done(delete (T(6)));
    done(retype(T(3), S(0), 12 * KIB, CAP_VNODE3, 0, 1));
    done(map_table(T(2), T(3), 0, T(6)));
    done(map(T(3), S(1), 0, 0, 1, MAP_READ, S(3)));
    consistent();
    touch(VA);
    done(delete (S(3)));
    consistent();
    assert_int_equal(touch(VA), 0);
    done(map(T(3), S(1), 0, 0, 1, MAP_READ, S(3)));
    done(delete (S(2)));
    assert_int_equal(HOST_ADDRESS(touch(VA)), BASE + 64 * KIB);
}

static void k12_ram_by_the_page(void **state)
{
    address_space(256 * KIB);
    memset(phys_to_virt(BASE + 64 * KIB), 0x77, 64 * KIB);
    done(map_ram(T(3), S(0), 64 * KIB, 0, 16, MAP_READ | MAP_WRITE, S(1)));
    assert_int_equal(*(char *)phys_to_virt(BASE + 64 * KIB + 5), 0);
    refused(ERR_REVOKE_FIRST, map_ram(T(3), S(0), 68 * KIB, 16, 1, MAP_READ, S(2)));
    refused(ERR_REVOKE_FIRST, retype(S(2), S(0), 124 * KIB, CAP_L2CNODE, 0, 1));
    refused(ERR_REVOKE_FIRST, retype(S(2), S(0), 0, CAP_RAM, 256 * KIB - 4096, 1));
    touch(VA);
    done(map_ram(T(3), S(0), 128 * KIB, 16, 1, MAP_READ, S(2)));
    done(delete (S(0))); /* the pages stay, and so does the block */
    assert_int_not_equal(touch(VA + PAGE_SIZE), 0);
    done(unmap(T(3), S(1)));
    consistent();
    done(machine_alloc(S(0), BASE + 256 * KIB, 64 * KIB));
    done(map_ram(T(3), S(0), 0, 0, 1, MAP_READ, S(1)));
    touch(VA);
    done(revoke(S(0)));
    consistent();
    assert_int_equal(touch(VA), 0);
}

/* K16: zombies and long revokes -------------------------------------------------------------------- */

static void k16_a_full_cnode_is_emptied_in_steps(void **state)
{
    done(machine_alloc(S(0), BASE, 256 * KIB));
    done(retype(CPTR_L1 | 8, S(0), 0, CAP_L2CNODE, 0, 1));
    for (unsigned i = 0; i < 64; i++)
        done(copy(CPTR(8, i), S(0)));
    done(machine_alloc(S(1), BASE + 256 * KIB, 4 * KIB));
    done(move(T(0), CPTR(8, 0)));
    done(move(CPTR(8, 0), S(1)));
    uint64_t caps = mdb_counts.caps;
    done(delete (CPTR_L1 | 8));
    refused(ERR_L1_LOOKUP, delete (CPTR(8, 5)));
    assert_int_equal(block_freed_bytes, 4 * KIB); /* that of slot 0 made room */
    assert_true(zombie_waiting());
    assert_int_equal(zombie_reap(10), ERR_AGAIN);
    assert_true(mdb_counts.caps >= caps - 10);
    assert_int_equal(zombie_reap(0), ERR_ARGUMENT);
    assert_int_equal(zombie_reap(65), ERR_ARGUMENT);
    while (zombie_reap(10) == ERR_AGAIN)
        consistent();
    assert_false(zombie_waiting());
    assert_int_equal(mdb_counts.caps, caps - 64); /* one of 65 is the freed block */
    assert_int_equal(machine_settle(), 4 * KIB);
}

static void k16_a_wide_cnode(void **state)
{
    done(machine_alloc(S(0), BASE, MIB));
    done(retype(S(1), S(0), 0, CAP_L1CNODE, 512 * KIB, 1));
    refused(ERR_ROOT_LOOKUP, copy(CAPREF(S(1), CPTR_L1 | 9), S(0)));
    unsigned steps = 1;
    while (machine_cap(CAP_CLEAR, S(1), 0, 0, 0, 0, 0) == ERR_AGAIN)
        steps++;
    assert_int_equal(steps, 8);
    done(retype(CAPREF(S(1), CPTR_L1 | 4000), S(0), 512 * KIB, CAP_L2CNODE, 0, 2));
    done(copy(CAPREF(S(1), CPTR(4001, 63)), S(0)));
    done(copy(CAPREF(S(1), CPTR(4001, 62)), S(1))); /* it holds itself */
    done(delete (S(1)));
    assert_false(zombie_waiting());
    assert_int_equal(revoke(S(0)), ERR_RETRY_THROUGH_MONITOR);
    steps = 0;
    while (cap_revoke_step(machine_slot(S(0))) == ERR_AGAIN) {
        consistent();
        steps++;
    }
    assert_true(steps >= 4096 / STEP_UNITS);
    assert_false(zombie_waiting());
    assert_ptr_equal(machine_slot(S(0))->next, machine_slot(S(0)));
    done(retype(S(1), S(0), 0, CAP_FRAME, 64 * KIB, 16)); /* nothing is left in the range */
}

/* As deep a nest of full CNodes as memory holds: each slot of one is the last capability of another. */
static void k16_a_chain_of_full_cnodes(void **state)
{
    const unsigned depth = 40;
    done(machine_alloc(S(0), BASE, 7 * MIB));
    done(copy(T(0), S(0)));
    uint64_t offset = 0;
    for (unsigned i = 0; i < depth; i++) {
        /* A new CNode in L1 slot 8: its slot 0 takes the former one, the others are full of smaller ones or copies. */
        done(retype(CPTR_L1 | 9, S(0), offset, CAP_L2CNODE, 0, 1));
        offset += CNODE_L2_BYTES;
        for (unsigned j = 1; j < 64; j++)
            done(copy(CPTR(9, j), T(0)));
        done(i == 0 ? copy(CPTR(9, 0), T(0)) : move(CPTR(9, 0), CPTR_L1 | 8));
        done(move(CPTR_L1 | 8, CPTR_L1 | 9));
    }
    done(retype(CPTR_L1 | 9, S(0), offset, CAP_L2CNODE, 0, 1));
    for (unsigned j = 0; j < 64; j++)
        done(copy(CPTR(9, j), T(0)));
    done(delete (CPTR_L1 | 8)); /* limbo stays occupied */
    assert_true(zombie_waiting());
    assert_int_equal(delete (CPTR_L1 | 9), ERR_AGAIN);
    done(delete (CPTR(9, 9))); /* whatever needs no limbo goes on */
    unsigned again = 0;
    while (delete (CPTR_L1 | 9) == ERR_AGAIN)
        again++;
    assert_true(again > 0 && again < depth);
    consistent();
    while (zombie_reap(64) == ERR_AGAIN)
        consistent();
    done(delete (T(0)));
    done(retype(T(1), S(0), 0, CAP_RAM, MIB, 7));
}

static void k16_revoke_of_many(void **state)
{
    done(machine_alloc(S(0), BASE, 4 * MIB));
    for (unsigned i = 0; i < 64; i++)
        done(copy(T(i), S(0)));
    done(revoke(T(5)));
    assert_int_equal(mdb_counts.caps, MACHINE_L2CNODES + 7);
    done(move(S(0), T(5)));
    done(retype(T(0), S(0), 0, CAP_RAM, 4 * KIB, 22));
    done(copy(S(1), S(0)));
    done(copy(S(2), S(0)));
    done(revoke(S(0)));
    assert_int_equal(mdb_counts.caps, MACHINE_L2CNODES + 7);
    done(retype(T(0), S(0), 0, CAP_RAM, 64 * KIB, 64));
    done(copy(S(1), S(0)));
    refused(ERR_RETRY_THROUGH_MONITOR, revoke(S(1)));
    for (unsigned i = 0; i < 16; i++)
        done(retype(CPTR(3, i), T(i), 0, CAP_FRAME, 4 * KIB, 1));
    refused(ERR_RETRY_THROUGH_MONITOR, revoke(S(1)));
    err_t err = ERR_AGAIN;
    while (err == ERR_AGAIN) {
        uint64_t caps = mdb_counts.caps;
        err = cap_revoke_step(machine_slot(S(1)));
        assert_in_range(caps - mdb_counts.caps, err == ERR_AGAIN ? 16 : 0, 64);
    }
    done(err);
    assert_int_equal(mdb_counts.caps, MACHINE_L2CNODES + 7);
    assert_true(slot_is_empty(machine_slot(S(0))));
}

/* CSpace, address space, frame and dispatcher in one block; a copy of its RAM capability inside that CSpace. */
static struct dcb *process(void)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 32 * KIB, CAP_L1CNODE, 4 * KIB, 1));
    done(retype(CAPREF(S(1), CPTR_L1 | 0), S(0), 40 * KIB, CAP_L2CNODE, 0, 1));
    done(retype(S(2), S(0), 48 * KIB, CAP_DISPATCHER, 0, 1));
    done(retype(S(3), S(0), 64 * KIB, CAP_FRAME, 8 * KIB, 1));
    struct dcb *dcb = phys_to_virt(BASE + 48 * KIB);
    done(cap_copy(&dcb->cspace, machine_slot(S(1)), ALL));
    done(cap_copy(&dcb->vspace, machine_slot(T(0)), ALL));
    done(cap_copy(&dcb->frame_cap, machine_slot(S(3)), ALL));
    done(copy(CAPREF(S(1), 1), S(1)));
    done(copy(CAPREF(S(1), 2), S(2)));
    done(copy(CAPREF(S(1), 11), S(0)));
    done(map(T(3), S(3), 0, 0, 2, MAP_READ | MAP_WRITE, CAPREF(S(1), 12)));
    touch(VA);
    return dcb;
}

static void k16_a_process_revoked(void **state)
{
    struct dcb *dcb = process();
    done(revoke_all(S(0)));
    consistent();
    assert_int_equal(dcb->state, DISP_STATE_STOPPED);
    assert_int_equal(machine_events.lost, 3);
    assert_int_equal(machine_events.destroyed, 1);
    for (unsigned i = 1; i < 64; i++)
        assert_true(slot_is_empty(machine_slot(S(i))) && slot_is_empty(machine_slot(T(i))));
    done(retype(S(1), S(0), 0, CAP_RAM, 64 * KIB, 4));
    done(revoke(S(0)));
    done(delete (S(0)));
    assert_int_equal(machine_settle(), 256 * KIB);
}

static void k16_a_process_that_revokes_itself(void **state)
{
    struct dcb *dcb = process();
    struct slot *inside = machine_slot(CAPREF(S(1), 11));
    /* What asks for it dies before it is through: the rest stays as it is. */
    err_t err;
    while ((err = cap_revoke_step(inside)) == ERR_AGAIN)
        consistent();
    done(err);
    consistent();
    assert_true(slot_is_empty(machine_slot(S(0))));
    assert_int_equal(dcb->state, DISP_STATE_STOPPED);
}

/* The last capability of the block lies in the block, and the freed block's node comes to lie over it. */
static void k16_a_zombie_is_the_last_of_its_block(void **state)
{
    done(machine_alloc(S(0), BASE, 8 * KIB));
    done(retype(S(1), S(0), 0, CAP_L2CNODE, 0, 1));
    done(copy(CPTR_L1 | 9, S(1)));
    done(copy(CPTR(9, 7), MACHINE_CNODE));
    done(delete (S(0)));
    done(delete (S(1)));
    done(move(CPTR(9, 0), CPTR_L1 | 9)); /* it holds itself, alone, where the node will be */
    assert_int_equal(machine_settle(), 0);
    struct slot *inside = phys_to_virt(BASE);
    done(cap_delete(inside));
    assert_true(zombie_waiting());
    assert_int_equal(machine_settle(), 8 * KIB);
}

static void k16_losing_a_slot_stops_the_dispatcher(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_DISPATCHER, 0, 1));
    done(retype(S(2), S(0), 4 * KIB, CAP_FRAME, 4 * KIB, 1));
    struct dcb *dcb = phys_to_virt(BASE);
    done(cap_copy(&dcb->frame_cap, machine_slot(S(2)), ALL));
    done(revoke(S(2)));
    assert_int_equal(machine_events.lost, 1);
    assert_int_equal(dcb->state, DISP_STATE_STOPPED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
    const struct CMUnitTest tests[] = {
        TEST(copies_moves_and_deletes),
        TEST(identify_tells_no_secrets),
        TEST(endpoints_and_badges),
        TEST(k2_lookup_errors_tell_the_level),
        TEST(k3_types_and_rights),
        TEST(a_mapping_becomes_two),
        TEST(k4_sizes_that_overflow),
        TEST(k5_misaligned),
        TEST(k6_destinations_occupied_or_too_few),
        TEST(k7_overlap_means_revoke_first),
        TEST(k8_only_the_table_makes_types),
        TEST(retyped_memory_is_clear),
        TEST(blocks_come_back_once),
        TEST(split_makes_two_blocks),
        TEST(k17_everything_full),
        TEST(k9_map_errors),
        TEST(k10_never_writable_and_executable),
        TEST(k11_the_tlb_forgets_in_time),
        TEST(k11_tables_built_from_below),
        TEST(k11_blocks_of_two_mebibytes),
        TEST(k11_a_block_becomes_pages),
        TEST(k12_a_table_goes_before_its_mappings),
        TEST(k12_a_void_mapping_and_its_successor),
        TEST(k12_ram_by_the_page),
        TEST(k16_a_full_cnode_is_emptied_in_steps),
        TEST(k16_a_wide_cnode),
        TEST(k16_a_chain_of_full_cnodes),
        TEST(k16_revoke_of_many),
        TEST(k16_a_process_revoked),
        TEST(k16_a_process_that_revokes_itself),
        TEST(k16_a_zombie_is_the_last_of_its_block),
        TEST(k16_losing_a_slot_stops_the_dispatcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
