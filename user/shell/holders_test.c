/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of descent: a RAM block, what was made of it, and copies in several processes. */
#include "holders.h"

#include <abi/captypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define RAM_BASE 0x40000000ull

static struct holder holder(pid_abi_t pid, uint32_t cptr, uint32_t type, uint64_t base, uint64_t bytes)
{
    return (struct holder){.pid = pid, .cap = {.cptr = cptr, .type = type, .base = base, .bytes = bytes}};
}

static void order_and_depth(void **unused)
{
    (void)unused;
    struct holder list[] = {
        holder(3, 9, CAP_MAPPING, RAM_BASE + 0x2000, 0x1000),
        holder(1, 5, CAP_FRAME, RAM_BASE, 0x4000),
        holder(1, 6, CAP_ENDPOINT, RAM_BASE + 0x8000, 0x1000),
        holder(2, 5, CAP_FRAME, RAM_BASE, 0x4000),
        holder(1, 4, CAP_RAM, RAM_BASE, 0x10000),
        holder(1, 7, CAP_DISPATCHER, RAM_BASE + 0x8000, 0x1000),
        holder(4, 1, CAP_RAM, RAM_BASE + 0x10000, 0x1000),
    };
    struct holders holders = {list, sizeof list / sizeof list[0], 0};
    static const struct {
        uint32_t type;
        unsigned depth;
    } expected[] = {{CAP_RAM, 0},        {CAP_FRAME, 1},    {CAP_FRAME, 1}, {CAP_MAPPING, 2},
                    {CAP_DISPATCHER, 1}, {CAP_ENDPOINT, 2}, {CAP_RAM, 0}};
    holders_order(&holders);
    for (unsigned i = 0; i < holders.count; i++) {
        assert_int_equal(list[i].cap.type, expected[i].type);
        assert_int_equal(list[i].depth, expected[i].depth);
    }
    assert_int_equal(list[1].pid, 1);
    assert_int_equal(list[2].pid, 2);
}

static void relatives(void **unused)
{
    (void)unused;
    struct proc_capability ram = {.type = CAP_RAM, .base = RAM_BASE, .bytes = 0x1000}, vnode = ram, part = ram,
                           beside = ram;
    vnode.type = CAP_VNODE0;
    part.bytes = 0x800;
    beside.base += 0x1000;
    assert_true(holder_is_below(&vnode, &ram) && !holder_is_below(&ram, &vnode));
    assert_true(holder_is_below(&part, &ram) && !holder_is_below(&ram, &part));
    assert_false(holder_is_below(&beside, &ram) || holder_is_below(&ram, &ram) || holder_is_same(&beside, &ram));
    assert_true(holder_is_same(&ram, &ram) && !holder_is_same(&vnode, &ram));
}

/* Endpoints with a badge are made of the one without, and each badge is an object of its own; so is each place of a Mapping. */
static void badges(void **unused)
{
    (void)unused;
    struct proc_capability own = {.type = CAP_ENDPOINT, .base = RAM_BASE, .bytes = 0x1000}, one = own, two = own;
    struct proc_capability here = {.type = CAP_MAPPING, .base = RAM_BASE, .bytes = 0x1000, .badge = 7}, there = here;
    one.badge = 1;
    two.badge = 2;
    there.badge = 8;
    assert_true(holder_is_below(&one, &own) && holder_is_same(&one, &one) && !holder_is_same(&one, &two));
    assert_false(holder_is_below(&own, &one) || holder_is_below(&two, &one) || holder_is_same(&here, &there));
    assert_true(holder_is_below(&here, &own) && !holder_is_below(&there, &here));
    struct holder list[] = {
        {.pid = 1, .cap = two}, {.pid = 2, .cap = one}, {.pid = 3, .cap = own}, {.pid = 4, .cap = one}};
    struct holders holders = {list, 4, 0};
    holders_order(&holders);
    assert_int_equal(list[0].pid, 3);
    assert_int_equal(list[1].pid, 2);
    assert_int_equal(list[2].pid, 4);
    assert_true(list[0].depth == 0 && list[1].depth == 1 && list[2].depth == 1 && list[3].depth == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_and_depth), cmocka_unit_test(relatives),
                                       cmocka_unit_test(badges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
