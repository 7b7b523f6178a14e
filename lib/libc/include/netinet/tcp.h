/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of a stream of TCP, at level IPPROTO_TCP. */
#ifndef _NETINET_TCP_H
#define _NETINET_TCP_H

#define TCP_NODELAY 1
#define TCP_MAXSEG 2
#define TCP_KEEPIDLE 4 /* seconds */
#define TCP_KEEPINTVL 5
#define TCP_KEEPCNT 6

#endif
