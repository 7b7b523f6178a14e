/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the console's line discipline.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discipline.h"

static char shown[65536];
static size_t shown_length;

static void keep(void *context, const char *bytes, size_t count)
{
    (void)context;
    if (shown_length + count >= sizeof shown) {
        shown_length = 0;
    }
    memcpy(shown + shown_length, bytes, count);
    shown_length += count;
    shown[shown_length] = '\0';
}

static struct discipline start(enum discipline_mode mode)
{
    shown_length = 0;
    shown[0] = '\0';
    return (struct discipline){.echo = keep, .mode = mode};
}

static unsigned type(struct discipline *d, const char *keys)
{
    unsigned interrupts = 0;
    for (; *keys != '\0'; keys++) {
        interrupts += discipline_input(d, (uint8_t)*keys);
    }
    return interrupts;
}

static void assert_reads(struct discipline *d, const char *expected)
{
    char data[8192];
    assert_true(discipline_readable(d));
    size_t count = discipline_read(d, data, sizeof data - 1);
    data[count] = '\0';
    assert_string_equal(data, expected);
}

static void lines_come_whole(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    type(&d, "ab");
    assert_false(discipline_readable(&d));
    type(&d, "c\rsecond\r\nthird\n");
    assert_reads(&d, "abc\n");
    assert_reads(&d, "second\n");
    assert_reads(&d, "third\n");
    assert_false(discipline_readable(&d));
    assert_string_equal(shown, "abc\nsecond\nthird\n");
}

static void a_line_is_corrected(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    type(&d, "axx\x7f\b"
             "bc\r");
    assert_reads(&d, "abc\n");
    type(&d, "one two  three\x17\x17x\r");
    assert_reads(&d, "one x\n");
    type(&d, "gone\x15kept\r");
    assert_reads(&d, "kept\n");
    type(&d, "\x7f\x17\x15\r");
    assert_reads(&d, "\n");
}

static void characters_are_erased_whole(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    type(&d, "a\xc3\xa4\xe2\x82\xac\x7f\x7f");
    assert_string_equal(shown, "a\xc3\xa4\xe2\x82\xac\b \b\b \b");
    type(&d, "\r");
    assert_reads(&d, "a\n");
    shown_length = 0;
    type(&d, "\x01\x7f\t\x7f");
    assert_string_equal(shown, "^A\b \b\b \b \b \b");
}

static void end_of_file(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    type(&d, "\x04");
    assert_reads(&d, "");
    assert_false(discipline_readable(&d));
    type(&d, "part\x04");
    assert_reads(&d, "part");
    assert_false(discipline_readable(&d));
}

static void interrupt_forgets_the_line(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    assert_int_equal(type(&d, "done\rhalf\x03"), 1);
    assert_false(discipline_readable(&d));
    type(&d, "x\r");
    assert_reads(&d, "x\n");
}

static void short_reads_take_parts(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    char data[4];
    type(&d, "abcdef\r");
    assert_int_equal(discipline_read(&d, data, 4), 4);
    assert_memory_equal(data, "abcd", 4);
    assert_int_equal(discipline_read(&d, data, 3), 3);
    assert_memory_equal(data, "ef\n", 3);
    assert_false(discipline_readable(&d));
}

static void raw_bytes_pass(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_RAW);
    assert_int_equal(type(&d, "\x03\x04\x15ls\rnext"), 0);
    assert_string_equal(shown, "");
    assert_reads(&d, "\x03\x04\x15ls\r");
    assert_reads(&d, "next");
    assert_false(discipline_readable(&d));
    d.interruptible = true;
    assert_int_equal(type(&d, "abc\x03"), 1);
    assert_false(discipline_readable(&d));
}

static void typing_ahead_survives_a_change_of_mode(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    type(&d, "one\rtwo");
    assert_false(discipline_set_mode(&d, DISCIPLINE_RAW, false));
    assert_reads(&d, "one\n");
    assert_reads(&d, "two");
    type(&d, "three\rfo\x7f");
    assert_false(discipline_set_mode(&d, DISCIPLINE_LINE, true));
    assert_reads(&d, "three\n");
    assert_false(discipline_readable(&d));
    type(&d, "x\r");
    assert_reads(&d, "fx\n");
    discipline_set_mode(&d, DISCIPLINE_RAW, false);
    type(&d, "ab\x03");
    assert_true(discipline_set_mode(&d, DISCIPLINE_LINE, true));
    assert_false(discipline_readable(&d));
}

static void u6_too_much_is_refused(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    for (int i = 0; i < 3000; i++) {
        discipline_input(&d, 'x');
    }
    type(&d, "\r");
    char data[4096];
    assert_int_equal(discipline_read(&d, data, sizeof data), DISCIPLINE_LINE_BYTES);
    for (int i = 0; i < 100000; i++) {
        discipline_input(&d, i % 50 == 0 ? '\r' : 'y');
    }
    assert_true(d.ready_length <= sizeof d.ready && d.pieces <= DISCIPLINE_PIECES);
    discipline_set_mode(&d, DISCIPLINE_RAW, false);
    for (int i = 0; i < 10000; i++) {
        discipline_input(&d, 'z');
    }
    assert_int_equal(d.ready_length, sizeof d.ready);
}

static void u6_random_bytes_do_no_harm(void **state)
{
    (void)state;
    struct discipline d = start(DISCIPLINE_LINE);
    srand(1);
    for (int i = 0; i < 200000; i++) {
        shown_length = 0;
        int dice = rand() % 200;
        char data[100];
        if (dice == 0) {
            discipline_set_mode(&d, (enum discipline_mode)(rand() % 2), rand() % 2);
        } else if (dice < 20 && discipline_readable(&d)) {
            discipline_read(&d, data, 1 + (size_t)rand() % sizeof data);
        } else {
            discipline_input(&d, (uint8_t)rand());
        }
        assert_true(d.length < sizeof d.line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_whole),
        cmocka_unit_test(a_line_is_corrected),
        cmocka_unit_test(characters_are_erased_whole),
        cmocka_unit_test(end_of_file),
        cmocka_unit_test(interrupt_forgets_the_line),
        cmocka_unit_test(short_reads_take_parts),
        cmocka_unit_test(raw_bytes_pass),
        cmocka_unit_test(typing_ahead_survives_a_change_of_mode),
        cmocka_unit_test(u6_too_much_is_refused),
        cmocka_unit_test(u6_random_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
