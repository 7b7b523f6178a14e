/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM from the mem service. */
#include <idl/mem.h>
#include <paging/ram.h>

/* What is large enough for blocks of page tables lies as they need, unless memory is too fragmented for that. */
static err_t alloc_from_mem(uint64_t bytes, cptr_t *ram)
{
    static const uint64_t blocks[] = {1024ull * MIB, 2ull * MIB};
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (bytes < blocks[i]) continue;
        err_t err = mem_alloc(mem_default(), bytes, blocks[i], ram);
        if (err != ERR_NO_MEMORY) return err;
    }
    return mem_alloc(mem_default(), bytes, 0, ram);
}

const struct ram_source ram_source_mem = {.alloc = alloc_from_mem};
