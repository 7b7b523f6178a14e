/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the shell's parser.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse.h"

/* A script as text: words in [], commands ended by ; or &. */
static void assert_parses(const char *text, const char *expected)
{
    struct script script;
    char shown[4096] = "";
    assert_true(parse(text, &script));
    for (size_t i = 0; i < script.count; i++) {
        struct command *command = &script.commands[i];
        assert_null(command->argv[command->argc]);
        for (size_t k = 0; k < command->argc; k++) {
            char *word = parse_expand(command->argv[k], 42);
            strcat(strcat(strcat(shown, "["), word), "]");
            free(word);
        }
        strcat(shown, command->background ? "&" : ";");
    }
    assert_string_equal(shown, expected);
    script_free(&script);
}

static void assert_refused(const char *text, const char *error)
{
    struct script script;
    assert_false(parse(text, &script));
    if (strstr(script.error, error) == NULL) {
        fail_msg("'%s' gives '%s', not '%s'", text, script.error, error);
    }
}

static void words_and_commands(void **state)
{
    (void)state;
    assert_parses("", "");
    assert_parses("  \t ", "");
    assert_parses("# nothing", "");
    assert_parses("echo a  b", "[echo][a][b];");
    assert_parses("a;b ; c&d &", "[a];[b];[c]&[d]&");
    assert_parses("echo a#b # c", "[echo][a#b];");
}

static void quotes(void **state)
{
    (void)state;
    assert_parses("echo 'a  b' \"c 'd'\" e\\ f", "[echo][a  b][c 'd'][e f];");
    assert_parses("''", "[];");
    assert_parses("a''b\"c\"", "[abc];");
    assert_parses("'a;b&c|d'", "[a;b&c|d];");
    assert_parses("\"a\\\"b\\\\c\\d\"", "[a\"b\\c\\d];");
    assert_parses("end\\", "[end\\];");
}

static void status_is_put_in(void **state)
{
    (void)state;
    assert_parses("echo $? \"$?\" '$?' \\$? a$?b", "[echo][42][42][$?][$?][a42b];");
    assert_parses("$HOME $", "[$HOME][$];");
    char *word = parse_expand("\1\1", -2147483647 - 1);
    assert_string_equal(word, "-2147483648-2147483648");
    free(word);
}

static void u6_malformed_lines(void **state)
{
    (void)state;
    assert_refused("echo 'abc", "' has no second one (character 6)");
    assert_refused("\"abc", "\" has no second one (character 1)");
    assert_refused(";", "no command before this ';' (character 1)");
    assert_refused("a;;b", "no command before this ';' (character 3)");
    assert_refused("a & & b", "no command before this '&'");
    assert_refused("a | b", "mean nothing here");
    assert_refused("a > b", "mean nothing here");
    assert_refused("a \2 b", "control characters");
    assert_refused("a 'b' \"\1\"", "control characters");
}

static void u6_huge_and_random_lines(void **state)
{
    (void)state;
    struct script script;
    char *huge = malloc(200001);
    memset(huge, 'x', 200000);
    huge[200000] = '\0';
    assert_true(parse(huge, &script));
    assert_int_equal(strlen(script.commands[0].argv[0]), 200000);
    script_free(&script);
    for (size_t i = 1; i < 200000; i += 2) {
        huge[i] = ' ';
    }
    assert_true(parse(huge, &script));
    assert_int_equal(script.commands[0].argc, 100000);
    script_free(&script);
    free(huge);
    srand(5);
    for (int i = 0; i < 100000; i++) {
        static const char alphabet[] = "ab '\"\\;&$?#|\t\1\377";
        char text[24];
        size_t length = (size_t)rand() % sizeof text;
        for (size_t k = 0; k < length; k++) {
            text[k] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        }
        text[length < sizeof text ? length : sizeof text - 1] = '\0';
        if (parse(text, &script)) {
            script_free(&script);
        } else {
            assert_true(script.error[0] != '\0' && script.count == 0);
        }
    }
}

static void places(void **state)
{
    (void)state;
    char command[8];
    struct word_place place = parse_place("run he", 6, command, sizeof command);
    assert_true(place.start == 4 && place.index == 1);
    assert_string_equal(command, "run");
    place = parse_place("a;ec", 4, command, sizeof command);
    assert_true(place.start == 2 && place.index == 0);
    assert_string_equal(command, "ec");
    place = parse_place("  longer_than_that x ", 21, command, sizeof command);
    assert_true(place.start == 21 && place.index == 2);
    assert_string_equal(command, "longer_");
    place = parse_place("", 0, command, sizeof command);
    assert_true(place.start == 0 && place.index == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_commands),       cmocka_unit_test(quotes),
        cmocka_unit_test(status_is_put_in),         cmocka_unit_test(u6_malformed_lines),
        cmocka_unit_test(u6_huge_and_random_lines), cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
