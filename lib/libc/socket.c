/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets as descriptors: making them, naming them, connecting them, and their end. Those that a program leaves open when it exits are closed, not cut off. */
#include "socket.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_MS 1000 /* that close() may take */

static struct socket_file *sockets;
static struct mutex list_mutex;

struct socket_file *socket_get(int fd, struct opened **opened)
{
    *opened = opened_get(fd);
    if (*opened == NULL) return NULL;
    if ((*opened)->ops == &socket_ops) return (*opened)->file;
    opened_put(*opened);
    errno = ENOTSOCK;
    return NULL;
}

static int answer(struct opened *opened, err_t error)
{
    opened_put(opened);
    return error == ERR_OK ? 0 : file_fail(error);
}

static void list_add(struct socket_file *socket)
{
    mutex_lock(&list_mutex);
    socket->next = sockets;
    sockets = socket;
    mutex_unlock(&list_mutex);
}

static void list_remove(struct socket_file *socket)
{
    mutex_lock(&list_mutex);
    struct socket_file **link = &sockets;
    while (*link != socket)
        link = &(*link)->next;
    *link = socket->next;
    mutex_unlock(&list_mutex);
}

/* What was said is on its way before nothing is left to say it, unless the card has no room for longer than anybody waits. */
static void packets_await_sent(struct socket_file *socket)
{
    if (socket->kind == NET_KIND_STREAM || socket->messages || socket->frame == 0) return;
    if (socket_ring_room(&socket->ring) < socket->ring.send_bytes)
        socket_await(socket, NET_SENT, deadline_after_ms(CLOSE_MS));
}

static void net_forget(struct socket_file *socket)
{
    struct net_client *net = net_default();
    if (socket->generation == 0 || socket->generation != net->channel.generation) return;
    packets_await_sent(socket);
    net_close(net, socket->number);
    socket->generation = 0;
}

static void socket_end(void *file)
{
    struct socket_file *socket = file;
    list_remove(socket);
    net_forget(socket);
    socket_release(socket);
    free(socket);
}

static __attribute__((destructor)) void sockets_end(void)
{
    for (struct socket_file *socket = sockets; socket != NULL; socket = socket->next)
        net_forget(socket);
}

static err_t socket_read(void *file, void *bytes, size_t most, size_t *count)
{
    struct socket_transfer transfer = {.data = bytes, .bytes = most};
    return socket_receive(file, &transfer, count);
}

static err_t socket_write(void *file, const void *bytes, size_t most, size_t *count)
{
    struct socket_transfer transfer = {.data = (void *)bytes, .bytes = most};
    return socket_send(file, &transfer, count);
}

static bool socket_nonblocking(void *file, int on)
{
    struct socket_file *socket = file;
    if (on >= 0) socket->nonblocking = on != 0;
    return socket->nonblocking;
}

/* For a program that one starts. From now on data goes in messages: they can be read and sent by several, where memory is one process's. */
static err_t socket_share(void *file, cptr_t *endpoint)
{
    struct socket_file *socket = file;
    struct net_client *net;
    if (socket->kind != NET_KIND_STREAM || !socket->connected || socket->connecting) return ERR_UNSUPPORTED;
    mutex_lock(&socket->receiving);
    mutex_lock(&socket->sending);
    err_t err = socket_ready_for_data(socket, &net);
    if (err == ERR_OK && !socket->messages) {
        err = net_share(net, socket->number, 0, 0, 0);
        socket->messages = err == ERR_OK;
    }
    if (err == ERR_OK) err = net_pass(net, socket->number, endpoint);
    mutex_unlock(&socket->sending);
    mutex_unlock(&socket->receiving);
    return err;
}

const struct file_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .share = socket_share,
    .nonblocking = socket_nonblocking,
    .close = socket_end,
};

static err_t socket_add(struct socket_file *socket, int type, int *fd)
{
    socket->nonblocking = (type & SOCK_NONBLOCK) != 0;
    list_add(socket);
    err_t err = file_open(&socket_ops, socket, fd);
    if (err != ERR_OK) socket_end(socket);
    return err;
}

static err_t kind_of(int type, int protocol, enum net_kind *kind)
{
    bool tcp = type == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP);
    bool udp = type == SOCK_DGRAM && (protocol == 0 || protocol == IPPROTO_UDP);
    if ((type == SOCK_RAW || type == SOCK_DGRAM) && protocol == IPPROTO_ICMP) {
        *kind = type == SOCK_RAW ? NET_KIND_RAW_ECHO : NET_KIND_ECHO;
    } else {
        *kind = tcp ? NET_KIND_STREAM : NET_KIND_DATAGRAM;
        if (!tcp && !udp) return ERR_UNSUPPORTED;
    }
    return ERR_OK;
}

int socket(int domain, int type, int protocol)
{
    struct socket_file *made;
    struct net_client *net;
    enum net_kind kind;
    int fd, bare = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (domain != AF_INET) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (kind_of(bare, protocol, &kind) != ERR_OK) {
        errno = EPROTONOSUPPORT;
        return -1;
    }
    err_t err = socket_new(bare, kind, &made);
    if (err != ERR_OK) return file_fail(err);
    err = socket_ready(made, &net);
    if (err != ERR_OK) {
        free(made);
        errno = err == ERR_UNSUPPORTED ? EPROTONOSUPPORT : err == ERR_NETWORK_DOWN ? EAFNOSUPPORT : errno_of(err);
        return -1;
    }
    err = socket_add(made, type, &fd);
    return err == ERR_OK ? fd : file_fail(err);
}

/* An address of ours in the shape of POSIX, cut to the room there is. */
static void address_give(struct sockaddr *to, socklen_t *bytes, uint32_t address, uint16_t port)
{
    struct sockaddr_in in = {AF_INET, port, {address}, {0}};
    if (to == NULL || bytes == NULL) return;
    memcpy(to, &in, *bytes < sizeof in ? *bytes : sizeof in);
    *bytes = sizeof in;
}

static err_t address_take(const struct sockaddr *from, socklen_t bytes, struct sockaddr_in *in)
{
    if (from == NULL || bytes < sizeof *in) return ERR_INVALID;
    memcpy(in, from, sizeof *in);
    return in->sin_family == AF_INET || in->sin_family == AF_UNSPEC ? ERR_OK : ERR_UNSUPPORTED;
}

int bind(int fd, const struct sockaddr *address, socklen_t bytes)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct net_client *net;
    struct sockaddr_in in;
    uint16_t port = 0;
    if (socket == NULL) return -1;
    err_t err = address_take(address, bytes, &in);
    if (err == ERR_OK && socket->bound) err = ERR_INVALID;
    /* What comes as soon as it has a port has a place to go to; if that fails now its first use tells. */
    if (err == ERR_OK && socket->kind != NET_KIND_STREAM) socket_memory(socket, &net);
    if (err == ERR_OK)
        SOCKET_CALL(err, socket, net, net_bind(net, socket->number, in.sin_addr.s_addr, in.sin_port, &port));
    if (err == ERR_OK) {
        socket->address = in.sin_addr.s_addr;
        socket->port = port;
        socket->bound = true;
        if (socket->kind != NET_KIND_STREAM) err = socket_ready_for_data(socket, &net);
    }
    return answer(opened, err);
}

int listen(int fd, int backlog)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct net_client *net;
    uint32_t most = backlog < 1 ? 1 : backlog > SOMAXCONN ? SOMAXCONN : (uint32_t)backlog;
    err_t err = ERR_OK;
    if (socket == NULL) return -1;
    if (!socket->bound) {
        SOCKET_CALL(err, socket, net, net_bind(net, socket->number, 0, 0, &socket->port));
        socket->bound = err == ERR_OK;
    }
    if (err == ERR_OK) SOCKET_CALL(err, socket, net, net_listen(net, socket->number, most));
    if (err == ERR_OK) {
        socket->listening = true;
        socket->backlog = (int)most;
    }
    if (err == ERR_UNSUPPORTED) {
        opened_put(opened);
        errno = EOPNOTSUPP;
        return -1;
    }
    return answer(opened, err);
}

static err_t accept_one(struct socket_file *listener, struct socket_file **made, ticks_t deadline)
{
    struct net_client *net;
    uint32_t number, address;
    uint16_t port;
    for (;;) {
        err_t err;
        SOCKET_CALL(err, listener, net, net_accept(net, listener->number, &number, &address, &port));
        if (err == ERR_AGAIN) {
            if (listener->nonblocking) return ERR_AGAIN;
            err = socket_await(listener, NET_IN, deadline);
            if (err == ERR_TIMEOUT) return ERR_AGAIN;
            if (err == ERR_OK) continue;
        }
        if (err == ERR_OK) err = socket_new(SOCK_STREAM, NET_KIND_STREAM, made);
        if (err != ERR_OK) return err;
        (*made)->number = number;
        (*made)->generation = net->channel.generation;
        (*made)->connected = true;
        (*made)->peer_address = address;
        (*made)->peer_port = port;
        return ERR_OK;
    }
}

int accept4(int fd, struct sockaddr *address, socklen_t *bytes, int flags)
{
    struct opened *opened;
    struct socket_file *listener = socket_get(fd, &opened), *made;
    struct net_client *net;
    int accepted = -1;
    if (listener == NULL) return -1;
    err_t err = listener->listening ? ERR_OK : ERR_INVALID;
    if (err == ERR_OK) {
        err = accept_one(listener, &made, listener->receive_us != 0 ? deadline_after_us(listener->receive_us) : 0);
    }
    if (err == ERR_OK) {
        address_give(address, bytes, made->peer_address, made->peer_port);
        err = socket_add(made, flags, &accepted);
        if (err == ERR_OK) socket_ready_for_data(made, &net); /* else its first use tells */
    }
    opened_put(opened);
    return err == ERR_OK ? accepted : file_fail(err);
}

int accept(int fd, struct sockaddr *address, socklen_t *bytes)
{
    return accept4(fd, address, bytes, 0);
}

/* A stream's connection is there, or has failed. */
static err_t connect_finish(struct socket_file *socket)
{
    struct net_client *net;
    struct net_socket_status status = {0};
    err_t err = socket_await(socket, NET_OUT, socket->send_us != 0 ? deadline_after_us(socket->send_us) : 0);
    if (err == ERR_TIMEOUT) return ERR_IN_PROGRESS;
    if (err == ERR_OK) err = socket_ready(socket, &net);
    if (err == ERR_OK) err = net_status(net, socket->number, &status);
    socket->connecting = false;
    if (err == ERR_OK && status.state == NET_STATE_FAILED) err = status.error;
    return err;
}

static err_t connect_to(struct socket_file *socket, const struct sockaddr_in *in)
{
    struct net_client *net;
    err_t err;
    bool stream = socket->kind == NET_KIND_STREAM, none = in->sin_family == AF_UNSPEC;
    uint32_t address = none ? 0 : in->sin_addr.s_addr != 0 ? in->sin_addr.s_addr : htonl(INADDR_LOOPBACK);
    if (stream && socket->connected) return socket->connecting ? ERR_IN_PROGRESS : ERR_CONNECTED;
    err = socket_ready_for_data(socket, &net);
    if (err == ERR_OK)
        SOCKET_CALL(err, socket, net, net_connect(net, socket->number, address, none ? 0 : in->sin_port));
    if (err != ERR_OK) return err;
    socket->peer_address = address;
    socket->peer_port = none ? 0 : in->sin_port;
    socket->connected = !none;
    if (!stream) return ERR_OK;
    socket->connecting = true;
    if (socket->nonblocking) return ERR_IN_PROGRESS;
    return connect_finish(socket);
}

int connect(int fd, const struct sockaddr *address, socklen_t bytes)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct sockaddr_in in;
    if (socket == NULL) return -1;
    err_t err = address_take(address, bytes, &in);
    if (err == ERR_OK) err = connect_to(socket, &in);
    return answer(opened, err);
}

int shutdown(int fd, int how)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct net_client *net;
    err_t err = how < SHUT_RD || how > SHUT_RDWR ? ERR_INVALID : ERR_OK;
    if (socket == NULL) return -1;
    bool receiving = how != SHUT_WR, sending = how != SHUT_RD;
    if (err == ERR_OK) SOCKET_CALL(err, socket, net, net_shutdown(net, socket->number, receiving, sending));
    if (err == ERR_OK) {
        socket->shut_receiving |= receiving;
        socket->shut_sending |= sending;
    }
    return answer(opened, err);
}

static int name_give(int fd, struct sockaddr *address, socklen_t *bytes, bool peer)
{
    struct opened *opened;
    struct socket_file *socket = socket_get(fd, &opened);
    struct net_socket_status status = {0};
    struct net_client *net;
    err_t err;
    if (socket == NULL) return -1;
    SOCKET_CALL(err, socket, net, net_status(net, socket->number, &status));
    if (err == ERR_OK && peer && (status.peer_address == 0 || status.state == NET_STATE_FAILED))
        err = ERR_NOT_CONNECTED;
    if (err == ERR_OK) {
        address_give(address, bytes, peer ? status.peer_address : status.address, peer ? status.peer_port : status.port);
    }
    return answer(opened, err);
}

int getsockname(int fd, struct sockaddr *address, socklen_t *bytes)
{
    return name_give(fd, address, bytes, false);
}

int getpeername(int fd, struct sockaddr *address, socklen_t *bytes)
{
    return name_give(fd, address, bytes, true);
}
