/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams where there is no TCP. */
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

const struct stats_proto *streams_statistics(void)
{
    static const struct stats_proto none;
    return &none;
}
