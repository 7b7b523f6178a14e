/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's side of the memory that it shares with net (libc/socket_ring.h). */
#include <libc/socket_ring.h>
#include <string.h>

void socket_ring_init(struct socket_ring *ring, void *memory, uint32_t receive_bytes, uint32_t send_bytes)
{
    ring->header = memory;
    ring->receive = (uint8_t *)memory + SOCKET_RING_HEADER;
    ring->send = ring->receive + receive_bytes;
    ring->receive_bytes = receive_bytes;
    ring->send_bytes = send_bytes;
}

static uint32_t own(const _Atomic uint32_t *position)
{
    return atomic_load_explicit(position, memory_order_relaxed);
}

static uint32_t theirs(const _Atomic uint32_t *position)
{
    return atomic_load_explicit(position, memory_order_acquire);
}

uint32_t socket_ring_waiting(const struct socket_ring *ring)
{
    return theirs(&ring->header->arrived) - own(&ring->header->received);
}

uint32_t socket_ring_room(const struct socket_ring *ring)
{
    return ring->send_bytes - (own(&ring->header->sent) - theirs(&ring->header->taken));
}

static void copy_out(void *to, const uint8_t *ring, uint32_t size, uint32_t at, size_t bytes)
{
    uint32_t offset = at & (size - 1), first = size - offset;
    if (bytes <= first) {
        memcpy(to, ring + offset, bytes);
        return;
    }
    memcpy(to, ring + offset, first);
    memcpy((uint8_t *)to + first, ring, bytes - first);
}

static void copy_in(uint8_t *ring, uint32_t size, uint32_t at, const void *from, size_t bytes)
{
    uint32_t offset = at & (size - 1), first = size - offset;
    if (bytes <= first) {
        memcpy(ring + offset, from, bytes);
        return;
    }
    memcpy(ring + offset, from, first);
    memcpy(ring, (const uint8_t *)from + first, bytes - first);
}

bool socket_ring_take_packet(struct socket_ring *ring, struct socket_record *record, void *data, size_t most, bool peek)
{
    uint32_t at = own(&ring->header->received);
    if (theirs(&ring->header->arrived) == at) return false;
    memcpy(record, ring->receive + (at & (ring->receive_bytes - 1)), sizeof *record);
    copy_out(data, ring->receive, ring->receive_bytes, at + (uint32_t)sizeof *record,
             record->bytes < most ? record->bytes : most);
    if (!peek) {
        atomic_store_explicit(&ring->header->received, at + (uint32_t)SOCKET_RECORD_PADDED(record->bytes),
                              memory_order_seq_cst);
    }
    return true;
}

bool socket_ring_put_packet(struct socket_ring *ring, const struct socket_record *record, const void *data)
{
    uint32_t at = own(&ring->header->sent);
    if (socket_ring_room(ring) < SOCKET_RECORD_PADDED(record->bytes)) return false;
    memcpy(ring->send + (at & (ring->send_bytes - 1)), record, sizeof *record);
    copy_in(ring->send, ring->send_bytes, at + (uint32_t)sizeof *record, data, record->bytes);
    atomic_store_explicit(&ring->header->sent, at + (uint32_t)SOCKET_RECORD_PADDED(record->bytes), memory_order_seq_cst);
    return true;
}

size_t socket_ring_take(struct socket_ring *ring, void *data, size_t most, bool peek)
{
    uint32_t at = own(&ring->header->received), there = socket_ring_waiting(ring);
    uint32_t bytes = there < most ? there : (uint32_t)most;
    copy_out(data, ring->receive, ring->receive_bytes, at, bytes);
    if (!peek) atomic_store_explicit(&ring->header->received, at + bytes, memory_order_seq_cst);
    return bytes;
}

size_t socket_ring_put(struct socket_ring *ring, const void *data, size_t bytes)
{
    uint32_t at = own(&ring->header->sent), room = socket_ring_room(ring);
    if (bytes > room) bytes = room;
    copy_in(ring->send, ring->send_bytes, at, data, bytes);
    atomic_store_explicit(&ring->header->sent, at + (uint32_t)bytes, memory_order_seq_cst);
    return bytes;
}

bool socket_ring_sent_wanted(const struct socket_ring *ring)
{
    return atomic_load_explicit(&ring->header->sent_wanted, memory_order_seq_cst) != 0;
}

bool socket_ring_space_wanted(const struct socket_ring *ring)
{
    uint32_t wanted = atomic_load_explicit(&ring->header->space_wanted, memory_order_seq_cst);
    return wanted != 0 && ring->receive_bytes - socket_ring_waiting(ring) >= wanted;
}
