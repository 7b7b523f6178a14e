/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums of TCP and UDP that others make or need not be made. A card that offers it sums what is sent: lwIP leaves the sum out there, and the frame gets
 * that of the pseudo header, to which the device adds the rest. It sums one frame, and so no datagram that goes out in fragments: that has its
 * sum from lwIP. What we send to ourselves has none, and is not looked at for one.
 */
#include "net.h"
#include <string.h>

#define MADE (NETIF_CHECKSUM_GEN_UDP | NETIF_CHECKSUM_GEN_TCP)
#define CHECKED (NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP)
#define FRAGMENT PP_HTONS(IP_MF | IP_OFFMASK)
/* A frame that takes less may have to send a segment of TCP in fragments. */
#define FRAME_LEAST (TCP_MSS + IP_HLEN + TCP_HLEN)

void offload_set(struct netif *netif, bool offered)
{
    bool left = offered && netif->mtu >= FRAME_LEAST;
    netif->chksum_flags = (u16_t)((netif->chksum_flags & (u16_t)~MADE) | (left ? 0 : MADE));
}

/* Folded, not inverted, in the order of memory. */
static uint16_t pseudo_sum(const struct ip_hdr *ip, uint32_t bytes)
{
    uint64_t sum = (uint64_t)ip->src.addr + ip->dest.addr + lwip_htons(ip->_proto) + lwip_htons((uint16_t)bytes);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

bool offload_begin(const struct netif *netif, uint8_t *frame, uint32_t bytes, struct offload *left)
{
    const struct ip_hdr *ip = (const struct ip_hdr *)(frame + SIZEOF_ETH_HDR);
    if ((netif->chksum_flags & MADE) != 0 || bytes < SIZEOF_ETH_HDR + IP_HLEN) return false;
    if (((const struct eth_hdr *)frame)->type != PP_HTONS(ETHTYPE_IP) || (ip->_offset & FRAGMENT) != 0) return false;
    bool tcp = ip->_proto == IP_PROTO_TCP;
    if (!tcp && ip->_proto != IP_PROTO_UDP) return false;
    uint32_t head = 4 * (ip->_v_hl & 15u), all = lwip_ntohs(ip->_len);
    if (head < IP_HLEN || all < head + (tcp ? TCP_HLEN : UDP_HLEN) || SIZEOF_ETH_HDR + all > bytes) return false;
    left->start = (uint16_t)(SIZEOF_ETH_HDR + head);
    left->offset = tcp ? offsetof(struct tcp_hdr, chksum) : offsetof(struct udp_hdr, chksum);
    uint16_t sum = pseudo_sum(ip, all - head);
    memcpy(frame + left->start + left->offset, &sum, sizeof sum);
    return true;
}

lwip_err_t offload_sendto(struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *to, uint16_t port)
{
    struct netif *netif = packet->tot_len > FRAME_LEAST - IP_HLEN - UDP_HLEN ? ip4_route(to) : NULL;
    if (netif == NULL) return udp_sendto(pcb, packet, to, port);
    u16_t before = netif->chksum_flags;
    netif->chksum_flags |= NETIF_CHECKSUM_GEN_UDP;
    lwip_err_t err = udp_sendto(pcb, packet, to, port);
    netif->chksum_flags = before;
    return err;
}

bool offload_checked(const struct pbuf *packet)
{
    const struct ip_hdr *ip = (const struct ip_hdr *)((const uint8_t *)packet->payload + SIZEOF_ETH_HDR);
    return packet->len >= SIZEOF_ETH_HDR + IP_HLEN && (ip->_offset & FRAGMENT) == 0;
}

void offload_poll(void)
{
    struct netif *netif;
    NETIF_FOREACH(netif)
    {
        u16_t before = netif->chksum_flags;
        if (netif->loop_first == NULL) continue;
        netif->chksum_flags &= (u16_t)~CHECKED;
        netif_poll(netif);
        netif->chksum_flags = before;
    }
}
