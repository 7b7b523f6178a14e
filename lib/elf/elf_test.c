/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF reader: a good file, then every row of U1 by changing one thing in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf/elf.h>
#include "elf_sample.h"

static struct elf_sample sample;
static struct elf_image image;

static int setup(void **unused)
{
    (void)unused;
    elf_sample_make(&sample);
    return 0;
}

/* In a buffer of exactly its size, so that the sanitizer sees a read behind it. */
static err_t read_bytes(uint64_t bytes)
{
    void *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, &sample, bytes);
    err_t err = elf_read(copy, bytes, &image);
    free(copy);
    return err;
}

static err_t read_sample(void)
{
    return read_bytes(sizeof sample);
}

static void test_good(void **unused)
{
    assert_int_equal(read_sample(), ERR_OK);
    assert_int_equal(image.segment_count, 3);
    assert_int_equal(image.entry, VADDR_PROGRAM + 0x100);
    assert_int_equal(image.segment[0].attributes, MAP_READ | MAP_EXECUTE);
    assert_int_equal(image.segment[2].attributes, MAP_READ | MAP_WRITE);
    assert_int_equal(image.segment[2].file_bytes, 0x200);
    assert_int_equal(image.segment[2].bytes, 0x5000);
    assert_int_equal(image.tls_bytes, 0x40);
    assert_int_equal(image.tls_align, 16);
}

static void test_U1_truncated(void **unused)
{
    for (uint64_t bytes = 0; bytes < sizeof sample; bytes += bytes < 512 ? 1 : 97) {
        assert_int_not_equal(read_bytes(bytes), ERR_OK);
    }
}

static void test_U1_header(void **unused)
{
    static const size_t at[] = {0, 1, 2, 3, 4, 5, 6, 16, 18, 20, 54};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        elf_sample_make(&sample);
        ((uint8_t *)&sample)[at[i]] ^= 0x40;
        assert_int_equal(read_sample(), ERR_ELF_HEADER);
    }
    elf_sample_make(&sample);
    sample.header.phnum = 0;
    assert_int_equal(read_sample(), ERR_ELF_HEADER);
    sample.header.phnum = 0xffff;
    assert_int_equal(read_sample(), ERR_TOO_MANY);
    sample.header.phnum = 64;
    sample.header.phoff = sizeof sample - 56;
    assert_int_equal(read_sample(), ERR_ELF_BOUNDS);
    sample.header.phoff = UINT64_MAX - 8;
    assert_int_equal(read_sample(), ERR_ELF_BOUNDS);
}

static void test_U1_dynamic(void **unused)
{
    sample.program[1].type = 3;
    assert_int_equal(read_sample(), ERR_ELF_HEADER);
}

static void test_U1_offsets(void **unused)
{
    sample.program[0].offset = sizeof sample + 4096;
    assert_int_equal(read_sample(), ERR_ELF_BOUNDS);
    elf_sample_make(&sample);
    sample.program[0].file_bytes = sample.program[0].bytes = UINT64_MAX - 64;
    assert_int_equal(read_sample(), ERR_ELF_BOUNDS);
    elf_sample_make(&sample);
    sample.program[1].offset += 8;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
}

static void test_U1_overlap(void **unused)
{
    sample.program[1].va = sample.program[0].va;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    elf_sample_make(&sample);
    sample.program[1].va = sample.program[2].va;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
}

static void test_U1_writable_and_executable(void **unused)
{
    sample.program[0].flags |= 2;
    assert_int_equal(read_sample(), ERR_ELF_WX);
}

static void test_U1_entry(void **unused)
{
    static const uint64_t entries[] = {
        0, VADDR_PROGRAM - 4, VADDR_PROGRAM + 0x102, VADDR_PROGRAM + 0x1000, VADDR_PROGRAM + 0x2004, UINT64_MAX - 3};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        sample.header.entry = entries[i];
        assert_int_equal(read_sample(), ERR_ELF_ENTRY);
    }
}

static void test_U1_memory_smaller_than_file(void **unused)
{
    sample.program[2].bytes = sample.program[2].file_bytes - 1;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
}

static void test_U1_wrap(void **unused)
{
    sample.program[2].bytes = UINT64_MAX;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    elf_sample_make(&sample);
    sample.program[2].va = UINT64_MAX - 0xfff;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    elf_sample_make(&sample);
    sample.program[0].va = 0;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    elf_sample_make(&sample);
    sample.program[2].va = 0xffff000000000000;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
}

static void test_U1_tls(void **unused)
{
    sample.program[3].align = 3;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    sample.program[3].align = 0x10000;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    elf_sample_make(&sample);
    sample.program[3].va += 0x100000;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
    elf_sample_make(&sample);
    sample.program[3].bytes = 0x10;
    assert_int_equal(read_sample(), ERR_ELF_SEGMENT);
}

static err_t function_at(vaddr_t address, struct elf_function *function)
{
    void *copy = malloc(sizeof sample);
    memcpy(copy, &sample, sizeof sample);
    err_t err = elf_function_find(copy, sizeof sample, address, function);
    free(copy);
    return err;
}

static void test_function(void **unused)
{
    struct elf_function function;
    assert_int_equal(function_at(VADDR_PROGRAM + 0x1f, &function), ERR_OK);
    assert_string_equal(function.name, "start");
    assert_int_equal(function.offset, 0x1f);
    assert_int_equal(function_at(VADDR_PROGRAM + 0x24, &function), ERR_OK);
    assert_string_equal(function.name, "main");
    assert_int_equal(function.offset, 4);
    assert_int_equal(function_at(VADDR_PROGRAM + 0x100, &function), ERR_NOT_FOUND);
    assert_int_equal(function_at(0, &function), ERR_NOT_FOUND);
    assert_int_equal(function_at(UINT64_MAX, &function), ERR_NOT_FOUND);
}

static void test_U1_symbols(void **unused)
{
    struct elf_function function;
    sample.section[1].link = 9;
    assert_int_equal(function_at(VADDR_PROGRAM, &function), ERR_ELF_BOUNDS);
    elf_sample_make(&sample);
    sample.section[2].offset = sizeof sample - 8;
    assert_int_equal(function_at(VADDR_PROGRAM, &function), ERR_ELF_BOUNDS);
    elf_sample_make(&sample);
    sample.section[1].bytes = UINT64_MAX;
    assert_int_equal(function_at(VADDR_PROGRAM, &function), ERR_NOT_FOUND);
    elf_sample_make(&sample);
    sample.header.shoff = UINT64_MAX - 63;
    assert_int_equal(function_at(VADDR_PROGRAM, &function), ERR_NOT_FOUND);
    elf_sample_make(&sample);
    sample.symbol[2].name = sizeof sample.strings;
    assert_int_equal(function_at(VADDR_PROGRAM, &function), ERR_NOT_FOUND);
    elf_sample_make(&sample);
    sample.strings[1] = '\033';
    memset(&sample.strings[2], 'x', sizeof sample.strings - 2);
    assert_int_equal(function_at(VADDR_PROGRAM, &function), ERR_OK);
    assert_string_equal(function.name, "?xxxxxxxxxxxxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good, setup),
        cmocka_unit_test_setup(test_U1_truncated, setup),
        cmocka_unit_test_setup(test_U1_header, setup),
        cmocka_unit_test_setup(test_U1_dynamic, setup),
        cmocka_unit_test_setup(test_U1_offsets, setup),
        cmocka_unit_test_setup(test_U1_overlap, setup),
        cmocka_unit_test_setup(test_U1_writable_and_executable, setup),
        cmocka_unit_test_setup(test_U1_entry, setup),
        cmocka_unit_test_setup(test_U1_memory_smaller_than_file, setup),
        cmocka_unit_test_setup(test_U1_wrap, setup),
        cmocka_unit_test_setup(test_U1_tls, setup),
        cmocka_unit_test_setup(test_function, setup),
        cmocka_unit_test_setup(test_U1_symbols, setup),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
