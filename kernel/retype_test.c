/* SPDX-License-Identifier: BSD-2-Clause */
/* Retype and blocks: what may become what, and comes back once (K7, K8, K17). See test/caps.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <kernel/block.h>
#include <kernel/cnode.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/mdb.h>
#include <kernel/retype.h>
#include <kernel/vnode.h>

#include "test/caps.h"

static void k7_overlap_means_revoke_first(void **state)
{
    const err_t first = ERR_REVOKE_FIRST;
    done(machine_alloc(S(0), BASE, MIB));
    refused(first, machine_alloc(S(1), BASE + 4 * KIB, 4 * KIB));
    refused(first, machine_alloc(S(1), BASE, 2 * MIB));
    done(retype(S(1), S(0), 64 * KIB, CAP_RAM, 64 * KIB, 1));
    done(retype(S(2), S(1), 0, CAP_FRAME, 4 * KIB, 1));
    /* Behind the small frame there is the RAM around it, and it still overlaps. */
    refused(first, retype(S(3), S(0), 100 * KIB, CAP_FRAME, 4 * KIB, 1));
    refused(first, retype(S(3), S(0), 0, CAP_RAM, 128 * KIB, 1));
    refused(first, retype(S(3), S(0), 60 * KIB, CAP_FRAME, 8 * KIB, 1));
    refused(first, retype(S(3), S(1), 0, CAP_RAM, 8 * KIB, 1));
    refused(first, retype(S(3), S(0), 124 * KIB, CAP_FRAME, 8 * KIB, 1));
    done(delete (S(1)));
    refused(first, retype(S(3), S(0), 64 * KIB, CAP_FRAME, 4 * KIB, 1));
    done(retype(S(3), S(0), 68 * KIB, CAP_FRAME, 60 * KIB, 1));
    done(retype(S(4), S(0), 0, CAP_FRAME, 64 * KIB, 1));
    done(retype(S(5), S(0), 128 * KIB, CAP_RAM, MIB - 128 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(6), S(5), 0, CAP_RAM, MIB - 128 * KIB, 1)); /* a copy in disguise */
    done(copy(S(6), S(0)));
    done(revoke(S(6))); /* of a copy: the other copy and all descendants */
    for (unsigned i = 0; i < 6; i++)
        assert_true(slot_is_empty(machine_slot(S(i))));
    done(retype(S(1), S(6), 0, CAP_RAM, 512 * KIB, 2));
}

static void k8_only_the_table_makes_types(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_FRAME, 16 * KIB, 1));
    for (unsigned type = 0; type < 256; type++) {
        refused(ERR_RETYPE_TYPE, retype(S(3), S(1), 0, type, 4 * KIB, 1));
        if (type != CAP_DEVFRAME) refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_DEVICE, 0, type, 4 * KIB, 1));
        if (type != CAP_IRQ) refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_IRQ, 0, type, 4 * KIB, 1));
        refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_ARENA, 0, type, 4 * KIB, 1));
        refused(ERR_RETYPE_TYPE, retype(S(3), MACHINE_KERNEL, 0, type, 4 * KIB, 1));
    }
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, CAP_MAPPING, 4 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, CAP_ENDPOINT, 4 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, -1ul, 4 * KIB, 1));
    refused(ERR_RETYPE_TYPE, retype(S(3), S(0), 16 * KIB, CAP_RAM | 1ul << 32, 4 * KIB, 1));
    done(retype(S(3), MACHINE_DEVICE, 4 * KIB, CAP_DEVFRAME, 8 * KIB, 1));
    assert_int_equal(machine_slot(S(3))->cap.base, MACHINE_DEVICE_BASE + 4 * KIB);
    done(mint(S(4), S(3), CAP_RIGHT_READ, 0, 0));
    done(delete (S(3)));
    done(retype(S(3), S(4), 4 * KIB, CAP_DEVFRAME, 4 * KIB, 1));
    assert_int_equal(machine_slot(S(3))->cap.rights, CAP_RIGHT_READ);
}

static void retyped_memory_is_clear(void **state)
{
    done(machine_alloc(S(0), BASE, 512 * KIB));
    memset(phys_to_virt(BASE), 0x5a, 512 * KIB);
    done(retype(S(1), S(0), 0, CAP_FRAME, 64 * KIB, 1));
    assert_int_equal(*(char *)phys_to_virt(BASE + 64 * KIB - 1), 0);
    assert_int_equal(*(char *)phys_to_virt(BASE + 64 * KIB), 0x5a);
    done(retype(S(2), S(0), 64 * KIB, CAP_FRAME, 160 * KIB, 1));
    assert_int_equal(machine_slot(S(2))->cap.flags, CAP_UNCLEAN);
    refused(ERR_UNCLEAN, copy(S(3), S(2)));
    refused(ERR_UNCLEAN, mint(S(3), S(2), 1, 0, 0));
    done(machine_cap(CAP_IDENTIFY, S(2), 0, 0, 0, 0, 0));
    assert_true(machine_regs[1] & IDENTIFY_UNCLEAN);
    assert_int_equal(machine_cap(CAP_CLEAR, S(2), 0, 0, 0, 0, 0), ERR_AGAIN);
    done(move(S(4), S(2)));
    assert_int_equal(machine_cap(CAP_CLEAR, S(4), 0, 0, 0, 0, 0), ERR_AGAIN);
    done(machine_cap(CAP_CLEAR, S(4), 0, 0, 0, 0, 0));
    done(machine_cap(CAP_CLEAR, S(4), 0, 0, 0, 0, 0));
    for (unsigned i = 0; i < 160 * KIB; i++)
        assert_int_equal(((char *)phys_to_virt(BASE + 64 * KIB))[i], 0);
    done(copy(S(3), S(4)));
    /* Dispatchers that are too many to clear at once exist when they are clear. */
    done(retype(S(10), S(0), 256 * KIB, CAP_DISPATCHER, 0, 17));
    assert_int_equal(machine_events.created, 0);
    done(machine_cap(CAP_CLEAR, S(10), 0, 0, 0, 0, 0));
    assert_int_equal(machine_events.created, 1);
    /* Until then nobody believes what is in their memory. */
    memset(phys_to_virt(machine_slot(S(11))->cap.base), 0x5a, DISPATCHER_BYTES);
    done(delete (S(11)));
    assert_int_equal(machine_events.orphaned, 0);
    /* CNodes that are not clear are no CNodes, and nothing is deleted out of them. */
    done(retype(CPTR_L1 | 8, S(0), 352 * KIB, CAP_L2CNODE, 0, 9));
    refused(ERR_L1_LOOKUP, copy(CPTR(8, 1), S(0)));
    done(machine_cap(CAP_CLEAR, CPTR_L1 | 8, 0, 0, 0, 0, 0));
    done(copy(CPTR(8, 1), S(0)));
}

static void blocks_come_back_once(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(machine_alloc(S(1), BASE + 64 * KIB, 4 * KIB));
    done(machine_alloc(S(2), BASE + 68 * KIB, 4 * KIB));
    done(delete (S(1)));
    done(delete (S(0)));
    assert_int_equal(machine_events.notified, 1);
    assert_int_equal(block_freed_bytes, 68 * KIB);
    /* Not before it has been drained. */
    refused(ERR_REVOKE_FIRST, machine_alloc(S(0), BASE, 64 * KIB));
    paddr_t base;
    uint64_t bytes;
    bool more;
    block_drain(&base, &bytes, &more);
    assert_int_equal(base, BASE + 64 * KIB);
    assert_int_equal(bytes, 4 * KIB);
    assert_true(more);
    block_drain(&base, &bytes, &more);
    assert_int_equal(base, BASE);
    assert_int_equal(bytes, 64 * KIB);
    assert_false(more);
    block_drain(&base, &bytes, &more);
    assert_int_equal(bytes, 0);
    done(delete (S(2)));
    assert_int_equal(machine_events.notified, 2);
    machine_settle();
    machine_allocated = 0;
}

static void split_makes_two_blocks(void **state)
{
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(copy(S(1), S(0)));
    refused(ERR_BLOCK, split(S(2), S(0), 16 * KIB));
    done(delete (S(0)));
    done(retype(S(3), S(1), 0, CAP_FRAME, 4 * KIB, 1));
    refused(ERR_BLOCK, split(S(2), S(1), 16 * KIB));
    done(delete (S(3)));
    done(split(S(2), S(1), 16 * KIB));
    consistent();
    done(split(S(3), S(2), 16 * KIB));
    done(retype(S(4), S(2), 0, CAP_FRAME, 16 * KIB, 1));
    done(delete (S(2)));
    done(delete (S(1)));
    assert_int_equal(machine_settle(), 16 * KIB);
    done(delete (S(3)));
    assert_int_equal(machine_settle(), 32 * KIB);
    done(delete (S(4)));
    assert_int_equal(machine_settle(), 16 * KIB);
    done(machine_alloc(S(0), BASE, 64 * KIB));
    done(retype(S(1), S(0), 0, CAP_RAM, 32 * KIB, 2));
    done(delete (S(0)));
    refused(ERR_BLOCK, split(S(3), S(1), 16 * KIB));
}

static void k17_everything_full(void **state)
{
    uint64_t bytes = MACHINE_ARENA_BYTES;
    done(machine_alloc(S(0), BASE, bytes));
    refused(ERR_REVOKE_FIRST, machine_alloc(S(1), BASE + 4 * KIB, 4 * KIB));
    done(retype(S(1), S(0), 0, CAP_RAM, 64 * KIB, bytes / (64 * KIB) > 62 ? 62 : bytes / (64 * KIB)));
    refused(ERR_ARGUMENT, retype(S(63), S(0), bytes, CAP_RAM, 4 * KIB, 1));
    done(copy(S(63), S(0)));
    for (unsigned i = 0; i < 64; i++) {
        refused(ERR_SLOT_OCCUPIED, copy(S(i), MACHINE_CNODE));
        refused(ERR_SLOT_OCCUPIED, retype(S(i), S(0), bytes - 4 * KIB, CAP_RAM, 4 * KIB, 1));
    }
    refused(ERR_RETRY_THROUGH_MONITOR, (copy(T(0), S(0)), copy(T(1), S(0)), copy(T(2), S(0)), remember(), revoke(S(0))));
    done(revoke_all(S(0)));
    done(delete (S(0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(k7_overlap_means_revoke_first), TEST(k8_only_the_table_makes_types), TEST(retyped_memory_is_clear),
        TEST(blocks_come_back_once),         TEST(split_makes_two_blocks),        TEST(k17_everything_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
