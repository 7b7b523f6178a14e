/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net's side of a socket's memory (libc/socket_ring.h). The frame is the program's, who may change it or take it away at any moment: every look
 * at it is guarded, each word is fetched once, and positions are checked against ours before they are used. What cannot be breaks
 * the ring, and the socket with it, and nobody else notices.
 */
#include "net.h"
#include <caps/caps.h>
#include <paging/paging.h>
#include <stdlib.h>
#include <string.h>
#include <threads/guarded.h>

#define OWN_RING (64 * 1024u) /* of a socket that shares no memory */

static uint32_t load(struct ring *ring, const _Atomic uint32_t *word)
{
    uint32_t value = 0;
    if (!guarded_word_load(word, &value)) ring->broken = true;
    return value;
}

static void store(struct ring *ring, _Atomic uint32_t *word, uint32_t value)
{
    if (!guarded_word_store(word, value)) ring->broken = true;
}

static void copy(struct ring *ring, void *to, const void *from, size_t bytes)
{
    if (!guarded_copy(to, from, bytes)) ring->broken = true;
}

static bool size_fits(uint32_t bytes)
{
    return bytes >= SOCKET_RING_LEAST && bytes <= SOCKET_RING_MOST && (bytes & (bytes - 1)) == 0;
}

/* Positions go on from where the header says that they were: at another net, or at 0. */
static void ring_begin(struct ring *ring, void *memory, uint32_t receive_bytes, uint32_t send_bytes)
{
    *ring = (struct ring){.header = memory, .receive_bytes = receive_bytes, .send_bytes = send_bytes};
    ring->receive = (uint8_t *)memory + SOCKET_RING_HEADER;
    ring->send = ring->receive + receive_bytes;
    ring->arrived = load(ring, &ring->header->received);
    ring->taken = load(ring, &ring->header->sent);
    store(ring, &ring->header->arrived, ring->arrived);
    store(ring, &ring->header->taken, ring->taken);
    store(ring, &ring->header->state, 0);
    store(ring, &ring->header->space_wanted, 0);
    store(ring, &ring->header->sent_wanted, 1);
}

err_t ring_share(struct ring *ring, cptr_t frame, uint32_t receive_bytes, uint32_t send_bytes)
{
    struct cap_info info;
    vaddr_t va;
    if (ring->header != NULL) return ERR_BUSY;
    if (!size_fits(receive_bytes) || !size_fits(send_bytes)) return ERR_INVALID;
    err_t err = cap_identify(frame, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_FRAME) return ERR_CAP_TYPE;
    if ((info.rights & (MAP_READ | MAP_WRITE)) != (MAP_READ | MAP_WRITE)) return ERR_CAP_RIGHTS;
    if (info.bytes != SOCKET_RING_HEADER + receive_bytes + send_bytes) return ERR_INVALID;
    err = paging_map(frame, 0, info.bytes, MAP_READ | MAP_WRITE, 0, "socket", &va);
    if (err != ERR_OK) return err;
    ring_begin(ring, (void *)va, receive_bytes, send_bytes);
    ring->frame = frame;
    return ERR_OK;
}

err_t ring_make(struct ring *ring)
{
    if (ring->header != NULL) return ERR_BUSY;
    void *memory = calloc(1, SOCKET_RING_HEADER + 2 * OWN_RING);
    if (memory == NULL) return ERR_NO_MEMORY;
    ring_begin(ring, memory, OWN_RING, OWN_RING);
    socket_ring_init(&ring->own, memory, OWN_RING, OWN_RING);
    return ERR_OK;
}

err_t ring_own(struct ring *ring)
{
    struct ring made = {0};
    if (ring->frame == 0) return ERR_BUSY;
    if (ring->receive_bytes != OWN_RING || ring->send_bytes != OWN_RING) return ERR_UNSUPPORTED;
    err_t err = ring_make(&made);
    if (err != ERR_OK) return err;
    uint32_t waiting = ring_waiting(ring), to_send = ring_to_send(ring);
    copy(ring, made.receive, ring->receive, OWN_RING);
    copy(ring, made.send, ring->send, OWN_RING);
    if (ring->broken) {
        ring_drop(&made);
        return ERR_INVALID;
    }
    made.arrived = ring->arrived;
    made.taken = ring->taken;
    atomic_store_explicit(&made.header->arrived, made.arrived, memory_order_relaxed);
    atomic_store_explicit(&made.header->received, made.arrived - waiting, memory_order_relaxed);
    atomic_store_explicit(&made.header->taken, made.taken, memory_order_relaxed);
    atomic_store_explicit(&made.header->sent, made.taken + to_send, memory_order_relaxed);
    ring_drop(ring);
    *ring = made;
    return ERR_OK;
}

void ring_drop(struct ring *ring)
{
    if (ring->frame != 0) {
        paging_unmap((vaddr_t)ring->header, SOCKET_RING_HEADER + ring->receive_bytes + ring->send_bytes);
        cap_free(ring->frame);
    } else {
        free(ring->header);
    }
    *ring = (struct ring){0};
}

uint32_t ring_waiting(struct ring *ring)
{
    if (ring->header == NULL || ring->broken) return 0;
    uint32_t waiting = ring->arrived - load(ring, &ring->header->received);
    if (waiting > ring->receive_bytes) ring->broken = true;
    return ring->broken ? 0 : waiting;
}

uint32_t ring_to_send(struct ring *ring)
{
    if (ring->header == NULL || ring->broken) return 0;
    uint32_t there = load(ring, &ring->header->sent) - ring->taken;
    if (there > ring->send_bytes) ring->broken = true;
    return ring->broken ? 0 : there;
}

uint32_t ring_space(struct ring *ring)
{
    if (ring->header == NULL || ring->broken) return 0;
    uint32_t waiting = ring_waiting(ring);
    return ring->broken ? 0 : ring->receive_bytes - waiting;
}

uint32_t ring_room(struct ring *ring)
{
    if (ring->header == NULL) return SOCKET_RING_LEAST;
    return ring->broken ? 0 : ring->send_bytes - ring_to_send(ring);
}

/* `bytes` of `from` to position `at` of the ring of what is received. */
static void put(struct ring *ring, uint32_t at, const void *from, uint32_t bytes)
{
    uint32_t offset = at & (ring->receive_bytes - 1), first = ring->receive_bytes - offset;
    if (first > bytes) first = bytes;
    copy(ring, ring->receive + offset, from, first);
    if (bytes > first) copy(ring, ring->receive, (const uint8_t *)from + first, bytes - first);
}

static void get(struct ring *ring, uint32_t at, void *to, uint32_t bytes)
{
    uint32_t offset = at & (ring->send_bytes - 1), first = ring->send_bytes - offset;
    if (first > bytes) first = bytes;
    copy(ring, to, ring->send + offset, first);
    if (bytes > first) copy(ring, (uint8_t *)to + first, ring->send, bytes - first);
}

bool ring_put_packet(struct ring *ring, uint32_t address, uint16_t port, const struct pbuf *packet)
{
    struct socket_record record = {.bytes = packet->tot_len, .address = address, .port = port};
    uint32_t at = ring->arrived + (uint32_t)sizeof record;
    uint32_t space = ring_space(ring);
    if (space < SOCKET_RECORD_PADDED(record.bytes)) return false;
    ring->space = space - (uint32_t)SOCKET_RECORD_PADDED(record.bytes);
    put(ring, ring->arrived, &record, sizeof record);
    for (const struct pbuf *p = packet; p != NULL; p = p->next) {
        put(ring, at, p->payload, p->len);
        at += p->len;
    }
    ring->arrived += (uint32_t)SOCKET_RECORD_PADDED(record.bytes);
    store(ring, &ring->header->arrived, ring->arrived);
    return !ring->broken;
}

uint32_t ring_put_stream(struct ring *ring, const struct pbuf *data, uint32_t space)
{
    uint32_t at = ring->arrived;
    for (const struct pbuf *p = data; p != NULL && space > 0; p = p->next) {
        uint32_t bytes = p->len < space ? p->len : space;
        put(ring, at, p->payload, bytes);
        at += bytes;
        space -= bytes;
    }
    uint32_t done = at - ring->arrived;
    ring->arrived = at;
    store(ring, &ring->header->arrived, at);
    return done;
}

bool ring_next_packet(struct ring *ring, struct socket_record *record)
{
    uint32_t there = ring_to_send(ring);
    if (there == 0) return false;
    get(ring, ring->taken, record, sizeof *record);
    if (there < sizeof *record || record->bytes > UINT16_MAX || SOCKET_RECORD_PADDED(record->bytes) > there) {
        ring->broken = true;
    }
    return !ring->broken;
}

bool ring_copy_packet(struct ring *ring, const struct socket_record *record, struct pbuf *to)
{
    uint32_t at = ring->taken + (uint32_t)sizeof *record;
    for (struct pbuf *p = to; p != NULL; p = p->next) {
        get(ring, at, p->payload, p->len);
        at += p->len;
    }
    return !ring->broken;
}

void ring_packet_taken(struct ring *ring, const struct socket_record *record)
{
    ring_stream_taken(ring, (uint32_t)SOCKET_RECORD_PADDED(record->bytes));
}

uint32_t ring_stream(struct ring *ring, const void **bytes)
{
    uint32_t there = ring_to_send(ring);
    if (there == 0) return 0;
    uint32_t offset = ring->taken & (ring->send_bytes - 1), first = ring->send_bytes - offset;
    *bytes = ring->send + offset;
    return there < first ? there : first;
}

void ring_stream_taken(struct ring *ring, uint32_t bytes)
{
    ring->taken += bytes;
    store(ring, &ring->header->taken, ring->taken);
}

void ring_want_sent(struct ring *ring, bool wanted)
{
    if (ring->header != NULL) store(ring, &ring->header->sent_wanted, wanted);
}

void ring_want_space(struct ring *ring, uint32_t bytes)
{
    if (ring->header != NULL) store(ring, &ring->header->space_wanted, bytes);
}

void ring_state(struct ring *ring, uint32_t state)
{
    if (ring->header != NULL) store(ring, &ring->header->state, state);
}
