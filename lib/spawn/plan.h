/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process will be made of, private to this folder: how large its block is, where in it each object goes, which
 * page tables and mappings it needs. Pure functions, so that they are tested on the host.
 */
#ifndef SPAWN_PLAN_H
#define SPAWN_PLAN_H

#include <spawn/spawn.h>
#include <stdbool.h>

#define PLAN_MAPPINGS_MAX 12

/* Where the pages of a mapping come from. */
enum plan_source {
    PLAN_FILE,  /* the program's file */
    PLAN_FRAME, /* the dispatcher frame area, SLOT_FRAME */
    PLAN_DATA,  /* the frame of description, data and stack, SLOT_INFO */
};

/* Pages that lie together in source and address space; as many Mappings as it takes, see plan_part. */
struct plan_mapping {
    vaddr_t va;
    uint64_t offset; /* in the source */
    uint64_t bytes;
    uint32_t attributes;
    uint32_t source; /* enum plan_source */
    uint32_t number; /* of the first Mapping's slot: see plan_slot */
    bool lazy;       /* the rest of its region is lazily backed */
};

/* Bytes of the Mapping that begins at `va`, with as many pages as one call takes, none across an L3's end. */
uint64_t plan_part(const struct plan_mapping *mapping, vaddr_t va);

/* The child's slots for tables and Mappings, by number: what L2CNode 0 has for that, then L2CNode 2 and on. */
static inline cptr_t plan_slot(uint32_t number)
{
    uint32_t first = CNODE_L2_SLOTS - SLOT_SPAWN;
    return number < first ? SLOT_SPAWN + number : CPTR(SPAWN_L2CNODES, 0) + number - first;
}

struct plan_table {
    vaddr_t va;
    uint32_t level;
    uint32_t parent; /* index in tables; of level 1: nothing */
    cptr_t slot;
    cptr_t mapping;
};

/* Initialised data to be copied: from the file to the data frame. */
struct plan_copy {
    uint64_t to;   /* offset in the data frame */
    uint64_t from; /* offset in the file */
    uint64_t bytes;
};

struct plan {
    /* Offsets in the block. */
    uint64_t frame_offset;
    uint64_t data_offset;
    uint64_t l1_offset;
    uint64_t l2_offset;
    uint64_t dispatcher_offset;
    uint64_t vnode_offset; /* root, then tables in order */
    uint64_t used;
    uint64_t bytes;

    uint64_t data_bytes; /* of the data frame */
    uint64_t info_bytes; /* of the description, at its start, rounded up to pages */
    uint64_t strings;    /* offset in the description where strings begin */
    uint32_t l1_slots;
    uint32_t l2cnodes;
    cptr_t spawn_end; /* first free slot of L2CNode 0 */
    uint32_t region_count;
    uint32_t table_count;
    uint32_t mapping_count;
    uint32_t copy_count;
    struct spawn_region region[SPAWN_REGIONS_MAX];
    struct plan_table table[SPAWN_VNODES_MAX];
    struct plan_mapping mapping[PLAN_MAPPINGS_MAX];
    struct plan_copy copy[ELF_SEGMENTS_MAX];
};

/* ERR_TOO_LONG, ERR_TOO_MANY, ERR_INVALID, ERR_ALIGNMENT, ERR_PRIORITY, ERR_ARGUMENT. */
err_t plan_make(const struct spawn_request *request, struct plan *plan);

/* Write the description to `info`, of plan->info_bytes that are zero. */
void info_fill(const struct spawn_request *request, const struct plan *plan, struct spawn_info *info);

#endif
