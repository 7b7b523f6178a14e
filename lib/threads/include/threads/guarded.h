/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying to and from memory that somebody else can take away at any moment: a frame that is shared with a client, who may revoke it.
 * Enabled, in a thread.
 */
#ifndef THREADS_GUARDED_H
#define THREADS_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

/* memmove(); false: some of it could not be read or written, an unknown part has been copied. */
bool guarded_copy(void *to, const void *from, size_t bytes);

#endif
