/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end of TCP connections, segment by segment, for tests of streams on the host. One connection at a time is "the" connection. */
#ifndef NET_STREAM_PEER_H
#define NET_STREAM_PEER_H

#include "host.h"
#include <lwip/priv/tcp_priv.h>
#include <stddef.h>

#define PEER_PORT 4000
#define LISTEN_PORT 80

struct segment {
    uint16_t from, to;
    uint32_t sequence, acknowledge;
    uint8_t flags;
    uint16_t window;
    const uint8_t *data; /* until the next one is looked at */
    uint32_t bytes;
};

/* A program that has no sockets yet; and the end of it, after which all that it left behind has had its time. */
void peer_start(void);
void peer_end(void);
/* The same around a test, after which nothing may be left: no connection, no byte. */
int peer_setup(void **state);
int peer_teardown(void **state);

struct socket *peer_socket(void); /* a stream of the program's, with memory */
struct socket *peer_listener(uint32_t backlog);
/* A connection that came to a listener, and nothing was said over it yet. */
struct socket *peer_connected(void);
struct socket *peer_accept(struct socket *listener);
/* The program waits for events: host_answers, which is 0 now, counts. */
void peer_wait(struct socket *socket, uint32_t events);
uint32_t peer_read(struct socket *socket, void *data, uint32_t most);
void peer_write(struct socket *socket, const void *data, uint32_t bytes);

/* The next segment that was sent to us; false: none. */
bool peer_segment(struct segment *segment);
/* The same, past those without any of `flags`; the test fails if there is none. */
struct segment peer_expect(uint8_t flags);
void peer_send(uint8_t flags, uint32_t sequence, uint32_t acknowledge, const void *data, uint32_t bytes);
/* Data of the connection, from its byte `at` on. */
void peer_data(uint32_t at, const void *data, uint32_t bytes);
void peer_window(uint16_t window); /* what we offer from now on */
void peer_port(uint16_t port);     /* of the other machine: whom we send to */
void peer_own_port(uint16_t port); /* whom we send as */
/* The connection's numbers when it was made: our next byte, the next byte of the other machine. */
uint32_t peer_sequence(void);
uint32_t peer_acknowledge(void);

#endif
