/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel to net, and a socket's place there. If net was started again a socket of packets and a listener are opened there as they were, with
 * their ports, and go on; a connection is lost, and says so.
 *
 * Data goes through a frame of the program's own, which it shares with net. Where no frame goes, to another core, data goes in messages.
 */
#include "socket.h"
#include <caps/caps.h>
#include <idl/names.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <stdlib.h>

#define FIND_MS 2000 /* how long net is waited for, should it not be there */

static struct mutex mutex; /* of binding */

static err_t name_await(void)
{
    cptr_t endpoint;
    uint64_t pid;
    ticks_t before = rpc_set_deadline(deadline_after_ms(FIND_MS));
    err_t err = names_await(names_default(), "net", &pid, &endpoint);
    rpc_set_deadline(before);
    if (err == ERR_OK) cap_free(endpoint);
    return err;
}

err_t net_channel(struct net_client **out)
{
    struct net_client *net = *out = net_default();
    if (net->channel.state == CHANNEL_BOUND || net->channel.state == CHANNEL_BOUND_UMP) return ERR_OK;
    mutex_lock(&mutex);
    err_t err = net->channel.state == CHANNEL_DEAD ? channel_rebind(&net->channel) : channel_bind(&net->channel);
    if (err == ERR_NOT_FOUND || err == ERR_PEER_DEAD) {
        err = name_await();
        if (err == ERR_OK) err = channel_rebind(&net->channel);
    }
    mutex_unlock(&mutex);
    return err == ERR_OK ? ERR_OK : ERR_NETWORK_DOWN;
}

bool socket_try_again(err_t error)
{
    return error == ERR_PEER_DEAD || error == ERR_CLOSED || error == ERR_ENDPOINT_DEAD;
}

static uint32_t receive_bytes(const struct socket_file *socket)
{
    return socket->kind == NET_KIND_STREAM ? SOCKET_STREAM_RING : SOCKET_PACKET_RING;
}

static err_t frame_make(struct socket_file *socket)
{
    uint32_t half = receive_bytes(socket);
    uint64_t bytes = SOCKET_RING_HEADER + 2 * (uint64_t)half;
    cptr_t ram;
    vaddr_t va;
    err_t err = ram_alloc(bytes, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype_new(&socket->frame, ram, 0, CAP_FRAME, bytes);
    cap_free(ram);
    if (err != ERR_OK) {
        socket->frame = 0;
        return err;
    }
    err = paging_map(socket->frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "socket", &va);
    if (err != ERR_OK) {
        cap_free(socket->frame);
        socket->frame = 0;
        return err;
    }
    socket_ring_init(&socket->ring, (void *)va, half, half);
    return ERR_OK;
}

void socket_release(struct socket_file *socket)
{
    if (socket->frame == 0) return;
    paging_unmap((vaddr_t)socket->ring.header, SOCKET_RING_HEADER + 2 * (uint64_t)receive_bytes(socket));
    cap_free(socket->frame);
    socket->frame = 0;
}

/* With the socket's lock. */
static err_t memory_share(struct socket_file *socket, struct net_client *net)
{
    if (socket->memory) return ERR_OK;
    err_t err = ERR_OK;
    if (!socket->messages) {
        if (socket->frame == 0) err = frame_make(socket);
        if (err != ERR_OK) return err;
        err = net_share(net, socket->number, socket->frame, receive_bytes(socket), receive_bytes(socket));
        socket->messages = err == ERR_MESSAGE || err == ERR_UNSUPPORTED;
        if (socket->messages) socket_release(socket);
    }
    if (socket->messages) err = net_share(net, socket->number, 0, 0, 0);
    socket->memory = err == ERR_OK;
    return err;
}

/* With the lock: a socket at this net that is as the other one was. */
static err_t open_again(struct socket_file *socket, struct net_client *net)
{
    uint16_t port;
    uint32_t generation = net->channel.generation;
    if (socket->connected && socket->kind == NET_KIND_STREAM) socket->lost = true;
    if (socket->lost || socket->connecting) return ERR_RESET;
    err_t err = net_open(net, socket->kind, &socket->number);
    if (err != ERR_OK) return err;
    socket->generation = generation;
    socket->memory = false;
    for (uint32_t i = 0; i < SOCKET_OPTIONS; i++) {
        if (socket->option_set & 1u << i) net_set_option(net, socket->number, (enum net_option)i, socket->option[i]);
    }
    if (socket->bound) err = net_bind(net, socket->number, socket->address, socket->port, &port);
    if (err == ERR_OK && socket->connected)
        err = net_connect(net, socket->number, socket->peer_address, socket->peer_port);
    if (err == ERR_OK && socket->listening) err = net_listen(net, socket->number, (uint32_t)socket->backlog);
    if (err == ERR_OK && socket->bound && !socket->listening) err = memory_share(socket, net);
    if (err != ERR_OK) {
        net_close(net, socket->number);
        socket->generation = 0;
    }
    return err;
}

static err_t place(struct socket_file *socket, struct net_client **net)
{
    if (socket->lost) return ERR_RESET;
    err_t err = net_channel(net);
    if (err == ERR_OK && socket->generation != (*net)->channel.generation) err = open_again(socket, *net);
    return err;
}

err_t socket_ready(struct socket_file *socket, struct net_client **net)
{
    mutex_lock(&socket->mutex);
    err_t err = place(socket, net);
    mutex_unlock(&socket->mutex);
    return err;
}

err_t socket_memory(struct socket_file *socket, struct net_client **net)
{
    mutex_lock(&socket->mutex);
    err_t err = place(socket, net);
    if (err == ERR_OK) err = memory_share(socket, *net);
    mutex_unlock(&socket->mutex);
    return err;
}

/* A socket of packets gets its port now, so that it can have the same at another net. */
static err_t port_take(struct socket_file *socket, struct net_client *net)
{
    if (socket->bound || socket->kind != NET_KIND_DATAGRAM) return ERR_OK;
    err_t err = net_bind(net, socket->number, 0, 0, &socket->port);
    socket->bound = err == ERR_OK || err == ERR_BUSY;
    return socket->bound ? ERR_OK : err;
}

err_t socket_ready_for_data(struct socket_file *socket, struct net_client **net)
{
    *net = net_default();
    struct channel *channel = &(*net)->channel;
    if (socket->memory && socket->generation == channel->generation && !socket->lost &&
        (channel->state == CHANNEL_BOUND || channel->state == CHANNEL_BOUND_UMP)) {
        return ERR_OK;
    }
    mutex_lock(&socket->mutex);
    err_t err = place(socket, net);
    if (err == ERR_OK) err = port_take(socket, *net);
    if (err == ERR_OK) err = memory_share(socket, *net);
    mutex_unlock(&socket->mutex);
    return err;
}

err_t socket_await(struct socket_file *socket, uint32_t events, ticks_t deadline)
{
    struct net_client *net;
    uint32_t ready;
    err_t err = socket_ready(socket, &net);
    if (err != ERR_OK) return err;
    ticks_t before = rpc_set_deadline(deadline);
    err = net_await(net, socket->number, events, &ready);
    rpc_set_deadline(before);
    return socket_try_again(err) ? socket_ready(socket, &net) : err;
}

uint32_t socket_state(const struct socket_file *socket)
{
    if (socket->ring.header == NULL || socket->messages) return 0;
    return atomic_load_explicit(&socket->ring.header->state, memory_order_acquire);
}

err_t socket_error(struct socket_file *socket)
{
    struct net_client *net;
    struct net_socket_status status = {0};
    err_t err = socket_ready(socket, &net);
    if (err == ERR_OK) err = net_status(net, socket->number, &status);
    if (err != ERR_OK) return socket_try_again(err) ? ERR_RESET : err;
    return status.state == NET_STATE_FAILED ? status.error : ERR_OK;
}

err_t socket_new(int type, enum net_kind kind, struct socket_file **out)
{
    struct socket_file *socket = calloc(1, sizeof *socket);
    if (socket == NULL) return ERR_NO_MEMORY;
    socket->type = type;
    socket->kind = kind;
    *out = socket;
    return ERR_OK;
}
