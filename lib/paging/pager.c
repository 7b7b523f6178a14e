/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling the reserve up: in the pager's thread, and in any thread that changes the address space and finds it
 * empty. One at a time. RAM comes first: slots and records are made of it.
 */
#include "vspace.h"
#include <caps/caps.h>
#include <caps/slots.h>

#define CHUNK_PAGES_MOST 512 /* 2 MiB */
#define CHUNK_PAGES_LEAST 8
#define RECORD_PAGES 4 /* made at a time */

/* What follows may run with others waiting for it: it must not have to wait for the pager itself. */
static void touch_stack(void)
{
    volatile char *here = __builtin_frame_address(0);
    (void)here[-PAGE_SIZE];
}

static void refill_begin(void)
{
    touch_stack();
    for (;;) {
        vspace_enter();
        bool mine = !vspace.refilling;
        vspace.refilling = true;
        vspace_leave();
        if (mine) return;
        (vspace.runtime ? vspace.runtime->yield : sys_yield)(); /* it is a thread of ours that is about it */
    }
}

static void refill_end(void)
{
    vspace_enter();
    vspace.refilling = false;
    vspace_leave();
}

/* One block, of the size that is due, or a smaller one if there is none so large. */
err_t reserve_add_ram(void)
{
    uint32_t short_of =
        CONFIG_PAGING_RESERVE_PAGES > vspace.reserve_pages ? CONFIG_PAGING_RESERVE_PAGES - vspace.reserve_pages : 0;
    uint32_t pages = vspace.chunk_pages > short_of ? vspace.chunk_pages : short_of;
    cptr_t ram;
    err_t err;
    while ((err = ram_alloc((uint64_t)pages * PAGE_SIZE, &ram)) != ERR_OK) {
        if ((err != ERR_NO_MEMORY && err != ERR_QUOTA) || pages <= CHUNK_PAGES_LEAST) return err;
        pages = pages / 2 > CHUNK_PAGES_LEAST ? pages / 2 : CHUNK_PAGES_LEAST;
    }
    vspace_enter();
    bool added = reserve_add_chunk(ram, 0, pages, false);
    if (vspace.figures.pages > 8 * vspace.chunk_pages && vspace.chunk_pages < CHUNK_PAGES_MOST) vspace.chunk_pages *= 2;
    vspace.figures.refills++;
    vspace_leave();
    if (added) return ERR_OK;
    cap_free(ram);
    return ERR_NO_MEMORY;
}

/* Back some pages of the metadata range and make records of them. Disabled. */
static err_t make_records(void)
{
    vaddr_t va = vspace.metadata;
    vspace.making_records = true;
    err_t err = back_step(va, va, va + RECORD_PAGES * PAGE_SIZE, MAP_READ | MAP_WRITE);
    vspace.making_records = false;
    if (err) return err == ERR_AGAIN ? ERR_NO_MEMORY : err;
    struct table *table = table_find(va);
    for (unsigned i = 0; i < RECORD_PAGES && table_is_used(table, entry_of(va, 3)); i++) {
        records_carve(vspace_memory(vspace.metadata), PAGE_SIZE);
        va = vspace.metadata += PAGE_SIZE;
        if (entry_of(va, 3) == 0) break;
    }
    return ERR_OK;
}

err_t records_refill(void)
{
    err_t err = ERR_OK;
    while (!err && records_low()) {
        vspace_enter();
        err = make_records();
        vspace_leave();
    }
    return err;
}

static err_t refill_ram(void)
{
    err_t err = ERR_OK;
    while (!err && vspace.reserve_pages < CONFIG_PAGING_RESERVE_PAGES) {
        err = reserve_add_ram();
        if (!err) records_refill(); /* a block takes one; no matter if slots for it are missing yet, they come next */
    }
    return err;
}

void reserve_return_idle(void)
{
    for (;;) {
        vspace_enter();
        struct chunk *chunk = vspace.idle;
        if (chunk) vspace.idle = chunk->next;
        vspace_leave();
        if (!chunk) return;
        cap_free(chunk->ram);
        vspace_enter();
        chunk_push(chunk);
        vspace_leave();
    }
}

static err_t refill_all(void)
{
    err_t err = refill_ram();
    if (!err) err = slots_reserve(CONFIG_PAGING_RESERVE_SLOTS);
    if (!err) err = refill_ram(); /* slots took some */
    return err ? err : records_refill();
}

/* What is kept for speed is used before anybody hears that there is no more. */
static bool tables_return(void)
{
    vspace_enter();
    bool any = vspace.empty_tables > 0;
    tables_trim(0);
    vspace_leave();
    return any;
}

err_t reserve_refill(void)
{
    refill_begin();
    err_t err = refill_all();
    if (err && tables_return()) err = refill_all();
    refill_end();
    reserve_return_idle();
    return err;
}

void paging_trim(void)
{
    tables_return();
    vspace_enter();
    reserve_trim();
    vspace_leave();
    reserve_return_idle();
}

static __attribute__((noreturn)) int pager_main(void *unused)
{
    (void)unused;
    for (;;) {
        vspace.runtime->pager_sleep();
        vspace.exhausted = reserve_refill();
        vspace.runtime->unpark();
    }
}

void pager_check(void)
{
    if (!vspace.fully_backed && vspace.runtime && reserve_low()) vspace.runtime->pager_wake(pager_main);
}
