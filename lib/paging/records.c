/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spare records: runs, tables, chunks and regions. The first ones are static, so that a small program needs no
 * more; the refill makes further ones in the metadata range (reserve.c). Records are never given back as memory.
 */
#include "vspace.h"

#define FIRST_RUNS 40
#define FIRST_TABLES 12
#define FIRST_CHUNKS 6
#define FIRST_REGIONS 28

/* The last ones are for making more: that takes a run, and up to three tables. */
#define KEPT_RUNS 3
#define KEPT_TABLES 3

static struct run first_runs[FIRST_RUNS];
static struct table first_tables[FIRST_TABLES];
static struct chunk first_chunks[FIRST_CHUNKS];
static struct REGIONS_RECORD first_regions[FIRST_REGIONS];

void records_prepare(void)
{
    for (unsigned i = 0; i < FIRST_RUNS; i++)
        run_push(&first_runs[i]);
    for (unsigned i = 0; i < FIRST_TABLES; i++)
        table_push(&first_tables[i]);
    for (unsigned i = 0; i < FIRST_CHUNKS; i++)
        chunk_push(&first_chunks[i]);
    region_refill(&vspace.map, first_regions, sizeof first_regions);
}

struct run *run_pop(void)
{
    struct run *run = vspace.spare_runs;
    if (vspace.spare_run_count <= (vspace.making_records ? 0 : KEPT_RUNS)) return 0;
    vspace.spare_runs = run->next;
    vspace.spare_run_count--;
    return run;
}

void run_push(struct run *run)
{
    run->next = vspace.spare_runs;
    vspace.spare_runs = run;
    vspace.spare_run_count++;
}

struct table *table_pop(void)
{
    struct table *table = vspace.spare_tables;
    if (vspace.spare_table_count <= (vspace.making_records ? 0 : KEPT_TABLES)) return 0;
    vspace.spare_tables = table->link[0];
    vspace.spare_table_count--;
    *table = (struct table){0};
    return table;
}

void table_push(struct table *table)
{
    table->link[0] = vspace.spare_tables;
    vspace.spare_tables = table;
    vspace.spare_table_count++;
}

struct chunk *chunk_pop(void)
{
    struct chunk *chunk = vspace.spare_chunks;
    if (!chunk) return 0;
    vspace.spare_chunks = chunk->next;
    vspace.spare_chunk_count--;
    *chunk = (struct chunk){0};
    return chunk;
}

void chunk_push(struct chunk *chunk)
{
    chunk->next = vspace.spare_chunks;
    vspace.spare_chunks = chunk;
    vspace.spare_chunk_count++;
}

/* A page becomes records of one kind; the scarcest kind first, what is left runs, of which most are needed. */
void records_carve(void *memory, size_t bytes)
{
    for (char *page = memory; bytes >= PAGE_SIZE; page += PAGE_SIZE, bytes -= PAGE_SIZE) {
        if (region_spares(&vspace.map) < LOW_REGIONS) {
            region_refill(&vspace.map, page, PAGE_SIZE);
        } else if (vspace.spare_table_count < LOW_TABLES) {
            struct table *tables = (struct table *)page;
            for (unsigned i = 0; i < PAGE_SIZE / sizeof *tables; i++)
                table_push(&tables[i]);
        } else if (vspace.spare_chunk_count < LOW_CHUNKS) {
            struct chunk *chunks = (struct chunk *)page;
            for (unsigned i = 0; i < PAGE_SIZE / sizeof *chunks; i++)
                chunk_push(&chunks[i]);
        } else {
            struct run *runs = (struct run *)page;
            for (unsigned i = 0; i < PAGE_SIZE / sizeof *runs; i++)
                run_push(&runs[i]);
        }
    }
}
