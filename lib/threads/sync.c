/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes, conditions, semaphores. A mutex's `owner` is 0: free; a thread: held; a thread | 1: held, and somebody waits.
 * Without waiters locking and unlocking are one compare-and-swap; with them the dispatcher is disabled, and unlocking hands
 * the mutex to the longest waiter.
 */
#include <threads/dispatcher.h>

#define WAITERS ((uintptr_t)1)

void mutex_init(struct mutex *mutex)
{
    *mutex = MUTEX_INIT;
}

void mutex_init_recursive(struct mutex *mutex)
{
    *mutex = MUTEX_RECURSIVE_INIT;
}

bool mutex_held(const struct mutex *mutex)
{
    return (mutex->owner & ~WAITERS) == (uintptr_t)dispatcher.current;
}

bool mutex_trylock(struct mutex *mutex)
{
    uintptr_t expected = 0;
    if (__atomic_compare_exchange_n(&mutex->owner, &expected, (uintptr_t)dispatcher.current, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return true;
    if (!mutex->recursive || !mutex_held(mutex)) return false;
    mutex->depth++;
    return true;
}

err_t mutex_lock_until(struct mutex *mutex, ticks_t deadline)
{
    if (mutex_trylock(mutex)) return ERR_OK;
    dispatcher_touch(mutex, sizeof *mutex);
    dispatcher_disable();
    if (!mutex->owner) {
        mutex->owner = (uintptr_t)dispatcher.current;
        dispatcher_enable();
        return ERR_OK;
    }
    mutex->owner |= WAITERS;
    return thread_block(&mutex->waiters, deadline); /* mutex_hand_on() has made us the owner */
}

void mutex_lock(struct mutex *mutex)
{
    mutex_lock_until(mutex, 0);
}

/* Disabled. */
static void mutex_hand_on(struct mutex *mutex)
{
    struct thread *next = thread_queue_first(&mutex->waiters);
    if (next) thread_wake(next, ERR_OK);
    mutex->owner = (uintptr_t)next | (mutex->waiters.first ? WAITERS : 0);
}

void mutex_unlock(struct mutex *mutex)
{
    if (mutex->depth) {
        mutex->depth--;
        return;
    }
    uintptr_t expected = (uintptr_t)dispatcher.current;
    if (__atomic_compare_exchange_n(&mutex->owner, &expected, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) return;
    dispatcher_disable();
    mutex_hand_on(mutex);
    dispatcher_enable();
}

void cond_init(struct cond *cond)
{
    *cond = COND_INIT;
}

err_t cond_wait_until(struct cond *cond, struct mutex *mutex, ticks_t deadline)
{
    uint32_t depth = mutex->depth;
    dispatcher_touch(cond, sizeof *cond);
    dispatcher_touch(mutex, sizeof *mutex);
    dispatcher_disable();
    mutex->depth = 0;
    mutex_hand_on(mutex);
    err_t error = thread_block(&cond->waiters, deadline);
    mutex_lock(mutex);
    mutex->depth = depth;
    return error;
}

void cond_wait(struct cond *cond, struct mutex *mutex)
{
    cond_wait_until(cond, mutex, 0);
}

void cond_signal(struct cond *cond)
{
    if (!cond->waiters.first) return;
    dispatcher_disable();
    if (cond->waiters.first) thread_wake(cond->waiters.first, ERR_OK);
    dispatcher_enable();
}

void cond_broadcast(struct cond *cond)
{
    dispatcher_touch(cond, sizeof *cond);
    dispatcher_disable();
    while (cond->waiters.first)
        thread_wake(cond->waiters.first, ERR_OK);
    dispatcher_enable();
}

void semaphore_init(struct semaphore *semaphore, uint64_t count)
{
    *semaphore = SEMAPHORE_INIT(count);
}

void semaphore_post(struct semaphore *semaphore)
{
    dispatcher_touch(semaphore, sizeof *semaphore);
    dispatcher_disable();
    if (semaphore->waiters.first)
        thread_wake(semaphore->waiters.first, ERR_OK);
    else
        semaphore->count++;
    dispatcher_enable();
}

bool semaphore_trywait(struct semaphore *semaphore)
{
    dispatcher_touch(semaphore, sizeof *semaphore);
    dispatcher_disable();
    bool taken = semaphore->count > 0;
    if (taken) semaphore->count--;
    dispatcher_enable();
    return taken;
}

err_t semaphore_wait_until(struct semaphore *semaphore, ticks_t deadline)
{
    dispatcher_touch(semaphore, sizeof *semaphore);
    dispatcher_disable();
    if (semaphore->count) {
        semaphore->count--;
        dispatcher_enable();
        return ERR_OK;
    }
    return thread_block(&semaphore->waiters, deadline);
}

void semaphore_wait(struct semaphore *semaphore)
{
    semaphore_wait_until(semaphore, 0);
}
