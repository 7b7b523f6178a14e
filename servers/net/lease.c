/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses by DHCP. */
#include "net.h"

err_t lease_begin(struct netif *netif)
{
    return stack_error(dhcp_start(netif));
}

void lease_end(struct netif *netif)
{
    if (netif_dhcp_data(netif) == NULL) return;
    dhcp_release_and_stop(netif);
    dhcp_cleanup(netif);
}

bool lease_has(const struct netif *netif)
{
    return netif_dhcp_data(netif) != NULL;
}

bool lease_asks(void)
{
    struct netif *netif;
    NETIF_FOREACH(netif)
    {
        const struct dhcp *dhcp = netif_dhcp_data(netif);
        if (dhcp != NULL && dhcp->request_timeout > 0) return true;
    }
    return false;
}

bool leases_are(void)
{
    struct netif *netif;
    NETIF_FOREACH(netif)
    {
        if (netif_dhcp_data(netif) != NULL) return true;
    }
    return false;
}

void lease_fine(void)
{
    dhcp_fine_tmr();
}

void lease_coarse(void)
{
    dhcp_coarse_tmr();
}
