/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * struct thread, private to lib/threads. It lies at the top of the thread's own stack, below its TLS block, in a page that is mapped: so
 * it may be touched while disabled. The first thread's is static.
 */
#ifndef THREADS_THREAD_PRIVATE_H
#define THREADS_THREAD_PRIVATE_H

#include <arch/thread_context.h>
#include <threads/dispatcher.h>
#include <threads/init.h>

/* Where a thread's registers are while it does not run. */
enum thread_saved {
    SAVED_CONTEXT, /* in .context: it gave up the processor by a call */
    SAVED_REGS,    /* in .regs: it was interrupted */
};

enum fp_saved {
    FP_FRESH,  /* nothing to load */
    FP_CALLEE, /* d8-d15 */
    FP_ALL,
};

struct thread {
    struct thread_head head; /* first: context.S */
    uint8_t saved;           /* enum thread_saved */
    uint8_t fp_saved;        /* enum fp_saved, when it is not the fp_owner */
    bool detached;
    bool joined;
    bool cacheable; /* its stack has the default size */
    uint32_t id;
    struct thread *next;          /* in `ready` or in `waiting` */
    struct thread_queue *waiting; /* that it waits in */
    ticks_t wake_at;              /* 0: not in dispatcher.timers */
    struct thread *timer_next;
    struct thread_queue joiners;
    int (*main)(void *argument);
    void *argument;
    int code;
    size_t stack_bytes;
    vaddr_t stack_top;
    char name[16];
    struct regs regs;
    union {
        struct fp_context callee;
        struct fp_registers all;
    } fp __attribute__((aligned(16)));
};

/* Disabled. */
void queue_append(struct thread_queue *queue, struct thread *thread);
void queue_remove(struct thread_queue *queue, struct thread *thread);
void timer_add(struct thread *thread, ticks_t deadline);
void timer_remove(struct thread *thread);
_Noreturn void dispatcher_next(void); /* on the upcall stack */
/* The same, when `thread` (or NULL) has got what it was blocked for but cannot run at once (context.S). */
_Noreturn void dispatcher_run_later(struct thread *thread);
/* What became of a thread that ended, on the upcall stack, disabled. */
void thread_put_away(struct thread *thread);
extern struct thread *thread_ending;

/*
 * Disabled, also on the upcall stack: a thread of the library's own, in zeroed memory of its own, that never ends and that
 * nobody counts. NULL: too small.
 */
struct thread *thread_serve(void *stack, size_t bytes, int (*main)(void *argument), const char *name);

/* user.lds.S: a thread's block is at TPIDR + __tls_offset; __tls_reserve bytes from TPIDR on are all of it. */
extern const char __tls_image[], __tls_file_bytes[], __tls_bytes[], __tls_offset[], __tls_reserve[];

#endif
