/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of peers. Entries are in chunks that stay for ever, so a pointer to one stays valid and chunks may be touched while
 * disabled. An index is used again only when no endpoint with its badge is left, for that end sets its signal bit.
 */
#include "internal.h"
#include <stdlib.h>

#define CHUNK PEER_CHUNK

static struct peer first_chunk[CHUNK];
struct peer *peer_chunks[PEERS_MAX / CHUNK] = {first_chunk};
static uint32_t chunk_count = 1;
static uint32_t hint = 1; /* 0 is never used: no badge is 0 */
static struct mutex growing;

static void signal_clear(uint32_t index)
{
    __atomic_fetch_and(&DISPATCHER_FRAME->signals[index / 64], ~(1ull << index % 64), __ATOMIC_RELAXED);
}

/* Disabled. */
static bool take_free(enum peer_kind kind, void *object, uint32_t *index)
{
    uint32_t all = chunk_count * CHUNK;
    for (uint32_t n = 0; n < all; n++, hint++) {
        if (hint >= all) hint = 1;
        struct peer *peer = peer_at(hint);
        if (peer->kind != PEER_FREE) continue;
        peer->generation = (peer->generation + 1) & 0x7fffffff;
        peer->badge = (uint64_t)peer->generation << 16 | hint;
        peer->object = object;
        peer->kind = kind;
        signal_clear(hint);
        *index = hint++;
        return true;
    }
    return false;
}

static err_t grow(uint32_t seen)
{
    err_t error = ERR_OK;
    mutex_lock(&growing);
    if (chunk_count == seen) {
        struct peer *chunk = chunk_count < PEERS_MAX / CHUNK ? malloc(CHUNK * sizeof *chunk) : NULL;
        error = chunk ? ERR_OK : chunk_count < PEERS_MAX / CHUNK ? ERR_NO_MEMORY : ERR_TOO_MANY;
        for (int i = 0; chunk && i < CHUNK; i++)
            chunk[i] = (struct peer){0};
        if (chunk) {
            peer_chunks[chunk_count] = chunk;
            __asm__ volatile("" ::: "memory");
            chunk_count++;
        }
    }
    mutex_unlock(&growing);
    return error;
}

err_t peer_add(enum peer_kind kind, void *object, uint32_t *index)
{
    for (;;) {
        uint32_t seen = chunk_count;
        bool was = dispatcher_disable_nested();
        bool found = take_free(kind, object, index);
        dispatcher_enable_nested(was);
        if (found) return ERR_OK;
        err_t error = grow(seen);
        if (error) return error;
    }
}

void peer_remove(uint32_t index, bool hung_up)
{
    struct peer *peer = peer_at(index);
    peer->kind = hung_up ? PEER_FREE : PEER_CLOSING;
    peer->badge = 0;
    peer->object = NULL;
}
