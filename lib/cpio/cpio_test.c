/* SPDX-License-Identifier: BSD-2-Clause */
/* The cpio reader: good archives, then the rows of U6 that are about the ramdisk. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include "cpio_sample.h"

static struct cpio_sample sample;
static struct cpio_entry entry;

static int setup(void **unused)
{
    cpio_sample_make(&sample);
    return 0;
}

/* In a buffer of exactly its size, so that the sanitizer sees a read behind it. */
static err_t check_bytes(uint64_t bytes, uint64_t *offset)
{
    void *copy = malloc(bytes ? bytes : 1);
    memcpy(copy, sample.bytes, bytes);
    err_t err = cpio_check(copy, bytes, offset, 0);
    free(copy);
    return err;
}

static err_t check(void)
{
    return check_bytes(sample.length, 0);
}

static void test_good(void **unused)
{
    uint32_t count;
    assert_int_equal(cpio_check(sample.bytes, sample.length, 0, &count), ERR_OK);
    assert_int_equal(count, 3);
    assert_int_equal(cpio_find(sample.bytes, sample.length, "bin/hello", &entry), ERR_OK);
    assert_int_equal(entry.offset % 4096, 0);
    assert_int_equal(entry.bytes, 14);
    assert_memory_equal(entry.data, "hello, program", 14);
    assert_true(cpio_is_file(&entry));
    assert_int_equal(cpio_find(sample.bytes, sample.length, "empty", &entry), ERR_OK);
    assert_int_equal(entry.bytes, 0);
    assert_int_equal(cpio_find(sample.bytes, sample.length, "etc/inventor", &entry), ERR_NOT_FOUND);
}

/* Several names of one file: the data is behind the last of them. */
static void test_links(void **unused)
{
    uint64_t first = sample.length = 0;
    memset(&sample, 0, sizeof sample);
    cpio_sample_add(&sample, "bin/a", "", false);
    uint64_t second = cpio_sample_add(&sample, "bin/b", "", false);
    uint64_t third = cpio_sample_add(&sample, "bin/c", "the data", true);
    cpio_sample_add(&sample, "TRAILER!!!", "", false);
    const uint64_t at[] = {first, second, third};
    for (unsigned i = 0; i < 3; i++)
        memcpy(sample.bytes + at[i] + 6 + 4 * 8, "00000003", 8);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(cpio_read(sample.bytes, sample.length, at[i], &entry), ERR_OK);
        assert_int_equal(entry.bytes, 8);
        assert_memory_equal(entry.data, "the data", 8);
    }
    struct cpio_entry next = {.next = 0};
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(cpio_next(sample.bytes, sample.length, &next), ERR_OK);
        assert_string_equal(next.name, i == 0 ? "bin/a" : i == 1 ? "bin/b" : "bin/c");
        assert_int_equal(next.bytes, 8);
        assert_memory_equal(next.data, "the data", 8);
    }
    assert_int_equal(cpio_next(sample.bytes, sample.length, &next), ERR_EOF);
    memcpy(sample.bytes + third + 6, "FFFFFFFF", 8); /* another file's */
    assert_int_equal(cpio_read(sample.bytes, sample.length, first, &entry), ERR_OK);
    assert_int_equal(entry.bytes, 0);
}

static void test_U6_truncated(void **unused)
{
    for (uint64_t bytes = 0; bytes < sample.length - 4; bytes++)
        assert_int_equal(check_bytes(bytes, 0), ERR_CPIO);
}

static void test_U6_tells_where(void **unused)
{
    uint64_t second = entry.next;
    uint64_t where = 0;
    assert_int_equal(cpio_read(sample.bytes, sample.length, 0, &entry), ERR_OK);
    second = entry.next;
    sample.bytes[second] = 'x';
    assert_int_equal(check_bytes(sample.length, &where), ERR_CPIO);
    assert_int_equal(where, second);
    assert_int_equal(cpio_find(sample.bytes, sample.length, "empty", &entry), ERR_CPIO);
    assert_int_equal(cpio_find(sample.bytes, sample.length, "bin/hello", &entry), ERR_OK);
}

static void set_field(unsigned index, const char *digits)
{
    memcpy(sample.bytes + 6 + index * 8, digits, 8);
}

static void test_U6_numbers(void **unused)
{
    static const char *const sizes[] = {"FFFFFFFF", "7FFFFFFF", "80000000", "0000FFFF",
                                        "0000000G", "-0000001", "        "};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        cpio_sample_make(&sample);
        set_field(6, sizes[i]);
        assert_int_equal(check(), ERR_CPIO);
        cpio_sample_make(&sample);
        set_field(11, sizes[i]);
        assert_int_equal(check(), ERR_CPIO);
    }
    cpio_sample_make(&sample);
    set_field(11, "00000000");
    assert_int_equal(check(), ERR_CPIO);
}

/* Every character at every place of a number. */
static void test_U6_digits(void **unused)
{
    for (unsigned n = 0; n < 256 * 8; n++) {
        char digits[] = "00aF91c0", *end;
        digits[n % 8] = (char)(n / 8);
        bool fine = isxdigit(n / 8);
        set_field(1, digits);
        err_t err = cpio_read(sample.bytes, sample.length, 0, &entry);
        assert_int_equal(err, fine ? ERR_OK : ERR_CPIO);
        if (fine) assert_int_equal(entry.mode, strtoul(digits, &end, 16));
    }
}

static void test_U6_names(void **unused)
{
    static const char *const names[] = {"",     "/etc/x", "../x", "a/../b", "a/..", "./a",
                                        "a//b", "a/",     "a b",  "a\nb",   "\x7f"};
    char name[300];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        memset(&sample, 0, sizeof sample);
        cpio_sample_add(&sample, names[i], "data", false);
        cpio_sample_add(&sample, "TRAILER!!!", "", false);
        assert_int_equal(check(), ERR_CPIO);
    }
    memset(name, 'a', sizeof name);
    for (unsigned length = CPIO_NAME_MAX; length <= CPIO_NAME_MAX + 1; length++) {
        memset(&sample, 0, sizeof sample);
        name[length] = 0;
        cpio_sample_add(&sample, name, "data", false);
        cpio_sample_add(&sample, "TRAILER!!!", "", false);
        assert_int_equal(check(), length == CPIO_NAME_MAX ? ERR_OK : ERR_CPIO);
        name[length] = 'a';
    }
    cpio_sample_make(&sample);
    memset(sample.bytes + 110, 'a', 4096 - 110); /* no NUL in the name */
    assert_int_equal(check(), ERR_CPIO);
}

static void test_U6_offset(void **unused)
{
    assert_int_equal(cpio_read(sample.bytes, sample.length, UINT64_MAX, &entry), ERR_CPIO);
    assert_int_equal(cpio_read(sample.bytes, sample.length, sample.length, &entry), ERR_CPIO);
    assert_int_equal(cpio_read(sample.bytes, sample.length, 2, &entry), ERR_CPIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good, setup),         cmocka_unit_test_setup(test_links, setup),
        cmocka_unit_test_setup(test_U6_truncated, setup), cmocka_unit_test_setup(test_U6_tells_where, setup),
        cmocka_unit_test_setup(test_U6_numbers, setup),   cmocka_unit_test_setup(test_U6_digits, setup),
        cmocka_unit_test_setup(test_U6_names, setup),     cmocka_unit_test_setup(test_U6_offset, setup),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
