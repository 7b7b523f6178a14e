/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of a script. Each keeps its text, for subshells, and a tree of its own made of it: so it outlives the script
 * that it is from, and may be defined anew while it runs.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct function {
    char *name;
    char *text; /* NAME() BODY */
    struct program *program;
    struct function *next;
};

static struct function *functions;

static struct function **place_of(const char *name)
{
    struct function **place = &functions;
    while (*place != NULL && strcmp((*place)->name, name) < 0) {
        place = &(*place)->next;
    }
    return place;
}

static struct function *find(const char *name)
{
    struct function *function = *place_of(name);
    return function != NULL && strcmp(function->name, name) == 0 ? function : NULL;
}

const struct node *function_find(const char *name, struct program **program)
{
    const struct function *function = find(name);
    if (function == NULL) {
        return NULL;
    }
    *program = function->program;
    return function->program->root->first->first; /* list, definition, body */
}

void function_remove(const char *name)
{
    struct function **place = place_of(name);
    struct function *function = *place;
    if (function != NULL && strcmp(function->name, name) == 0) {
        *place = function->next;
        program_release(function->program);
        free(function->name);
        free(function->text);
        free(function);
    }
}

bool function_define(const char *name, const struct node *definition)
{
    struct function *function = calloc(1, sizeof *function);
    struct parse_error error;
    size_t at = 0;
    unsigned line = definition->line;
    if (function == NULL) {
        return false;
    }
    function->name = strdup(name);
    function->text = node_text(definition);
    if (function->name == NULL || function->text == NULL ||
        parse_next(function->text, &at, &line, &function->program, &error) != PARSE_OK) {
        free(function->name);
        free(function->text);
        free(function);
        return false;
    }
    function_remove(name);
    struct function **place = place_of(name);
    function->next = *place;
    *place = function;
    return true;
}

char *function_text(const char *name, const char **found)
{
    const struct function *function = name == NULL ? functions : *place_of(name);
    if (name != NULL && function != NULL && strcmp(function->name, name) == 0) {
        function = function->next;
    }
    *found = function != NULL ? function->name : NULL;
    return function != NULL ? strdup(function->text) : NULL;
}

void functions_clear(void)
{
    while (functions != NULL) {
        function_remove(functions->name);
    }
}
