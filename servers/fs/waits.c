/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who waits at pipes, in the order in which they came. A wait holds its open file, so that the pipe stays for as long.
 */
#include "fs.h"
#include <stdlib.h>

static struct wait *first, **last = &first;

static void wait_free(struct wait *wait)
{
    if (wait != &wait->holder->wait) free(wait);
}

err_t wait_add(struct call *call, struct open_file *file, uint32_t what, bool read, uint32_t bytes)
{
    struct holder *holder = call->client->user;
    if (holder->waits == HOLDER_WAITS) return ERR_TOO_MANY;
    struct wait *wait = holder->waits == 0 ? &holder->wait : malloc(sizeof *wait);
    if (wait == NULL) return ERR_NO_MEMORY;
    *wait = (struct wait){
        .reply = call_defer(call), .holder = holder, .file = file, .what = what, .bytes = bytes, .read = read};
    if (wait->reply == NULL) {
        wait_free(wait);
        return ERR_NO_MEMORY;
    }
    open_get(file);
    holder->waits++;
    *last = wait;
    last = &wait->next;
    return ERR_OK;
}

/* Out of the list. The reply has been answered or dropped. */
static struct pipe *wait_remove(struct wait **link)
{
    struct wait *wait = *link;
    *link = wait->next;
    if (last == &wait->next) last = link;
    wait->holder->waits--;
    struct pipe *pipe = open_put(wait->file);
    wait_free(wait);
    return pipe;
}

static void wait_answer(struct wait *wait)
{
    static uint8_t data[FS_INLINE_MAX];
    size_t count = 0;
    if (!wait->read) {
        fs_reply_await(wait->reply, ERR_OK);
        return;
    }
    err_t err = open_read(wait->file, data, wait->bytes, files_copy_plainly, &count);
    fs_reply_read(wait->reply, err, data, count);
}

/*
 * One that can go on; false: none. What it read may have made room for others, and it may have been the last holder of its end. If it
 * was that of the pipe, nobody waits there any more.
 */
static bool wait_run_one(struct pipe *pipe)
{
    for (struct wait **link = &first; *link != NULL; link = &(*link)->next) {
        struct wait *wait = *link;
        if (wait->file->pipe != pipe || !pipe_is_ready(pipe, wait->what, wait->bytes)) continue;
        wait_answer(wait);
        wait_remove(link);
        return true;
    }
    return false;
}

/*
 * Who writes after he has read waits for an answer next, most likely: he is answered first, and the reader runs as fs goes to sleep.
 * Otherwise he may go on writing, and the reader then finds more at once.
 */
static void hand_over(struct call *call, struct wait *wait, const void *data, size_t bytes)
{
    struct holder *writer = call->client->user;
    struct reply *own = writer->has_read ? call_defer(call) : NULL;
    if (own != NULL) {
        fs_reply_write(own, ERR_OK, (uint32_t)bytes);
        reply_with_sleep(wait->reply);
    }
    writer->has_read = false;
    fs_reply_read(wait->reply, ERR_OK, data, bytes);
}

bool wait_hand_over(struct call *call, const struct pipe *pipe, const void *data, size_t bytes)
{
    struct wait **link = &first;
    while (*link != NULL && (*link)->file->pipe != pipe)
        link = &(*link)->next;
    if (*link == NULL || !(*link)->read || pipe->used > 0 || bytes == 0 || bytes > (*link)->bytes) return false;
    hand_over(call, *link, data, bytes);
    wait_remove(link);
    return true;
}

void waits_run(struct pipe *pipe)
{
    if (pipe == NULL) return;
    while (wait_run_one(pipe))
        ;
}

void wait_cancel(struct reply *reply)
{
    struct wait **link = &first;
    while (*link != NULL && (*link)->reply != reply)
        link = &(*link)->next;
    if (*link == NULL) return;
    reply_drop(reply);
    waits_run(wait_remove(link));
}

void waits_forget(struct holder *holder)
{
    struct wait **link = &first;
    while (*link != NULL && holder->waits > 0) {
        if ((*link)->holder != holder) {
            link = &(*link)->next;
            continue;
        }
        reply_drop((*link)->reply);
        waits_run(wait_remove(link));
        link = &first;
    }
}
