/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM from the mem service. */
#include <idl/mem.h>
#include <paging/ram.h>

static err_t alloc_from_mem(uint64_t bytes, cptr_t *ram)
{
    return mem_alloc(mem_default(), bytes, 0, ram);
}

const struct ram_source ram_source_mem = {.alloc = alloc_from_mem};
