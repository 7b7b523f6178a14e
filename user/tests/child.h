/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting programs from tests, by their command line. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <abi/errors.h>
#include <idl/proc.h>
#include <stddef.h>
#include <stdint.h>

/* Starts `line`, words separated by single spaces, the first of them the program. */
err_t child_start(const char *line, uint64_t *pid);
/* Starts it and waits for its end. */
err_t child_run(const char *line, struct proc_exit *exit);
/* Waits for it, at most `ms`. */
err_t child_wait(uint64_t pid, uint64_t ms, struct proc_exit *exit);

/* Starts `victim hold` and waits until it has all RAM that it can get. ERR_DISPATCHER_STATE: it ended instead. */
err_t child_hold_all(uint64_t *pid);
/* The name by which it says so. */
void child_held_name(char *name, size_t bytes, uint64_t pid);

#endif
