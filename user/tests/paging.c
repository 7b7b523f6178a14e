/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: page tables that are made, filled, misused and deleted; lazily backed memory; what faults and what
 * becomes of those who do it (they are children: see victim.c).
 */
#include "child.h"
#include "support.h"
#include <paging/paging.h>
#include <stdio.h>
#include <threads/thread.h>

/* A tree of its own, in no address space that runs: L0 <- L1 <- L2 <- L3. */
static struct {
    cptr_t ram, level[4], mapping[4], frame;
} tree;

static err_t tree_new(void)
{
    static const uint32_t types[] = {CAP_VNODE0, CAP_VNODE1, CAP_VNODE2, CAP_VNODE3};
    err_t err = ram_new(&tree.ram, 64 * PAGE_SIZE);

    for (unsigned i = 0; !err && i < 4; i++) {
        err = cap_retype_new(&tree.level[i], tree.ram, i * PAGE_SIZE, types[i], 0);
    }
    for (unsigned i = 1; !err && i < 4; i++) {
        err = slot_alloc(&tree.mapping[i]);
        if (!err) {
            err = vnode_map_table(tree.level[i - 1], tree.level[i], 1, tree.mapping[i]);
        }
    }
    if (!err) {
        err = cap_retype_new(&tree.frame, tree.ram, 16 * PAGE_SIZE, CAP_FRAME, 16 * PAGE_SIZE);
    }
    return err ? err : slot_alloc(&tree.mapping[0]);
}

static void tree_free(void)
{
    cap_free(tree.mapping[0]);
    cap_free(tree.frame);
    for (unsigned i = 3; i > 0; i--) {
        cap_free(tree.mapping[i]);
        cap_free(tree.level[i]);
    }
    cap_free(tree.level[0]);
    cap_free(tree.ram);
}

static err_t map_l3(uint64_t entry, uint64_t count, uint64_t attributes, cptr_t dst)
{
    return vnode_map(tree.level[3], tree.frame, 0, entry, count, attributes, dst);
}

static void K9_levels_and_entries(void)
{
    cptr_t spare = tree.mapping[0];

    REFUSED_ANY(vnode_map(tree.level[0], tree.frame, 0, 3, 1, MAP_READ, spare));
    REFUSED_ANY(vnode_map(tree.level[1], tree.frame, 0, 3, 1, MAP_READ, spare));
    REFUSED_ANY(map_l3(512, 1, MAP_READ, spare));
    REFUSED_ANY(map_l3(511, 2, MAP_READ, spare));
    REFUSED_ANY(map_l3(~0ull, 2, MAP_READ, spare));
    REFUSED_ANY(map_l3(0, 0, MAP_READ, spare));
    REFUSED_ANY(map_l3(0, 17, MAP_READ, spare));
    REFUSED_ANY(vnode_map(tree.level[3], tree.frame, 16 * PAGE_SIZE, 0, 1, MAP_READ, spare));
    REFUSED_ANY(map_l3(0, 1, 0x80, spare));
    REFUSED(map_l3(0, 1, MAP_READ, tree.frame), ERR_SLOT_OCCUPIED);
}

static void K9_tables_in_tables(void)
{
    cptr_t spare = tree.mapping[0];

    REFUSED_ANY(vnode_map_table(tree.level[1], tree.level[1], 5, spare)); /* under itself */
    REFUSED_ANY(vnode_map_table(tree.level[2], tree.level[1], 5, spare));
    REFUSED_ANY(vnode_map_table(tree.level[0], tree.level[2], 5, spare));
    REFUSED_ANY(vnode_map_table(tree.level[3], tree.level[3], 5, spare));
    REFUSED(vnode_map_table(tree.level[0], tree.level[1], 5, spare), ERR_VNODE_MAPPED); /* twice */
    REFUSED_ANY(vnode_map_table(tree.level[0], tree.level[1], 512, spare));
    REFUSED_ANY(vnode_map_table(SLOT_VSPACE, tree.level[2], 5, spare));
}

static void K9_occupied_entry(void)
{
    cptr_t second;

    CHECK_OK(slot_alloc(&second));
    CHECK_OK(map_l3(8, 4, MAP_READ, tree.mapping[0]));
    REFUSED(map_l3(11, 1, MAP_READ, second), ERR_VNODE_ENTRY);
    REFUSED(map_l3(5, 4, MAP_READ, second), ERR_VNODE_ENTRY);
    CHECK_OK(map_l3(12, 4, MAP_READ, second));
    CHECK_OK(vnode_unmap(tree.level[3], second));
    CHECK_OK(vnode_unmap(tree.level[3], tree.mapping[0]));
    slot_free(second);
}

static void K10_never_writable_and_executable(void)
{
    cptr_t spare = tree.mapping[0];

    REFUSED(map_l3(0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE, spare), ERR_WX);
    REFUSED_ANY(map_l3(0, 1, MAP_WRITE | MAP_EXECUTE, spare));
    CHECK_OK(map_l3(0, 1, MAP_READ | MAP_WRITE, spare));
    REFUSED(vnode_protect(tree.level[3], spare, 0, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE), ERR_WX);
    CHECK_OK(vnode_protect(tree.level[3], spare, 0, 1, MAP_READ | MAP_EXECUTE));
    CHECK_OK(vnode_unmap(tree.level[3], spare));
}

static void K3_mapping_needs_rights(void)
{
    cptr_t readable;

    CHECK_OK(slot_alloc(&readable));
    CHECK_OK(cap_copy_rights(readable, tree.frame, MAP_READ));
    REFUSED(vnode_map(tree.level[3], readable, 0, 0, 1, MAP_READ | MAP_WRITE, tree.mapping[0]), ERR_CAP_RIGHTS);
    REFUSED(vnode_map(tree.level[3], readable, 0, 0, 1, MAP_READ | MAP_EXECUTE, tree.mapping[0]), ERR_CAP_RIGHTS);
    CHECK_OK(vnode_map(tree.level[3], readable, 0, 0, 1, MAP_READ, tree.mapping[0]));
    REFUSED(vnode_protect(tree.level[3], tree.mapping[0], 0, 1, MAP_READ | MAP_WRITE), ERR_CAP_RIGHTS);
    CHECK_OK(vnode_unmap(tree.level[3], tree.mapping[0]));
    CHECK_OK(cap_free(readable));
}

static void K12_table_deleted_in_use(void)
{
    struct cap_info info;

    CHECK_OK(map_l3(0, 16, MAP_READ, tree.mapping[0]));
    CHECK_OK(cap_delete(tree.level[3])); /* emptied at once, its mappings are void */
    if (cap_identify(tree.mapping[0], &info) == ERR_OK) {
        REFUSED_ANY(vnode_protect(tree.level[2], tree.mapping[0], 0, 1, MAP_READ));
        CHECK_OK(cap_delete(tree.mapping[0]));
    }
    /* the same memory as another table: old mappings must not reach into it */
    if (cap_identify(tree.mapping[3], &info) == ERR_OK) {
        CHECK_OK(cap_delete(tree.mapping[3]));
    }
    CHECK_OK(cap_retype(tree.level[3], tree.ram, 3 * PAGE_SIZE, CAP_VNODE3, 0, 1));
    CHECK_OK(vnode_map_table(tree.level[2], tree.level[3], 1, tree.mapping[3]));
    CHECK_OK(map_l3(0, 16, MAP_READ, tree.mapping[0]));
    CHECK_OK(vnode_unmap(tree.level[3], tree.mapping[0]));
}

static void K12_frame_mapped_twice(void)
{
    cptr_t second;

    CHECK_OK(slot_alloc(&second));
    CHECK_OK(map_l3(0, 2, MAP_READ, tree.mapping[0]));
    CHECK_OK(map_l3(4, 2, MAP_READ, second));
    CHECK_OK(vnode_unmap(tree.level[3], second));
    REFUSED_ANY(vnode_unmap(tree.level[3], second));
    REFUSED(map_l3(1, 1, MAP_READ, second), ERR_VNODE_ENTRY); /* the first is still there */
    CHECK_OK(cap_revoke(tree.frame));                         /* and a revoke finds it */
    CHECK_OK(map_l3(0, 2, MAP_READ, second));
    CHECK_OK(vnode_unmap(tree.level[3], second));
    slot_free(second);
}

static void K12_unmap_through_the_wrong_table(void)
{
    CHECK_OK(map_l3(0, 1, MAP_READ, tree.mapping[0]));
    REFUSED_ANY(vnode_unmap(tree.level[2], tree.mapping[0]));
    REFUSED_ANY(vnode_protect(tree.level[2], tree.mapping[0], 0, 1, MAP_READ));
    REFUSED_ANY(vnode_protect(tree.level[3], tree.mapping[0], 0, 2, MAP_READ));
    REFUSED_ANY(vnode_protect(tree.level[3], tree.mapping[0], ~0ull, 1, MAP_READ));
    CHECK_OK(vnode_unmap(tree.level[3], tree.mapping[0]));
}

static void K4_map_ram_ranges(void)
{
    cptr_t spare = tree.mapping[0];

    REFUSED_ANY(vnode_map_ram(tree.level[3], tree.ram, 0, 0, 1, MAP_READ | MAP_WRITE, spare)); /* page tables are there */
    REFUSED_ANY(vnode_map_ram(tree.level[3], tree.ram, 40 * PAGE_SIZE, 0, 17, MAP_READ | MAP_WRITE, spare));
    REFUSED_ANY(vnode_map_ram(tree.level[3], tree.ram, 60 * PAGE_SIZE, 0, 8, MAP_READ | MAP_WRITE, spare));
    REFUSED_ANY(vnode_map_ram(tree.level[2], tree.ram, 40 * PAGE_SIZE, 0, 1, MAP_READ | MAP_WRITE, spare));
    REFUSED_ANY(vnode_map_ram(tree.level[3], tree.ram, 40 * PAGE_SIZE + 8, 0, 1, MAP_READ | MAP_WRITE, spare));
    CHECK_OK(vnode_map_ram(tree.level[3], tree.ram, 40 * PAGE_SIZE, 0, 16, MAP_READ | MAP_WRITE, spare));
    CHECK_OK(vnode_unmap(tree.level[3], spare));
}

static void lazy_memory_is_zero_and_kept(void)
{
    const uint64_t pages = test_quick() ? 600 : 8000;
    vaddr_t va;

    CHECK_OK(paging_lazy(pages * PAGE_SIZE, 0, "lazy", &va));
    for (uint64_t i = 0; i < pages; i++) {
        uint64_t *word = (uint64_t *)(va + i * PAGE_SIZE + (i % 511) * 8);
        CHECK(*word == 0);
        *word = i + 1;
    }
    for (uint64_t i = 0; i < pages; i++) {
        CHECK_EQ(*(uint64_t *)(va + i * PAGE_SIZE + (i % 511) * 8), i + 1);
    }
    CHECK_OK(paging_unmap(va, pages * PAGE_SIZE));
}

static void sparse_touches(void)
{
    const uint64_t bytes = 1ull << 36;
    vaddr_t va;

    CHECK_OK(paging_lazy(bytes, 0, "sparse", &va));
    for (uint64_t i = 0; i < 30; i++) {
        uint64_t *word = (uint64_t *)(va + i * (bytes / 31) / PAGE_SIZE * PAGE_SIZE);
        CHECK(*word == 0);
        *word = i;
    }
    CHECK_OK(paging_unmap(va, bytes));
}

static int touch_all(void *argument)
{
    vaddr_t va = (vaddr_t)argument;

    for (unsigned i = 0; i < 200; i++) {
        *(volatile uint64_t *)(va + i * PAGE_SIZE) = va + i;
    }
    return 0;
}

static void threads_fault_at_once(void)
{
    struct thread *threads[6];
    vaddr_t va[6];

    for (unsigned i = 0; i < 6; i++) {
        CHECK_OK(paging_lazy(200 * PAGE_SIZE, 0, "threads", &va[i]));
        CHECK_OK(thread_create(&threads[i], touch_all, (void *)va[i], NULL));
    }
    for (unsigned i = 0; i < 6; i++) {
        CHECK_OK(thread_join(threads[i], NULL));
        for (unsigned j = 0; j < 200; j++) {
            CHECK_EQ(*(uint64_t *)(va[i] + j * PAGE_SIZE), va[i] + j);
        }
        CHECK_OK(paging_unmap(va[i], 200 * PAGE_SIZE));
    }
}

static void unmapped_memory_comes_back(void)
{
    uint64_t first = 0;

    for (unsigned round = 0; round < 6; round++) {
        vaddr_t va;
        CHECK_OK(paging_lazy(300 * PAGE_SIZE, 0, "again", &va));
        for (unsigned i = 0; i < 300; i++) {
            *(volatile char *)(va + i * PAGE_SIZE) = 1;
        }
        CHECK_OK(paging_unmap(va, 300 * PAGE_SIZE));
        thread_sleep_ms(5);
        if (round == 1) {
            first = ram_used();
        }
    }
    EXPECT(ram_used() <= first + 64 * PAGE_SIZE);
}

static void discarded_memory_is_zero(void)
{
    vaddr_t va;

    CHECK_OK(paging_lazy(64 * PAGE_SIZE, 0, "discard", &va));
    CHECK_OK(paging_back(va, 64 * PAGE_SIZE));
    *(volatile uint64_t *)va = 5;
    CHECK_OK(paging_discard(va, 64 * PAGE_SIZE));
    EXPECT_EQ(*(volatile uint64_t *)va, 0);
    CHECK_OK(paging_unmap(va, 64 * PAGE_SIZE));
}

/* Pages 3 to 5 of 40 go, and page 20 becomes read-only; all others keep what they hold. */
static void cut(vaddr_t va)
{
    for (uint64_t i = 0; i < 40; i++) {
        *(volatile uint64_t *)(va + i * PAGE_SIZE) = i + 1;
    }
    CHECK_OK(paging_unmap(va + 3 * PAGE_SIZE, 3 * PAGE_SIZE));
    CHECK_ERR(paging_unmap(va, 40 * PAGE_SIZE), ERR_NO_REGION);
    CHECK_OK(paging_protect(va + 20 * PAGE_SIZE, PAGE_SIZE, MAP_READ));
    CHECK_EQ(paging_backed(va, 40 * PAGE_SIZE), 37 * PAGE_SIZE);
    for (uint64_t i = 0; i < 40; i++) {
        if (i >= 3 && i < 6) {
            continue;
        }
        CHECK_EQ(*(volatile uint64_t *)(va + i * PAGE_SIZE), i + 1);
        if (i != 20) {
            *(volatile uint64_t *)(va + i * PAGE_SIZE) = 0;
        }
    }
    CHECK_OK(paging_unmap(va, 3 * PAGE_SIZE));
    CHECK_OK(paging_unmap(va + 6 * PAGE_SIZE, 34 * PAGE_SIZE));
}

static void any_part_is_unmapped(void)
{
    cptr_t ram, frame;
    vaddr_t va;

    CHECK_OK(paging_lazy(40 * PAGE_SIZE, 0, "cut", &va));
    cut(va);
    CHECK_OK(ram_new(&ram, 40 * PAGE_SIZE));
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, 40 * PAGE_SIZE));
    CHECK_OK(paging_map(frame, 0, 40 * PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "cut", &va));
    CHECK_OK(cap_free(frame)); /* only the mapping holds it now */
    CHECK_OK(cap_free(ram));
    cut(va);
}

/* A frame that may only be read: making a part of it writable is refused, and changes nothing. */
static void refused_protection_changes_nothing(void)
{
    cptr_t ram, frame, readable;
    struct paging_region region;
    vaddr_t va;

    CHECK_OK(ram_new(&ram, 4 * PAGE_SIZE));
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, 4 * PAGE_SIZE));
    CHECK_OK(slot_alloc(&readable));
    CHECK_OK(cap_copy_rights(readable, frame, MAP_READ));
    CHECK_OK(paging_map(readable, 0, 4 * PAGE_SIZE, MAP_READ, 0, "readable", &va));
    CHECK_ERR(paging_protect(va + PAGE_SIZE, PAGE_SIZE, MAP_READ | MAP_WRITE), ERR_CAP_RIGHTS);
    CHECK_OK(paging_query(va + PAGE_SIZE, &region));
    EXPECT_EQ(region.attributes, MAP_READ);
    CHECK_OK(paging_unmap(va, 4 * PAGE_SIZE));
    CHECK_OK(cap_free(readable));
    CHECK_OK(cap_free(frame));
    CHECK_OK(cap_free(ram));
}

static void empty_tables_are_given_back(void)
{
    struct paging_figures before, after;
    const uint64_t l3 = 512 * PAGE_SIZE;
    vaddr_t va;

    paging_figures(&before);
    CHECK_OK(paging_lazy(80 * l3, l3, "tables", &va));
    for (uint64_t i = 0; i < 80; i++) {
        *(volatile char *)(va + i * l3) = 1;
    }
    paging_figures(&after);
    EXPECT(after.tables >= before.tables + 60);
    CHECK_OK(paging_unmap(va, 80 * l3));
    paging_figures(&after);
    EXPECT(after.tables <= before.tables + 24);
}

static void wx_is_refused(void)
{
    vaddr_t va;

    CHECK_OK(paging_lazy(PAGE_SIZE, 0, "wx", &va));
    CHECK_ERR(paging_protect(va, PAGE_SIZE, MAP_READ | MAP_WRITE | MAP_EXECUTE), ERR_WX);
    CHECK_OK(paging_unmap(va, PAGE_SIZE));
    EXPECT(paging_unmap(va, PAGE_SIZE) != ERR_OK);
    EXPECT(paging_map_at(0xffff000000000000, SLOT_INFO, 0, PAGE_SIZE, MAP_READ, "kernel") != ERR_OK);
    EXPECT(paging_map_at(VADDR_END, SLOT_INFO, 0, PAGE_SIZE, MAP_READ, "end") != ERR_OK);
    EXPECT(paging_map_at(VADDR_PROGRAM + 1, SLOT_INFO, 0, PAGE_SIZE, MAP_READ, "odd") != ERR_OK);
}

/* Each must die of it, with the shell's status for its signal. */
static void dies(const char *line, uint32_t kind, uint32_t status)
{
    struct proc_exit exit;

    CHECK_OK(child_run(line, &exit));
    if (exit.kind != kind || exit.status != status) {
        test_fail(__FILE__, __LINE__, "%s: kind %u, status %u, not %u and %u", line, (unsigned)exit.kind,
                  (unsigned)exit.status, (unsigned)kind, (unsigned)status);
    }
}

static void faults_end_the_process(void)
{
    dies("victim null", EXIT_FAULT, 139);
    dies("victim read 0x8000000000", EXIT_FAULT, 139);
    dies("victim constant", EXIT_FAULT, 139);
    dies("victim text", EXIT_FAULT, 139);
    dies("victim execute", EXIT_FAULT, 139);
    dies("victim overflow", EXIT_FAULT, 139);
    dies("victim illegal", EXIT_FAULT, 132);
    dies("victim abort", EXIT_FAULT, 134);
}

static void K13_kernel_addresses_are_out_of_reach(void)
{
    dies("victim read 0xffff000000080000", EXIT_FAULT, 139);
    dies("victim read 0xffffffffffffff00", EXIT_FAULT, 139);
    dies("victim read 0x800000000000000", EXIT_FAULT, 139);
    dies("victim read 0x1000000000000", EXIT_FAULT, 139);
}

static void K11_nothing_stays_in_the_tlb(void)
{
    dies("victim unmap", EXIT_FAULT, 139);
    dies("victim unmap protect", EXIT_FAULT, 139);
    dies("victim unmap revoke", EXIT_FAULT, 139);
    dies("victim unmap revoke-ram", EXIT_FAULT, 139);
}

static void K22_timers_and_masks_from_el0(void)
{
    struct proc_exit exit;

    CHECK_OK(child_run("victim timer", &exit));
    EXPECT_EQ(exit.kind, EXIT_FAULT);
    CHECK_OK(child_run("victim daif", &exit));
    EXPECT_EQ(exit.kind, EXIT_FAULT);
}

static void make_tree(void)
{
    CHECK_OK(tree_new());
}

static void free_tree(void)
{
    tree_free();
}

static const struct test tests[] = {
    TEST(make_tree),
    TEST(K9_levels_and_entries),
    TEST(K9_tables_in_tables),
    TEST(K9_occupied_entry),
    TEST(K10_never_writable_and_executable),
    TEST(K3_mapping_needs_rights),
    TEST(K12_table_deleted_in_use),
    TEST(K12_frame_mapped_twice),
    TEST(K12_unmap_through_the_wrong_table),
    TEST(K4_map_ram_ranges),
    TEST(free_tree),
    TEST(lazy_memory_is_zero_and_kept),
    TEST(sparse_touches),
    TEST(threads_fault_at_once),
    TEST(unmapped_memory_comes_back),
    TEST(discarded_memory_is_zero),
    TEST(any_part_is_unmapped),
    TEST(refused_protection_changes_nothing),
    TEST(empty_tables_are_given_back),
    TEST(wx_is_refused),
    TEST(faults_end_the_process),
    TEST(K13_kernel_addresses_are_out_of_reach),
    TEST(K11_nothing_stays_in_the_tlb),
    TEST(K22_timers_and_masks_from_el0),
};
TEST_MAIN(tests)
