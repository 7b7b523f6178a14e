/* SPDX-License-Identifier: BSD-2-Clause */
/* poll()'s part for sockets: they are asked for at net, all in one call, unless their own memory says already what they are ready for. */
#include "socket.h"
#include <errno.h>
#include <poll.h>
#include <threads/time.h>

/* Its memory says all that there is to say of it, if it has some. */
static bool ready_by_memory(struct socket_file *socket, short events, short *ready)
{
    if (!socket->memory || socket->messages || socket->lost) return false;
    uint32_t state = socket_state(socket);
    bool stream = socket->kind == NET_KIND_STREAM;
    *ready = 0;
    if (socket_ring_waiting(&socket->ring) > 0 || (state & SOCKET_END) != 0) *ready |= POLLIN | POLLRDNORM;
    if ((!stream || (state & SOCKET_CONNECTED) != 0) && socket_ring_room(&socket->ring) >= SOCKET_RING_LEAST / 2) {
        *ready |= POLLOUT | POLLWRNORM;
    }
    if ((state & SOCKET_FAILED) != 0) *ready |= POLLIN | POLLOUT | POLLERR | POLLHUP;
    *ready &= events | POLLERR | POLLHUP;
    return true;
}

bool opened_is_socket(const struct opened *opened)
{
    return opened->ops == &socket_ops;
}

static struct socket_file *socket_of(const struct opened *opened)
{
    return opened != NULL && opened_is_socket(opened) ? opened->file : NULL;
}

/* Who is ready by his own memory; *asked: whom net has to be asked about. */
static int sockets_look(struct pollfd *files, unsigned count, struct opened *const *opened, bool *asked)
{
    int ready = 0;
    *asked = false;
    for (unsigned i = 0; i < count; i++) {
        short now = 0;
        struct socket_file *socket = socket_of(opened[i]);
        if (socket == NULL) continue;
        if (!ready_by_memory(socket, files[i].events, &now)) *asked = true;
        files[i].revents = now;
        if (now != 0) ready++;
    }
    return ready;
}

static err_t sockets_ask(struct pollfd *files, unsigned count, struct opened *const *opened, bool wait, ticks_t deadline)
{
    struct net_interest asked[POLL_MOST], ready[POLL_MOST];
    struct net_client *net = net_default();
    uint32_t asked_count = 0, ready_count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct socket_file *socket = socket_of(opened[i]);
        if (socket == NULL) continue;
        uint32_t events = (uint32_t)(files[i].events & (POLLIN | POLLRDNORM) ? NET_IN : 0) |
                          (uint32_t)(files[i].events & (POLLOUT | POLLWRNORM) ? NET_OUT : 0);
        err_t err = socket_ready(socket, &net);
        if (err != ERR_OK) {
            files[i].revents = POLLERR | POLLHUP | (files[i].events & (POLLIN | POLLOUT));
            return ERR_OK;
        }
        asked[asked_count++] = (struct net_interest){socket->number, events};
    }
    ticks_t before = rpc_set_deadline(deadline);
    err_t err = net_poll(net, wait, asked, asked_count, ready, POLL_MOST, &ready_count);
    rpc_set_deadline(before);
    for (unsigned i = 0; err == ERR_OK && i < count; i++) {
        const struct socket_file *socket = socket_of(opened[i]);
        for (uint32_t k = 0; socket != NULL && k < ready_count; k++) {
            if (ready[k].socket == socket->number) files[i].revents |= (short)ready[k].events;
        }
    }
    return err;
}

static int ready_count(const struct pollfd *files, unsigned count)
{
    int ready = 0;
    for (unsigned i = 0; i < count; i++)
        ready += files[i].revents != 0;
    return ready;
}

int sockets_poll(struct pollfd *files, unsigned count, struct opened *const *opened, bool wait, ticks_t deadline)
{
    for (;;) {
        bool asked;
        bool now = sockets_look(files, count, opened, &asked) > 0 || !wait;
        if (!now || asked) {
            err_t err = sockets_ask(files, count, opened, !now, now ? 0 : deadline);
            if (socket_try_again(err)) continue;
            if (err != ERR_OK && err != ERR_TIMEOUT) return file_fail(err);
            if (err == ERR_TIMEOUT) wait = false;
        }
        if (!wait || ready_count(files, count) > 0) return 0;
    }
}
