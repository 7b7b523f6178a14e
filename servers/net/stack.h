/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP's headers, with the names of its errors changed: err_t and ERR_OK are ours everywhere, lwIP's are lwip_err_t and LWIP_OK.
 */
#ifndef NET_STACK_H
#define NET_STACK_H

#include <abi/errors.h>
#include <abi/types.h>

#define err_t lwip_err_t
#define ERR_OK LWIP_OK
#define ERR_TIMEOUT LWIP_ERR_TIMEOUT
#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/etharp.h>
#include <lwip/icmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/ip4_frag.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/dhcp.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/tcp.h>
#include <lwip/raw.h>
#include <lwip/stats.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>
#undef err_t
#undef ERR_OK
#undef ERR_TIMEOUT

/* An error of lwIP as one of ours. */
err_t stack_error(lwip_err_t error);
void stack_init(void);
/* Bytes that lwIP holds. */
size_t stack_held(void);

#endif
