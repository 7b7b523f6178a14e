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

/* A run of pages of RAM that is not in use, or one Mapping: consecutive pages under one L3 table. */
struct run {
    struct run *next;    /* in table->runs or chunk->free or the spare ones */
    struct chunk *chunk; /* where its pages come from; 0: a frame of the program's */
    uint32_t page;       /* first page in the chunk */
    uint16_t entry;      /* first entry of the table */
    uint16_t pages;
    cptr_t mapping;
};

/* How many links the chosen index needs in a table. A host test chooses by itself. */
#ifndef INDEX_LINKS
#define INDEX_LINKS CONFIG_PAGING_INDEX_LINKS
#endif

/* A page table below the root. `used`: which entries of an L3 are mapped. */
struct table {
    struct table *link[INDEX_LINKS]; /* the index's; the first also of the spare ones */
    vaddr_t va;
    uint32_t level;
    cptr_t vnode;
    cptr_t mapping;
    uint32_t page; /* of chunk, that it was made from */
    struct chunk *chunk;
    struct run *runs;
    uint32_t entries; /* that are in use, of an L1 or L2 the tables below */
    uint64_t used[VNODE_ENTRIES / 64];
};

/* A capability to RAM that lazily backed pages, tables and L2CNodes are made from: pages from `fresh` on were never
 * used, runs in `free` were. In the list of available chunks as long as it has either. */
struct chunk {
    struct chunk *next;
    struct chunk *previous;
    struct run *free;
    cptr_t ram;
    uint32_t pages;
    uint32_t fresh;
    uint32_t live;  /* pages in use */
    uint32_t ready; /* pages that can be popped: fresh ones and those in free */
    bool available;
    bool kept; /* never given back: SLOT_RAM */
};

struct vspace {
    struct region_map map;
    struct table *last; /* the L3 of the last fault */
    struct chunk *available;
    struct chunk *idle; /* unused chunks on their way back to mem */
    struct run *spare_runs;
    struct table *spare_tables;
    struct chunk *spare_chunks;
    uint32_t spare_run_count;
    uint32_t spare_table_count;
    uint32_t spare_chunk_count;
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
bool records_low(void);
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
/* Take back what was popped just now, or pages that are free again. May need a record: if there is none the pages rest
 * until their chunk is idle as a whole. */
void reserve_push_ram(const struct ram_run *ram);
/* Slots are the slot allocator's; its own reserve (for refills) stays untouched. */
bool reserve_has_slots(unsigned count);
cptr_t reserve_pop_slot(void); /* after reserve_has_slots */
bool reserve_add_chunk(cptr_t ram, uint32_t pages, uint32_t used, bool kept);
bool reserve_low(void);
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
err_t table_ensure(vaddr_t va, struct table **out);
/* The L3 for `va`, or 0. */
static inline struct table *table_find(vaddr_t va)
{
    vaddr_t base = table_base(va, 3);
    if (vspace.last && vspace.last->va == base) return vspace.last;
    return index_find(3, base);
}
void table_use(struct table *table, unsigned entry, unsigned count);
void table_unuse(struct table *table, unsigned entry, unsigned count);
static inline bool table_is_used(const struct table *table, unsigned entry)
{
    return table->used[entry / 64] >> (entry % 64) & 1;
}
/* Unhook and delete an L3 without entries, if there are many tables. */
void table_trim(struct table *table);
cptr_t table_parent_vnode(const struct table *table);

/* back.c: back pages of [low, high) (lazily backed, around `va`) that are not; sets *mapped to the end of what is now. */
err_t back_step(vaddr_t va, vaddr_t low, vaddr_t high, uint32_t attributes);
/* Undo a run: unmap it, give its pages back. Disabled. */
void run_release(struct table *table, struct run *run);

/* pager.c */
void pager_check(void); /* disabled: wake it if the reserve is low */

#endif
