/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher below the threads: for lib/messaging and nobody above. "Disabled" is explained in arch/disable.h; functions
 * that say so must be called disabled.
 */
#ifndef THREADS_DISPATCHER_H
#define THREADS_DISPATCHER_H

#include <abi/dispatcher.h>
#include <arch/context.h>
#include <arch/disable.h>
#include <threads/sync.h>
#include <threads/thread.h>

/* What messaging does in upcalls; all of it disabled, on the upcall stack or a thread's. */
struct dispatcher_hooks {
    /* .pending was set: take what came in. */
    void (*pending)(void);
    /* A message in registers. It stays in `message` until the dispatcher blocks again. */
    void (*message)(struct lmp_slot *message, unsigned ring);
};
extern const struct dispatcher_hooks *dispatcher_hooks;

/* What runs; the fields that are read outside lib/threads. */
struct dispatcher {
    struct thread *current;
    struct thread *fp_owner; /* whose FP registers are in the processor */
    struct thread_queue ready;
    struct thread *timers; /* sleepers and waiters with a deadline, earliest first */
};
extern struct dispatcher dispatcher;

/* Disabled. Would blocking now put the whole process to sleep? */
static inline bool dispatcher_would_sleep(void)
{
    return !dispatcher.ready.first && !*(volatile uint32_t *)&DISPATCHER_FRAME->pending;
}

/*
 * Disabled; enabled on return. The calling thread waits, at the end of `queue` unless NULL, until thread_wake() or the
 * deadline (0: none; ERR_TIMEOUT, and it is out of the queue).
 */
err_t thread_block(struct thread_queue *queue, ticks_t deadline);

/*
 * Disabled, dispatcher_would_sleep(): send a message (LMP_BLOCK and LMP_WAKE are added to message->call; its deadline is set
 * here) and wait as thread_block(NULL, deadline) in one system call. *sent false: it could not go, the error is the
 * system call's, and it is still disabled.
 */
err_t thread_block_sending(struct context_message *message, ticks_t deadline, bool *sent);

/* Disabled. A thread that blocks may run again; thread_block() returns `result` there. Takes it out of its queue. */
void thread_wake(struct thread *thread, err_t result);
/* The same, to run before all others. */
void thread_wake_first(struct thread *thread, err_t result);

/* Disabled. The longest waiter, which stays in the queue (thread_wake takes it out), or NULL. */
static inline struct thread *thread_queue_first(const struct thread_queue *queue)
{
    return queue->first;
}

#endif
