/* SPDX-License-Identifier: BSD-2-Clause */
/* Network interfaces, as programs see and change them; the ARP cache; lwIP's counters. */
#include "net.h"
#include "settings.h"
#include <stddef.h>
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

static void device_address(struct netif *netif, uint32_t address, uint32_t netmask, uint32_t gateway)
{
    ip4_addr_t own = {address}, mask = {netmask}, way = {gateway};
    netif_set_addr(netif, &own, &mask, &way);
}

/* Entries that were added by hand go with the device that has them, and come back with it. */
static void neighbours_restore(void)
{
    const struct settings_copy *now = settings_now();
    for (unsigned i = 0; i < SETTINGS_NEIGHBOURS; i++) {
        ip4_addr_t ip = {now->neighbours[i].address};
        struct eth_addr hardware;
        memcpy(hardware.addr, &now->neighbours[i].hardware, ETH_HWADDR_LEN);
        if (ip.addr != 0) etharp_add_static_entry(&ip, &hardware);
    }
}

static void device_up(struct netif *netif)
{
    netif_set_up(netif);
    neighbours_restore();
}

void device_begin(struct netif *netif)
{
    char name[8];
    device_name(netif, name);
    const struct settings_device *set = settings_device(name);
    (set != NULL && set->down ? netif_set_down : netif_set_up)(netif);
    if (set != NULL && set->by_hand) {
        device_address(netif, set->address, set->netmask, set->gateway);
    } else if (nic_traffic(netif) != NULL) {
        lease_begin(netif);
    }
    neighbours_restore();
}

/* What it was set to, to be changed. */
static struct settings_device device_settings(const char *name)
{
    const struct settings_device *set = settings_device(name);
    struct settings_device fresh = {0};
    snprintf(fresh.name, sizeof fresh.name, "%s", name);
    return set != NULL ? *set : fresh;
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

/* Nobody else sends as us, or as the loopback interface (RFC 1122, 3.2.1.3): an echo server would answer itself without end. */
static bool source_is_ours(const struct pbuf *packet)
{
    uint32_t source;
    memcpy(&source, (const uint8_t *)packet->payload + SIZEOF_ETH_HDR + offsetof(struct ip_hdr, src), sizeof source);
    return source != 0 && device_has(source);
}

bool device_input(struct netif *netif, struct pbuf *packet)
{
    const struct eth_hdr *header = packet->payload;
    bool fits = packet->len >= SIZEOF_ETH_HDR + IP_HLEN &&
                (header->type != PP_HTONS(ETHTYPE_ARP) || packet->len >= SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR);
    if (fits && header->type == PP_HTONS(ETHTYPE_IP)) fits = !source_is_ours(packet);
    bool taken = fits && netif->input(packet, netif) == LWIP_OK;
    if (!taken) pbuf_free(packet);
    return taken;
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
    ip4_addr_t own = {address};
    struct settings_device set = device_settings(name);
    if (netif == NULL) return ERR_NOT_FOUND;
    if (ip4_addr_ismulticast(&own) || own.addr == IPADDR_BROADCAST || !ip4_addr_netmask_valid(netmask))
        return ERR_INVALID;
    set.address = address;
    set.netmask = netmask;
    set.gateway = gateway;
    set.by_hand = true;
    if (address != 0) set.down = false;
    if (!settings_set_device(&set)) return ERR_TOO_MANY;
    lease_end(netif);
    device_address(netif, address, netmask, gateway);
    if (address != 0) device_up(netif);
    return ERR_OK;
}

err_t device_configure_dhcp(const char *name)
{
    struct netif *netif = device_find(name);
    struct settings_device set = device_settings(name);
    if (netif == NULL || nic_traffic(netif) == NULL) return ERR_NOT_FOUND;
    device_up(netif);
    err_t err = lease_begin(netif);
    set.by_hand = set.down = false;
    if (err == ERR_OK && !settings_set_device(&set)) err = ERR_TOO_MANY;
    return err;
}

err_t device_set_up(const char *name, bool up)
{
    struct netif *netif = device_find(name);
    struct settings_device set = device_settings(name);
    if (netif == NULL) return ERR_NOT_FOUND;
    set.down = !up;
    if (!settings_set_device(&set)) return ERR_TOO_MANY;
    if (up) {
        device_up(netif);
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
    err_t err = stack_error(etharp_add_static_entry(&ip, &ethernet));
    if (err == ERR_OK && !settings_set_neighbour(address, hardware)) {
        etharp_remove_static_entry(&ip);
        err = ERR_TOO_MANY;
    }
    return err;
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
        if (error == LWIP_OK) settings_remove_neighbour(address);
        return stack_error(error);
    }
    /* One that was added by hand is only in the settings while its device is down. */
    return settings_remove_neighbour(address) ? ERR_OK : ERR_NOT_FOUND;
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
