/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A round: after requests and packets, in whatever number, what follows from them is done once: packets to ourselves are received, what programs want to
 * send is taken, those who wait are answered.
 *
 * Of two programs that send without end each has its turn: a socket is pumped for a bounded number of packets, then goes to the end of the queue.
 */
#include "net.h"

#define ROUND_MOST 64 /* sockets before requests and devices are looked at again */

static struct socket *touched, **touched_last = &touched;
static struct socket *watched;

void socket_touch(struct socket *socket)
{
    if (socket->touched) return;
    socket->touched = true;
    socket->touched_next = NULL;
    *touched_last = socket;
    touched_last = &socket->touched_next;
    round_post();
}

void socket_watch(struct socket *socket)
{
    if (socket->watched) return;
    if (watched == NULL) round_watch_later();
    socket->watched = true;
    socket->watched_next = watched;
    watched = socket;
    ring_want_sent(&socket->ring, false);
}

static struct socket *touched_take(void)
{
    struct socket *socket = touched;
    if (socket == NULL) return NULL;
    touched = socket->touched_next;
    if (touched == NULL) touched_last = &touched;
    socket->touched = false;
    return socket;
}

void socket_forget(struct socket *socket)
{
    struct socket **link = &touched;
    while (*link != NULL && *link != socket)
        link = &(*link)->touched_next;
    if (*link != NULL) {
        *link = socket->touched_next;
        if (touched_last == &socket->touched_next) touched_last = link;
    }
    for (link = &watched; *link != NULL; link = &(*link)->watched_next) {
        if (*link != socket) continue;
        *link = socket->watched_next;
        break;
    }
}

static void state_tell(struct socket *socket)
{
    uint32_t state = (socket->end ? SOCKET_END : 0) | (socket->state == NET_STATE_FAILED ? SOCKET_FAILED : 0) |
                     (socket->state == NET_STATE_CONNECTED ? SOCKET_CONNECTED : 0) |
                     (socket->accept_first != NULL ? SOCKET_WAITING : 0);
    if (state == socket->told) return;
    socket->told = state;
    ring_state(&socket->ring, state);
}

/* Packets to ourselves that have not been received yet. */
static bool loop_waiting(void)
{
    struct netif *netif;
    NETIF_FOREACH(netif)
    {
        if (netif->loop_first != NULL) return true;
    }
    return false;
}

/* In steps: true: there is more to do. */
bool round_run(void)
{
    struct socket *socket;
    offload_poll();
    for (unsigned i = 0; i < ROUND_MOST && (socket = touched_take()) != NULL; i++) {
        bool closed = socket->holder == NULL; /* then it may be gone after this */
        if (socket->state != NET_STATE_FAILED) socket->ops->pump(socket);
        if (closed) continue;
        state_tell(socket);
        waits_run(socket);
    }
    return touched != NULL || loop_waiting();
}

/* Of those that did not send meanwhile we want to be told again. */
void round_watched(void)
{
    struct socket *socket = watched, *next;
    watched = NULL;
    for (; socket != NULL; socket = next) {
        next = socket->watched_next;
        socket->watched = false;
        if (ring_to_send(&socket->ring) > 0) socket_watch(socket);
        socket_touch(socket);
    }
}

/* What it waits for may depend on what it has put into its ring. Who has read all has had its turn. */
uint32_t socket_events_now(struct socket *socket)
{
    if (socket->pausing && ring_waiting(&socket->ring) == 0) {
        socket->pausing = false;
        nics_resume();
    }
    if (socket->state != NET_STATE_FAILED) socket->ops->pump(socket);
    return socket_events(socket);
}
