/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine was like at one moment, and what came of it until the next. */
#ifndef TOP_SAMPLE_H
#define TOP_SAMPLE_H

#include <abi/errors.h>
#include <abi/types.h>
#include <idl/proc.h>
#include <stdbool.h>

#define PROCESSES_MAX 1024

struct core_sample {
    bool up;
    uint64_t idle, ticks;
    uint64_t memory, free; /* bytes that it has, and that are free */
};

struct sample {
    uint64_t ticks; /* when */
    struct core_sample core[CORES_MAX];
    uint32_t count;
    struct proc_info process[PROCESSES_MAX]; /* by pid */
};

/* ERR_OK even if a core could not tell all: it is left out. */
err_t sample_take(struct sample *sample);

/* How busy a core was between two samples, in tenths of a percent. */
unsigned core_load(const struct core_sample *before, const struct core_sample *now);
/* A process's share of its core between two samples, in tenths of a percent. */
unsigned process_load(const struct sample *before, const struct sample *now, const struct proc_info *process);

#endif
