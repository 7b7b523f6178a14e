/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability operations that must work: copies, mints, moves, retypes, splits, revokes of few and of many, CNodes that
 * die with what is in them, memory that is clear and comes back.
 */
#include "support.h"
#include <paging/paging.h>
#include <stdio.h>
#include <threads/thread.h>

/* What the pager thread may make meanwhile. */
#define BACKGROUND 32

/* Frees travel: the last capability dies, the kernel queues the block, the monitor drains it, mem adds it. */
static bool ram_comes_back(uint64_t expected)
{
    for (unsigned i = 0; i < 500; i++) {
        if (ram_used() <= expected) {
            return true;
        }
        thread_sleep_ms(2);
    }
    return false;
}

static void copy_move_delete(void)
{
    struct cap_info info;
    cptr_t ram, copy, moved;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(cap_copy_new(&copy, ram));
    CHECK_OK(slot_alloc(&moved));
    CHECK_OK(cap_move(moved, copy));
    CHECK_ERR(cap_identify(copy, &info), ERR_L2_LOOKUP);
    CHECK_OK(cap_identify(moved, &info));
    EXPECT_EQ(info.type, CAP_RAM);
    EXPECT_EQ(info.bytes, PAGE_SIZE);
    slot_free(copy);
    CHECK_OK(cap_free(ram));
    CHECK_OK(cap_identify(moved, &info));
    CHECK_OK(cap_free(moved));
}

/*
 * Makes `count` frames of `bytes` and revokes them, with the machine's capabilities counted. Other processes may make or delete one
 * meanwhile: then it is done again, until for once nobody did.
 */
static void frames_are_counted(cptr_t run, cptr_t ram, uint64_t bytes, unsigned count)
{
    uint64_t before, made, after;
    unsigned tries = 0;

    do {
        before = mdb_count();
        CHECK_OK(cap_retype(run, ram, 0, CAP_FRAME, bytes, count));
        made = mdb_count() - before;
        CHECK_OK(cap_revoke(ram));
        after = mdb_count();
    } while ((made != count || after != before) && ++tries < 8);
    EXPECT_EQ(made, count);
    EXPECT_EQ(after, before);
}

static void count_is_exact(void)
{
    cptr_t ram, run;

    CHECK_OK(ram_new(&ram, 65536));
    CHECK_OK(slot_alloc_run(16, &run));
    frames_are_counted(run, ram, PAGE_SIZE, 16);
    slot_free_run(run, 16);
    CHECK_OK(cap_free(ram));
}

static void K20_memory_is_clear(void)
{
    /* Fill pages, give them back, take others until they come again: never anything but zeros. */
    for (unsigned round = 0; round < 20; round++) {
        cptr_t ram, frame;
        vaddr_t va;
        uint64_t bytes = (round % 4 + 1) * 4 * PAGE_SIZE, seen = 0;

        CHECK_OK(ram_new(&ram, bytes));
        CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, bytes));
        CHECK_OK(paging_map(frame, 0, bytes, MAP_READ | MAP_WRITE, 0, "clear", &va));
        for (uint64_t *word = (uint64_t *)va; word < (uint64_t *)(va + bytes); word++) {
            seen |= *word;
            *word = 0x5ec4e75ec4e75ec4;
        }
        EXPECT_EQ(seen, 0);
        CHECK_OK(paging_unmap(va, bytes));
        CHECK_OK(cap_free(frame));
        CHECK_OK(cap_free(ram));
    }
}

static void K20_retyped_memory_is_clear(void)
{
    cptr_t ram, frame;
    vaddr_t va;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    for (unsigned round = 0; round < 3; round++) {
        CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, PAGE_SIZE));
        CHECK_OK(paging_map(frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "clear", &va));
        EXPECT_EQ(*(uint64_t *)va, 0);
        EXPECT_EQ(((uint64_t *)va)[511], 0);
        ((uint64_t *)va)[511] = ~0ull;
        *(uint64_t *)va = ~0ull;
        CHECK_OK(paging_unmap(va, PAGE_SIZE));
        CHECK_OK(cap_free(frame));
    }
    CHECK_OK(cap_free(ram));
}

static void large_objects_are_born_unclean(void)
{
    cptr_t ram, frame, copy;
    struct cap_info info;
    const uint64_t bytes = 1 << 20;
    unsigned steps = 0;
    err_t err;

    CHECK_OK(ram_new(&ram, bytes));
    CHECK_OK(slot_alloc(&frame));
    CHECK_OK(slot_alloc(&copy));
    CHECK_OK(cap_retype_unclean(frame, ram, 0, CAP_FRAME, bytes, 1));
    CHECK_OK(cap_identify(frame, &info));
    REFUSED(cap_copy(copy, frame), ERR_UNCLEAN);
    REFUSED_ANY(RAW_INVOKE(SLOT_VSPACE, VNODE_MAP, frame, 0, 3, 1, MAP_READ, copy));
    do {
        err = RAW_CAP(CAP_CLEAR, frame);
        steps++;
    } while (err == ERR_AGAIN);
    CHECK_OK(err);
    EXPECT(steps > 1);
    CHECK_OK(cap_copy(copy, frame));
    CHECK_OK(cap_free(copy));
    CHECK_OK(cap_free(frame));
    CHECK_OK(cap_free(ram));
}

static void split_makes_two_blocks(void)
{
    uint64_t before = ram_used();
    struct cap_info info;
    cptr_t ram, tail;

    CHECK_OK(ram_new(&ram, 16 * PAGE_SIZE));
    CHECK_OK(slot_alloc(&tail));
    CHECK_OK(cap_split(tail, ram, 4 * PAGE_SIZE));
    CHECK_OK(cap_identify(ram, &info));
    EXPECT_EQ(info.bytes, 4 * PAGE_SIZE);
    CHECK_OK(cap_identify(tail, &info));
    EXPECT_EQ(info.bytes, 12 * PAGE_SIZE);
    CHECK_OK(cap_free(tail));
    EXPECT(ram_comes_back(before + 4 * PAGE_SIZE));
    CHECK_OK(cap_free(ram));
    EXPECT(ram_comes_back(before));
}

static void a_descendant_pins_its_block(void)
{
    uint64_t before = ram_used();
    cptr_t ram, frame;

    CHECK_OK(ram_new(&ram, 16 * PAGE_SIZE));
    CHECK_OK(cap_retype_new(&frame, ram, 3 * PAGE_SIZE, CAP_FRAME, PAGE_SIZE));
    CHECK_OK(cap_free(ram));
    thread_sleep_ms(20);
    EXPECT(ram_used() >= before + 16 * PAGE_SIZE);
    CHECK_OK(cap_free(frame));
    EXPECT(ram_comes_back(before));
}

static void a_mapping_pins_its_block(void)
{
    uint64_t before = ram_used();
    cptr_t ram, frame;
    vaddr_t va;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(cap_retype_new(&frame, ram, 0, CAP_FRAME, PAGE_SIZE));
    CHECK_OK(paging_map(frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "pinned", &va));
    CHECK_OK(cap_free(frame));
    CHECK_OK(cap_free(ram));
    *(volatile int *)va = 1;
    thread_sleep_ms(10);
    *(volatile int *)va = 2;
    CHECK_OK(paging_unmap(va, PAGE_SIZE));
    EXPECT(ram_comes_back(before + 64 * PAGE_SIZE)); /* page tables and slots may have been made for it */
}

static void K16_revoke_many(void)
{
    const unsigned wanted = test_quick() ? 300 : 3000;
    uint64_t before;
    cptr_t ram, slot, *copies;
    vaddr_t va;

    CHECK_OK(ram_new(&ram, PAGE_SIZE));
    CHECK_OK(paging_lazy((wanted * sizeof(cptr_t) + PAGE_MASK) & ~(uint64_t)PAGE_MASK, 0, "copies", &va));
    copies = (cptr_t *)va;
    for (unsigned i = 0; i < wanted; i++) { /* slots first: they may need L2CNodes */
        CHECK_OK(slot_alloc(&slot));
        copies[i] = slot;
    }
    before = mdb_count_still();
    for (unsigned i = 0; i < wanted; i++) {
        CHECK_OK(cap_copy(copies[i], ram));
    }
    EXPECT(mdb_count() - before - wanted < BACKGROUND);
    REFUSED(RAW_CAP(CAP_REVOKE, ram), ERR_RETRY_THROUGH_MONITOR); /* more than one call may do: nothing done */
    CHECK_OK(cap_revoke(ram));
    EXPECT(mdb_count() - before < BACKGROUND);
    for (unsigned i = 0; i < wanted; i++) {
        struct cap_info info;
        EXPECT_ERR(cap_identify(copies[i], &info), ERR_L2_LOOKUP);
        slot_free(copies[i]);
    }
    CHECK_OK(paging_unmap(va, (wanted * sizeof(cptr_t) + PAGE_MASK) & ~(uint64_t)PAGE_MASK));
    CHECK_OK(cap_free(ram));
}

static void K16_revoke_frames_of_a_block(void)
{
    cptr_t ram, run;

    CHECK_OK(ram_new(&ram, 256 * PAGE_SIZE));
    CHECK_OK(slot_alloc_run(64, &run));
    for (unsigned round = 0; round < 3; round++) {
        frames_are_counted(run, ram, 4 * PAGE_SIZE, 64);
    }
    slot_free_run(run, 64);
    CHECK_OK(cap_free(ram));
}

/* A CNode made by hand, filled and dropped: what is in it goes, in steps, and its memory comes back. */
static void K16_wide_cnode_dies(void)
{
    uint64_t used = ram_used(), count;
    cptr_t ram, root;
    struct cap_info info;

    CHECK_OK(ram_new(&ram, 32 * CNODE_L2_BYTES));
    CHECK_OK(cap_retype_new(&root, ram, 0, CAP_L1CNODE, 32 * SLOT_BYTES));
    count = mdb_count_still();
    for (unsigned i = 0; i < 8; i++) {
        CHECK_OK(cap_retype(CAPREF(root, CPTR_L1 | i), ram, (i + 1) * CNODE_L2_BYTES, CAP_L2CNODE, 0, 1));
        for (unsigned j = 0; j < CNODE_L2_SLOTS; j++) {
            if (i || j) {
                CHECK_OK(cap_copy(CAPREF(root, CPTR(i, j)), SLOT_RAM));
            }
        }
    }
    CHECK_OK(cap_identify(CAPREF(root, CPTR(7, 63)), &info));
    EXPECT_EQ(mdb_count() - count, 8 + 8 * CNODE_L2_SLOTS - 1);
    CHECK_OK(cap_free(root));
    CHECK_OK(cap_free(ram));
    for (unsigned i = 0; i < 500 && mdb_count() > count - 2; i++) {
        thread_sleep_ms(2);
    }
    EXPECT_EQ(mdb_count(), count - 2);
    EXPECT(ram_comes_back(used));
}

/* A CNode that holds the only capability to itself. */
static void K12_cnode_in_itself(void)
{
    uint64_t used = ram_used();
    cptr_t ram, root;

    CHECK_OK(ram_new(&ram, 4 * CNODE_L2_BYTES));
    CHECK_OK(cap_retype_new(&root, ram, 0, CAP_L1CNODE, 32 * SLOT_BYTES));
    CHECK_OK(cap_retype(CAPREF(root, CPTR_L1 | 0), ram, CNODE_L2_BYTES, CAP_L2CNODE, 0, 1));
    CHECK_OK(cap_copy(CAPREF(root, CPTR(0, 1)), root));
    CHECK_OK(cap_copy(CAPREF(root, CPTR(0, 2)), CAPREF(root, CPTR_L1 | 0)));
    CHECK_OK(cap_free(root));
    CHECK_OK(cap_revoke(ram)); /* what nothing else can reach dies with the memory that it is made of */
    CHECK_OK(cap_free(ram));
    EXPECT(ram_comes_back(used));
}

static void endpoints_keep_their_badge(void)
{
    struct cap_info info;
    cptr_t badged, copy;

    CHECK_OK(cap_mint_new(&badged, SLOT_ENDPOINT, 0xabcdef0123456789, MINT_RING(3)));
    CHECK_OK(cap_copy_new(&copy, badged));
    CHECK_OK(cap_identify(copy, &info));
    EXPECT_EQ(info.type, CAP_ENDPOINT);
    CHECK_OK(cap_free(badged));
    CHECK_OK(cap_free(copy));
}

static void another_cspace(void)
{
    struct cap_info info;
    cptr_t ram, root;

    CHECK_OK(ram_new(&ram, 4 * CNODE_L2_BYTES));
    CHECK_OK(cap_retype_new(&root, ram, 0, CAP_L1CNODE, 32 * SLOT_BYTES));
    CHECK_ERR(cap_copy(CAPREF(root, CPTR(0, 1)), ram), ERR_L1_LOOKUP);
    CHECK_OK(cap_retype(CAPREF(root, CPTR_L1 | 3), ram, CNODE_L2_BYTES, CAP_L2CNODE, 0, 1));
    CHECK_OK(cap_copy(CAPREF(root, CPTR(3, 9)), ram));
    CHECK_OK(cap_move(CAPREF(root, CPTR(3, 10)), CAPREF(root, CPTR(3, 9))));
    CHECK_OK(cap_identify(CAPREF(root, CPTR(3, 10)), &info));
    EXPECT_EQ(info.bytes, 4 * CNODE_L2_BYTES);
    CHECK_OK(cap_delete(CAPREF(root, CPTR(3, 10))));
    CHECK_OK(cap_free(root));
    CHECK_OK(cap_free(ram));
}

static const struct test tests[] = {
    TEST(copy_move_delete),
    TEST(count_is_exact),
    TEST(K20_memory_is_clear),
    TEST(K20_retyped_memory_is_clear),
    TEST(large_objects_are_born_unclean),
    TEST(split_makes_two_blocks),
    TEST(a_descendant_pins_its_block),
    TEST(a_mapping_pins_its_block),
    TEST(K16_revoke_many),
    TEST(K16_revoke_frames_of_a_block),
    TEST(K16_wide_cnode_dies),
    TEST(K12_cnode_in_itself),
    TEST(endpoints_keep_their_badge),
    TEST(another_cspace),
};
TEST_MAIN(tests)
