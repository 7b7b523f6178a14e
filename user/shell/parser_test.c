/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the parser: what trees texts give, which texts are incomplete or wrong, and what the errors say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parser.h"

static struct parse_error error;

/* The tree of a text that is one command; it is released by the caller. */
static struct program *good(const char *text)
{
    struct program *program = NULL;
    size_t at = 0;
    unsigned line = 1;
    assert_int_equal(parse_next(text, &at, &line, &program, &error), PARSE_OK);
    assert_int_equal(at, strlen(text));
    return program;
}

static enum parse_result result_of(const char *text)
{
    struct program *program = NULL;
    size_t at = 0;
    unsigned line = 1;
    enum parse_result result = PARSE_OK;
    while ((result = parse_next(text, &at, &line, &program, &error)) == PARSE_OK) {
        program_release(program);
    }
    return result;
}

static void test_words(void **unused)
{
    struct program *program = good("X=1 cmd a'b c'\"d $e\" \\f >out 2>&1");
    const struct node *node = program->root->first;
    (void)unused;
    assert_int_equal(node->kind, NODE_SIMPLE);
    assert_string_equal(node->assignments->name, "X");
    assert_string_equal(node->words->parts->text, "cmd");
    const struct part *part = node->words->next->parts;
    assert_string_equal(part->text, "a");
    assert_false(part->quoted);
    assert_string_equal(part->next->text, "b cd ");
    assert_true(part->next->quoted);
    assert_int_equal(part->next->next->kind, PART_PARAMETER);
    assert_true(part->next->next->quoted);
    assert_string_equal(part->next->next->text, "e");
    assert_int_equal(node->redirections->kind, REDIRECT_WRITE);
    assert_int_equal(node->redirections->next->fd, 2);
    assert_int_equal(node->redirections->next->kind, REDIRECT_COPY_WRITE);
    program_release(program);
}

static void test_structure(void **unused)
{
    struct program *program = good("a | b && ! c || d; e & f");
    const struct node *list = program->root;
    (void)unused;
    assert_int_equal(list->first->kind, NODE_OR);
    assert_int_equal(list->first->first->kind, NODE_AND);
    assert_int_equal(list->first->first->first->kind, NODE_PIPELINE);
    assert_true(list->first->first->second->negated);
    assert_int_equal(list->first->next->kind, NODE_BACKGROUND);
    assert_int_equal(list->first->next->next->kind, NODE_SIMPLE);
    program_release(program);
}

static void test_compound(void **unused)
{
    static const struct {
        const char *text;
        enum node_kind kind;
    } cases[] = {
        {"if a; then b; elif c; then d; else e; fi", NODE_IF},
        {"while a\ndo b\ndone", NODE_WHILE},
        {"until a; do b; done >f", NODE_UNTIL},
        {"for x in 1 2; do echo; done", NODE_FOR},
        {"for x\ndo echo; done", NODE_FOR},
        {"case $x in a|b) c;; (d) ;; *) e\nesac", NODE_CASE},
        {"{ a; b; }", NODE_GROUP},
        {"( a; b )", NODE_SUBSHELL},
        {"f() { a; }", NODE_FUNCTION},
        {"f()\n(a)", NODE_FUNCTION},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct program *program = good(cases[i].text);
        assert_int_equal(program->root->first->kind, cases[i].kind);
        program_release(program);
    }
}

static void test_here_documents(void **unused)
{
    struct program *program = good("cat <<A - <<-'B'\none $x\nA\n\ttwo $y\n\tB\n");
    const struct redirection *first = program->root->first->redirections;
    (void)unused;
    assert_string_equal(first->word->parts->text, "one ");
    assert_int_equal(first->word->parts->next->kind, PART_PARAMETER);
    assert_string_equal(first->next->word->parts->text, "two $y\n");
    assert_null(first->next->word->parts->next);
    program_release(program);
}

/* What a subshell is given is the same commands again, with the here-documents that stand behind them. */
static void test_node_text(void **unused)
{
    struct program *program = good("( cat <<E; b ) | c <<F\nin e\nE\nin f\nF\n");
    const struct node *first = program->root->first->first;
    char *text = node_text(first);
    (void)unused;
    assert_string_equal(text, "( cat <<E; b ) \nin e\nE\n");
    free(text);
    text = node_text(first->next);
    assert_string_equal(text, "c <<F\nin f\nF\n");
    free(text);
    program_release(program);
}

static void test_one_command_at_a_time(void **unused)
{
    const char *text = "# comment\na\n\nb; c\n";
    struct program *program;
    size_t at = 0;
    unsigned line = 1;
    (void)unused;
    assert_int_equal(parse_next(text, &at, &line, &program, &error), PARSE_OK);
    assert_int_equal(program->root->first->line, 2);
    program_release(program);
    assert_int_equal(parse_next(text, &at, &line, &program, &error), PARSE_OK);
    assert_int_equal(program->root->first->next->line, 4);
    program_release(program);
    assert_int_equal(parse_next(text, &at, &line, &program, &error), PARSE_END);
}

static void test_incomplete(void **unused)
{
    static const char *const texts[] = {
        "if a",    "if a; then",   "while a; do b", "for x in",  "case x in", "case x in a) b", "{ a", "( a",  "f() {",
        "echo 'a", "echo \"a",     "echo $(a",      "echo $((1", "echo ${x",  "echo `a",        "a |", "a &&", "a ||",
        "cat <<E", "cat <<E\nx\n", "echo \"$(if a", "for",       "!",
    };
    (void)unused;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (result_of(texts[i]) != PARSE_INCOMPLETE) {
            fail_msg("not incomplete: %s", texts[i]);
        }
        assert_true(error.message[0] != '\0');
    }
}

static void test_errors_tell(void **unused)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *part; /* of the message */
    } cases[] = {
        {"a\n;", 2, "not ';'"},
        {"a & && b", 1, "not '&&'"},
        {"fi", 1, "not 'fi'"},
        {"if a; fi", 1, "'then'"},
        {"for 1x in a; do b; done", 1, "name"},
        {"case x of", 1, "'in'"},
        {"echo ${}", 1, "name"},
        {"echo ${x!y}", 1, "'!'"},
        {"a )", 1, "not ')'"},
        {"x\ny\necho >\n", 3, "file"},
        {"echo >&", 1, "file"},
        {"echo 12>f", 1, "12"},
        {"f-g() { a; }", 1, "function"},
        {"f() a", 1, "body"},
        {"(a) b", 1, "not 'b'"},
        {"while\ndone", 2, "command"},
        {"cat <<$(x)\n", 1, "plain word"},
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum parse_result result = result_of(cases[i].text);
        if (result == PARSE_OK || result == PARSE_END || strstr(error.message, cases[i].part) == NULL ||
            error.line != cases[i].line) {
            fail_msg("%s: %d, line %u: %s", cases[i].text, result, error.line, error.message);
        }
    }
}

static void test_nesting_has_a_limit(void **unused)
{
    static const char *const openers[] = {"$(", "${x-", "\"$(", "( ", "{ ", "if ", "$((", "\"${x-"};
    (void)unused;
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++) {
        char text[8192] = "";
        for (unsigned n = 0; n < 1000; n++) {
            strcat(text, openers[i]);
        }
        enum parse_result result = result_of(text);
        assert_true(result == PARSE_ERROR || result == PARSE_INCOMPLETE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_compound),
        cmocka_unit_test(test_here_documents),
        cmocka_unit_test(test_node_text),
        cmocka_unit_test(test_one_command_at_a_time),
        cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_errors_tell),
        cmocka_unit_test(test_nesting_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
