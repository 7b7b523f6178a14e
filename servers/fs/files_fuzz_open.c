/* SPDX-License-Identifier: BSD-2-Clause */
/* The fuzzer's clients: sessions and open files, each beside what the model makes of it. */
#include "files_fuzz.h"
#include <stdlib.h>
#include <string.h>

#define CLIENTS 8
#define HANDLES 32
#define COPIED 0x77 /* by a copy that failed */

struct model_pipe {
    int readers, writers;
    size_t used;
    uint8_t bytes[PIPE_BYTES];
};

/* An open file, as the model has it. */
struct model_file {
    int refs, node;
    struct model_pipe *pipe;
    uint32_t flags;
    uint64_t offset;
};

static struct client {
    bool used;
    struct session session;
    struct model_file *own;
    struct model_file *file[HANDLES];
    uint32_t number[HANDLES];
} clients[CLIENTS];

static unsigned copies_left; /* until a copy fails; 0: none does */
static uint8_t bytes[MODEL_BYTES];

/* A client's memory goes away: an unknown part has been copied. */
static bool copy(void *to, const void *from, size_t count)
{
    if (copies_left > 0 && --copies_left == 0) {
        memset(to, COPIED, count / 2);
        return false;
    }
    memcpy(to, from, count);
    return true;
}

static struct client *random_client(void)
{
    struct client *client = &clients[random_below(CLIENTS)];
    if (!client->used) {
        MUST(session_begin(&client->session, 1 + random_below(3)) == ERR_OK);
        client->used = true;
    }
    return client;
}

/* One of its files: both views of it; number 0 is its own. NULL: it has none there. */
static struct model_file *random_file(struct client *client, struct open_file **file)
{
    unsigned i = (unsigned)random_below(HANDLES + 1);
    struct model_file *expected = i == HANDLES ? client->own : client->file[i];
    uint32_t number = i == HANDLES ? 0 : client->number[i];
    if (!expected) {
        MUST(session_find(&client->session, 100000) == NULL);
        return NULL;
    }
    *file = session_find(&client->session, number);
    MUST(*file != NULL);
    return expected;
}

static void model_put(struct model_file *file)
{
    if (--file->refs > 0) return;
    if (file->node >= 0) model_close(file->node);
    if (file->pipe) {
        file->pipe->readers -= file->flags & 1;
        file->pipe->writers -= file->flags >> 1 & 1;
        if (file->pipe->readers == 0 && file->pipe->writers == 0) free(file->pipe);
    }
    free(file);
}

static struct model_file *model_file_new(int node, struct model_pipe *pipe, uint32_t flags)
{
    struct model_file *file = malloc(sizeof *file);
    *file = (struct model_file){.refs = 1, .node = node, .pipe = pipe, .flags = flags & 15};
    if (node >= 0) model[node].opens++;
    return file;
}

static int handle_free(struct client *client)
{
    int i = 0;
    while (i < HANDLES && client->file[i])
        i++;
    return i < HANDLES ? i : -1;
}

static void handle_add(struct client *client, struct open_file *file, struct model_file *expected)
{
    int i = handle_free(client);
    MUST(session_add(&client->session, file, &client->number[i]) == ERR_OK);
    client->file[i] = expected;
}

void do_open(void)
{
    char path[2048];
    struct client *client = random_client();
    uint32_t flags = random_below(32) == 0 ? (uint32_t)random_below(300) : 1 + random_below(3);
    uint32_t mode = random_below(4) ? 0644 : (uint32_t)random_below(512);
    if (flags & 2 && random_below(2)) flags |= 16;
    if (flags & 2 && random_below(4) == 0) flags |= 8;
    if (flags & 2 && random_below(4) == 0) flags |= 64;
    if (flags & 16 && random_below(4) == 0) flags |= 32;
    struct open_file *file;
    int node;
    random_path(path);
    if (handle_free(client) < 0) return;
    err_t err = open_path(path, flags, mode, &file);
    if (err == ERR_NO_SPACE) {
        MUST(was_short());
        return;
    }
    MUST(err == model_open(path, flags, mode, &node));
    if (err == ERR_OK) handle_add(client, file, model_file_new(node, NULL, flags));
}

void do_pipe(void)
{
    struct client *client = random_client();
    struct open_file *read, *write;
    struct model_pipe *pipe;
    if (handle_free(client) < 0) return;
    err_t err = open_pipe(&read, &write);
    if (err == ERR_NO_SPACE) {
        MUST(was_short());
        return;
    }
    MUST(err == ERR_OK);
    pipe = calloc(1, sizeof *pipe);
    pipe->readers = pipe->writers = 1;
    handle_add(client, read, model_file_new(-1, pipe, 1));
    if (handle_free(client) >= 0) {
        handle_add(client, write, model_file_new(-1, pipe, 2));
    } else {
        MUST(open_put(write)->writers == 0);
        pipe->writers = 0;
    }
}

void do_close(void)
{
    struct client *client = random_client();
    struct pipe *pipe;
    unsigned i = (unsigned)random_below(HANDLES);
    if (!client->file[i]) {
        MUST(session_close(&client->session, 0, &pipe) == ERR_NOT_OPEN);
        return;
    }
    MUST(session_close(&client->session, client->number[i], &pipe) == ERR_OK);
    MUST(session_close(&client->session, client->number[i], &pipe) == ERR_NOT_OPEN);
    model_put(client->file[i]);
    client->file[i] = NULL;
}

void do_end(void)
{
    struct client *client = &clients[random_below(CLIENTS)];
    struct pipe *pipe;
    if (!client->used) return;
    while (session_end(&client->session, &pipe))
        ;
    for (unsigned i = 0; i < HANDLES; i++) {
        if (client->file[i]) model_put(client->file[i]);
    }
    if (client->own) model_put(client->own);
    *client = (struct client){0};
}

void do_share(void)
{
    struct client *client = random_client(), *other = &clients[random_below(CLIENTS)];
    struct open_file *file;
    struct model_file *expected = random_file(client, &file);
    if (!expected || other->used) return;
    MUST(session_share(&other->session, &client->session, file) == ERR_OK);
    other->used = true;
    other->own = expected;
    expected->refs++;
}

static void pipe_read_check(struct model_file *expected, err_t err, size_t most, size_t count)
{
    struct model_pipe *pipe = expected->pipe;
    if (pipe->used == 0) {
        MUST(count == 0 && err == (pipe->writers > 0 && most > 0 ? ERR_AGAIN : ERR_OK));
        return;
    }
    if (err == ERR_MAPPING_GONE) return;
    MUST(err == ERR_OK && count == (most < pipe->used ? most : pipe->used));
    MUST(memcmp(bytes, pipe->bytes, count) == 0);
    pipe->used -= count;
    memmove(pipe->bytes, pipe->bytes + count, pipe->used);
}

void do_read(void)
{
    struct open_file *file;
    struct model_file *expected = random_file(random_client(), &file);
    size_t most = random_below(3) ? random_below(200) : random_below(20000), count;
    if (!expected) return;
    copies_left = random_below(8) ? 0 : 1 + (unsigned)random_below(4);
    err_t err = open_read(file, bytes, most, copy, &count);
    copies_left = 0;
    if (!(expected->flags & 1)) {
        MUST(err == ERR_NOT_OPEN);
    } else if (expected->pipe) {
        pipe_read_check(expected, err, most, count);
    } else if (model[expected->node].directory) {
        MUST(err == ERR_IS_DIRECTORY);
    } else if (err != ERR_MAPPING_GONE) {
        const struct model_node *node = &model[expected->node];
        size_t left = expected->offset < node->bytes ? node->bytes - expected->offset : 0;
        MUST(err == ERR_OK && count == (most < left ? most : left));
        MUST(count == 0 || memcmp(bytes, node->data + expected->offset, count) == 0);
        expected->offset += count;
    }
    MUST(file->pipe || file->offset == expected->offset);
}

static void pipe_write_check(struct model_file *expected, const struct pipe *real, err_t err, size_t most, size_t count)
{
    struct model_pipe *pipe = expected->pipe;
    size_t room = PIPE_BYTES - pipe->used;
    if (pipe->readers == 0) {
        MUST(err == ERR_NO_READER);
    } else if (most > 0 && (room == 0 || (most <= PIPE_WHOLE && most > room))) {
        MUST(err == ERR_AGAIN);
    } else if (err == ERR_AGAIN) { /* there is no space: what is in it is to be read first, and who writes has to wait for that */
        MUST(was_short() && count == 0 && pipe->used > 0 && !pipe_is_ready(real, OPEN_WRITE, most));
    } else if (err != ERR_MAPPING_GONE) {
        MUST(err == ERR_OK && count <= (most < room ? most : room));
        MUST(count == (most < room ? most : room) || (was_short() && count > 0 && most > PIPE_WHOLE));
        memcpy(pipe->bytes + pipe->used, bytes, count);
        pipe->used += count;
    }
}

static void file_write_check(struct model_file *expected, struct open_file *file, err_t err, size_t most, size_t count)
{
    struct model_node *node = &model[expected->node];
    uint64_t at = expected->flags & 8 ? node->bytes : expected->offset;
    if (err == ERR_NO_SPACE || (err == ERR_OK && count < most)) MUST(was_short());
    MUST(err == ERR_OK || count == 0 || err == ERR_MAPPING_GONE);
    if (count > 0 && at + count > node->bytes) node->bytes = at + count;
    memcpy(node->data + at, bytes, count);
    if (err == ERR_OK) expected->offset = at + count;
    MUST(file->offset == expected->offset);
    MUST(file->node->content.bytes == node->bytes);
    if (err != ERR_MAPPING_GONE) return;
    /* What is in the rest of the range is anybody's guess. */
    size_t got;
    MUST(content_read(&file->node->content, 0, scratch, node->bytes, files_copy_plainly, &got) == ERR_OK);
    for (size_t i = 0; i < node->bytes; i++)
        MUST(scratch[i] == node->data[i] ||
             (i >= at + count && i < at + most && (scratch[i] == bytes[i - at] || scratch[i] == COPIED)));
    memcpy(node->data, scratch, node->bytes);
}

void do_write(void)
{
    struct open_file *file;
    struct model_file *expected = random_file(random_client(), &file);
    size_t most = random_below(3) ? random_below(200) : random_below(12000), count;
    if (!expected) return;
    for (size_t i = 0; i < most; i++)
        bytes[i] = (uint8_t)(i * 31 + operation);
    if (!expected->pipe && expected->flags & 2) {
        uint64_t at = expected->flags & 8 ? model[expected->node].bytes : expected->offset;
        if (at + most > MODEL_BYTES) return;
    }
    copies_left = random_below(8) ? 0 : 1 + (unsigned)random_below(4);
    err_t err = open_write(file, bytes, most, copy, &count);
    copies_left = 0;
    if (!(expected->flags & 2)) {
        MUST(err == ERR_NOT_OPEN);
    } else if (expected->pipe) {
        pipe_write_check(expected, file->pipe, err, most, count);
    } else {
        file_write_check(expected, file, err, most, count);
    }
}

void do_seek(void)
{
    struct open_file *file;
    struct model_file *expected = random_file(random_client(), &file);
    if (!expected) return;
    unsigned whence = (unsigned)random_below(4);
    int64_t offset = (int64_t)random_below(30000) - (whence ? 15000 : 100), to;
    uint64_t now = 0;
    err_t err = open_seek(file, offset, whence, &now);
    if (expected->pipe) {
        MUST(err == ERR_UNSUPPORTED);
        return;
    }
    int64_t bytes_now = (int64_t)model[expected->node].bytes;
    to = offset + (whence == 0 ? 0 : whence == 1 ? (int64_t)expected->offset : bytes_now);
    MUST(err == (whence > 2 || to < 0 ? ERR_INVALID : ERR_OK));
    if (err == ERR_OK) {
        MUST(now == (uint64_t)to);
        expected->offset = now;
    }
}

void do_truncate(void)
{
    struct open_file *file;
    struct model_file *expected = random_file(random_client(), &file);
    if (!expected) return;
    size_t size = random_below(random_below(2) ? 300 : MODEL_BYTES);
    err_t err = open_truncate(file, size);
    if (!(expected->flags & 2)) {
        MUST(err == ERR_NOT_OPEN);
    } else if (expected->pipe) {
        MUST(err == ERR_INVALID);
    } else {
        MUST(err == ERR_OK);
        model_resize(expected->node, size);
    }
}
