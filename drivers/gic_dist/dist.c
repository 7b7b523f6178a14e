/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The distributor's registers.
 */
#include "dist.h"

#include <driver/device.h>

/* IHI 0048B 4.3, IHI 0069H 12.9. An array has 1, 2, 8 or 64 bits per interrupt. */
/* clang-format off */
enum {
    GICD_CTLR = 0x0000,
        CTLR_GROUP0 = 1 << 0, /* v2 seen from the non-secure state: group 1 */
        CTLR_GROUP1 = 1 << 1,
        CTLR_ARE = 1 << 4, /* v3: affinity routing */
        CTLR_RWP = 1u << 31, /* v3: a write is still on its way */
    GICD_TYPER = 0x0004,
        TYPER_LINES = 0x1f, /* 32 * (this + 1) interrupts */
    GICD_IGROUPR = 0x0080,
    GICD_ISENABLER = 0x0100,
    GICD_ICENABLER = 0x0180,
    GICD_ISPENDR = 0x0200,
    GICD_ICPENDR = 0x0280,
    GICD_ISACTIVER = 0x0300,
    GICD_ICACTIVER = 0x0380,
    GICD_IPRIORITYR = 0x0400,
    GICD_ITARGETSR = 0x0800, /* v2: a bit per CPU interface */
    GICD_ICFGR = 0x0c00,
        ICFGR_EDGE = 2,
    GICD_IROUTER = 0x6000, /* v3: affinity */
        IROUTER_AFFINITY = 0xffffff, /* and bits 32-39 */
};
/* clang-format on */

#define INTID_MAX 1020 /* 1020-1023 are special */
#define MIDDLE 0xa0    /* priority */
#define WRITE_POLLS 100000
#define AFFINITY_FIELDS ((0xffull << 32) | IROUTER_AFFINITY)

static bool bit_read(const struct dist *dist, uint32_t array, uint32_t intid)
{
    return (device_read32(dist->base, array + 4 * (intid / 32)) >> (intid % 32) & 1) != 0;
}

/* For the arrays in which writing 1 acts and 0 does nothing. */
static void bit_write(const struct dist *dist, uint32_t array, uint32_t intid)
{
    device_write32(dist->base, array + 4 * (intid / 32), 1u << (intid % 32));
}

/* Change a field of `bits` bits (a power of two) per interrupt. */
static void field_write(const struct dist *dist, uint32_t array, uint32_t bits, uint32_t intid, uint32_t value)
{
    uint32_t per_word = 32 / bits;
    uint32_t offset = array + 4 * (intid / per_word);
    uint32_t shift = bits * (intid % per_word);
    uint32_t mask = (uint32_t)((1ull << bits) - 1) << shift;
    device_write32(dist->base, offset, (device_read32(dist->base, offset) & ~mask) | (value << shift & mask));
}

static uint32_t field_read(const struct dist *dist, uint32_t array, uint32_t bits, uint32_t intid)
{
    uint32_t per_word = 32 / bits;
    uint32_t word = device_read32(dist->base, array + 4 * (intid / per_word));
    return word >> (bits * (intid % per_word)) & (uint32_t)((1ull << bits) - 1);
}

/* IHI 0069H 12.9.4: until RWP is clear, an enable bit or CTLR that was written may not have its effect yet. */
static void wait_for_write(const struct dist *dist)
{
    for (unsigned i = 0; dist->version == 3 && i < WRITE_POLLS; i++) {
        if ((device_read32(dist->base, GICD_CTLR) & CTLR_RWP) == 0) {
            return;
        }
    }
}

/*
 * v2: which bit is a core's CPU interface can only be read by itself, from the banked target registers of interrupts
 * 0-31; this process runs on core 0. The others are numbered by their affinity within the cluster.
 */
static uint32_t target_v2(const struct dist *dist, coreid_t core)
{
    uint32_t own = field_read(dist, GICD_ITARGETSR, 8, 0);
    uint64_t number = core < dist->cores ? dist->affinity[core] & 7 : core & 7;
    return core == 0 && own != 0 ? own : 1u << number;
}

err_t dist_route(const struct dist *dist, uint32_t intid, coreid_t core)
{
    if (core != 0 && core >= dist->cores) {
        return ERR_ARGUMENT;
    }
    if (dist->version == 2) {
        field_write(dist, GICD_ITARGETSR, 8, intid, target_v2(dist, core));
    } else {
        uint64_t affinity = core < dist->cores ? dist->affinity[core] & AFFINITY_FIELDS : 0;
        device_write32(dist->base, GICD_IROUTER + 8 * intid, (uint32_t)affinity);
        device_write32(dist->base, GICD_IROUTER + 8 * intid + 4, (uint32_t)(affinity >> 32));
    }
    return ERR_OK;
}

/*
 * Affinity routing may change only while no group is enabled (IHI 0069H 12.9.4); where it is on already, and with GICv2, nothing
 * is ever switched off, so that the kernel's own interrupts go on.
 */
static void let_through(const struct dist *dist)
{
    uint32_t groups = dist->version == 3 ? CTLR_GROUP1 : CTLR_GROUP0 | CTLR_GROUP1;
    uint32_t ctlr = device_read32(dist->base, GICD_CTLR);
    if (dist->version == 3 && (ctlr & CTLR_ARE) == 0) {
        device_write32(dist->base, GICD_CTLR, 0);
        wait_for_write(dist);
        device_write32(dist->base, GICD_CTLR, CTLR_ARE);
        wait_for_write(dist);
    }
    device_write32(dist->base, GICD_CTLR, device_read32(dist->base, GICD_CTLR) | groups);
    wait_for_write(dist);
}

err_t dist_init(struct dist *dist)
{
    uint32_t lines = device_read32(dist->base, GICD_TYPER) & TYPER_LINES;
    dist->limit = 32 * (lines + 1) < INTID_MAX ? 32 * (lines + 1) : INTID_MAX;
    if (dist->limit <= DIST_FIRST_SPI) {
        return ERR_DEVICE;
    }
    for (uint32_t intid = DIST_FIRST_SPI; intid < dist->limit; intid++) {
        /* With GICv2 the kernel takes the group that it finds: 0, or the only one that is seen from the non-secure state. */
        if (dist->version == 3) field_write(dist, GICD_IGROUPR, 1, intid, 1);
        if (!bit_read(dist, GICD_ISENABLER, intid)) {
            field_write(dist, GICD_ICFGR, 2, intid, 0);
            field_write(dist, GICD_IPRIORITYR, 8, intid, MIDDLE);
            dist_route(dist, intid, 0);
        }
    }
    let_through(dist);
    return ERR_OK;
}

void dist_disable(const struct dist *dist, uint32_t intid)
{
    bit_write(dist, GICD_ICENABLER, intid);
    wait_for_write(dist);
}

/*
 * The trigger may change only while the interrupt is disabled. What an earlier holder left is forgotten: an interrupt that it never
 * acknowledged, an edge that came before.
 */
void dist_enable(const struct dist *dist, uint32_t intid, bool edge, uint8_t priority)
{
    dist_disable(dist, intid);
    field_write(dist, GICD_ICFGR, 2, intid, edge ? ICFGR_EDGE : 0);
    field_write(dist, GICD_IPRIORITYR, 8, intid, priority);
    bit_write(dist, GICD_ICPENDR, intid);
    bit_write(dist, GICD_ICACTIVER, intid);
    bit_write(dist, GICD_ISENABLER, intid);
}

struct dist_state dist_read(const struct dist *dist, uint32_t intid)
{
    return (struct dist_state){
        .enabled = bit_read(dist, GICD_ISENABLER, intid),
        .pending = bit_read(dist, GICD_ISPENDR, intid),
        .active = bit_read(dist, GICD_ISACTIVER, intid),
        .priority = (uint8_t)field_read(dist, GICD_IPRIORITYR, 8, intid),
    };
}
