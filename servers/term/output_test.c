/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the console's output, on a model of a terminal that knows CR, LF, backspace and ESC [ K.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "output.h"

enum { ROWS = 400, COLUMNS = 1200 };

static char screen[ROWS][COLUMNS + 1];
static size_t row, column;
static size_t emitted;

static void show(void *context, const char *bytes, size_t count)
{
    (void)context;
    emitted += count;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '\r') {
            column = 0;
        } else if (bytes[i] == '\n') {
            row++;
        } else if (bytes[i] == '\b') {
            column -= column > 0;
        } else if (bytes[i] == '\x1b') {
            char *end;
            unsigned long number = strtoul(bytes + i + 2, &end, 10);
            column -= *end == 'D' ? number : 0;
            column += *end == 'C' ? number : 0;
            if (*end == 'K') {
                memset(screen[row] + column, 0, COLUMNS - column);
            }
            i = (size_t)(end - bytes);
        } else if (bytes[i] != '\a') {
            assert_true(row < ROWS && column < COLUMNS);
            screen[row][column++] = bytes[i];
        }
    }
}

static struct output start(void)
{
    memset(screen, 0, sizeof screen);
    row = column = emitted = 0;
    return (struct output){.emit = show};
}

static struct output_pending a, b, c;

static void write_as(struct output *output, int client, bool foreground, const char *text)
{
    struct output_pending *pending = client == 1 ? &a : client == 2 ? &b : &c;
    size_t before = emitted;
    output_write(output, (uint64_t)client, pending, foreground, text, strlen(text));
    assert_true(emitted - before <= OUTPUT_WORST(strlen(text)));
}

static int setup(void **state)
{
    (void)state;
    a.length = b.length = c.length = 0;
    return 0;
}

static void a_line_appears_above_the_prompt(void **state)
{
    (void)state;
    struct output output = start();
    write_as(&output, 1, true, "\rcapelin> ech");
    write_as(&output, 2, false, "background\n");
    write_as(&output, 1, true, "o");
    assert_string_equal(screen[0], "background");
    assert_string_equal(screen[1], "capelin> echo");
    output_notice(&output, "notice", 6);
    assert_string_equal(screen[1], "notice");
    assert_string_equal(screen[2], "capelin> echo");
    assert_int_equal(column, 13);
}

static void parts_wait_until_the_line_is_whole(void **state)
{
    (void)state;
    struct output output = start();
    write_as(&output, 1, true, "prompt");
    write_as(&output, 2, false, "one ");
    write_as(&output, 3, false, "uno ");
    write_as(&output, 2, false, "two\nthree");
    write_as(&output, 3, false, "due\n");
    assert_string_equal(screen[0], "one two");
    assert_string_equal(screen[1], "uno due");
    assert_string_equal(screen[2], "prompt");
    output_close(&output, &b);
    assert_string_equal(screen[2], "three");
    assert_string_equal(screen[3], "prompt");
    write_as(&output, 1, true, "\n");
    write_as(&output, 3, false, "free");
    assert_string_equal(screen[4], "free");
}

static void the_foreground_takes_a_fresh_line(void **state)
{
    (void)state;
    struct output output = start();
    write_as(&output, 2, false, "no newline");
    write_as(&output, 1, true, "capelin> ");
    assert_string_equal(screen[0], "no newline");
    assert_string_equal(screen[1], "capelin> ");
    write_as(&output, 2, false, " here\n");
    assert_string_equal(screen[1], " here");
    assert_string_equal(screen[2], "capelin> ");
}

static void pending_goes_first(void **state)
{
    (void)state;
    struct output output = start();
    write_as(&output, 1, true, "row");
    write_as(&output, 2, false, "first ");
    write_as(&output, 2, true, "second");
    assert_string_equal(screen[1], "first second");
}

static void long_lines_are_broken(void **state)
{
    (void)state;
    struct output output = start();
    char text[OUTPUT_PENDING_BYTES + 1];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    write_as(&output, 1, true, "row");
    write_as(&output, 2, false, text);
    assert_string_equal(screen[0], "row");
    write_as(&output, 2, false, "end");
    assert_int_equal(strlen(screen[0]), OUTPUT_PENDING_BYTES + 3);
    assert_string_equal(screen[1], "row");
}

static void a_row_that_is_too_long_is_left_alone(void **state)
{
    (void)state;
    struct output output = start();
    char text[ROW_COLUMNS + 10];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    write_as(&output, 1, true, text);
    write_as(&output, 2, false, "above\n");
    assert_int_equal(strlen(screen[0]), sizeof text - 1);
    assert_string_equal(screen[1], "above");
    write_as(&output, 1, true, "next");
    assert_string_equal(screen[2], "next");
}

static void the_row_is_a_picture(void **state)
{
    (void)state;
    struct output output = start();
    write_as(&output, 1, true, "capelin> abcdef\x1b[3D");
    write_as(&output, 1, true, "X\x1b[K\r\x1b[9C>\x1b[1");
    output_notice(&output, "one", 3);
    write_as(&output, 1, true, "D!\b\b\t|");
    output_notice(&output, "two", 3);
    assert_string_equal(screen[0], "one");
    assert_string_equal(screen[1], "two");
    assert_string_equal(screen[2], "capelin> !bcX   |");
}

static void unknown_sequences_lose_the_row(void **state)
{
    (void)state;
    static const char *const unknown[] = {"\x1b[31m",
                                          "\x1b"
                                          "c",
                                          "\x1b[1;2H",
                                          "\x1b[?25l",
                                          "\x1b[1K",
                                          "\x80"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        struct row picture = {0};
        for (const char *c = unknown[i]; *c != '\0'; c++) {
            row_write(&picture, *c);
        }
        assert_true(picture.lost);
        row_write(&picture, '\n');
        assert_false(picture.lost);
    }
}

static void u6_random_bytes_do_no_harm(void **state)
{
    (void)state;
    struct row picture = {0};
    srand(6);
    for (int i = 0; i < 300000; i++) {
        row_write(&picture, (char)(rand() % 4 == 0 ? rand() : "\x1b[;K\n\rDC9a\t"[rand() % 12]));
        assert_true(picture.length <= ROW_COLUMNS && picture.cursor <= ROW_COLUMNS + 8);
    }
}

/* Whatever is written by whom, no line of the screen has letters of two writers. */
static void lines_never_mix(void **state)
{
    (void)state;
    srand(2);
    for (int round = 0; round < 300; round++) {
        struct output output = start();
        setup(NULL);
        while (row < ROWS - 20) {
            int client = 1 + rand() % 3;
            char text[40];
            int length = 1 + rand() % 30;
            for (int i = 0; i < length; i++) {
                text[i] = rand() % 12 == 0 ? '\n' : (char)('0' + client);
            }
            text[length] = '\0';
            write_as(&output, client, client == 1, text);
        }
        for (size_t i = 0; i < ROWS; i++) {
            for (size_t j = 1; screen[i][0] != '\0' && screen[i][j] != '\0'; j++) {
                assert_int_equal(screen[i][j], screen[i][0]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_appears_above_the_prompt, setup),
        cmocka_unit_test_setup(parts_wait_until_the_line_is_whole, setup),
        cmocka_unit_test_setup(the_foreground_takes_a_fresh_line, setup),
        cmocka_unit_test_setup(pending_goes_first, setup),
        cmocka_unit_test_setup(long_lines_are_broken, setup),
        cmocka_unit_test_setup(a_row_that_is_too_long_is_left_alone, setup),
        cmocka_unit_test_setup(the_row_is_a_picture, setup),
        cmocka_unit_test_setup(unknown_sequences_lose_the_row, setup),
        cmocka_unit_test_setup(u6_random_bytes_do_no_harm, setup),
        cmocka_unit_test_setup(lines_never_mix, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
