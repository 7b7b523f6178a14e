/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of paging, private to this folder. There is one address space, `vspace`, in memory that is
 * always backed. It is changed only while the dispatcher is disabled (by the fault handler, which is, or between
 * vspace_enter and vspace_leave), in steps that each leave it whole; so the fault handler may come in between any
 * two steps, and no lock can be held while a thread waits for memory.
 *
 * Floors, from the bottom: index (page tables by address), records and reserve (what may be popped), tables (walk
 * and make page tables), fault and back (lazily backed pages), map (everything that programs call), pager.
 */
#ifndef PAGING_VSPACE_H
#define PAGING_VSPACE_H

#include <arch/disable.h>
#include <caps/slots.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <regions/regions.h>

/* Kinds of regions. */
enum region_kind {
    KIND_FIXED = 1, /* mapped for us before we ran: program, dispatcher frame, description */
    KIND_LAZY,      /* pages come on first touch */
    KIND_FRAME,     /* a frame that paging_map mapped */
    KIND_GUARD,     /* never mapped, catches overflows */
    KIND_RESERVED,  /* never mapped, the program's own use; also while it is being mapped or unmapped */
    KIND_METADATA,  /* our own records */
};

#define ATTRIBUTES_ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE)

/* One Mapping: consecutive entries of one table, pages of an L3 or blocks of an L2 (2 MiB) or L1 (1 GiB). */
struct run {
    struct run *next;    /* in table->runs or the spare ones */
    struct chunk *chunk; /* where its pages come from; 0: the Mapping itself is all that holds them */
    uint32_t page;       /* first page in the chunk */
    uint16_t entry;      /* first entry of the table */
    uint16_t pages;      /* how many, or how many blocks */
    cptr_t mapping;
    bool lazy; /* backs a lazily backed region; else a frame of the program's */
};

/* How many links the chosen index needs in a table. A host test chooses by itself. */
#ifndef INDEX_LINKS
#define INDEX_LINKS CONFIG_PAGING_INDEX_LINKS
#endif

/* A page table below the root. `used`: which entries map pages or blocks. With nothing in it, it is in the list of empty ones
 * (but for those that the process was born with). */
struct table {
    struct table *link[INDEX_LINKS]; /* the index's; the first also of the spare ones */
    vaddr_t va;
    uint32_t level;
    cptr_t vnode;
    cptr_t mapping;
    uint32_t page; /* of chunk, that it was made from */
    struct chunk *chunk;
    struct run *runs;
    struct table *newer; /* in the list of empty ones */
    struct table *older;
    uint32_t entries; /* that are in use: pages, blocks, tables below */
    uint64_t used[VNODE_ENTRIES / 64];
};

/* A part of a capability to RAM, that lazily backed pages, tables and L2CNodes are made from: pages from `fresh` on were never
 * used, those in `free` are not in use any more. In the list of available chunks as long as it has either. */
#define CHUNK_PAGES_MAX 1024
struct chunk {
    struct chunk *next;
    struct chunk *previous;
    cptr_t ram;
    uint32_t first; /* page of the capability that is page 0 here */
    uint32_t pages;
    uint32_t fresh;
    uint32_t live;  /* pages in use */
    uint32_t ready; /* pages that can be popped */
    bool available;
    bool kept;    /* never given back: SLOT_RAM */
    bool lasting; /* has pages that stay in use for ever: L2CNodes, records */
    uint64_t free[CHUNK_PAGES_MAX / 64];
};

/* Where a page of the chunk lies in its capability. */
static inline uint64_t chunk_offset(const struct chunk *chunk, uint32_t page)
{
    return (uint64_t)(chunk->first + page) * PAGE_SIZE;
}

struct vspace {
    struct region_map map;
    vaddr_t choice_end; /* what has no address of its own gets one below; 0: anywhere */
    struct table *last; /* the L3 of the last fault */
    struct table *empty_oldest;
    struct table *empty_newest;
    struct chunk *available;
    struct chunk *available_last;
    struct chunk *idle; /* unused chunks on their way back to mem */
    struct run *spare_runs;
    struct table *spare_tables;
    struct chunk *spare_chunks;
    uint32_t spare_run_count;
    uint32_t spare_table_count;
    uint32_t spare_chunk_count;
    uint32_t empty_tables;
    uint32_t reserve_pages; /* in available chunks */
    vaddr_t metadata;       /* where the next records go */
    uint32_t chunk_pages;   /* size of the next block to ask for */
    bool fully_backed;
    bool ready;
    bool refilling;      /* somebody fills the reserve up */
    bool making_records; /* out of the last ones */
    err_t exhausted;     /* why the pager could not: who finds the reserve empty is not to wait; ERR_OK: it can */
    const struct spawn_info *info;
    const struct paging_runtime *runtime;
    struct paging_figures figures;
};

extern struct vspace vspace;

/* Memory of ours at an address of ours. */
#if HOST_TEST
void *vspace_memory(vaddr_t va);
#else
static inline void *vspace_memory(vaddr_t va)
{
    return (void *)va;
}
#endif

static inline vaddr_t page_down(vaddr_t va)
{
    return va & ~(vaddr_t)PAGE_MASK;
}
static inline bool is_page_aligned(uint64_t value)
{
    return (value & PAGE_MASK) == 0;
}

/* Bits of a virtual address that an entry of a table of `level` translates; of the root: level 0. */
static inline unsigned level_shift(unsigned level)
{
    return PAGE_BITS + 9 * (3 - level);
}
static inline unsigned entry_of(vaddr_t va, unsigned level)
{
    return va >> level_shift(level) & (VNODE_ENTRIES - 1);
}
/* Bytes that an entry of a table of `level` translates. */
static inline uint64_t entry_bytes(unsigned level)
{
    return 1ull << level_shift(level);
}
/* First address that a table of `level` (1-3) for `va` translates. */
static inline vaddr_t table_base(vaddr_t va, unsigned level)
{
    return va & ~((1ull << (level_shift(level) + 9)) - 1);
}

/* init.c: build the regions and the index out of what paging_init was given, on first use. */
void vspace_prepare(void);
static inline void vspace_enter(void)
{
    dispatcher_disable();
    if (!vspace.ready) vspace_prepare();
}
static inline void vspace_leave(void)
{
    dispatcher_enable();
}

/* index_hash.c, index_list.c or index_radix.c, as configured: tables by level and first address. index_looks adds to
 * tables_at[n] how many tables are found at the nth look; the last of `count` stands for all beyond. */
struct table *index_find(unsigned level, vaddr_t base);
void index_insert(struct table *table);
void index_remove(struct table *table);
void index_looks(uint32_t *tables_at, unsigned count);

/*
 * records.c: spare records. What pops answers 0 if there is none, or only those that making more needs.
 */
void records_prepare(void);
struct run *run_pop(void);
void run_push(struct run *run);
struct table *table_pop(void);
void table_push(struct table *table);
struct chunk *chunk_pop(void);
void chunk_push(struct chunk *chunk);
/* Below these the refill makes more. One fault takes a run and three tables; one operation on regions two of them. */
#define LOW_RUNS 12
#define LOW_TABLES 8
#define LOW_CHUNKS 3
#define LOW_REGIONS 8
static inline bool records_low(void)
{
    return vspace.spare_run_count < LOW_RUNS || vspace.spare_table_count < LOW_TABLES ||
           vspace.spare_chunk_count < LOW_CHUNKS || region_spares(&vspace.map) < LOW_REGIONS;
}
/* Carve `bytes` at `memory` into records of all kinds, as they are short. */
void records_carve(void *memory, size_t bytes);

/*
 * reserve.c: RAM and slots that may be popped while disabled.
 */
struct ram_run {
    struct chunk *chunk;
    uint32_t page;
    uint32_t pages;
};
/* At most `pages` consecutive pages, or exactly as many if `exact`. false: there are none. */
bool reserve_pop_ram(uint32_t pages, bool exact, struct ram_run *out);
/* The same for what will never come back: so that it keeps few chunks from doing so. */
bool reserve_pop_lasting(uint32_t pages, bool exact, struct ram_run *out);
/* Take back what was popped just now, or pages that are free again. */
void reserve_push_ram(const struct ram_run *ram);
/* Slots are the slot allocator's; its own reserve (for refills) stays untouched. */
static inline bool reserve_has_slots(unsigned count)
{
    /* records may be made while slots are */
    return slots_free_count >= (vspace.making_records ? 0 : SLOT_RESERVE) + count;
}
cptr_t reserve_pop_slot(void); /* after reserve_has_slots */
/* Pages of RAM from `first` on, at most CHUNK_PAGES_MAX. false: there is no record for it. */
bool reserve_add_chunk(cptr_t ram, uint32_t first, uint32_t pages, bool kept);
static inline bool reserve_low(void)
{
    return vspace.reserve_pages < CONFIG_PAGING_RESERVE_PAGES || records_low() ||
           !reserve_has_slots(CONFIG_PAGING_RESERVE_SLOTS);
}
/* Let go of all chunks that are not in use, as far as the reserve stays what it must be. */
void reserve_trim(void);
/* Threads only, not disabled: fill everything up; give idle chunks back. ERR_NO_MEMORY, ERR_QUOTA. */
err_t reserve_refill(void);
err_t reserve_add_ram(void); /* one block more, whoever else is about to refill */
/* Not disabled: make records until there are enough of each. */
err_t records_refill(void);
void reserve_return_idle(void);

/* cspace.c: make L2CNode number `node`, for the slot allocator (caps/slots.h). */
err_t cspace_refill(unsigned node, unsigned *l1_slots);

/*
 * table.c: page tables. ERR_AGAIN: the reserve lacks something; nothing is broken, refill and repeat.
 */
err_t table_ensure(vaddr_t va, unsigned level, struct table **out);
/* The L3 for `va`, or 0. */
static inline struct table *table_find(vaddr_t va)
{
    vaddr_t base = table_base(va, 3);
    if (vspace.last && vspace.last->va == base) return vspace.last;
    return index_find(3, base);
}
/* The table whose entry maps `va`, or would: an L3, an L2 or L1 that has a block there, or 0. Nothing else is mapped from `va` up
 * to *end but what that table says. */
struct table *table_walk(vaddr_t va, vaddr_t *end);
/* Is there a page or block at `va`? */
bool table_maps(vaddr_t va);
void table_use(struct table *table, unsigned entry, unsigned count);
void table_unuse(struct table *table, unsigned entry, unsigned count);
static inline bool table_is_used(const struct table *table, unsigned entry)
{
    return table->used[entry / 64] >> (entry % 64) & 1;
}
/* A block, which is all of a run, becomes pages (or smaller blocks) of a new table. Nobody sees a difference. */
err_t table_break(struct table *table, struct run *run);
/* Empty tables are kept for the next who needs them there, but no more than so many. */
#define TABLES_EMPTY_KEPT 8
void tables_trim(unsigned kept);

/* back.c: back pages of [low, high) (lazily backed, around `va`) that are not; sets *mapped to the end of what is now. */
err_t back_step(vaddr_t va, vaddr_t low, vaddr_t high, uint32_t attributes);
/* How many pages of 4 KiB a run of this table has. */
static inline uint64_t run_pages(const struct table *table, const struct run *run)
{
    return run->pages * (entry_bytes(table->level) / PAGE_SIZE);
}
/* Undo a run: unmap it, give its pages back. Disabled. */
void run_release(struct table *table, struct run *run);

/* pager.c */
void pager_check(void); /* disabled: wake it if the reserve is low */

#endif
