/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of all sockets. A number is worth something only to the client that opened it. A socket without a holder has been closed and stays
 * until its last bytes are on their way.
 */
#include "net.h"
#include <stdlib.h>

#define PASSED_MOST 64 /* how often one may be passed at a time */

static struct socket *table[CONFIG_NET_SOCKETS];
static uint32_t next_number;
static struct holder passed_on; /* of those that were closed and are still those whom they were passed to */

/* Numbers are not used again soon: one that was closed means nothing for a while. */
static bool number_free(uint32_t *number)
{
    for (uint32_t i = 0; i < CONFIG_NET_SOCKETS; i++) {
        uint32_t candidate = (next_number + i) % CONFIG_NET_SOCKETS;
        if (table[candidate] != NULL) continue;
        *number = candidate;
        next_number = candidate + 1;
        return true;
    }
    return false;
}

err_t socket_open(struct holder *holder, const struct socket_ops *ops, uint32_t kind, struct socket **out)
{
    uint32_t number;
    if (holder->account->sockets == CONFIG_NET_CLIENT_SOCKETS || !number_free(&number)) return ERR_TOO_MANY;
    struct socket *socket = calloc(1, sizeof *socket);
    if (socket == NULL) return ERR_NO_MEMORY;
    *socket = (struct socket){.ops = ops,
                              .holder = holder,
                              .account = holder->account,
                              .next = holder->sockets,
                              .number = number + 1,
                              .kind = kind,
                              .state = NET_STATE_UNBOUND,
                              .ttl = UDP_TTL};
    err_t err = ops->open != NULL ? ops->open(socket) : ERR_OK;
    if (err != ERR_OK) {
        free(socket);
        return err;
    }
    table[number] = socket;
    holder->sockets = socket;
    holder->account->sockets++;
    *out = socket;
    return ERR_OK;
}

struct socket *socket_at(uint32_t number)
{
    return number >= 1 && number <= CONFIG_NET_SOCKETS ? table[number - 1] : NULL;
}

struct socket *socket_find(const struct holder *holder, uint32_t number)
{
    struct socket *socket = socket_at(number);
    bool may = socket != NULL && (socket->holder == holder || holder->passed == socket);
    return may && socket->listener == NULL ? socket : NULL;
}

static void holder_leave(struct socket *socket)
{
    struct socket **link = &socket->holder->sockets;
    while (*link != socket)
        link = &(*link)->next;
    *link = socket->next;
    socket->holder = NULL;
}

void socket_free(struct socket *socket)
{
    struct account *account = socket->account;
    if (socket->holder != NULL) holder_leave(socket);
    waits_forget_socket(socket);
    socket_forget(socket);
    if (socket->pending != NULL) pbuf_free(socket->pending);
    ring_drop(&socket->ring);
    table[socket->number - 1] = NULL;
    free(socket);
    account->sockets--;
    account_put(account);
}

static void close(struct socket *socket, bool dead)
{
    if (socket->passed == 0) waits_forget_socket(socket);
    holder_leave(socket);
    if (socket->passed == 0) {
        socket->ops->close(socket, dead);
        return;
    }
    socket->holder = &passed_on;
    socket->next = passed_on.sockets;
    passed_on.sockets = socket;
}

void socket_close(struct socket *socket)
{
    close(socket, false);
}

void sockets_end(struct holder *holder)
{
    while (holder->sockets != NULL)
        close(holder->sockets, true);
}

err_t socket_passed_get(struct socket *socket)
{
    if (socket->kind != NET_KIND_STREAM || socket->state != NET_STATE_CONNECTED) return ERR_UNSUPPORTED;
    if (socket->ring.header == NULL || socket->ring.frame != 0) return ERR_UNSUPPORTED;
    if (socket->passed == PASSED_MOST) return ERR_TOO_MANY;
    socket->passed++;
    return ERR_OK;
}

/* Programs that end do not close what they were passed, so that is no reason to reset it. */
void socket_passed_put(struct socket *socket)
{
    socket->passed--;
    if (socket->passed == 0 && socket->holder == &passed_on) close(socket, false);
}

void socket_fail(struct socket *socket, err_t error)
{
    socket->error = error;
    socket->state = NET_STATE_FAILED;
    socket_touch(socket);
}

uint32_t socket_events(struct socket *socket)
{
    uint32_t events = 0;
    if (ring_waiting(&socket->ring) > 0 || socket->pending != NULL || socket->accept_first != NULL || socket->end) {
        events |= NET_IN;
    }
    bool stream = socket->kind == NET_KIND_STREAM;
    if ((!stream || (socket->state == NET_STATE_CONNECTED && !socket->shut_sending)) &&
        ring_room(&socket->ring) >= SOCKET_RING_LEAST / 2) {
        events |= NET_OUT;
    }
    if (!stream && ring_to_send(&socket->ring) == 0) events |= NET_SENT;
    if (socket->ring.broken && socket->state != NET_STATE_FAILED) socket_fail(socket, ERR_INVALID);
    if (socket->state == NET_STATE_FAILED) events |= NET_IN | NET_OUT | NET_ERROR | NET_HANGUP;
    if (socket->end && socket->shut_sending) events |= NET_HANGUP;
    return events;
}
