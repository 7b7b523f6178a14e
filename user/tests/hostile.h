/* SPDX-License-Identifier: BSD-2-Clause */
/* What hostile.c and hostile_honest.c share: the services, and calls of each that keep the rules. */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>

struct channel;

struct target {
    const char *name;
    cptr_t born;                      /* the slot of a channel that everybody is born with; 0: bound by name */
    struct channel *(*channel)(void); /* this process's own */
    err_t (*const *calls)(void); /* what an honest client asks for, ended by NULL; each leaves everything as it was */
};
extern const struct target targets[];

/* Of this name, or NULL. */
const struct target *target_find(const char *name);

/*
 * The slowest of each of the target's calls, in ticks of the counter, while each of the hostile behaviours in turn is at work
 * (`only`: just this one; NULL: all), beside the slowest without any. One line each on the standard output. Exit status.
 */
int honest_measure(const struct target *target, const char *only, unsigned rounds);

/* hostile.c: the name of the behaviour of this number, NULL: there is none. */
const char *hostile_name(unsigned number);
/* It makes no sense against this target. */
bool hostile_skips(unsigned number, const struct target *target);

#endif
