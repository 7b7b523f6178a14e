/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames of all kinds against the core of net with the real lwIP: `netserver_fuzz SEED COUNT`. What a sound machine sends, spoilt in every way: cut short, with
 * lengths that lie, overlapping fragments, bytes changed with checksums right or wrong, floods of SYN and ARP. Programs open, read, write, accept and
 * close meanwhile. After each thousand frames an echo must be answered, and at the end all memory must be back.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 4
#define SOCKETS 6
#define LISTEN_PORT 80

static uint64_t state, number;
static struct holder *client[CLIENTS];
static uint32_t socket_number[CLIENTS][SOCKETS];

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "frame %llu: %s\n", (unsigned long long)number, what);
    abort();
}

static uint32_t random_below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16) % n;
}

static void random_bytes(uint8_t *at, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)random_below(256);
}

static uint16_t some_port(void)
{
    static const uint16_t ports[] = {5000, 5001, 5002, 5003, LISTEN_PORT, 7, 68, 53};
    return random_below(8) == 0 ? (uint16_t)random_below(65536) : ports[random_below(8)];
}

/* The sequence numbers of what was last received from it make some segments fit. */
static uint32_t last_sequence, last_acknowledge;
static uint16_t last_port;

static void sent_look(const struct frame *out)
{
    if (out->bytes < 54 || out->byte[12] != 8 || out->byte[23] != IP_PROTO_TCP) return;
    const uint8_t *tcp = out->byte + 34;
    last_port = (uint16_t)(tcp[2] << 8 | tcp[3]);
    last_acknowledge = ((uint32_t)tcp[4] << 24 | (uint32_t)tcp[5] << 16 | (uint32_t)tcp[6] << 8 | tcp[7]) + 1;
    last_sequence = (uint32_t)tcp[8] << 24 | (uint32_t)tcp[9] << 16 | (uint32_t)tcp[10] << 8 | tcp[11];
}

static void frame_make(struct frame *frame)
{
    static uint8_t data[1472];
    uint32_t bytes = random_below(4) == 0 ? random_below(1460) : random_below(64);
    uint8_t hardware[6] = {2, 0, 0, 1, (uint8_t)random_below(256), (uint8_t)random_below(256)};
    random_bytes(data, bytes < 64 ? bytes : 64);
    switch (random_below(8)) {
    case 0:
        frame_udp(frame, some_port(), some_port(), data, bytes);
        break;
    case 1:
        frame_echo(frame, (uint16_t)random_below(65536), (uint16_t)random_below(65536), bytes);
        break;
    case 2: /* a flood of those who want to connect */
        frame_tcp(frame, (uint16_t)random_below(65536), LISTEN_PORT, random_below(1u << 31), 0, 2, 8192, data, 0);
        break;
    case 3:
        frame_tcp(frame, random_below(4) == 0 ? some_port() : last_port, LISTEN_PORT,
                  last_sequence + random_below(3) * bytes, last_acknowledge,
                  (uint8_t)(random_below(4) == 0 ? random_below(64) : 0x18), (uint16_t)random_below(65536), data, bytes);
        break;
    case 4:
        frame_arp(frame, (uint16_t)(1 + random_below(2)),
                  random_below(4) == 0 ? HOST_ADDRESS : (PEER_ADDRESS + (random_below(256) << 24)), hardware,
                  random_below(2) == 0 ? HOST_ADDRESS : random_below(1u << 31));
        break;
    case 5:
        frame->bytes = random_below(200);
        random_bytes(frame->byte, frame->bytes);
        if (frame->bytes > 14) memcpy(frame->byte, host_hardware, 6), frame->byte[12] = 8, frame->byte[13] = 0;
        break;
    default:
        frame_ip(frame, (uint8_t)(random_below(3) == 0 ? random_below(256) : 17), data, bytes);
        break;
    }
}

static void checksum_mend(struct frame *frame)
{
    uint8_t *ip = frame->byte + 14;
    uint32_t header = (uint32_t)(ip[0] & 15) * 4, sum = 0;
    if (frame->bytes < 14 + header || header < 20) return;
    ip[10] = ip[11] = 0;
    for (uint32_t i = 0; i < header; i += 2)
        sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    ip[10] = (uint8_t)(~sum >> 8);
    ip[11] = (uint8_t)~sum;
}

static void frame_spoil(struct frame *frame)
{
    uint8_t *ip = frame->byte + 14;
    switch (random_below(8)) {
    case 0:
        frame->bytes = random_below(frame->bytes + 1);
        return;
    case 1: /* a length that lies */
        ip[2] = (uint8_t)random_below(256);
        ip[3] = (uint8_t)random_below(256);
        break;
    case 2: /* a fragment, often of the same packet as the last one */
        ip[4] = 0;
        ip[5] = (uint8_t)random_below(4);
        ip[6] = (uint8_t)(random_below(2) << 5 | (random_below(8) == 0 ? random_below(32) : 0));
        ip[7] = (uint8_t)random_below(16);
        break;
    case 3:
        for (uint32_t i = random_below(8); i > 0 && frame->bytes > 0; i--)
            frame->byte[random_below(frame->bytes)] = (uint8_t)random_below(256);
        break;
    case 4: /* options */
        ip[0] = (uint8_t)(0x40 | random_below(16));
        break;
    case 5:
        if (frame->bytes > 46) frame->byte[46] = (uint8_t)random_below(256); /* TCP's offset */
        break;
    case 6: /* the length of UDP */
        if (frame->bytes > 39)
            frame->byte[38] = (uint8_t)random_below(256), frame->byte[39] = (uint8_t)random_below(256);
        break;
    default: /* from anybody */
        random_bytes(ip + 12, 4);
        break;
    }
    if (random_below(4) > 0) checksum_mend(frame);
}

static void socket_close_one(unsigned c, unsigned s)
{
    struct socket *socket = socket_find(client[c], socket_number[c][s]);
    if (socket != NULL) socket_close(socket);
    socket_number[c][s] = 0;
}

static void socket_open_one(unsigned c, unsigned s)
{
    struct socket *socket;
    uint16_t port;
    uint32_t kind = random_below(3);
    const struct socket_ops *ops = kind == NET_KIND_STREAM     ? &stream_ops
                                   : kind == NET_KIND_DATAGRAM ? &packet_ops
                                                               : &echo_ops;
    if (socket_open(client[c], ops, kind, &socket) != ERR_OK) return;
    socket_number[c][s] = socket->number;
    if (kind == NET_KIND_ECHO) {
        ring_make(&socket->ring);
    } else if (kind == NET_KIND_DATAGRAM) {
        ops->bind(socket, 0, lwip_htons((uint16_t)(5000 + random_below(4))), &port);
        ring_make(&socket->ring);
    } else if (random_below(2) == 0) {
        if (ops->bind(socket, 0, lwip_htons(LISTEN_PORT), &port) == ERR_OK) ops->listen(socket, 1 + random_below(8));
    } else {
        ring_make(&socket->ring);
        ops->connect(socket, PEER_ADDRESS, lwip_htons(some_port()));
    }
}

static void socket_use(unsigned c, unsigned s)
{
    static uint8_t data[4096];
    struct socket *socket = socket_find(client[c], socket_number[c][s]), *accepted;
    struct socket_record record = {.bytes = random_below(3000), .address = PEER_ADDRESS, .port = lwip_htons(some_port())};
    if (socket == NULL) return;
    if (socket->state == NET_STATE_LISTENING) {
        if (stream_accept(socket, &accepted) != ERR_OK) return;
        socket_close_one(c, (s + 1) % SOCKETS);
        socket_number[c][(s + 1) % SOCKETS] = accepted->number;
        ring_make(&accepted->ring);
        accepted->returned = accepted->ring.arrived;
        socket_touch(accepted);
    } else if (socket->ring.header != NULL && socket->kind == NET_KIND_STREAM) {
        socket_ring_take(&socket->ring.own, data, random_below(sizeof data), false);
        socket_ring_put(&socket->ring.own, data, random_below(sizeof data));
        socket_touch(socket);
        if (random_below(16) == 0) socket->ops->shutdown(socket, random_below(2), random_below(2));
    } else if (socket->ring.header != NULL) {
        while (socket_ring_take_packet(&socket->ring.own, &(struct socket_record){0}, data, sizeof data, false))
            ;
        memset(data, ICMP_ECHO, 1), data[1] = 0;
        socket_ring_put_packet(&socket->ring.own, &record, data);
        socket_touch(socket);
    }
}

static void programs_run(void)
{
    unsigned c = random_below(CLIENTS), s = random_below(SOCKETS);
    if (socket_number[c][s] == 0) {
        socket_open_one(c, s);
    } else if (random_below(20) == 0) {
        socket_close_one(c, s);
    } else {
        socket_use(c, s);
    }
    if (random_below(500) == 0) { /* it dies */
        host_client_end(client[c]);
        client[c] = host_client(c + 1);
        memset(socket_number[c], 0, sizeof socket_number[c]);
    }
    host_settle();
}

static bool echo_answered(void)
{
    struct frame frame, out;
    host_output_clear();
    host_input(frame.byte, frame_echo(&frame, 0x1234, (uint16_t)number, 56));
    while (host_output(&out)) {
        if (out.bytes == frame.bytes && out.byte[23] == IP_PROTO_ICMP && out.byte[34] == 0 &&
            memcmp(out.byte + 38, frame.byte + 38, 60) == 0) {
            return true;
        }
    }
    return false;
}

static void outputs_look(void)
{
    struct frame out;
    while (host_output(&out))
        sent_look(&out);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : 20000;
    struct socket *echo;
    static struct frame frame;
    state = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15u | 1;
    host_start();
    for (unsigned i = 0; i < CLIENTS; i++)
        client[i] = host_client(i + 1);
    if (socket_open(client[0], &echo_ops, NET_KIND_ECHO, &echo) != ERR_OK) fail("no socket");
    socket_close(echo);
    size_t before = stack_held();
    for (number = 1; number <= count; number++) {
        frame_make(&frame);
        if (random_below(3) > 0) frame_spoil(&frame);
        if (random_below(3) == 0 && number % 1000 != 0 && number < count) { /* the next one comes with it */
            host_input_more(frame.byte, frame.bytes);
            continue;
        }
        host_input(frame.byte, frame.bytes);
        outputs_look();
        if (random_below(4) == 0) programs_run();
        if (random_below(16) == 0) host_pass(random_below(500));
        if (number % 1000 == 0 && !echo_answered()) fail("no answer to an echo");
    }
    for (unsigned i = 0; i < CLIENTS; i++)
        host_client_end(client[i]);
    host_pass(7200000); /* lwIP goes on to send what nobody confirms for a long time */
    host_output_clear();
    for (uint32_t i = 1; i <= CONFIG_NET_SOCKETS; i++) {
        if (socket_at(i) != NULL) fail("a socket is left");
    }
    if (stack_held() != before) {
        for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next)
            fprintf(stderr,
                    "a connection is left: state %d, unsent %d, unacknowledged %d, retransmissions %u, probes %u\n",
                    pcb->state, pcb->unsent != NULL, pcb->unacked != NULL, pcb->nrtx, pcb->persist_probe);
        fprintf(stderr, "%zu bytes instead of %zu\n", stack_held(), before);
        fail("memory is not back");
    }
    printf("netserver_fuzz: %llu frames, an echo answered after each thousand, memory back; taken by ARP %u, IP %u, "
           "fragments %u, ICMP %u, UDP %u, TCP %u\n",
           (unsigned long long)count, lwip_stats.etharp.recv, lwip_stats.ip.recv, lwip_stats.ip_frag.recv,
           lwip_stats.icmp.recv, lwip_stats.udp.recv, lwip_stats.tcp.recv);
    return 0;
}
