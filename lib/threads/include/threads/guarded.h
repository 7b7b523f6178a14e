/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying to and from memory that somebody else can take away at any moment: a frame that is shared with a client, who may revoke it.
 * Enabled, in a thread.
 */
#ifndef THREADS_GUARDED_H
#define THREADS_GUARDED_H

#include <abi/errors.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * GUARDED before a function of one's own that touches such memory: if that is gone, the function answers GUARDED_LOST at once. Also
 * disabled. The function must be a leaf that uses no stack and keeps all callee-saved registers (compile its file with
 * -O2 -momit-leaf-frame-pointer, whatever the rest is optimised for; `make check` looks at what came out), and return an integer.
 */
#define GUARDED __attribute__((noinline, section(".text.guarded")))
#define GUARDED_LOST ERR_PEER_DEAD

/* memmove(); false: some of it could not be read or written, an unknown part has been copied. */
bool guarded_copy(void *to, const void *from, size_t bytes);

#endif
