/* SPDX-License-Identifier: BSD-2-Clause */
/* See core_memory.h. All of it runs in the thread that boots cores, on core 0. */
#include "core_memory.h"
#include "monitor.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/mem.h>

#define BOOTINFO ((const struct bootinfo *)VADDR_BOOTINFO)
#define LARGE (2 * MIB)        /* what the kernel's direct map is made of */
#define MEMORY_LEAST (4 * MIB) /* of a core */
#define MEMORY_KEPT (8 * MIB)  /* of what is free stays with core 0 in any case */

static uint64_t share; /* memory for each core */

/* An equal share of what is free when the first one is asked for, or what was configured. */
err_t core_memory_alloc(struct cores_shared *shared, cptr_t *ram, uint64_t *bytes)
{
    struct mem_totals totals;
    err_t err = mem_totals(mem_default(), &totals);
    if (err != ERR_OK) return err;
    if (share == 0) {
        uint64_t piece = shared->pieces.bytes;
        share = CONFIG_CORE_MEMORY_MIB != 0 ? (uint64_t)CONFIG_CORE_MEMORY_MIB * MIB : totals.free / BOOTINFO->core_count;
        share = share > 2 * MEMORY_LEAST ? share - LARGE : MEMORY_LEAST;
        share = share > piece ? share & ~(piece - 1) : piece;
    }
    *bytes = share;
    if (totals.free < share + MEMORY_KEPT) return ERR_NO_MEMORY;
    return mem_alloc(mem_default(), share, shared->pieces.bytes, ram);
}

err_t core_memory_kcb(cptr_t *kcb)
{
    cptr_t ram;
    uint64_t bytes = KCB_BYTES(BOOTINFO->image_bytes);
    err_t err = mem_alloc(mem_default(), bytes, LARGE, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype_new(kcb, ram, 0, CAP_KCB, bytes);
    cap_free(ram);
    if (err != ERR_OK) return err;
    do {
        uint64_t a[7] = {*kcb};
        err = kernel_invoke(SLOT_KERNEL, KERNEL_CORE_LOAD, a);
    } while (err == ERR_AGAIN);
    if (err != ERR_OK) cap_free(*kcb);
    return err;
}

static err_t base_of(cptr_t cap, uint64_t *base)
{
    uint64_t a[7] = {0, cap};
    err_t err = kernel_invoke(SLOT_KERNEL, KERNEL_IDENTIFY, a);
    *base = a[1];
    return err;
}

err_t core_memory_record(struct core_record *record, cptr_t kcb, cptr_t ram)
{
    err_t err = base_of(ram, &record->memory_base);
    if (err == ERR_OK) err = base_of(kcb, &record->kcb_base);
    if (err == ERR_OK) record->kcb_bytes = KCB_BYTES(BOOTINFO->image_bytes);
    return err;
}

void core_memory_deal(struct cores_shared *shared, coreid_t core)
{
    struct core_record *record = &shared->core[core];
    err_t err = mem_given(mem_default(), record->memory_base, record->memory_bytes);
    record->dealt = err == ERR_OK;
    if (err != ERR_OK) log_line("monitor: core %u keeps its RAM: %s", (unsigned)core, err_text(err));
}

void core_memory_undeal(struct cores_shared *shared, coreid_t core)
{
    struct core_record *record = &shared->core[core];
    if (!record->dealt) return;
    record->dealt = false;
    pieces_deal(&shared->pieces, record->memory_base, record->memory_bytes, 0);
    for (uint64_t at = 0; at < record->memory_bytes; at += shared->pieces.bytes) {
        struct mem_piece back = {record->memory_base + at, 0};
        mem_gained(mem_default(), &back, true);
    }
}

void core_memory_runs(const struct core_record *record)
{
    mem_given(mem_default(), record->kcb_base, record->kcb_bytes);
}
