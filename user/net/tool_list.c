/* SPDX-License-Identifier: BSD-2-Clause */
/* The names that the one network program has on Capelin. */
#include "tools.h"

const struct tool tools_list[] = {
    {"arp", tool_arp},
    {"ifconfig", tool_ifconfig},
    {"iperfd", tool_iperfd},
    {"nc", tool_nc},
    {"netstat", tool_netstat},
    {"nslookup", tool_nslookup},
    {"ping", tool_ping},
    {"tcp_echo", tool_tcp_echo},
    {"udp_echo", tool_udp_echo},
    {"wget", tool_wget},
    {NULL, NULL},
};
