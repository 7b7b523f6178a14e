/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bench [FAMILY...]`: measures, and prints what bench.h says. Called with `peer-...` it is the other side of one of
 * its own benchmarks. Owns the samples.
 */
#include "bench.h"
#include <caps/caps.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t bench_overhead;
struct samples bench_samples;

void samples_clear(struct samples *samples)
{
    samples->count = 0;
}

void samples_add_value(struct samples *samples, uint32_t value)
{
    if (samples->count < BENCH_SAMPLES) {
        samples->value[samples->count++] = value;
    }
}

void samples_add(struct samples *samples, uint32_t start, uint32_t end)
{
    uint32_t value = end - start;

    samples_add_value(samples, value > bench_overhead ? value - bench_overhead : 0);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

uint32_t samples_median(struct samples *samples)
{
    qsort(samples->value, samples->count, sizeof(samples->value[0]), by_value);
    return samples->count ? samples->value[samples->count / 2] : 0;
}

void samples_print(struct samples *samples, const char *key, unsigned n)
{
    uint32_t median = samples_median(samples);

    printf("result %s %u %u %u instructions\n", key, n, (unsigned)median,
           (unsigned)(samples->count ? samples->value[samples->count - 1] : 0));
    fflush(stdout);
}

void bench_print(const char *key, unsigned n, uint64_t value, const char *unit)
{
    printf("result %s %u %llu %llu %s\n", key, n, (unsigned long long)value, (unsigned long long)value, unit);
    fflush(stdout);
}

void bench_point(const char *key, unsigned i, uint64_t value)
{
    printf("point %s %u %llu\n", key, i, (unsigned long long)value);
}

void bench_fail(const char *where, err_t err)
{
    printf("failed %s: %s\n", where, err_name(err));
    fflush(stdout);
    exit(1);
}

void bench_calibrate(void)
{
    bench_overhead = 0;
    samples_clear(&bench_samples);
    for (unsigned i = 0; i < 1000; i++) {
        uint32_t start = bench_count();
        samples_add(&bench_samples, start, bench_count());
    }
    bench_overhead = samples_median(&bench_samples);
    samples_clear(&bench_samples);
}

static void around(void)
{
    bench_fault_series("page_fault_around", false);
}

static const struct family {
    const char *name;
    void (*run)(void);
} families[] = {
    {"system", bench_system},
    {"syscalls", bench_syscalls},
    {"caps", bench_caps},
    {"mapping", bench_mapping},
    {"faults", bench_faults},
    {"revoke", bench_revoke},
    {"processes", bench_processes},
    {"lmp", bench_lmp},
    {"rpc", bench_rpc},
    {"ump", bench_ump},
    {"slots", bench_slots},
    {"around", around},
    {"regions", bench_regions},
    {"ram", bench_ram},
    {"series", bench_map_series},
    {"caps_series", bench_caps_series},
    {"fs", bench_fs},
    {"names", bench_names},
    {"net", bench_net},
    {"net_tcp", bench_net_tcp},
    {"net_clients", bench_net_clients},
    {"net_back", bench_net_back},
    {"cores", bench_cores},
    {"wall", bench_wall},
    {"cost", bench_cost},
    {"restart", bench_restart},
};

static const struct family *family_find(const char *name)
{
    for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (!strcmp(name, families[i].name)) return &families[i];
    }
    return NULL;
}

static void usage(FILE *to)
{
    fprintf(to, "usage: bench FAMILY...\n  Count the instructions of what the system does, in families:");
    for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        fprintf(to, " %s", families[i].name);
    }
    fprintf(to, "\n");
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "peer-lmp")) {
        return lmp_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-rpc")) {
        return rpc_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-ump")) {
        return ump_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-load")) {
        return load_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-clients")) {
        return clients_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-names")) {
        return names_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-udp")) {
        return udp_peer(argc - 2, argv + 2);
    }
    if (argc > 1 && !strcmp(argv[1], "peer-pipe")) {
        return pipe_peer(argc - 2, argv + 2);
    }
    if (argc < 2 || !strcmp(argv[1], "--help")) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    for (int arg = 1; arg < argc; arg++) {
        if (!family_find(argv[arg])) {
            fprintf(stderr, "bench: there is no family '%.40s'\n", argv[arg]);
            usage(stderr);
            return 2;
        }
    }
    bench_calibrate();
    printf("overhead %u\n", (unsigned)bench_overhead);
    for (int arg = 1; arg < argc; arg++) {
        family_find(argv[arg])->run();
    }
    return 0;
}
