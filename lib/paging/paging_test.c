/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paging against a model, on a fake kernel: regions come, are touched, protected, discarded and go at random; after each
 * step every page of every region must be translated as the model says, and no page of RAM is used twice.
 */
#include "fake_kernel.h"
#include "work.h"
#include <caps/slots.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define REGIONS 24
#define PAGES_MOST 1300          /* of a region: more than two L3s' worth is seen */
#define READ_FAULT 0x92000006ull /* data abort, translation fault, level 2 */
#define WRITE_FAULT 0x92000046ull

static struct {
    vaddr_t va;
    uint64_t pages;
    cptr_t frame; /* 0: lazily backed */
    uint64_t offset;
    uint8_t attributes[PAGES_MOST];
    uint8_t touched[PAGES_MOST];
} regions[REGIONS];

static uint64_t state = 7;
static bool pager_wanted;
static int (*pager)(void *);
static char metadata[512 * PAGE_SIZE];

void *vspace_memory(vaddr_t va)
{
    assert_true(va - VADDR_DYNAMIC < sizeof metadata);
    return metadata + (va - VADDR_DYNAMIC);
}

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void pager_wake(int (*main)(void *))
{
    pager = main;
    pager_wanted = true;
}
static void nothing(void) {}
static const struct paging_runtime runtime = {pager_wake, nothing, nothing};

/* What the runtime does with a fault: try, let the pager run, try again. */
static bool touch(vaddr_t va, uint64_t esr)
{
    for (unsigned i = 0; i < 3; i++) {
        enum paging_verdict verdict = paging_fault(va, esr);
        bool wanted = pager_wanted;
        pager_wanted = false;
        if (wanted) assert_int_equal(reserve_refill(), ERR_OK);
        if (verdict == PAGING_MAPPED) return true;
        if (verdict == PAGING_FATAL) return false;
        assert_true(wanted); /* parked: the pager must have been called */
    }
    fail_msg("parked for ever");
    return false;
}

static void check_page(unsigned r, uint64_t i)
{
    struct fake_page page = fake_translate(regions[r].va + i * PAGE_SIZE);
    if (regions[r].frame) {
        assert_true(page.mapped && !page.ram);
        assert_int_equal(page.frame, regions[r].frame);
        assert_int_equal(page.page, regions[r].offset + i);
    } else if (regions[r].touched[i]) {
        assert_true(page.mapped && page.ram);
    }
    if (page.mapped) assert_int_equal(page.attributes, regions[r].attributes[i]);
}

static void check_all(void)
{
    for (unsigned r = 0; r < REGIONS; r++) {
        for (uint64_t i = 0; i < regions[r].pages; i++)
            check_page(r, i);
    }
    assert_true(region_check(&vspace.map));
}

static void step_make(unsigned r)
{
    uint64_t pages = 1 + random_below(random_below(4) ? 40 : PAGES_MOST);
    memset(&regions[r], 0, sizeof regions[r]);
    memset(regions[r].attributes, MAP_READ | MAP_WRITE, sizeof regions[r].attributes);
    if (random_below(3) == 0) {
        regions[r].frame = FAKE_FRAME_SLOT + random_below(FAKE_FRAMES);
        regions[r].offset = random_below(FAKE_FRAME_PAGES - PAGES_MOST);
        assert_int_equal(paging_map(regions[r].frame, regions[r].offset * PAGE_SIZE, pages * PAGE_SIZE,
                                    MAP_READ | MAP_WRITE, 0, "frame", &regions[r].va),
                         ERR_OK);
    } else {
        assert_int_equal(paging_lazy(pages * PAGE_SIZE, 0, "lazy", &regions[r].va), ERR_OK);
        assert_false(touch(regions[r].va - 1, WRITE_FAULT)); /* its guard */
    }
    regions[r].pages = pages;
}

static void step_touch(unsigned r)
{
    for (unsigned n = random_below(60); n > 0; n--) {
        uint64_t i = random_below(regions[r].pages);
        if (fake_translate(regions[r].va + i * PAGE_SIZE).mapped) {
            regions[r].touched[i] = true;
            continue;
        }
        bool allowed = regions[r].attributes[i] & MAP_WRITE;
        assert_int_equal(touch(regions[r].va + i * PAGE_SIZE + random_below(PAGE_SIZE), WRITE_FAULT), allowed);
        if (allowed) regions[r].touched[i] = true;
        check_page(r, i);
    }
}

static void step_back(unsigned r)
{
    uint64_t first = random_below(regions[r].pages);
    uint64_t count = 1 + random_below(regions[r].pages - first);
    err_t err = paging_back(regions[r].va + first * PAGE_SIZE, count * PAGE_SIZE);
    assert_int_equal(err, regions[r].frame ? ERR_NO_REGION : ERR_OK);
    if (!err) memset(regions[r].touched + first, true, count);
}

static void step_protect(unsigned r)
{
    uint32_t attributes = random_below(2) ? MAP_READ : MAP_READ | MAP_WRITE;
    uint64_t first = random_below(2) ? random_below(regions[r].pages) : 0;
    uint64_t count = random_below(2) ? 1 + random_below(regions[r].pages - first) : regions[r].pages - first;
    assert_int_equal(paging_protect(regions[r].va + first * PAGE_SIZE, count * PAGE_SIZE, attributes), ERR_OK);
    memset(regions[r].attributes + first, attributes, count);
}

/* Any part of it goes; what is above the part becomes a region of the model if there is room for one. */
static void step_cut(unsigned r)
{
    uint64_t first = random_below(regions[r].pages);
    uint64_t count = 1 + random_below(regions[r].pages - first);
    uint64_t end = first + count;
    unsigned high = 0;
    while (high < REGIONS && (high == r || regions[high].pages))
        high++;
    if (high == REGIONS) end = regions[r].pages;
    assert_int_equal(paging_unmap(regions[r].va + first * PAGE_SIZE, (end - first) * PAGE_SIZE), ERR_OK);
    for (uint64_t i = first; i < end; i++)
        assert_false(fake_translate(regions[r].va + i * PAGE_SIZE).mapped);
    assert_false(touch(regions[r].va + first * PAGE_SIZE, READ_FAULT));
    if (high < REGIONS) {
        regions[high] = regions[r];
        regions[high].va += end * PAGE_SIZE;
        regions[high].offset += end;
        regions[high].pages -= end;
        memmove(regions[high].attributes, regions[r].attributes + end, PAGES_MOST - end);
        memmove(regions[high].touched, regions[r].touched + end, PAGES_MOST - end);
    }
    regions[r].pages = first;
}

static void step_discard(unsigned r)
{
    if (regions[r].frame) return;
    assert_int_equal(paging_discard(regions[r].va, regions[r].pages * PAGE_SIZE), ERR_OK);
    for (uint64_t i = 0; i < regions[r].pages; i++) {
        assert_false(fake_translate(regions[r].va + i * PAGE_SIZE).mapped);
    }
    memset(regions[r].touched, 0, sizeof regions[r].touched);
}

static void step_unmap(unsigned r)
{
    assert_int_equal(paging_unmap(regions[r].va, regions[r].pages * PAGE_SIZE), ERR_OK);
    for (uint64_t i = 0; i < regions[r].pages; i++) {
        assert_false(fake_translate(regions[r].va + i * PAGE_SIZE).mapped);
    }
    assert_false(touch(regions[r].va, READ_FAULT));
    regions[r].pages = 0;
}

static void test_random_against_model(void **unused)
{
    for (unsigned n = 0; n < 4000; n++) {
        unsigned r = random_below(REGIONS);
        unsigned what = random_below(11);
        if (!regions[r].pages) {
            step_make(r);
        } else if (what < 5) {
            step_touch(r);
        } else if (what == 5) {
            step_back(r);
        } else if (what == 6) {
            step_protect(r);
        } else if (what == 7) {
            step_discard(r);
        } else if (what == 8) {
            step_cut(r);
        } else {
            step_unmap(r);
        }
        if (n % 16 == 0) check_all();
    }
    for (unsigned r = 0; r < REGIONS; r++) {
        if (regions[r].pages) step_unmap(r);
    }
    struct paging_figures figures;
    paging_figures(&figures);
    assert_true(figures.refills > 10);
    /* What is left is our own: records, tables and L2CNodes. */
    assert_true(fake_pages_used() <= figures.tables + 2 * (fake_pages_used() / 4) + sizeof metadata / PAGE_SIZE);
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

/* L3s without entries go, but for those that are kept because making them again costs more. */
static void test_empty_tables_are_given_back(void **unused)
{
    vaddr_t va;
    struct paging_figures before, during, after;
    assert_int_equal(paging_lazy(64 * L3_BYTES, L3_BYTES, "tables", &va), ERR_OK);
    paging_figures(&before);
    for (unsigned i = 0; i < 64; i++)
        assert_true(touch(va + i * L3_BYTES, WRITE_FAULT));
    paging_figures(&during);
    assert_true(during.tables >= before.tables + 60);
    assert_int_equal(paging_unmap(va, 64 * L3_BYTES), ERR_OK);
    paging_figures(&after);
    assert_true(after.tables <= before.tables + 24);
    assert_int_equal(paging_backed(va, 64 * L3_BYTES), 0);
}

#define TABLES 3000

/* The index by itself, against a flag for each table: tables come and go at random, close together and far apart. */
static void test_index(void **unused)
{
    static struct table all[TABLES];
    static bool present[TABLES];
    uint32_t before[8] = {0}, after[8] = {0};
    index_looks(before, 8);
    for (unsigned i = 0; i < TABLES; i++) {
        uint64_t number = (i / 3) << (i % 2 ? 12 : 0);
        all[i].level = 1 + i % 3;
        all[i].va = (1ull << 60) + (number << (level_shift(all[i].level) + 9));
        assert_null(index_find(all[i].level, all[i].va));
    }
    for (unsigned n = 0; n < 100 * TABLES; n++) {
        unsigned i = random_below(TABLES);
        assert_ptr_equal(index_find(all[i].level, all[i].va), present[i] ? &all[i] : 0);
        if (random_below(2)) continue;
        (present[i] ? index_remove : index_insert)(&all[i]);
        present[i] = !present[i];
    }
    for (unsigned i = 0; i < TABLES; i++) {
        assert_ptr_equal(index_find(all[i].level, all[i].va), present[i] ? &all[i] : 0);
        if (present[i]) index_remove(&all[i]);
    }
    index_looks(after, 8);
    assert_memory_equal(before, after, sizeof before);
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
    paging_set_runtime(&runtime);
    vspace_prepare();
    return reserve_refill();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_mapping_keeps_its_place),
        cmocka_unit_test(test_empty_tables_are_given_back),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_random_against_model),
        cmocka_unit_test(test_blocks_come_back),
        cmocka_unit_test(test_K17_out_of_memory),
    };
    return cmocka_run_group_tests(tests, start, 0);
}
