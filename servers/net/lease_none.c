/* SPDX-License-Identifier: BSD-2-Clause */
/* Where there is no DHCP. */
#include "net.h"

err_t lease_begin(struct netif *netif)
{
    (void)netif;
    return ERR_UNSUPPORTED;
}

void lease_end(struct netif *netif)
{
    (void)netif;
}

bool lease_has(const struct netif *netif)
{
    (void)netif;
    return false;
}

bool lease_asks(void)
{
    return false;
}

bool leases_are(void)
{
    return false;
}

void lease_fine(void) {}

void lease_coarse(void) {}
