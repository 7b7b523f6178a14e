/* SPDX-License-Identifier: BSD-2-Clause */
/* The rings of UMP, step by step: order, laps, credit, wake-ups, and each kind of nonsense that the other side may write (U4). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <messaging/ump.h>

static struct ump_area *area;
static struct ump side[2];

static int begin_slots(uint32_t slots)
{
    area = aligned_alloc(UMP_LINE, UMP_AREA_BYTES(slots)); /* of exactly this size: any step beyond it is found */
    memset(area, 0, UMP_AREA_BYTES(slots));
    ump_init(&side[0], area, slots, 0);
    ump_init(&side[1], area, slots, 1);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    return begin_slots(4);
}

static int end(void **state)
{
    (void)state;
    free(area);
    return 0;
}

static err_t put(unsigned from, uint64_t value)
{
    uint64_t w[UMP_WORDS] = {value, value + 1, value + 2, value + 3, value + 4, value + 5, value + 6};
    return ump_send(&side[from].out, w, value % 8, (uint8_t)value);
}

/* Receives the message of value `value`. */
static void get(unsigned at, uint64_t value)
{
    uint64_t w[UMP_WORDS];
    uint8_t tag = 0;
    assert_int_equal(ump_receive(&side[at].in, w, &tag), ERR_OK);
    assert_int_equal(tag, (uint8_t)value);
    for (unsigned i = 0; i < value % 8; i++)
        assert_int_equal(w[i], value + i);
}

static err_t get_error(unsigned at)
{
    uint64_t w[UMP_WORDS];
    uint8_t tag;
    return ump_receive(&side[at].in, w, &tag);
}

static void all_slot_counts(void **state)
{
    (void)state;
    static const uint32_t counts[] = {4, 5, 30, 64, 1000, 1024};
    for (unsigned c = 0; c < sizeof counts / sizeof *counts; c++) {
        end(NULL);
        begin_slots(counts[c]);
        uint64_t sent[2] = {0}, received[2] = {0};
        for (unsigned n = 0; n < 20000; n++) {
            unsigned from = n * 7 / 3 & 1;
            if (sent[from] - received[from] == counts[c]) {
                assert_int_equal(put(from, sent[from]), ERR_LMP_FULL);
                for (unsigned i = n % counts[c] + 1; i; i--)
                    get(!from, received[from]++);
            }
            assert_int_equal(put(from, sent[from]++), ERR_OK);
        }
        for (unsigned from = 0; from < 2; from++) {
            while (received[from] < sent[from])
                get(!from, received[from]++);
            assert_int_equal(get_error(!from), ERR_AGAIN);
        }
    }
}

static void layout(void **state)
{
    (void)state;
    assert_int_equal(sizeof(struct ump_slot), 64);
    assert_int_equal(offsetof(struct ump_area, slots) % 64, 0);
    /* What different sides write lies in different lines. */
    assert_true(offsetof(struct ump_control, asleep) - offsetof(struct ump_control, acknowledged) >= 64);
    assert_true(offsetof(struct ump_control, waiting) - offsetof(struct ump_control, asleep) >= 64);
}

/* Credit is asked for only when it has run out: until then the sender does not see what is acknowledged. */
static void credit_is_cached(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(put(0, i), ERR_OK);
        get(1, i);
        assert_int_equal(side[0].out.acknowledged, 0);
    }
    assert_int_equal(put(0, 4), ERR_OK);
    assert_int_equal(side[0].out.acknowledged, 4);
}

/* Words beyond those of a message are not written: nothing of the sender's goes out with it. */
static void nothing_leaks(void **state)
{
    (void)state;
    uint64_t w[UMP_WORDS] = {1, 2, 3, 4, 5, 6, 7};
    for (unsigned words = 0; words < 4; words++) {
        assert_int_equal(ump_send(&side[0].out, w, words, 0), ERR_OK);
        for (unsigned i = 0; i < UMP_WORDS; i++)
            assert_int_equal(area->slots[words].w[i], i < words ? i + 1 : 0);
    }
}

static void sleeping_receiver_is_woken_once(void **state)
{
    (void)state;
    assert_int_equal(put(0, 1), ERR_OK);
    assert_false(ump_wanted(&side[0].out));
    assert_false(ump_sleep(&side[1].in)); /* there is something */
    assert_int_equal(put(0, 2), ERR_OK);
    assert_false(ump_wanted(&side[0].out));
    get(1, 1);
    get(1, 2);
    assert_true(ump_sleep(&side[1].in));
    assert_int_equal(put(0, 3), ERR_OK);
    assert_true(ump_wanted(&side[0].out));
    assert_int_equal(put(0, 4), ERR_OK);
    assert_false(ump_wanted(&side[0].out));
    get(1, 3);
    get(1, 4);
    assert_true(ump_sleep(&side[1].in));
    ump_awake(&side[1].in);
    assert_int_equal(put(0, 5), ERR_OK);
    assert_false(ump_wanted(&side[0].out));
}

static void sender_is_woken_when_there_is_room(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(put(0, i), ERR_OK);
    assert_int_equal(put(0, 4), ERR_LMP_FULL);
    assert_true(ump_room_wanted(&side[0].out));
    for (unsigned i = 0; i < 4; i++)
        get(1, i);
    assert_int_equal(get_error(1), ERR_AGAIN);
    assert_true(ump_room_made(&side[1].in));
    assert_false(ump_room_made(&side[1].in));
    assert_false(ump_room_wanted(&side[0].out)); /* there is some now */
    assert_false(ump_room_made(&side[1].in));
    assert_int_equal(put(0, 4), ERR_OK);
}

/* U4. From the moment it is found, the channel is of no use, and stays so. */
static void sending_is_over(void)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(put(0, 9), ERR_MESSAGE);
        assert_false(ump_room_wanted(&side[0].out));
    }
}

static void U4_acknowledges_too_much(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(put(0, i), ERR_OK);
    area->control[0].acknowledged = 5; /* number 4 is the last that was sent */
    sending_is_over();
    area->control[0].acknowledged = 4;
    sending_is_over();
}

static void U4_acknowledges_backwards(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(put(0, i), ERR_OK);
        if (i < 5) get(1, i);
    }
    assert_int_equal(side[0].out.acknowledged, 4);
    area->control[0].acknowledged = 5;
    assert_int_equal(put(0, 7), ERR_OK);
    assert_int_equal(put(0, 8), ERR_OK);
    area->control[0].acknowledged = 3;
    sending_is_over();
}

static void receiving_is_over(void)
{
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(get_error(1), ERR_MESSAGE);
        assert_true(ump_ready(&side[1].in)); /* nobody waits for it any more */
        assert_false(ump_sleep(&side[1].in));
        assert_false(ump_room_made(&side[1].in));
    }
}

static void U4_wrong_sequence(void **state)
{
    (void)state;
    static const uint64_t wrong[] = {1, 0xff, 2 << 8, 5 << 8, 3ull << 8, UINT64_MAX, 1ull << 63};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        end(NULL);
        begin(NULL);
        area->slots[0].sequence = wrong[i];
        receiving_is_over();
        area->slots[0].sequence = 1 << 8;
        receiving_is_over();
    }
}

/* In a later lap: only the message before in this slot, or the next one, may stand there. */
static void U4_wrong_lap(void **state)
{
    (void)state;
    static const uint64_t wrong[] = {0, 1, 2, 4, 5, 8, 10, 13, 1ull << 55};
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        end(NULL);
        begin(NULL);
        for (unsigned n = 0; n < 8; n++) {
            assert_int_equal(put(0, n), ERR_OK);
            get(1, n);
        }
        assert_int_equal(area->slots[0].sequence >> 8, 5);
        assert_int_equal(get_error(1), ERR_AGAIN);
        if (wrong[i] == 5) continue;
        area->slots[0].sequence = wrong[i] << 8;
        receiving_is_over();
    }
}

/* The flags are only hints: with any value in them messages go, and in both directions. */
static void U4_flags_are_hints(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 100; n++) {
        area->control[0].asleep = n * 0x55555555;
        area->control[0].waiting = ~n;
        assert_int_equal(put(0, n), ERR_OK);
        ump_wanted(&side[0].out);
        get(1, n);
        ump_room_made(&side[1].in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_slot_counts, begin, end),
        cmocka_unit_test_setup_teardown(layout, begin, end),
        cmocka_unit_test_setup_teardown(credit_is_cached, begin, end),
        cmocka_unit_test_setup_teardown(nothing_leaks, begin, end),
        cmocka_unit_test_setup_teardown(sleeping_receiver_is_woken_once, begin, end),
        cmocka_unit_test_setup_teardown(sender_is_woken_when_there_is_room, begin, end),
        cmocka_unit_test_setup_teardown(U4_acknowledges_too_much, begin, end),
        cmocka_unit_test_setup_teardown(U4_acknowledges_backwards, begin, end),
        cmocka_unit_test_setup_teardown(U4_wrong_sequence, begin, end),
        cmocka_unit_test_setup_teardown(U4_wrong_lap, begin, end),
        cmocka_unit_test_setup_teardown(U4_flags_are_hints, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
