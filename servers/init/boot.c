/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel handed over: looked over before anything else, since all the rest is started out of it. And RAM
 * until mem serves it: pieces at the start of the largest range of this core's, cut in order, of which mem is told.
 */
#include "init.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <cpio/cpio.h>
#include <fdt/fdt.h>
#include <idl/mem.h>
#include <paging/ram.h>

#define EARLY_BYTES (4 * MIB)
#define INVENTORY "etc/inventory"

struct boot_ram boot_ram_init, boot_ram_mem;

/* This core's own RAM: of another core than the first, its share of the Arena that it is in. */
static struct bootinfo_range largest_share(uint32_t *arena)
{
    struct bootinfo_range share = BOOTINFO->share;
    *arena = 0;
    for (uint32_t i = 0; i < BOOTINFO->arena_count; i++) {
        const struct bootinfo_range *range = &BOOTINFO->arena[i];
        bool is_it = BOOTINFO->core != 0 ? share.base - range->base < range->bytes : range->bytes > share.bytes;
        if (!is_it) continue;
        *arena = i;
        if (BOOTINFO->core == 0) share = *range;
    }
    return share;
}

/* Two pieces of the same size, one after the other, so that mem can tell its own block from what is init's. */
static void boot_ram_prepare(void)
{
    if (boot_ram_init.bytes != 0) return;
    uint32_t arena;
    struct bootinfo_range share = largest_share(&arena);
    uint64_t bytes = share.bytes / 2 & ~(uint64_t)PAGE_MASK;
    if (bytes > EARLY_BYTES) bytes = EARLY_BYTES;
    boot_ram_init = (struct boot_ram){share.base, bytes, 0};
    boot_ram_mem = (struct boot_ram){share.base + bytes, bytes, 0};
}

static err_t piece_alloc(struct boot_ram *piece, uint64_t bytes, cptr_t *ram)
{
    uint32_t arena;
    boot_ram_prepare();
    if (bytes > piece->bytes - piece->used) return ERR_NO_MEMORY;
    err_t err = slot_alloc_reserved(ram);
    if (err != ERR_OK) return err;
    largest_share(&arena);
    err = arena_alloc(SLOT_ARENAS + arena, *ram, piece->base + piece->used, bytes);
    if (err == ERR_OK) {
        piece->used += bytes;
    } else {
        slot_free(*ram);
    }
    return err;
}

static err_t alloc_for_init(uint64_t bytes, cptr_t *ram)
{
    return piece_alloc(&boot_ram_init, bytes, ram);
}
static err_t alloc_for_mem(uint64_t bytes, cptr_t *ram)
{
    return piece_alloc(&boot_ram_mem, bytes, ram);
}
const struct ram_source boot_ram_source_init = {alloc_for_init};
const struct ram_source boot_ram_source_mem = {alloc_for_mem};

void boot_ram_return(void)
{
    const struct mem_range rest[] = {
        {boot_ram_init.base + boot_ram_init.used, boot_ram_init.bytes - boot_ram_init.used},
        {boot_ram_mem.base + boot_ram_mem.used, boot_ram_mem.bytes - boot_ram_mem.used},
    };
    mem_freed(mem_default(), rest, 2, NULL);
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
