/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM for files, from mem: as long as there is enough for everybody else, too. All of it is kept by init, so that it is the
 * successor's at the same addresses.
 */
#include "fs.h"
#include <abi/slots.h>
#include <caps/caps.h>
#include <idl/mem.h>
#include <paging/paging.h>
#include <paging/ram.h>

bool memory_allows(uint64_t bytes)
{
    struct mem_totals totals;
    uint64_t keep = CONFIG_FS_KEEP_MIB * (uint64_t)MIB;
    return mem_totals(mem_default(), &totals) == ERR_OK && totals.free > keep && totals.free - keep >= bytes;
}

/* The ramdisk comes first, then the store: where they are does not change while the machine is up. */
#define RAMDISK_VA (VADDR_DYNAMIC + (64ull << 30))
#define ALIGNMENT (2ull * MIB) /* so that both are mapped by few entries */
#define LAYOUT 0x66730000 + sizeof(struct files_state)

static struct kept kept;
static struct store store;

err_t store_open(cptr_t ramdisk, uint64_t bytes, struct store *opened, bool *inherited)
{
    uint64_t pages = (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    vaddr_t va = RAMDISK_VA + ((bytes + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
    paging_choose_below(RAMDISK_VA);
    err_t err = paging_map_at(RAMDISK_VA, ramdisk, 0, pages, MAP_READ, "ramdisk");
    if (err == ERR_OK) err = kept_open_at(&kept, LAYOUT, va);
    if (err != ERR_OK) return err;
    store = (struct store){.base = (uint8_t *)va, .ramdisk = (const uint8_t *)RAMDISK_VA, .ramdisk_bytes = bytes};
    store.bytes = kept.bytes + KEPT_HEADER_BYTES < FILE_CHUNK ? kept.bytes + KEPT_HEADER_BYTES : FILE_CHUNK;
    store.chunks = kept.slots_most < STORE_CHUNKS_MOST ? kept.slots_most : STORE_CHUNKS_MOST;
    *opened = store;
    *inherited = kept.inherited;
    return store.bytes >= STORE_BYTES_LEAST ? ERR_OK : ERR_NO_MEMORY;
}

const void *store_ramdisk(void)
{
    return (const void *)RAMDISK_VA;
}

/* Chunk n is in kept slot n, and mapped: both hold it. */
static err_t chunk_place(uint32_t n, cptr_t frame)
{
    vaddr_t va = (vaddr_t)store.base + (uint64_t)n * FILE_CHUNK;
    return paging_map_at(va, frame, 0, FILE_CHUNK, MAP_READ | MAP_WRITE, "files");
}

bool files_chunk_map(uint32_t n)
{
    cptr_t ram, frame;
    if (!memory_allows(FILE_CHUNK) || (n >= kept.slots && kept_grow(&kept) != ERR_OK)) return false;
    if (ram_alloc(FILE_CHUNK, &ram) != ERR_OK) return false;
    err_t err = cap_retype_new(&frame, ram, 0, CAP_FRAME, FILE_CHUNK);
    if (err == ERR_OK) {
        err = kept_put(&kept, n, frame);
        if (err == ERR_OK) err = chunk_place(n, frame);
        if (err != ERR_OK) kept_clear(&kept, n);
        cap_free(frame);
    }
    cap_free(ram);
    return err == ERR_OK;
}

void files_chunk_unmap(uint32_t n)
{
    kept_clear(&kept, n);
    paging_unmap((vaddr_t)store.base + (uint64_t)n * FILE_CHUNK, FILE_CHUNK);
}

err_t files_chunk_inherit(uint32_t n)
{
    cptr_t frame;
    err_t err = kept_get(&kept, n, &frame);
    if (err == ERR_OVERFLOW || err == ERR_L2_LOOKUP) return ERR_NOT_FOUND;
    if (err != ERR_OK) return err;
    err = chunk_place(n, frame);
    cap_free(frame);
    return err;
}
