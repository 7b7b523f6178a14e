/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting programs from tests, by their command line. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <abi/errors.h>
#include <idl/proc.h>
#include <stdint.h>

/* Starts `line`, words separated by single spaces, the first of them the program. */
err_t child_start(const char *line, uint64_t *pid);
/* Starts it and waits for its end. */
err_t child_run(const char *line, struct proc_exit *exit);
/* Waits for it, at most `ms`. */
err_t child_wait(uint64_t pid, uint64_t ms, struct proc_exit *exit);

#endif
