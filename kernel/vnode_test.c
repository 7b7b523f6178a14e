/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables and Mappings, seen through a model of the TLB (K9 - K12). See test/caps.h. */
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

static void a_mapping_becomes_two(void **state)
{
    address_space(64 * KIB);
    done(retype(S(1), S(0), 32 * KIB, CAP_FRAME, 32 * KIB, 1));
    done(map(T(3), S(1), 0, 4, 8, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, machine_vnode(T(3), VNODE_SPLIT, S(2), 0, 0, 0, 0, S(3)));
    refused(ERR_ARGUMENT, machine_vnode(T(3), VNODE_SPLIT, S(2), 8, 0, 0, 0, S(3)));
    refused(ERR_ARGUMENT, machine_vnode(T(3), VNODE_SPLIT, S(2), -1ul, 0, 0, 0, S(3)));
    refused(ERR_MAPPING_GONE, machine_vnode(T(2), VNODE_SPLIT, S(2), 3, 0, 0, 0, S(3)));
    refused(ERR_SLOT_OCCUPIED, machine_vnode(T(3), VNODE_SPLIT, S(2), 3, 0, 0, 0, S(1)));
    refused(ERR_CAP_TYPE, machine_vnode(T(3), VNODE_SPLIT, S(1), 3, 0, 0, 0, S(3)));
    done(machine_vnode(T(3), VNODE_SPLIT, S(2), 3, 0, 0, 0, S(3)));
    uint64_t *table = phys_to_virt(machine_slot(T(3))->cap.base);
    for (unsigned i = 4; i < 12; i++)
        assert_int_not_equal(table[i], 0);
    done(unmap(T(3), S(2)));
    for (unsigned i = 4; i < 12; i++)
        assert_int_equal(table[i] == 0, i < 7);
    done(protect(T(3), S(3), 4, 1, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(3), 5, 1, MAP_READ));
    done(revoke_all(S(1))); /* finds the second half */
    assert_true(slot_is_empty(machine_slot(S(3))));
    assert_int_equal(table[11], 0);
}

static void k9_map_errors(void **state)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    refused(ERR_VNODE_LEVEL, map(T(0), S(1), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_ALIGNMENT, map(T(2), MACHINE_DEVICE, 4 * KIB, 5, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(2), MACHINE_DEVICE, 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 512, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 510, 3, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, -1ul, 2, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 1ul << 32, 1, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 0, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 65, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 17, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 60 * KIB, 0, 2, MAP_READ, S(2)));
    refused(ERR_OVERFLOW, map(T(3), S(1), -4096ul, 0, 2, MAP_READ, S(2)));
    refused(ERR_CAP_TYPE, map(T(3), S(0), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_CAP_TYPE, map(T(3), T(3), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_CAP_TYPE, map_ram(T(3), S(1), 0, 0, 1, MAP_READ, S(2)));
    refused(ERR_VNODE_LEVEL, map_ram(T(2), S(0), 128 * KIB, 7, 1, MAP_READ, S(2)));
    refused(ERR_ARGUMENT, map_ram(T(3), S(0), 128 * KIB, 7, 17, MAP_READ, S(2)));
    refused(ERR_REVOKE_FIRST, map_ram(T(3), S(0), 0, 7, 1, MAP_READ, S(2)));
    refused(ERR_REVOKE_FIRST, map_ram(T(3), S(0), 124 * KIB, 7, 2, MAP_READ, S(2)));
    refused(ERR_VNODE_MAPPED, map_table(T(1), T(2), 1, S(2)));
    refused(ERR_VNODE_LEVEL, map_table(T(0), T(3), 2, S(2)));
    refused(ERR_VNODE_LEVEL, map_table(T(0), T(0), 2, S(2)));
    refused(ERR_VNODE_LEVEL, map_table(T(2), T(1), 2, S(2)));
    refused(ERR_CAP_TYPE, map_table(T(2), S(1), 2, S(2)));
    refused(ERR_VNODE_ENTRY, map_table(T(0), T(1), 512, S(2)));
    refused(ERR_SLOT_OCCUPIED, map(T(3), S(1), 0, 0, 1, MAP_READ, S(1)));
    done(map(T(3), S(1), 0, 5, 16, MAP_READ, S(2)));
    refused(ERR_VNODE_ENTRY, map(T(3), S(1), 0, 0, 6, MAP_READ, S(3)));
    refused(ERR_VNODE_ENTRY, map_ram(T(3), S(0), 128 * KIB, 20, 1, MAP_READ, S(3)));
    refused(ERR_CAP_TYPE, unmap(T(3), S(1)));
    refused(ERR_MAPPING_GONE, unmap(T(2), S(2)));
    refused(ERR_L2_LOOKUP, unmap(T(3), S(3)));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 16, 1, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 8, 9, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), -1ul, 2, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 1, -1ul, MAP_READ));
    refused(ERR_ARGUMENT, protect(T(3), S(2), 0, 0, MAP_READ));
    refused(ERR_CAP_TYPE, protect(T(2), T(6), 0, 1, MAP_READ));
    done(retype(S(8), S(0), 128 * KIB, CAP_FRAME, 128 * KIB, 1));
    refused(ERR_UNCLEAN, map(T(3), S(8), 0, 0, 1, MAP_READ, S(3)));
}

static void k10_never_writable_and_executable(void **state)
{
    address_space(512 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(mint(S(2), S(1), MAP_READ, 0, 0));
    refused(ERR_WX, map(T(3), S(1), 0, 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE, S(3)));
    refused(ERR_WX, map_ram(T(3), S(0), 128 * KIB, 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, MAP_WRITE, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, 0, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, MAP_READ | 8, S(3)));
    refused(ERR_ARGUMENT, map(T(3), S(1), 0, 0, 1, MAP_READ | 1ul << 32, S(3)));
    refused(ERR_CAP_RIGHTS, map(T(3), S(2), 0, 0, 1, MAP_READ | MAP_WRITE, S(3)));
    refused(ERR_CAP_RIGHTS, map(T(3), S(2), 0, 0, 1, MAP_READ | MAP_EXECUTE, S(3)));
    refused(ERR_CAP_RIGHTS, map(T(3), MACHINE_DEVICE, 0, 0, 1, MAP_READ | MAP_EXECUTE, S(3)));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ | MAP_WRITE, S(3)));
    assert_int_equal(machine_events.synced_bytes, 0);
    refused(ERR_WX, protect(T(3), S(3), 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE));
    done(protect(T(3), S(3), 2, 3, MAP_READ | MAP_EXECUTE));
    assert_int_equal(machine_events.synced_bytes, 12 * KIB);
    assert_int_equal(HOST_ATTRIBUTES(touch(VA + 2 * PAGE_SIZE)), MAP_READ | MAP_EXECUTE);
    assert_int_equal(HOST_ATTRIBUTES(touch(VA + 5 * PAGE_SIZE)), MAP_READ | MAP_WRITE);
    done(map(T(3), S(2), 0, 16, 1, MAP_READ, S(4)));
    refused(ERR_CAP_RIGHTS, protect(T(3), S(4), 0, 1, MAP_READ | MAP_WRITE));
    done(map_ram(T(3), S(0), 256 * KIB, 17, 16, MAP_READ | MAP_WRITE, S(5)));
    done(protect(T(3), S(5), 0, 16, MAP_READ | MAP_EXECUTE));
    done(map(T(3), S(1), 0, 40, 16, MAP_READ | MAP_EXECUTE, S(6)));
    done(retype(S(8), S(0), 384 * KIB, CAP_FRAME, 128 * KIB, 1));
    done((machine_cap(CAP_CLEAR, S(8), 0, 0, 0, 0, 0), machine_cap(CAP_CLEAR, S(8), 0, 0, 0, 0, 0)));
    refused(ERR_ARGUMENT, map(T(3), S(8), 0, 80, 17, MAP_READ | MAP_EXECUTE, S(9)));
}

static void k11_the_tlb_forgets_in_time(void **state)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 4 * KIB, 3, 8, MAP_READ | MAP_WRITE, S(2)));
    for (unsigned i = 3; i < 11; i++)
        assert_int_equal(HOST_ADDRESS(touch(VA + i * PAGE_SIZE)), BASE + 64 * KIB + (i - 2) * PAGE_SIZE);
    done(protect(T(3), S(2), 1, 2, MAP_READ));
    consistent();
    touch(VA + 4 * PAGE_SIZE);
    done(unmap(T(3), S(2)));
    consistent();
    assert_int_equal(touch(VA + 3 * PAGE_SIZE), 0);
    done(map(T(3), S(1), 0, 3, 8, MAP_READ, S(2)));
    touch(VA + 3 * PAGE_SIZE);
    done(delete (S(1))); /* does not unmap */
    assert_int_not_equal(touch(VA + 4 * PAGE_SIZE), 0);
    done(delete (S(2))); /* this does */
    consistent();
    assert_int_equal(touch(VA + 4 * PAGE_SIZE), 0);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    touch(VA);
    done(revoke(S(1)));
    consistent();
    assert_true(slot_is_empty(machine_slot(S(2))));
    /* A table taken out, with what it translated. */
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    touch(VA);
    done(unmap(T(1), T(5)));
    consistent();
    assert_int_equal(touch(VA), 0);
    /* It may come back to where it was, and nowhere else. */
    refused(ERR_VNODE_MAPPED, map_table(T(1), T(2), 1, T(5)));
    done(map_table(T(1), T(2), 0, T(5)));
    assert_int_not_equal(touch(VA), 0);
    done(delete (S(2)));
    consistent();
}

static void k11_tables_built_from_below(void **state)
{
    done(machine_alloc(S(0), BASE, 256 * KIB));
    for (unsigned level = 0; level < 4; level++)
        done(retype(T(level), S(0), level * VNODE_BYTES, CAP_VNODE0 + level, 0, 1));
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    done(map_table(T(2), T(3), 0, T(6)));
    done(map_table(T(1), T(2), 0, T(5)));
    done(map_table(T(0), T(1), 1, T(4)));
    touch(VA);
    done(unmap(T(0), T(4)));
    consistent();
    done(map_table(T(0), T(1), 1, T(4)));
    /* The lower tables may go anywhere: everything is invalidated for them. */
    touch(VA);
    done(unmap(T(2), T(6)));
    consistent();
    done(map_table(T(2), T(3), 1, T(6)));
    touch(VA + 2 * MIB);
    refused(ERR_VNODE_MAPPED, map_table(T(2), T(3), 2, S(3)));
    for (unsigned entry = 1; entry < 4; entry++) {
        done(unmap(T(1), T(5)));
        consistent();
        done(map_table(T(1), T(2), entry, T(5)));
        touch(VA + entry * 1024 * MIB + 2 * MIB);
    }
    done(unmap(T(3), S(2)));
    consistent();
}

static void k11_blocks_of_two_mebibytes(void **state)
{
    address_space(64 * KIB);
    done(map(T(2), MACHINE_DEVICE, 0, 4, 2, MAP_READ | MAP_WRITE, S(1)));
    uint64_t entry = touch(VA + 10 * MIB + 12);
    assert_int_equal(HOST_ADDRESS(entry), MACHINE_DEVICE_BASE + 2 * MIB);
    assert_true(entry & HOST_DEVICE);
    consistent();
    done(protect(T(2), S(1), 1, 1, MAP_READ));
    entry = touch(VA + 10 * MIB);
    assert_true(entry & HOST_DEVICE);
    assert_int_equal(HOST_ATTRIBUTES(entry), MAP_READ);
    refused(ERR_VNODE_ENTRY, map_table(T(2), T(3), 5, S(2)));
    done(unmap(T(2), S(1)));
    consistent();
    assert_int_equal(touch(VA + 10 * MIB), 0);
}

static err_t break_block(cptr_t vnode, capref_t mapping, capref_t table, capref_t dst)
{
    return machine_vnode(vnode, VNODE_BREAK, mapping, table, 0, 0, 0, dst);
}

static void k11_a_block_becomes_pages(void **state)
{
    address_space(64 * KIB);
    done(retype(T(7), S(0), 16 * KIB, CAP_VNODE3, 0, 1));
    done(map(T(2), MACHINE_DEVICE, 0, 4, 2, MAP_READ | MAP_WRITE, S(1)));
    refused(ERR_ARGUMENT, break_block(T(2), S(1), T(7), S(3))); /* two blocks */
    done(machine_vnode(T(2), VNODE_SPLIT, S(1), 1, 0, 0, 0, S(2)));
    refused(ERR_VNODE_MAPPED, break_block(T(2), S(2), T(3), S(3)));
    refused(ERR_VNODE_LEVEL, break_block(T(2), S(2), T(2), S(3)));
    refused(ERR_CAP_TYPE, break_block(T(2), S(2), S(0), S(3)));
    refused(ERR_MAPPING_GONE, break_block(T(1), S(2), T(7), S(3)));
    refused(ERR_CAP_TYPE, break_block(T(2), T(6), T(7), S(3))); /* a table's Mapping */
    refused(ERR_SLOT_OCCUPIED, break_block(T(2), S(2), T(7), S(1)));
    done(map_ram(T(7), S(0), 32 * KIB, 511, 1, MAP_READ, S(3)));
    refused(ERR_VNODE_ENTRY, break_block(T(2), S(2), T(7), S(4))); /* not empty */
    done(unmap(T(7), S(3)));
    touch(VA + 10 * MIB);
    touch(VA + 8 * MIB);
    done(break_block(T(2), S(2), T(7), S(3)));
    consistent();
    for (unsigned i = 0; i < 512; i += 73) {
        uint64_t entry = touch(VA + 10 * MIB + i * PAGE_SIZE);
        assert_int_equal(HOST_ADDRESS(entry), MACHINE_DEVICE_BASE + 2 * MIB + i * PAGE_SIZE);
        assert_int_equal(HOST_ATTRIBUTES(entry), MAP_READ | MAP_WRITE);
        assert_true(entry & HOST_DEVICE);
    }
    assert_int_equal(HOST_ADDRESS(touch(VA + 8 * MIB)), MACHINE_DEVICE_BASE);
    refused(ERR_MAPPING_GONE, unmap(T(2), S(2))); /* it is of the table now */
    done(machine_vnode(T(7), VNODE_SPLIT, S(2), 100, 0, 0, 0, S(4)));
    done(protect(T(7), S(4), 0, 1, MAP_READ));
    assert_int_equal(HOST_ATTRIBUTES(touch(VA + 10 * MIB + 100 * PAGE_SIZE)), MAP_READ);
    done(unmap(T(7), S(2)));
    consistent();
    assert_int_equal(touch(VA + 10 * MIB), 0);
    assert_int_not_equal(touch(VA + 12 * MIB - PAGE_SIZE), 0);
    done(unmap(T(2), S(3))); /* the table goes, and with it what it maps */
    consistent();
    assert_int_equal(touch(VA + 12 * MIB - PAGE_SIZE), 0);
    done(delete (T(7)));
    done(delete (S(4)));
    done(delete (S(1)));
    consistent();
}

static void k12_a_table_goes_before_its_mappings(void **state)
{
    address_space(256 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 16, MAP_READ, S(2)));
    done(map(T(3), S(1), 0, 16, 16, MAP_READ, S(3))); /* the same frame twice */
    touch(VA);
    touch(VA + 16 * PAGE_SIZE);
    done(delete (T(3)));
    consistent();
    assert_int_equal(touch(VA), 0);
    refused(ERR_REVOKE_FIRST, retype(S(4), S(0), 12 * KIB, CAP_FRAME, 4 * KIB, 1)); /* its parent still points there */
    done(delete (T(6)));
    /* The page becomes another table, with an entry where the void Mapping's was. */
    done(retype(T(3), S(0), 12 * KIB, CAP_VNODE3, 0, 1));
    done(map_table(T(2), T(3), 0, T(6)));
    done(map(T(3), S(1), 4 * KIB, 0, 1, MAP_READ, S(4)));
    refused(ERR_MAPPING_GONE, unmap(T(3), S(2)));
    refused(ERR_MAPPING_GONE, protect(T(3), S(2), 0, 1, MAP_READ));
    done(delete (S(2)));
    assert_int_equal(HOST_ADDRESS(touch(VA)), BASE + 68 * KIB);
    /* The root goes first, the rest in any order. */
    done(delete (T(0)));
    consistent();
    done(delete (T(4)));
    done(delete (T(2)));
    done(delete (T(1)));
    done(delete (S(0)));
    done(delete (S(1)));
    assert_int_equal(machine_settle(), 0); /* the Mappings hold it */
    done(delete (S(3)));
    done(delete (S(4)));
    done(delete (T(3)));
    done(delete (T(5)));
    done(delete (T(6)));
    assert_int_equal(machine_settle(), 256 * KIB);
}

/* The same pages at the same place of a table that was made where the void Mapping's had been. */
static void k12_a_void_mapping_and_its_successor(void **state)
{
    address_space(128 * KIB);
    done(retype(S(1), S(0), 64 * KIB, CAP_FRAME, 64 * KIB, 1));
    done(map(T(3), S(1), 0, 0, 1, MAP_READ, S(2)));
    done(delete (T(3)));
    done(delete (T(6)));
    done(retype(T(3), S(0), 12 * KIB, CAP_VNODE3, 0, 1));
    done(map_table(T(2), T(3), 0, T(6)));
    done(map(T(3), S(1), 0, 0, 1, MAP_READ, S(3)));
    consistent();
    touch(VA);
    done(delete (S(3)));
    consistent();
    assert_int_equal(touch(VA), 0);
    done(map(T(3), S(1), 0, 0, 1, MAP_READ, S(3)));
    done(delete (S(2)));
    assert_int_equal(HOST_ADDRESS(touch(VA)), BASE + 64 * KIB);
}

static void k12_ram_by_the_page(void **state)
{
    address_space(256 * KIB);
    memset(phys_to_virt(BASE + 64 * KIB), 0x77, 64 * KIB);
    done(map_ram(T(3), S(0), 64 * KIB, 0, 16, MAP_READ | MAP_WRITE, S(1)));
    assert_int_equal(*(char *)phys_to_virt(BASE + 64 * KIB + 5), 0);
    refused(ERR_REVOKE_FIRST, map_ram(T(3), S(0), 68 * KIB, 16, 1, MAP_READ, S(2)));
    refused(ERR_REVOKE_FIRST, retype(S(2), S(0), 124 * KIB, CAP_L2CNODE, 0, 1));
    refused(ERR_REVOKE_FIRST, retype(S(2), S(0), 0, CAP_RAM, 256 * KIB - 4096, 1));
    touch(VA);
    done(map_ram(T(3), S(0), 128 * KIB, 16, 1, MAP_READ, S(2)));
    done(delete (S(0))); /* the pages stay, and so does the block */
    assert_int_not_equal(touch(VA + PAGE_SIZE), 0);
    done(unmap(T(3), S(1)));
    consistent();
    done(machine_alloc(S(0), BASE + 256 * KIB, 64 * KIB));
    done(map_ram(T(3), S(0), 0, 0, 1, MAP_READ, S(1)));
    touch(VA);
    done(revoke(S(0)));
    consistent();
    assert_int_equal(touch(VA), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mapping_becomes_two),
        TEST(k9_map_errors),
        TEST(k10_never_writable_and_executable),
        TEST(k11_the_tlb_forgets_in_time),
        TEST(k11_tables_built_from_below),
        TEST(k11_blocks_of_two_mebibytes),
        TEST(k11_a_block_becomes_pages),
        TEST(k12_a_table_goes_before_its_mappings),
        TEST(k12_a_void_mapping_and_its_successor),
        TEST(k12_ram_by_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
