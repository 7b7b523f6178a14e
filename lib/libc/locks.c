/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The locks of picolibc. All in one object, as the linker takes either all of them from here or all from there. A lock
 * that was never made (those of stdin, stdout, stderr) is the one global, recursive one.
 */
#include <abi/types.h>
#include <stdlib.h>
#include <sys/lock.h>
#include <threads/sync.h>

struct __lock {
    struct mutex mutex;
};

struct __lock __lock___libc_recursive_mutex = {.mutex = {.recursive = 1}};

static struct mutex *mutex_of(_LOCK_T lock)
{
    return lock ? &lock->mutex : &__lock___libc_recursive_mutex.mutex;
}

static void lock_make(_LOCK_T *lock)
{
    *lock = malloc(sizeof **lock);
    if (*lock) mutex_init_recursive(&(*lock)->mutex);
}

void __retarget_lock_init(_LOCK_T *lock)
{
    lock_make(lock);
}
void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    lock_make(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    if (lock != &__lock___libc_recursive_mutex) free(lock);
}
void __retarget_lock_close_recursive(_LOCK_T lock)
{
    __retarget_lock_close(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    mutex_lock(mutex_of(lock));
}
void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    mutex_lock(mutex_of(lock));
}
int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return mutex_trylock(mutex_of(lock));
}
int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return mutex_trylock(mutex_of(lock));
}
void __retarget_lock_release(_LOCK_T lock)
{
    mutex_unlock(mutex_of(lock));
}
void __retarget_lock_release_recursive(_LOCK_T lock)
{
    mutex_unlock(mutex_of(lock));
}
