/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deciding what a process is made of. The block's order is: dispatcher frame area, data frame (description,
 * initialised data and the beginning of .bss, top of the stack), CNodes, dispatcher, page tables; then the child's reserve.
 */
#include "plan.h"
#include <stdbool.h>

#define TEXT_PAGES_MAX 16 /* of an executable mapping, by which the kernel limits the length of a call */
#define PAGES_MAX 64      /* of any other */
#define L3_BYTES (2ull * MIB)
#define BACKED_STACK (16 * PAGE_SIZE) /* of a fully backed process */
#define BACKED_RESERVE (256 * 1024)   /* what it begins its heap with */
#define STRINGS_MAX (64 * 1024)

static uint64_t page_down(uint64_t value)
{
    return value & ~(uint64_t)PAGE_MASK;
}
static uint64_t page_up(uint64_t value)
{
    return page_down(value + PAGE_MASK);
}

static err_t region_plan(struct plan *plan, vaddr_t base, uint64_t bytes, uint32_t kind, uint32_t attributes)
{
    if (plan->region_count == SPAWN_REGIONS_MAX) return ERR_TOO_MANY;
    plan->region[plan->region_count++] = (struct spawn_region){base, bytes, kind, attributes};
    return ERR_OK;
}

uint64_t plan_part(const struct plan_mapping *mapping, vaddr_t va)
{
    uint64_t most = (mapping->attributes & MAP_EXECUTE ? TEXT_PAGES_MAX : PAGES_MAX) * (uint64_t)PAGE_SIZE;
    uint64_t part = L3_BYTES - va % L3_BYTES, left = mapping->va + mapping->bytes - va;
    if (part > most) part = most;
    return part < left ? part : left;
}

/* Tables and slots come later. */
static err_t mapping_plan(struct plan *plan, vaddr_t va, uint64_t bytes, uint32_t attributes, uint32_t source,
                          uint64_t offset)
{
    if (bytes == 0) return ERR_OK;
    if (plan->mapping_count == PLAN_MAPPINGS_MAX) return ERR_TOO_MANY;
    plan->mapping[plan->mapping_count++] = (struct plan_mapping){
        .va = va,
        .offset = offset,
        .bytes = bytes,
        .attributes = attributes,
        .source = source,
    };
    return ERR_OK;
}

/* Straight from the file. */
static err_t shared_plan(struct plan *plan, const struct elf_segment *segment, uint64_t file_offset)
{
    vaddr_t base = page_down(segment->va);
    uint64_t bytes = page_up(segment->va + segment->bytes) - base;
    uint32_t kind = segment->attributes & MAP_EXECUTE ? SPAWN_REGION_TEXT : SPAWN_REGION_CONST;
    err_t err = region_plan(plan, base, bytes, kind, segment->attributes);
    if (err) return err;
    return mapping_plan(plan, base, bytes, segment->attributes, PLAN_FILE, file_offset + page_down(segment->offset));
}

/* A copy of the file's part and the beginning of what is zero in the data frame; the rest lazily. */
static err_t private_plan(struct plan *plan, const struct elf_segment *segment, bool all)
{
    vaddr_t base = page_down(segment->va);
    vaddr_t end = page_up(segment->va + segment->bytes);
    vaddr_t backed = page_up(segment->va + segment->file_bytes) + page_up(CONFIG_SPAWN_BSS_KIB * 1024ull);
    if (all || backed > end) backed = end;
    err_t err = region_plan(plan, base, backed - base, SPAWN_REGION_DATA, segment->attributes);
    if (!err) err = mapping_plan(plan, base, backed - base, segment->attributes, PLAN_DATA, plan->data_bytes);
    if (!err && backed < end) err = region_plan(plan, backed, end - backed, SPAWN_REGION_LAZY, segment->attributes);
    if (err) return err;
    plan->copy[plan->copy_count++] = (struct plan_copy){
        .to = plan->data_bytes + (segment->va - base),
        .from = segment->offset,
        .bytes = segment->file_bytes,
    };
    plan->data_bytes += backed - base;
    return ERR_OK;
}

static err_t segments_plan(const struct spawn_request *request, struct plan *plan)
{
    const struct elf_image *image = request->image;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        err_t err = segment->attributes & MAP_WRITE ? private_plan(plan, segment, request->flags & SPAWN_FULLY_BACKED)
                                                    : shared_plan(plan, segment, request->file_offset);
        if (err) return err;
    }
    return ERR_OK;
}

static err_t stack_plan(const struct spawn_request *request, struct plan *plan)
{
    bool all = request->flags & SPAWN_FULLY_BACKED;
    uint64_t bytes = all ? BACKED_STACK : SPAWN_STACK_BYTES;
    uint64_t backed = all ? BACKED_STACK : CONFIG_SPAWN_STACK_PAGES * PAGE_SIZE;
    uint32_t attributes = MAP_READ | MAP_WRITE;
    err_t err = region_plan(plan, VADDR_STACK_TOP - bytes, bytes, SPAWN_REGION_STACK, attributes);
    if (!err) err = mapping_plan(plan, VADDR_STACK_TOP - backed, backed, attributes, PLAN_DATA, plan->data_bytes);
    if (!err) plan->mapping[plan->mapping_count - 1].lazy = true;
    plan->data_bytes += backed;
    return err;
}

/* Exactly `count` strings, each ended by a NUL, none empty of its end. */
static err_t strings_check(const struct spawn_strings *strings)
{
    uint32_t count = 0;
    if (strings->bytes > STRINGS_MAX) return ERR_TOO_LONG;
    for (uint32_t i = 0; i < strings->bytes; i++)
        count += strings->text[i] == 0;
    if (count != strings->count || (strings->bytes > 0 && strings->text[strings->bytes - 1] != 0)) return ERR_INVALID;
    return ERR_OK;
}

static err_t request_check(const struct spawn_request *request)
{
    err_t err = strings_check(&request->args);
    if (!err) err = strings_check(&request->env);
    if (err) return err;
    if (request->passed_count > SLOT_PASSED_MAX) return ERR_TOO_MANY;
    if (request->priority > 7) return ERR_PRIORITY;
    if (request->file_offset & PAGE_MASK) return ERR_ALIGNMENT;
    return request->flags & ~(uint32_t)SPAWN_FULLY_BACKED ? ERR_ARGUMENT : ERR_OK;
}

static err_t description_plan(const struct spawn_request *request, struct plan *plan)
{
    uint64_t offsets = (request->args.count + request->env.count) * sizeof(uint32_t);
    plan->strings = sizeof(struct spawn_info) + offsets;
    plan->info_bytes = page_up(plan->strings + request->args.bytes + request->env.bytes);
    if (plan->info_bytes > VADDR_INFO_END - VADDR_INFO) return ERR_TOO_LONG;
    plan->data_bytes = plan->info_bytes;
    err_t err = region_plan(plan, VADDR_INFO, plan->info_bytes, SPAWN_REGION_INFO, MAP_READ);
    return err ? err : mapping_plan(plan, VADDR_INFO, plan->info_bytes, MAP_READ, PLAN_DATA, 0);
}

static err_t frame_plan(struct plan *plan)
{
    err_t err = region_plan(plan, VADDR_FRAME, FRAME_AREA_BYTES, SPAWN_REGION_FRAME, MAP_READ | MAP_WRITE);
    return err ? err : mapping_plan(plan, VADDR_FRAME, FRAME_AREA_BYTES, MAP_READ | MAP_WRITE, PLAN_FRAME, 0);
}

static err_t table_plan(struct plan *plan, vaddr_t base)
{
    for (uint32_t t = 2; t < plan->table_count; t++) {
        if (plan->table[t].va == base) return ERR_OK;
    }
    if (plan->table_count == SPAWN_VNODES_MAX) return ERR_TOO_MANY;
    plan->table[plan->table_count++] = (struct plan_table){.level = 3, .va = base, .parent = 1};
    return ERR_OK;
}

/* All that is mapped lies in the first GiB: one L1, one L2, an L3 for each 2 MiB that something lies in. */
static err_t tables_plan(struct plan *plan)
{
    err_t err = ERR_OK;
    plan->table[0] = (struct plan_table){.level = 1};
    plan->table[1] = (struct plan_table){.level = 2};
    plan->table_count = 2;
    for (uint32_t i = 0; i < plan->mapping_count; i++) {
        const struct plan_mapping *mapping = &plan->mapping[i];
        vaddr_t end = mapping->va + mapping->bytes;
        for (vaddr_t va = mapping->va & ~(L3_BYTES - 1); va < end && !err; va += L3_BYTES)
            err = table_plan(plan, va);
    }
    return err;
}

/* Tables first, of one level in consecutive slots, all in L2CNode 0; then Mappings. */
static void slots_plan(struct plan *plan)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < plan->table_count; i++)
        plan->table[i].slot = plan_slot(number++);
    for (uint32_t i = 0; i < plan->table_count; i++)
        plan->table[i].mapping = plan_slot(number++);
    for (uint32_t i = 0; i < plan->mapping_count; i++) {
        struct plan_mapping *mapping = &plan->mapping[i];
        mapping->number = number;
        for (vaddr_t va = mapping->va; va < mapping->va + mapping->bytes; va += plan_part(mapping, va))
            number++;
    }
    cptr_t end = plan_slot(number);
    plan->spawn_end = end < CNODE_L2_SLOTS ? end : CNODE_L2_SLOTS;
    plan->l2cnodes = end <= CNODE_L2_SLOTS ? SPAWN_L2CNODES : (plan_slot(number - 1) >> CNODE_L2_BITS) + 1;
    if (plan->l2cnodes < SPAWN_L2CNODES) plan->l2cnodes = SPAWN_L2CNODES;
}

static uint32_t power_of_two(uint32_t value)
{
    uint32_t power = 1 << CNODE_L1_MIN_BITS;
    while (power < value)
        power *= 2;
    return power;
}

static err_t block_plan(const struct spawn_request *request, struct plan *plan)
{
    uint64_t reserve = page_up(CONFIG_SPAWN_RESERVE_KIB * 1024ull);
    if (request->flags & SPAWN_FULLY_BACKED) reserve = BACKED_RESERVE;
    if (request->reserve_bytes) reserve = page_up(request->reserve_bytes);
    if (request->l1_slots > 1u << CNODE_L1_MAX_BITS) return ERR_ARGUMENT;
    plan->l1_slots = power_of_two(request->l1_slots ? request->l1_slots : CONFIG_SPAWN_L1_SLOTS);
    plan->data_offset = plan->frame_offset + FRAME_AREA_BYTES;
    plan->l1_offset = plan->data_offset + plan->data_bytes;
    plan->l2_offset = plan->l1_offset + plan->l1_slots * (uint64_t)SLOT_BYTES;
    plan->dispatcher_offset = plan->l2_offset + plan->l2cnodes * CNODE_L2_BYTES;
    plan->vnode_offset = plan->dispatcher_offset + DISPATCHER_BYTES;
    plan->used = plan->vnode_offset + (1 + plan->table_count) * VNODE_BYTES;
    plan->bytes = plan->used + reserve;
    return ERR_OK;
}

err_t plan_make(const struct spawn_request *request, struct plan *plan)
{
    plan->frame_offset = 0;
    plan->data_bytes = 0;
    plan->region_count = plan->mapping_count = plan->copy_count = 0;
    err_t err = request_check(request);
    if (!err) err = description_plan(request, plan);
    if (!err) err = segments_plan(request, plan);
    if (!err) err = stack_plan(request, plan);
    if (!err) err = frame_plan(plan);
    if (!err) err = tables_plan(plan);
    if (err) return err;
    slots_plan(plan);
    return block_plan(request, plan);
}
