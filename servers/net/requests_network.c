/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that are everybody's: names of hosts, devices and their addresses, the ARP cache, statistics. */
#include "requests.h"

#define RESOLVES_MOST 8 /* of one client at once */

static void resolved(void *context, uint32_t address)
{
    struct reply *reply = context;
    struct client *client = reply_client(reply);
    if (client != NULL) ((struct holder *)client->user)->resolves--;
    net_reply_resolve(reply, address != 0 ? ERR_OK : ERR_NOT_FOUND, address);
}

err_t handle_resolve(struct call *call, const char *name, uint32_t *address)
{
    struct holder *holder = call->client->user;
    if (holder->resolves == RESOLVES_MOST) return ERR_TOO_MANY;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err_t err = resolve_begin(name, address, resolved, reply);
    round_post();
    if (err == ERR_IN_PROGRESS) {
        holder->resolves++;
    } else {
        net_reply_resolve(reply, err, *address);
    }
    return ERR_OK;
}

err_t handle_devices(struct call *call, uint32_t first, struct net_device *devices, uint32_t *count)
{
    (void)call;
    return devices_list(first, devices, count);
}

err_t handle_configure(struct call *call, const char *device, uint32_t address, uint32_t netmask, uint32_t gateway)
{
    (void)call;
    round_post();
    return device_configure(device, address, netmask, gateway);
}

err_t handle_configure_dhcp(struct call *call, const char *device)
{
    (void)call;
    round_post();
    return device_configure_dhcp(device);
}

err_t handle_set_up(struct call *call, const char *device, bool up)
{
    (void)call;
    round_post();
    return device_set_up(device, up);
}

err_t handle_name_server(struct call *call, uint32_t number, uint32_t *address)
{
    (void)call;
    *address = resolve_server(number);
    return ERR_OK;
}

err_t handle_set_name_server(struct call *call, uint32_t number, uint32_t address)
{
    (void)call;
    return resolve_set_server(number, address);
}

err_t handle_arp_list(struct call *call, uint32_t first, struct net_arp_entry *entries, uint32_t *count)
{
    (void)call;
    return arp_entries(first, entries, count);
}

err_t handle_arp_add(struct call *call, uint32_t address, uint64_t hardware)
{
    (void)call;
    return arp_add(address, hardware);
}

err_t handle_arp_delete(struct call *call, uint32_t address)
{
    (void)call;
    return arp_delete(address);
}

err_t handle_protocols(struct call *call, struct net_protocol *protocols, uint32_t *count)
{
    (void)call;
    protocols_list(protocols, count);
    return ERR_OK;
}
