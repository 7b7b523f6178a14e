/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: the endpoint that the parent passed as "console", else the service "term", of which a parent on another core may have lent
 * its own. Nothing is bound before the first byte. Without term (early, or it is dead), and in the services that term rests on, output goes to the log,
 * line by line, and there is no input.
 */
#include "table.h"
#include <abi/spawn_info.h>
#include <idl/init.h>
#include <idl/term.h>
#include <libc/console.h>
#include <paging/paging.h>
#include <poll.h>
#include <string.h>
#include <threads/sync.h>

#define LOG_LINE 200

static struct mutex mutex;
static struct term_client passed; /* the one that the parent passed */
static struct term_client *client;
static bool borrowed;           /* the one that a parent on another core has */
static char line[LOG_LINE + 1]; /* on its way to the log */
static size_t line_length;

static struct term_client *client_find(void)
{
    const struct spawn_info *info = (const struct spawn_info *)VADDR_INFO;
    for (uint32_t i = 0; i < info->passed_count && i < SLOT_PASSED_MAX; i++) {
        if (strcmp(info->passed[i], "console") == 0) {
            passed = (struct term_client)TERM_CLIENT_SLOT(SLOT_PASSED + i);
            return &passed;
        }
    }
    return term_default();
}

static struct term_client *client_get(void)
{
    if (paging_is_fully_backed()) return 0;
    mutex_lock(&mutex);
    if (!client) client = client_find();
    mutex_unlock(&mutex);
    return client;
}

static void log_write(const char *bytes, size_t count)
{
    mutex_lock(&mutex);
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != '\n') line[line_length++] = bytes[i];
        if (bytes[i] != '\n' && line_length < LOG_LINE) continue;
        line[line_length] = 0;
        init_log(init_default(), line);
        line_length = 0;
    }
    mutex_unlock(&mutex);
}

/* When term has died the next one takes what is written; nobody gives us back the console that our parent opened. */
static err_t write_chunk(struct term_client *term, const char *bytes, size_t count)
{
    uint32_t generation = term->channel.generation;
    err_t err = term_write(term, bytes, count);
    if (err != ERR_PEER_DEAD) return err;
    if (term == &passed) client = term = term_default();
    if (term->channel.state != CHANNEL_DEAD) return term_write(term, bytes, count);
    err = channel_revive(&term->channel, generation);
    return err == ERR_OK ? term_write(term, bytes, count) : err;
}

static err_t console_write(void *file, const void *bytes, size_t most, size_t *count)
{
    (void)file;
    struct term_client *term = client_get();
    size_t done = 0;
    while (term && done < most) {
        size_t part = most - done < TERM_CHUNK ? most - done : TERM_CHUNK;
        if (write_chunk(term, (const char *)bytes + done, part)) break;
        done += part;
    }
    if (done < most) log_write((const char *)bytes + done, most - done);
    *count = most;
    return ERR_OK;
}

static err_t console_read(void *file, void *bytes, size_t most, size_t *count)
{
    (void)file;
    struct term_client *term = client_get();
    if (!term) return ERR_UNSUPPORTED;
    if (most > TERM_CHUNK) most = TERM_CHUNK;
    return term_read(term, most, bytes, most, count);
}

/* Nobody's input is an end of it: a read does not wait. */
static err_t console_ready(void *file, short *ready)
{
    (void)file;
    struct term_client *term = client_get();
    bool readable = true;
    if (term != NULL && term_readable(term, &readable) != ERR_OK) readable = true;
    *ready = POLLOUT | (readable ? POLLIN : 0);
    return ERR_OK;
}

err_t console_share(cptr_t *endpoint)
{
    struct term_client *term = client_get();
    *endpoint = 0;
    return term == &passed ? term_share(term, endpoint) : ERR_OK;
}

err_t console_lend(uint64_t pid, uint64_t key)
{
    struct term_client *term = client_get();
    return term != NULL ? term_lend(term, pid, key) : ERR_UNSUPPORTED;
}

err_t console_borrow(uint64_t key)
{
    struct term_client *term = client_get();
    err_t err = term != NULL ? term_borrow(term, key) : ERR_UNSUPPORTED;
    borrowed = err == ERR_OK;
    return err;
}

bool console_is_borrowed(void)
{
    return borrowed;
}

err_t console_set_raw(bool raw)
{
    struct term_client *term = client_get();
    return term != NULL ? term_set_mode(term, raw ? TERM_MODE_RAW : TERM_MODE_LINE) : ERR_UNSUPPORTED;
}

const struct file_ops console_ops = {
    .read = console_read, .write = console_write, .ready = console_ready, .terminal = true};
