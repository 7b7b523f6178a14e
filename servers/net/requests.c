/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls on sockets, and the clients that make them: whatever comes is checked here, and done by what stands below. */
#include "requests.h"
#include <stdlib.h>

static struct holder *holder_of(const struct call *call)
{
    return call->client->user;
}

static err_t socket_of(const struct call *call, uint32_t number, struct socket **socket)
{
    *socket = socket_find(holder_of(call), number);
    return *socket != NULL ? ERR_OK : ERR_NOT_OPEN;
}

static err_t handle_open(struct call *call, enum net_kind kind, uint32_t *number)
{
    struct socket *socket;
    const struct socket_ops *ops = kind == NET_KIND_STREAM     ? &stream_ops
                                   : kind == NET_KIND_DATAGRAM ? &packet_ops
                                                               : &echo_ops;
    err_t err = socket_open(holder_of(call), ops, kind, &socket);
    if (err == ERR_OK) *number = socket->number;
    return err;
}

static err_t handle_close(struct call *call, uint32_t number)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err == ERR_OK) socket_close(socket);
    round_post();
    return err;
}

static err_t handle_share(struct call *call, uint32_t number, cptr_t frame, uint32_t receive_bytes, uint32_t send_bytes)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    bool over = frame == 0 && socket->ring.frame != 0 && socket->kind == NET_KIND_STREAM;
    err = frame != 0 ? ring_share(&socket->ring, frame, receive_bytes, send_bytes)
          : over     ? ring_own(&socket->ring)
                     : ring_make(&socket->ring);
    if (err != ERR_OK) return err;
    if (frame != 0) call_take_cap(call, frame);
    socket->told = 0;
    if (!over) socket->returned = socket->ring.arrived;
    socket_touch(socket);
    return ERR_OK;
}

static err_t handle_pass(struct call *call, uint32_t number, cptr_t *endpoint)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err == ERR_OK) err = passed_make(socket, endpoint);
    if (err == ERR_OK) call_give_caps(call);
    return err;
}

static err_t handle_bind(struct call *call, uint32_t number, uint32_t address, uint16_t port, uint16_t *bound)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    return device_has(address) ? socket->ops->bind(socket, address, port, bound) : ERR_NO_ADDRESS;
}

static err_t handle_connect(struct call *call, uint32_t number, uint32_t address, uint16_t port)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err == ERR_OK) err = socket->ops->connect(socket, address, port);
    round_post();
    return err;
}

static err_t handle_listen(struct call *call, uint32_t number, uint32_t backlog)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    return socket->ops->listen != NULL ? socket->ops->listen(socket, backlog) : ERR_UNSUPPORTED;
}

static err_t handle_accept(struct call *call, uint32_t number, uint32_t *accepted, uint32_t *address, uint16_t *port)
{
    struct socket *socket, *came;
    struct net_socket_status status = {0};
    err_t err = socket_of(call, number, &socket);
    if (err == ERR_OK) err = socket->ops->listen != NULL ? stream_accept(socket, &came) : ERR_UNSUPPORTED;
    if (err != ERR_OK) return err;
    came->ops->status(came, &status);
    *accepted = came->number;
    *address = status.peer_address;
    *port = status.peer_port;
    return ERR_OK;
}

static err_t handle_shutdown(struct call *call, uint32_t number, bool receiving, bool sending)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    return socket->ops->shutdown != NULL ? socket->ops->shutdown(socket, receiving, sending) : ERR_UNSUPPORTED;
}

static err_t handle_set_option(struct call *call, uint32_t number, enum net_option option, uint32_t value)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    return err == ERR_OK ? socket->ops->set_option(socket, option, value) : err;
}

static void status_fill(struct socket *socket, struct net_socket_status *status)
{
    status->kind = socket->kind;
    status->state = socket->state;
    status->error = socket->error;
    status->receive_queue = ring_waiting(&socket->ring) + (socket->pending != NULL ? socket->pending->tot_len : 0);
    status->send_queue = ring_to_send(&socket->ring);
    status->received = socket->received;
    status->sent = socket->sent;
    status->dropped = socket->dropped;
    status->pid = socket->account->pid;
    socket->ops->status(socket, status);
}

static err_t handle_status(struct call *call, uint32_t number, struct net_socket_status *status)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err == ERR_OK) status_fill(socket, status);
    return err;
}

/* The error is that of the last packet that was sent, if there is one. */
static err_t handle_kick(struct call *call, uint32_t number)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    if (socket->state == NET_STATE_FAILED) return socket->error;
    err = socket->ops->pump(socket);
    round_post();
    return err;
}

static err_t wait_begin(struct call *call, bool poll, const struct net_interest *interests, uint32_t count)
{
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err = wait_add(holder_of(call), reply, poll ? NULL : net_reply_await, interests, count);
    if (err != ERR_OK) reply_error(reply, err);
    return ERR_OK;
}

static err_t handle_await(struct call *call, uint32_t number, uint32_t events, uint32_t *ready)
{
    struct socket *socket;
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    *ready = socket_events_now(socket) & (events | NET_ERROR | NET_HANGUP);
    round_post();
    if (*ready != 0) return ERR_OK;
    return wait_begin(call, false, &(struct net_interest){number, events}, 1);
}

static err_t handle_poll(struct call *call, bool wait, const struct net_interest *sockets, uint32_t count,
                         struct net_interest *ready, uint32_t *ready_count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct socket *socket;
        err_t err = socket_of(call, sockets[i].socket, &socket);
        if (err != ERR_OK) return err;
        uint32_t events = socket_events_now(socket) & (sockets[i].events | NET_ERROR | NET_HANGUP);
        if (events != 0) ready[(*ready_count)++] = (struct net_interest){sockets[i].socket, events};
    }
    round_post();
    return *ready_count > 0 || !wait ? ERR_OK : wait_begin(call, true, sockets, count);
}

static err_t handle_send(struct call *call, uint32_t number, uint32_t address, uint16_t port, const void *data,
                         size_t bytes, uint32_t *count)
{
    struct socket *socket;
    struct socket_record record = {.bytes = (uint32_t)bytes, .address = address, .port = port};
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    if (socket->state == NET_STATE_FAILED) return socket->error;
    if (socket->ring.header == NULL || socket->ring.frame != 0) return ERR_INVALID;
    if (socket->kind == NET_KIND_STREAM) {
        if (socket->state != NET_STATE_CONNECTED || socket->shut_sending) return ERR_NOT_CONNECTED;
        *count = (uint32_t)socket_ring_put(&socket->ring.own, data, bytes);
    } else if (socket_ring_put_packet(&socket->ring.own, &record, data)) {
        *count = (uint32_t)bytes;
    }
    err = socket->ops->pump(socket);
    round_post();
    return err != ERR_OK ? err : *count > 0 || bytes == 0 ? ERR_OK : ERR_AGAIN;
}

static err_t handle_receive(struct call *call, uint32_t number, uint32_t most, bool peek, uint32_t *address,
                            uint16_t *port, uint32_t *length, void *data, size_t *bytes)
{
    struct socket *socket;
    struct socket_record record = {0};
    err_t err = socket_of(call, number, &socket);
    if (err != ERR_OK) return err;
    if (socket->ring.header == NULL || socket->ring.frame != 0) return ERR_INVALID;
    if (most > NET_CHUNK) most = NET_CHUNK;
    if (socket->kind == NET_KIND_STREAM) {
        *bytes = socket_ring_take(&socket->ring.own, data, most, peek);
        *length = (uint32_t)*bytes;
        if (*bytes > 0) socket_touch(socket);
        if (*bytes > 0 || socket->end) return ERR_OK;
    } else if (socket_ring_take_packet(&socket->ring.own, &record, data, most, peek)) {
        *address = record.address;
        *port = record.port;
        *length = record.bytes;
        *bytes = record.bytes < most ? record.bytes : most;
        return ERR_OK;
    }
    return socket->state == NET_STATE_FAILED ? socket->error : ERR_AGAIN;
}

static err_t handle_sockets(struct call *call, uint32_t first, uint32_t *next, struct net_socket_status *sockets,
                            uint32_t *count)
{
    (void)call;
    uint32_t number = first;
    for (; number < CONFIG_NET_SOCKETS && *count < 16; number++) {
        struct socket *socket = socket_at(number + 1);
        if (socket != NULL) status_fill(socket, &sockets[(*count)++]);
    }
    *next = number;
    return ERR_OK;
}

static err_t client_new(struct client *client)
{
    struct holder *holder = calloc(1, sizeof *holder);
    struct account *account = holder != NULL ? account_get(client->pid) : NULL;
    if (account == NULL) {
        free(holder);
        return ERR_NO_MEMORY;
    }
    account->clients++;
    holder->account = account;
    client->user = holder;
    return ERR_OK;
}

static void client_gone(struct client *client)
{
    struct holder *holder = client->user;
    waits_forget(holder);
    sockets_end(holder);
    holder->account->clients--;
    account_put(holder->account);
    free(holder);
    round_post();
}

static void canceled(struct reply *reply)
{
    wait_cancel(reply); /* others are dropped when they are answered */
}

static const struct net_ops ops = {
    .open = handle_open,
    .close = handle_close,
    .share = handle_share,
    .bind = handle_bind,
    .connect = handle_connect,
    .listen = handle_listen,
    .accept = handle_accept,
    .shutdown = handle_shutdown,
    .set_option = handle_set_option,
    .status = handle_status,
    .kick = handle_kick,
    .await = handle_await,
    .poll = handle_poll,
    .send = handle_send,
    .receive = handle_receive,
    .pass = handle_pass,
    .resolve = handle_resolve,
    .devices = handle_devices,
    .configure = handle_configure,
    .configure_dhcp = handle_configure_dhcp,
    .set_up = handle_set_up,
    .name_server = handle_name_server,
    .set_name_server = handle_set_name_server,
    .arp_list = handle_arp_list,
    .arp_add = handle_arp_add,
    .arp_delete = handle_arp_delete,
    .protocols = handle_protocols,
    .sockets = handle_sockets,
};

struct service net_service =
    NET_SERVICE(&ops, .client_new = client_new, .client_gone = client_gone, .canceled = canceled);
