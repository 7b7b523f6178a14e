/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables. A VNode is 4 KiB of entries that only this file writes. Every run of valid entries has a Mapping
 * capability, which remembers the VNode's address and creation number: if either does not fit
 * any more the Mapping is void, and its VNode's memory is none of its business.
 *
 * A VNode below the root is mapped at one virtual address in its life, so entries are invalidated by address; one that was
 * put into a table whose own address was not known then has everything invalidated. After
 * the TLB has forgotten a page, and only then, may its memory be used for something else.
 */
#include <arch/memory.h>
#include <arch/pte.h>
#include <kernel/block.h>
#include <kernel/mdb.h>
#include <kernel/shared.h>
#include <kernel/object.h>
#include <kernel/vnode.h>

#define EXECUTE_BYTES 65536 /* whose caches one call synchronises */

static uint64_t creations;

static unsigned vnode_level(const struct cap *vnode)
{
    return vnode->type - CAP_VNODE0;
}
static bool is_vnode(const struct cap *cap)
{
    return cap->type >= CAP_VNODE0 && cap->type <= CAP_VNODE3;
}
static unsigned entry_shift(unsigned level)
{
    return PAGE_BITS + 9 * (3 - level);
}
static uint64_t *vnode_table(const struct cap *vnode)
{
    return phys_to_virt(vnode->base);
}
static uint64_t mapping_vnode(const struct cap *mapping)
{
    return mapping->badge & ~(uint64_t)PAGE_MASK;
}
static unsigned mapping_entry(const struct cap *mapping)
{
    return mapping->badge & PAGE_MASK;
}

void vnode_init(struct cap *cap)
{
    if (!is_vnode(cap)) return;
    cap->creation = ++creations;
    cap->va = cap->type == CAP_VNODE0 ? VNODE_VA_KNOWN : 0;
}

/* Entries and TLB -------------------------------------------------------------------------------- */

/* Forget what the VNode's entries translated. */
static void invalidate(const struct cap *vnode, unsigned first, unsigned count)
{
    unsigned shift = entry_shift(vnode_level(vnode));
    if ((vnode->va & VNODE_VA_KNOWN) && count <= VNODE_MAP_MAX) {
        vaddr_t va = (vnode->va & ~(uint64_t)PAGE_MASK) + ((uint64_t)first << shift);
        for (unsigned i = 0; i < count; i++)
            tlb_invalidate_va(va + ((uint64_t)i << shift));
    } else if (vnode->va & (VNODE_VA_KNOWN | VNODE_VA_ANY)) {
        tlb_invalidate_all_user();
    } else {
        return;
    }
    tlb_sync();
}

/* Whole tables went: leaves and walks at any address below. */
static void invalidate_below(const struct cap *vnode)
{
    if (vnode->va & (VNODE_VA_KNOWN | VNODE_VA_ANY)) {
        tlb_invalidate_all_user();
        tlb_sync();
    }
}

/* `count` is not 0. */
static inline void write_leaves(const struct cap *vnode, const struct cap *mapping, unsigned first, unsigned count,
                                unsigned attributes, unsigned shift)
{
    unsigned kind = mapping->detail & MAPPING_DEVICE ? PTE_DEVICE : PTE_NORMAL;
    uint64_t *table = vnode_table(vnode) + mapping_entry(mapping) + first;
    uint64_t entry = pte_leaf(mapping->base + ((uint64_t)first << shift), vnode_level(vnode), attributes, kind);
    do {
        pte_write(table++, 0, entry);
        entry += 1ul << shift;
    } while (--count != 0);
    pte_sync();
}

/* Clear what a Mapping of this VNode stands for, and tell the table that it was. */
static void mapping_clear(const struct cap *vnode, const struct cap *mapping)
{
    unsigned first = mapping_entry(mapping), count = MAPPING_COUNT(mapping->detail);
    uint64_t *table = vnode_table(vnode);
    for (unsigned i = 0; i < count; i++)
        pte_write(table, first + i, 0);
    pte_sync();
    if (mapping->flags & CAP_TABLE)
        invalidate_below(vnode);
    else
        invalidate(vnode, first, count);
}

/* The VNode of this type at this address. */
static struct slot *vnode_find(unsigned type, paddr_t base)
{
    struct cap key = {.type = type, .base = base, .bytes = VNODE_BYTES};
    return mdb_find(&key);
}

/* The child table, if it lives, may be mapped again. */
static void table_released(const struct cap *mapping)
{
    struct slot *child = vnode_find(CAP_VNODE1 + MAPPING_LEVEL(mapping->detail), mapping->base);
    if (child != NULL) child->cap.va &= ~(uint64_t)VNODE_MAPPED;
}

enum object_fate mapping_last(struct slot *slot)
{
    const struct cap *mapping = &slot->cap;
    struct slot *vnode = vnode_find(CAP_VNODE0 + MAPPING_LEVEL(mapping->detail), mapping_vnode(mapping));
    if (vnode != NULL && vnode->cap.creation == mapping->creation) mapping_clear(&vnode->cap, mapping);
    if (mapping->flags & CAP_TABLE) table_released(mapping);
    return OBJECT_REMOVE;
}

/* The VNode goes, and its Mappings become void. While the processor can still reach it, it must be empty. */
enum object_fate vnode_last(struct slot *slot)
{
    const struct cap *vnode = &slot->cap;
    bool reachable = vnode->type == CAP_VNODE0 || (vnode->va & VNODE_MAPPED);
    if (reachable && !(vnode->flags & CAP_UNCLEAN)) {
        memory_zero(vnode_table(vnode), VNODE_BYTES);
        pte_sync();
        invalidate_below(vnode);
    }
    return OBJECT_REMOVE;
}

/* Checks ----------------------------------------------------------------------------------------- */

static err_t attributes_check(uint64_t attributes, unsigned rights)
{
    if (!(attributes & MAP_READ) || (attributes & ~(uint64_t)(MAP_READ | MAP_WRITE | MAP_EXECUTE))) return ERR_ARGUMENT;
    if ((attributes & MAP_WRITE) && (attributes & MAP_EXECUTE)) return ERR_WX;
    return attributes & ~(uint64_t)rights ? ERR_CAP_RIGHTS : ERR_OK;
}

static inline err_t entries_check(const struct cap *vnode, uint64_t entry, uint64_t count, uint64_t max)
{
    if (count == 0 || count > max) return ERR_ARGUMENT;
    if (entry >= VNODE_ENTRIES || entry + count > VNODE_ENTRIES) return ERR_VNODE_ENTRY;
    const uint64_t *table = vnode_table(vnode) + entry;
    do {
        if (*table++ != 0) return ERR_VNODE_ENTRY;
    } while (--count != 0);
    return ERR_OK;
}

/* Is [offset, offset + bytes) within the capability, and aligned as the entries need? */
static err_t range_check(const struct cap *cap, uint64_t offset, uint64_t bytes, unsigned shift)
{
    uint64_t end;
    if (__builtin_add_overflow(offset, bytes, &end)) return ERR_OVERFLOW;
    if (end > cap->bytes) return ERR_ARGUMENT;
    return (cap->base + offset) & ((1ul << shift) - 1) ? ERR_ALIGNMENT : ERR_OK;
}

static err_t mapping_check(const struct cap *vnode, const struct cap *mapping)
{
    if (mapping->type != CAP_MAPPING) return ERR_CAP_TYPE;
    if (mapping_vnode(mapping) != vnode->base || mapping->creation != vnode->creation) return ERR_MAPPING_GONE;
    return ERR_OK;
}

/* Operations ------------------------------------------------------------------------------------- */

static inline void mapping_fill(struct slot *dst, const struct slot *vnode, const struct cap *what,
                                const struct vnode_run *run, uint64_t bytes)
{
    struct cap *cap = &dst->cap;
    cap->head = (what->head & CAP_HEAD_RIGHTS) | CAP_MAPPING;
    cap->detail = MAPPING_DETAIL(run->count, vnode_level(&vnode->cap));
    cap->base = what->base + run->offset;
    cap->bytes = bytes;
    cap->badge = vnode->cap.base | run->entry;
    cap->block_base = what->block_base;
    cap->block_bytes = what->block_bytes;
    cap->creation = vnode->cap.creation;
}

static err_t frame_check(const struct cap *frame)
{
    if (frame->type != CAP_FRAME && frame->type != CAP_DMAFRAME && frame->type != CAP_DEVFRAME) return ERR_CAP_TYPE;
    return frame->flags & CAP_UNCLEAN ? ERR_UNCLEAN : ERR_OK;
}

err_t vnode_map(struct slot *dst, struct slot *vnode, struct slot *frame, const struct vnode_run *run)
{
    unsigned level = vnode_level(&vnode->cap), shift = entry_shift(level);
    uint64_t bytes = run->count << shift;
    err_t err;
    if ((err = frame_check(&frame->cap))) return err;
    if (shared_forbids_copies(&frame->cap)) return ERR_RETRY_THROUGH_MONITOR;
    if (level == 0) return ERR_VNODE_LEVEL;
    if ((err = attributes_check(run->attributes, frame->cap.rights)) ||
        (err = entries_check(&vnode->cap, run->entry, run->count, VNODE_MAP_MAX)) ||
        (err = range_check(&frame->cap, run->offset, bytes, shift)))
        return err;
    if ((run->attributes & MAP_EXECUTE) && bytes > EXECUTE_BYTES) return ERR_ARGUMENT;
    mapping_fill(dst, vnode, &frame->cap, run, bytes);
    if (frame->cap.type == CAP_DEVFRAME) dst->cap.detail |= MAPPING_DEVICE;
    if (run->attributes & MAP_EXECUTE) cache_sync_icache(phys_to_virt(dst->cap.base), dst->cap.bytes);
    write_leaves(&vnode->cap, &dst->cap, 0, run->count, run->attributes, shift);
    mdb_insert(dst, frame->level != 0 ? frame : NULL);
    return ERR_OK;
}

err_t vnode_map_ram(struct slot *dst, struct slot *vnode, struct slot *ram, const struct vnode_run *run)
{
    struct slot *hint;
    err_t err;
    if (vnode->cap.type != CAP_VNODE3) return ERR_VNODE_LEVEL;
    if ((err = cap_expect(&ram->cap, CAP_RAM)) || (err = attributes_check(run->attributes, cap_types[CAP_FRAME].rights)) ||
        (err = entries_check(&vnode->cap, run->entry, run->count, VNODE_MAP_RAM_MAX)) ||
        (err = range_check(&ram->cap, run->offset, run->count << PAGE_BITS, PAGE_BITS)))
        return err;
    if (shared_forbids_changes(&ram->cap)) return ERR_RETRY_THROUGH_MONITOR;
    paddr_t base = ram->cap.base + run->offset;
    uint64_t bytes = run->count << PAGE_BITS;
    if (mdb_overlaps(mdb_node(ram), base, base + bytes, &hint)) return ERR_REVOKE_FIRST;
    mapping_fill(dst, vnode, &ram->cap, run, bytes);
    dst->cap.rights = cap_types[CAP_FRAME].rights;
    memory_zero(phys_to_virt(base), bytes);
    if (run->attributes & MAP_EXECUTE) cache_sync_icache(phys_to_virt(base), bytes);
    write_leaves(&vnode->cap, &dst->cap, 0, run->count, run->attributes, PAGE_BITS);
    mdb_insert_run(dst, 1, &ram->cap, hint);
    return ERR_OK;
}

/* The virtual address that a table gets, with its state; or why it may not be mapped there. */
static err_t table_place(const struct cap *vnode, const struct cap *table, uint64_t entry, uint64_t *va)
{
    *va = VNODE_MAPPED | VNODE_VA_ANY;
    if (vnode->va & VNODE_VA_KNOWN) {
        *va = (vnode->va & ~(uint64_t)PAGE_MASK) + (entry << entry_shift(vnode_level(vnode)));
        *va |= VNODE_MAPPED | VNODE_VA_KNOWN;
    }
    if (table->va & VNODE_MAPPED) return ERR_VNODE_MAPPED;
    if (table->va & VNODE_VA_ANY) *va = VNODE_MAPPED | VNODE_VA_ANY;
    /* Tables below it rely on the address that it had. */
    if ((table->va & VNODE_VA_KNOWN) && *va != (table->va | VNODE_MAPPED)) return ERR_VNODE_MAPPED;
    return ERR_OK;
}

static err_t table_check(const struct cap *vnode, const struct cap *table)
{
    if (!is_vnode(table)) return ERR_CAP_TYPE;
    if (table->type != vnode->type + 1) return ERR_VNODE_LEVEL;
    return table->flags & CAP_UNCLEAN ? ERR_UNCLEAN : ERR_OK;
}

static void table_enter(struct slot *dst, struct slot *vnode, struct slot *table, uint64_t entry, uint64_t va)
{
    struct vnode_run run = {.entry = entry, .count = 1};
    mapping_fill(dst, vnode, &table->cap, &run, VNODE_BYTES);
    dst->cap.flags = CAP_TABLE;
    pte_write(vnode_table(&vnode->cap), entry, pte_table(table->cap.base));
    pte_sync();
    table->cap.va = va;
    mdb_insert(dst, table);
}

err_t vnode_map_table(struct slot *dst, struct slot *vnode, struct slot *table, uint64_t entry)
{
    uint64_t va;
    err_t err = table_check(&vnode->cap, &table->cap);
    if (err == ERR_OK) err = entries_check(&vnode->cap, entry, 1, 1);
    if (err == ERR_OK) err = table_place(&vnode->cap, &table->cap, entry, &va);
    if (err == ERR_OK) table_enter(dst, vnode, table, entry, va);
    return err;
}

err_t vnode_unmap(struct slot *vnode, struct slot *mapping)
{
    err_t err = mapping_check(&vnode->cap, &mapping->cap);
    if (err != ERR_OK) return err;
    mapping_clear(&vnode->cap, &mapping->cap);
    if (mapping->cap.flags & CAP_TABLE) table_released(&mapping->cap);
    block_remove(mapping);
    return ERR_OK;
}

/* The entries stay as they are: only who stands for them changes. */
err_t vnode_split(struct slot *dst, struct slot *vnode, struct slot *mapping, uint64_t first)
{
    struct cap low = mapping->cap, high = mapping->cap;
    unsigned shift = entry_shift(vnode_level(&vnode->cap)), entries = MAPPING_COUNT(low.detail);
    err_t err = mapping_check(&vnode->cap, &low);
    if (err == ERR_OK && (low.flags & CAP_TABLE)) err = ERR_CAP_TYPE;
    if (err == ERR_OK && (first == 0 || first >= entries)) err = ERR_ARGUMENT;
    if (err != ERR_OK) return err;
    low.detail -= entries - first;
    low.bytes = first << shift;
    high.detail -= first;
    high.base += low.bytes;
    high.bytes -= low.bytes;
    high.badge += first;
    mdb_remove(mapping);
    mapping->cap = low;
    mdb_insert(mapping, NULL);
    dst->cap = high;
    mdb_insert(dst, NULL);
    return ERR_OK;
}

/* These two go through all of a table: four entries at a time, since the call is to be short. */
static bool table_is_empty(const struct cap *vnode)
{
    const uint64_t *table = vnode_table(vnode);
    uint64_t any = 0;
    for (unsigned i = 0; i < VNODE_ENTRIES; i += 4)
        any |= table[i] | table[i + 1] | table[i + 2] | table[i + 3];
    return any == 0;
}

static void table_fill(const struct cap *vnode, uint64_t entry, uint64_t step)
{
    uint64_t *table = vnode_table(vnode);
    for (unsigned i = 0; i < VNODE_ENTRIES; i += 4, entry += 4 * step) {
        pte_write(table, i, entry);
        pte_write(table, i + 1, entry + step);
        pte_write(table, i + 2, entry + 2 * step);
        pte_write(table, i + 3, entry + 3 * step);
    }
}

static err_t break_check(const struct cap *vnode, const struct cap *mapping, const struct cap *table, uint64_t *va)
{
    err_t err = mapping_check(vnode, mapping);
    if (err != ERR_OK) return err;
    if (mapping->flags & CAP_TABLE) return ERR_CAP_TYPE;
    if (MAPPING_COUNT(mapping->detail) != 1) return ERR_ARGUMENT;
    err = table_check(vnode, table);
    if (err == ERR_OK && !table_is_empty(table)) err = ERR_VNODE_ENTRY;
    return err != ERR_OK ? err : table_place(vnode, table, mapping_entry(mapping), va);
}

/*
 * Between a block and the table in its place the entry must be invalid, and the TLB empty of it (Arm ARM D8.14.1). Who uses
 * the address space runs on this core, and so not meanwhile.
 */
err_t vnode_break(struct slot *dst, struct slot *vnode, struct slot *mapping, struct slot *table)
{
    struct cap parts = mapping->cap;
    unsigned entry = mapping_entry(&parts), level = vnode_level(&vnode->cap) + 1;
    uint64_t va;
    err_t err = break_check(&vnode->cap, &parts, &table->cap, &va);
    if (err != ERR_OK) return err;
    uint64_t part = pte_part(vnode_table(&vnode->cap)[entry], level);
    table_fill(&table->cap, part, 1ul << entry_shift(level));
    pte_write(vnode_table(&vnode->cap), entry, 0);
    pte_sync();
    invalidate(&vnode->cap, entry, 1);
    parts.detail = MAPPING_DETAIL(VNODE_ENTRIES, level) | (parts.detail & MAPPING_DEVICE);
    parts.badge = table->cap.base;
    parts.creation = table->cap.creation;
    mdb_remove(mapping);
    mapping->cap = parts;
    mdb_insert(mapping, NULL);
    table_enter(dst, vnode, table, entry, va);
    return ERR_OK;
}

err_t vnode_protect(struct slot *vnode, struct slot *mapping, uint64_t first, uint64_t count, uint64_t attributes)
{
    const struct cap *cap = &mapping->cap;
    unsigned shift = entry_shift(vnode_level(&vnode->cap)), entries = MAPPING_COUNT(cap->detail);
    err_t err = mapping_check(&vnode->cap, cap);
    if (err == ERR_OK && (cap->flags & CAP_TABLE)) err = ERR_CAP_TYPE;
    if (err == ERR_OK) err = attributes_check(attributes, cap->rights);
    if (err == ERR_OK && (first >= entries || count == 0 || count > entries - first)) err = ERR_ARGUMENT;
    if (err == ERR_OK && (attributes & MAP_EXECUTE) && count << shift > EXECUTE_BYTES) err = ERR_ARGUMENT;
    if (err != ERR_OK) return err;
    write_leaves(&vnode->cap, cap, first, count, attributes, shift);
    invalidate(&vnode->cap, mapping_entry(cap) + first, count);
    /* Nobody writes to them any more. */
    if (attributes & MAP_EXECUTE) cache_sync_icache(phys_to_virt(cap->base + (first << shift)), count << shift);
    return ERR_OK;
}
