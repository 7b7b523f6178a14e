/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames as a well-behaved machine sends them, for tests to send or to spoil. */
#include "host.h"
#include <string.h>

static uint16_t identification;

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

static uint32_t sum(const uint8_t *at, uint32_t bytes, uint32_t before)
{
    for (uint32_t i = 0; i < bytes; i++)
        before += i % 2 == 0 ? (uint32_t)at[i] << 8 : at[i];
    while (before >> 16 != 0)
        before = (before & 0xffff) + (before >> 16);
    return before;
}

static void ethernet_put(struct frame *frame, const uint8_t *to, uint16_t type)
{
    memcpy(frame->byte, to, 6);
    memcpy(frame->byte + 6, peer_hardware, 6);
    put16(frame->byte + 12, type);
}

uint32_t frame_ip(struct frame *frame, uint8_t protocol, const void *payload, uint32_t bytes)
{
    uint8_t *ip = frame->byte + 14;
    uint32_t from = PEER_ADDRESS, to = HOST_ADDRESS;
    ethernet_put(frame, host_hardware, 0x0800);
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, 20 + bytes);
    put16(ip + 4, ++identification);
    ip[8] = 64;
    ip[9] = protocol;
    memcpy(ip + 12, &from, 4);
    memcpy(ip + 16, &to, 4);
    put16(ip + 10, ~sum(ip, 20, 0));
    if (bytes > 0) memmove(ip + 20, payload, bytes);
    return frame->bytes = 34 + bytes;
}

static uint32_t pseudo(uint8_t protocol, uint32_t bytes)
{
    uint8_t header[12] = {0};
    uint32_t from = PEER_ADDRESS, to = HOST_ADDRESS;
    memcpy(header, &from, 4);
    memcpy(header + 4, &to, 4);
    header[9] = protocol;
    put16(header + 10, bytes);
    return sum(header, 12, 0);
}

uint32_t frame_udp(struct frame *frame, uint16_t from, uint16_t to, const void *data, uint32_t bytes)
{
    uint8_t udp[FRAME_MOST] = {0};
    put16(udp, from);
    put16(udp + 2, to);
    put16(udp + 4, 8 + bytes);
    if (bytes > 0) memcpy(udp + 8, data, bytes);
    put16(udp + 6, ~sum(udp, 8 + bytes, pseudo(IP_PROTO_UDP, 8 + bytes)));
    return frame_ip(frame, IP_PROTO_UDP, udp, 8 + bytes);
}

uint32_t frame_echo(struct frame *frame, uint16_t id, uint16_t sequence, uint32_t bytes)
{
    uint8_t icmp[FRAME_MOST] = {8};
    put16(icmp + 4, id);
    put16(icmp + 6, sequence);
    for (uint32_t i = 0; i < bytes; i++)
        icmp[8 + i] = (uint8_t)(sequence + i);
    put16(icmp + 2, ~sum(icmp, 8 + bytes, 0));
    return frame_ip(frame, IP_PROTO_ICMP, icmp, 8 + bytes);
}

uint32_t frame_tcp(struct frame *frame, uint16_t from, uint16_t to, uint32_t sequence, uint32_t acknowledge,
                   uint8_t flags, uint16_t window, const void *data, uint32_t bytes)
{
    uint8_t tcp[FRAME_MOST] = {0};
    put16(tcp, from);
    put16(tcp + 2, to);
    put32(tcp + 4, sequence);
    put32(tcp + 8, acknowledge);
    tcp[12] = 0x50;
    tcp[13] = flags;
    put16(tcp + 14, window);
    if (bytes > 0) memcpy(tcp + 20, data, bytes);
    put16(tcp + 16, ~sum(tcp, 20 + bytes, pseudo(IP_PROTO_TCP, 20 + bytes)));
    return frame_ip(frame, IP_PROTO_TCP, tcp, 20 + bytes);
}

uint32_t frame_arp(struct frame *frame, uint16_t operation, uint32_t sender, const uint8_t *hardware, uint32_t target)
{
    static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint8_t *arp = frame->byte + 14;
    ethernet_put(frame, operation == 1 ? broadcast : host_hardware, 0x0806);
    memset(arp, 0, 46);
    put16(arp, 1);
    put16(arp + 2, 0x0800);
    arp[4] = 6;
    arp[5] = 4;
    put16(arp + 6, operation);
    memcpy(arp + 8, hardware, 6);
    memcpy(arp + 14, &sender, 4);
    memcpy(arp + 18, host_hardware, 6);
    memcpy(arp + 24, &target, 4);
    return frame->bytes = 60;
}
