/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distributor's registers, GICv2 (IHI 0048B) and GICv3 (IHI 0069H). Only what belongs to shared peripheral interrupts
 * (INTID 32 and on): the banked registers of v2, the redistributors of v3 and the CPU interfaces are each core's kernel's.
 */
#ifndef GIC_DIST_DIST_H
#define GIC_DIST_DIST_H

#include <stdbool.h>

#include <abi/errors.h>
#include <abi/types.h>

#define DIST_FIRST_SPI 32

struct dist {
    volatile void *base;
    uint32_t version;         /* 2 or 3 */
    uint32_t limit;           /* INTIDs are below it */
    const uint64_t *affinity; /* of each core, as its MPIDR has it */
    uint32_t cores;
};

/*
 * Let interrupts through at all, and bring every SPI that is not enabled into a known state: the kernel's group, to core 0, level,
 * middle priority. SPIs that are enabled belong to drivers that run while this one was started again: they are left as
 * they are. `dist` has base, version, affinity and cores.
 */
err_t dist_init(struct dist *dist);

/* `intid` is checked by the caller: DIST_FIRST_SPI <= intid < limit. */
void dist_enable(const struct dist *dist, uint32_t intid, bool edge, uint8_t priority);
void dist_disable(const struct dist *dist, uint32_t intid);
err_t dist_route(const struct dist *dist, uint32_t intid, coreid_t core);

struct dist_state {
    bool enabled;
    bool pending;
    bool active;
    uint8_t priority;
};
struct dist_state dist_read(const struct dist *dist, uint32_t intid);

#endif
