/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process is planned to be made of: everything in its place, nothing twice, and every request that cannot be
 * refused. Then the description, read back as a child would.
 */
#include "plan.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct elf_image image;
static struct spawn_request request;
static struct plan plan;
static struct spawn_info *info;

static int setup(void **unused)
{
    static const char args[] = "hello\0-x\0";
    static const char env[] = "HOME=/\0";
    image = (struct elf_image){
        .entry = VADDR_PROGRAM,
        .segment_count = 3,
        .segment = {{VADDR_PROGRAM, 0x1000, 0x2a010, 0x2a010, MAP_READ | MAP_EXECUTE},
                    {VADDR_PROGRAM + 0x2b000, 0x2c000, 0x812, 0x812, MAP_READ},
                    {VADDR_PROGRAM + 0x2c000, 0x2d000, 0x1234, 0x80000, MAP_READ | MAP_WRITE}},
        .tls_align = 8,
    };
    request = (struct spawn_request){
        .name = "hello",
        .image = &image,
        .file_offset = 0x40000,
        .args = {args, 9, 2},
        .env = {env, 7, 1},
        .pid = 42,
        .priority = 4,
    };
    memset(&plan, 0, sizeof plan);
    return 0;
}

static bool overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

/* Each in one L3 that there is; how many there are. */
static uint32_t check_parts(const struct plan_mapping *mapping)
{
    uint32_t count = 0;
    for (vaddr_t va = mapping->va; va < mapping->va + mapping->bytes; va += plan_part(mapping, va), count++) {
        uint64_t bytes = plan_part(mapping, va);
        bool found = false;
        assert_true(bytes > 0 && bytes <= (mapping->attributes & MAP_EXECUTE ? 16 : 64) * PAGE_SIZE);
        assert_int_equal(va / (2 * MIB), (va + bytes - 1) / (2 * MIB));
        for (unsigned i = 2; i < plan.table_count; i++)
            found |= plan.table[i].va == va / (2 * MIB) * (2 * MIB);
        assert_true(found);
    }
    return count;
}

static void check_plan(void)
{
    uint64_t offsets[] = {plan.frame_offset,      plan.data_offset,  plan.l1_offset, plan.l2_offset,
                          plan.dispatcher_offset, plan.vnode_offset, plan.used,      plan.bytes};
    for (unsigned i = 0; i + 1 < sizeof offsets / sizeof offsets[0]; i++) {
        assert_true(offsets[i] < offsets[i + 1] && offsets[i] % PAGE_SIZE == 0);
    }
    assert_true(plan.spawn_end <= CNODE_L2_SLOTS);
    uint32_t number = 2 * plan.table_count;
    for (unsigned i = 0; i < plan.table_count; i++)
        assert_true(plan.table[i].slot < CNODE_L2_SLOTS);
    for (unsigned i = 0; i < plan.mapping_count; i++) {
        const struct plan_mapping *a = &plan.mapping[i];
        assert_int_equal(a->number, number);
        number += check_parts(a);
        if (a->source == PLAN_DATA) assert_true(a->offset + a->bytes <= plan.data_bytes);
        for (unsigned j = 0; j < i; j++) {
            const struct plan_mapping *b = &plan.mapping[j];
            assert_false(overlap(a->va, a->bytes, b->va, b->bytes));
            if (a->source == b->source && a->source != PLAN_FILE) {
                assert_false(overlap(a->offset, a->bytes, b->offset, b->bytes));
            }
        }
    }
    assert_true(plan_slot(number - 1) < plan.l2cnodes * CNODE_L2_SLOTS);
    assert_int_equal(plan.l2cnodes, number <= 32 ? 2 : 2 + (number - 32 + 63) / 64);
    for (unsigned i = 0; i < plan.region_count; i++) {
        for (unsigned j = 0; j < i; j++) {
            assert_false(overlap(plan.region[i].base, plan.region[i].bytes, plan.region[j].base, plan.region[j].bytes));
        }
    }
}

static void test_plan(void **unused)
{
    assert_int_equal(plan_make(&request, &plan), ERR_OK);
    check_plan();
    assert_int_equal(plan.table_count, 4); /* and the root */
    assert_int_equal(plan.copy_count, 1);
    assert_int_equal(plan.copy[0].bytes, 0x1234);
    assert_int_equal(plan.copy[0].from, 0x2d000);
    bool lazy = false;
    for (unsigned i = 0; i < plan.region_count; i++)
        lazy |= plan.region[i].kind == SPAWN_REGION_LAZY;
    assert_true(lazy); /* .bss is larger than what is backed */
}

static void test_fully_backed(void **unused)
{
    request.flags = SPAWN_FULLY_BACKED;
    assert_int_equal(plan_make(&request, &plan), ERR_OK);
    check_plan();
    for (unsigned i = 0; i < plan.region_count; i++) {
        const struct spawn_region *region = &plan.region[i];
        assert_int_not_equal(region->kind, SPAWN_REGION_LAZY);
        for (vaddr_t va = region->base; va < region->base + region->bytes; va += PAGE_SIZE) {
            bool mapped = false;
            for (unsigned m = 0; m < plan.mapping_count; m++) {
                mapped |= va - plan.mapping[m].va < plan.mapping[m].bytes;
            }
            assert_true(mapped);
        }
    }
}

/* As the child reads it. */
static const char *string_at(uint32_t table, uint32_t index)
{
    const uint32_t *offsets = (const uint32_t *)((const char *)info + table);
    return (const char *)info + offsets[index];
}

static void test_description(void **unused)
{
    static const char *const names[] = {"console", 0};
    static const cptr_t passed[] = {70, 71};
    request.passed = passed;
    request.passed_names = names;
    request.passed_count = 2;
    assert_int_equal(plan_make(&request, &plan), ERR_OK);
    info = calloc(1, plan.info_bytes);
    info_fill(&request, &plan, info);
    assert_int_equal(info->magic, SPAWN_INFO_MAGIC);
    assert_true(info->bytes <= plan.info_bytes);
    assert_int_equal(info->argc, 2);
    assert_string_equal(string_at(info->argv, 0), "hello");
    assert_string_equal(string_at(info->argv, 1), "-x");
    assert_int_equal(info->envc, 1);
    assert_string_equal(string_at(info->envp, 0), "HOME=/");
    assert_string_equal(info->name, "hello");
    assert_string_equal(info->passed[0], "console");
    assert_string_equal(info->passed[1], "");
    assert_int_equal(info->pid, 42);
    assert_int_equal(info->ram_used, plan.used);
    assert_int_equal(info->vnode_count, plan.table_count);
    assert_int_equal(info->mapping_count, 1); /* the stack's */
    assert_int_equal(info->mapping[0].va + info->mapping[0].pages * PAGE_SIZE, VADDR_STACK_TOP);
    free(info);
}

static void test_U6_strings(void **unused)
{
    char *text = malloc(65536 + 1);
    memset(text, 'a', 65536);
    text[65535] = 0;
    request.args = (struct spawn_strings){text, 65536, 1};
    request.env = request.args;
    assert_int_equal(plan_make(&request, &plan), ERR_OK);
    check_plan();
    info = calloc(1, plan.info_bytes);
    info_fill(&request, &plan, info);
    assert_int_equal(strlen(string_at(info->envp, 0)), 65535);
    free(info);
    request.args.bytes = 65537;
    assert_int_equal(plan_make(&request, &plan), ERR_TOO_LONG);
    request.args = (struct spawn_strings){text, 65535, 1}; /* no end */
    assert_int_equal(plan_make(&request, &plan), ERR_INVALID);
    request.args = (struct spawn_strings){"a\0b", 4, 1}; /* miscounted */
    assert_int_equal(plan_make(&request, &plan), ERR_INVALID);
    memset(text, 0, 65536);
    request.args = (struct spawn_strings){text, 65536, 65536}; /* the offsets do not fit */
    request.env = request.args;
    assert_int_equal(plan_make(&request, &plan), ERR_TOO_LONG);
    free(text);
}

static void text_grow(uint64_t bytes)
{
    image.segment[0].file_bytes = image.segment[0].bytes = bytes;
    image.segment[1].va += bytes;
    image.segment[2].va += bytes;
}

static void test_U1_refusals(void **unused)
{
    request.passed_count = SLOT_PASSED_MAX + 1;
    assert_int_equal(plan_make(&request, &plan), ERR_TOO_MANY);
    setup(0);
    request.priority = 8;
    assert_int_equal(plan_make(&request, &plan), ERR_PRIORITY);
    setup(0);
    request.file_offset = 12;
    assert_int_equal(plan_make(&request, &plan), ERR_ALIGNMENT);
    setup(0);
    request.flags = 0x80;
    assert_int_equal(plan_make(&request, &plan), ERR_ARGUMENT);
    setup(0);
    text_grow(40 * MIB); /* more than there are page tables for */
    assert_int_equal(plan_make(&request, &plan), ERR_TOO_MANY);
}

static void test_long_programs(void **unused)
{
    for (uint64_t bytes = 512 * 1024; bytes <= 32 * MIB; bytes = bytes * 5 / 4 / PAGE_SIZE * PAGE_SIZE) {
        setup(0);
        text_grow(bytes);
        assert_int_equal(plan_make(&request, &plan), ERR_OK);
        check_plan();
    }
    setup(0);
    image.segment[2].file_bytes = image.segment[2].bytes = 16 * MIB; /* initialised data */
    assert_int_equal(plan_make(&request, &plan), ERR_OK);
    check_plan();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_plan, setup),        cmocka_unit_test_setup(test_fully_backed, setup),
        cmocka_unit_test_setup(test_description, setup), cmocka_unit_test_setup(test_U6_strings, setup),
        cmocka_unit_test_setup(test_U1_refusals, setup), cmocka_unit_test(test_long_programs),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
