/* SPDX-License-Identifier: BSD-2-Clause */
/* The console of this process, beyond what POSIX's functions do. */
#ifndef LIBC_CONSOLE_H
#define LIBC_CONSOLE_H

#include <abi/types.h>
#include <stdbool.h>

/* Keys as they come, without echo and Enter, or lines again. Ctrl-C ends the process all the same. ERR_UNSUPPORTED: there is none. */
err_t console_set_raw(bool raw);

#endif
