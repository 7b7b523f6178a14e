/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes, conditions and semaphores between threads of one process. All-zero memory is a valid, free object, and
 * so are the initialisers. They are fair: waiters are served in order.
 *
 * deadline: absolute ticks (threads/time.h), 0: none. ERR_TIMEOUT when it passes first.
 */
#ifndef THREADS_SYNC_H
#define THREADS_SYNC_H

#include <abi/errors.h>
#include <stdbool.h>
#include <threads/time.h>

struct thread;

/* A list of waiting threads, linked through them. */
struct thread_queue {
    struct thread *first;
    struct thread *last;
};

struct mutex {
    uintptr_t owner; /* struct thread of the holder, bit 0: somebody waits */
    uint32_t depth;  /* of a recursive holder */
    uint32_t recursive;
    struct thread_queue waiters;
};
#define MUTEX_INIT ((struct mutex){0})
#define MUTEX_RECURSIVE_INIT ((struct mutex){.recursive = 1})

void mutex_init(struct mutex *mutex);
void mutex_init_recursive(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
err_t mutex_lock_until(struct mutex *mutex, ticks_t deadline);
void mutex_unlock(struct mutex *mutex);     /* by the holder only */
bool mutex_held(const struct mutex *mutex); /* by this thread */

struct cond {
    struct thread_queue waiters;
};
#define COND_INIT ((struct cond){{0}})

void cond_init(struct cond *cond);
/* The mutex is released while waiting and held again on return, whatever is returned. */
void cond_wait(struct cond *cond, struct mutex *mutex);
err_t cond_wait_until(struct cond *cond, struct mutex *mutex, ticks_t deadline);
void cond_signal(struct cond *cond);
void cond_broadcast(struct cond *cond);

struct semaphore {
    uint64_t count;
    struct thread_queue waiters;
};
#define SEMAPHORE_INIT(n) ((struct semaphore){.count = (n)})

void semaphore_init(struct semaphore *semaphore, uint64_t count);
void semaphore_post(struct semaphore *semaphore);
void semaphore_wait(struct semaphore *semaphore);
bool semaphore_trywait(struct semaphore *semaphore);
err_t semaphore_wait_until(struct semaphore *semaphore, ticks_t deadline);

#endif
