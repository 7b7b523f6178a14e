/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads' lives. A thread's stack region holds, from the top down: its TLS block, its struct thread, its stack. Stacks of
 * ended threads are kept for new ones (CONFIG_THREAD_CACHE); those beyond wait in `surplus` until somebody creates or joins a
 * thread, because unmapping takes calls that may not be made while disabled.
 */
#include "thread.h"
#include <paging/paging.h>
#include <stdlib.h>
#include <string.h>

#define STACK_USUAL (((size_t)CONFIG_THREAD_STACK + PAGE_MASK) & ~(size_t)PAGE_MASK)
#define STACK_BACKED_MOST ((size_t)MIB) /* usual in a process that backs all of it at once */

static struct thread first_thread;
static unsigned thread_total;
static uint32_t last_id;
static struct thread *cache, *surplus; /* linked by .next */
static unsigned cached;

static void tls_init(uint64_t tpidr)
{
    char *block = (char *)tpidr + (size_t)__tls_offset;
    size_t initial = (size_t)__tls_file_bytes, all = (size_t)__tls_bytes;
    memcpy(block, __tls_image, initial);
    memset(block + initial, 0, all - initial);
}

void thread_first(uint64_t tpidr)
{
    struct thread *thread = &first_thread;
    thread->id = last_id = 1;
    thread->head.context.tpidr = tpidr;
    memcpy(thread->name, "main", 5);
    thread_total = 1;
    dispatcher.current = dispatcher.fp_owner = thread;
    tls_init(tpidr);
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(tpidr) : "memory");
}

static void surplus_free(void)
{
    dispatcher_disable();
    struct thread *list = surplus;
    surplus = NULL;
    dispatcher_enable();
    while (list) {
        struct thread *next = list->next;
        paging_unmap(list->stack_top - list->stack_bytes, list->stack_bytes);
        list = next;
    }
}

static struct thread *cache_pop(void)
{
    dispatcher_disable();
    struct thread *thread = cache;
    if (thread) {
        cache = thread->next;
        cached--;
    }
    dispatcher_enable();
    return thread;
}

static struct thread *place_in(vaddr_t top)
{
    vaddr_t tpidr = top - (size_t)__tls_reserve;
    return (struct thread *)((tpidr - sizeof(struct thread)) & ~63ull);
}

static size_t stack_usual(void)
{
    return STACK_USUAL > STACK_BACKED_MOST && paging_is_fully_backed() ? STACK_BACKED_MOST : STACK_USUAL;
}

static err_t stack_get(const struct thread_options *options, struct thread **thread)
{
    size_t bytes = options->stack_bytes ? (options->stack_bytes + PAGE_MASK) & ~(size_t)PAGE_MASK : stack_usual();
    if (bytes < 2 * PAGE_SIZE) bytes = 2 * PAGE_SIZE;
    bool cacheable = bytes == stack_usual() && !options->pinned;
    *thread = cacheable ? cache_pop() : NULL;
    if (*thread) return ERR_OK;
    vaddr_t top;
    err_t error = paging_stack(bytes, options->pinned, &top);
    if (error) return error;
    *thread = place_in(top);
    memset(*thread, 0, sizeof **thread);
    (*thread)->stack_top = top;
    (*thread)->stack_bytes = bytes;
    (*thread)->cacheable = cacheable;
    return ERR_OK;
}

static void thread_run(void *argument)
{
    struct thread *self = argument;
    thread_exit(self->main(self->argument));
}

static void name_set(struct thread *thread, const char *name)
{
    size_t i = 0;
    for (; name && name[i] && i < sizeof thread->name - 1; i++)
        thread->name[i] = name[i];
    thread->name[i] = 0;
}

/* All of a thread that lies at the top of its stack but what makes it run. */
static void thread_prepare(struct thread *thread, int (*main)(void *argument), void *argument, const char *name)
{
    uint64_t tpidr = thread->stack_top - (size_t)__tls_reserve;
    tls_init(tpidr);
    thread->main = main;
    thread->argument = argument;
    thread->joined = false;
    thread->saved = SAVED_CONTEXT;
    thread->fp_saved = FP_FRESH;
    thread->head.deadline = 0;
    thread->head.context.x19_x30[0] = (uint64_t)thread_run;
    thread->head.context.x19_x30[1] = (uint64_t)thread;
    thread->head.context.x19_x30[10] = 0;
    thread->head.context.x19_x30[11] = (uint64_t)context_start;
    thread->head.context.sp = (uint64_t)thread & ~15ull;
    thread->head.context.tpidr = tpidr;
    thread->head.state = THREAD_READY;
    name_set(thread, name);
}

struct thread *thread_serve(void *stack, size_t bytes, int (*main)(void *argument), const char *name)
{
    vaddr_t top = (vaddr_t)stack + bytes;
    struct thread *thread = place_in(top);
    if ((vaddr_t)thread < (vaddr_t)stack + bytes / 2) return NULL;
    thread->stack_top = top;
    thread->stack_bytes = bytes;
    thread_prepare(thread, main, NULL, name);
    queue_append(&dispatcher.ready, thread);
    return thread;
}

err_t thread_create(struct thread **created, int (*main)(void *argument), void *argument,
                    const struct thread_options *options)
{
    static const struct thread_options usual;
    struct thread *thread;
    if (surplus) surplus_free();
    if (thread_total >= CONFIG_THREAD_MAX) return ERR_TOO_MANY;
    options = options ? options : &usual;
    err_t error = stack_get(options, &thread);
    if (error) return error;
    thread_prepare(thread, main, argument, options->name);
    thread->detached = options->detached;
    if (created) *created = thread;
    dispatcher_disable();
    thread->id = ++last_id;
    thread_total++;
    queue_append(&dispatcher.ready, thread);
    dispatcher_enable();
    return ERR_OK;
}

void thread_put_away(struct thread *thread)
{
    if (dispatcher.fp_owner == thread) dispatcher.fp_owner = NULL;
    if (!thread->detached && !thread->joined) return; /* thread_join() will */
    if (thread == &first_thread) return;
    if (thread->cacheable && (int)cached < CONFIG_THREAD_CACHE) {
        thread->next = cache;
        cache = thread;
        cached++;
    } else {
        thread->next = surplus;
        surplus = thread;
    }
}

_Noreturn void thread_exit(int code)
{
    struct thread *self = dispatcher.current;
    if (thread_total == 1) exit(code);
    dispatcher_disable();
    self->code = code;
    self->head.state = THREAD_ENDED;
    thread_total--;
    while (self->joiners.first)
        thread_wake(self->joiners.first, ERR_OK);
    thread_ending = self;
    context_enter_upcall_stack(dispatcher_next);
}

err_t thread_join(struct thread *thread, int *code)
{
    dispatcher_disable();
    if (thread == dispatcher.current || thread->detached || thread->joined || thread->joiners.first) {
        dispatcher_enable();
        return ERR_INVALID;
    }
    if (thread->head.state != THREAD_ENDED) {
        thread_block(&thread->joiners, 0);
        dispatcher_disable();
    }
    if (code) *code = thread->code;
    thread->joined = true;
    thread_put_away(thread);
    dispatcher_enable();
    if (surplus) surplus_free();
    return ERR_OK;
}

err_t thread_detach(struct thread *thread)
{
    dispatcher_disable();
    err_t error = thread->detached || thread->joined || thread->joiners.first ? ERR_INVALID : ERR_OK;
    if (!error) {
        thread->detached = true;
        if (thread->head.state == THREAD_ENDED) thread_put_away(thread);
    }
    dispatcher_enable();
    return error;
}

struct thread *thread_self(void)
{
    return dispatcher.current;
}

uint32_t thread_id(const struct thread *thread)
{
    return thread->id;
}

const char *thread_name(const struct thread *thread)
{
    return thread->name;
}

unsigned thread_count(void)
{
    return thread_total;
}

ticks_t thread_set_deadline(ticks_t deadline)
{
    struct thread *self = dispatcher.current;
    ticks_t old = self->head.deadline;
    self->head.deadline = deadline;
    return old;
}

ticks_t thread_deadline(void)
{
    return dispatcher.current->head.deadline;
}
