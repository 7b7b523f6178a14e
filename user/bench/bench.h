/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Benchmarks: the counter, samples, and how a result is printed. Every figure is a number of guest instructions, counted by
 * event counter 0 (INST_RETIRED), which the kernel has switched on (CONFIG_BENCH) and which counts exactly under
 * `-icount`. A sample is what lies between two readings of the counter, less what two readings with nothing in between count
 * (bench_overhead, printed). scripts/bench.py runs the program and reads its lines:
 *
 *   result KEY N MEDIAN WORST UNIT      N: objects present, 1 where that means nothing
 *   point KEY I VALUE                   one point of a series
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdbool.h>
#include <stdint.h>

#define BENCH_SAMPLES 4096

/* Its low 32 bits are all there is: differences are right up to 4 G instructions. */
static inline uint32_t bench_count(void)
{
    uint64_t count;

    __asm__ volatile("mrs %0, pmevcntr0_el0" : "=r"(count)::"memory");
    return (uint32_t)count;
}

struct samples {
    uint32_t value[BENCH_SAMPLES];
    unsigned count;
};

extern uint32_t bench_overhead;
void bench_calibrate(void);

/* Empty it, add start..end (less the overhead), print median and worst. */
void samples_clear(struct samples *samples);
void samples_add(struct samples *samples, uint32_t start, uint32_t end);
void samples_add_value(struct samples *samples, uint32_t value);
uint32_t samples_median(struct samples *samples);
void samples_print(struct samples *samples, const char *key, unsigned n);
/* A single figure. */
void bench_print(const char *key, unsigned n, uint64_t value, const char *unit);
void bench_point(const char *key, unsigned i, uint64_t value);
/* The benchmark cannot go on; says why and ends the program. */
_Noreturn void bench_fail(const char *where, err_t err);
#define BENCH_OK(call)                                                                                                 \
    do {                                                                                                               \
        err_t err_ = (call);                                                                                           \
        if (err_) {                                                                                                    \
            bench_fail(#call, err_);                                                                                   \
        }                                                                                                              \
    } while (0)

extern struct samples bench_samples;

/* One family of figures each. */
void bench_syscalls(void); /* syscalls.c */
void bench_caps(void);     /* caps.c */
void bench_mapping(void);  /* mapping.c */
void bench_revoke(void);   /* revoke.c */
void bench_faults(void);   /* faults.c */
void bench_fault_series(const char *key, bool all);
void bench_lmp(void);         /* lmp.c */
void bench_rpc(void);         /* rpc.c */
void bench_ump(void);         /* ump.c */
void bench_slots(void);       /* slots.c */
void bench_processes(void);   /* processes.c */
void bench_system(void);      /* system.c */
void bench_regions(void);     /* regions.c */
void bench_ram(void);         /* ram.c */
void bench_map_series(void);  /* series.c */
void bench_caps_series(void); /* caps_series.c */
void bench_fs(void);          /* fs.c */
void bench_names(void);       /* names.c */
void bench_net(void);         /* net.c */
void bench_net_tcp(void);
void bench_net_clients(void);
void bench_net_back(void);
void bench_cores(void);       /* cores.c */
void bench_wall(void);        /* wall.c */
void bench_cost(void);        /* cost.c */
void bench_restart(void);     /* restart.c */
void bench_restart_net(void); /* restart_net.c */
/* Kill `name` again and again: instructions until `ask` is answered well, as `key`. */
void recover(const char *key, const char *name, err_t (*ask)(void));

/* What the program does when it is its own peer. */
int lmp_peer(int argc, char **argv);
int rpc_peer(int argc, char **argv);
int ump_peer(int argc, char **argv);
int load_peer(int argc, char **argv);
int pipe_peer(int argc, char **argv);
int names_peer(int argc, char **argv);
int clients_peer(int argc, char **argv);
int udp_peer(int argc, char **argv);

#endif
