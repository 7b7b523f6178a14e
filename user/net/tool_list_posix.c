/* SPDX-License-Identifier: BSD-2-Clause */
/* tool_list.c for the host: those that need nothing but sockets. */
#include "tools.h"

const struct tool tools_list[] = {
    {"iperfd", tool_iperfd},     {"nc", tool_nc},
    {"nslookup", tool_nslookup}, {"ping", tool_ping},
    {"tcp_echo", tool_tcp_echo}, {"udp_echo", tool_udp_echo},
    {"wget", tool_wget},         {NULL, NULL},
};
