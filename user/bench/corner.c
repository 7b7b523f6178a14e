/* SPDX-License-Identifier: BSD-2-Clause */
/* A corner of the address space to map things in by hand (corner.h). */
#include "corner.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <paging/ram.h>

static err_t hang(cptr_t above, cptr_t table, uint64_t entry, cptr_t *mapping)
{
    err_t err = slot_alloc(mapping);

    return err ? err : vnode_map_table(above, table, entry, *mapping);
}

err_t corner_new(struct corner *corner)
{
    err_t err;

    *corner = (struct corner){.base = (vaddr_t)CORNER_ENTRY << 39};
    err = ram_alloc(4 * PAGE_SIZE, &corner->ram);
    err = err ? err : cap_retype_new(&corner->level1, corner->ram, 0, CAP_VNODE1, 0);
    err = err ? err : cap_retype_new(&corner->level2, corner->ram, PAGE_SIZE, CAP_VNODE2, 0);
    err = err ? err : cap_retype_new(&corner->table, corner->ram, 2 * PAGE_SIZE, CAP_VNODE3, 0);
    err = err ? err : cap_retype_new(&corner->frame, corner->ram, 3 * PAGE_SIZE, CAP_FRAME, PAGE_SIZE);
    err = err ? err : hang(SLOT_VSPACE, corner->level1, CORNER_ENTRY, &corner->hung[0]);
    err = err ? err : hang(corner->level1, corner->level2, 0, &corner->hung[1]);
    return err ? err : hang(corner->level2, corner->table, 0, &corner->hung[2]);
}

void corner_free(struct corner *corner)
{
    cap_free(corner->frame);
    cap_free(corner->hung[2]);
    cap_free(corner->table);
    cap_free(corner->hung[1]);
    cap_free(corner->level2);
    cap_free(corner->hung[0]);
    cap_free(corner->level1);
    cap_free(corner->ram);
}
