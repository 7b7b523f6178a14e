/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of the internet as text. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exactly four decimal numbers below 256. */
int inet_pton(int family, const char *text, void *address)
{
    uint8_t bytes[4];
    if (family != AF_INET) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        unsigned value = 0, digits = 0;
        for (; *text >= '0' && *text <= '9'; text++) {
            value = value * 10 + (unsigned)(*text - '0');
            if (++digits > 3 || value > 255) return 0;
        }
        if (digits == 0 || *text != (i < 3 ? '.' : '\0')) return 0;
        text += i < 3;
        bytes[i] = (uint8_t)value;
    }
    memcpy(address, bytes, sizeof bytes);
    return 1;
}

const char *inet_ntop(int family, const void *address, char *text, socklen_t room)
{
    const uint8_t *bytes = address;
    char all[INET_ADDRSTRLEN];
    if (family != AF_INET) {
        errno = EAFNOSUPPORT;
        return NULL;
    }
    int length = snprintf(all, sizeof all, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
    if ((socklen_t)length >= room) {
        errno = ENOSPC;
        return NULL;
    }
    return strcpy(text, all);
}

/* One to four numbers, decimal, octal or hexadecimal; the last one takes all bytes that are left. */
int inet_aton(const char *text, struct in_addr *address)
{
    uint32_t result = 0;
    for (unsigned part = 0; part < 4; part++) {
        char *end;
        if (*text < '0' || *text > '9') return 0;
        unsigned long value = strtoul(text, &end, 0);
        bool last = *end == '\0';
        if (!last && (*end != '.' || part == 3 || value > 255)) return 0;
        if (last) {
            if ((uint64_t)value >> (8 * (4 - part)) != 0) return 0;
            address->s_addr = htonl(result | (uint32_t)value);
            return 1;
        }
        result |= (uint32_t)value << (8 * (3 - part));
        text = end + 1;
    }
    return 0;
}

in_addr_t inet_addr(const char *text)
{
    struct in_addr address;
    return inet_aton(text, &address) ? address.s_addr : INADDR_NONE;
}

char *inet_ntoa(struct in_addr address)
{
    static char text[INET_ADDRSTRLEN];
    return (char *)inet_ntop(AF_INET, &address, text, sizeof text);
}
