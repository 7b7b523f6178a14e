/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of sockets share. Floors, from below: socket_ring; socket_link (the channel to net, memory, beginning again when net was started again);
 * socket_data, socket_options; socket; socket_poll. Addresses and names (socket_address, socket_names) know nothing of them.
 */
#ifndef LIBC_SOCKET_H
#define LIBC_SOCKET_H

#include "table.h"
#include <idl/net.h>
#include <libc/socket_ring.h>
#include <netinet/in.h>
#include <threads/sync.h>

#define SOCKET_OPTIONS (NET_OPTION_LINGER + 1)

struct socket_file {
    struct socket_file *next; /* of all */
    int type;                 /* SOCK_* */
    enum net_kind kind;
    uint32_t number;                 /* at net, */
    uint32_t generation;             /* on the channel when it was opened there */
    struct mutex mutex;              /* of what follows, */
    struct mutex receiving, sending; /* and of each half of the ring */
    struct socket_ring ring;
    cptr_t frame;  /* 0: none yet, or: */
    bool messages; /* net is on another core, to which memory does not go: data goes in messages */
    bool memory;   /* net knows where data goes */
    bool bound, listening, connecting, connected;
    bool lost; /* the connection ended with the net that had it */
    bool shut_receiving, shut_sending, failed;
    int backlog;
    uint32_t address, peer_address; /* of bind() and connect(), */
    uint16_t port, peer_port;       /* in the order of the network */
    bool nonblocking;
    uint64_t receive_us, send_us; /* how long to wait; 0: for ever */
    uint32_t option_set, option[SOCKET_OPTIONS];
    struct linger linger;
};

extern const struct file_ops socket_ops;

/* The socket of a descriptor; *opened is held. NULL: errno says EBADF, ENOTSOCK. */
struct socket_file *socket_get(int fd, struct opened **opened);

/* The channel to net, bound. ERR_UNSUPPORTED: there is none. */
err_t net_channel(struct net_client **net);
/* Open at net, again if that was started anew. ERR_RESET: a connection that is gone with it. */
err_t socket_ready(struct socket_file *socket, struct net_client **net);
/* The same, and there is memory for data; */
err_t socket_memory(struct socket_file *socket, struct net_client **net);
/* and a port. */
err_t socket_ready_for_data(struct socket_file *socket, struct net_client **net);
/* Is `error` that of a net that has gone, so that socket_ready() may help? */
bool socket_try_again(err_t error);
/* `call` is an expression with `net` in it, done again once if net was started again meanwhile. */
#define SOCKET_CALL(err, socket, net, call)                                                                            \
    do {                                                                                                               \
        (err) = socket_ready(socket, &(net));                                                                          \
        if ((err) == ERR_OK) (err) = (call);                                                                           \
        if (socket_try_again(err) && ((err) = socket_ready(socket, &(net))) == ERR_OK) (err) = (call);                 \
    } while (0)
/* Waits for events of net.idl. ERR_TIMEOUT. */
err_t socket_await(struct socket_file *socket, uint32_t events, ticks_t deadline);
/* Why the socket has failed, by what net says. */
err_t socket_error(struct socket_file *socket);
uint32_t socket_state(const struct socket_file *socket); /* SOCKET_* of its header */
void socket_release(struct socket_file *socket);         /* its memory */
err_t socket_new(int type, enum net_kind kind, struct socket_file **socket);

/* socket_data.c */
struct socket_transfer {
    void *data;
    size_t bytes;
    int flags;
    struct sockaddr_in *peer; /* NULL: whom it is connected to */
    size_t length;            /* of the packet */
};
err_t socket_receive(struct socket_file *socket, struct socket_transfer *transfer, size_t *count);
err_t socket_send(struct socket_file *socket, const struct socket_transfer *transfer, size_t *count);

#endif
