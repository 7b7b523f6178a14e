/* SPDX-License-Identifier: BSD-2-Clause */
/* Repeating steps, and the checks that all operations begin with. */
#include "work.h"

err_t work_step(err_t (*step)(struct work *), struct work *work)
{
    for (;;) {
        vspace_enter();
        err_t err = step(work);
        vspace_leave();
        if (err != ERR_AGAIN) return err;
        err = reserve_refill();
        if (err) return err;
    }
}

err_t work_all(err_t (*step)(struct work *), struct work *work)
{
    err_t err = ERR_OK;
    while (!err && work->va < work->end)
        err = work_step(step, work);
    return err;
}

err_t range_check(vaddr_t va, uint64_t bytes)
{
    vaddr_t end;
    if (bytes == 0) return ERR_ARGUMENT;
    if (!is_page_aligned(va) || !is_page_aligned(bytes)) return ERR_ALIGNMENT;
    if (__builtin_add_overflow(va, bytes, &end)) return ERR_OVERFLOW;
    return ERR_OK;
}

err_t attributes_check(uint32_t attributes)
{
    if ((attributes & MAP_WRITE) && (attributes & MAP_EXECUTE)) return ERR_WX;
    return attributes == 0 || (attributes & ~ATTRIBUTES_ALL) ? ERR_ARGUMENT : ERR_OK;
}
