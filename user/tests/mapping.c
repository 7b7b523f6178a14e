/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is mapped, in large and in many places: blocks and what becomes of their parts, that everything comes back when it is
 * unmapped, and frames that two processes share (share.c).
 */
#include "child.h"
#include "support.h"
#include <paging/paging.h>
#include <threads/thread.h>

/* RAM that is mapped nowhere and empty page tables: with that given back everything is as it was before. */
static void ram_is_as_before(void (*round)(void))
{
    struct paging_figures before, after;
    uint64_t used = 0;

    for (unsigned i = 0; i < 4 && !test_failed(); i++) {
        paging_trim();
        used = ram_used();
        paging_figures(&before);
        round();
    }
    paging_trim();
    paging_figures(&after);
    EXPECT_EQ(after.tables, before.tables);
    EXPECT_EQ(after.regions, before.regions);
    EXPECT_EQ(ram_used(), used);
}

static void use_addresses(void)
{
    static vaddr_t lazy[40], mapped[40];
    cptr_t ram, frame;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, PAGE_SIZE));
    for (uint64_t i = 0; i < 40; i++) {
        CHECK_OK(paging_lazy((i + 1) * 16 * PAGE_SIZE, 0, "all", &lazy[i]));
        for (uint64_t at = 0; at < (i + 1) * 16; at += 3) {
            *(volatile char *)(lazy[i] + at * PAGE_SIZE) = 1;
        }
        mapped[i] = (200ull << 39) + (i << (12 + i % 4 * 9)); /* an L3, an L2, an L1 for each */
        CHECK_OK(paging_map_at(mapped[i], frame, 0, PAGE_SIZE, MAP_READ, "all"));
    }
    for (uint64_t i = 0; i < 40; i++) {
        CHECK_OK(paging_unmap(lazy[i], (i + 1) * 16 * PAGE_SIZE));
        CHECK_OK(paging_unmap(mapped[i], PAGE_SIZE));
    }
    CHECK_OK(cap_free(frame));
    CHECK_OK(cap_free(ram));
}

static void all_ram_and_tables_come_back(void)
{
    ram_is_as_before(use_addresses);
}

static volatile bool reading;
static volatile unsigned rounds_read;

/* Reads all that stays mapped, again and again. */
static int read_all(void *argument)
{
    const volatile uint64_t *words = argument;

    while (reading) {
        for (uint64_t i = 0; i < 1024; i += 5) {
            if (words[i * PAGE_SIZE / 8] != i) {
                return 1;
            }
        }
        rounds_read++;
    }
    return 0;
}

/* 8 MiB by blocks; of the upper half parts are protected and unmapped while a thread reads the lower half, then both. */
static void use_blocks(void)
{
    const uint64_t bytes = 8 * MIB;
    struct paging_figures before, after;
    struct thread *reader;
    cptr_t ram, frame;
    vaddr_t va;
    int result;

    CHECK_OK(ram_new(&ram, bytes));
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, bytes));
    paging_figures(&before);
    CHECK_OK(paging_map(frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "blocks", &va));
    paging_figures(&after);
    EXPECT(after.tables <= before.tables + 2); /* no L3 */
    EXPECT_EQ(paging_backed(va, bytes), bytes);
    CHECK_OK(cap_free(frame));
    CHECK_OK(cap_free(ram));
    for (uint64_t i = 0; i < bytes / PAGE_SIZE; i++) {
        *(volatile uint64_t *)(va + i * PAGE_SIZE) = i;
    }
    reading = true;
    rounds_read = 0;
    CHECK_OK(thread_create(&reader, read_all, (void *)va, NULL));
    while (rounds_read == 0) {
        thread_yield();
    }
    /* A page each of the blocks that the thread reads, and of others. */
    for (uint64_t page = 1; page < bytes / PAGE_SIZE; page += 255) {
        unsigned seen = rounds_read;
        CHECK_OK(paging_protect(va + page * PAGE_SIZE, PAGE_SIZE, MAP_READ));
        if (page % 5) {
            CHECK_OK(paging_unmap(va + page * PAGE_SIZE, PAGE_SIZE));
        }
        while (rounds_read == seen && reading) {
            thread_yield();
        }
    }
    reading = false;
    CHECK_OK(thread_join(reader, &result));
    EXPECT_EQ(result, 0);
    for (uint64_t page = 0; page < bytes / PAGE_SIZE; page++) {
        if ((page - 1) % 255 || page % 5 == 0) {
            CHECK_EQ(*(volatile uint64_t *)(va + page * PAGE_SIZE), page);
            CHECK_OK(paging_unmap(va + page * PAGE_SIZE, PAGE_SIZE));
        }
    }
}

static void blocks_of_two_mebibytes(void)
{
    ram_is_as_before(use_blocks);
}

static void back_by_blocks(void)
{
    const uint64_t bytes = 6 * MIB;
    vaddr_t va;

    CHECK_OK(paging_lazy(bytes, 0, "backed", &va));
    CHECK_OK(paging_back(va, bytes));
    CHECK_EQ(paging_backed(va, bytes), bytes);
    for (uint64_t at = 0; at < bytes; at += PAGE_SIZE) {
        CHECK_EQ(*(volatile uint64_t *)(va + at), 0);
        *(volatile uint64_t *)(va + at) = at;
    }
    CHECK_OK(paging_discard(va + 2 * MIB, 2 * MIB));
    EXPECT_EQ(*(volatile uint64_t *)(va + 2 * MIB + PAGE_SIZE), 0);
    EXPECT_EQ(*(volatile uint64_t *)(va + 4 * MIB + PAGE_SIZE), 4 * MIB + PAGE_SIZE);
    CHECK_OK(paging_protect(va + 5 * MIB, 16 * PAGE_SIZE, MAP_READ | MAP_EXECUTE));
    EXPECT_EQ(*(volatile uint64_t *)(va + 5 * MIB), 5 * MIB);
    CHECK_OK(paging_unmap(va, bytes));
}

static void backing_takes_blocks_and_gives_them_back(void)
{
    ram_is_as_before(back_by_blocks);
}

/* Any part of a thread's stack may go, and of what is reserved. */
static void parts_of_stacks_and_reserves(void)
{
    struct paging_region region;
    vaddr_t top, va;

    CHECK_OK(paging_stack(64 * PAGE_SIZE, false, &top));
    va = top - 64 * PAGE_SIZE;
    for (vaddr_t at = va; at < top; at += PAGE_SIZE) {
        *(volatile uint64_t *)at = at;
    }
    CHECK_OK(paging_protect(va + 7 * PAGE_SIZE, 3 * PAGE_SIZE, MAP_READ));
    CHECK_OK(paging_unmap(va + 8 * PAGE_SIZE, PAGE_SIZE));
    CHECK_OK(paging_unmap(va + 20 * PAGE_SIZE, 30 * PAGE_SIZE));
    EXPECT_EQ(paging_backed(va, 64 * PAGE_SIZE), 33 * PAGE_SIZE);
    CHECK_OK(paging_query(va + 9 * PAGE_SIZE, &region));
    EXPECT_EQ(region.base, va + 9 * PAGE_SIZE);
    EXPECT_EQ(region.attributes, MAP_READ);
    CHECK_ERR(paging_query(va + 30 * PAGE_SIZE, &region), ERR_NO_REGION);
    CHECK_ERR(paging_unmap(va, 64 * PAGE_SIZE), ERR_NO_REGION);
    EXPECT_EQ(*(volatile uint64_t *)(top - PAGE_SIZE), top - PAGE_SIZE);
    CHECK_OK(paging_unmap(va, 8 * PAGE_SIZE));
    CHECK_OK(paging_unmap(va + 9 * PAGE_SIZE, 11 * PAGE_SIZE));
    CHECK_OK(paging_unmap(va + 50 * PAGE_SIZE, 14 * PAGE_SIZE));
    CHECK_OK(paging_reserve(1ull << 40, 0, "reserved", &va));
    CHECK_OK(paging_unmap(va + (1ull << 39), 1ull << 38));
    CHECK_OK(paging_query(va + (1ull << 39) - 1, &region));
    EXPECT_EQ(region.bytes, 1ull << 39);
    CHECK_ERR(paging_query(va + (1ull << 39), &region), ERR_NO_REGION);
    CHECK_OK(paging_unmap(va, 1ull << 39));
    CHECK_OK(paging_unmap(va + (3ull << 38), 1ull << 38));
}

static void shares(const char *line, uint32_t kind, uint32_t status)
{
    struct proc_exit exit;

    CHECK_OK(child_run(line, &exit));
    EXPECT_EQ(exit.kind, kind);
    EXPECT_EQ(exit.status, status);
}

static void shared_frame_each_with_its_rights(void)
{
    shares("share read", EXIT_NORMAL, 0);
    shares("share write", EXIT_NORMAL, 139); /* the other's status */
}

/* The owner says so if the other has survived, and must not survive itself. */
static void shared_frame_is_revoked_from_both(void)
{
    shares("share revoke", EXIT_FAULT, 139);
}

static void shared_frames_come_back(void)
{
    leaves_nothing(shared_frame_each_with_its_rights);
    leaves_nothing(shared_frame_is_revoked_from_both);
}

/* VNODE_BREAK, refused: of what is no single block, by what is no empty table that is mapped nowhere. */
static void K12_break_of_blocks(void)
{
    cptr_t ram, slots, frame;
    const cptr_t wrong = SLOT_FRAME;

    CHECK_OK(ram_new(&ram, 4 * MIB));
    CHECK_OK(slot_alloc_run(12, &slots));
    frame = slots + 11;
    for (unsigned level = 0; level < 4; level++) {
        CHECK_OK(cap_retype(slots + level, ram, level * PAGE_SIZE, CAP_VNODE0 + level, 0, 1));
    }
    CHECK_OK(cap_retype(slots + 10, ram, 4 * PAGE_SIZE, CAP_VNODE2, 0, 1));
    CHECK_OK(cap_retype(frame, ram, 2 * MIB, CAP_FRAME, 2 * MIB, 1));
    CHECK_OK(vnode_map_table(slots, slots + 1, 0, slots + 4));
    CHECK_OK(vnode_map_table(slots + 1, slots + 2, 0, slots + 5));
    CHECK_OK(vnode_map(slots + 2, frame, 0, 7, 1, MAP_READ | MAP_WRITE, slots + 6));
    REFUSED(vnode_break(slots + 2, slots + 6, wrong, slots + 7), ERR_CAP_TYPE);
    REFUSED(vnode_break(slots + 2, slots + 6, slots + 2, slots + 7), ERR_VNODE_LEVEL);
    REFUSED(vnode_break(slots + 2, slots + 6, slots + 10, slots + 7), ERR_VNODE_LEVEL);
    REFUSED(vnode_break(slots + 2, slots + 5, slots + 3, slots + 7), ERR_MAPPING_GONE);
    REFUSED(vnode_break(slots + 2, wrong, slots + 3, slots + 7), ERR_CAP_TYPE);
    REFUSED(vnode_break(slots + 1, slots + 5, slots + 10, slots + 7), ERR_CAP_TYPE); /* a table's Mapping */
    REFUSED(vnode_break(slots + 2, slots + 6, slots + 3, slots + 6), ERR_SLOT_OCCUPIED);
    CHECK_OK(vnode_map(slots + 3, SLOT_INFO, 0, 511, 1, MAP_READ, slots + 8));
    REFUSED(vnode_break(slots + 2, slots + 6, slots + 3, slots + 7), ERR_VNODE_ENTRY);
    CHECK_OK(vnode_unmap(slots + 3, slots + 8));
    CHECK_OK(vnode_break(slots + 2, slots + 6, slots + 3, slots + 7));
    REFUSED(vnode_unmap(slots + 2, slots + 6), ERR_MAPPING_GONE);
    REFUSED(vnode_break(slots + 3, slots + 6, slots + 10, slots + 8), ERR_ARGUMENT); /* 512 pages */
    CHECK_OK(cap_revoke(frame));
    REFUSED_ANY(vnode_unmap(slots + 3, slots + 6));
    CHECK_OK(cap_revoke(ram));
    for (unsigned i = 0; i < 12; i++) {
        CHECK_OK(cap_free(slots + i));
    }
    CHECK_OK(cap_free(ram));
}

static const struct test tests[] = {
    TEST(all_ram_and_tables_come_back),
    TEST(blocks_of_two_mebibytes),
    TEST(backing_takes_blocks_and_gives_them_back),
    TEST(parts_of_stacks_and_reserves),
    TEST(shared_frame_each_with_its_rights),
    TEST(shared_frame_is_revoked_from_both),
    TEST(shared_frames_come_back),
    TEST(K12_break_of_blocks),
};
TEST_MAIN(tests)
