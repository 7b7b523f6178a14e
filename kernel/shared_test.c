/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks that several cores share, as one core's kernel sees them: each KERNEL_SHARED_* keeps what servers/monitor/caps/kernel.h says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <kernel/block.h>
#include <kernel/mdb.h>
#include <kernel/shared.h>

#include "test/machine.h"

#define S(n) CPTR(1, n) /* the tests' own slots */
#define KIB 1024ul
#define BASE MACHINE_ARENA_BASE
#define BLOCK (64 * KIB)
#define ALL (~0ul)
#define done(call) assert_int_equal(call, ERR_OK)
#define refused(error, call) assert_int_equal(call, error)

static uint64_t x[8];

static err_t shared(unsigned op, uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5, uint64_t x6)
{
    uint64_t arguments[8] = {x0, x1, x2, x3, x4, x5, x6};
    for (unsigned i = 0; i < 8; i++)
        x[i] = arguments[i];
    return shared_invoke(&machine_root.cap, op, x);
}

static uint64_t generation(cptr_t slot)
{
    done(shared(KERNEL_SHARED_LOOK, 0, slot, 0, 0, 0, 0, 0));
    return x[1] >> 32;
}

static err_t hold(cptr_t slot, uint64_t flags)
{
    return shared(KERNEL_SHARED_HOLD, 0, slot, generation(slot), flags, 0, 0, 0);
}

static uint64_t settle(bool alone)
{
    done(shared(KERNEL_SHARED_SETTLE, BASE, alone, 0, 0, 0, 0, 0));
    return x[1];
}

static err_t copy(cptr_t dst, cptr_t src)
{
    return machine_cap(CAP_COPY, dst, src, ALL, 0, 0, 0);
}

static err_t retype(cptr_t dst, cptr_t src, uint64_t offset, unsigned type, uint64_t bytes)
{
    return machine_cap(CAP_RETYPE, dst, src, offset, type, bytes, 1);
}

static err_t delete (cptr_t slot)
{
    return machine_cap(CAP_DELETE, slot, 0, 0, 0, 0, 0);
}

static err_t install(cptr_t dst, unsigned type, uint64_t base, uint64_t bytes)
{
    return shared(KERNEL_SHARED_INSTALL, dst, type | 0xff00, base, bytes, BASE, BLOCK, 0);
}

static err_t sweep(unsigned type, uint64_t base, uint64_t bytes, cptr_t kept)
{
    uint64_t number = kept != 0 ? generation(kept) : 0;
    err_t err = ERR_AGAIN;
    for (unsigned steps = 0; err == ERR_AGAIN && steps < 1000; steps++)
        err = shared(KERNEL_SHARED_SWEEP, type | number << 32, base, bytes, BASE, BLOCK, 0, kept);
    return err;
}

static bool conflict(unsigned type, uint64_t base, uint64_t bytes, uint64_t low, uint64_t range)
{
    done(shared(KERNEL_SHARED_CONFLICTS, type, base, bytes, BASE, BLOCK, low, range));
    return x[1] != 0;
}

static int setup(void **state)
{
    (void)state;
    machine_start();
    assert_int_equal(shared_count, 0);
    done(machine_alloc(S(0), BASE, BLOCK));
    return 0;
}

/* Nothing is left over: not a BlockState, nothing in the MDB that is not consistent. */
static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CNODE_L2_SLOTS; i++)
        delete (S(i));
    machine_settle();
    while (shared_count != 0) {
        done(shared(KERNEL_SHARED_VACANT, 0, 0, 0, 0, 0, 0, 0));
        assert_int_not_equal(x[2], 0);
        done(shared(KERNEL_SHARED_SETTLE, x[1], 0, 0, 0, 0, 0, 0));
        assert_int_equal(x[1], SHARED_GONE);
    }
    const char *wrong = machine_check();
    if (wrong != NULL) fail_msg("%s", wrong);
    return 0;
}

static void shared_blocks_are_the_monitors(void **state)
{
    (void)state;
    done(hold(S(0), SHARED_TO_LEAVE));
    done(copy(S(1), S(0)));
    refused(ERR_RETRY_THROUGH_MONITOR, retype(S(2), S(0), 0, CAP_FRAME, 4 * KIB));
    refused(ERR_RETRY_THROUGH_MONITOR, machine_cap(CAP_REVOKE, S(0), 0, 0, 0, 0, 0));
    done(delete (S(1)));
    refused(ERR_BLOCK, machine_cap(CAP_SPLIT, S(2), S(0), 4 * KIB, 0, 0, 0));
    assert_int_equal(settle(false), SHARED_KEPT);
    assert_int_equal(x[2], BLOCK);
    assert_int_equal(settle(true), SHARED_EXCLUSIVE);
    assert_int_equal(settle(true), SHARED_NONE);
    done(retype(S(2), S(0), 0, CAP_FRAME, 4 * KIB));
}

static void fence_refuses_copies_not_deletes(void **state)
{
    (void)state;
    done(copy(S(1), S(0)));
    done(hold(S(0), SHARED_FENCE));
    refused(ERR_RETRY_THROUGH_MONITOR, copy(S(2), S(0)));
    refused(ERR_RETRY_THROUGH_MONITOR, machine_cap(CAP_MINT, S(2), S(0), ALL, 0, 0, 0));
    done(machine_cap(CAP_MOVE, S(2), S(1), 0, 0, 0, 0));
    done(delete (S(2)));
    assert_int_equal(settle(false), SHARED_KEPT);
    done(copy(S(2), S(0)));
    done(shared(KERNEL_SHARED_FENCE, BASE, 0, 0, 0, 0, 0, 0));
    refused(ERR_RETRY_THROUGH_MONITOR, copy(S(3), S(0)));
    refused(ERR_NOT_FOUND, shared(KERNEL_SHARED_FENCE, BASE + BLOCK, 0, 0, 0, 0, 0, 0));
}

static void last_delete_leaves_vacant_state(void **state)
{
    (void)state;
    done(hold(S(0), 0));
    done(delete (S(0)));
    assert_int_equal(block_freed_bytes, 0);
    done(shared(KERNEL_SHARED_VACANT, 0, 0, 0, 0, 0, 0, 0));
    assert_int_equal(x[1], BASE);
    assert_int_equal(x[2], BLOCK);
    done(shared(KERNEL_SHARED_VACANT, 0, 0, 0, 0, 0, 0, 0));
    assert_int_equal(x[2], 0);
    /* Something comes before the monitor gives it up, and goes again. */
    done(install(S(1), CAP_RAM, BASE, BLOCK));
    assert_int_equal(settle(false), SHARED_KEPT);
    done(delete (S(1)));
    assert_int_equal(settle(false), SHARED_GONE);
    assert_int_equal(shared_count, 0);
}

static void generation_is_of_the_capability(void **state)
{
    (void)state;
    uint64_t first = generation(S(0));
    assert_int_equal(generation(S(0)), first);
    done(copy(S(1), S(0)));
    done(delete (S(0)));
    done(copy(S(0), S(1)));
    refused(ERR_L2_LOOKUP, shared(KERNEL_SHARED_HOLD, 0, S(0), first, 0, 0, 0, 0));
    refused(ERR_L2_LOOKUP, shared(KERNEL_SHARED_DROP, 0, S(0), first, 0, 0, 0, 0));
    refused(ERR_L2_LOOKUP, shared(KERNEL_SHARED_HOLD, 0, S(0), 0, 0, 0, 0, 0));
    assert_int_not_equal(generation(S(0)), first);
    done(delete (S(1)));
    first = generation(S(0));
    done(machine_cap(CAP_SPLIT, S(1), S(0), 4 * KIB, 0, 0, 0));
    refused(ERR_L2_LOOKUP, shared(KERNEL_SHARED_HOLD, 0, S(0), first, 0, 0, 0, 0));
    assert_int_equal(shared_count, 0);
}

static void what_cannot_leave_stays(void **state)
{
    (void)state;
    done(retype(S(1), S(0), 0, CAP_L2CNODE, 0));
    refused(ERR_COPY, hold(S(1), SHARED_TO_LEAVE));
    refused(ERR_COPY, shared(KERNEL_SHARED_LOOK, 0, MACHINE_DEVICE, 0, 0, 0, 0, 0));
    refused(ERR_L2_LOOKUP, shared(KERNEL_SHARED_LOOK, 0, S(9), 0, 0, 0, 0, 0));
    refused(ERR_CAP_TYPE, shared(KERNEL_SHARED_LOOK, S(0), S(0), 0, 0, 0, 0, 0));
    refused(ERR_CAP_TYPE, install(S(2), CAP_L2CNODE, BASE, 8 * KIB));
    refused(ERR_CAP_TYPE, install(S(2), CAP_TYPE_COUNT, BASE, 8 * KIB));
    refused(ERR_SLOT_OCCUPIED, install(S(1), CAP_RAM, BASE, BLOCK));
    assert_int_equal(shared_count, 0);
}

static void installed_copies_are_copies(void **state)
{
    (void)state;
    done(install(S(1), CAP_RAM, BASE, BLOCK));
    assert_int_equal(x[1], 1);
    assert_false(mdb_is_last(machine_slot(S(0))));
    done(delete (S(0)));
    done(delete (S(1)));
    assert_int_equal(block_freed_bytes, 0);
}

static void conflicts_are_descendants_only(void **state)
{
    (void)state;
    done(retype(S(1), S(0), 16 * KIB, CAP_RAM, 16 * KIB));
    done(retype(S(2), S(1), 16 * KIB - 4 * KIB, CAP_FRAME, 4 * KIB));
    assert_true(conflict(CAP_RAM, BASE, BLOCK, BASE + 16 * KIB, 4 * KIB));
    assert_false(conflict(CAP_RAM, BASE, BLOCK, BASE + 4 * KIB, 4 * KIB));
    assert_false(conflict(CAP_RAM, BASE + 16 * KIB, 16 * KIB, BASE + 16 * KIB, 8 * KIB));
    assert_true(conflict(CAP_RAM, BASE + 16 * KIB, 16 * KIB, BASE + 24 * KIB, 8 * KIB));
    /* Of what is not here at all: */
    assert_true(conflict(CAP_RAM, BASE + 24 * KIB, 8 * KIB, BASE + 24 * KIB, 8 * KIB));
    assert_false(conflict(CAP_RAM, BASE, 8 * KIB, BASE, 8 * KIB));
}

static void sweep_leaves_nothing_but_what_is_kept(void **state)
{
    (void)state;
    done(copy(S(1), S(0)));
    done(retype(S(2), S(0), 0, CAP_L2CNODE, 0));
    done(retype(S(3), S(0), 16 * KIB, CAP_FRAME, 16 * KIB));
    done(copy(S(4), S(3)));
    done(copy(S(5), S(3)));
    done(hold(S(0), SHARED_FENCE));
    done(sweep(CAP_FRAME, BASE + 16 * KIB, 16 * KIB, S(3)));
    assert_true(slot_is_empty(machine_slot(S(4))) && slot_is_empty(machine_slot(S(5))));
    assert_int_equal(machine_slot(S(3))->cap.type, CAP_FRAME);
    /* By value, as on a core that does not have the one that is kept. */
    done(sweep(CAP_RAM, BASE, BLOCK, 0));
    for (unsigned i = 0; i < 6; i++)
        assert_true(slot_is_empty(machine_slot(S(i))));
    assert_int_equal(settle(false), SHARED_GONE);
    assert_int_equal(block_freed_bytes, 0);
}

static void zombies_are_swept_too(void **state)
{
    (void)state;
    done(retype(S(1), S(0), 0, CAP_L2CNODE, 0));
    struct slot *inner = phys_to_virt(machine_slot(S(1))->cap.base);
    done(machine_alloc(S(2), BASE + BLOCK, 4 * KIB));
    machine_slot(S(2))->generation = 0;
    mdb_move(&inner[5], machine_slot(S(2)));
    done(hold(S(0), SHARED_FENCE));
    done(delete (S(1)));
    assert_true(conflict(CAP_RAM, BASE, BLOCK, BASE, 4 * KIB));
    done(sweep(CAP_RAM, BASE, BLOCK, S(0)));
    assert_false(conflict(CAP_RAM, BASE, BLOCK, BASE, 4 * KIB));
    assert_int_equal(block_freed_bytes, 4 * KIB);
    assert_int_equal(settle(true), SHARED_EXCLUSIVE);
}

static void monitor_retypes_under_the_lock(void **state)
{
    (void)state;
    done(hold(S(0), 0));
    uint64_t number = generation(S(0));
    refused(ERR_L2_LOOKUP,
            shared(KERNEL_SHARED_RETYPE, 0, number + 1, S(1), S(0), 4 * KIB, CAP_FRAME | 2ul << 32, 4 * KIB));
    done(shared(KERNEL_SHARED_RETYPE, 0, number, S(1), S(0), 4 * KIB, CAP_FRAME | 2ul << 32, 4 * KIB));
    assert_int_equal(machine_slot(S(2))->cap.base, BASE + 8 * KIB);
    refused(ERR_REVOKE_FIRST,
            shared(KERNEL_SHARED_RETYPE, 0, number, S(3), S(0), 4 * KIB, CAP_FRAME | 1ul << 32, 4 * KIB));
    refused(ERR_RETRY_THROUGH_MONITOR, retype(S(3), S(0), 16 * KIB, CAP_FRAME, 4 * KIB));
}

static void states_run_out_cleanly(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONFIG_BLOCK_STATES; i++) {
        struct cap cap = {.block_base = BASE + BLOCK + (i * 7 % CONFIG_BLOCK_STATES) * PAGE_SIZE,
                          .block_bytes = PAGE_SIZE};
        assert_non_null(shared_make(&cap));
    }
    refused(ERR_NO_MEMORY, hold(S(0), SHARED_TO_LEAVE));
    refused(ERR_NO_MEMORY, install(S(1), CAP_RAM, BASE, BLOCK));
    assert_true(slot_is_empty(machine_slot(S(1))));
    for (unsigned i = 0; i < CONFIG_BLOCK_STATES; i++) {
        struct block_state *found = shared_find(BASE + BLOCK + i * PAGE_SIZE);
        assert_non_null(found);
        shared_remove(found);
    }
    assert_int_equal(shared_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(shared_blocks_are_the_monitors),  TEST(fence_refuses_copies_not_deletes),
        TEST(last_delete_leaves_vacant_state), TEST(generation_is_of_the_capability),
        TEST(what_cannot_leave_stays),         TEST(installed_copies_are_copies),
        TEST(conflicts_are_descendants_only),  TEST(sweep_leaves_nothing_but_what_is_kept),
        TEST(zombies_are_swept_too),           TEST(monitor_retypes_under_the_lock),
        TEST(states_run_out_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
