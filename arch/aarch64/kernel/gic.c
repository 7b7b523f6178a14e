/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv2 (IHI 0048) and GICv3 (IHI 0069) CPU interfaces with EOImode 1: priority drop and deactivation are separate
 * writes. In the distributor the kernel only turns on forwarding, as its own timer needs that, and (v2) sends to other cores; of
 * the private interrupts it enables the timer's and the two that other kernels send, and touches no other.
 */
#include <arch/gic.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <stddef.h>

enum {
    GICD_CTLR = 0x000,
    GICD_CTLR_GRP0 = 1 << 0,
    GICD_CTLR_GRP1 = 1 << 1,
    GICD_CTLR_ARE = 1 << 4,
    GICD_IGROUPR = 0x080, /* the same offsets in a v3 redistributor's second page */
    GICD_ISENABLER = 0x100,
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_SGIR = 0xf00,
    GICC_CTLR = 0x000,
    GICC_CTLR_ENABLE = 1 << 0,
    GICC_CTLR_EOIMODE = 1 << 9,
    GICC_PMR = 0x004,
    GICC_IAR = 0x00c,
    GICC_EOIR = 0x010,
    GICC_HPPIR = 0x018,
    GICC_DIR = 0x1000,
    GICR_BYTES = 0x20000,
    GICR_TYPER = 0x008,
    GICR_TYPER_LAST = 1 << 4,
    GICR_TYPER_VLPIS = 1 << 1,
    GICR_WAKER = 0x014,
    GICR_WAKER_SLEEP = 1 << 1,
    GICR_WAKER_CHILDREN = 1 << 2,
    GICR_SGI = 0x10000,
    ICC_CTLR_EOIMODE = 1 << 1,
    ICC_SRE_SRE = 1 << 0,
    PRIVATE_PRIORITY = 0xa0,
    OURS = 1u << TIMER_INTID | 1u << GIC_SGI_BELL | 1u << GIC_SGI_HALT,
};

static volatile char *cpu_interface; /* v2; NULL: v3, system registers */
static volatile char *distributor;

static uint32_t read32(volatile char *base, unsigned offset)
{
    return *(volatile uint32_t *)(base + offset);
}

static void write32(volatile char *base, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(base + offset) = value;
}

/* Our own bits; the rest of these registers is written as 0 (no effect) or left alone. */
static void private_enable(volatile char *banked)
{
    volatile uint8_t *priority = (volatile uint8_t *)banked + GICD_IPRIORITYR;
    priority[TIMER_INTID] = priority[GIC_SGI_BELL] = priority[GIC_SGI_HALT] = PRIVATE_PRIORITY;
    write32(banked, GICD_ISENABLER, OURS);
}

/* Other cores have it on already, and a driver may have changed the rest of the register. */
static void forwarding_enable(uint32_t bits)
{
    uint32_t control = read32(distributor, GICD_CTLR);
    if ((control & bits) != bits) {
        write32(distributor, GICD_CTLR, bits);
    }
}

static const char *start_v2(const struct machine *machine)
{
    distributor = mmu_window(machine->gic[0].base, PAGE_SIZE, false);
    cpu_interface = mmu_window(machine->gic[1].base, 2 * PAGE_SIZE, false);
    if (!distributor || !cpu_interface) {
        return "GICv2: cannot be mapped";
    }
    forwarding_enable(GICD_CTLR_GRP0 | GICD_CTLR_GRP1);
    private_enable(distributor);
    write32(cpu_interface, GICC_PMR, 0xff);
    write32(cpu_interface, GICC_CTLR, GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
    return NULL;
}

/* This core's redistributor: the frame whose affinity is ours. */
static volatile char *redistributor_find(const struct machine *machine)
{
    uint64_t mpidr = sysreg_read(mpidr_el1);
    uint32_t affinity = (uint32_t)(mpidr & 0xffffff) | (uint32_t)(mpidr >> 32 & 0xff) << 24;
    paddr_t at = machine->gic[1].base, end = at + machine->gic[1].bytes;
    while (at < end) {
        volatile char *frame = mmu_window(at, GICR_BYTES, false);
        if (!frame) {
            return NULL;
        }
        uint64_t type = *(volatile uint64_t *)(frame + GICR_TYPER);
        if (type >> 32 == affinity) {
            return frame;
        }
        if (type & GICR_TYPER_LAST) {
            return NULL;
        }
        mmu_window_drop((void *)frame, GICR_BYTES);
        at += type & GICR_TYPER_VLPIS ? 2 * GICR_BYTES : GICR_BYTES;
    }
    return NULL;
}

static const char *start_v3(const struct machine *machine)
{
    distributor = mmu_window(machine->gic[0].base, 0x10000, false);
    volatile char *redistributor = redistributor_find(machine);
    if (!distributor || !redistributor) {
        return "GICv3: no redistributor for this core";
    }
    forwarding_enable(GICD_CTLR_ARE | GICD_CTLR_GRP1);
    write32(redistributor, GICR_WAKER, read32(redistributor, GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
    for (unsigned tries = 0; read32(redistributor, GICR_WAKER) & GICR_WAKER_CHILDREN; tries++) {
        if (tries == 1000000) {
            return "GICv3: redistributor does not wake";
        }
        __asm__ volatile("yield");
    }
    volatile char *banked = redistributor + GICR_SGI;
    write32(banked, GICD_IGROUPR, read32(banked, GICD_IGROUPR) | OURS);
    private_enable(banked);

    sysreg_write(ICC_SRE_EL1, ICC_SRE_SRE);
    barrier_isb();
    if (!(sysreg_read(ICC_SRE_EL1) & ICC_SRE_SRE)) {
        return "GICv3: no system registers";
    }
    sysreg_write(ICC_PMR_EL1, 0xff);
    sysreg_write(ICC_BPR1_EL1, 0);
    sysreg_write(ICC_CTLR_EL1, ICC_CTLR_EOIMODE);
    sysreg_write(ICC_IGRPEN1_EL1, 1);
    barrier_isb();
    return NULL;
}

const char *gic_start(const struct machine *machine)
{
    return machine->gic_version == 3 ? start_v3(machine) : start_v2(machine);
}

uint32_t gic_pending(void)
{
    return (cpu_interface ? read32(cpu_interface, GICC_HPPIR) : (uint32_t)sysreg_read(ICC_HPPIR1_EL1)) & 0x3ff;
}

uint32_t gic_acknowledge(void)
{
    if (cpu_interface) {
        return read32(cpu_interface, GICC_IAR);
    }
    uint32_t intid = (uint32_t)sysreg_read(ICC_IAR1_EL1) & 0xffffff;
    barrier_dsb(sy); /* IHI 0069, 4.1.1: the acknowledge is seen before the device is touched */
    return intid;
}

void gic_drop(uint32_t taken)
{
    if (cpu_interface) {
        write32(cpu_interface, GICC_EOIR, taken);
    } else {
        sysreg_write(ICC_EOIR1_EL1, taken);
        barrier_isb();
    }
}

void gic_deactivate(uint32_t taken)
{
    if (cpu_interface) {
        write32(cpu_interface, GICC_DIR, taken);
    } else {
        sysreg_write(ICC_DIR_EL1, taken);
        barrier_isb();
    }
}

/* GICD_SGIR (IHI 0048, 4.3.15): target list in bits 16-23. ICC_SGI1R_EL1 (IHI 0069, 12.2.14): the fields of the affinity. */
uint64_t gic_self(void)
{
    if (cpu_interface) {
        uint32_t mask = read32(distributor, GICD_ITARGETSR) & 0xff;
        return (mask ? mask : 1) << 16; /* reads as 0 where there is one core only */
    }
    uint64_t mpidr = sysreg_read(mpidr_el1), last = mpidr & 0xff;
    return (mpidr >> 32 & 0xff) << 48 | last >> 4 << 44 | (mpidr >> 16 & 0xff) << 32 | (mpidr >> 8 & 0xff) << 16 |
           1ull << (last & 15);
}

void gic_send(uint64_t target, unsigned sgi)
{
    barrier_dsb(ishst); /* what was written before is seen by who is interrupted */
    if (cpu_interface) {
        write32(distributor, GICD_SGIR, (uint32_t)target | sgi);
    } else {
        sysreg_write(ICC_SGI1R_EL1, target | (uint64_t)sgi << 24);
        barrier_isb();
    }
}
