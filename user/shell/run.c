/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running trees: lists, conditions, loops, functions' definitions.
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs.h"
#include "pattern.h"
#include "platform.h"
#include "shell.h"
#include "state.h"
#include "variables.h"

bool run_stops(void)
{
    if (state.flow == FLOW_NONE && jobs_interrupted()) {
        state.status = STATUS_INTERRUPTED;
        state.flow = state.interactive ? FLOW_ABANDON : FLOW_EXIT;
    }
    return state.flow != FLOW_NONE;
}

/* A condition: its failure does not end a shell with -e. */
static int run_condition(const struct node *node)
{
    state.conditions++;
    int status = run_node(node);
    state.conditions--;
    return status;
}

static int run_list(const struct node *list)
{
    int status = 0;
    for (const struct node *node = list->first; node != NULL && !run_stops(); node = node->next) {
        status = run_node(node);
    }
    return status;
}

static int run_and_or(const struct node *node)
{
    int status = run_condition(node->first);
    if (state.flow == FLOW_NONE && (status == 0) == (node->kind == NODE_AND)) {
        status = run_node(node->second);
    }
    return status;
}

/* ! commands: its failure is not one for -e. */
static int run_negated(const struct node *node)
{
    state.conditions++;
    int status = run_pipeline(node);
    state.conditions--;
    return state.flow == FLOW_NONE ? status == 0 : status;
}

static int run_if(const struct node *node)
{
    for (;;) {
        bool yes = run_condition(node->first) == 0;
        if (state.flow != FLOW_NONE) {
            return state.status;
        }
        if (yes) {
            return run_node(node->second);
        }
        if (node->third == NULL) {
            return 0;
        }
        if (node->third->kind != NODE_IF) {
            return run_node(node->third);
        }
        node = node->third;
    }
}

/* Loops ------------------------------------------------------------------------------------------- */

/* After the body: shall the loop go on? */
static bool loop_goes_on(void)
{
    if (state.flow == FLOW_NONE) {
        return true;
    }
    if (state.flow != FLOW_BREAK && state.flow != FLOW_CONTINUE) {
        return false;
    }
    if (state.flow_levels > 1) {
        state.flow_levels--;
        return false;
    }
    bool goes_on = state.flow == FLOW_CONTINUE;
    state.flow = FLOW_NONE;
    return goes_on;
}

static int run_while(const struct node *node)
{
    int status = 0;
    state.loops++;
    platform_interruptible(true);
    while (!run_stops()) {
        bool yes = run_condition(node->first) == 0;
        if (state.flow != FLOW_NONE) {
            if (!loop_goes_on()) {
                break;
            }
            continue;
        }
        if (yes != (node->kind == NODE_WHILE)) {
            break;
        }
        status = run_node(node->second);
        if (!loop_goes_on()) {
            break;
        }
    }
    state.loops--;
    return state.flow == FLOW_NONE ? status : state.status;
}

static int run_for(const struct node *node)
{
    struct fields fields = {0};
    int status = 0;
    bool good = true;
    if (node->plain) {
        for (size_t i = 0; i < state.parameters.count && good; i++) {
            good = fields_add(&fields, strdup(state.parameters.list[i]));
        }
    } else if (!expand_words(node->words, &fields)) {
        complain_expansion();
        fields_free(&fields);
        return give_up(STATUS_USAGE);
    }
    state.loops++;
    platform_interruptible(true);
    for (size_t i = 0; i < fields.count && !run_stops(); i++) {
        if (variable_set(node->name, fields.list[i], 0) != VARIABLE_OK) {
            complain("%s: it may only be read", node->name);
            status = give_up(STATUS_USAGE);
            break;
        }
        status = run_node(node->first);
        if (!loop_goes_on()) {
            break;
        }
    }
    state.loops--;
    fields_free(&fields);
    return state.flow == FLOW_NONE ? status : state.status;
}

static int run_case(const struct node *node)
{
    char *text = expand_string(node->words);
    if (text == NULL) {
        complain_expansion();
        return give_up(STATUS_USAGE);
    }
    for (const struct node *item = node->first; item != NULL; item = item->next) {
        for (const struct word *word = item->words; word != NULL; word = word->next) {
            char *pattern = expand_pattern(word);
            if (pattern == NULL) {
                complain_expansion();
                free(text);
                return give_up(STATUS_USAGE);
            }
            bool match = pattern_match(pattern, text, strlen(text));
            free(pattern);
            if (match) {
                free(text);
                return run_node(item->first);
            }
        }
    }
    free(text);
    return 0;
}

static int define(const struct node *node)
{
    if (!function_define(node->name, node)) {
        complain("out of memory");
        return STATUS_FAILED;
    }
    return 0;
}

/* Dispatch ---------------------------------------------------------------------------------------- */

static int run_kind(const struct node *node)
{
    switch (node->kind) {
    case NODE_SIMPLE:
        return run_simple(node);
    case NODE_PIPELINE:
        return node->negated ? run_negated(node) : run_pipeline(node);
    case NODE_AND:
    case NODE_OR:
        return run_and_or(node);
    case NODE_BACKGROUND:
        return run_background(node);
    case NODE_SUBSHELL:
        return run_subshell(node);
    case NODE_IF:
        return run_if(node);
    case NODE_WHILE:
    case NODE_UNTIL:
        return run_while(node);
    case NODE_FOR:
        return run_for(node);
    case NODE_CASE:
        return run_case(node);
    case NODE_FUNCTION:
        return define(node);
    default:
        return run_list(node->kind == NODE_GROUP ? node->first : node);
    }
}

/* With -e a command that fails ends the shell, unless somebody asks for its status. */
static void check_exit(const struct node *node, int status)
{
    bool counts =
        node->kind == NODE_SIMPLE || node->kind == NODE_SUBSHELL || (node->kind == NODE_PIPELINE && !node->negated);
    if (status != 0 && counts && (state.options & OPTION_EXIT) != 0 && state.conditions == 0 && state.flow == FLOW_NONE) {
        state.flow = FLOW_EXIT;
    }
}

int run_node(const struct node *node)
{
    struct redirected redirected = {0};
    if (run_stops()) {
        return state.status;
    }
    state.line = node->line;
    if ((state.options & OPTION_NO_EXECUTE) != 0 && !state.interactive) {
        return 0;
    }
    int status = STATUS_USAGE;
    bool compound = node->kind != NODE_SIMPLE && node->redirections != NULL;
    if (!compound || redirect_begin(node->redirections, &redirected)) {
        status = run_kind(node);
        redirect_end(&redirected);
    }
    if (state.flow != FLOW_NONE) {
        return state.status;
    }
    state.status = status;
    check_exit(node, status);
    return status;
}
