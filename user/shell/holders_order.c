/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of descent, as the kernel's MDB has it: of two that overlap the larger is the ancestor, of equal ones that of the earlier type. */
#include "holders.h"

#include <abi/captypes.h>
#include <stdlib.h>

static uint64_t end_of(const struct proc_capability *cap)
{
    return cap->base + cap->bytes;
}

/* Of these the badge says which object it is: whom an endpoint stands for, where a Mapping is. */
static bool has_badge(const struct proc_capability *cap)
{
    return cap->type == CAP_MAPPING || (cap->type == CAP_ENDPOINT && cap->badge != 0);
}

bool holder_is_same(const struct proc_capability *cap, const struct proc_capability *of)
{
    bool same = cap->base == of->base && cap->bytes == of->bytes && cap->type == of->type;
    return same && (cap->badge == of->badge || !(has_badge(cap) || has_badge(of)));
}

bool holder_is_below(const struct proc_capability *cap, const struct proc_capability *of)
{
    if (cap->base < of->base || end_of(cap) > end_of(of) || has_badge(of)) {
        return false; /* nothing is made of what has a badge */
    }
    if (cap->bytes < of->bytes) {
        return cap->type >= of->type;
    }
    return cap->type > of->type || (cap->type == CAP_ENDPOINT && of->type == CAP_ENDPOINT && cap->badge != 0);
}

static int by_descent(const void *a, const void *b)
{
    const struct holder *left = a, *right = b;
    if (left->cap.base != right->cap.base) {
        return left->cap.base < right->cap.base ? -1 : 1;
    }
    if (left->cap.bytes != right->cap.bytes) {
        return left->cap.bytes > right->cap.bytes ? -1 : 1;
    }
    if (left->cap.type != right->cap.type) {
        return left->cap.type < right->cap.type ? -1 : 1;
    }
    if (left->cap.badge != right->cap.badge) {
        return left->cap.badge < right->cap.badge ? -1 : 1;
    }
    if (left->pid != right->pid) {
        return left->pid < right->pid ? -1 : 1;
    }
    return left->cap.cptr < right->cap.cptr ? -1 : left->cap.cptr > right->cap.cptr;
}

void holders_order(struct holders *holders)
{
    if (holders->count == 0) {
        return;
    }
    qsort(holders->list, holders->count, sizeof holders->list[0], by_descent);
    for (uint32_t i = 0; i < holders->count; i++) {
        struct holder *holder = &holders->list[i];
        holder->depth = 0;
        /* One deeper than the nearest before it that it is made of. */
        for (uint32_t j = i; j-- > 0;) {
            const struct holder *before = &holders->list[j];
            bool same = holder_is_same(&holder->cap, &before->cap);
            if (same || holder_is_below(&holder->cap, &before->cap)) {
                holder->depth = before->depth + !same;
                break;
            }
        }
    }
}
