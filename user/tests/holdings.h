/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine has when nothing is under way: memory by process, capabilities in all, and by process and type. Read by
 * asking mem, proc and the monitor, one after the other: so only what does not change meanwhile is true of one moment.
 */
#ifndef TESTS_HOLDINGS_H
#define TESTS_HOLDINGS_H

#include <abi/captypes.h>
#include <idl/mem.h>
#include <idl/proc.h>
#include <stdbool.h>
#include <stdint.h>

#define HOLDINGS_PROCESSES 64 /* whose capabilities are counted: far more than there are when nothing is under way */

/* The machine's sums: what is compared. */
struct holdings {
    uint64_t capabilities; /* but for the L2CNodes of this process, of which it keeps the most that it ever needed */
    uint64_t slots;        /* of this process, that are in use */
    uint64_t free;         /* bytes */
    uint32_t count;
    struct mem_holder holder[CONFIG_MEM_ACCOUNTS];
};
void holdings_read(struct holdings *holdings);
bool holdings_are_same(const struct holdings *a, const struct holdings *b);
/* A note for each process that has more memory than before, or less. */
void holdings_tell(const struct holdings *before, const struct holdings *after);

/* Who has which capabilities: what is told when the sums differ. */
struct census {
    uint32_t count;
    struct {
        uint64_t pid;
        char name[32]; /* as proc has it */
        uint32_t types[CAP_TYPE_COUNT];
    } process[HOLDINGS_PROCESSES];
};
void census_read(struct census *census);
/* A note for each process and type of which there are more or fewer. True if all of that is what processes keep for another time: page
 * tables, mappings of their records, RAM of their reserves. */
bool census_tell(const struct census *before, const struct census *after);

#endif
