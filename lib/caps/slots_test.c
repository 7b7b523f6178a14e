/* SPDX-License-Identifier: BSD-2-Clause */
/* The slot allocator against a set, with refills that themselves take slots, and that fail. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <caps/caps.h>
#include <caps/slots.h>

static unsigned refills, refill_depth, refill_deepest, refill_takes;
static err_t refill_error;
static bool may_grow;
static bool taken[2048 * 64];

/* There is one thread only. */
void sys_yield(void) {}

static void mark(cptr_t slot)
{
    assert_true(slot >= CPTR(1, 0) && slot < CPTR(2048, 0));
    assert_false(taken[slot]);
    taken[slot] = true;
}

static err_t refill(unsigned node, unsigned *l1_slots)
{
    if (node + 1 >= *l1_slots) {
        if (!may_grow) return ERR_NO_MEMORY;
        *l1_slots *= 4;
    }
    refill_depth++;
    if (refill_depth > refill_deepest) refill_deepest = refill_depth;
    for (unsigned i = 0; i < refill_takes; i++) { /* as paging does: mem's answer comes into a slot */
        cptr_t slot;
        assert_int_equal(slot_alloc(&slot), ERR_OK);
        mark(slot);
    }
    refill_depth--;
    if (!refill_error) refills++;
    return refill_error;
}

static int start(void **state)
{
    (void)state;
    refills = refill_depth = refill_deepest = refill_takes = 0;
    refill_error = ERR_OK;
    may_grow = true;
    for (unsigned i = 0; i < 2048 * 64; i++)
        taken[i] = false;
    slots_init(2, 16, 32);
    slots_set_refill(refill, sys_yield);
    return 0;
}

static void grows_without_recursion(void **state)
{
    (void)state;
    refill_takes = 5;
    cptr_t slot;
    for (int i = 0; i < 4000; i++) {
        assert_int_equal(slot_alloc(&slot), ERR_OK);
        mark(slot);
    }
    assert_int_equal(refill_deepest, 1);
    assert_true(refills >= 60);
    assert_int_equal(slots_window(), CPTR(127, 0)); /* it has grown once */
}

static void reserve_is_made(void **state)
{
    (void)state;
    unsigned free_slots, all;
    assert_int_equal(slots_reserve(500), ERR_OK);
    slots_count(&free_slots, &all);
    assert_true(free_slots >= SLOT_RESERVE + 500 && free_slots < SLOT_RESERVE + 500 + CNODE_L2_SLOTS);
    refill_error = ERR_NO_MEMORY;
    assert_int_equal(slots_reserve(500), ERR_OK);
    assert_int_equal(slots_reserve(1000), ERR_NO_MEMORY);
}

static void full_l1_uses_the_reserve_up(void **state)
{
    (void)state;
    cptr_t slot;
    unsigned n = 0;
    may_grow = false;
    while (slot_alloc(&slot) == ERR_OK) {
        mark(slot);
        n++;
    }
    assert_int_equal(n, 30 * 64 - 16); /* L2CNodes 1 to 30: the last L1 slot stays free */
    assert_int_equal(slot_alloc(&slot), ERR_NO_MEMORY);
    slot_free(CPTR(5, 7));
    assert_int_equal(slot_alloc(&slot), ERR_OK);
    assert_int_equal(slot, CPTR(5, 7));
}

static void failing_refill_is_reported_only_when_empty(void **state)
{
    (void)state;
    refill_error = ERR_NO_MEMORY;
    cptr_t slot;
    for (int i = 0; i < 48; i++)
        assert_int_equal(slot_alloc(&slot), ERR_OK);
    assert_int_equal(slot_alloc(&slot), ERR_NO_MEMORY);
    refill_error = ERR_OK;
    assert_int_equal(slot_alloc(&slot), ERR_OK);
}

static void runs_stay_in_one_node(void **state)
{
    (void)state;
    cptr_t first;
    assert_int_equal(slot_alloc_run(0, &first), ERR_ARGUMENT);
    assert_int_equal(slot_alloc_run(65, &first), ERR_ARGUMENT);
    for (int i = 0; i < 300; i++) {
        unsigned count = 1 + (unsigned)rand() % 12;
        assert_int_equal(slot_alloc_run(count, &first), ERR_OK);
        assert_int_equal(first / 64, (first + count - 1) / 64);
        for (unsigned k = 0; k < count; k++)
            mark(first + k);
    }
    assert_int_equal(slot_alloc_run(64, &first), ERR_OK);
    assert_int_equal(first % 64, 0);
}

/* Runs are not taken out of the reserve as long as there can be more. */
static void runs_leave_the_reserve(void **state)
{
    (void)state;
    cptr_t first, slot;
    refill_takes = 9;
    for (int i = 0; i < 1200; i++) {
        assert_int_equal(slot_alloc_run(64, &first), ERR_OK);
        assert_int_equal(slot_alloc(&slot), ERR_OK);
        unsigned free_slots, all;
        slots_count(&free_slots, &all);
        assert_true(free_slots >= SLOT_RESERVE - 1);
    }
}

static void random_against_set(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 100000; i++) {
        cptr_t slot = CPTR(1 + (unsigned)rand() % 8, (unsigned)rand() % 64);
        if (taken[slot]) {
            slot_free(slot);
            taken[slot] = false;
        } else if (slot_alloc(&slot) == ERR_OK) {
            mark(slot);
        }
        unsigned free_slots, all, used = 16;
        slots_count(&free_slots, &all);
        if (i % 1000 == 0) {
            for (unsigned k = 0; k < 2048 * 64; k++)
                used += taken[k];
            assert_int_equal(free_slots + used, all);
        }
    }
}

static void bad_frees_do_nothing(void **state)
{
    (void)state;
    unsigned before, after, all;
    slots_count(&before, &all);
    slot_free(SLOT_NULL);
    slot_free(SLOT_MEM);
    slot_free(CPTR(40, 0));
    slot_free(CPTR_L1 | 3);
    slot_free(CPTR(1, 20)); /* free already */
    slot_free_run(CPTR(1, 60), 8);
    slots_count(&after, &all);
    assert_int_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(grows_without_recursion, start),
        cmocka_unit_test_setup(reserve_is_made, start),
        cmocka_unit_test_setup(full_l1_uses_the_reserve_up, start),
        cmocka_unit_test_setup(failing_refill_is_reported_only_when_empty, start),
        cmocka_unit_test_setup(runs_stay_in_one_node, start),
        cmocka_unit_test_setup(runs_leave_the_reserve, start),
        cmocka_unit_test_setup(random_against_set, start),
        cmocka_unit_test_setup(bad_frees_do_nothing, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
