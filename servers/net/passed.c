/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections that other programs were passed (net.idl: pass). Each endpoint is a client for which net is a server of fs.idl with one file, number
 * 0: so a program reads and writes what it was passed as if it were a file or a pipe, and passes it on, without knowing anything of sockets. All
 * who have the connection share what there is to be read.
 */
#include "net.h"
#include <caps/caps.h>
#include <idl/fs.h>
#include <messaging/server.h>
#include <paging/paging.h>
#include <stdlib.h>
#include <threads/guarded.h>

#define MODE_SOCKET 0140600 /* as stat(2) has it */

struct passed {
    struct holder holder;
    cptr_t frame; /* the program's buffer; 0: none */
    vaddr_t buffer;
    uint64_t bytes;
};

static struct service service;

static err_t passed_of(const struct call *call, uint32_t file, struct passed **passed, struct socket **socket)
{
    *passed = call->client->user;
    *socket = (*passed)->holder.passed;
    return file == 0 ? ERR_OK : ERR_NOT_OPEN;
}

static void buffer_drop(struct passed *passed)
{
    if (passed->frame == 0) return;
    paging_unmap(passed->buffer, passed->bytes);
    cap_free(passed->frame);
    passed->frame = 0;
    passed->bytes = 0;
}

static err_t handle_set_buffer(struct call *call, cptr_t frame)
{
    struct passed *passed = call->client->user;
    struct cap_info info;
    vaddr_t va;
    err_t err = cap_identify(frame, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_FRAME) return ERR_CAP_TYPE;
    if ((info.rights & (MAP_READ | MAP_WRITE)) != (MAP_READ | MAP_WRITE)) return ERR_CAP_RIGHTS;
    if (info.bytes > FS_BUFFER_MAX) return ERR_TOO_LONG;
    err = paging_map(frame, 0, info.bytes, MAP_READ | MAP_WRITE, 0, "program's buffer", &va);
    if (err != ERR_OK) return err;
    buffer_drop(passed);
    call_take_cap(call, frame);
    passed->frame = frame;
    passed->buffer = va;
    passed->bytes = info.bytes;
    return ERR_OK;
}

/* Up to `most` bytes, in one piece of the ring after the other. ERR_AGAIN: none yet. */
static err_t receive(struct socket *socket, void *to, size_t most, size_t *count)
{
    uint8_t part[FS_INLINE_MAX];
    *count = 0;
    while (*count < most) {
        size_t want = most - *count < sizeof part ? most - *count : sizeof part;
        size_t got = socket_ring_take(&socket->ring.own, part, want, true);
        if (got == 0) break;
        if (!guarded_copy((uint8_t *)to + *count, part, got)) return ERR_MAPPING_GONE;
        socket_ring_take(&socket->ring.own, part, got, false);
        *count += got;
    }
    if (*count > 0) socket_touch(socket);
    round_post();
    if (*count > 0 || most == 0 || socket->end) return ERR_OK;
    return socket->state == NET_STATE_FAILED ? socket->error : ERR_AGAIN;
}

static err_t send(struct socket *socket, const void *from, size_t bytes, uint32_t *count)
{
    uint8_t part[FS_INLINE_MAX];
    *count = 0;
    if (socket->state == NET_STATE_FAILED) return socket->error;
    if (socket->state != NET_STATE_CONNECTED || socket->shut_sending) return ERR_NO_READER;
    while (*count < bytes) {
        size_t want = bytes - *count < sizeof part ? bytes - *count : sizeof part;
        uint32_t room = socket_ring_room(&socket->ring.own);
        if (want > room) want = room;
        if (want == 0) break;
        if (!guarded_copy(part, (const uint8_t *)from + *count, want)) return ERR_MAPPING_GONE;
        *count += (uint32_t)socket_ring_put(&socket->ring.own, part, want);
    }
    socket->ops->pump(socket);
    round_post();
    return *count > 0 || bytes == 0 ? ERR_OK : ERR_AGAIN;
}

static err_t handle_read(struct call *call, uint32_t file, uint32_t most, void *data, size_t *bytes)
{
    struct passed *passed;
    struct socket *socket;
    err_t err = passed_of(call, file, &passed, &socket);
    return err == ERR_OK ? receive(socket, data, most < FS_INLINE_MAX ? most : FS_INLINE_MAX, bytes) : err;
}

static err_t handle_write(struct call *call, uint32_t file, const void *data, size_t bytes, uint32_t *count)
{
    struct passed *passed;
    struct socket *socket;
    err_t err = passed_of(call, file, &passed, &socket);
    return err == ERR_OK ? send(socket, data, bytes, count) : err;
}

static err_t buffer_find(const struct passed *passed, uint32_t at, uint32_t bytes, void **memory)
{
    if (at > passed->bytes || bytes > passed->bytes - at) return ERR_OVERFLOW;
    *memory = (void *)(passed->buffer + at); /* NOLINT(performance-no-int-to-ptr) */
    return ERR_OK;
}

static err_t handle_read_buffer(struct call *call, uint32_t file, uint32_t at, uint32_t most, uint32_t *count)
{
    struct passed *passed;
    struct socket *socket;
    size_t got = 0;
    void *memory;
    err_t err = passed_of(call, file, &passed, &socket);
    if (err == ERR_OK) err = buffer_find(passed, at, most, &memory);
    if (err == ERR_OK) err = receive(socket, memory, most, &got);
    *count = (uint32_t)got;
    return err;
}

static err_t handle_write_buffer(struct call *call, uint32_t file, uint32_t at, uint32_t bytes, uint32_t *count)
{
    struct passed *passed;
    struct socket *socket;
    void *memory;
    err_t err = passed_of(call, file, &passed, &socket);
    if (err == ERR_OK) err = buffer_find(passed, at, bytes, &memory);
    return err == ERR_OK ? send(socket, memory, bytes, count) : err;
}

static void await_answer(struct reply *reply, err_t error, uint32_t ready)
{
    (void)ready;
    fs_reply_await(reply, error);
}

static err_t handle_await(struct call *call, uint32_t file, uint32_t what, uint32_t bytes)
{
    struct passed *passed;
    struct socket *socket;
    (void)bytes;
    err_t err = passed_of(call, file, &passed, &socket);
    if (err != ERR_OK) return err;
    uint32_t events = what == FS_WRITE ? NET_OUT : NET_IN;
    uint32_t ready = socket_events_now(socket) & (events | NET_ERROR | NET_HANGUP);
    round_post();
    if (ready != 0) return ERR_OK;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    struct net_interest interest = {socket->number, events};
    err = wait_add(&passed->holder, reply, await_answer, &interest, 1);
    if (err != ERR_OK) reply_error(reply, err);
    return ERR_OK;
}

static err_t handle_ready(struct call *call, uint32_t file, uint32_t *what)
{
    struct passed *passed;
    struct socket *socket;
    err_t err = passed_of(call, file, &passed, &socket);
    if (err != ERR_OK) return err;
    uint32_t ready = socket_events_now(socket);
    *what = ((ready & NET_IN) != 0 ? FS_READ : 0) | ((ready & NET_OUT) != 0 ? FS_WRITE : 0) |
            ((ready & NET_HANGUP) != 0 ? FS_HANGUP : 0);
    round_post();
    return ERR_OK;
}

static err_t handle_status(struct call *call, uint32_t file, struct fs_attributes *attributes)
{
    struct passed *passed;
    struct socket *socket;
    err_t err = passed_of(call, file, &passed, &socket);
    if (err == ERR_OK) *attributes = (struct fs_attributes){.node = socket->number, .mode = MODE_SOCKET, .links = 1};
    return err;
}

static err_t handle_share(struct call *call, uint32_t file, cptr_t *endpoint)
{
    struct passed *passed;
    struct socket *socket;
    err_t err = passed_of(call, file, &passed, &socket);
    if (err == ERR_OK) err = passed_make(socket, endpoint);
    if (err == ERR_OK) call_give_caps(call);
    return err;
}

err_t passed_make(struct socket *socket, cptr_t *endpoint)
{
    struct passed *passed = calloc(1, sizeof *passed);
    if (passed == NULL) return ERR_NO_MEMORY;
    err_t err = socket_passed_get(socket);
    if (err == ERR_OK) {
        passed->holder.passed = socket;
        err = service_introduce(&service, 0, passed, endpoint);
        if (err == ERR_OK) return ERR_OK;
        socket_passed_put(socket);
    }
    free(passed);
    return err;
}

/* Nobody but whom it was passed to. */
static err_t client_new(struct client *client)
{
    return client->user != NULL ? ERR_OK : ERR_PERMISSION;
}

static void client_gone(struct client *client)
{
    struct passed *passed = client->user;
    if (passed == NULL) return;
    waits_forget(&passed->holder);
    socket_passed_put(passed->holder.passed);
    buffer_drop(passed);
    free(passed);
    round_post();
}

static void canceled(struct reply *reply)
{
    wait_cancel(reply);
}

static const struct fs_ops ops = {
    .read = handle_read,
    .write = handle_write,
    .set_buffer = handle_set_buffer,
    .read_buffer = handle_read_buffer,
    .write_buffer = handle_write_buffer,
    .await = handle_await,
    .ready = handle_ready,
    .status = handle_status,
    .share = handle_share,
};
static struct service service =
    FS_SERVICE(&ops, .client_new = client_new, .client_gone = client_gone, .canceled = canceled);

err_t passed_start(struct server *server)
{
    return server_add(server, &service);
}
