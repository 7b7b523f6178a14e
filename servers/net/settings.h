/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was set by hand, as net leaves it to its successor: addresses of devices, name servers, entries of the ARP cache. Two copies, of which one word
 * says which is good: so a kill at any moment leaves the one before or the one after. Pure; the memory is kept memory (kept/kept.h).
 */
#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define SETTINGS_LAYOUT 0x6e657431 /* changes with struct settings */
#define SETTINGS_DEVICES 4
#define SETTINGS_SERVERS 2
#define SETTINGS_NEIGHBOURS 64

struct settings_device {
    char name[8]; /* "": no device */
    uint32_t address, netmask, gateway;
    uint8_t by_hand; /* the address is; else it is asked for by DHCP */
    uint8_t down;
    uint8_t reserved[2];
};

struct settings_neighbour {
    uint64_t hardware;
    uint32_t address; /* 0: none */
    uint32_t reserved;
};

struct settings_copy {
    struct settings_neighbour neighbours[SETTINGS_NEIGHBOURS];
    struct settings_device devices[SETTINGS_DEVICES];
    uint32_t servers[SETTINGS_SERVERS];
};

struct settings {
    uint32_t good; /* copy 0 or 1 */
    uint32_t reserved;
    struct settings_copy copy[2];
};

/* Where they are from now on; until then they are in memory of our own. */
void settings_keep(struct settings *settings);
const struct settings_copy *settings_now(void);
/* NULL: nothing was set. */
const struct settings_device *settings_device(const char *name);
/* Each is in force, and kept, when it returns; false: there is no room to keep it. */
bool settings_set_device(const struct settings_device *device);
bool settings_set_server(uint32_t number, uint32_t address);
bool settings_set_neighbour(uint32_t address, uint64_t hardware);
bool settings_remove_neighbour(uint32_t address); /* false: there is none */

#endif
