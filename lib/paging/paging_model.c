/* SPDX-License-Identifier: BSD-2-Clause */
/* See paging_model.h. */
#include "paging_model.h"
#include "fake_kernel.h"
#include "work.h"
#include <caps/slots.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#define PAGES_MOST 1300 /* of a region: more than two L3s' worth is seen */

static struct {
    vaddr_t va;
    uint64_t pages;
    cptr_t frame; /* 0: lazily backed */
    uint64_t offset;
    uint8_t attributes[PAGES_MOST];
    uint8_t touched[PAGES_MOST];
} regions[MODEL_REGIONS];

bool model_may_fail;
uint64_t model_others;
uint64_t model_failed;
static uint64_t state;
static bool pager_wanted;
static char metadata[1024 * PAGE_SIZE];

void *vspace_memory(vaddr_t va)
{
    assert_true(va - VADDR_DYNAMIC < sizeof metadata);
    return metadata + (va - VADDR_DYNAMIC);
}

void model_seed(uint64_t seed)
{
    state = seed * 2 + 1;
}

uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void pager_wake(int (*main)(void *))
{
    (void)main;
    pager_wanted = true;
}
static void nothing(void) {}
const struct paging_runtime model_runtime = {pager_wake, nothing, nothing, nothing};

bool touch(vaddr_t va, uint64_t esr)
{
    for (unsigned i = 0; i < 3; i++) {
        enum paging_verdict verdict = paging_fault(va, esr);
        bool wanted = pager_wanted;
        pager_wanted = false;
        if (wanted) vspace.exhausted = reserve_refill() != ERR_OK;
        if (verdict == PAGING_MAPPED) return true;
        if (verdict == PAGING_FATAL) return false;
        assert_true(wanted); /* parked: the pager must have been called */
    }
    assert_true(model_may_fail); /* else parked for ever */
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

/* What the program would be told, which has the attributes of each page; and what is mapped where no region is. */
static void check_region(unsigned r)
{
    struct paging_region told;
    uint64_t backed = 0;
    vaddr_t end = regions[r].va + regions[r].pages * PAGE_SIZE;
    for (vaddr_t va = regions[r].va; va < end; va = told.base + told.bytes) {
        assert_int_equal(paging_query(va, &told), ERR_OK);
        assert_string_equal(told.kind, regions[r].frame ? "frame" : "lazy");
        assert_true(told.base >= regions[r].va && told.base + told.bytes <= end);
        for (vaddr_t at = va; at < told.base + told.bytes; at += PAGE_SIZE)
            assert_int_equal(told.attributes, regions[r].attributes[(at - regions[r].va) / PAGE_SIZE]);
    }
    for (uint64_t i = 0; i < regions[r].pages; i++) {
        check_page(r, i);
        backed += fake_translate(regions[r].va + i * PAGE_SIZE).mapped;
    }
    assert_int_equal(paging_backed(regions[r].va, regions[r].pages * PAGE_SIZE), backed * PAGE_SIZE);
}

void check_all(void)
{
    uint64_t regions_told = 0, pages_told = 0, pages = 0;
    struct paging_region told;
    for (unsigned r = 0; r < MODEL_REGIONS; r++) {
        if (regions[r].pages) check_region(r);
        pages += regions[r].pages;
    }
    for (vaddr_t va = VADDR_DYNAMIC; !paging_next(va, &told); va = told.base + told.bytes, regions_told++) {
        bool ours = !strcmp(told.kind, "frame") || !strcmp(told.kind, "lazy");
        pages_told += ours ? told.bytes / PAGE_SIZE : 0;
        assert_string_not_equal(told.kind, "reserved");
    }
    assert_int_equal(pages_told, pages + model_others);
    assert_true(region_check(&vspace.map));
}

/* An operation's result: of what was refused nothing may be seen. */
static bool did(err_t err)
{
    if (!err) return true;
    if (!model_may_fail || (err != FAKE_REFUSAL && err != ERR_NO_MEMORY && err != ERR_NO_SLOTS))
        fail_msg("error %u", (unsigned)err);
    model_failed++;
    check_all();
    return false;
}

static void step_make(unsigned r)
{
    uint64_t pages = 1 + random_below(random_below(4) ? 40 : PAGES_MOST);
    memset(&regions[r], 0, sizeof regions[r]);
    memset(regions[r].attributes, MAP_READ | MAP_WRITE, sizeof regions[r].attributes);
    if (random_below(3) == 0) {
        regions[r].frame = FAKE_FRAME_SLOT + random_below(FAKE_FRAMES);
        regions[r].offset = random_below(2) ? 0 : random_below(FAKE_FRAME_PAGES - PAGES_MOST);
        if (!did(paging_map(regions[r].frame, regions[r].offset * PAGE_SIZE, pages * PAGE_SIZE, MAP_READ | MAP_WRITE, 0,
                            "frame", &regions[r].va)))
            return;
    } else {
        if (!did(paging_lazy(pages * PAGE_SIZE, 0, "lazy", &regions[r].va))) return;
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
        bool done = touch(regions[r].va + i * PAGE_SIZE + random_below(PAGE_SIZE), WRITE_FAULT);
        assert_true(done == allowed || (!done && model_may_fail));
        if (done) regions[r].touched[i] = true;
        check_page(r, i);
    }
}

/* If it fails some of it may be backed all the same. */
static void step_back(unsigned r)
{
    uint64_t first = random_below(2) ? 0 : random_below(regions[r].pages);
    uint64_t count = random_below(2) ? regions[r].pages - first : 1 + random_below(regions[r].pages - first);
    err_t err = paging_back(regions[r].va + first * PAGE_SIZE, count * PAGE_SIZE);
    if (regions[r].frame) {
        assert_int_equal(err, ERR_NO_REGION);
    } else if (did(err)) {
        memset(regions[r].touched + first, true, count);
    }
}

static void step_protect(unsigned r)
{
    static const uint8_t choices[] = {MAP_READ, MAP_READ | MAP_WRITE, MAP_READ | MAP_EXECUTE};
    uint32_t attributes = choices[random_below(3)];
    uint64_t first = random_below(2) ? random_below(regions[r].pages) : 0;
    uint64_t count = random_below(2) ? 1 + random_below(regions[r].pages - first) : regions[r].pages - first;
    if (did(paging_protect(regions[r].va + first * PAGE_SIZE, count * PAGE_SIZE, attributes)))
        memset(regions[r].attributes + first, attributes, count);
}

/* Any part of it goes; what is above the part becomes a region of the model if there is room for one. */
static void step_cut(unsigned r)
{
    uint64_t first = random_below(regions[r].pages);
    uint64_t count = 1 + random_below(regions[r].pages - first);
    uint64_t end = first + count;
    unsigned high = 0;
    while (high < MODEL_REGIONS && (high == r || regions[high].pages))
        high++;
    if (high == MODEL_REGIONS) end = regions[r].pages;
    if (!did(paging_unmap(regions[r].va + first * PAGE_SIZE, (end - first) * PAGE_SIZE))) return;
    for (uint64_t i = first; i < end; i++)
        assert_false(fake_translate(regions[r].va + i * PAGE_SIZE).mapped);
    assert_false(touch(regions[r].va + first * PAGE_SIZE, READ_FAULT));
    if (high < MODEL_REGIONS) {
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
    if (!did(paging_discard(regions[r].va, regions[r].pages * PAGE_SIZE))) return;
    for (uint64_t i = 0; i < regions[r].pages; i++) {
        assert_false(fake_translate(regions[r].va + i * PAGE_SIZE).mapped);
    }
    memset(regions[r].touched, 0, sizeof regions[r].touched);
}

/* All of a region: this needs nothing, and so cannot fail. */
static void step_unmap(unsigned r)
{
    assert_int_equal(paging_unmap(regions[r].va, regions[r].pages * PAGE_SIZE), ERR_OK);
    for (uint64_t i = 0; i < regions[r].pages; i++) {
        assert_false(fake_translate(regions[r].va + i * PAGE_SIZE).mapped);
    }
    assert_false(touch(regions[r].va, READ_FAULT));
    regions[r].pages = 0;
}

void model_step(void)
{
    static void (*const steps[])(unsigned r) = {step_touch, step_touch,   step_touch,   step_touch,
                                                step_back,  step_protect, step_protect, step_discard,
                                                step_cut,   step_cut,     step_unmap};
    unsigned r = random_below(MODEL_REGIONS);
    unsigned what = random_below(sizeof steps / sizeof steps[0]);
    (regions[r].pages ? steps[what] : step_make)(r);
}

void model_end(void)
{
    for (unsigned r = 0; r < MODEL_REGIONS; r++) {
        if (regions[r].pages) step_unmap(r);
    }
}
