/* SPDX-License-Identifier: BSD-2-Clause */
/* The console of this process, beyond what POSIX's functions do. */
#ifndef LIBC_CONSOLE_H
#define LIBC_CONSOLE_H

#include <abi/types.h>
#include <stdbool.h>
#include <stdint.h>

/* Keys as they come, without echo and Enter, or lines again. Ctrl-C ends the process all the same. ERR_UNSUPPORTED: there is none. */
err_t console_set_raw(bool raw);

/*
 * For a program on another core: it shares the caller's console, if there is a `c` in its FILES_LENT; all else as program_lend() (libc/program.h). Whoever
 * of them reads gets what is typed. ERR_PERMISSION: the caller has none to read from, or controls it.
 */
err_t console_lend(uint64_t pid, uint64_t key);

#endif
