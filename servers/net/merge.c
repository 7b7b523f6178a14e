/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments of a connection that come one after the other are one to lwIP: a header is looked at once, and one answer confirms all. Only what the
 * connection expects next is put together, so that of what is lost or late the other side hears as often as ever. Of acknowledgements
 * without data the last says what all say.
 *
 * What is held here ends with merge_end(), before anything else is done.
 */
#include "net.h"
#include <string.h>

#define SEGMENTS_MOST 64
#define HEADERS (SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN)
#define CHECKS (NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP)

static struct {
    struct netif *netif;
    struct pbuf *segment[SEGMENTS_MOST]; /* the first one with its headers */
    uint32_t count;
    uint32_t bytes; /* of data */
    uint32_t next;  /* the sequence number after them */
} held;

static struct ip_hdr *ip_of(const struct pbuf *packet)
{
    return (struct ip_hdr *)((uint8_t *)packet->payload + SIZEOF_ETH_HDR);
}

static struct tcp_hdr *tcp_of(const struct pbuf *packet)
{
    return (struct tcp_hdr *)(ip_of(packet) + 1);
}

/* For a host, without options, and with nothing to say but its data and what it confirms. */
static bool is_plain(const struct pbuf *packet)
{
    const struct eth_hdr *ethernet = packet->payload;
    if (packet->next != NULL || packet->len < HEADERS) return false;
    const struct ip_hdr *ip = ip_of(packet);
    const struct tcp_hdr *tcp = tcp_of(packet);
    uint32_t bytes = lwip_ntohs(IPH_LEN(ip));
    return ethernet->type == PP_HTONS(ETHTYPE_IP) && (ethernet->dest.addr[0] & 1) == 0 && ip->_v_hl == 0x45 &&
           ip->_proto == IP_PROTO_TCP && (ip->_offset & (uint16_t)~PP_HTONS(IP_DF)) == 0 &&
           bytes >= IP_HLEN + TCP_HLEN && bytes + SIZEOF_ETH_HDR <= packet->len && TCPH_HDRLEN(tcp) == TCP_HLEN / 4 &&
           (TCPH_FLAGS(tcp) & (uint8_t)~TCP_PSH) == TCP_ACK;
}

/* The addresses stand before TCP's header: all but two words of its pseudo header. */
static bool sums_right(const struct pbuf *packet, bool checked)
{
    const struct ip_hdr *ip = ip_of(packet);
    uint32_t bytes = lwip_ntohs(IPH_LEN(ip)) - IP_HLEN;
    if (stack_checksum(ip, IP_HLEN) != 0xffff) return false;
    if (checked) return true;
    uint32_t sum = stack_checksum(&ip->src, (int)(8 + bytes)) + PP_HTONS(IP_PROTO_TCP) + lwip_htons((uint16_t)bytes);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)(sum + (sum >> 16)) == 0xffff;
}

/* Is it what a connection expects next? */
static bool is_expected(const struct pbuf *packet)
{
    const struct ip_hdr *ip = ip_of(packet);
    const struct tcp_hdr *tcp = tcp_of(packet);
    for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->remote_port == lwip_ntohs(tcp->src) && pcb->local_port == lwip_ntohs(tcp->dest) &&
            pcb->remote_ip.addr == ip->src.addr && pcb->local_ip.addr == ip->dest.addr) {
            return pcb->state == ESTABLISHED && pcb->rcv_nxt == lwip_ntohl(tcp->seqno);
        }
    }
    return false;
}

/* Addresses and ports stand in a row. */
static bool is_same_connection(const struct pbuf *packet)
{
    const struct ip_hdr *ip = ip_of(packet), *first = ip_of(held.segment[0]);
    return memcmp(&ip->src, &first->src, 12) == 0 && ip->_tos == first->_tos && ip->_ttl == first->_ttl;
}

/* lwIP's own checks, but for those that are known to be right. */
static unsigned pass(struct netif *netif, struct pbuf *packet, u16_t known)
{
    u16_t before = netif->chksum_flags;
    netif->chksum_flags = before & (u16_t)~known;
    bool taken = device_input(netif, packet);
    netif->chksum_flags = before;
    return !taken;
}

static void hold(struct netif *netif, struct pbuf *packet, uint32_t bytes)
{
    held.netif = netif;
    held.segment[0] = packet;
    held.count = 1;
    held.bytes = bytes;
    held.next = lwip_ntohl(tcp_of(packet)->seqno) + bytes;
}

/* false: it does not go on from what is held. */
static bool add(struct netif *netif, struct pbuf *packet, uint32_t bytes)
{
    const struct tcp_hdr *tcp = tcp_of(packet);
    if (held.count == 0 || held.netif != netif || !is_same_connection(packet)) return false;
    struct tcp_hdr *first = tcp_of(held.segment[0]);
    if (lwip_ntohl(tcp->seqno) != held.next || (bytes == 0) != (held.bytes == 0)) return false;
    if (bytes == 0) {
        if ((int32_t)(lwip_ntohl(tcp->ackno) - lwip_ntohl(first->ackno)) <= 0) return false;
        pbuf_free(held.segment[0]);
        held.segment[0] = packet;
        return true;
    }
    if (tcp->ackno != first->ackno || tcp->wnd != first->wnd || held.count == SEGMENTS_MOST ||
        HEADERS + held.bytes + bytes > UINT16_MAX) {
        return false;
    }
    if ((TCPH_FLAGS(tcp) & TCP_PSH) != 0) TCPH_SET_FLAG(first, TCP_PSH);
    pbuf_remove_header(packet, HEADERS);
    held.segment[held.count++] = packet;
    held.bytes += bytes;
    held.next += bytes;
    return true;
}

unsigned merge_input(struct netif *netif, struct pbuf *packet, bool checked)
{
    if (!is_plain(packet) || !sums_right(packet, checked)) {
        unsigned before = merge_end(); /* what came first goes first */
        return before + pass(netif, packet, checked && offload_checked(packet) ? CHECKS : 0);
    }
    uint32_t bytes = lwip_ntohs(IPH_LEN(ip_of(packet))) - IP_HLEN - TCP_HLEN;
    pbuf_realloc(packet, (u16_t)(HEADERS + bytes)); /* without what fills up a short frame */
    if (add(netif, packet, bytes)) return 0;
    unsigned dropped = merge_end();
    if (!is_expected(packet)) return dropped + pass(netif, packet, CHECKS | NETIF_CHECKSUM_CHECK_IP);
    hold(netif, packet, bytes);
    return dropped;
}

/* From the last one on: each pbuf tells how much there is from it on. */
unsigned merge_end(void)
{
    if (held.count == 0) return 0;
    struct pbuf *next = NULL, *all = held.segment[0];
    for (uint32_t i = held.count; i-- > 0; next = held.segment[i]) {
        held.segment[i]->next = next;
        held.segment[i]->tot_len = (u16_t)(held.segment[i]->len + (next != NULL ? next->tot_len : 0));
    }
    IPH_LEN_SET(ip_of(all), lwip_htons((u16_t)(all->tot_len - SIZEOF_ETH_HDR)));
    held.count = 0;
    return pass(held.netif, all, CHECKS | NETIF_CHECKSUM_CHECK_IP);
}
