/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of a process. The kernel knows none of them: they run on top of one dispatcher, so two threads of a
 * process never run at the same moment, but any of them can be preempted between any two instructions.
 */
#ifndef THREADS_THREAD_H
#define THREADS_THREAD_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <threads/time.h>

struct thread;

struct thread_options {
    size_t stack_bytes; /* 0: CONFIG_THREAD_STACK; rounded up to pages, lazily backed, with a guard page */
    const char *name;   /* for fault reports; copied (15 bytes); NULL: none */
    bool detached;
    bool pinned; /* its stack is backed at once: for the pager thread */
};

/* Starts main(argument) in a new thread. options may be NULL. ERR_TOO_MANY, ERR_NO_MEMORY. */
err_t thread_create(struct thread **thread, int (*main)(void *argument), void *argument,
                    const struct thread_options *options);
/* Waits until it has ended, gives its exit code (code may be NULL) and frees it. Once per thread. */
err_t thread_join(struct thread *thread, int *code);
/* It frees itself when it ends; nobody may join it. */
err_t thread_detach(struct thread *thread);
_Noreturn void thread_exit(int code);
struct thread *thread_self(void);
uint32_t thread_id(const struct thread *thread); /* 1: the first thread; never used twice */
const char *thread_name(const struct thread *thread);
/* Lets other threads of the process run, and then other processes of the same priority. */
void thread_yield(void);
void thread_sleep_until(ticks_t deadline);
void thread_sleep_us(uint64_t us);
void thread_sleep_ms(uint64_t ms);
/* How many threads there are, this one included. */
unsigned thread_count(void);

/* One word per thread for the libraries above (the deadline of RPCs: messaging/channel.h). */
ticks_t thread_set_deadline(ticks_t deadline);
ticks_t thread_deadline(void);

#endif
