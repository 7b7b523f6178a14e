/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the line editor, history and completion, on a model of a terminal row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "complete.h"
#include "line.h"

enum { COLUMNS = 80 };

static char row[COLUMNS + 1]; /* bytes above 0x7f count as one column with what follows them */
static size_t column;
static unsigned bells, rows;
static struct history history;
static struct line line;

static void put(char c)
{
    if (((unsigned char)c & 0xc0) == 0x80) {
        return; /* the model keeps a character's first byte */
    }
    assert_true(column < COLUMNS);
    while (strlen(row) < column) {
        strcat(row, " ");
    }
    row[column++] = c;
}

static size_t escape(const char *bytes)
{
    char *end;
    unsigned long count = strtoul(bytes + 2, &end, 10);
    switch (*end) {
    case 'K':
        memset(row + column, 0, sizeof row - column);
        break;
    case 'C':
        column += count;
        break;
    case 'D':
        column -= count;
        break;
    case 'H':
        break;
    case 'J':
        memset(row, 0, sizeof row);
        column = 0;
        break;
    default:
        fail_msg("unknown sequence %s", bytes + 1);
    }
    return (size_t)(end - bytes);
}

static void show(void *context, const char *bytes, size_t count)
{
    char text[8192];
    (void)context;
    assert_true(count < sizeof text);
    memcpy(text, bytes, count);
    text[count] = '\0';
    for (size_t i = 0; i < count; i++) {
        switch (text[i]) {
        case '\r':
            column = 0;
            break;
        case '\n':
            memset(row, 0, sizeof row);
            rows++;
            break;
        case '\a':
            bells++;
            break;
        case '\x1b':
            i += escape(text + i);
            break;
        default:
            put(text[i]);
        }
    }
}

static const char *const programs[] = {"hello", "help", "hexdump", "spin", "status", NULL};

static const char *const files[] = {"notes.txt", "my file", "src/", NULL};

static void collect(void *context, unsigned kinds, const char *prefix, struct word_list *list)
{
    (void)context;
    for (size_t i = 0; (kinds & COMPLETE_PROGRAM) != 0 && programs[i] != NULL; i++) {
        word_list_add(list, prefix, programs[i]);
    }
    for (size_t i = 0; (kinds & COMPLETE_FILE) != 0 && files[i] != NULL; i++) {
        word_list_add(list, prefix, files[i]);
    }
    if (kinds & COMPLETE_PID) {
        word_list_add(list, prefix, "0.12");
    }
    if (kinds & COMPLETE_JOB) {
        word_list_add(list, prefix, "%1");
    }
    if (kinds & COMPLETE_DIRECTORY) {
        word_list_add(list, prefix, "src/");
    }
    if (kinds & COMPLETE_CORE) {
        word_list_add(list, prefix, "3");
    }
    if (kinds & COMPLETE_SERVICE) {
        word_list_add(list, prefix, "term");
    }
    if (kinds & COMPLETE_VARIABLE) {
        word_list_add(list, prefix, "HOME");
    }
}

static const char *usage(void *context, const char *command)
{
    static const char *const lines[][2] = {
        {"kill", "[-SIGNAL] PID..."},
        {"fg", "[%JOB]"},
        {"wait", "[PID|%JOB...]"},
        {"cd", "[DIRECTORY|-]"},
        {"run", "PROGRAM [ARGUMENT...] [&]"},
        {"oncore", "CORE PROGRAM [ARGUMENT...]"},
        {"chan", "[-j] [PID | SERVICE]"},
        {"caps", "[-j] [PID | why OBJECT | revoke [--dry-run] OBJECT]"},
        {"export", "[VARIABLE[=VALUE]...]"},
        {"head", "[-n LINES | -o FILE] [FILE...]"},
        {"dmesg", ""},
    };
    (void)context;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strcmp(lines[i][0], command) == 0) {
            return lines[i][1];
        }
    }
    return NULL;
}

static void complete(void *context, struct line *l, bool again)
{
    static const struct completer completer = {.collect = collect, .usage = usage};
    (void)context;
    complete_line(l, again, &completer);
}

static const struct line_host host = {.show = show, .complete = complete};

static void begin(void)
{
    memset(row, 0, sizeof row);
    column = 0;
    bells = rows = 0;
    line_begin(&line, &host, &history, "capelin> ");
}

static int setup(void **state)
{
    (void)state;
    line_end(&line);
    memset(&line, 0, sizeof line);
    history_clear(&history);
    begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    line_end(&line);
    history_clear(&history);
    return 0;
}

static enum line_event type(const char *keys)
{
    enum line_event event = LINE_MORE;
    for (; *keys != '\0'; keys++) {
        event = line_feed(&line, (uint8_t)*keys);
    }
    return event;
}

#define ENTER "\r"
#define UP "\x1b[A"
#define DOWN "\x1b[B"
#define RIGHT "\x1b[C"
#define LEFT "\x1b[D"

static void text_is_entered(void **state)
{
    (void)state;
    assert_int_equal(type("echo hi"), LINE_MORE);
    assert_string_equal(row, "capelin> echo hi");
    assert_int_equal(type(ENTER), LINE_DONE);
    assert_string_equal(line.text, "echo hi");
    begin();
    assert_int_equal(type("\n"), LINE_MORE); /* of CR LF */
    assert_int_equal(type("\n"), LINE_DONE);
}

static void the_cursor_moves(void **state)
{
    (void)state;
    type("bd" LEFT "c"
         "\x01"
         "a"
         "\x1b[F"
         "e"
         "\x1b[1~" RIGHT RIGHT "-"
         "\x1bOF"
         "!");
    assert_string_equal(line.text, "ab-cde!");
    assert_string_equal(row, "capelin> ab-cde!");
    type(LEFT LEFT LEFT "\x1b[3~");
    assert_string_equal(row, "capelin> ab-ce!");
    assert_int_equal(column, 9 + 4);
    type("\x1b[1;5D"
         "x"
         "\x1b"
         "f"
         "y");
    assert_string_equal(line.text, "xab-ce!y");
}

static void text_is_killed_and_yanked(void **state)
{
    (void)state;
    type("one two three\x17");
    assert_string_equal(line.text, "one two ");
    type("\x15");
    assert_string_equal(row, "capelin> ");
    type("\x19\x19");
    assert_string_equal(line.text, "one two one two ");
    type("\x01\x0b");
    assert_string_equal(line.text, "");
    type("a\x7f\x7f\x08"
         "b\x04");
    assert_string_equal(line.text, "b");
    type("\x01\x04");
    assert_string_equal(line.text, "");
}

static void history_is_walked(void **state)
{
    (void)state;
    type(UP DOWN);
    assert_string_equal(line.text, "");
    history_add(&history, "first");
    history_add(&history, "second");
    history_add(&history, "second");
    history_add(&history, "");
    type("draft" UP);
    assert_string_equal(row, "capelin> second");
    type(UP);
    assert_string_equal(row, "capelin> first");
    type(UP);
    assert_string_equal(line.text, "first");
    assert_int_equal(bells, 2);
    type(DOWN "\x0e");
    assert_string_equal(row, "capelin> draft");
    type("\x10"
         "x" ENTER);
    assert_string_equal(line.text, "secondx");
}

static void history_keeps_the_last_lines(void **state)
{
    (void)state;
    char text[24];
    for (int i = 0; i < 3 * HISTORY_LINES; i++) {
        snprintf(text, sizeof text, "line %d", i);
        history_add(&history, text);
    }
    snprintf(text, sizeof text, "line %d", 2 * HISTORY_LINES);
    assert_string_equal(history_get(&history, HISTORY_LINES), text);
    assert_null(history_get(&history, HISTORY_LINES + 1));
    assert_null(history_get(&history, 0));
}

static void events_end_a_line(void **state)
{
    (void)state;
    assert_int_equal(type("abc\x03"), LINE_INTERRUPT);
    begin();
    assert_int_equal(type("\x04"), LINE_EOF);
    begin();
    assert_int_equal(type("x\x7f\x04"), LINE_EOF);
}

static void long_lines_scroll(void **state)
{
    (void)state;
    char text[1001];
    for (size_t i = 0; i < 1000; i++) {
        text[i] = (char)('a' + i % 26);
    }
    text[1000] = '\0';
    type(text);
    assert_string_equal(line.text, text);
    assert_true(strlen(row) < COLUMNS && strlen(row) > 40);
    assert_memory_equal(row + strlen(row) - 5, text + 995, 5);
    type("\x01");
    assert_memory_equal(row, "capelin> abcdef", 15);
    assert_int_equal(column, 9);
    type("\x05\x15");
    assert_string_equal(row, "capelin> ");
}

static void u6_a_line_that_is_too_long_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < LINE_BYTES + 100; i++) {
        line_feed(&line, 'x');
    }
    assert_int_equal(line.length, LINE_BYTES - 1);
    assert_int_equal(type(ENTER), LINE_TOO_LONG);
    begin();
    assert_int_equal(type("ok" ENTER), LINE_DONE);
    begin();
    for (int i = 0; i < LINE_BYTES + 100; i++) {
        line_feed(&line, 'x');
    }
    assert_int_equal(type("\x15"
                          "ok" ENTER),
                     LINE_DONE);
    assert_string_equal(line.text, "ok");
}

static void characters_are_whole(void **state)
{
    (void)state;
    type("a\xc3\xa4\xe2\x82\xac"
         "b");
    assert_int_equal(line.length, 7);
    assert_int_equal(column, 9 + 4);
    type("\x7f\x7f");
    assert_string_equal(line.text, "a\xc3\xa4");
    type("\xff\x80\xc3"
         "x"
         "\xe2\x82"
         "y");
    assert_string_equal(line.text, "a\xc3\xa4xy");
    type("\x1b[200~"
         "z"
         "\x1b[99999999999999999999~");
    assert_string_equal(line.text, "a\xc3\xa4xyz");
}

static void u6_random_bytes_do_no_harm(void **state)
{
    (void)state;
    srand(4);
    for (int i = 0; i < 200000; i++) {
        if (line_feed(&line, (uint8_t)(rand() % 3 == 0 ? rand() % 32 : rand())) != LINE_MORE) {
            history_add(&history, line.text);
            begin();
        }
        assert_int_equal(strlen(line.text), line.length);
        assert_true(line.cursor <= line.length && line.window <= line.cursor);
    }
}

static void tab_completes(void **state)
{
    (void)state;
    type("sp\t");
    assert_string_equal(line.text, "spin ");
    type("\x15"
         "he\t");
    assert_string_equal(line.text, "he");
    assert_int_equal(bells, 1);
    type("\t");
    assert_true(rows >= 2);
    assert_string_equal(row, "capelin> he");
    type("l\t");
    assert_string_equal(line.text, "hel");
    type("\x15"
         "echo a; hel"
         "l\t");
    assert_string_equal(line.text, "echo a; hello ");
    type("\x15"
         "kill \t");
    assert_string_equal(line.text, "kill 0.12 ");
    type("\t");
    assert_string_equal(line.text, "kill 0.12 0.12 ");
    type("\x15"
         "echo he\t\t");
    assert_string_equal(line.text, "echo he");
    type("\x15"
         "run  spi\t");
    assert_string_equal(line.text, "run  spin ");
}

static void files_are_completed(void **state)
{
    (void)state;
    type("cat no\t");
    assert_string_equal(line.text, "cat notes.txt ");
    type("s\t"); /* a directory may be gone on with */
    assert_string_equal(line.text, "cat notes.txt src/");
    type("\x15"
         "X=1 hel"
         "l\t");
    assert_string_equal(line.text, "X=1 hello ");
    type("\x15"
         "hello >n\t");
    assert_string_equal(line.text, "hello >notes.txt ");
    type("\x15"
         "hello | hell\t");
    assert_string_equal(line.text, "hello | hello ");
    type("\x15"
         "if hell\t");
    assert_string_equal(line.text, "if hello ");
}

/* What was typed, and what is there after Tab. */
static void arguments_are_completed(void **state)
{
    static const char *const typed[][2] = {
        {"fg \t", "fg %1 "},
        {"wait %\t", "wait %1 "},
        {"wait %1 0\t", "wait %1 0.12 "},
        {"cd \t", "cd src/"},
        {"cd src/ \t", "cd src/ "},
        {"oncore \t", "oncore 3 "},
        {"oncore 3 spi\t", "oncore 3 spin "},
        {"oncore 3 spin not\t", "oncore 3 spin notes.txt "},
        {"chan t\t", "chan term "},
        {"chan -j t\t", "chan -j term "},
        {"chan -\t", "chan -"},
        {"chan -j\t", "chan -j "},
        {"caps wh\t", "caps why "},
        {"caps revoke --d\t", "caps revoke --dry-run "},
        {"export H\t", "export HOME "},
        {"head -n \t", "head -n "},
        {"head -n 5 not\t", "head -n 5 notes.txt "},
        {"head -o not\t", "head -o notes.txt "},
        {"head --h\t", "head --help "},
        {"dmesg \t", "dmesg "},
        {"cat $HO\t", "cat $HOME "},
        {"cat \"${HO\t", "cat \"${HOME}"},
        {"cat '$HO\t", "cat '$HO"},
        {"cat my\t", "cat my\\ file "},
        {"cat my\\ f\t", "cat my\\ file "},
        {"cat 'my\t", "cat 'my file' "},
        {"cat \"my f\t", "cat \"my file\" "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        type("\x05\x15");
        type(typed[i][0]);
        assert_string_equal(line.text, typed[i][1]);
    }
}

static void history_is_searched(void **state)
{
    (void)state;
    history_add(&history, "echo first");
    history_add(&history, "ps");
    history_add(&history, "echo second");
    type("draft\x12");
    assert_string_equal(row, "capelin> () ");
    type("echo");
    assert_string_equal(row, "capelin> (echo) echo second");
    type("\x12");
    assert_string_equal(row, "capelin> (echo) echo first");
    type("\x12"); /* there are no more */
    assert_int_equal(bells, 1);
    assert_string_equal(row, "capelin> (echo) echo first");
    type("\x7f s");
    assert_string_equal(row, "capelin> (ech s) echo second");
    type("\x7f\x7f\x7f\x7f\x7f\x7f"
         "ps\x05");
    assert_string_equal(row, "capelin> ps");
    assert_string_equal(line.text, "ps");
    type("\x12"
         "first\x07"); /* Ctrl-G gives up */
    assert_string_equal(line.text, "ps");
    assert_string_equal(row, "capelin> ps");
    assert_int_equal(type("\x12"
                          "fir" ENTER),
                     LINE_DONE);
    assert_string_equal(line.text, "echo first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_is_entered, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cursor_moves, setup, teardown),
        cmocka_unit_test_setup_teardown(text_is_killed_and_yanked, setup, teardown),
        cmocka_unit_test_setup_teardown(history_is_walked, setup, teardown),
        cmocka_unit_test_setup_teardown(history_keeps_the_last_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(events_end_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(long_lines_scroll, setup, teardown),
        cmocka_unit_test_setup_teardown(u6_a_line_that_is_too_long_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(characters_are_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(u6_random_bytes_do_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(tab_completes, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_completed, setup, teardown),
        cmocka_unit_test_setup_teardown(arguments_are_completed, setup, teardown),
        cmocka_unit_test_setup_teardown(history_is_searched, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
