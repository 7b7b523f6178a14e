/* SPDX-License-Identifier: BSD-2-Clause */
/* restart.c for the network: net is back when a packet to oneself arrives, and if there is a card has that again; its driver when it answers. */
#include "bench.h"
#include <arpa/inet.h>
#include <idl/net.h>
#include <idl/nic.h>
#include <idl/proc.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool card;

static bool has_process(const char *name)
{
    static struct proc_info list[PROC_PAGE];
    uint64_t after = 0;
    uint32_t count;
    while (proc_list(proc_default(), after, list, PROC_PAGE, &count) == ERR_OK && count > 0) {
        for (uint32_t i = 0; i < count; i++) {
            after = list[i].pid;
            if (strcmp(list[i].name, name) == 0) return true;
        }
    }
    return false;
}

/* net knows of its card when it has opened it; while it has none there is only lo0. */
static err_t ask_card(void)
{
    struct net_device devices[8];
    struct net_client client = NET_CLIENT_NAMED("net");
    uint32_t count = 0;
    err_t err = net_devices(&client, 0, devices, 8, &count);
    net_client_close(&client);
    return err != ERR_OK || !card || count > 1 ? err : ERR_AGAIN;
}

static err_t ask_net(void)
{
    struct sockaddr_in own = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}};
    socklen_t bytes = sizeof own;
    char byte = 0;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool back = fd >= 0 && bind(fd, (struct sockaddr *)&own, bytes) == 0 &&
                getsockname(fd, (struct sockaddr *)&own, &bytes) == 0 &&
                sendto(fd, "x", 1, 0, (struct sockaddr *)&own, bytes) == 1 && recv(fd, &byte, 1, 0) == 1 && byte == 'x';
    if (fd >= 0) close(fd);
    return back ? ask_card() : ERR_AGAIN;
}

static err_t ask_driver(void)
{
    struct nic_client client = NIC_CLIENT_NAMED("nic");
    err_t err = nic_describe(&client, NULL, NULL);
    nic_client_close(&client);
    return err;
}

void bench_restart_net(void)
{
    card = has_process("virtio_net");
    recover("recover_net", "net", ask_net);
    if (card) recover("recover_virtio_net", "virtio_net", ask_driver);
}
