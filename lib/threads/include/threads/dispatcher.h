/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dispatcher below the threads: for lib/messaging and nobody above. "Disabled" is explained in arch/disable.h; functions
 * that say so must be called disabled.
 */
#ifndef THREADS_DISPATCHER_H
#define THREADS_DISPATCHER_H

#include <abi/dispatcher.h>
#include <arch/thread_context.h>
#include <arch/disable.h>
#include <threads/sync.h>
#include <threads/thread.h>

/* What messaging does in upcalls; all of it disabled, on the upcall stack or a thread's. */
struct dispatcher_hooks {
    /* .pending was set: take what came in. */
    void (*pending)(void);
};
extern const struct dispatcher_hooks *dispatcher_hooks;

/*
 * A message in registers, by ring. It stays in `message` until the next one, which cannot come before the dispatcher blocks. Returns
 * the blocked thread that it is for, or NULL. All of them are set before the first message can come.
 */
extern struct thread *(*dispatcher_messages[DISP_RINGS])(struct lmp_slot *message);

enum thread_state {
    THREAD_READY,
    THREAD_BLOCKED,
    THREAD_BLOCKED_FREELY = THREAD_STATE_BLOCKED_FREELY, /* by thread_block_sending(): in no queue, without a deadline */
    THREAD_ENDED
};

/* What a struct thread begins with. */
struct thread_head {
    struct context context;
    uint32_t state; /* enum thread_state */
    uint32_t reserved;
    ticks_t deadline; /* thread_set_deadline() */
};
_Static_assert(offsetof(struct thread_head, state) == THREAD_STATE, "context.S");

/* What runs; the fields that are read outside lib/threads. */
struct dispatcher {
    struct thread *current;
    struct thread *fp_owner; /* whose FP registers are in the processor */
    struct thread_queue ready;
    struct thread *timers; /* sleepers and waiters with a deadline, earliest first */
};
_Static_assert(offsetof(struct dispatcher, fp_owner) == DISPATCHER_FP_OWNER, "context.S");
_Static_assert(offsetof(struct dispatcher, ready) == DISPATCHER_READY, "context.S");
extern struct dispatcher dispatcher;

static inline ticks_t dispatcher_deadline(void)
{
    return ((const struct thread_head *)dispatcher.current)->deadline;
}

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
 * Disabled, no other thread is ready, self is the caller: send a message (eight words of w are readable) and wait as thread_block(NULL, deadline), in
 * one system call. .resumed 0: it could not go, .value is the system call's error, and it is still disabled: then
 * thread_block_cancel() is next.
 */
struct context_result thread_block_sending(struct thread *self, const uint64_t *w, uint64_t words, uint64_t endpoint,
                                           uint64_t cap, ticks_t deadline);
void thread_block_cancel(void);

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
