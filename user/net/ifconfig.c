/* SPDX-License-Identifier: BSD-2-Clause */
/* `ifconfig`: the devices of the network, and their addresses. */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices.h"
#include "tools.h"

#define LEASE_US 15000000
#define LOOK_US 50000

static const struct cli cli = {
    "ifconfig", "[-j] [DEVICE [up | down | dhcp | ADDRESS/BITS [gateway ADDRESS]] [dns ADDRESS]]",
    "  Show the devices of the network (as JSON with -j), or change one: switch it on or off, ask for an\n"
    "  address by DHCP, or give it a fixed one, with the router for what is not in its own network.\n"
    "  dns ADDRESS  the server that knows the addresses of names\n"};

static void show(const struct net_device *device)
{
    char hardware[DEVICE_TEXT], address[DEVICE_TEXT], gateway[DEVICE_TEXT];
    printf("%s  %s, %s, mtu %u, %s\n", device->name, device->up ? "up" : "down", device->link ? "link" : "no link",
           (unsigned)device->mtu, hardware_text(device->hardware, hardware));
    if (device->address != 0) {
        printf("    %s/%u%s", address_text(device->address, address), mask_bits(device->netmask),
               device->dhcp ? " by DHCP" : "");
        if (device->gateway != 0) {
            printf(", gateway %s", address_text(device->gateway, gateway));
        }
        printf("\n");
    } else {
        printf("    no address%s\n", device->dhcp ? " yet; asking by DHCP" : "");
    }
    printf("    received %llu packets, %llu bytes, %llu dropped\n", (unsigned long long)device->received,
           (unsigned long long)device->received_bytes, (unsigned long long)device->received_dropped);
    printf("    sent     %llu packets, %llu bytes, %llu dropped\n", (unsigned long long)device->sent,
           (unsigned long long)device->sent_bytes, (unsigned long long)device->sent_dropped);
}

static void show_json(const struct net_device *device, bool first)
{
    char hardware[DEVICE_TEXT], address[DEVICE_TEXT], gateway[DEVICE_TEXT];
    printf("%s{\"name\": \"%s\", \"up\": %s, \"link\": %s, \"dhcp\": %s, \"mtu\": %u, \"hardware\": \"%s\", "
           "\"address\": \"%s\", "
           "\"bits\": %u, \"gateway\": \"%s\", ",
           first ? "" : ", ", device->name, device->up ? "true" : "false", device->link ? "true" : "false",
           device->dhcp ? "true" : "false", (unsigned)device->mtu, hardware_text(device->hardware, hardware),
           address_text(device->address, address), mask_bits(device->netmask), address_text(device->gateway, gateway));
    printf("\"received\": %llu, \"received_bytes\": %llu, \"received_dropped\": %llu, \"sent\": %llu, \"sent_bytes\": "
           "%llu, "
           "\"sent_dropped\": %llu}",
           (unsigned long long)device->received, (unsigned long long)device->received_bytes,
           (unsigned long long)device->received_dropped, (unsigned long long)device->sent,
           (unsigned long long)device->sent_bytes, (unsigned long long)device->sent_dropped);
}

/* All, or the one of this name. */
static int show_devices(const char *name, bool json)
{
    struct net_device devices[DEVICES_MAX];
    uint32_t count, shown = 0, server = 0;
    char text[DEVICE_TEXT];
    err_t error = devices_read(devices, &count);
    if (error != ERR_OK) {
        return device_failed("ifconfig", "net", error);
    }
    printf("%s", json ? "[" : "");
    for (uint32_t i = 0; i < count; i++) {
        if (name == NULL || strcmp(devices[i].name, name) == 0) {
            if (json) {
                show_json(&devices[i], shown == 0);
            } else {
                show(&devices[i]);
            }
            shown++;
        }
    }
    printf("%s", json ? "]\n" : "");
    if (name != NULL && shown == 0) {
        return device_failed("ifconfig", name, ERR_NOT_FOUND);
    }
    if (!json && net_name_server(net_default(), 0, &server) == ERR_OK && server != 0) {
        printf("names are asked of %s\n", address_text(server, text));
    }
    return 0;
}

static uint32_t address_of(const char *text)
{
    struct in_addr address;
    if (text == NULL || inet_pton(AF_INET, text, &address) != 1) {
        cli_refuse(&cli, "'%.40s' is no address such as 10.0.2.15", text != NULL ? text : "");
    }
    return address.s_addr;
}

/* "10.0.2.15/24", or "10.0.2.15" with the mask that such a network usually has */
static void network_of(char *text, uint32_t *address, uint32_t *mask)
{
    char *slash = strchr(text, '/');
    uint64_t bits = 24;
    if (slash != NULL) {
        *slash = '\0';
        bits = cli_number(&cli, "bits of the network", slash + 1, 32);
    }
    *address = address_of(text);
    *mask = bits == 0 ? 0 : htonl(UINT32_MAX << (32 - bits));
}

/* DHCP has been asked: wait for what it says. */
static int await_lease(const char *name)
{
    struct net_device devices[DEVICES_MAX];
    uint32_t count;
    for (uint64_t until = platform_us() + LEASE_US; platform_us() < until; usleep(LOOK_US)) {
        err_t error = devices_read(devices, &count);
        if (error != ERR_OK) {
            return device_failed("ifconfig", name, error);
        }
        for (uint32_t i = 0; i < count; i++) {
            if (strcmp(devices[i].name, name) == 0 && devices[i].address != 0) {
                return show_devices(name, false);
            }
        }
    }
    fprintf(stderr, "ifconfig: %s: no server of DHCP answers; it goes on asking\n", name);
    return 1;
}

static int configure(const char *name, char **words, int count)
{
    uint32_t address, mask, gateway = 0;
    int used = 1;
    network_of(words[0], &address, &mask);
    if (count >= 3 && strcmp(words[1], "gateway") == 0) {
        gateway = address_of(words[2]);
        used = 3;
    }
    err_t error = net_configure(net_default(), name, address, mask, gateway);
    return error == ERR_OK ? used : -device_failed("ifconfig", name, error);
}

/* The first words of a change; how many they were, negative: it failed. */
static int change(const char *name, char **words, int count, bool *dhcp)
{
    err_t error;
    if (strcmp(words[0], "dns") == 0) {
        error = net_set_name_server(net_default(), 0, address_of(count > 1 ? words[1] : NULL));
        return error == ERR_OK ? 2 : -device_failed("ifconfig", "dns", error);
    }
    if (strcmp(words[0], "up") == 0 || strcmp(words[0], "down") == 0) {
        error = net_set_up(net_default(), name, words[0][0] == 'u');
    } else if (strcmp(words[0], "dhcp") == 0) {
        *dhcp = true;
        error = net_configure_dhcp(net_default(), name);
    } else {
        return configure(name, words, count);
    }
    return error == ERR_OK ? 1 : -device_failed("ifconfig", name, error);
}

int tool_ifconfig(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    bool json = false, dhcp = false;
    while (cli_option(&cli, &options, "j") != 0) {
        json = true;
    }
    int at = options.next;
    const char *name = at < argc ? argv[at++] : NULL;
    if (at == argc) {
        return show_devices(name, json);
    }
    while (at < argc) {
        int used = change(name, argv + at, argc - at, &dhcp);
        if (used < 0) {
            return 1;
        }
        at += used;
    }
    return dhcp ? await_lease(name) : 0;
}
