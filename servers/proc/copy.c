/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that a caller has in a frame of its own. Whoever else holds that frame may change it or take it away at any moment, so nothing in
 * it is believed: it is copied once, by a copy that survives the frame's end, into memory on the child's account, and only the
 * copy is looked at.
 */
#include "proc.h"
#include <caps/caps.h>
#include <idl/mem.h>
#include <paging/paging.h>
#include <threads/guarded.h>

static err_t frame_check(cptr_t frame, uint64_t bytes)
{
    struct cap_info info;
    err_t err = cap_identify(frame, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_FRAME) return ERR_CAP_TYPE;
    if (!(info.rights & MAP_READ)) return ERR_CAP_RIGHTS;
    if (bytes > PROC_PROGRAM_MAX) return ERR_TOO_LONG;
    return bytes == 0 || bytes > info.bytes ? ERR_OVERFLOW : ERR_OK;
}

/* A frame for the copy, mapped to be written. */
static err_t copy_alloc(pid_abi_t pid, struct program_copy *copy)
{
    cptr_t ram;
    err_t err = mem_alloc_for(mem_default(), pid, copy->bytes, 0, 0, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype_new(&copy->frame, ram, 0, CAP_FRAME, copy->bytes);
    cap_free(ram);
    if (err != ERR_OK) return err;
    err = paging_map(copy->frame, 0, copy->bytes, MAP_READ | MAP_WRITE, 0, "program", &copy->va);
    if (err != ERR_OK) cap_free(copy->frame);
    return err;
}

static err_t copy_fill(cptr_t frame, uint64_t bytes, struct program_copy *copy)
{
    vaddr_t from;
    err_t err = paging_map(frame, 0, copy->bytes, MAP_READ, 0, "caller's program", &from);
    if (err != ERR_OK) return err;
    if (!guarded_copy((void *)copy->va, (const void *)from, bytes)) err = ERR_MAPPING_GONE;
    paging_unmap(from, copy->bytes);
    return err == ERR_OK ? elf_read((const void *)copy->va, bytes, &copy->image) : err;
}

err_t program_copy(cptr_t frame, uint64_t bytes, pid_abi_t pid, struct program_copy *copy)
{
    err_t err = frame_check(frame, bytes);
    if (err != ERR_OK) return err;
    copy->bytes = (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    err = copy_alloc(pid, copy);
    if (err != ERR_OK) return err;
    err = copy_fill(frame, bytes, copy);
    if (err != ERR_OK) program_copy_drop(copy);
    return err;
}

void program_copy_drop(struct program_copy *copy)
{
    paging_unmap(copy->va, copy->bytes);
    cap_free(copy->frame);
}
