/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lwIP is built with. One thread, no system below it; memory from stack_malloc(), which bounds it as a whole; timers of our own
 * (timers.c), which stand still while nothing happens.
 */
#ifndef NET_LWIP_LWIPOPTS_H
#define NET_LWIP_LWIPOPTS_H

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_TIMERS 0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 8
#define MEM_SIZE (CONFIG_NET_HEAP_KIB * 1024)
#define mem_clib_malloc stack_malloc
#define mem_clib_calloc stack_calloc
#define mem_clib_free stack_free
#define MEMP_NUM_REASSDATA 16
#define MEMP_NUM_ARP_QUEUE 64
#define LWIP_SUPPORT_CUSTOM_PBUF 1
/* Frames lie so that what follows the Ethernet header does at a multiple of 4. */
#define ETH_PAD_SIZE 0

#define LWIP_ETHERNET 1
#define LWIP_ARP 1
#define ARP_TABLE_SIZE CONFIG_NET_ARP_ENTRIES
#define ARP_QUEUEING 1
#define ARP_QUEUE_LEN 32
#define ETHARP_SUPPORT_STATIC_ENTRIES 1
#define ETHARP_TABLE_MATCH_NETIF 1

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define IP_REASSEMBLY 1
#define IP_FRAG 1
#define IP_REASS_MAX_PBUFS 96
#define IP_REASS_MAXAGE 5
#define IP_SOF_BROADCAST 1
#define IP_SOF_BROADCAST_RECV 0
#define LWIP_ICMP 1
#define LWIP_MULTICAST_PING 0
#define LWIP_BROADCAST_PING 0
#define LWIP_RAW 1
#define LWIP_UDP 1
#define SO_REUSE 1

#ifdef CONFIG_NET_TCP
#define LWIP_TCP 1
#else
#define LWIP_TCP 0
#endif
#define TCP_MSS 1460
#define TCP_WND (44 * TCP_MSS)
#define TCP_SND_BUF (44 * TCP_MSS)
#define TCP_SND_QUEUELEN 128
#define MEMP_NUM_TCP_SEG 4096
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_BYTES TCP_WND
#define TCP_OOSEQ_MAX_PBUFS 64
#define TCP_LISTEN_BACKLOG 1
#define TCP_DEFAULT_LISTEN_BACKLOG 16
#define TCP_OVERSIZE TCP_MSS
#define TCP_MSL 10000
/* A segment that nobody confirms is given up after some ten minutes, as others do it (RFC 1122, 4.2.3.5), not after an hour. */
#define TCP_MAXRTX 8
#define LWIP_TCP_KEEPALIVE 1
#define LWIP_TCP_TIMESTAMPS 0

#ifdef CONFIG_NET_DHCP
#define LWIP_DHCP 1
#else
#define LWIP_DHCP 0
#endif
#define DHCP_DOES_ARP_CHECK 0
#define LWIP_DHCP_GET_NTP_SRV 0
#ifdef CONFIG_NET_DNS
#define LWIP_DNS 1
#else
#define LWIP_DNS 0
#endif
#define DNS_MAX_NAME_LENGTH 256
#define DNS_TABLE_SIZE 16
#define DNS_MAX_REQUESTS 16

#define LWIP_HAVE_LOOPIF 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_LOOPBACK_MAX_PBUFS 512
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1

#define MEMCPY(to, from, bytes) stack_copy(to, from, bytes)
#define LWIP_HOOK_FILENAME "arch/hooks.h"

#define LWIP_STATS 1
#define LWIP_STATS_LARGE 1
#define MEM_STATS 0
#define MEMP_STATS 0
#define SYS_STATS 0

#endif
