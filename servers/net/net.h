/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the server share. Floors, from below: stack (lwIP's needs), settings, accounts, guard, ring; sockets; waits; packets (UDP), echo (ICMP),
 * stream (TCP); resolve; devices, merge, timers; round; passed; requests; main. All run in one thread.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "stack.h"
#include <idl/net.h>
#include <libc/socket_ring.h>
#include <stdbool.h>

struct reply;
struct socket;
struct wait_node;

/* accounts.c: what a process has, which may be several clients. It stays until its last connection is gone. */
struct account {
    struct account *next;
    uint64_t pid;
    uint32_t clients;
    uint32_t sockets;
    uint32_t queued; /* bytes that lwIP holds to be sent and confirmed */
};

struct account *account_get(uint64_t pid);
void account_put(struct account *account); /* gone if it has nothing any more */

/* A client: its sockets, and calls of its that wait. */
struct holder {
    struct account *account;
    struct socket *sockets;
    struct socket *passed; /* passed.c: the only one that it may use, though it is another's */
    uint32_t waits;
    uint32_t resolves;
};

/* What a kind of socket can do; NULL: ERR_UNSUPPORTED. */
struct socket_ops {
    err_t (*open)(struct socket *socket);
    err_t (*bind)(struct socket *socket, uint32_t address, uint16_t port, uint16_t *bound);
    err_t (*connect)(struct socket *socket, uint32_t address, uint16_t port);
    err_t (*listen)(struct socket *socket, uint32_t backlog);
    err_t (*shutdown)(struct socket *socket, bool receiving, bool sending);
    err_t (*set_option)(struct socket *socket, uint32_t option, uint32_t value);
    void (*status)(const struct socket *socket, struct net_socket_status *status);
    /* Take what is in the ring to be sent, and note what was read of the other one. ERR_*: of the last packet. */
    err_t (*pump)(struct socket *socket);
    /* Its holder has closed it, or (`dead`) is gone. Ends with socket_free(), now or later. */
    void (*close)(struct socket *socket, bool dead);
};

/* ring.c: net's side of a socket's memory (libc/socket_ring.h). */
struct ring {
    struct socket_header *header; /* NULL: there is none yet */
    uint8_t *receive, *send;
    uint32_t receive_bytes, send_bytes;
    uint32_t arrived, taken; /* ours, of which the header only gets copies */
    uint32_t space;          /* after the last packet */
    cptr_t frame;            /* 0: the memory is ours, */
    struct socket_ring own;  /* and this is the program's side of it */
    bool broken;             /* the program wrote what cannot be, or took its memory away */
};

struct socket {
    const struct socket_ops *ops;
    struct holder *holder; /* NULL: closed, but not finished */
    struct account *account;
    struct socket *next; /* of the holder */
    uint32_t passed;     /* to so many holders; it stays while there are any */
    uint32_t number, kind;
    enum net_state state;
    err_t error; /* why it FAILED, or what became of the last packet */
    struct ring ring;
    union {
        struct udp_pcb *udp;
        struct tcp_pcb *tcp;
    };
    uint64_t received, sent, dropped;
    struct wait_node *waits;
    struct socket *touched_next, *watched_next;
    bool touched, watched;
    uint32_t told;      /* what the header says of its state */
    uint32_t paused_at; /* packets.c: how far it had read when net paused for it; */
    bool pausing;       /* it has not read all since */
    /* echo.c */
    uint16_t echo_id;
    uint8_t ttl, tos;
    uint32_t echo_peer;
    struct socket *echo_next;
    /* stream.c */
    struct pbuf *pending;        /* received, not in the ring yet */
    struct socket *accept_first; /* of a listener: who came; */
    struct socket *accept_next;
    struct socket *listener; /* of one that came and was not accepted yet */
    uint32_t returned;       /* how far its reading was told to lwIP */
    uint32_t in_flight;
    uint32_t orphan_polls;
    bool end, shut_receiving, shut_sending, sent_end, discard;
    bool reset; /* when it is closed */
};

/* sockets.c: the table of all sockets. */
err_t socket_open(struct holder *holder, const struct socket_ops *ops, uint32_t kind, struct socket **socket);
struct socket *socket_find(const struct holder *holder, uint32_t number);
struct socket *socket_at(uint32_t number); /* whoever's; for lists */
void socket_close(struct socket *socket);
void socket_free(struct socket *socket);
/* The holder is gone: all that it had ends now. */
void sockets_end(struct holder *holder);
/* One more, or one less, who was passed it. ERR_UNSUPPORTED: it is no connection; ERR_TOO_MANY. */
err_t socket_passed_get(struct socket *socket);
void socket_passed_put(struct socket *socket);
uint32_t socket_events(struct socket *socket);
void socket_fail(struct socket *socket, err_t error);

/* guard.c: words in memory that may be taken away. false: it was. */
bool guarded_word_load(const _Atomic uint32_t *word, uint32_t *value);
bool guarded_word_store(_Atomic uint32_t *word, uint32_t value);

/* ring.c. ERR_BUSY: there is memory already. The frame is the ring's if it answers ERR_OK. */
err_t ring_share(struct ring *ring, cptr_t frame, uint32_t receive_bytes, uint32_t send_bytes);
err_t ring_make(struct ring *ring); /* without a frame */
/* What is in the program's frame goes to memory of our own, and the frame is the program's alone. ERR_UNSUPPORTED: not of the size that ours has. */
err_t ring_own(struct ring *ring);
void ring_drop(struct ring *ring);
uint32_t ring_waiting(struct ring *ring); /* bytes that the program has not read yet */
uint32_t ring_to_send(struct ring *ring); /* bytes that were not taken yet */
uint32_t ring_space(struct ring *ring);
uint32_t ring_room(struct ring *ring); /* that the program has for sending */
bool ring_put_packet(struct ring *ring, uint32_t address, uint16_t port, const struct pbuf *packet);
/* As much as there is space for, of which the caller has asked. */
uint32_t ring_put_stream(struct ring *ring, const struct pbuf *data, uint32_t space);
/* The next packet to be sent; false: none, or what is there cannot be (broken). */
bool ring_next_packet(struct ring *ring, struct socket_record *record);
bool ring_copy_packet(struct ring *ring, const struct socket_record *record, struct pbuf *to);
void ring_packet_taken(struct ring *ring, const struct socket_record *record);
/* Contiguous bytes of a stream, and that they have been taken. */
uint32_t ring_stream(struct ring *ring, const void **bytes);
void ring_stream_taken(struct ring *ring, uint32_t bytes);
/* Does the program tell us when there is something to send? After `true`: what is there now has to be looked at once more. */
void ring_want_sent(struct ring *ring, bool wanted);
void ring_want_space(struct ring *ring, uint32_t bytes);
void ring_state(struct ring *ring, uint32_t state);

/* waits.c: calls that wait for sockets. `answer`: for one, how it is answered, as net_reply_await(); NULL: poll(). */
err_t wait_add(struct holder *holder, struct reply *reply,
               void (*answer)(struct reply *reply, err_t error, uint32_t ready), const struct net_interest *interests,
               uint32_t count);
void waits_run(struct socket *socket);           /* something has become of it: answer who waits for that */
void waits_forget_socket(struct socket *socket); /* it is closed: who waits for it hears so */
void waits_forget(struct holder *holder);
bool wait_cancel(struct reply *reply);

/* packets.c, echo.c, stream.c or stream_none.c */
extern const struct socket_ops packet_ops, echo_ops, stream_ops;
err_t stream_accept(struct socket *listener, struct socket **accepted);
const struct stats_proto *streams_statistics(void);
bool streams_active(void);
void streams_tick(void); /* each TCP_TMR_INTERVAL while they are */

/* resolve.c or resolve_none.c. ERR_IN_PROGRESS: `done` will be called, with address 0 if there is none; else it will not be. */
err_t resolve_begin(const char *name, uint32_t *address, void (*done)(void *context, uint32_t address), void *context);
void resolve_tick(void); /* each second */
uint32_t resolve_server(uint32_t number);
err_t resolve_set_server(uint32_t number, uint32_t address);

/* dhcp.c or dhcp_none.c */
err_t lease_begin(struct netif *netif);
void lease_end(struct netif *netif);
bool lease_has(const struct netif *netif);
bool lease_asks(void); /* an answer is awaited somewhere */
bool leases_are(void); /* there is a lease, which runs out some day */
void lease_fine(void);
void lease_coarse(void);

/* devices.c: network interfaces; nic.c: those with a driver. */
err_t devices_list(uint32_t first, struct net_device *devices, uint32_t *count);
struct netif *device_find(const char *name);
/* A new one: up, with the address that was set by hand, or DHCP is asked. */
void device_begin(struct netif *netif);
/* A packet of at least a byte, in memory of our own. */
struct pbuf *device_copy(const void *data, uint32_t bytes);
/* A packet has come; false: it is dropped. */
bool device_input(struct netif *netif, struct pbuf *packet);
/* merge.c or stream_none.c: the same, for packets that come in a row, which the next call may still hold until merge_end(). `checked`: the checksums
 * of UDP and TCP are right. How many were dropped. */
unsigned merge_input(struct netif *netif, struct pbuf *packet, bool checked);
unsigned merge_end(void);
/* offload.c: checksums of TCP and UDP over IPv4 that the device makes. Where the sum of a frame is to begin, and how far from there it goes. */
struct offload {
    uint16_t start, offset;
};
/* Does the card offer it, now? */
void offload_set(struct netif *netif, bool offered);
/* A frame that is about to be sent. True: its sum is left to the device, which finds that of the pseudo header where it is to be. */
bool offload_begin(const struct netif *netif, uint8_t *frame, uint32_t bytes, struct offload *left);
/* udp_sendto(), also of what goes out in fragments. */
lwip_err_t offload_sendto(struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *to, uint16_t port);
/* May what the device says of a packet's checksum be taken for it? Not for that of a fragment, which is not its own. */
bool offload_checked(const struct pbuf *packet);
/* netif_poll_all(): what we have sent to ourselves comes. */
void offload_poll(void);
/* May a socket be bound to it? 0 always. */
bool device_has(uint32_t address);
void device_name(const struct netif *netif, char *name);
err_t device_configure_dhcp(const char *name);
err_t device_set_up(const char *name, bool up);
/* nic.c: a network card, its traffic; NULL if the netif is not one. */
struct nic_traffic {
    uint64_t received, received_bytes, received_dropped, sent, sent_bytes, sent_dropped;
};
const struct nic_traffic *nic_traffic(const struct netif *netif);
/* Look for cards from now on. */
struct waitset;
err_t nics_start(struct waitset *waitset);
void nics_flush(void);
/* Can packets be sent there? If not, those who are watched (round.c) are looked at when there is room again. */
bool nic_room(const struct netif *netif);
/* Programs are to have their turn before more is received: until nics_resume(), or a moment later. */
void nics_pause(void);
void nics_resume(void);
err_t device_configure(const char *name, uint32_t address, uint32_t netmask, uint32_t gateway);
err_t arp_entries(uint32_t first, struct net_arp_entry *entries, uint32_t *count);
err_t arp_add(uint32_t address, uint64_t hardware);
err_t arp_delete(uint32_t address);
void protocols_list(struct net_protocol *protocols, uint32_t *count);

/* timers.c: lwIP's timers, in milliseconds since the start. When the next is due, 0: none. */
void timers_active(void);
uint64_t timers_run(uint64_t now);
uint64_t net_now(void);

/* passed.c: connections that other programs were passed, as files of fs.idl. */
struct server;
err_t passed_start(struct server *server);
err_t passed_make(struct socket *socket, cptr_t *endpoint);

/* round.c: what is done after whatever came: packets to ourselves, states, answers, packets to the drivers. */
void socket_touch(struct socket *socket);  /* something has become of it */
void socket_watch(struct socket *socket);  /* look at it in a moment, instead of being told */
void socket_forget(struct socket *socket); /* neither */
/* What it is ready for now, of which what its program has put into its ring may be a part. */
uint32_t socket_events_now(struct socket *socket);
bool round_run(void); /* true: there is more to do, after others had their turn */
void round_watched(void);
/* main.c, or a test: have round_run() called soon; round_watched() in a moment. */
void round_post(void);
void round_watch_later(void);

#endif
