/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paging on a fake kernel, against a model: regions come, are touched, protected, discarded, cut and go at random, with all
 * the memory in the world, with too little, and with a kernel that refuses; each page must be translated as the model says.
 */
#include "fake_kernel.h"
#include "paging_model.h"
#include "work.h"
#include <caps/slots.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_random_against_model(void **unused)
{
    model_seed(7);
    for (unsigned n = 0; n < 6000; n++) {
        model_step();
        if (n % 16 == 0) check_all();
    }
    model_end();
    struct paging_figures figures;
    paging_figures(&figures);
    assert_true(figures.refills > 10);
    assert_int_equal(figures.pages, (vspace.metadata - VADDR_DYNAMIC) / PAGE_SIZE);
}

/* Take all that the reserve has, page by page, and more when there is any. */
static void hog(vaddr_t va, uint64_t bytes)
{
    fake_ram_failures = UINT32_MAX;
    for (vaddr_t at = va; at < va + bytes && (fake_translate(at).mapped || touch(at, WRITE_FAULT)); at += PAGE_SIZE) {
    }
}

/* Memory runs out again and again, in the middle of everything. */
static void test_K17_memory_runs_out_at_any_time(void **unused)
{
    const uint64_t bytes = 64 * MIB;
    vaddr_t va;
    model_seed(11);
    model_failed = 0;
    model_may_fail = true;
    for (unsigned n = 0; n < 100; n++) {
        assert_int_equal(paging_lazy(bytes, 0, "lazy", &va), ERR_OK);
        model_others = bytes / PAGE_SIZE;
        hog(va, bytes);
        for (unsigned i = 0; i < 120; i++) {
            if (random_below(10) == 0) fake_ram_failures = UINT32_MAX - fake_ram_failures;
            if (random_below(10) == 0) hog(va, bytes);
            model_step();
        }
        assert_int_equal(paging_unmap(va, bytes), ERR_OK);
        model_others = 0;
        fake_ram_failures = 0;
        vspace.exhausted = reserve_refill() != ERR_OK;
        assert_false(vspace.exhausted);
        check_all();
    }
    model_end();
    model_may_fail = false;
    assert_true(model_failed > 100);
}

#define SCRIPT 200

/* The operations of `seed`, with one call to the kernel refused. Were there so many calls? */
static bool script(uint64_t seed, uint64_t refuse)
{
    struct paging_figures before, after;
    paging_trim();
    paging_figures(&before);
    vaddr_t metadata = vspace.metadata;
    model_seed(seed);
    fake_refuse = refuse;
    for (unsigned n = 0; n < SCRIPT; n++)
        model_step();
    check_all();
    bool enough = fake_refuse == 0;
    fake_refuse = 0;
    model_end();
    paging_trim();
    paging_figures(&after);
    assert_int_equal(after.pages - before.pages, (vspace.metadata - metadata) / PAGE_SIZE);
    assert_int_equal(after.regions, before.regions);
    if (refuse > 1) assert_int_equal(after.tables, before.tables); /* the first time there may be more of our own */
    return enough;
}

/* One call to the kernel after the other is refused in 200 operations that are the same each time. */
static void test_K17_each_call_is_refused_once(void **unused)
{
    model_may_fail = true;
    model_failed = 0;
    for (uint64_t seed = 3; seed < 9; seed++) {
        uint64_t refuse = 1;
        while (script(seed, refuse))
            refuse++;
        assert_true(refuse > 100);
    }
    model_may_fail = false;
    assert_true(model_failed > 100);
}

/* With nothing mapped there are no page tables but those of our own records, and no RAM but theirs. */
static void test_everything_comes_back(void **unused)
{
    struct paging_figures before, after;
    uint64_t blocks = 0, pages = 0;
    for (unsigned round = 0; round < 12; round++) {
        model_seed(round / 6);
        for (unsigned n = 0; n < 1500; n++)
            model_step();
        model_end();
        paging_trim();
        paging_figures(&after);
        if (round % 6 > 3) {
            assert_int_equal(after.tables, before.tables);
            assert_int_equal(fake_blocks, blocks);
            assert_int_equal(fake_pages_used(), pages);
        }
        before = after;
        blocks = fake_blocks;
        pages = fake_pages_used();
    }
    assert_int_equal(vspace.empty_tables, 0);
}

/* RAM is given back when everything is unmapped: the number of blocks does not grow with time. */
static void test_blocks_come_back(void **unused)
{
    uint64_t before = 0;
    for (unsigned round = 0; round < 30; round++) {
        vaddr_t va;
        assert_int_equal(paging_lazy(64 * MIB, 0, "large", &va), ERR_OK);
        for (uint64_t at = 0; at < 64 * MIB; at += 64 * 1024)
            assert_true(touch(va + at, WRITE_FAULT));
        assert_int_equal(paging_unmap(va, 64 * MIB), ERR_OK);
        if (round == 0) before = fake_blocks;
        assert_true(fake_blocks <= before + 2);
    }
}

static void test_K17_out_of_memory(void **unused)
{
    vaddr_t va;
    assert_int_equal(paging_lazy(64 * MIB, 0, "large", &va), ERR_OK);
    fake_ram_failures = 1000000;
    err_t err = paging_back(va, 64 * MIB);
    assert_int_equal(err, ERR_NO_MEMORY);
    fake_ram_failures = 0;
    assert_int_equal(paging_back(va, 64 * MIB), ERR_OK);
    for (uint64_t at = 0; at < 64 * MIB; at += PAGE_SIZE)
        assert_true(fake_translate(va + at).mapped);
    assert_int_equal(paging_unmap(va, 64 * MIB), ERR_OK);
}

static void test_refusals(void **unused)
{
    vaddr_t va;
    assert_int_equal(paging_map(FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_WRITE | MAP_EXECUTE | MAP_READ, 0, 0, &va), ERR_WX);
    assert_int_equal(paging_map(FAKE_FRAME_SLOT, 0, 0, MAP_READ, 0, 0, &va), ERR_ARGUMENT);
    assert_int_equal(paging_map(FAKE_FRAME_SLOT, 1, PAGE_SIZE, MAP_READ, 0, 0, &va), ERR_ALIGNMENT);
    assert_int_equal(paging_map(FAKE_FRAME_SLOT, 0, (FAKE_FRAME_PAGES + 1) * PAGE_SIZE, MAP_READ, 0, 0, &va),
                     ERR_ARGUMENT);
    assert_int_equal(paging_map(SLOT_VSPACE, 0, PAGE_SIZE, MAP_READ, 0, 0, &va), ERR_CAP_TYPE);
    assert_int_equal(paging_lazy(UINT64_MAX - PAGE_MASK, 0, 0, &va), ERR_OVERFLOW);
    assert_int_equal(paging_lazy(VADDR_END, 0, 0, &va), ERR_NO_REGION);
    assert_int_equal(paging_unmap(VADDR_DYNAMIC, PAGE_SIZE), ERR_NO_REGION); /* our records */
    assert_int_equal(paging_unmap(VADDR_END - PAGE_SIZE, PAGE_SIZE), ERR_NO_REGION);
    assert_int_equal(paging_map_at(VADDR_DYNAMIC, FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_READ, 0), ERR_REGION_BUSY);
    assert_int_equal(paging_map_at(0, FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_READ, 0), ERR_NO_REGION);
    check_all();
}

/* Whatever fits where: next fit goes on behind what was mapped last, worst fit takes the largest. */
static void test_addresses_are_chosen_below(void **unused)
{
    const uint64_t step = 1ull << 18;
    vaddr_t end = VADDR_DYNAMIC + (1ull << 36), chosen[50], va;
    paging_choose_below(end);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(paging_map_at(end + i * step, FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_READ, "kept"), ERR_OK);
        assert_int_equal(paging_reserve((i + 1) * step, 0, "chosen", &chosen[i]), ERR_OK);
        assert_true(chosen[i] + (i + 1) * step <= end);
    }
    assert_int_equal(paging_reserve(1ull << 37, 0, "chosen", &va), ERR_NO_REGION);
    paging_choose_below(0);
    assert_int_equal(paging_reserve(1ull << 37, 0, "chosen", &va), ERR_OK);
    assert_true(va >= end);
    assert_int_equal(paging_unmap(va, 1ull << 37), ERR_OK);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(paging_unmap(end + i * step, PAGE_SIZE), ERR_OK);
        assert_int_equal(paging_unmap(chosen[i], (i + 1) * step), ERR_OK);
    }
    check_all();
}

static void test_mapping_keeps_its_place(void **unused)
{
    vaddr_t va = VADDR_DYNAMIC + (1ull << 40);
    struct paging_region region;
    assert_int_equal(paging_map_at(va, FAKE_FRAME_SLOT, 0, 3 * PAGE_SIZE, MAP_READ | MAP_EXECUTE, "here"), ERR_OK);
    assert_int_equal(paging_query(va + PAGE_SIZE, &region), ERR_OK);
    assert_int_equal(region.base, va);
    assert_int_equal(region.bytes, 3 * PAGE_SIZE);
    assert_string_equal(region.name, "here");
    assert_string_equal(region.kind, "frame");
    assert_int_equal(paging_next(va - (1ull << 30), &region), ERR_OK);
    assert_int_equal(region.base, va);
    assert_int_equal(paging_next(va + 3 * PAGE_SIZE, &region), ERR_NO_REGION);
    assert_int_equal(paging_backed(va - (1ull << 30), 1ull << 31), 3 * PAGE_SIZE);
    assert_int_equal(paging_backed(va + PAGE_SIZE, PAGE_SIZE), PAGE_SIZE);
    assert_int_equal(paging_backed(va, UINT64_MAX), 0);
    assert_int_equal(paging_map_at(va + 2 * PAGE_SIZE, FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_READ, 0), ERR_REGION_BUSY);
    assert_int_equal(paging_unmap(va + PAGE_SIZE, PAGE_SIZE), ERR_OK); /* what is beside it stays */
    assert_true(fake_translate(va).mapped && fake_translate(va + 2 * PAGE_SIZE).mapped);
    assert_false(fake_translate(va + PAGE_SIZE).mapped);
    assert_int_equal(paging_unmap(va, 3 * PAGE_SIZE), ERR_NO_REGION);
    assert_true(fake_translate(va).mapped && fake_translate(va + 2 * PAGE_SIZE).mapped);
    assert_int_equal(paging_unmap(va, PAGE_SIZE), ERR_OK);
    assert_int_equal(paging_unmap(va + 2 * PAGE_SIZE, PAGE_SIZE), ERR_OK);
    assert_int_equal(paging_query(va, &region), ERR_NO_REGION);
}

/* L3s without entries go, but for those that are kept because making them again costs more; L2s and L1s too. */
static void test_empty_tables_are_given_back(void **unused)
{
    vaddr_t va;
    struct paging_figures before, during, after;
    vaddr_t more[64];
    unsigned count = 0;
    while (vspace.metadata == VADDR_DYNAMIC) /* the first of our own records take tables that stay */
        assert_int_equal(paging_lazy(PAGE_SIZE, 0, "records", &more[count++]), ERR_OK);
    while (count)
        assert_int_equal(paging_unmap(more[--count], PAGE_SIZE), ERR_OK);
    paging_trim();
    paging_figures(&before);
    assert_int_equal(paging_lazy(64 * BLOCK_BYTES, BLOCK_BYTES, "tables", &va), ERR_OK);
    for (unsigned i = 0; i < 64; i++)
        assert_true(touch(va + i * BLOCK_BYTES, WRITE_FAULT));
    paging_figures(&during);
    assert_true(during.tables >= before.tables + 64);
    assert_int_equal(paging_unmap(va, 64 * BLOCK_BYTES), ERR_OK);
    paging_figures(&after);
    assert_true(after.tables > before.tables && after.tables <= before.tables + TABLES_EMPTY_KEPT + 5);
    paging_trim();
    paging_figures(&after);
    assert_int_equal(after.tables, before.tables);
    assert_int_equal(paging_backed(va, 64 * BLOCK_BYTES), 0);
    /* Far apart: an L1 and an L2 for each. */
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(paging_map_at(VADDR_DYNAMIC + ((i + 1ull) << 40), FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_READ, 0), 0);
    paging_figures(&during);
    assert_int_equal(during.tables, before.tables + 60);
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(paging_unmap(VADDR_DYNAMIC + ((i + 1ull) << 40), PAGE_SIZE), ERR_OK);
    paging_trim();
    paging_figures(&after);
    assert_int_equal(after.tables, before.tables);
}

#define GIB (1024ull * MIB)

static void attributes_are(vaddr_t va, uint64_t pages, uint64_t first, uint32_t attributes)
{
    for (uint64_t i = 0; i < pages; i++) {
        struct fake_page page = fake_translate(va + i * PAGE_SIZE);
        assert_true(page.mapped && page.page == first + i && page.attributes == attributes);
    }
}

/* Blocks of both sizes where they fit, pages beside them; any part of them is protected and unmapped. */
static void test_blocks(void **unused)
{
    vaddr_t va;
    struct paging_figures before, after;
    const uint64_t offset = GIB - 4 * MIB, bytes = GIB + 8 * MIB;
    paging_trim();
    paging_figures(&before);
    assert_int_equal(paging_reserve(3 * GIB, GIB, "place", &va), ERR_OK);
    assert_int_equal(paging_unmap(va, 3 * GIB), ERR_OK);
    va += offset;
    assert_int_equal(paging_map_at(va, FAKE_LARGE_FRAME, offset, bytes, MAP_READ, "large"), ERR_OK);
    attributes_are(va, bytes / PAGE_SIZE, offset / PAGE_SIZE, MAP_READ);
    assert_int_equal(fake_translate(va).level, 2);
    assert_int_equal(fake_translate(va + 4 * MIB).level, 1);
    assert_int_equal(fake_translate(va + bytes - 1).level, 2);
    paging_figures(&after);
    assert_true(after.tables <= before.tables + 3); /* an L1 maybe, two L2s */
    assert_int_equal(paging_backed(va - 8 * MIB, 2 * GIB), bytes);
    /* A page in the middle of the 1 GiB. */
    vaddr_t middle = va + 500 * MIB + 5 * PAGE_SIZE;
    assert_int_equal(paging_protect(middle, PAGE_SIZE, MAP_READ | MAP_WRITE), ERR_OK);
    assert_int_equal(fake_translate(middle).level, 3);
    assert_int_equal(fake_translate(middle + 4 * MIB).level, 2);
    assert_int_equal(fake_translate(middle).attributes, MAP_READ | MAP_WRITE);
    attributes_are(va, (middle - va) / PAGE_SIZE, offset / PAGE_SIZE, MAP_READ);
    attributes_are(middle + PAGE_SIZE, 3000, (offset + (middle - va)) / PAGE_SIZE + 1, MAP_READ);
    /* Executable: of a block only pages are. */
    assert_int_equal(paging_protect(va, 2 * MIB, MAP_READ | MAP_EXECUTE), ERR_OK);
    attributes_are(va, 512, offset / PAGE_SIZE, MAP_READ | MAP_EXECUTE);
    assert_int_equal(fake_translate(va + 2 * MIB).level, 2);
    assert_int_equal(paging_unmap(va + 3 * MIB, GIB), ERR_OK);
    assert_int_equal(paging_backed(va, bytes), bytes - GIB);
    attributes_are(va + 2 * MIB, 256, offset / PAGE_SIZE + 512, MAP_READ);
    attributes_are(va + 3 * MIB + GIB, 1280, (offset + 3 * MIB + GIB) / PAGE_SIZE, MAP_READ);
    assert_int_equal(paging_unmap(va, 3 * MIB), ERR_OK);
    assert_int_equal(paging_unmap(va + 3 * MIB + GIB, 5 * MIB), ERR_OK);
    paging_trim();
    paging_figures(&after);
    assert_int_equal(after.tables, before.tables);
}

/* An address that suits blocks is chosen for a frame that may; one that lies wrong in memory gets pages. */
static void test_blocks_by_choice(void **unused)
{
    vaddr_t va;
    assert_int_equal(paging_map(FAKE_LARGE_FRAME, 0, 4 * MIB + PAGE_SIZE, MAP_READ, 0, 0, &va), ERR_OK);
    assert_int_equal(fake_translate(va).level, 2);
    assert_int_equal(fake_translate(va + 4 * MIB).level, 3);
    assert_int_equal(paging_unmap(va, 4 * MIB + PAGE_SIZE), ERR_OK);
    assert_int_equal(paging_map(FAKE_LARGE_FRAME, 0, GIB, MAP_READ, 0, 0, &va), ERR_OK);
    assert_int_equal(fake_translate(va).level, 1);
    assert_int_equal(paging_unmap(va, GIB), ERR_OK);
    assert_int_equal(paging_map(FAKE_FRAME_SLOT, 0, 4 * MIB, MAP_READ, 0, 0, &va), ERR_OK);
    attributes_are(va, 1024, 0, MAP_READ);
    assert_int_equal(fake_translate(va).level, 3);
    assert_int_equal(paging_unmap(va, 4 * MIB), ERR_OK);
    /* A table that is kept, though empty, is not in the way. */
    assert_int_equal(paging_map_at(va, FAKE_LARGE_FRAME, 0, 4 * MIB, MAP_READ, 0), ERR_OK);
    assert_int_equal(fake_translate(va).level, 2);
    assert_int_equal(paging_unmap(va, 4 * MIB), ERR_OK);
    assert_int_equal(paging_map_at(va + 4 * MIB, FAKE_FRAME_SLOT, 0, PAGE_SIZE, MAP_READ, 0), ERR_OK);
    assert_int_equal(paging_unmap(va + 4 * MIB, PAGE_SIZE), ERR_OK);
    assert_int_equal(paging_map_at(va, FAKE_LARGE_FRAME, 0, 8 * MIB, MAP_READ, 0), ERR_OK);
    assert_int_equal(fake_translate(va + 4 * MIB).level, 2);
    assert_int_equal(paging_unmap(va, 8 * MIB), ERR_OK);
}

/* Memory that is to be backed at once takes blocks, and gives them back. */
static void test_backing_by_blocks(void **unused)
{
    vaddr_t va;
    paging_trim();
    uint64_t blocks = fake_blocks;
    assert_int_equal(paging_lazy(10 * MIB, 0, "large", &va), ERR_OK);
    assert_true(touch(va + 3 * MIB, WRITE_FAULT)); /* in the second 2 MiB */
    assert_int_equal(paging_back(va + PAGE_SIZE, 10 * MIB - PAGE_SIZE), ERR_OK);
    assert_int_equal(fake_translate(va + PAGE_SIZE).level, 3);
    assert_int_equal(fake_translate(va + 3 * MIB).level, 3);
    assert_int_equal(fake_translate(va + 4 * MIB).level, 2);
    assert_int_equal(fake_translate(va + 10 * MIB - 1).level, 2);
    assert_int_equal(paging_backed(va, 10 * MIB), 10 * MIB - (fake_translate(va).mapped ? 0 : PAGE_SIZE));
    assert_int_equal(paging_unmap(va + 5 * MIB, 4 * MIB), ERR_OK);
    assert_int_equal(paging_backed(va + 4 * MIB, 6 * MIB), 2 * MIB);
    assert_int_equal(paging_unmap(va, 5 * MIB), ERR_OK);
    assert_int_equal(paging_unmap(va + 9 * MIB, MIB), ERR_OK);
    paging_trim();
    assert_true(fake_blocks <= blocks + 1);
}

static int start(void **unused)
{
    static struct spawn_info info = {
        .l2cnodes = 2,
        .region_count = 1,
        .region = {{VADDR_STACK_TOP - SPAWN_STACK_BYTES, SPAWN_STACK_BYTES, SPAWN_REGION_STACK, MAP_READ | MAP_WRITE}},
    };
    fake_start();
    slots_init(2, 0, 4096);
    paging_init(&info);
    paging_set_runtime(&model_runtime);
    vspace_prepare();
    return reserve_refill();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_addresses_are_chosen_below),
        cmocka_unit_test(test_mapping_keeps_its_place),
        cmocka_unit_test(test_empty_tables_are_given_back),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_blocks_by_choice),
        cmocka_unit_test(test_backing_by_blocks),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_everything_comes_back),
        cmocka_unit_test(test_K17_memory_runs_out_at_any_time),
        cmocka_unit_test(test_K17_each_call_is_refused_once),
        cmocka_unit_test(test_blocks_come_back),
        cmocka_unit_test(test_K17_out_of_memory),
    };
    return cmocka_run_group_tests(tests, start, 0);
}
