/* SPDX-License-Identifier: BSD-2-Clause */
/* `arp`: which hardware has an address of the own network (RFC 826). */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <stdio.h>

#include "devices.h"
#include "tools.h"

static const struct cli cli = {"arp", "[-j] [-s ADDRESS HARDWARE | -d ADDRESS]",
                               "  Show what is known of the hardware that has an address (as JSON with -j).\n"
                               "  -d ADDRESS           forget it\n"
                               "  -s ADDRESS HARDWARE  it is this, such as 52:54:00:12:34:56, until it is deleted\n"};

static int show(bool json)
{
    static struct net_arp_entry page[NET_LIST_MAX];
    char address[DEVICE_TEXT], hardware[DEVICE_TEXT];
    uint32_t count, first = 0;
    printf(json ? "[" : "%-16s %-18s %s\n", "ADDRESS", "HARDWARE", "DEVICE");
    do {
        err_t error = net_arp_list(net_default(), first, page, NET_LIST_MAX, &count);
        if (error != ERR_OK) {
            return device_failed("arp", "net", error);
        }
        for (uint32_t i = 0; i < count; i++) {
            address_text(page[i].address, address);
            hardware_text(page[i].hardware, hardware);
            if (json) {
                printf("%s{\"address\": \"%s\", \"hardware\": \"%s\", \"device\": \"%s\"}", first + i > 0 ? ", " : "",
                       address, hardware, page[i].device);
            } else {
                printf("%-16s %-18s %s\n", address, hardware, page[i].device);
            }
        }
        first += count;
    } while (count == NET_LIST_MAX);
    printf("%s", json ? "]\n" : "");
    return 0;
}

static uint32_t address_of(const char *text)
{
    struct in_addr address;
    if (inet_pton(AF_INET, text, &address) != 1) {
        cli_refuse(&cli, "'%.40s' is no address such as 10.0.2.2", text);
    }
    return address.s_addr;
}

int tool_arp(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    const char *set = NULL, *deleted = NULL;
    bool json = false;
    for (int letter; (letter = cli_option(&cli, &options, "jd:s:")) != 0;) {
        if (letter == 'j') {
            json = true;
        } else if (letter == 'd') {
            deleted = options.value;
        } else {
            set = options.value;
        }
    }
    if (options.next != argc - (set != NULL)) {
        cli_refuse(&cli, set != NULL ? "which hardware?" : "unknown arguments");
    }
    if (deleted != NULL) {
        err_t error = net_arp_delete(net_default(), address_of(deleted));
        if (error == ERR_NOT_FOUND) {
            fprintf(stderr, "arp: %s: there is no such entry\n", deleted);
            return 1;
        }
        return error == ERR_OK ? 0 : device_failed("arp", deleted, error);
    }
    if (set != NULL) {
        uint64_t hardware;
        if (!hardware_parse(argv[options.next], &hardware)) {
            cli_refuse(&cli, "'%.40s' is no hardware such as 52:54:00:12:34:56", argv[options.next]);
        }
        err_t error = net_arp_add(net_default(), address_of(set), hardware);
        return error == ERR_OK ? 0 : device_failed("arp", set, error);
    }
    return show(json);
}
