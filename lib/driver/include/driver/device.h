/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device that a driver was started for: its registers, interrupts and properties.
 *
 * init passes one DevFrame per `reg`, one Irq per `irq`, one DmaFrame per `dma` and one Doorbell per `bell` argument, from SLOT_PASSED on, in the
 * order of the arguments.
 */
#ifndef DRIVER_DEVICE_H
#define DRIVER_DEVICE_H

#include <stdbool.h>

#include <abi/errors.h>
#include <abi/slots.h>
#include <abi/types.h>

#define DEVICE_REGS 4
#define DEVICE_IRQS 8
#define DEVICE_DMAS 4
#define DEVICE_BELLS 4
#define DEVICE_CORES 64

struct device_reg {
    cptr_t frame;    /* DevFrame, whole pages */
    uint64_t offset; /* of the registers in it, bytes */
    uint64_t bytes;
};

struct device_irq {
    cptr_t cap;
    uint32_t intid;
    bool edge;
};

/* Memory for DMA, contiguous. It outlives the driver: the device may still be at it when a driver starts. */
struct device_dma {
    cptr_t frame;
    uint64_t bytes;
};

struct device {
    const char *compatible; /* the string of the device tree that chose this driver; "" if it was not given */
    bool console;           /* it is the machine's console */
    struct device_reg reg[DEVICE_REGS];
    uint32_t reg_count;
    struct device_irq irq[DEVICE_IRQS];
    uint32_t irq_count;
    struct device_dma dma[DEVICE_DMAS];
    uint32_t dma_count;
    cptr_t bell[DEVICE_BELLS]; /* Doorbells that are this driver's to bind */
    uint32_t bell_count;
    uint64_t affinity[DEVICE_CORES]; /* of each core, only for interrupt controllers */
    uint32_t affinity_count;
};

/*
 * Read argv[1] .. argv[argc - 1] into `device`; arguments of other kinds are left to the driver.
 * ERR_INVALID: malformed, `*bad` is the argument; ERR_TOO_MANY.
 */
err_t device_parse(int argc, char *const argv[], struct device *device, const char **bad);

/* Map the index-th range of registers; `*registers` points to the first one. */
err_t device_map(const struct device *device, uint32_t index, volatile void **registers);

/* Map the index-th memory for DMA; `*base` is its address for the device. */
err_t device_dma_map(const struct device *device, uint32_t index, void **memory, paddr_t *base);

/*
 * Have the index-th interrupt set the signal of `endpoint` (struct signal of messaging/waitset.h), and let it through at
 * the distributor; waits for gic_dist if it is not there yet. `priority`: 0 (highest) to 255.
 */
err_t device_irq_enable(const struct device *device, uint32_t index, cptr_t endpoint, uint32_t priority);

/* Write what went wrong into the log; `argument` is the one that was malformed, or "". The exit status for main(). */
int device_failed(const char *driver, const char *argument, err_t error);

/* Between memory that a device reads or writes by DMA and the registers by which one tells the other of it, either way. */
static inline void device_barrier(void)
{
    __asm__ volatile("dmb osh" ::: "memory");
}

/* Register access, with the device memory's ordering. */
static inline uint32_t device_read32(volatile void *base, uint32_t offset)
{
    return *(volatile uint32_t *)((volatile char *)base + offset);
}

static inline void device_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    *(volatile uint32_t *)((volatile char *)base + offset) = value;
}

#endif
