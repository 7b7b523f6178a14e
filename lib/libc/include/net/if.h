/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of network interfaces. What else there is to know of one: <idl/net.h>. */
#ifndef _NET_IF_H
#define _NET_IF_H

#define IF_NAMESIZE 16
#define IFNAMSIZ IF_NAMESIZE

unsigned int if_nametoindex(const char *name);
char *if_indextoname(unsigned int index, char *name);

#endif
