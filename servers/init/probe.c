/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is behind the registers of a virtio device (Virtual I/O Device 1.2, 4.2.2). A machine may have many places for such devices and the
 * device tree says the same of all, so what is there is read before a driver is started for it. One page is mapped at a time.
 */
#include "init.h"
#include <driver/device.h>
#include <paging/paging.h>

#define MAGIC 0x000
#define MAGIC_VALUE 0x74726976 /* "virt" */
#define DEVICE_ID 0x008        /* 0: nothing is there */

static struct {
    cptr_t frame;
    uint64_t offset;
    vaddr_t va;
} page;

void probe_end(void)
{
    if (page.va != 0) paging_unmap(page.va, PAGE_SIZE);
    page.va = 0;
}

uint32_t probe_virtio(cptr_t frame, uint64_t offset)
{
    uint64_t first = offset & ~(uint64_t)PAGE_MASK;
    if (page.va == 0 || page.frame != frame || page.offset != first) {
        probe_end();
        if (paging_map(frame, first, PAGE_SIZE, MAP_READ, 0, "registers", &page.va) != ERR_OK) return 0;
        page.frame = frame;
        page.offset = first;
    }
    volatile void *registers = (volatile void *)(page.va + offset - first); /* NOLINT(performance-no-int-to-ptr) */
    return device_read32(registers, MAGIC) == MAGIC_VALUE ? device_read32(registers, DEVICE_ID) : 0;
}
