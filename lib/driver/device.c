/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's registers and interrupts: mapping the ones, having the others delivered.
 */
#include <driver/device.h>

#include <stdio.h>

#include <caps/caps.h>
#include <idl/gic_dist.h>
#include <idl/init.h>
#include <idl/names.h>
#include <paging/paging.h>

err_t device_map(const struct device *device, uint32_t index, volatile void **registers)
{
    if (index >= device->reg_count) {
        return ERR_NOT_FOUND;
    }
    const struct device_reg *reg = &device->reg[index];
    uint64_t bytes = (reg->offset + reg->bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    vaddr_t va;
    err_t error = paging_map(reg->frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "registers", &va);
    if (error == ERR_OK) {
        *registers = (volatile void *)(va + reg->offset); /* NOLINT(performance-no-int-to-ptr) */
    }
    return error;
}

err_t device_dma_map(const struct device *device, uint32_t index, void **memory, paddr_t *base)
{
    struct cap_info info;
    vaddr_t va;
    if (index >= device->dma_count) {
        return ERR_NOT_FOUND;
    }
    const struct device_dma *dma = &device->dma[index];
    err_t error = cap_identify(dma->frame, &info);
    if (error == ERR_OK && (info.type != CAP_DMAFRAME || info.bytes != dma->bytes)) {
        error = ERR_CAP_TYPE;
    }
    if (error == ERR_OK) {
        error = paging_map(dma->frame, 0, dma->bytes, MAP_READ | MAP_WRITE, 0, "memory for DMA", &va);
    }
    if (error == ERR_OK) {
        *memory = (void *)va; /* NOLINT(performance-no-int-to-ptr) */
        *base = info.base;
    }
    return error;
}

static err_t let_through(const struct device_irq *irq, uint32_t priority)
{
    enum gic_dist_trigger trigger = irq->edge ? GIC_DIST_TRIGGER_EDGE : GIC_DIST_TRIGGER_LEVEL;
    for (;;) {
        err_t error = gic_dist_enable(gic_dist_default(), irq->cap, trigger, priority);
        if (error != ERR_NOT_FOUND && error != ERR_PEER_DEAD) {
            return error;
        }
        uint64_t pid;
        cptr_t endpoint;
        error = names_await(names_default(), "gic_dist", &pid, &endpoint);
        if (error != ERR_OK) {
            return error;
        }
        cap_free(endpoint);
        gic_dist_client_rebind(gic_dist_default());
    }
}

err_t device_irq_enable(const struct device *device, uint32_t index, cptr_t endpoint, uint32_t priority)
{
    if (index >= device->irq_count) {
        return ERR_NOT_FOUND;
    }
    const struct device_irq *irq = &device->irq[index];
    err_t error = irq_bind(irq->cap, endpoint);
    return error != ERR_OK ? error : let_through(irq, priority);
}

int device_failed(const char *driver, const char *argument, err_t error)
{
    char line[200];
    const char *hint = argument[0] == '\0' ? "" : " (init starts drivers; drivers/README.md says what it passes)";
    snprintf(line, sizeof line, "%s: %.60s%s%s%s", driver, argument, argument[0] == '\0' ? "" : ": ", err_text(error),
             hint);
    init_log(init_default(), line);
    return 1;
}
