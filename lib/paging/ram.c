/* SPDX-License-Identifier: BSD-2-Clause */
/* Which source of RAM is used. */
#include <paging/ram.h>

static const struct ram_source *source = &ram_source_mem;

void ram_source_set(const struct ram_source *new_source)
{
    source = new_source;
}

const struct ram_source *ram_source(void)
{
    return source;
}

err_t ram_alloc(uint64_t bytes, cptr_t *ram)
{
    return source->alloc(bytes, ram);
}
