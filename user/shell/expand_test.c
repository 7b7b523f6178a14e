/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the expander, of arithmetic and of patterns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arithmetic.h"
#include "expand.h"
#include "parser.h"
#include "pattern.h"
#include "state.h"
#include "variables.h"

/* The only files that there are. */
bool glob_add(const char *pattern, struct fields *fields)
{
    static const char *const files[] = {"a.c", "b.c", "c.h"};
    bool good = true;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        good = good && (!pattern_match(pattern, files[i], strlen(files[i])) || fields_add(fields, strdup(files[i])));
    }
    return good;
}

static char *run_commands(const struct part *part)
{
    (void)part;
    return strdup("out  put\n\n");
}

static int setup(void **unused)
{
    static char *const list[] = {"one", "two words", ""};
    (void)unused;
    expand_run_commands = run_commands;
    variables_clear();
    variable_set("x", "a b", 0);
    variable_set("path", "/usr/lib/x.tar.gz", 0);
    variable_set("empty", "", 0);
    state.options = 0;
    state.status = 3;
    return parameters_set(list, 3) ? 0 : 1;
}

static int teardown(void **unused)
{
    (void)unused;
    variables_clear();
    parameters_free(&state.parameters);
    return 0;
}

/* The fields of the words behind `echo`, in <> each. */
static const char *fields_of(const char *words)
{
    static char result[1024];
    char text[512];
    struct program *program;
    struct parse_error error;
    struct fields fields = {0};
    size_t at = 0;
    unsigned line = 1;
    snprintf(text, sizeof text, "echo %s", words);
    assert_int_equal(parse_next(text, &at, &line, &program, &error), PARSE_OK);
    result[0] = '\0';
    if (!expand_words(program->root->first->words->next, &fields)) {
        snprintf(result, sizeof result, "error: %s", expand_message());
    }
    for (size_t i = 0; i < fields.count; i++) {
        strcat(strcat(strcat(result, "<"), fields.list[i]), ">");
    }
    fields_free(&fields);
    program_release(program);
    return result;
}

static void test_fields(void **unused)
{
    static const struct {
        const char *words, *fields;
    } cases[] = {
        {"$x", "<a><b>"},
        {"\"$x\"", "<a b>"},
        {"p$x's'", "<pa><bs>"},
        {"$empty", ""},
        {"\"$empty\"", "<>"},
        {"''", "<>"},
        {"$none $empty \"\"", "<>"},
        {"\"$@\"", "<one><two words><>"},
        {"a\"$@\"b", "<aone><two words><b>"},
        {"$@", "<one><two><words>"},
        {"\"$*\"", "<one two words >"},
        {"$#$?", "<33>"},
        {"${2} ${9-none}", "<two><words><none>"},
        {"${#x} ${#none}", "<3><0>"},
        {"${path##*/} ${path%.*} ${path%%.*} ${path#*/}", "<x.tar.gz></usr/lib/x.tar></usr/lib/x><usr/lib/x.tar.gz>"},
        {"${none:-d e} \"${none:-d e}\" ${x:+yes} ${empty:+no}", "<d><e><d e><yes>"},
        {"$(x) \"$(x)\"", "<out><put><out  put>"},
        {"$((1+2*3))", "<7>"},
        {"*.c \"*.c\" '*'.c *.none", "<a.c><b.c><*.c><*.c><*.none>"},
        {"[ab].c [!a]*", "<a.c><b.c><b.c><c.h>"},
        {"~ \"~\"", "<~><~>"},
        {"${none?}", "error: none: parameter not set"},
        {"${none?is missing}", "error: none: is missing"},
        {"$((1/0))", "error: $((...)): division by zero"},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(fields_of(cases[i].words), cases[i].fields) != 0) {
            fail_msg("%s gives %s, not %s", cases[i].words, fields_of(cases[i].words), cases[i].fields);
        }
    }
    assert_string_equal(fields_of("${new:=v} $new"), "<v><v>");
    state.options = OPTION_NO_GLOB;
    assert_string_equal(fields_of("*.c"), "<*.c>");
    state.options = OPTION_UNSET;
    assert_string_equal(fields_of("$none"), "error: none: parameter not set");
}

static void test_ifs(void **unused)
{
    (void)unused;
    variable_set("IFS", ":", 0);
    variable_set("y", "a:b c::d:", 0);
    assert_string_equal(fields_of("$y"), "<a><b c><><d>");
    variable_set("IFS", " :", 0);
    variable_set("y", " a : b  c:: d", 0);
    assert_string_equal(fields_of("$y"), "<a><b><c><><d>");
    variable_set("IFS", "", 0);
    assert_string_equal(fields_of("$y"), "< a : b  c:: d>");
    assert_string_equal(fields_of("\"$*\""), "<onetwo words>");
}

static void test_arithmetic(void **unused)
{
    static const struct {
        const char *expression;
        long long value;
    } cases[] = {
        {"", 0},
        {"1", 1},
        {"1+2*3", 7},
        {"(1+2)*3", 9},
        {"-7/2", -3},
        {"-7%3", -1},
        {"1<<4|1", 17},
        {"~0", -1},
        {"!3", 0},
        {"0x1F", 31},
        {"017", 15},
        {"1?2:3", 2},
        {"0?2:0?4:5", 5},
        {"1&&0||1", 1},
        {"3>2==1", 1},
        {"n=5", 5},
        {"n+=2", 7},
        {"n<<=1", 14},
        {"n", 14},
        {"undefined", 0},
        {"0&&(n=1)", 0},
        {"n", 14},
        {"1||1/0", 1},
        {"9223372036854775807+1", -9223372036854775807 - 1},
        {"(-9223372036854775807-1)/-1", -9223372036854775807 - 1},
        {"1<<64", 1},
        {"5 - - 3", 8},
    };
    static const char *const wrong[] = {"1+",  "1 2", "1/0", "1%0", "(1",   "1)", "08", "0x",
                                        "1=2", "a b", "?",   "1?2", "1?2:", "+",  "3x", "$"};
    char message[100];
    long long value;
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool good = arithmetic(cases[i].expression, &value, message, sizeof message);
        if (!good || value != cases[i].value) {
            fail_msg("%s gives %lld %s", cases[i].expression, value, good ? "" : message);
        }
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        message[0] = '\0';
        assert_false(arithmetic(wrong[i], &value, message, sizeof message));
        assert_true(message[0] != '\0');
    }
}

static void test_arithmetic_has_limits(void **unused)
{
    char text[4096] = "", message[100];
    long long value;
    (void)unused;
    for (unsigned i = 0; i < 2000; i++) {
        strcat(text, "(");
    }
    assert_false(arithmetic(text, &value, message, sizeof message));
    variable_set("loop", "loop+1", 0);
    assert_false(arithmetic("loop", &value, message, sizeof message));
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(arithmetic(text, &value, message, sizeof message));
}

static void test_patterns(void **unused)
{
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"", "", true},
        {"*", "", true},
        {"*", "abc", true},
        {"a*c", "abbc", true},
        {"a*c", "abcd", false},
        {"?", "", false},
        {"?b?", "abc", true},
        {"[a-c]", "b", true},
        {"[!a-c]", "b", false},
        {"[]]", "]", true},
        {"[a", "[a", true},
        {"\\*", "*", true},
        {"\\*", "x", false},
        {"*.c", "a.c", true},
        {"**a**", "xxaxx", true},
        {"[[:digit:]x]", "7", true},
        {"[[:digit:]x]", "y", false},
        {"[a-]", "-", true},
        {"a\\", "a\\", true},
        {"*a*b*c*", "xxaxxbxx", false},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (pattern_match(cases[i].pattern, cases[i].text, strlen(cases[i].text)) != cases[i].match) {
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);
        }
    }
}

static void test_locals(void **unused)
{
    (void)unused;
    size_t mark = variables_enter();
    assert_int_equal(variable_local("x"), VARIABLE_OK);
    assert_int_equal(variable_local("fresh"), VARIABLE_OK);
    variable_set("x", "inner", VARIABLE_EXPORTED);
    variable_set("fresh", "1", 0);
    variables_leave(mark);
    assert_string_equal(variable_get("x"), "a b");
    assert_null(variable_get("fresh"));
    variable_set("x", NULL, VARIABLE_READONLY);
    assert_int_equal(variable_set("x", "new", 0), VARIABLE_IS_READONLY);
    assert_int_equal(variable_unset("x"), VARIABLE_IS_READONLY);
    assert_string_equal(variable_get("x"), "a b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fields, setup),     cmocka_unit_test_setup(test_ifs, setup),
        cmocka_unit_test_setup(test_arithmetic, setup), cmocka_unit_test_setup(test_arithmetic_has_limits, setup),
        cmocka_unit_test_setup(test_patterns, setup),   cmocka_unit_test_setup_teardown(test_locals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
