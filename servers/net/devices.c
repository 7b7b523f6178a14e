/* SPDX-License-Identifier: BSD-2-Clause */
/* Network interfaces, as programs see and change them; the ARP cache; lwIP's counters. */
#include "net.h"
#include <stdio.h>
#include <string.h>

void device_name(const struct netif *netif, char *name)
{
    snprintf(name, 8, "%c%c%u", netif->name[0], netif->name[1], netif->num);
}

struct netif *device_find(const char *name)
{
    struct netif *netif;
    char text[8];
    NETIF_FOREACH(netif)
    {
        device_name(netif, text);
        if (strcmp(text, name) == 0) return netif;
    }
    return NULL;
}

void device_begin(struct netif *netif)
{
    lease_begin(netif);
}

/*
 * lwIP looks at headers, of IP with its options and of UDP, before it looks at how long the packet is: so there is always memory behind it, as there is in
 * the buffers of a card.
 */
#define HEADERS_MOST (SIZEOF_ETH_HDR + IP_HLEN_MAX + UDP_HLEN)

struct pbuf *device_copy(const void *data, uint32_t bytes)
{
    struct pbuf *copy = pbuf_alloc(PBUF_RAW, (u16_t)(bytes < HEADERS_MOST ? HEADERS_MOST : bytes), PBUF_RAM);
    if (copy == NULL) return NULL;
    if (bytes < HEADERS_MOST) memset(copy->payload, 0, HEADERS_MOST);
    memcpy(copy->payload, data, bytes);
    pbuf_realloc(copy, (u16_t)bytes);
    return copy;
}

bool device_input(struct netif *netif, struct pbuf *packet)
{
    const struct eth_hdr *header = packet->payload;
    bool fits = packet->len >= SIZEOF_ETH_HDR + IP_HLEN &&
                (header->type != PP_HTONS(ETHTYPE_ARP) || packet->len >= SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR);
    bool taken = fits && netif->input(packet, netif) == LWIP_OK;
    if (!taken) pbuf_free(packet);
    return taken;
}

bool device_has(uint32_t address)
{
    struct netif *netif;
    if (address == 0 || address == IPADDR_BROADCAST || (address & PP_HTONL(0xff000000)) == PP_HTONL(0x7f000000))
        return true;
    NETIF_FOREACH(netif)
    {
        if (netif_ip4_addr(netif)->addr == address) return true;
    }
    return false;
}

static uint64_t hardware_number(const uint8_t *bytes)
{
    uint64_t number = 0;
    memcpy(&number, bytes, ETH_HWADDR_LEN);
    return number;
}

static void device_describe(const struct netif *netif, struct net_device *device)
{
    const struct nic_traffic *traffic = nic_traffic(netif);
    device_name(netif, device->name);
    device->up = netif_is_up(netif);
    device->link = netif_is_link_up(netif);
    device->dhcp = lease_has(netif);
    device->mtu = traffic != NULL ? netif->mtu : UINT16_MAX;
    device->hardware = hardware_number(netif->hwaddr);
    device->address = netif_ip4_addr(netif)->addr;
    device->netmask = netif_ip4_netmask(netif)->addr;
    device->gateway = netif_ip4_gw(netif)->addr;
    if (traffic == NULL) return;
    device->received = traffic->received;
    device->received_bytes = traffic->received_bytes;
    device->received_dropped = traffic->received_dropped;
    device->sent = traffic->sent;
    device->sent_bytes = traffic->sent_bytes;
    device->sent_dropped = traffic->sent_dropped;
}

err_t devices_list(uint32_t first, struct net_device *devices, uint32_t *count)
{
    struct netif *netif;
    uint32_t number = 0;
    NETIF_FOREACH(netif)
    {
        if (number++ >= first && *count < 8) device_describe(netif, &devices[(*count)++]);
    }
    return ERR_OK;
}

err_t device_configure(const char *name, uint32_t address, uint32_t netmask, uint32_t gateway)
{
    struct netif *netif = device_find(name);
    ip4_addr_t own = {address}, mask = {netmask}, way = {gateway};
    if (netif == NULL) return ERR_NOT_FOUND;
    if (ip4_addr_ismulticast(&own) || own.addr == IPADDR_BROADCAST || !ip4_addr_netmask_valid(netmask))
        return ERR_INVALID;
    lease_end(netif);
    netif_set_addr(netif, &own, &mask, &way);
    if (address != 0) netif_set_up(netif);
    return ERR_OK;
}

err_t device_configure_dhcp(const char *name)
{
    struct netif *netif = device_find(name);
    if (netif == NULL || nic_traffic(netif) == NULL) return ERR_NOT_FOUND;
    netif_set_up(netif);
    return lease_begin(netif);
}

err_t device_set_up(const char *name, bool up)
{
    struct netif *netif = device_find(name);
    if (netif == NULL) return ERR_NOT_FOUND;
    if (up) {
        netif_set_up(netif);
    } else {
        netif_set_down(netif);
    }
    return ERR_OK;
}

err_t arp_entries(uint32_t first, struct net_arp_entry *entries, uint32_t *count)
{
    for (uint32_t i = 0, number = 0; i < ARP_TABLE_SIZE && *count < NET_LIST_MAX; i++) {
        ip4_addr_t *address;
        struct netif *netif;
        struct eth_addr *hardware;
        if (!etharp_get_entry(i, &address, &netif, &hardware) || number++ < first) continue;
        struct net_arp_entry *entry = &entries[(*count)++];
        entry->address = address->addr;
        entry->hardware = hardware_number(hardware->addr);
        device_name(netif, entry->device);
    }
    return ERR_OK;
}

err_t arp_add(uint32_t address, uint64_t hardware)
{
    ip4_addr_t ip = {address};
    struct eth_addr ethernet;
    memcpy(ethernet.addr, &hardware, ETH_HWADDR_LEN);
    return stack_error(etharp_add_static_entry(&ip, &ethernet));
}

/* One that was not added by hand is made so first: lwIP removes only those. */
err_t arp_delete(uint32_t address)
{
    ip4_addr_t ip = {address};
    struct eth_addr *hardware;
    const ip4_addr_t *found;
    struct netif *netif;
    NETIF_FOREACH(netif)
    {
        if (etharp_find_addr(netif, &ip, &hardware, &found) < 0) continue;
        struct eth_addr copy = *hardware;
        lwip_err_t error = etharp_add_static_entry(&ip, &copy);
        if (error == LWIP_OK) error = etharp_remove_static_entry(&ip);
        return stack_error(error);
    }
    return ERR_NOT_FOUND;
}

static void protocol_add(struct net_protocol *protocols, uint32_t *count, const char *name, const struct stats_proto *from)
{
    struct net_protocol *to = &protocols[(*count)++];
    strcpy(to->name, name);
    to->sent = from->xmit;
    to->received = from->recv;
    to->forwarded = from->fw;
    to->dropped = from->drop;
    to->checksum_errors = from->chkerr;
    to->length_errors = from->lenerr;
    to->memory_errors = from->memerr;
    to->routing_errors = from->rterr;
    to->protocol_errors = from->proterr;
    to->option_errors = from->opterr;
    to->other_errors = from->err;
}

void protocols_list(struct net_protocol *protocols, uint32_t *count)
{
    protocol_add(protocols, count, "link", &lwip_stats.link);
    protocol_add(protocols, count, "arp", &lwip_stats.etharp);
    protocol_add(protocols, count, "ip", &lwip_stats.ip);
    protocol_add(protocols, count, "frag", &lwip_stats.ip_frag);
    protocol_add(protocols, count, "icmp", &lwip_stats.icmp);
    protocol_add(protocols, count, "udp", &lwip_stats.udp);
    protocol_add(protocols, count, "tcp", streams_statistics());
}
