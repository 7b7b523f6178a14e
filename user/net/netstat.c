/* SPDX-License-Identifier: BSD-2-Clause */
/* `netstat`: the sockets of all programs, and what the protocols have counted. */
#include <arpa/inet.h>
#include <cli/cli.h>
#include <stdio.h>

#include "devices.h"
#include "tools.h"

#define PAGE 16

static const struct cli cli = {"netstat", "[-js]",
                               "  List the sockets of all programs.\n"
                               "  -j  as JSON, sockets and protocols\n"
                               "  -s  what each protocol has sent, received, and thrown away and why\n"};

static void end_text(uint32_t address, uint16_t port, char text[DEVICE_TEXT + 8])
{
    char host[DEVICE_TEXT];
    if (port == 0) {
        snprintf(text, DEVICE_TEXT + 8, "%s:*", address != 0 ? address_text(address, host) : "*");
    } else {
        snprintf(text, DEVICE_TEXT + 8, "%s:%u", address != 0 ? address_text(address, host) : "*", (unsigned)ntohs(port));
    }
}

static void socket_print(const struct net_socket_status *socket, bool json, bool first)
{
    char own[DEVICE_TEXT + 8], peer[DEVICE_TEXT + 8];
    end_text(socket->address, socket->port, own);
    end_text(socket->peer_address, socket->peer_port, peer);
    if (json) {
        printf("%s{\"kind\": \"%s\", \"state\": \"%s\", \"own\": \"%s\", \"peer\": \"%s\", \"pid\": \"%u.%u\", "
               "\"receive_queue\": %u, "
               "\"send_queue\": %u, \"received\": %llu, \"sent\": %llu, \"dropped\": %llu}",
               first ? "" : ", ", socket_kind_text(socket->kind), socket_state_text(socket->state), own, peer,
               (unsigned)(socket->pid >> 32), (unsigned)socket->pid, (unsigned)socket->receive_queue,
               (unsigned)socket->send_queue, (unsigned long long)socket->received, (unsigned long long)socket->sent,
               (unsigned long long)socket->dropped);
        return;
    }
    printf("%-5s %-22s %-22s %-10s %u.%-6u %8u %8u %10llu %10llu %8llu\n", socket_kind_text(socket->kind), own, peer,
           socket_state_text(socket->state), (unsigned)(socket->pid >> 32), (unsigned)socket->pid,
           (unsigned)socket->receive_queue, (unsigned)socket->send_queue, (unsigned long long)socket->received,
           (unsigned long long)socket->sent, (unsigned long long)socket->dropped);
}

static err_t sockets_print(bool json)
{
    static struct net_socket_status page[PAGE];
    uint32_t next = 0, count;
    bool first = true;
    if (!json) {
        printf("%-5s %-22s %-22s %-10s %-8s %8s %8s %10s %10s %8s\n", "KIND", "OWN", "PEER", "STATE", "PID", "WAITING",
               "UNSENT", "RECEIVED", "SENT", "DROPPED");
    }
    do {
        err_t error = net_sockets(net_default(), next, &next, page, PAGE, &count);
        if (error != ERR_OK) {
            return error;
        }
        for (uint32_t i = 0; i < count; i++) {
            socket_print(&page[i], json, first);
            first = false;
        }
    } while (count > 0);
    return ERR_OK;
}

static err_t protocols_print(bool json)
{
    static struct net_protocol protocols[16];
    uint32_t count;
    err_t error = net_protocols(net_default(), protocols, sizeof protocols / sizeof protocols[0], &count);
    if (error != ERR_OK) {
        return error;
    }
    if (!json) {
        printf("%-8s %9s %9s %8s %9s %7s %7s %8s %9s %8s\n", "PROTOCOL", "SENT", "RECEIVED", "DROPPED", "CHECKSUM",
               "LENGTH", "MEMORY", "ROUTING", "PROTOCOL", "OTHER");
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct net_protocol *p = &protocols[i];
        const unsigned long long other = p->option_errors + p->other_errors;
        printf(json ? "%s{\"name\": \"%s\", \"sent\": %llu, \"received\": %llu, \"dropped\": %llu, \"checksum\": %llu, "
                      "\"length\": %llu, "
                      "\"memory\": %llu, \"routing\": %llu, \"protocol\": %llu, \"other\": %llu}"
                    : "%.0s%-8s %9llu %9llu %8llu %9llu %7llu %7llu %8llu %9llu %8llu\n",
               i > 0 ? ", " : "", p->name, (unsigned long long)p->sent, (unsigned long long)p->received,
               (unsigned long long)p->dropped, (unsigned long long)p->checksum_errors,
               (unsigned long long)p->length_errors, (unsigned long long)p->memory_errors,
               (unsigned long long)p->routing_errors, (unsigned long long)p->protocol_errors, other);
    }
    return ERR_OK;
}

int tool_netstat(int argc, char **argv)
{
    struct cli_options options = {.argc = argc, .argv = argv, .next = 1};
    bool json = false, protocols = false;
    err_t error = ERR_OK;
    for (int letter; (letter = cli_option(&cli, &options, "js")) != 0;) {
        json = json || letter == 'j';
        protocols = protocols || letter == 's';
    }
    if (options.next != argc) {
        cli_refuse(&cli, "unknown arguments");
    }
    if (json) {
        printf("{\"sockets\": [");
    }
    if (json || !protocols) {
        error = sockets_print(json);
    }
    if (json) {
        printf("], \"protocols\": [");
    }
    if (error == ERR_OK && (json || protocols)) {
        error = protocols_print(json);
    }
    if (json) {
        printf("]}\n");
    }
    return error == ERR_OK ? 0 : device_failed("netstat", "net", error);
}
