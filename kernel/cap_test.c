/* SPDX-License-Identifier: BSD-2-Clause */
/* Slots and their capabilities: copies, moves, badges, and arguments that make no sense (K2 - K6). See test/caps.h. */
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

#include "test/caps.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(copies_moves_and_deletes),
        TEST(identify_tells_no_secrets),
        TEST(endpoints_and_badges),
        TEST(k2_lookup_errors_tell_the_level),
        TEST(k3_types_and_rights),
        TEST(k4_sizes_that_overflow),
        TEST(k5_misaligned),
        TEST(k6_destinations_occupied_or_too_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
