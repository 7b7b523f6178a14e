/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams where there is no TCP, and nothing to put together. */
#include "net.h"

static err_t none_open(struct socket *socket)
{
    (void)socket;
    return ERR_UNSUPPORTED;
}

const struct socket_ops stream_ops = {.open = none_open};

err_t stream_accept(struct socket *listener, struct socket **accepted)
{
    (void)listener, (void)accepted;
    return ERR_UNSUPPORTED;
}

bool streams_active(void)
{
    return false;
}

void streams_tick(void) {}

unsigned merge_input(struct netif *netif, struct pbuf *packet, bool checked)
{
    u16_t before = netif->chksum_flags;
    if (checked && offload_checked(packet)) netif->chksum_flags &= (u16_t)~NETIF_CHECKSUM_CHECK_UDP;
    bool taken = device_input(netif, packet);
    netif->chksum_flags = before;
    return !taken;
}

unsigned merge_end(void)
{
    return 0;
}

const struct stats_proto *streams_statistics(void)
{
    static const struct stats_proto none;
    return &none;
}
