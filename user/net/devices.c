/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of the network, and the texts for them: see devices.h. */
#include "devices.h"

#include <arpa/inet.h>
#include <caps/caps.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

int device_failed(const char *program, const char *what, err_t error)
{
    fprintf(stderr, "%s: %s: %s\n", program, what,
            error == ERR_NOT_FOUND ? "there is no such thing ('ifconfig' lists devices)" : err_text(error));
    return 1;
}

err_t devices_read(struct net_device devices[DEVICES_MAX], uint32_t *count)
{
    return net_devices(net_default(), 0, devices, DEVICES_MAX, count);
}

const char *hardware_text(uint64_t hardware, char text[DEVICE_TEXT])
{
    int at = 0;
    for (unsigned i = 0; i < 6; i++) {
        at += snprintf(text + at, DEVICE_TEXT - (size_t)at, i == 0 ? "%02x" : ":%02x",
                       (unsigned)(hardware >> 8 * i & 0xff));
    }
    return text;
}

bool hardware_parse(const char *text, uint64_t *hardware)
{
    *hardware = 0;
    for (unsigned i = 0; i < 6; i++) {
        char *end;
        if (!isxdigit((unsigned char)text[0])) {
            return false;
        }
        unsigned long byte = strtoul(text, &end, 16);
        if (end - text > 2 || *end != (i < 5 ? ':' : '\0')) {
            return false;
        }
        *hardware |= (uint64_t)byte << 8 * i;
        text = end + 1;
    }
    return true;
}

const char *address_text(uint32_t address, char text[DEVICE_TEXT])
{
    return inet_ntop(AF_INET, &address, text, DEVICE_TEXT);
}

unsigned mask_bits(uint32_t mask)
{
    return (unsigned)__builtin_popcount(mask);
}

const char *socket_kind_text(uint32_t kind)
{
    switch (kind) {
    case NET_KIND_STREAM:
        return "tcp";
    case NET_KIND_DATAGRAM:
        return "udp";
    default:
        return "icmp";
    }
}

const char *socket_state_text(enum net_state state)
{
    static const char *const texts[] = {"unbound",   "bound",   "listening", "connecting",
                                        "connected", "closing", "failed"};
    return (unsigned)state < sizeof texts / sizeof texts[0] ? texts[state] : "?";
}
