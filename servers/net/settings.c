/* SPDX-License-Identifier: BSD-2-Clause */
/* See settings.h. */
#include "settings.h"
#include <kept/kept.h>
#include <string.h>

static struct settings own;
static struct settings *settings = &own;

void settings_keep(struct settings *kept)
{
    settings = kept;
}

const struct settings_copy *settings_now(void)
{
    return &settings->copy[settings->good & 1];
}

/* A copy to be changed; it counts from settings_commit() on. */
static struct settings_copy *settings_begin(void)
{
    struct settings_copy *next = &settings->copy[(settings->good & 1) == 0];
    *next = *settings_now();
    KEPT_STEP();
    return next;
}

static void settings_commit(void)
{
    kept_commit(&settings->good, (settings->good & 1) == 0);
}

static uint32_t device_place(const char *name)
{
    const struct settings_copy *now = settings_now();
    uint32_t i = 0;
    while (i < SETTINGS_DEVICES && strncmp(now->devices[i].name, name, sizeof now->devices[i].name) != 0)
        i++;
    return i;
}

const struct settings_device *settings_device(const char *name)
{
    uint32_t i = device_place(name);
    return i < SETTINGS_DEVICES ? &settings_now()->devices[i] : NULL;
}

bool settings_set_device(const struct settings_device *device)
{
    uint32_t i = device_place(device->name);
    if (i == SETTINGS_DEVICES) i = device_place("");
    if (i == SETTINGS_DEVICES) return false;
    settings_begin()->devices[i] = *device;
    settings_commit();
    return true;
}

bool settings_set_server(uint32_t number, uint32_t address)
{
    if (number >= SETTINGS_SERVERS) return false;
    settings_begin()->servers[number] = address;
    settings_commit();
    return true;
}

static uint32_t neighbour_place(uint32_t address)
{
    uint32_t i = 0;
    while (i < SETTINGS_NEIGHBOURS && settings_now()->neighbours[i].address != address)
        i++;
    return i;
}

bool settings_set_neighbour(uint32_t address, uint64_t hardware)
{
    uint32_t i = neighbour_place(address);
    if (i == SETTINGS_NEIGHBOURS) i = neighbour_place(0);
    if (i == SETTINGS_NEIGHBOURS) return false;
    settings_begin()->neighbours[i] = (struct settings_neighbour){.hardware = hardware, .address = address};
    settings_commit();
    return true;
}

bool settings_remove_neighbour(uint32_t address)
{
    uint32_t i = neighbour_place(address);
    if (address == 0 || i == SETTINGS_NEIGHBOURS) return false;
    settings_begin()->neighbours[i] = (struct settings_neighbour){0};
    settings_commit();
    return true;
}
