/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding and using what init passed. The state begins with a header that says whose layout it has: written last, so a service that is
 * killed while it empties a state leaves one that the next will empty again.
 */
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <caps/slots.h>
#include <kept/kept.h>
#include <paging/paging.h>
#include <paging/ram.h>
#include <string.h>

struct header {
    uint64_t layout; /* 0: nobody was here, all is as init made it: empty */
};

#define EMPTYING UINT64_MAX /* another layout's, of which something may be left */

static cptr_t passed_find(const char *name)
{
    const struct spawn_info *info = (const struct spawn_info *)VADDR_INFO;
    for (uint32_t i = 0; i < info->passed_count; i++) {
        if (strcmp(info->passed[i], name) == 0) return SLOT_PASSED + i;
    }
    return 0;
}

static capref_t slot_of(const struct kept *kept, uint32_t n)
{
    return CAPREF(kept->cnode, CPTR(n / CNODE_L2_SLOTS, n % CNODE_L2_SLOTS));
}

/* Slot 0 is none: its capref would be the null one. */
static bool slot_is_there(const struct kept *kept, uint32_t n)
{
    return n > 0 && n < kept->slots;
}

static void slots_find(struct kept *kept)
{
    struct cap_info info;
    uint32_t nodes = 0;
    if (kept->cnode == 0 || cap_identify(kept->cnode, &info) != ERR_OK) return;
    kept->slots_most = (uint32_t)(info.bytes / SLOT_BYTES) * CNODE_L2_SLOTS;
    while (cap_identify(CAPREF(kept->cnode, CPTR_L1 | nodes), &info) == ERR_OK && info.type == CAP_L2CNODE)
        nodes++;
    kept->slots = nodes * CNODE_L2_SLOTS;
}

static void empty(const struct kept *kept, struct header *header)
{
    __atomic_store_n(&header->layout, EMPTYING, __ATOMIC_SEQ_CST);
    for (uint32_t n = 0; n < kept->slots; n++)
        kept_clear(kept, n);
    memset(kept->state, 0, kept->bytes);
}

err_t kept_open_at(struct kept *kept, uint64_t layout, vaddr_t va)
{
    struct cap_info info;
    *kept = (struct kept){.frame = passed_find(KEPT_STATE_NAME), .cnode = passed_find(KEPT_SLOTS_NAME)};
    if (kept->frame == 0) return ERR_NOT_FOUND;
    err_t err = cap_identify(kept->frame, &info);
    if (err == ERR_OK && va != 0)
        err = paging_map_at(va, kept->frame, 0, info.bytes, MAP_READ | MAP_WRITE, "state");
    else if (err == ERR_OK)
        err = paging_map(kept->frame, 0, info.bytes, MAP_READ | MAP_WRITE, 0, "state", &va);
    if (err != ERR_OK) return err;
    struct header *header = (struct header *)va;
    kept->state = (char *)va + KEPT_HEADER_BYTES;
    kept->bytes = info.bytes - KEPT_HEADER_BYTES;
    slots_find(kept);
    kept->inherited = header->layout == layout;
    if (kept->inherited) return ERR_OK;
    if (header->layout != 0) empty(kept, header);
    __atomic_store_n(&header->layout, layout, __ATOMIC_RELEASE);
    return ERR_OK;
}

err_t kept_open(struct kept *kept, uint64_t layout)
{
    return kept_open_at(kept, layout, 0);
}

err_t kept_grow(struct kept *kept)
{
    cptr_t ram;
    if (kept->slots >= kept->slots_most) return ERR_OVERFLOW;
    err_t err = ram_alloc(CNODE_L2_BYTES, &ram);
    if (err != ERR_OK) return err;
    err = cap_retype(CAPREF(kept->cnode, CPTR_L1 | kept->slots / CNODE_L2_SLOTS), ram, 0, CAP_L2CNODE, 0, 1);
    cap_free(ram);
    if (err == ERR_OK) kept->slots += CNODE_L2_SLOTS;
    return err;
}

err_t kept_put(const struct kept *kept, uint32_t n, cptr_t cap)
{
    if (!slot_is_there(kept, n)) return ERR_OVERFLOW;
    kept_clear(kept, n);
    return cap_copy(slot_of(kept, n), cap);
}

err_t kept_get(const struct kept *kept, uint32_t n, cptr_t *cap)
{
    if (!slot_is_there(kept, n)) return ERR_OVERFLOW;
    return cap_copy_new(cap, slot_of(kept, n));
}

void kept_clear(const struct kept *kept, uint32_t n)
{
    if (!slot_is_there(kept, n)) return;
    while (cap_delete(slot_of(kept, n)) == ERR_AGAIN)
        ;
}
