/* SPDX-License-Identifier: BSD-2-Clause */
/* The store of tests: addresses with memory where chunks are, and none where there are none. */
#include "files_host.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STATE_BYTES (64 * 1024u)

unsigned files_host_chunks, files_host_most = HOST_CHUNKS;
bool files_host_there[HOST_CHUNKS], files_host_refuses;
void (*files_host_step)(void);
uint8_t files_host_ramdisk[HOST_RAMDISK];
static uint8_t *base;

void kept_step(void)
{
    if (files_host_step != NULL) files_host_step();
}

static bool map(uint32_t n, size_t bytes, int protection)
{
    void *at = base + (size_t)n * FILE_CHUNK;
    return mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == at;
}

const struct store *files_host_store(void)
{
    static struct store store = {
        .bytes = STATE_BYTES, .chunks = HOST_CHUNKS, .ramdisk = files_host_ramdisk, .ramdisk_bytes = HOST_RAMDISK};
    if (base == NULL) {
        size_t bytes = (HOST_CHUNKS + 1) * (size_t)FILE_CHUNK;
        uintptr_t any = (uintptr_t)mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        base = (uint8_t *)((any + FILE_CHUNK - 1) & ~(uintptr_t)(FILE_CHUNK - 1));
        if (!map(0, STATE_BYTES, PROT_READ | PROT_WRITE)) abort();
        store.base = base;
    }
    return &store;
}

bool files_chunk_map(uint32_t n)
{
    if (files_host_chunks >= files_host_most || !map(n, FILE_CHUNK, PROT_READ | PROT_WRITE)) return false;
    files_host_chunks++;
    files_host_there[n] = true;
    return true;
}

void files_chunk_unmap(uint32_t n)
{
    if (!files_host_there[n]) abort();
    files_host_there[n] = false;
    files_host_chunks--;
    if (!map(n, FILE_CHUNK, PROT_NONE)) abort();
}

err_t files_chunk_inherit(uint32_t n)
{
    if (!files_host_there[n]) return ERR_NOT_FOUND;
    return files_host_refuses ? ERR_NO_MEMORY : ERR_OK;
}
