/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzer of the language: texts of pieces that mean something, and of plain rubbish, are parsed; what can be parsed gives back
 * its text, which parses again to as many nodes; its words are expanded, arithmetic and patterns among them.
 *
 *   shell_fuzz SEED COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arithmetic.h"
#include "expand.h"
#include "parser.h"
#include "pattern.h"
#include "state.h"
#include "variables.h"

static const char *const pieces[] = {
    "echo",      " ",     " ",      "\n",     ";",       "&",       "&&",    "||",     "|",     "(",
    ")",         "{ ",    "; }",    "if ",    "; then ", "; else ", "; fi",  "while ", "; do ", "; done",
    "for x in ", "case ", " in ",   "esac",   ";;",      "f() { ",  "!",     "'",      "\"",    "\\",
    "$x",        "${x}",  "${x:-",  "}",      "${x#",    "${x%%",   "${#x}", "$(",     "$((",   "))",
    "`",         "$@",    "\"$@\"", "$*",     "*",       "?",       "[a-",   "]",      ">f",    "<",
    ">>",        "2>&1",  "<<E",    "<<-'E'", "\nE\n",   "x=",      "1",     "+",      "-",     "0x",
    "<<",        "==",    "?",      ":",      "#",       "\t",      "~",     "/",      "a",     "b",
    "\x01",      "\xff",  "\\\n",   "${",     "$",       "=",       "%",     "!=",
};

static unsigned long long state_of_random;

static unsigned random_below(unsigned limit)
{
    state_of_random = state_of_random * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(state_of_random >> 33) % limit;
}

bool glob_add(const char *pattern, struct fields *fields)
{
    return !pattern_match(pattern, "file", 4) || fields_add(fields, strdup("file"));
}

static char *run_commands(const struct part *part)
{
    return part->text != NULL && part->text[0] == 'x' ? NULL : strdup("some output\n");
}

static void make(char *text, size_t bytes)
{
    unsigned count = 1 + random_below(40);
    text[0] = '\0';
    for (unsigned i = 0; i < count; i++) {
        const char *piece = pieces[random_below(sizeof pieces / sizeof pieces[0])];
        char rubbish[2] = {(char)(1 + random_below(255)), '\0'};
        piece = random_below(20) == 0 ? rubbish : piece;
        if (strlen(text) + strlen(piece) + 1 < bytes) {
            strcat(text, piece);
        }
    }
}

static unsigned walk(const struct node *node)
{
    unsigned nodes = 0;
    for (; node != NULL; node = node->next) {
        struct fields fields = {0};
        nodes += 1 + walk(node->first) + walk(node->second) + walk(node->third);
        if (node->kind != NODE_CASE_ITEM) {
            expand_words(node->words, &fields);
        }
        for (const struct word *word = node->words; word != NULL; word = word->next) {
            free(expand_pattern(word));
        }
        for (const struct redirection *r = node->redirections; r != NULL; r = r->next) {
            free(expand_string(r->word));
        }
        for (const struct assignment *a = node->assignments; a != NULL; a = a->next) {
            char *value = expand_string(a->value);
            if (value != NULL && strlen(value) < 64) {
                variable_set(a->name, value, 0);
            }
            free(value);
        }
        fields_free(&fields);
    }
    return nodes;
}

/* What a subshell would be given must parse again, to the same. */
static void check_text(const struct program *program, unsigned nodes)
{
    struct program *again;
    struct parse_error error;
    size_t at = 0;
    unsigned line = 1, more = 0;
    char *text = node_text(program->root);
    enum parse_result result;
    while ((result = parse_next(text, &at, &line, &again, &error)) == PARSE_OK) {
        more += walk(again->root);
        program_release(again);
    }
    if (result != PARSE_END || more != nodes) {
        fprintf(stderr, "%u nodes, then %u (%s): %s\n", nodes, more, error.message, text);
        abort();
    }
    free(text);
}

int main(int argc, char **argv)
{
    static const char *const parameters[] = {"p", "q r", ""};
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000, parsed = 0;
    state_of_random = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    expand_run_commands = run_commands;
    parameters_set((char *const *)parameters, 3);
    for (unsigned long i = 0; i < count; i++) {
        char text[512], message[100];
        struct program *program;
        struct parse_error error;
        size_t at = 0;
        unsigned line = 1;
        long long value;
        make(text, sizeof text);
        while (parse_next(text, &at, &line, &program, &error) == PARSE_OK) {
            parsed++;
            check_text(program, walk(program->root));
            program_release(program);
        }
        arithmetic(text, &value, message, sizeof message);
        pattern_match(text, "some text", 9);
        if (i % 64 == 0) {
            variables_clear();
        }
    }
    variables_clear();
    parameters_free(&state.parameters);
    printf("%lu texts, %lu commands parsed\n", count, parsed);
    return parsed > count / 20 ? 0 : 1;
}
