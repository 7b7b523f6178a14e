/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's variables, and the values that functions set aside with `local`. Owns the strings. Pure.
 */
#ifndef SHELL_VARIABLES_H
#define SHELL_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

enum variable_flags { VARIABLE_EXPORTED = 1, VARIABLE_READONLY = 2 };

struct variable {
    char *name;
    char *value; /* 0: it has flags, but no value */
    unsigned flags;
    struct variable *next;
};

enum variable_result { VARIABLE_OK, VARIABLE_IS_READONLY, VARIABLE_NO_MEMORY };

/* Its value, or 0: unset. Valid until it is changed. */
const char *variable_get(const char *name);

/* Set it (value 0: leave its value) and add flags. */
enum variable_result variable_set(const char *name, const char *value, unsigned flags);
enum variable_result variable_unset(const char *name);

/* All, in the order of their names: the one after `name` (0: the first), or 0. */
const struct variable *variable_next(const char *name);

/* "NAME=value" of all that are exported, then a null pointer; one piece, to be freed with free(). 0: no memory. */
char **variables_environment(void);

/* What is made local from now on comes back when variables_leave() is given what this returned. */
size_t variables_enter(void);
enum variable_result variable_local(const char *name);
void variables_leave(size_t mark);

/* Forget all. */
void variables_clear(void);

#endif
