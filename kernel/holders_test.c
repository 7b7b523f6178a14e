/* SPDX-License-Identifier: BSD-2-Clause */
/* Who holds a range of memory, and the end of what holds itself. See test/caps.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <arch/memory.h>
#include <cmocka.h>
#include <kernel/block.h>
#include <kernel/cnode.h>
#include <kernel/holders.h>
#include <kernel/mdb.h>

#include "test/caps.h"

#define BLOCK (256 * KIB)
#define LIST_MAX 512

static paddr_t list[LIST_MAX];

/* All holders of a range in list[]; how many. */
static unsigned holders(paddr_t base, uint64_t bytes)
{
    uint64_t found[HOLDERS_EACH];
    unsigned count = 0;
    paddr_t after = 0;
    do {
        done(holders_list(base, base + bytes, after, found));
        for (unsigned i = 0; i < HOLDERS_EACH && found[i] != 0; i++)
            list[count++] = found[i];
        after = found[HOLDERS_EACH - 1];
    } while (after != 0);
    return count;
}

static bool holds(unsigned count, capref_t ref)
{
    for (unsigned i = 0; i < count; i++) {
        if (list[i] == virt_to_phys(machine_slot(ref))) return true;
    }
    return false;
}

static void end(paddr_t base, uint64_t bytes)
{
    err_t err;
    uint64_t last = base + bytes, rest;
    while ((err = holders_end(base, last, &rest)) == ERR_AGAIN) {
        assert_true(rest >= base);
        base = rest;
        consistent();
    }
    done(err);
    consistent();
}

static void every_holder_is_listed_once(void **state)
{
    done(machine_alloc(S(0), BASE, BLOCK));
    done(machine_alloc(S(1), BASE + BLOCK, BLOCK));
    assert_int_equal(holders(BASE, BLOCK), 1);
    assert_true(holds(1, S(0)));
    for (unsigned i = 2; i < 30; i++)
        done(copy(S(i), S(0)));
    done(retype(T(0), S(0), 0, CAP_FRAME, PAGE_SIZE, 16));
    done(copy(T(30), T(7)));
    unsigned count = holders(BASE, BLOCK);
    assert_int_equal(count, 1 + 28 + 16 + 1);
    for (unsigned i = 2; i < 30; i++)
        assert_true(holds(count, S(i)));
    assert_true(holds(count, T(30)) && holds(count, T(7)) && !holds(count, S(1)));
    assert_int_equal(holders(BASE, 2 * BLOCK), count + 1);
    assert_int_equal(holders(BASE + BLOCK, BLOCK), 1);
    assert_int_equal(holders(BASE + 2 * BLOCK, BLOCK), 0);
}

static void a_cursor_that_holds_nothing_begins_again(void **state)
{
    uint64_t found[HOLDERS_EACH];
    done(machine_alloc(S(0), BASE, BLOCK));
    done(machine_alloc(S(1), BASE + BLOCK, BLOCK));
    paddr_t place = virt_to_phys(machine_slot(S(0)));
    refused(ERR_AGAIN, holders_list(BASE, BASE + BLOCK, virt_to_phys(machine_slot(S(1))), found)); /* of another block */
    refused(ERR_AGAIN, holders_list(BASE, BASE + BLOCK, virt_to_phys(machine_slot(S(9))), found)); /* empty */
    refused(ERR_AGAIN, holders_list(BASE, BASE + BLOCK, place + 8, found));                        /* no slot */
    refused(ERR_AGAIN, holders_list(BASE, BASE + BLOCK, BASE + 64, found));                        /* no CNode */
    refused(ERR_AGAIN, holders_list(BASE, BASE + BLOCK, 8, found));
    done(holders_list(BASE, BASE + BLOCK, place, found));
    assert_int_equal(found[0], 0);
}

static void what_waits_to_be_drained_is_held_by_nobody(void **state)
{
    uint64_t found[HOLDERS_EACH];
    done(machine_alloc(S(0), BASE, BLOCK));
    done(delete (S(0)));
    refused(ERR_AGAIN, holders_list(BASE, BASE + BLOCK, 0, found));
    assert_int_equal(machine_settle(), BLOCK);
    assert_int_equal(holders(BASE, BLOCK), 0);
}

/* A block with a CNode in which its last capability is, and a page table, a mapped page and a dispatcher beside it. */
static void a_block_that_holds_its_own_name_is_ended(void **state)
{
    done(machine_alloc(S(0), BASE, BLOCK));
    done(retype(S(1), S(0), 0, CAP_L1CNODE, 32 * SLOT_BYTES, 1));
    done(retype(CAPREF(S(1), CPTR_L1 | 1), S(0), 64 * KIB, CAP_L2CNODE, 0, 2));
    done(retype(CAPREF(S(1), CPTR(1, 3)), S(0), 128 * KIB, CAP_FRAME, PAGE_SIZE, 5));
    done(retype(CAPREF(S(1), CPTR(2, 0)), S(0), 192 * KIB, CAP_DISPATCHER, 0, 1));
    for (unsigned i = 1; i < 64; i++)
        done(copy(CAPREF(S(1), CPTR(2, i)), S(0)));
    done(copy(CAPREF(S(1), CPTR(1, 40)), S(1)));
    done(copy(CAPREF(S(1), CPTR(1, 41)), S(0)));
    done(delete (S(0)));
    done(delete (S(1)));
    assert_int_equal(machine_settle(), 0); /* nobody can name it, and it is not free */
    unsigned count = holders(BASE, BLOCK);
    assert_int_equal(count, 1 + 1 + 63 + 1 + 1 + 2 + 5 + 1 - 2);
    for (unsigned i = 0; i < count; i++)
        assert_true(list[i] - BASE < BLOCK);
    uint64_t before = machine_allocated;
    end(BASE, BLOCK);
    machine_settle();
    assert_int_equal(before - machine_allocated, BLOCK);
    assert_int_equal(holders(BASE, BLOCK), 0);
}

static void two_blocks_that_hold_each_other(void **state)
{
    for (unsigned i = 0; i < 2; i++) {
        done(machine_alloc(S(i), BASE + i * BLOCK, BLOCK));
        done(retype(S(2 + i), S(i), 0, CAP_L1CNODE, 32 * SLOT_BYTES, 1));
    }
    for (unsigned i = 0; i < 2; i++) {
        done(move(CAPREF(S(3 - i), CPTR_L1 | 5), S(i)));
    }
    done(copy(CAPREF(S(2), CPTR_L1 | 6), S(3)));
    done(copy(CAPREF(S(3), CPTR_L1 | 6), S(2)));
    done(delete (S(2)));
    done(delete (S(3)));
    assert_int_equal(machine_settle(), 0);
    assert_int_equal(holders(BASE, BLOCK), 2);
    assert_true(list[0] - BASE - BLOCK < BLOCK && list[1] - BASE - BLOCK < BLOCK);
    uint64_t before = machine_allocated;
    end(BASE, BLOCK);
    end(BASE + BLOCK, BLOCK);
    machine_settle();
    assert_int_equal(before - machine_allocated, 2 * BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_holder_is_listed_once),
        TEST(a_cursor_that_holds_nothing_begins_again),
        TEST(what_waits_to_be_drained_is_held_by_nobody),
        TEST(a_block_that_holds_its_own_name_is_ended),
        TEST(two_blocks_that_hold_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
