/* SPDX-License-Identifier: BSD-2-Clause */
/* The benchmarks of the network in a configuration that has none. */
#include "bench.h"
#include <stdio.h>

void bench_net(void)
{
    printf("failed net: this configuration has no network\n");
}

void bench_net_tcp(void)
{
    bench_net();
}

void bench_net_clients(void)
{
    bench_net();
}

void bench_net_back(void)
{
    bench_net();
}

int udp_peer(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 1;
}
