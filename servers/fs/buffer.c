/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers that clients share. The frame is the client's: it pays for it, and may change it or take it away at any moment. So
 * nothing in it is ever looked at but by copying, and that copy survives the frame's end (threads/guarded.h).
 */
#include "fs.h"
#include <caps/caps.h>
#include <paging/paging.h>

void buffer_drop(struct holder *holder)
{
    if (holder->frame == 0) return;
    paging_unmap(holder->buffer, holder->buffer_bytes);
    cap_free(holder->frame);
    holder->frame = 0;
    holder->buffer_bytes = 0;
}

err_t buffer_set(struct holder *holder, cptr_t frame)
{
    struct cap_info info;
    vaddr_t va;
    err_t err = cap_identify(frame, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_FRAME) return ERR_CAP_TYPE;
    if ((info.rights & (MAP_READ | MAP_WRITE)) != (MAP_READ | MAP_WRITE)) return ERR_CAP_RIGHTS;
    if (info.bytes > FS_BUFFER_MAX) return ERR_TOO_LONG;
    err = paging_map(frame, 0, info.bytes, MAP_READ | MAP_WRITE, 0, "client's buffer", &va);
    if (err != ERR_OK) return err;
    buffer_drop(holder);
    holder->frame = frame;
    holder->buffer = va;
    holder->buffer_bytes = info.bytes;
    return ERR_OK;
}

err_t buffer_find(const struct holder *holder, uint32_t at, uint32_t bytes, void **memory)
{
    if (at > holder->buffer_bytes || bytes > holder->buffer_bytes - at) return ERR_OVERFLOW;
    *memory = (void *)(holder->buffer + at);
    return ERR_OK;
}
