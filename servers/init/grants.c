/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What drivers are given besides their device. Memory for DMA is init's: the device may still write into it when its driver has died, so the
 * next one gets the same, and it is never freed. Doorbells are taken from the end of this core's; the monitor takes its own from the beginning.
 */
#include "../monitor/monitor.h"
#include "init.h"
#include <caps/caps.h>
#include <paging/ram.h>

static uint32_t bells_used;

static err_t dma_make(uint64_t bytes, cptr_t *frame)
{
    cptr_t ram;
    err_t err = ram_alloc(bytes, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype_new(frame, ram, 0, CAP_DMAFRAME, bytes);
    if (err != ERR_OK) cap_free(ram);
    return err;
}

static err_t bell_make(cptr_t *bell)
{
    uint64_t id = DOORBELL_IDS - 1 - bells_used;
    if (bells_used == BELLS_OF_DRIVERS) return ERR_TOO_MANY;
    err_t err = cap_retype_new(bell, SLOT_DOORBELLS, DOORBELL(BOOTINFO->core, id), CAP_DOORBELL, 1);
    if (err == ERR_OK) bells_used++;
    return err;
}

err_t grants_add(const struct inventory_entry *entry, struct device_grant *grant)
{
    err_t err = ERR_OK;
    if (grant->cap_count + entry->dmas + entry->bells > DEVICE_CAPS) return ERR_TOO_MANY;
    for (uint32_t i = 0; i < entry->dmas && err == ERR_OK; i++) {
        uint64_t bytes = (uint64_t)entry->dma[i] * 1024;
        err = dma_make(bytes, &grant->caps[grant->cap_count]);
        if (err != ERR_OK) return err;
        grant->cap_count++;
        err = device_arg(grant, "dma=%llu", (unsigned long long)bytes);
    }
    for (uint32_t i = 0; i < entry->bells && err == ERR_OK; i++) {
        err = bell_make(&grant->caps[grant->cap_count]);
        if (err != ERR_OK) return err;
        grant->cap_count++;
        err = device_arg(grant, "bell");
    }
    return err;
}
