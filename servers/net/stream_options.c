/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of streams, as lwIP has them. */
#include "stream.h"

static void flag_set(struct tcp_pcb *pcb, u8_t flag, bool on)
{
    if (on) {
        ip_set_option(pcb, flag);
    } else {
        ip_reset_option(pcb, flag);
    }
}

err_t stream_set_option(struct socket *socket, uint32_t option, uint32_t value)
{
    struct tcp_pcb *pcb = socket->tcp;
    bool listening = socket->state == NET_STATE_LISTENING;
    if (pcb == NULL) return ERR_NOT_CONNECTED;
    if (option == NET_OPTION_REUSE_ADDRESS || option == NET_OPTION_KEEP_ALIVE) {
        flag_set(pcb, option == NET_OPTION_KEEP_ALIVE ? SOF_KEEPALIVE : SOF_REUSEADDR, value != 0);
        return ERR_OK;
    }
    if (option == NET_OPTION_LINGER) {
        socket->reset = value != 0;
        return ERR_OK;
    }
    if (option == NET_OPTION_TTL && value > 0 && value < 256) {
        pcb->ttl = (u8_t)value;
        return ERR_OK;
    }
    if (listening) return option == NET_OPTION_NO_DELAY ? ERR_OK : ERR_UNSUPPORTED;
    switch (option) {
    case NET_OPTION_NO_DELAY:
        if (value) {
            tcp_nagle_disable(pcb);
        } else {
            tcp_nagle_enable(pcb);
        }
        return ERR_OK;
    case NET_OPTION_KEEP_IDLE:
        pcb->keep_idle = value > 100000 ? 100000000 : value * 1000;
        return ERR_OK;
    case NET_OPTION_KEEP_INTERVAL:
        pcb->keep_intvl = value > 100000 ? 100000000 : value * 1000;
        return ERR_OK;
    case NET_OPTION_KEEP_COUNT:
        pcb->keep_cnt = value;
        return ERR_OK;
    case NET_OPTION_TOS:
        pcb->tos = (u8_t)value;
        return ERR_OK;
    default:
        return ERR_UNSUPPORTED;
    }
}
