/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The upcalls (abi/dispatcher.h): where the kernel enters the process. Each starts disabled at the top of the upcall
 * stack, and never returns: it ends in a thread, in SYS_BLOCK, or in the end of the process.
 */
#include "thread.h"
#include <caps/caps.h>
#include <paging/paging.h>
#include <threads/guarded.h>

struct lmp_slot dispatcher_incoming; /* upcall_message() stores it here */

static struct dispatcher_frame *const frame = DISPATCHER_FRAME;
static struct thread_queue parked; /* faulted while paging's reserve was empty */

static struct thread *pager;
static bool pager_called;   /* since the last pager_sleep() */
static bool pager_sleeping; /* in pager_sleep(), not in a call */

/* The interrupted thread's registers go from the frame into the thread. */
static struct thread *save_interrupted(void)
{
    struct thread *self = dispatcher.current;
    regs_copy(&self->regs, &frame->enabled);
    self->saved = SAVED_REGS;
    self->fp_saved = FP_ALL;
    frame->enabled_saved = 0;
    return self;
}

static _Noreturn void upcall_run(void)
{
    if (!frame->enabled_saved) dispatcher_next();
    if (!dispatcher.ready.first && !*(volatile uint32_t *)&frame->pending && !dispatcher.timers)
        context_resume_interrupted();
    queue_append(&dispatcher.ready, save_interrupted());
    dispatcher_next();
}

static _Noreturn void end_with_report(const struct regs *regs, vaddr_t address, uint64_t esr)
{
    uint32_t thread = dispatcher.current ? dispatcher.current->id : 0;
    disp_faulted(paging_report(&frame->fault, regs, thread, address, esr));
}

/* Code that was meant to survive this: a leaf that returns (GUARDED in threads/guarded.h). */
static bool leaf_is_guarded(struct regs *regs)
{
    extern const char __guarded_start[], __guarded_end[];
    if (regs->pc - (uint64_t)__guarded_start >= (uint64_t)(__guarded_end - __guarded_start)) return false;
    regs->x[0] = GUARDED_LOST;
    regs->pc = regs->x[30];
    return true;
}

/* A copy that was meant to survive this (threads/guarded.h): it goes on where it answers false. */
static bool fault_is_guarded(void)
{
    extern const uint64_t guarded_copy_points[4]; /* memmove's start and end, whence guarded_copy calls it, where it says no */
    const uint64_t *points = guarded_copy_points;
    struct regs *regs = &frame->enabled;
    if (leaf_is_guarded(regs)) return true;
    if (regs->pc < points[0] || regs->pc >= points[1] || regs->x[30] != points[2]) return false;
    regs->pc = points[3];
    return true;
}

static _Noreturn void upcall_fault(struct dispatcher_frame *self, vaddr_t address, uint64_t esr)
{
    (void)self;
    switch (paging_fault(address, esr)) {
    case PAGING_MAPPED:
        if (!pager_called) context_resume_interrupted();
        queue_append(&dispatcher.ready, save_interrupted()); /* the pager first */
        dispatcher_next();
    case PAGING_PARK: {
        struct thread *thread = save_interrupted();
        thread->head.state = THREAD_BLOCKED;
        thread->waiting = &parked;
        queue_append(&parked, thread);
        dispatcher_next();
    }
    default:
        if (fault_is_guarded()) context_resume_interrupted();
        end_with_report(&frame->enabled, address, esr);
    }
}

static _Noreturn void upcall_trap(struct dispatcher_frame *self, vaddr_t address, uint64_t esr)
{
    (void)self;
    end_with_report(&frame->enabled, address, esr);
}

static _Noreturn void upcall_disabled_fault(struct dispatcher_frame *self, vaddr_t address, uint64_t esr)
{
    (void)self;
    if (leaf_is_guarded(&frame->trap)) {
        *(volatile uint32_t *)&frame->disabled = 1;
        context_return_disabled(&frame->trap);
    }
    end_with_report(&frame->trap, address, esr);
}

void upcalls_init(void)
{
    frame->self = VADDR_FRAME;
    frame->entry_run = (uint64_t)upcall_run;
    frame->entry_message = (uint64_t)upcall_message;
    frame->entry_fault = (uint64_t)upcall_fault;
    frame->entry_trap = (uint64_t)upcall_trap;
    frame->entry_disabled_fault = (uint64_t)upcall_disabled_fault;
    frame->upcall_sp = VADDR_UPCALL_STACK_TOP;
    frame->fault_sp = VADDR_FAULT_STACK_TOP;
}

/* What paging needs of us. The pager's memory is static, so that its thread costs nothing until it is needed and can be made here. */
#define PAGER_STACK 12288

static void pager_wake(int (*main)(void *argument))
{
    static char stack[PAGER_STACK] __attribute__((aligned(64)));
    pager_called = true;
    if (!pager)
        pager = thread_serve(stack, sizeof stack, main, "pager");
    else if (pager_sleeping)
        thread_wake_first(pager, ERR_OK);
    pager_sleeping = false;
}

static void pager_sleep(void)
{
    dispatcher_disable();
    bool called = pager_called;
    pager_called = false;
    if (called) {
        dispatcher_enable();
        return;
    }
    pager_sleeping = true;
    thread_block(NULL, 0);
    pager_called = false;
}

static void unpark(void)
{
    dispatcher_disable();
    while (parked.first)
        thread_wake(parked.first, ERR_OK);
    dispatcher_enable();
}

/* Who waits for a thread that waits for another process must not keep that one off the processor: it may have a lower priority. */
#define GIVE_WAY_US 100
static void give_way(void)
{
    if (dispatcher.ready.first)
        thread_yield();
    else
        thread_sleep_us(GIVE_WAY_US);
}

const struct paging_runtime paging_runtime_threads = {
    .pager_wake = pager_wake,
    .pager_sleep = pager_sleep,
    .unpark = unpark,
    .yield = give_way,
};
