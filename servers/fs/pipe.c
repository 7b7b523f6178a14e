/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes: a ring of bytes between those who write and those who read. Nothing here waits: ERR_AGAIN says that it would have to.
 */
#include "files.h"

err_t pipe_read(struct pipe *pipe, void *to, size_t most, files_copy copy, size_t *count)
{
    *count = 0;
    if (pipe->used == 0) return pipe->writers > 0 && most > 0 ? ERR_AGAIN : ERR_OK;
    if (most > pipe->used) most = pipe->used;
    size_t part = PIPE_BYTES - pipe->first < most ? PIPE_BYTES - pipe->first : most;
    if (!copy(to, pipe->ring + pipe->first, part)) return ERR_MAPPING_GONE;
    if (part < most && !copy((char *)to + part, pipe->ring, most - part)) return ERR_MAPPING_GONE;
    pipe->first = (pipe->first + most) % PIPE_BYTES;
    pipe->used -= most;
    *count = most;
    return ERR_OK;
}

err_t pipe_write(struct pipe *pipe, const void *from, size_t bytes, files_copy copy, size_t *count)
{
    *count = 0;
    size_t room = PIPE_BYTES - pipe->used;
    if (pipe->readers == 0) return ERR_NO_READER;
    if (bytes == 0) return ERR_OK;
    if (room == 0 || (bytes <= PIPE_WHOLE && bytes > room)) return ERR_AGAIN;
    if (bytes > room) bytes = room;
    size_t at = (pipe->first + pipe->used) % PIPE_BYTES;
    size_t part = PIPE_BYTES - at < bytes ? PIPE_BYTES - at : bytes;
    if (!copy(pipe->ring + at, from, part)) return ERR_MAPPING_GONE;
    if (part < bytes && !copy(pipe->ring, (const char *)from + part, bytes - part)) return ERR_MAPPING_GONE;
    pipe->used += bytes;
    *count = bytes;
    return ERR_OK;
}

bool pipe_is_ready(const struct pipe *pipe, uint32_t what, size_t bytes)
{
    if (what & OPEN_READ && pipe->used == 0 && pipe->writers > 0) return false;
    if (bytes > PIPE_HALF) bytes = PIPE_HALF;
    return !(what & OPEN_WRITE) || PIPE_BYTES - pipe->used >= bytes || pipe->readers == 0;
}
