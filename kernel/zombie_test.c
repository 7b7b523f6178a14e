/* SPDX-License-Identifier: BSD-2-Clause */
/* CNodes and dispatchers that die slowly, and revokes of much (K16). See test/caps.h. */
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
    const struct CMUnitTest tests[] = {
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
