/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls of net.idl. Those on sockets are in requests.c, with the clients; those that are everybody's, on names, devices, addresses, in requests_network.c.
 */
#ifndef NET_REQUESTS_H
#define NET_REQUESTS_H

#include "net.h"
#include <messaging/server.h>

extern struct service net_service;

/* requests_network.c, as in struct net_ops */
err_t handle_resolve(struct call *call, const char *name, uint32_t *address);
err_t handle_devices(struct call *call, uint32_t first, struct net_device *devices, uint32_t *count);
err_t handle_configure(struct call *call, const char *device, uint32_t address, uint32_t netmask, uint32_t gateway);
err_t handle_configure_dhcp(struct call *call, const char *device);
err_t handle_set_up(struct call *call, const char *device, bool up);
err_t handle_name_server(struct call *call, uint32_t number, uint32_t *address);
err_t handle_set_name_server(struct call *call, uint32_t number, uint32_t address);
err_t handle_arp_list(struct call *call, uint32_t first, struct net_arp_entry *entries, uint32_t *count);
err_t handle_arp_add(struct call *call, uint32_t address, uint64_t hardware);
err_t handle_arp_delete(struct call *call, uint32_t address);
err_t handle_protocols(struct call *call, struct net_protocol *protocols, uint32_t *count);

#endif
