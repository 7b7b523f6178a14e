/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory that a socket's program shares with net: a ring of bytes for each direction. The program owns the frame and writes only its own
 * half of the header; net writes the other half, and believes nothing that the program wrote but by its checks.
 *
 * Positions count bytes for ever, modulo 2^32; a ring's size is a power of two. A stream's ring holds its bytes, any other a record
 * for each packet: struct socket_record and its bytes, padded to multiples of 16.
 *
 * Nobody is woken who is awake: the program tells net (kick()) that there is something to send, or room, if the word for that is set.
 */
#ifndef LIBC_SOCKET_RING_H
#define LIBC_SOCKET_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_RING_HEADER 4096 /* bytes before the ring of what is received, which that of what is sent follows */
#define SOCKET_RING_LEAST 4096
#define SOCKET_RING_MOST (1024 * 1024u)
#define SOCKET_STREAM_RING (64 * 1024u)
#define SOCKET_PACKET_RING (128 * 1024u)

struct socket_header {
    /* The program's. */
    _Atomic uint32_t received; /* how far it has read */
    _Atomic uint32_t sent;     /* how far it has written */
    uint8_t unused[56];
    /* net's. */
    _Atomic uint32_t arrived;      /* how far net has written */
    _Atomic uint32_t taken;        /* how far net has read */
    _Atomic uint32_t sent_wanted;  /* not 0: kick() when there is something to send, */
    _Atomic uint32_t space_wanted; /* when at least so many bytes of what was received have been read */
    _Atomic uint32_t state;        /* SOCKET_* */
};

/* What net says of a socket. */
#define SOCKET_END 1       /* nothing more will be received */
#define SOCKET_FAILED 2    /* status() tells the error */
#define SOCKET_CONNECTED 4 /* a stream may send */
#define SOCKET_WAITING 8   /* a listener has somebody to accept */

struct socket_record {
    uint32_t bytes;
    uint32_t address; /* of the other side; in the order of the network. 0 in what is sent: whom the socket is connected to */
    uint16_t port;  /* the same */
    uint16_t flags; /* 0 */
    uint32_t unused;
};

#define SOCKET_RECORD_PADDED(bytes) (sizeof(struct socket_record) + (((bytes) + 15) & ~(uint32_t)15))

/* The program's side of a socket. */
struct socket_ring {
    struct socket_header *header;
    uint8_t *receive, *send;
    uint32_t receive_bytes, send_bytes;
};

void socket_ring_init(struct socket_ring *ring, void *memory, uint32_t receive_bytes, uint32_t send_bytes);
/* Bytes in the ring of what is received, and room in that of what is to be sent. */
uint32_t socket_ring_waiting(const struct socket_ring *ring);
uint32_t socket_ring_room(const struct socket_ring *ring);

/* The next packet: at most `most` of its bytes; false: there is none. `peek`: it stays. record->bytes is how long it was. */
bool socket_ring_take_packet(struct socket_ring *ring, struct socket_record *record, void *data, size_t most, bool peek);
/* false: no room. */
bool socket_ring_put_packet(struct socket_ring *ring, const struct socket_record *record, const void *data);
/* Of a stream: how many bytes were taken or put. */
size_t socket_ring_take(struct socket_ring *ring, void *data, size_t most, bool peek);
size_t socket_ring_put(struct socket_ring *ring, const void *data, size_t bytes);

/* After putting, taking: does net want to be told? Once: the word is net's to set again, but it sleeps until it is told. */
bool socket_ring_sent_wanted(const struct socket_ring *ring);
bool socket_ring_space_wanted(const struct socket_ring *ring);

#endif
