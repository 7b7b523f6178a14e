/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a packet of IPv4, which a raw socket receives in front of what it carries. */
#ifndef _NETINET_IP_H
#define _NETINET_IP_H

#include <netinet/in.h>

struct ip {
    uint8_t ip_hl : 4, ip_v : 4; /* length in words of 4 bytes; version */
    uint8_t ip_tos;
    uint16_t ip_len;
    uint16_t ip_id;
    uint16_t ip_off;
    uint8_t ip_ttl;
    uint8_t ip_p;
    uint16_t ip_sum;
    struct in_addr ip_src, ip_dst;
};

#define IP_DF 0x4000
#define IP_MF 0x2000
#define IP_OFFMASK 0x1fff
#define IPVERSION 4
#define IP_MAXPACKET 65535

#endif
