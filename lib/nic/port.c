/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns which buffer, as the stack sees it. Nothing the driver writes changes that but for buffers that it has.
 */
#include <nic/port.h>

static bool slots_fit(uint32_t slots, uint32_t buffers)
{
    return buffers >= 1 && buffers <= NIC_BUFFERS_MAX && slots >= buffers && slots <= NIC_BUFFERS_MAX &&
           (slots & (slots - 1)) == 0;
}

/* What the driver had is the stack's again. */
static void take_back(struct nic_port *port, void (*lost)(void *context, uint32_t buffer), void *context)
{
    for (uint32_t i = 0; i < port->buffers; i++) {
        if (port->state[i] == NIC_FILLING) nic_free(port, i);
        if (port->state[i] != NIC_SENDING) continue;
        port->state[i] = NIC_HELD;
        lost(context, i);
    }
    port->filling = port->sending = 0;
}

err_t nic_port_open(struct nic_port *port, void *memory, size_t bytes, uint32_t slots, uint32_t buffers,
                    void (*lost)(void *context, uint32_t buffer), void *context)
{
    struct nic_area *area = memory;
    if (!slots_fit(slots, buffers) || bytes < NIC_AREA_BYTES(slots, buffers)) return ERR_ARGUMENT;
    if (port->buffers != 0 && (port->buffers != buffers || port->area != area)) return ERR_ARGUMENT;
    nic_out_init(&port->out, area, slots, NIC_DOWN);
    nic_in_init(&port->in, area, slots, NIC_UP);
    if (port->buffers != 0) {
        take_back(port, lost, context);
        return ERR_OK;
    }
    port->area = area;
    port->data = (uint8_t *)memory + NIC_AREA_HEAD(slots);
    port->buffers = buffers;
    port->free_count = port->filling = port->sending = 0;
    for (uint32_t i = buffers; i-- > 0;)
        nic_free(port, i);
    return ERR_OK;
}

void nic_refill(struct nic_port *port, uint32_t count)
{
    while (port->filling < count && port->free_count > 0) {
        uint32_t buffer = port->free[--port->free_count];
        port->state[buffer] = NIC_FILLING;
        port->filling++;
        nic_out_put(&port->out, (struct nic_packet){.buffer = (uint16_t)buffer, .flags = NIC_EMPTY});
    }
}

err_t nic_receive(struct nic_port *port, struct nic_packet *packet)
{
    err_t err = nic_in_take(&port->in, packet);
    if (err != ERR_OK) return err;
    bool sent = (packet->flags & NIC_SENT) != 0;
    uint32_t expected = sent ? NIC_SENDING : NIC_FILLING;
    if (packet->buffer >= port->buffers || port->state[packet->buffer] != expected) return ERR_MESSAGE;
    if (packet->offset > NIC_BUFFER_BYTES || packet->length > NIC_BUFFER_BYTES - packet->offset) return ERR_MESSAGE;
    port->state[packet->buffer] = NIC_HELD;
    *(sent ? &port->sending : &port->filling) -= 1;
    return ERR_OK;
}

err_t nic_send(struct nic_port *port, struct nic_packet packet)
{
    if (packet.buffer >= port->buffers || port->state[packet.buffer] != NIC_HELD) return ERR_ARGUMENT;
    if (packet.length == 0 || packet.offset < NIC_HEADROOM || packet.offset > NIC_BUFFER_BYTES ||
        packet.length > NIC_BUFFER_BYTES - packet.offset) {
        return ERR_ARGUMENT;
    }
    port->state[packet.buffer] = NIC_SENDING;
    port->sending++;
    /* A quarter left: whoever sends on must not wait for buffers that come back only with other work. */
    if (port->free_count < port->buffers / 4) packet.flags |= NIC_REPORT;
    nic_out_put(&port->out, packet);
    return ERR_OK;
}
