/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver between a stack and a device of which each keeps to the rules or writes any bytes (hostile input U3, U7), in steps of random order. Each
 * side runs only when it was woken, as the rings and queues say: so a wake-up that is missing shows, at the end, as work that was not done. After every
 * step each buffer has one owner (net_sim.h). If both are honest every packet arrives once, whole and in order.
 *
 *     net_fuzz SEED COUNT
 */
#include "net_sim.h"

#include <stdio.h>
#include <stdlib.h>

#define STEPS 300
#define FRAME_MOST 1514

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(random_state >> 33) % n;
}

static void require(bool condition, const char *what)
{
    if (!condition) sim_fail(what);
}

static struct game {
    struct sim sim;
    bool stack_honest, device_honest, settling;
    bool driver_woken, stack_woken, receive_kicked, send_kicked;
    uint32_t sent, arrived;   /* numbers of packets that the stack sends */
    uint32_t put, received;   /* and of those from outside */
    uint32_t got;             /* bytes of a packet that is coming in several buffers */
    uint32_t gap_out, gap_in; /* resets, of what was on its way at each some may be missing */
    uint8_t frame[16 * NIC_BUFFER_BYTES];
    uint32_t held[SIM_BUFFERS], held_count;
} game;

static uint64_t total_sent, total_received, total_resets, total_dropped;

/* A packet's bytes follow from its number, and so does its length. */
static uint32_t frame_make(uint32_t number, uint8_t *frame, uint32_t least, uint32_t most)
{
    uint32_t length = least + number * 2654435761u % (most - least + 1);
    memcpy(frame, &number, 4);
    for (uint32_t i = 4; i < length; i++)
        frame[i] = (uint8_t)(number + i * 7);
    return length;
}

static void lost(void *context, uint32_t buffer)
{
    (void)context;
    nic_free(&game.sim.port, buffer);
}

/* The number of the next packet, of which `next` is expected. Each reset may have made some missing; never does one come again. */
static uint32_t number_check(uint32_t next, const uint8_t *frame, uint32_t *gaps)
{
    uint32_t number;
    memcpy(&number, frame, 4);
    require(number == next || (*gaps != 0 && number > next), "a packet is missing, or comes twice");
    if (number != next) --*gaps;
    return number;
}

static void driver_reset(void)
{
    total_resets++;
    net_reclaim(&game.sim.net);
    sim_reset(&game.sim);
    game.receive_kicked = game.send_kicked = game.driver_woken = true;
    game.gap_out++;
    game.gap_in++;
}

/* The stack is cut off, or driver or stack were started again. */
static void all_again(void)
{
    total_resets++;
    if (!game.stack_honest) game.sim.port.buffers = 0;
    sim_attach(&game.sim, lost, NULL);
    game.receive_kicked = game.send_kicked = false;
    game.driver_woken = game.stack_woken = true;
    game.gap_out++;
    game.gap_in++;
    game.got = 0;
}

static void driver_step(void)
{
    uint32_t wanted;
    err_t err;
    game.driver_woken = false;
    do {
        err = net_work(&game.sim.net, &wanted);
        game.receive_kicked |= (wanted & NET_KICK_RECEIVE) != 0;
        game.send_kicked |= (wanted & NET_KICK_SEND) != 0;
        game.stack_woken |= (wanted & NET_RING) != 0;
    } while (err == ERR_OK && !net_sleep(&game.sim.net));
    require(err != ERR_DEVICE || !game.device_honest, "an honest device is reset");
    require(err != ERR_MESSAGE || !game.stack_honest, "an honest stack is cut off");
    if (err == ERR_DEVICE) driver_reset();
    if (err == ERR_MESSAGE) all_again();
}

static void stack_send(void)
{
    struct nic_port *port = &game.sim.port;
    uint8_t frame[FRAME_MOST];
    uint32_t length = frame_make(game.sent, frame, 64, FRAME_MOST), at = 0;
    uint32_t pieces = 1 + random_below(random_below(4) ? 4 : NIC_PIECES);
    if (port->free_count < pieces) return;
    for (uint32_t i = 0; i < pieces; i++) {
        uint32_t part = i + 1 == pieces ? length - at : length / pieces;
        uint32_t buffer = nic_alloc(port), offset = NIC_HEADROOM + random_below(300);
        memcpy(nic_data(port, buffer) + offset, frame + at, part);
        at += part;
        struct nic_packet packet = {.buffer = (uint16_t)buffer, .offset = (uint16_t)offset, .length = (uint16_t)part};
        packet.flags = i + 1 == pieces ? 0 : NIC_MORE;
        require(nic_send(port, packet) == ERR_OK, "the port refuses a packet");
        if (random_below(8) != 0) continue;
        game.driver_woken |= nic_out_publish(&port->out); /* half a packet, and the driver outranks the stack */
        if (game.driver_woken) driver_step();
        if (random_below(50) == 0) driver_reset();
    }
    game.sent++;
}

static void stack_packet(const struct nic_packet *packet)
{
    struct nic_port *port = &game.sim.port;
    require(game.got + packet->length <= sizeof game.frame, "a received packet is too long");
    memcpy(game.frame + game.got, nic_data(port, packet->buffer) + packet->offset, packet->length);
    game.got += packet->length;
    game.held[game.held_count++] = packet->buffer;
    if ((packet->flags & NIC_MORE) != 0) return;
    uint8_t expected[sizeof game.frame];
    uint32_t most = game.sim.features.merged ? 5000 : FRAME_MOST;
    if (game.device_honest) {
        uint32_t number = number_check(game.received, game.frame, &game.gap_in);
        uint32_t length = frame_make(number, expected, 4, most);
        require(game.got == length && memcmp(game.frame, expected, length) == 0, "a packet has changed on its way in");
        game.received = number + 1;
    }
    game.got = 0;
    total_received++;
}

static void stack_step(void)
{
    struct nic_port *port = &game.sim.port;
    struct nic_packet packet;
    game.stack_woken = false;
    do {
        err_t err;
        while ((err = nic_receive(port, &packet)) == ERR_OK) {
            if ((packet.flags & NIC_SENT) != 0) {
                nic_free(port, packet.buffer);
            } else if (game.got + packet.length <= sizeof game.frame) {
                stack_packet(&packet);
            } else { /* a device that never ends its packet */
                game.got = 0;
                nic_free(port, packet.buffer);
            }
        }
        require(err == ERR_AGAIN, "the driver has broken the rules");
        while (game.held_count > 0 && random_below(4) != 0)
            nic_free(port, game.held[--game.held_count]);
        nic_refill(port, random_below(SIM_BUFFERS));
        for (uint32_t n = game.settling ? 0 : random_below(6); n > 0; n--)
            stack_send();
        game.driver_woken |= nic_out_publish(&port->out);
    } while (!nic_in_sleep(&port->in));
}

/* A stack that knows the format and writes what it likes. */
static void stack_hostile(void)
{
    struct nic_port *port = &game.sim.port;
    struct nic_packet packet;
    for (uint32_t n = random_below(8); n > 0; n--) {
        packet = (struct nic_packet){.buffer = (uint16_t)random_below(SIM_BUFFERS + (random_below(20) == 0)),
                                     .offset = (uint16_t)(random_below(10) ? NIC_HEADROOM : random_below(70000)),
                                     .length = (uint16_t)(random_below(10) ? 100 : random_below(70000)),
                                     .flags = (uint16_t)(random_below(3) ? 1u << random_below(6) : random_below(70000))};
        nic_out_put(&port->out, packet);
    }
    if (random_below(100) == 0) port->out.head += random_below(1u << 31);
    game.driver_woken |= nic_out_publish(&port->out);
    if (random_below(50) == 0) memset(game.sim.memory, (int)random_below(256), sizeof(struct nic_area));
    game.driver_woken |= random_below(4) == 0;
}

static void device_send_step(void)
{
    struct sim_queue *queue = &game.sim.send;
    uint8_t packet[16 * NIC_BUFFER_BYTES], expected[FRAME_MOST];
    uint16_t before = queue->done;
    if (game.send_kicked) {
        do {
            uint32_t first = queue->chains;
            sim_take(&game.sim, queue);
            for (uint32_t i = first; i < queue->chains; i++) {
                uint32_t header = game.sim.features.header_bytes;
                uint32_t got = sim_read(&game.sim, queue->chain[i], packet, sizeof packet);
                if (!game.stack_honest) continue;
                uint32_t number = number_check(game.arrived, packet + header, &game.gap_out);
                uint32_t length = frame_make(number, expected, 64, FRAME_MOST);
                game.arrived = number + 1;
                require(got == length + header && memcmp(packet + header, expected, length) == 0,
                        "a packet has changed on its way out");
                total_sent++;
            }
        } while (sim_listen(&game.sim, queue));
        game.send_kicked = false;
    }
    while (queue->chains > 0 && random_below(8) != 0)
        sim_give(&game.sim, queue, random_below(queue->chains), 0);
    game.driver_woken |= sim_interrupts(&game.sim, queue, before);
}

/* A packet into as many buffers as it takes; it is dropped if there are too few. */
static void device_receive_one(void)
{
    struct sim_queue *queue = &game.sim.receive;
    static uint8_t packet[12 + 5000];
    uint32_t header = game.sim.features.header_bytes, room = NIC_BUFFER_BYTES - game.sim.net.receive_offset;
    uint32_t length = header + frame_make(game.put, packet + header, 4, game.sim.features.merged ? 5000 : FRAME_MOST);
    uint16_t buffers = (uint16_t)((length + room - 1) / room);
    if (queue->chains < buffers) {
        total_dropped++;
        return;
    }
    memset(packet, 0, header);
    if (header == 12) memcpy(packet + 10, &buffers, 2);
    game.put++;
    for (uint32_t at = 0; at < length;) {
        uint32_t part = sim_fill(&game.sim, queue->chain[0], packet + at, length - at);
        sim_give(&game.sim, queue, 0, part);
        at += part;
    }
}

static void device_receive_step(void)
{
    struct sim_queue *queue = &game.sim.receive;
    uint16_t before = queue->done;
    if (game.receive_kicked) {
        do {
            sim_take(&game.sim, queue);
        } while (sim_listen(&game.sim, queue));
        game.receive_kicked = false;
    }
    for (uint32_t n = random_below(5); n > 0; n--)
        device_receive_one();
    game.driver_woken |= sim_interrupts(&game.sim, queue, before);
}

static void device_hostile(void)
{
    struct virtqueue *queue = random_below(2) ? &game.sim.net.receive : &game.sim.net.send;
    struct virtq_used *used = queue->used;
    for (uint32_t n = random_below(4); n > 0; n--) {
        uint16_t index = atomic_load(&used->index);
        uint32_t length = random_below(4) ? 12 + random_below(1500) : random_below(1u << 31);
        used->entry[index & (game.sim.size - 1)] =
            (struct virtq_used_entry){random_below(game.sim.size + (random_below(16) == 0)), length};
        atomic_store(&used->index, (uint16_t)(index + (random_below(64) ? 1 : random_below(65536))));
    }
    if (random_below(4) == 0) atomic_store(&used->flags, (uint16_t)random_below(3));
    if (random_below(8) == 0) {
        for (size_t i = NIC_AREA_HEAD(SIM_SLOTS); i < SIM_BYTES; i += NIC_BUFFER_BYTES)
            game.sim.memory[i + game.sim.net.receive_offset + random_below(12)] = (uint8_t)random_below(4);
    }
    game.driver_woken = true;
}

static void step(void)
{
    uint32_t which = random_below(100);
    if (which < 25) {
        if (game.driver_woken) driver_step();
    } else if (which < 50 && game.stack_honest) {
        if (game.stack_woken || random_below(10) == 0) stack_step();
    } else if (which < 50) {
        stack_hostile();
    } else if (which < 97 && game.device_honest) {
        device_send_step();
        device_receive_step();
    } else if (which < 97) {
        device_hostile();
    } else if (random_below(20) == 0) {
        all_again();
    } else if (random_below(10) == 0) {
        driver_reset();
    }
    sim_check(&game.sim, game.stack_honest, game.device_honest);
}

/* Everything that is on its way arrives, by wake-ups alone. */
static void settle(void)
{
    game.settling = true;
    for (int i = 0; i < 200; i++) {
        if (game.driver_woken) driver_step();
        if (game.stack_woken) stack_step();
        device_send_step();
        uint16_t before = game.sim.receive.done;
        if (game.receive_kicked) sim_take(&game.sim, &game.sim.receive);
        game.driver_woken |= sim_interrupts(&game.sim, &game.sim.receive, before);
        sim_check(&game.sim, true, true);
        if (!game.driver_woken && !game.stack_woken && !game.send_kicked && game.sim.send.chains == 0) break;
    }
    require(game.arrived == game.sent || game.gap_out != 0,
            "a packet that was sent has not arrived: a wake-up was lost");
    require(game.received == game.put || game.gap_in != 0, "a packet that came has not arrived: a wake-up was lost");
}

int main(int argc, char **argv)
{
    random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    uint64_t count = (argc > 2 ? strtoull(argv[2], NULL, 0) : 20000) / 100;
    for (uint64_t round = 0; round < count + 1; round++) {
        bool merged = random_below(2) != 0;
        struct net_features features = {.header_bytes = merged || random_below(2) ? 12 : 10,
                                        .merged = merged,
                                        .checksum_receive = random_below(2) != 0,
                                        .checksum_send = random_below(2) != 0};
        game = (struct game){.stack_honest = random_below(3) != 0, .device_honest = random_below(3) != 0};
        sim_start(&game.sim, &features, (uint16_t)(32 << random_below(4)), random_below(2) != 0);
        game.stack_woken = game.driver_woken = true;
        for (unsigned n = 0; n < STEPS; n++)
            step();
        if (game.stack_honest && game.device_honest) settle();
        sim_end(&game.sim);
    }
    printf("net_fuzz: %llu packets sent, %llu received, %llu without room, %llu resets\n", (unsigned long long)total_sent,
           (unsigned long long)total_received, (unsigned long long)total_dropped, (unsigned long long)total_resets);
    return 0;
}
