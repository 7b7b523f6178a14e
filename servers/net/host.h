/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests on the host: what is above the core of net, and a wire to a machine that a test plays. */
#ifndef NET_HOST_H
#define NET_HOST_H

#include "net.h"

#define HOST_ADDRESS PP_HTONL(0x0a000001) /* net's, 10.0.0.1/24 */
#define PEER_ADDRESS PP_HTONL(0x0a000002) /* the test's */
#define FRAME_MOST 2048

struct frame {
    uint8_t byte[FRAME_MOST];
    uint32_t bytes;
    bool unsummed; /* the checksum was left to the device: as `left` says */
    struct offload left;
};

extern const uint8_t host_hardware[6], peer_hardware[6];
extern uint64_t host_ms;      /* the time */
extern uint32_t host_answers; /* to calls that waited */
extern uint32_t host_pauses;  /* how often packets were to wait */
extern bool host_room;        /* on the wire */
extern uint32_t host_events;  /* what the last one was ready for */

/* Once; then a new one for each test is the same as it was at first. */
void host_start(void);
/* A frame comes over the wire, and all that follows. */
void host_input(const void *frame, uint32_t bytes);
/* Another one will follow at once. */
void host_input_more(const void *frame, uint32_t bytes);
/* The device says that the checksum is right. */
void host_input_checked(const void *frame, uint32_t bytes);
/* Does the device make checksums? Not at first. */
void host_offload(bool offered);
/* The oldest frame that was sent and not yet taken; false: none. */
bool host_output(struct frame *frame);
void host_output_clear(void);
/* Rounds until nothing is left to do, timers included. */
void host_settle(void);
void host_pass(uint64_t ms);

struct holder *host_client(uint64_t pid);
void host_client_end(struct holder *holder);

/* An IPv4 packet from the peer with `protocol` and `payload`, checksums right; the frame's length. */
uint32_t frame_ip(struct frame *frame, uint8_t protocol, const void *payload, uint32_t bytes);
uint32_t frame_udp(struct frame *frame, uint16_t from, uint16_t to, const void *data, uint32_t bytes);
uint32_t frame_echo(struct frame *frame, uint16_t id, uint16_t sequence, uint32_t bytes);
uint32_t frame_tcp(struct frame *frame, uint16_t from, uint16_t to, uint32_t sequence, uint32_t acknowledge,
                   uint8_t flags, uint16_t window, const void *data, uint32_t bytes);
uint32_t frame_arp(struct frame *frame, uint16_t operation, uint32_t sender, const uint8_t *hardware, uint32_t target);

#endif
