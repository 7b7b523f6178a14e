/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's end of the console. It uses the process's own client of term, which stdio writes to as well: so term knows both as
 * one.
 */
#include "terminal.h"

#include <abi/slots.h>
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <idl/names.h>
#include <idl/term.h>
#include <stdbool.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define RETRY_MS 20
#define RETRIES 500 /* an earlier shell's death takes a moment to be known */

static struct mutex lock;          /* one thread at a time mends the connection */
static void (*on_interrupt)(void); /* 0: this shell does not control the console (shell -c) */

/* Control of the console, raw. */
static err_t take_control(void)
{
    err_t error = term_control(term_default());
    for (unsigned i = 0; error == ERR_BUSY && i < RETRIES; i++) {
        thread_sleep_ms(RETRY_MS);
        error = term_control(term_default());
    }
    return error == ERR_OK ? term_set_mode(term_default(), TERM_MODE_RAW) : error;
}

static err_t connect(void)
{
    uint64_t pid;
    cptr_t endpoint;
    err_t error = names_await(names_default(), "term", &pid, &endpoint);
    if (error != ERR_OK) {
        return error;
    }
    cap_free(endpoint);
    error = term_client_rebind(term_default());
    return error == ERR_OK ? take_control() : error;
}

/* After an error of a call to term: find it again, unless another thread has done so. */
static void mend(void)
{
    mutex_lock(&lock);
    while (term_set_mode(term_default(), TERM_MODE_RAW) != ERR_OK && connect() != ERR_OK) {
        thread_sleep_ms(RETRY_MS);
    }
    mutex_unlock(&lock);
}

static int await_interrupts(void *argument)
{
    (void)argument;
    for (;;) {
        err_t error = term_await_interrupt(term_default());
        if (error == ERR_OK) {
            on_interrupt();
        } else {
            thread_sleep_ms(RETRY_MS);
            mend();
        }
    }
    return 0;
}

err_t terminal_open(void (*interrupted)(void))
{
    static const struct thread_options options = {.name = "interrupts", .detached = true};
    struct thread *thread;
    on_interrupt = interrupted;
    err_t error = connect();
    return error == ERR_OK ? thread_create(&thread, await_interrupts, NULL, &options) : error;
}

err_t terminal_read(char *bytes, size_t most, size_t *count)
{
    err_t error = term_read(term_default(), (uint32_t)most, bytes, most, count);
    if (error != ERR_OK && error != ERR_INTERRUPTED) {
        mend();
    }
    return error;
}

void terminal_show(const char *bytes, size_t count)
{
    if (term_write(term_default(), bytes, count) == ERR_PEER_DEAD && on_interrupt != NULL) {
        mend();
        term_write(term_default(), bytes, count);
    }
}

err_t terminal_child(uint32_t *number, cptr_t *endpoint)
{
    *number = 0;
    *endpoint = 0;
    if (on_interrupt == NULL) {
        return ERR_OK;
    }
    err_t error = term_open(term_default(), number, endpoint);
    if (error == ERR_PEER_DEAD || error == ERR_PERMISSION) { /* another term, which we do not control yet */
        mend();
        error = term_open(term_default(), number, endpoint);
    }
    return error;
}

void terminal_foreground(uint32_t number)
{
    if (on_interrupt != NULL && term_foreground(term_default(), number) == ERR_PEER_DEAD && number == 0) {
        mend(); /* it is ours as soon as there is a term; a child's console is gone */
    }
}

void terminal_interruptible(bool yes)
{
    static bool now;
    if (on_interrupt != NULL && now != yes) {
        now = term_set_mode(term_default(), yes ? TERM_MODE_LINE : TERM_MODE_RAW) == ERR_OK ? yes : now;
    }
}

bool terminal_was_passed(void)
{
    const struct spawn_info *info = (const struct spawn_info *)VADDR_INFO;
    for (uint32_t i = 0; i < info->passed_count && i < SLOT_PASSED_MAX; i++) {
        if (strcmp(info->passed[i], "console") == 0) {
            return true;
        }
    }
    return false;
}

void terminal_drain(void)
{
    term_drain(term_default());
}
