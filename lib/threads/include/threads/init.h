/* SPDX-License-Identifier: BSD-2-Clause */
/* For the runtime, which calls each once, in this order, disabled. */
#ifndef THREADS_INIT_H
#define THREADS_INIT_H

#include <abi/types.h>
#include <arch/disable.h>

struct paging_runtime;

/* The dispatcher frame's entries and stacks. */
void upcalls_init(void);
/* The caller becomes the first thread, with its TLS block at `tpidr`. */
void thread_first(uint64_t tpidr);

extern const struct paging_runtime paging_runtime_threads;

#endif
