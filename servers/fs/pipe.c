/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: a ring of bytes between those who write and those who read, in blocks that are there as long as something is in them. Nothing
 * here waits: ERR_AGAIN says that it would have to.
 *
 * A pipe has one block from the first to the last, into which what is written to an empty pipe goes. So it works however full the file system is,
 * if only more slowly; and a few blocks are kept aside, for pipes that are made then.
 */
#include "files.h"
#include <stdlib.h>

#define RESERVE 8

static struct {
    uint32_t wanted, count;
    uint8_t *block[RESERVE];
} reserve;

void pipes_begin(void)
{
    reserve.wanted = RESERVE;
    reserve.count = 0;
    while (reserve.count < RESERVE && (reserve.block[reserve.count] = files_block_alloc()) != NULL)
        reserve.count++;
}

void pipes_end(void)
{
    reserve.wanted = 0;
    while (reserve.count > 0)
        files_block_free(reserve.block[--reserve.count]);
}

/* The first block of a pipe, and where it goes. */
static uint8_t *first_take(void)
{
    uint8_t *block = files_block_alloc();
    return block == NULL && reserve.count > 0 ? reserve.block[--reserve.count] : block;
}

static void first_give(uint8_t *block)
{
    if (reserve.count < reserve.wanted) {
        reserve.block[reserve.count++] = block;
    } else {
        files_block_free(block);
    }
}

static size_t part_of(size_t at, size_t bytes)
{
    size_t part = FILE_BLOCK - at % FILE_BLOCK;
    return part < bytes ? part : bytes;
}

/* Is any of the block's bytes between those that are to be read? */
static bool block_is_used(const struct pipe *pipe, uint32_t index)
{
    uint32_t behind = (index * FILE_BLOCK + PIPE_BYTES - pipe->first) % PIPE_BYTES;
    return behind < pipe->used || (pipe->used > 0 && index == pipe->first / FILE_BLOCK);
}

/* Free the blocks with nothing in them, but for that of an empty pipe. */
static void pipe_trim(struct pipe *pipe)
{
    for (uint32_t i = 0; i < PIPE_BLOCKS && pipe->held > 1; i++) {
        if (pipe->block[i] == NULL || i == pipe->first / FILE_BLOCK || block_is_used(pipe, i)) continue;
        files_block_free(pipe->block[i]);
        pipe->block[i] = NULL;
        pipe->held--;
    }
}

struct pipe *pipe_new(void)
{
    struct pipe *pipe = calloc(1, sizeof *pipe);
    if (pipe == NULL) return NULL;
    pipe->block[0] = first_take();
    if (pipe->block[0] == NULL) {
        free(pipe);
        return NULL;
    }
    pipe->held = pipe->readers = pipe->writers = 1;
    return pipe;
}

void pipe_free(struct pipe *pipe)
{
    for (uint32_t i = 0; i < PIPE_BLOCKS; i++) {
        if (pipe->block[i] != NULL) first_give(pipe->block[i]);
    }
    free(pipe);
}

err_t pipe_read(struct pipe *pipe, void *to, size_t most, files_copy copy, size_t *count)
{
    *count = 0;
    if (pipe->used == 0) return pipe->writers > 0 && most > 0 ? ERR_AGAIN : ERR_OK;
    if (most > pipe->used) most = pipe->used;
    for (size_t done = 0, part; done < most; done += part) {
        size_t at = (pipe->first + done) % PIPE_BYTES;
        part = part_of(at, most - done);
        if (!copy((char *)to + done, pipe->block[at / FILE_BLOCK] + at % FILE_BLOCK, part)) return ERR_MAPPING_GONE;
    }
    bool over = pipe->first % FILE_BLOCK + most >= FILE_BLOCK;
    pipe->first = (pipe->first + most) % PIPE_BYTES;
    pipe->used -= most;
    if (pipe->used == 0) { /* begin again in the block that was read last */
        pipe->first = (pipe->first + PIPE_BYTES - 1) % PIPE_BYTES / FILE_BLOCK * FILE_BLOCK;
        pipe->until_empty = false;
    }
    if (over || pipe->used == 0) pipe_trim(pipe);
    *count = most;
    return ERR_OK;
}

/* Blocks for as many of `bytes` as there is space for. */
static size_t blocks_make(struct pipe *pipe, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        size_t at = (pipe->first + pipe->used + done) % PIPE_BYTES;
        uint8_t **block = &pipe->block[at / FILE_BLOCK];
        if (*block == NULL) {
            *block = files_block_alloc();
            if (*block == NULL) break;
            pipe->held++;
        }
        done += part_of(at, bytes - done);
    }
    return done;
}

err_t pipe_write(struct pipe *pipe, const void *from, size_t bytes, files_copy copy, size_t *count)
{
    *count = 0;
    size_t room = PIPE_BYTES - pipe->used;
    if (pipe->readers == 0) return ERR_NO_READER;
    if (bytes == 0) return ERR_OK;
    bool whole = bytes <= PIPE_WHOLE;
    if (room == 0 || (whole && bytes > room)) return ERR_AGAIN;
    if (bytes > room) bytes = room;
    size_t ready = blocks_make(pipe, bytes);
    if (ready == 0 || (whole && ready < bytes)) { /* there is no space but what is full already */
        pipe->until_empty = true;
        pipe_trim(pipe);
        return ERR_AGAIN;
    }
    for (size_t done = 0, part; done < ready; done += part) {
        size_t at = (pipe->first + pipe->used + done) % PIPE_BYTES;
        part = part_of(at, ready - done);
        if (!copy(pipe->block[at / FILE_BLOCK] + at % FILE_BLOCK, (const char *)from + done, part)) {
            pipe_trim(pipe);
            return ERR_MAPPING_GONE;
        }
    }
    pipe->used += ready;
    *count = ready;
    return ERR_OK;
}

bool pipe_is_ready(const struct pipe *pipe, uint32_t what, size_t bytes)
{
    if (what & OPEN_READ && pipe->used == 0 && pipe->writers > 0) return false;
    if (!(what & OPEN_WRITE) || pipe->readers == 0) return true;
    if (bytes > PIPE_HALF) bytes = PIPE_HALF;
    return !pipe->until_empty && PIPE_BYTES - pipe->used >= bytes;
}

uint32_t pipe_ready(const struct pipe *pipe, uint32_t flags)
{
    uint32_t ready = 0;
    if (flags & OPEN_READ) ready |= (pipe->used > 0 ? OPEN_READ : 0) | (pipe->writers == 0 ? OPEN_HANGUP : 0);
    if (flags & OPEN_WRITE)
        ready |= (pipe_is_ready(pipe, OPEN_WRITE, PIPE_WHOLE) ? OPEN_WRITE : 0) | (pipe->readers == 0 ? OPEN_HANGUP : 0);
    return ready;
}
