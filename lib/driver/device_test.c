/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of what drivers share: the device's description and the byte queue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <driver/byte_queue.h>
#include <driver/device.h>
#include <driver/irq_pace.h>

static err_t parse_one(const char *argument, struct device *device)
{
    char *argv[] = {"driver", (char *)argument, NULL};
    const char *bad;
    return device_parse(2, argv, device, &bad);
}

static void a_device_is_described(void **state)
{
    (void)state;
    char *argv[] = {"pl011",
                    "compatible=arm,pl011",
                    "reg=0x10,0x1000",
                    "reg=0,4096",
                    "irq=33,level",
                    "irq=0x22,edge",
                    "bell",
                    "dma=0x8000",
                    "dma=4096",
                    "bell",
                    "affinity=0x80000001",
                    "affinity=0xff00000102",
                    "console",
                    NULL};
    struct device device;
    const char *bad;
    assert_int_equal(device_parse(13, argv, &device, &bad), ERR_OK);
    assert_string_equal(device.compatible, "arm,pl011");
    assert_int_equal(device.reg_count, 2);
    assert_int_equal(device.reg[0].offset, 0x10);
    assert_int_equal(device.reg[0].frame, SLOT_PASSED);
    assert_int_equal(device.reg[1].bytes, 4096);
    assert_int_equal(device.irq_count, 2);
    assert_int_equal(device.irq[0].cap, SLOT_PASSED + 2);
    assert_int_equal(device.irq[1].intid, 34);
    assert_true(device.irq[1].edge && !device.irq[0].edge);
    assert_int_equal(device.dma_count, 2);
    assert_int_equal(device.dma[1].bytes, 4096);
    assert_int_equal(device.dma[1].frame, SLOT_PASSED + 5);
    assert_int_equal(device.bell_count, 2);
    assert_int_equal(device.bell[0], SLOT_PASSED + 6);
    assert_int_equal(device.affinity[1], 0xff00000102);
    assert_true(device.console);
}

static void u6_malformed_arguments(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "reg=",
        "reg=1",
        "reg=1,",
        "reg=0x1000,8",
        "reg=0,0",
        "reg=0,1x",
        "reg=-1,4",
        "reg=0,0xffffffffffffffff",
        "reg=0,99999999999999999999999",
        "dma=",
        "dma=0",
        "dma=4095",
        "dma=4096k",
        "irq=",
        "irq=33",
        "irq=33,",
        "irq=33,Level",
        "irq=4294967296,edge",
        "irq=x,edge",
        "affinity=",
        "affinity=0x",
        "affinity=1 ",
        "irq=0x1ffffffffffffffff,edge",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct device device;
        assert_int_equal(parse_one(bad[i], &device), ERR_INVALID);
    }
}

static void u6_too_many_arguments(void **state)
{
    (void)state;
    char *argv[200];
    struct device device;
    const char *words[] = {"reg=0,1", "irq=40,edge", "affinity=1", "dma=4096", "bell"};
    for (size_t kind = 0; kind < 5; kind++) {
        const char *bad = NULL;
        for (size_t i = 0; i < 200; i++) {
            argv[i] = (char *)words[kind];
        }
        assert_int_equal(device_parse(200, argv, &device, &bad), ERR_TOO_MANY);
        assert_string_equal(bad, words[kind]);
    }
    assert_int_equal(device_parse(0, argv, &device, (const char *[]){NULL}), ERR_OK);
}

static void bytes_come_in_order(void **state)
{
    (void)state;
    uint8_t room[16], out[32];
    struct byte_queue queue = {.bytes = room, .size = 16, .head = UINT32_MAX - 5, .tail = UINT32_MAX - 5};
    uint8_t next_in = 0, next_out = 0;
    srand(3);
    for (int i = 0; i < 10000; i++) {
        if (rand() % 2 == 0) {
            bool room_left = byte_queue_room(&queue) > 0;
            assert_int_equal(byte_queue_put(&queue, next_in), room_left);
            next_in = (uint8_t)(next_in + room_left);
        } else {
            size_t used = byte_queue_used(&queue), most = (size_t)rand() % 4;
            size_t count = byte_queue_take(&queue, out, most);
            assert_int_equal(count, used < most ? used : most);
            for (size_t k = 0; k < count; k++) {
                assert_int_equal(out[k], next_out++);
            }
        }
    }
}

#define MS 1000 /* ticks */

/* The clock of this test counts microseconds. */
uint64_t clock_hz(void)
{
    return 1000000;
}

static void interrupts_that_bring_something_are_taken(void **state)
{
    (void)state;
    struct irq_pace pace = {0};
    for (uint64_t i = 1; i <= 100000; i++)
        assert_true(irq_pace_came(&pace, i, i));
    assert_false(pace.storm);
}

/* A driver that was faster than its interrupt: the next one counts what it did meanwhile. Now and then one is for nothing. */
static void a_few_for_nothing_are_no_storm(void **state)
{
    (void)state;
    struct irq_pace pace = {0};
    for (uint64_t i = 0; i < 10000; i++)
        assert_true(irq_pace_came(&pace, 7, i * 100 * MS / IRQ_PACE_MOST));
    assert_false(pace.storm);
}

static void a_storm_is_masked_until_it_ends(void **state)
{
    (void)state;
    struct irq_pace pace = {0};
    ticks_t now = 5 * MS;
    irq_pace_came(&pace, 1, now);
    for (unsigned i = 0; i < IRQ_PACE_MOST; i++)
        assert_true(irq_pace_came(&pace, 1, ++now));
    assert_false(irq_pace_came(&pace, 1, ++now));
    assert_true(pace.storm);
    /* What brings something is taken in a storm, too; it does not end it, nor does what comes each time that it is let through. */
    for (uint64_t i = 2; i < 1000; i++) {
        now += 5 * MS;
        assert_true(irq_pace_came(&pace, i, now));
        assert_false(irq_pace_came(&pace, i, now));
        assert_false(irq_pace_over(&pace, now + IRQ_PACE_CALM_US - 1));
    }
    now += IRQ_PACE_CALM_US;
    assert_true(irq_pace_over(&pace, now) && !pace.storm);
    for (unsigned i = 0; i < IRQ_PACE_MOST; i++)
        assert_true(irq_pace_came(&pace, 999, ++now));
    assert_false(irq_pace_came(&pace, 999, ++now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_described),
        cmocka_unit_test(u6_malformed_arguments),
        cmocka_unit_test(u6_too_many_arguments),
        cmocka_unit_test(bytes_come_in_order),
        cmocka_unit_test(interrupts_that_bring_something_are_taken),
        cmocka_unit_test(a_few_for_nothing_are_no_storm),
        cmocka_unit_test(a_storm_is_masked_until_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
