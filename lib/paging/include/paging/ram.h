/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a process gets RAM from: init cuts it out of its Arenas, everybody else asks mem.
 */
#ifndef PAGING_RAM_H
#define PAGING_RAM_H

#include <abi/errors.h>
#include <abi/types.h>

struct ram_source {
    /*
     * A block of `bytes` (a multiple of 4096): *ram becomes a fresh slot of the caller's with its only capability.
     * Called from threads, never while disabled; may block, must not use lazily backed memory of its own and
     * must not call paging. ERR_NO_MEMORY, ERR_QUOTA, ERR_NO_SLOTS.
     */
    err_t (*alloc)(uint64_t bytes, cptr_t *ram);
};

/* What paging and, unless told otherwise, everything above use. */
void ram_source_set(const struct ram_source *source);
const struct ram_source *ram_source(void);

/* From ram_source(). The block goes back when the last capability in it is deleted: cap_free(ram) if nothing else is. */
err_t ram_alloc(uint64_t bytes, cptr_t *ram);

/* Asks the mem service on SLOT_MEM, on a channel of its own. The default. */
extern const struct ram_source ram_source_mem;

#endif
