/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving way and sleeping. */
#include "thread.h"
#include <caps/caps.h>

void thread_yield(void)
{
    dispatcher_disable();
    if (dispatcher_would_sleep()) {
        dispatcher_enable();
        sys_yield();
        return;
    }
    struct thread *self = dispatcher.current;
    self->head.context.result = ERR_OK;
    queue_append(&dispatcher.ready, self);
    context_switch(&self->head.context, dispatcher_next);
}

void thread_sleep_until(ticks_t deadline)
{
    if (!deadline) return;
    dispatcher_disable();
    thread_block(NULL, deadline);
}

void thread_sleep_us(uint64_t us)
{
    thread_sleep_until(deadline_after_us(us));
}

void thread_sleep_ms(uint64_t ms)
{
    thread_sleep_until(deadline_after_ms(ms));
}
