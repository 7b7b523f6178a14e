/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The stack's side of the shared memory (nic/ring.h): which buffers are whose, receiving, sending. Pure, one thread at a time.
 *
 * A buffer is free (nic_alloc() gives it out), held (the caller's, to write into or to read from), empty (given to the driver to receive
 * into) or sending. The driver may hand back only what it was given, and so never makes two owners of one buffer here.
 */
#ifndef NIC_PORT_H
#define NIC_PORT_H

#include <nic/ring.h>

#define NIC_NO_BUFFER UINT32_MAX

enum nic_state { NIC_FREE, NIC_HELD, NIC_FILLING, NIC_SENDING };

struct nic_port {
    struct nic_out out;
    struct nic_in in;
    struct nic_area *area;
    uint8_t *data; /* of buffer 0 */
    uint32_t buffers;
    uint32_t free_count;
    uint32_t filling; /* buffers that the driver has to receive into */
    uint32_t sending;
    uint16_t free[NIC_BUFFERS_MAX];
    uint8_t state[NIC_BUFFERS_MAX]; /* enum nic_state */
};

/* `bytes` of memory with a card that was just opened, or opened again: then what was held stays held, and `lost` is called for each buffer
 * that was sending, which is held from then on. ERR_ARGUMENT: the memory is too small for what the driver says, or differs from before. */
err_t nic_port_open(struct nic_port *port, void *memory, size_t bytes, uint32_t slots, uint32_t buffers,
                    void (*lost)(void *context, uint32_t buffer), void *context);

static inline uint8_t *nic_data(const struct nic_port *port, uint32_t buffer)
{
    return port->data + (size_t)buffer * NIC_BUFFER_BYTES;
}

/* A buffer to fill and send; NIC_NO_BUFFER: all are in use. */
static inline uint32_t nic_alloc(struct nic_port *port)
{
    if (port->free_count == 0) return NIC_NO_BUFFER;
    uint32_t buffer = port->free[--port->free_count];
    port->state[buffer] = NIC_HELD;
    return buffer;
}

/* A held buffer is not needed any more. */
static inline void nic_free(struct nic_port *port, uint32_t buffer)
{
    port->state[buffer] = NIC_FREE;
    port->free[port->free_count++] = (uint16_t)buffer;
}

/* See that the driver has `count` buffers to receive into, as far as there are free ones. */
void nic_refill(struct nic_port *port, uint32_t count);

/*
 * The next entry: a packet (its buffer is held from now on, nic_free() it) or, with NIC_SENT, a buffer that nic_send() gave away and that is
 * held again. ERR_AGAIN: nothing more; ERR_MESSAGE: the driver wrote what cannot be.
 */
err_t nic_receive(struct nic_port *port, struct nic_packet *packet);

/* Send what is in a held buffer, at least NIC_HEADROOM bytes from its start; of a packet in several buffers all but the last have NIC_MORE.
 * It goes out with the next nic_flush(). ERR_ARGUMENT. */
err_t nic_send(struct nic_port *port, struct nic_packet packet);

static inline bool nic_link(const struct nic_port *port)
{
    return atomic_load_explicit(&port->area->link, memory_order_relaxed) == 1;
}

#endif
