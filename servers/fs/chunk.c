/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM for the contents of files, from mem: as long as there is enough for everybody else, too. */
#include "fs.h"
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

/* The Mapping alone holds the RAM: unmapping gives it back. */
void *files_chunk_map(void)
{
    cptr_t ram, frame;
    vaddr_t va;
    if (!memory_allows(FILE_CHUNK) || ram_alloc(FILE_CHUNK, &ram) != ERR_OK) return NULL;
    err_t err = cap_retype_new(&frame, ram, 0, CAP_FRAME, FILE_CHUNK);
    if (err == ERR_OK) {
        err = paging_map(frame, 0, FILE_CHUNK, MAP_READ | MAP_WRITE, FILE_CHUNK, "files", &va);
        cap_free(frame);
    }
    cap_free(ram);
    return err == ERR_OK ? (void *)va : NULL;
}

void files_chunk_unmap(void *chunk)
{
    paging_unmap((vaddr_t)chunk, FILE_CHUNK);
}
