/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: which thread runs next, and what happens when none can. Everything runs disabled. Round robin: a thread
 * that was interrupted at the end of the dispatcher's time slice goes to the end of the queue.
 *
 * FP registers are moved only when another thread comes to run than the one whose values are in them.
 */
#include "thread.h"
#include <arch/syscall.h>

struct dispatcher dispatcher;
const struct dispatcher_hooks *dispatcher_hooks;
struct thread *(*dispatcher_messages[DISP_RINGS])(struct lmp_slot *message);
struct thread *thread_ending;

static struct dispatcher_frame *const frame = DISPATCHER_FRAME;

void queue_append(struct thread_queue *queue, struct thread *thread)
{
    thread->next = NULL;
    if (queue->first)
        queue->last->next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

static void queue_prepend(struct thread_queue *queue, struct thread *thread)
{
    thread->next = queue->first;
    if (!queue->first) queue->last = thread;
    queue->first = thread;
}

void queue_remove(struct thread_queue *queue, struct thread *thread)
{
    struct thread *before = NULL;
    for (struct thread *t = queue->first; t; before = t, t = t->next) {
        if (t != thread) continue;
        if (before)
            before->next = t->next;
        else
            queue->first = t->next;
        if (queue->last == t) queue->last = before;
        return;
    }
}

void timer_add(struct thread *thread, ticks_t deadline)
{
    struct thread **at = &dispatcher.timers;
    while (*at && (*at)->wake_at <= deadline)
        at = &(*at)->timer_next;
    thread->wake_at = deadline;
    thread->timer_next = *at;
    *at = thread;
}

void timer_remove(struct thread *thread)
{
    struct thread **at = &dispatcher.timers;
    while (*at && *at != thread)
        at = &(*at)->timer_next;
    if (*at) *at = thread->timer_next;
    thread->wake_at = 0;
}

static void make_ready(struct thread *thread, err_t result)
{
    if (thread->wake_at) timer_remove(thread);
    if (thread->waiting) {
        queue_remove(thread->waiting, thread);
        thread->waiting = NULL;
    }
    thread->head.state = THREAD_READY;
    thread->head.context.result = result;
}

void thread_wake(struct thread *thread, err_t result)
{
    if (thread->head.state != THREAD_BLOCKED && thread->head.state != THREAD_BLOCKED_FREELY) return;
    make_ready(thread, result);
    queue_append(&dispatcher.ready, thread);
}

void thread_wake_first(struct thread *thread, err_t result)
{
    if (thread->head.state != THREAD_BLOCKED && thread->head.state != THREAD_BLOCKED_FREELY) return;
    make_ready(thread, result);
    queue_prepend(&dispatcher.ready, thread);
}

static void timers_run(void)
{
    ticks_t now = clock_ticks();
    while (dispatcher.timers && dispatcher.timers->wake_at <= now)
        thread_wake(dispatcher.timers, ERR_TIMEOUT);
}

static void fp_switch(struct thread *to)
{
    struct thread *owner = dispatcher.fp_owner;
    if (owner && owner->fp_saved == FP_ALL)
        fp_save_all(&owner->fp.all);
    else if (owner)
        fp_save(&owner->fp.callee);
    if (to->fp_saved == FP_ALL)
        fp_load_all(&to->fp.all);
    else if (to->fp_saved == FP_CALLEE)
        fp_load(&to->fp.callee);
    to->fp_saved = FP_CALLEE;
    dispatcher.fp_owner = to;
}

static _Noreturn __attribute__((noinline)) void run(struct thread *thread)
{
    dispatcher.current = thread;
    if (dispatcher.fp_owner != thread) fp_switch(thread);
    if (thread->saved == SAVED_CONTEXT) context_load(&thread->head.context);
    thread->saved = SAVED_CONTEXT;
    thread->fp_saved = FP_CALLEE;
    regs_copy(&frame->enabled, &thread->regs);
    context_resume_interrupted();
}

static _Noreturn void sleep_until_upcall(void)
{
    ticks_t deadline = dispatcher.timers ? dispatcher.timers->wake_at : 0;
    syscall6(SYS_BLOCK, 0, deadline, 0, 0, 0, 0, 0);
    __builtin_trap(); /* it returns only if called enabled */
}

_Noreturn void dispatcher_next(void)
{
    if (thread_ending) {
        thread_put_away(thread_ending);
        thread_ending = NULL;
    }
    if (*(volatile uint32_t *)&frame->pending && dispatcher_hooks) dispatcher_hooks->pending();
    if (dispatcher.timers) timers_run();
    struct thread *thread = dispatcher.ready.first;
    if (thread) {
        dispatcher.ready.first = thread->next;
        run(thread);
    }
    sleep_until_upcall();
}

err_t thread_block(struct thread_queue *queue, ticks_t deadline)
{
    struct thread *self = dispatcher.current;
    self->head.state = THREAD_BLOCKED;
    self->waiting = queue;
    if (queue) queue_append(queue, self);
    if (deadline) timer_add(self, deadline);
    return (err_t)context_switch(&self->head.context, dispatcher_next).value;
}

/* Exactly LMP_BLOCK: with LMP_WAKE the kernel's short way would not be taken. Who finds no room sends again, with it. */
#define SEND_AND_BLOCK(words) LMP_CALL(words, LMP_BLOCK)

/* With a deadline of this thread's or of others: when the kernel is to come back. */
static __attribute__((noinline)) struct context_result block_sending_until(struct thread *self, const uint64_t *w,
                                                                           uint64_t words, uint64_t endpoint,
                                                                           uint64_t cap, ticks_t deadline)
{
    if (deadline) {
        timer_add(self, deadline);
        self->head.state = THREAD_BLOCKED;
    }
    return context_send(&self->head.context, w, SEND_AND_BLOCK(words), endpoint, cap, dispatcher.timers->wake_at);
}

struct context_result thread_block_sending(struct thread *self, const uint64_t *w, uint64_t words, uint64_t endpoint,
                                           uint64_t cap, ticks_t deadline)
{
    self->head.state = THREAD_BLOCKED_FREELY;
    if (deadline || dispatcher.timers) return block_sending_until(self, w, words, endpoint, cap, deadline);
    return context_send(&self->head.context, w, SEND_AND_BLOCK(words), endpoint, cap, 0);
}

void thread_block_cancel(void)
{
    struct thread *self = dispatcher.current;
    self->head.state = THREAD_READY;
    if (self->wake_at) timer_remove(self);
}

_Noreturn void dispatcher_run_later(struct thread *thread)
{
    if (thread) thread_wake(thread, ERR_OK);
    dispatcher_next();
}
