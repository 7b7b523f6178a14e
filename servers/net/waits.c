/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that wait for sockets: await() for one, poll() for several. A wait has a node in the list of each of its sockets, so that what comes
 * for one socket costs nothing for those that wait for others.
 */
#include "net.h"
#include <messaging/server.h>
#include <stdlib.h>

#define HOLDER_WAITS 64
#define POLL_MOST 64

struct wait_node {
    struct wait *wait;
    struct socket *socket;
    struct wait_node *next; /* of the socket */
    uint32_t events;
};

struct wait {
    struct wait *next, **link; /* of all */
    struct holder *holder;
    struct reply *reply;
    void (*answer)(struct reply *reply, err_t error, uint32_t ready); /* NULL: poll() */
    uint32_t count;
    struct wait_node node[];
};

static struct wait *waits;

static void wait_free(struct wait *wait)
{
    for (uint32_t i = 0; i < wait->count; i++) {
        struct wait_node **link = &wait->node[i].socket->waits;
        while (*link != &wait->node[i])
            link = &(*link)->next;
        *link = wait->node[i].next;
    }
    *wait->link = wait->next;
    if (wait->next != NULL) wait->next->link = wait->link;
    wait->holder->waits--;
    free(wait);
}

err_t wait_add(struct holder *holder, struct reply *reply,
               void (*answer)(struct reply *reply, err_t error, uint32_t ready), const struct net_interest *interests,
               uint32_t count)
{
    if (holder->waits == HOLDER_WAITS) return ERR_TOO_MANY;
    struct wait *wait = malloc(sizeof *wait + count * sizeof wait->node[0]);
    if (wait == NULL) return ERR_NO_MEMORY;
    *wait =
        (struct wait){.next = waits, .link = &waits, .holder = holder, .reply = reply, .answer = answer, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        struct socket *socket = socket_find(holder, interests[i].socket);
        wait->node[i] = (struct wait_node){wait, socket, socket->waits, interests[i].events | NET_ERROR | NET_HANGUP};
        socket->waits = &wait->node[i];
    }
    if (waits != NULL) waits->link = &wait->next;
    waits = wait;
    holder->waits++;
    return ERR_OK;
}

/* All of its sockets that are ready. */
static void wait_answer(struct wait *wait)
{
    struct net_interest ready[POLL_MOST];
    uint32_t count = 0;
    for (uint32_t i = 0; i < wait->count; i++) {
        uint32_t events = socket_events(wait->node[i].socket) & wait->node[i].events;
        if (events != 0) ready[count++] = (struct net_interest){wait->node[i].socket->number, events};
    }
    if (wait->answer == NULL) {
        net_reply_poll(wait->reply, ERR_OK, ready, count);
    } else {
        wait->answer(wait->reply, ERR_OK, count > 0 ? ready[0].events : NET_ERROR);
    }
}

void waits_run(struct socket *socket)
{
    struct wait_node *node = socket->waits;
    if (node == NULL) return;
    uint32_t events = socket_events(socket);
    while (node != NULL) {
        struct wait_node *next = node->next;
        if ((events & node->events) != 0) {
            struct wait *wait = node->wait;
            while (next != NULL && next->wait == wait)
                next = next->next;
            wait_answer(wait);
            wait_free(wait);
        }
        node = next;
    }
}

void waits_forget_socket(struct socket *socket)
{
    while (socket->waits != NULL) {
        struct wait *wait = socket->waits->wait;
        if (wait->answer == NULL) {
            struct net_interest ready = {socket->number, NET_ERROR | NET_HANGUP};
            net_reply_poll(wait->reply, ERR_OK, &ready, 1);
        } else {
            wait->answer(wait->reply, ERR_NOT_OPEN, 0);
        }
        wait_free(wait);
    }
}

void waits_forget(struct holder *holder)
{
    struct wait *next;
    for (struct wait *wait = waits; wait != NULL; wait = next) {
        next = wait->next;
        if (wait->holder != holder) continue;
        reply_drop(wait->reply);
        wait_free(wait);
    }
}

bool wait_cancel(struct reply *reply)
{
    struct wait *wait = waits;
    while (wait != NULL && wait->reply != reply)
        wait = wait->next;
    if (wait == NULL) return false;
    reply_drop(reply);
    wait_free(wait);
    return true;
}
