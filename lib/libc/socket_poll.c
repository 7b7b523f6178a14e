/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll() and select(). Sockets are asked for at net, all in one call, unless their own memory says already what they are ready for; other descriptors
 * count as ready, since their reads and writes are waited for where they are made.
 */
#include "socket.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <threads/thread.h>
#include <threads/time.h>

#define POLL_MOST 64

struct polled {
    struct opened *opened;
    struct socket_file *socket;
};

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

static int files_get(struct pollfd *files, nfds_t count, struct polled *polled)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++) {
        files[i].revents = 0;
        polled[i] = (struct polled){0};
        if (files[i].fd < 0) continue;
        polled[i].opened = opened_get(files[i].fd);
        if (polled[i].opened == NULL) {
            files[i].revents = POLLNVAL;
        } else if (polled[i].opened->ops == &socket_ops) {
            polled[i].socket = polled[i].opened->file;
        } else {
            files[i].revents = files[i].events & (POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
        }
        if (files[i].revents != 0) ready++;
    }
    return ready;
}

/* Who is ready by his own memory; *asked: whom net has to be asked about. */
static int sockets_look(struct pollfd *files, nfds_t count, const struct polled *polled, bool *asked)
{
    int ready = 0;
    *asked = false;
    for (nfds_t i = 0; i < count; i++) {
        short now = 0;
        if (polled[i].socket == NULL) continue;
        if (!ready_by_memory(polled[i].socket, files[i].events, &now)) *asked = true;
        files[i].revents = now;
        if (now != 0) ready++;
    }
    return ready;
}

static err_t sockets_ask(struct pollfd *files, nfds_t count, const struct polled *polled, bool wait, ticks_t deadline)
{
    struct net_interest asked[POLL_MOST], ready[POLL_MOST];
    struct net_client *net = net_default();
    uint32_t asked_count = 0, ready_count = 0;
    for (nfds_t i = 0; i < count; i++) {
        if (polled[i].socket == NULL) continue;
        uint32_t events = (uint32_t)(files[i].events & (POLLIN | POLLRDNORM) ? NET_IN : 0) |
                          (uint32_t)(files[i].events & (POLLOUT | POLLWRNORM) ? NET_OUT : 0);
        err_t err = socket_ready(polled[i].socket, &net);
        if (err != ERR_OK) {
            files[i].revents = POLLERR | POLLHUP | (files[i].events & (POLLIN | POLLOUT));
            return ERR_OK;
        }
        asked[asked_count++] = (struct net_interest){polled[i].socket->number, events};
    }
    ticks_t before = rpc_set_deadline(deadline);
    err_t err = net_poll(net, wait, asked, asked_count, ready, POLL_MOST, &ready_count);
    rpc_set_deadline(before);
    for (nfds_t i = 0; err == ERR_OK && i < count; i++) {
        for (uint32_t k = 0; polled[i].socket != NULL && k < ready_count; k++) {
            if (ready[k].socket == polled[i].socket->number) files[i].revents |= (short)ready[k].events;
        }
    }
    return err;
}

static int ready_count(const struct pollfd *files, nfds_t count)
{
    int ready = 0;
    for (nfds_t i = 0; i < count; i++)
        ready += files[i].revents != 0;
    return ready;
}

static int sockets_poll(struct pollfd *files, nfds_t count, const struct polled *polled, bool others, int timeout)
{
    ticks_t deadline = timeout < 0 ? 0 : deadline_after_ms((uint64_t)timeout);
    for (;;) {
        bool asked;
        int ready = sockets_look(files, count, polled, &asked);
        bool now = ready > 0 || others || timeout == 0;
        if (!now || asked) {
            err_t err = sockets_ask(files, count, polled, !now, now ? 0 : deadline);
            if (socket_try_again(err)) continue;
            if (err != ERR_OK && err != ERR_TIMEOUT) return file_fail(err);
            if (err == ERR_TIMEOUT) timeout = 0;
        }
        if (timeout == 0 || others || ready_count(files, count) > 0) return ready_count(files, count);
    }
}

int poll(struct pollfd *files, nfds_t count, int timeout)
{
    struct polled polled[POLL_MOST];
    bool any = false;
    if (count > POLL_MOST) {
        errno = EINVAL;
        return -1;
    }
    int ready = files_get(files, count, polled);
    for (nfds_t i = 0; i < count; i++)
        any |= polled[i].socket != NULL;
    if (any) {
        ready = sockets_poll(files, count, polled, ready > 0, timeout);
    } else if (ready == 0 && timeout != 0) {
        thread_sleep_until(timeout < 0 ? 0 : deadline_after_ms((uint64_t)timeout));
    }
    for (nfds_t i = 0; i < count; i++) {
        if (polled[i].opened != NULL) opened_put(polled[i].opened);
    }
    return ready;
}

int select(int count, fd_set *reading, fd_set *writing, fd_set *failing, struct timeval *time)
{
    struct pollfd files[POLL_MOST];
    nfds_t used = 0;
    int ready = 0, timeout = time == NULL ? -1 : (int)(time->tv_sec * 1000 + (time->tv_usec + 999) / 1000);
    for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
        short events = (reading != NULL && FD_ISSET(fd, reading) ? POLLIN : 0) |
                       (writing != NULL && FD_ISSET(fd, writing) ? POLLOUT : 0);
        if (events != 0 || (failing != NULL && FD_ISSET(fd, failing))) files[used++] = (struct pollfd){fd, events, 0};
    }
    if (poll(files, used, timeout) < 0) return -1;
    if (reading != NULL) FD_ZERO(reading);
    if (writing != NULL) FD_ZERO(writing);
    if (failing != NULL) FD_ZERO(failing);
    for (nfds_t i = 0; i < used; i++) {
        if (files[i].revents & POLLNVAL) {
            errno = EBADF;
            return -1;
        }
        bool in = (files[i].events & POLLIN) && (files[i].revents & (POLLIN | POLLHUP | POLLERR));
        bool out = (files[i].events & POLLOUT) && (files[i].revents & (POLLOUT | POLLERR));
        if (in) FD_SET(files[i].fd, reading);
        if (out) FD_SET(files[i].fd, writing);
        ready += in + out;
    }
    return ready;
}
