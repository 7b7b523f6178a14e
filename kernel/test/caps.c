/* SPDX-License-Identifier: BSD-2-Clause */
/* See caps.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <kernel/block.h>
#include <kernel/cspace.h>
#include <kernel/mdb.h>
#include <kernel/retype.h>
#include <kernel/vnode.h>

#include "caps.h"

static char before[MACHINE_BYTES];
static struct mdb_counts counts_before;

void remember(void)
{
    memcpy(before, machine_memory, sizeof before);
    counts_before = mdb_counts;
}

void unchanged(const char *what, int line)
{
    if (memcmp(before, machine_memory, sizeof before) != 0 || memcmp(&counts_before, &mdb_counts, sizeof mdb_counts) != 0)
        fail_msg("line %d: %s was refused and has changed something", line, what);
}

void consistent(void)
{
    const char *wrong = machine_check();
    if (wrong != NULL) fail_msg("%s", wrong);
}

err_t copy(capref_t dst, capref_t src)
{
    return machine_cap(CAP_COPY, dst, src, ALL, 0, 0, 0);
}
err_t mint(capref_t dst, capref_t src, uint64_t rights, uint64_t badge, uint64_t flags)
{
    return machine_cap(CAP_MINT, dst, src, rights, badge, flags, 0);
}
err_t move(capref_t dst, capref_t src)
{
    return machine_cap(CAP_MOVE, dst, src, 0, 0, 0, 0);
}
err_t delete (capref_t slot)
{
    return machine_cap(CAP_DELETE, slot, 0, 0, 0, 0, 0);
}
err_t revoke(capref_t slot)
{
    return machine_cap(CAP_REVOKE, slot, 0, 0, 0, 0, 0);
}
err_t split(capref_t dst, capref_t src, uint64_t at)
{
    return machine_cap(CAP_SPLIT, dst, src, at, 0, 0, 0);
}
err_t retype(capref_t dst, capref_t src, uint64_t offset, uint64_t type, uint64_t bytes, uint64_t count)
{
    return machine_cap(CAP_RETYPE, dst, src, offset, type, bytes, count);
}
err_t map(cptr_t vnode, capref_t frame, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes, capref_t dst)
{
    return machine_vnode(vnode, VNODE_MAP, frame, offset, entry, count, attributes, dst);
}
err_t map_ram(cptr_t vnode, capref_t ram, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
              capref_t dst)
{
    return machine_vnode(vnode, VNODE_MAP_RAM, ram, offset, entry, count, attributes, dst);
}
err_t map_table(cptr_t vnode, capref_t table, uint64_t entry, capref_t dst)
{
    return machine_vnode(vnode, VNODE_MAP_TABLE, table, 0, entry, 0, 0, dst);
}
err_t unmap(cptr_t vnode, capref_t mapping)
{
    return machine_vnode(vnode, VNODE_UNMAP, mapping, 0, 0, 0, 0, 0);
}
err_t protect(cptr_t vnode, capref_t mapping, uint64_t first, uint64_t count, uint64_t attributes)
{
    return machine_vnode(vnode, VNODE_PROTECT, mapping, first, count, 0, attributes, 0);
}
err_t revoke_all(capref_t ref)
{
    err_t err = ERR_AGAIN;
    while (err == ERR_AGAIN) {
        struct slot *slot = machine_slot(ref);
        err = slot == NULL || slot_is_empty(slot) ? ERR_L2_LOOKUP : cap_revoke_step(slot);
    }
    return err;
}

/* A block of RAM in S(0) and a four-level address space in T(0) ... T(3), its tables' Mappings in T(4) ... T(6). */
void address_space(uint64_t bytes)
{
    done(machine_alloc(S(0), BASE, bytes));
    for (unsigned level = 0; level < 4; level++)
        done(retype(T(level), S(0), level * VNODE_BYTES, CAP_VNODE0 + level, 0, 1));
    done(map_table(T(0), T(1), 1, T(4)));
    done(map_table(T(1), T(2), 0, T(5)));
    done(map_table(T(2), T(3), 0, T(6)));
}

uint64_t touch(vaddr_t va)
{
    return machine_touch(&machine_slot(T(0))->cap, va);
}

int start(void **state)
{
    (void)state;
    machine_start();
    return 0;
}

/* After every test: everything that was allocated comes back once its CSpace's slots are empty. */
int finish(void **state)
{
    (void)state;
    consistent();
    for (unsigned l2 = 1; l2 < MACHINE_L2CNODES; l2++) {
        for (unsigned i = 0; i < CNODE_L2_SLOTS; i++) {
            if (!slot_is_empty(machine_slot(CPTR(l2, i)))) {
                while (delete (CPTR(l2, i)) == ERR_AGAIN) {
                }
            }
        }
    }
    for (unsigned l1 = MACHINE_L2CNODES; l1 < MACHINE_L1_SLOTS; l1++) {
        if (!slot_is_empty(machine_slot(CPTR_L1 | l1))) done(delete (CPTR_L1 | l1));
    }
    machine_settle();
    consistent();
    assert_int_equal(machine_allocated, 0);
    assert_int_equal(block_freed_bytes, 0);
    assert_int_equal(mdb_counts.caps, MACHINE_L2CNODES + 6);
    return 0;
}
