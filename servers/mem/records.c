/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunks are a stack: the newest is the one that pages are given of, and goes when all of its pages are back. Regions whose records lie
 * in a page that goes get others, so that it does not matter which blocks are still there.
 */
#include "records.h"
#include <caps/caps.h>
#include <paging/paging.h>

#define FIRST 256 /* static */
#define LEAST 64  /* below this more are given */
#define MOST 192  /* and above this taken back: as many come back when the machine is idle that no chunk is left */
#define CHUNK_BYTES (64 * 1024ull)
#define CHUNK_DOUBLINGS 2 /* chunks grow with their number */
#define WAIT 16
#define LOOK 256 /* regions from the top */

/* At the start of its own memory. */
struct chunk {
    struct chunk *below;
    uint64_t bytes, given; /* in bytes, from its start */
};

static struct REGIONS_RECORD first_records[FIRST];
static struct memory *described;
static records_source source;
static struct chunk *chunks; /* the newest */
static uint32_t chunk_count;
static bool busy; /* what is done here may allocate */
static uint32_t wait; /* calls until the next try, after one that failed: a try that fails frees something, which ends up here again */

void records_init(struct memory *of, records_source from)
{
    described = of;
    source = from;
    region_refill(&described->map, first_records, sizeof(first_records));
}

/* As high as can be: what stays for long does not stand in the way of what needs to be large. */
static err_t top_alloc(uint64_t bytes, cptr_t *ram)
{
    const struct region *region = described->map.tail;
    for (unsigned i = 0; i < LOOK && region != NULL; i++, region = region->previous) {
        if (region->kind != REGION_FREE || region->bytes < bytes) continue;
        paddr_t end = region->base + region->bytes;
        return source(bytes, end - bytes, end - 1, ram);
    }
    return source(bytes, 0, UINT64_MAX, ram);
}

static err_t chunk_new(uint64_t bytes)
{
    cptr_t ram, frame;
    vaddr_t va;
    err_t err = top_alloc(bytes, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype_new(&frame, ram, 0, CAP_FRAME, bytes);
    cap_free(ram);
    if (err != ERR_OK) return err;
    err = paging_map(frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "records", &va);
    cap_free(frame); /* that it is mapped is enough */
    if (err != ERR_OK) return err;
    struct chunk *chunk = (struct chunk *)va;
    *chunk = (struct chunk){chunks, bytes, 0};
    chunks = chunk;
    chunk_count++;
    return ERR_OK;
}

static void chunk_drop(void)
{
    struct chunk *chunk = chunks;
    uint64_t bytes = chunk->bytes;
    chunks = chunk->below;
    if (paging_unmap((vaddr_t)chunk, bytes) != ERR_OK) {
        chunks = chunk; /* next time */
        return;
    }
    chunk_count--;
}

/* Records in the page at `offset` of the newest chunk. */
static void *page_at(uint64_t offset, size_t *bytes)
{
    size_t header = offset == 0 ? sizeof(struct chunk) : 0;
    *bytes = PAGE_SIZE - header;
    return (char *)chunks + offset + header;
}

void records_ensure(void)
{
    if (busy || region_spares(&described->map) >= LEAST || (wait > 0 && wait-- > 0)) return;
    busy = true;
    if (chunks == NULL || chunks->given == chunks->bytes) {
        uint64_t doublings = chunk_count / 4 < CHUNK_DOUBLINGS ? chunk_count / 4 : CHUNK_DOUBLINGS;
        if (chunk_new(CHUNK_BYTES << doublings) != ERR_OK && chunk_new(PAGE_SIZE) != ERR_OK) wait = WAIT;
    }
    if (chunks != NULL && chunks->given < chunks->bytes) {
        size_t bytes;
        void *page = page_at(chunks->given, &bytes);
        region_refill(&described->map, page, bytes);
        chunks->given += PAGE_SIZE;
    }
    busy = false;
}

void records_trim(void)
{
    if (busy || chunks == NULL || region_spares(&described->map) < MOST) return;
    busy = true;
    if (chunks->given > 0) {
        size_t bytes;
        void *page = page_at(chunks->given - PAGE_SIZE, &bytes);
        if (region_reclaim(&described->map, page, bytes) == ERR_OK) chunks->given -= PAGE_SIZE;
    }
    if (chunks->given == 0) chunk_drop();
    busy = false;
}
