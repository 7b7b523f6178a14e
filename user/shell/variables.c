/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's variables: a list in the order of their names, which is short enough to be searched from its start.
 */
#include "variables.h"

#include <stdlib.h>
#include <string.h>

static struct variable *variables;

/* What was there before `local`, the newest last. */
static struct {
    struct variable *saved; /* name, value and flags as they were */
    size_t count, room;
} locals;

static struct variable **place_of(const char *name)
{
    struct variable **place = &variables;
    while (*place != NULL && strcmp((*place)->name, name) < 0) {
        place = &(*place)->next;
    }
    return place;
}

static struct variable *find(const char *name)
{
    struct variable *variable = *place_of(name);
    return variable != NULL && strcmp(variable->name, name) == 0 ? variable : NULL;
}

const char *variable_get(const char *name)
{
    const struct variable *variable = find(name);
    return variable != NULL ? variable->value : NULL;
}

static struct variable *variable_new(const char *name)
{
    struct variable **place = place_of(name);
    struct variable *variable = calloc(1, sizeof *variable);
    char *copy = strdup(name);
    if (variable == NULL || copy == NULL) {
        free(variable);
        free(copy);
        return NULL;
    }
    variable->name = copy;
    variable->next = *place;
    *place = variable;
    return variable;
}

enum variable_result variable_set(const char *name, const char *value, unsigned flags)
{
    struct variable *variable = find(name);
    char *copy = NULL;
    if (variable != NULL && value != NULL && (variable->flags & VARIABLE_READONLY) != 0) {
        return VARIABLE_IS_READONLY;
    }
    if (value != NULL && (copy = strdup(value)) == NULL) {
        return VARIABLE_NO_MEMORY;
    }
    if (variable == NULL && (variable = variable_new(name)) == NULL) {
        free(copy);
        return VARIABLE_NO_MEMORY;
    }
    if (copy != NULL) {
        free(variable->value);
        variable->value = copy;
    }
    variable->flags |= flags;
    return VARIABLE_OK;
}

static void variable_remove(const char *name)
{
    struct variable **place = place_of(name);
    struct variable *variable = *place;
    if (variable != NULL && strcmp(variable->name, name) == 0) {
        *place = variable->next;
        free(variable->name);
        free(variable->value);
        free(variable);
    }
}

enum variable_result variable_unset(const char *name)
{
    const struct variable *variable = find(name);
    if (variable != NULL && (variable->flags & VARIABLE_READONLY) != 0) {
        return VARIABLE_IS_READONLY;
    }
    variable_remove(name);
    return VARIABLE_OK;
}

const struct variable *variable_next(const char *name)
{
    if (name == NULL) {
        return variables;
    }
    const struct variable *variable = *place_of(name);
    return variable != NULL && strcmp(variable->name, name) == 0 ? variable->next : variable;
}

char **variables_environment(void)
{
    size_t count = 0, bytes = 0;
    for (const struct variable *v = variables; v != NULL; v = v->next) {
        if ((v->flags & VARIABLE_EXPORTED) != 0 && v->value != NULL) {
            bytes += strlen(v->name) + strlen(v->value) + 2;
            count++;
        }
    }
    char **environment = malloc((count + 1) * sizeof *environment + bytes);
    if (environment == NULL) {
        return NULL;
    }
    char *to = (char *)(environment + count + 1);
    count = 0;
    for (const struct variable *v = variables; v != NULL; v = v->next) {
        if ((v->flags & VARIABLE_EXPORTED) != 0 && v->value != NULL) {
            environment[count++] = to;
            to = stpcpy(stpcpy(stpcpy(to, v->name), "="), v->value) + 1;
        }
    }
    environment[count] = NULL;
    return environment;
}

/* Local ones --------------------------------------------------------------------------------------- */

size_t variables_enter(void)
{
    return locals.count;
}

enum variable_result variable_local(const char *name)
{
    const struct variable *variable = find(name);
    if (locals.count == locals.room) {
        size_t room = locals.room != 0 ? 2 * locals.room : 16;
        struct variable *saved = realloc(locals.saved, room * sizeof *saved);
        if (saved == NULL) {
            return VARIABLE_NO_MEMORY;
        }
        locals.saved = saved;
        locals.room = room;
    }
    if (variable != NULL && (variable->flags & VARIABLE_READONLY) != 0) {
        return VARIABLE_IS_READONLY;
    }
    struct variable saved = {.name = strdup(name), .flags = variable != NULL ? variable->flags : 0};
    if (saved.name != NULL && variable != NULL && variable->value != NULL) {
        saved.value = strdup(variable->value);
    }
    if (saved.name == NULL || (variable != NULL && variable->value != NULL && saved.value == NULL)) {
        free(saved.name);
        free(saved.value);
        return VARIABLE_NO_MEMORY;
    }
    locals.saved[locals.count++] = saved;
    return VARIABLE_OK;
}

void variables_leave(size_t mark)
{
    while (locals.count > mark) {
        struct variable *saved = &locals.saved[--locals.count];
        variable_remove(saved->name);
        if (saved->value != NULL || saved->flags != 0) {
            variable_set(saved->name, saved->value, saved->flags);
        }
        free(saved->name);
        free(saved->value);
    }
}

void variables_clear(void)
{
    variables_leave(0);
    free(locals.saved);
    memset(&locals, 0, sizeof locals);
    while (variables != NULL) {
        variable_remove(variables->name);
    }
}
