/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel handed over: looked over before anything else, since all the rest is started out of it. And init's
 * own RAM until mem serves it: a piece at the start of the largest Arena, cut in order, of which mem is told.
 */
#include "init.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <cpio/cpio.h>
#include <fdt/fdt.h>
#include <idl/mem.h>
#include <paging/ram.h>

#define EARLY_BYTES (8 * MIB)
#define INVENTORY   "etc/inventory"

struct bootinfo_range boot_ram_range;
static uint64_t boot_ram_used;

static uint32_t largest_arena(void)
{
    uint32_t largest = 0;
    for (uint32_t i = 1; i < BOOTINFO->arena_count; i++) {
        if (BOOTINFO->arena[i].bytes > BOOTINFO->arena[largest].bytes) largest = i;
    }
    return largest;
}

static err_t boot_ram_alloc(uint64_t bytes, cptr_t *ram)
{
    uint32_t arena = largest_arena();
    if (boot_ram_range.bytes == 0) {
        boot_ram_range = BOOTINFO->arena[arena];
        if (boot_ram_range.bytes > EARLY_BYTES) boot_ram_range.bytes = EARLY_BYTES;
    }
    if (bytes > boot_ram_range.bytes - boot_ram_used) return ERR_NO_MEMORY;
    err_t err = slot_alloc_reserved(ram);
    if (err != ERR_OK) return err;
    err = arena_alloc(SLOT_ARENAS + arena, *ram, boot_ram_range.base + boot_ram_used, bytes);
    if (err == ERR_OK) {
        boot_ram_used += bytes;
    } else {
        slot_free(*ram);
    }
    return err;
}
const struct ram_source boot_ram = {boot_ram_alloc};

void boot_ram_return(void)
{
    struct mem_range rest = {boot_ram_range.base + boot_ram_used, boot_ram_range.bytes - boot_ram_used};
    if (rest.bytes > 0) mem_freed(mem_default(), &rest, 1);
}

static void ramdisk_check(void)
{
    uint64_t at = 0;
    uint32_t entries = 0;
    if (BOOTINFO->ramdisk_bytes == 0) halt("init: there is no ramdisk (initrd) to start anything from");
    err_t err = cpio_check((const void *)VADDR_RAMDISK, BOOTINFO->ramdisk_bytes, &at, &entries);
    if (err != ERR_OK) {
        halt("init: the ramdisk is broken: entry %u, at byte %llu of %llu: %s", entries + 1, (unsigned long long)at,
             (unsigned long long)BOOTINFO->ramdisk_bytes, err_text(err));
    }
}

void boot_check(void)
{
    if (BOOTINFO->magic != BOOTINFO_MAGIC) halt("init: the kernel's boot information is not what init knows");
    if (BOOTINFO->arena_count == 0) halt("init: the kernel found no free RAM");
    ramdisk_check();
    if (dt_open((const char *)VADDR_DTB + BOOTINFO->dtb_offset, BOOTINFO->dtb_bytes) != ERR_OK) {
        halt("init: the device tree is malformed");
    }
}

const char *boot_inventory(size_t *bytes)
{
    struct cpio_entry entry;
    err_t err = cpio_find((const void *)VADDR_RAMDISK, BOOTINFO->ramdisk_bytes, INVENTORY, &entry);
    if (err != ERR_OK) halt("init: no %s in the ramdisk: %s", INVENTORY, err_text(err));
    *bytes = entry.bytes;
    return entry.data;
}
