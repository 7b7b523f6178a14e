/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of how the shell reads and writes process ids, sizes and durations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cli/format.h>

static void pids(void **state)
{
    (void)state;
    pid_abi_t pid;
    char text[FORMAT_BYTES];
    assert_true(pid_parse("0.23", &pid));
    assert_int_equal(pid, 23);
    assert_true(pid_parse("4294967295.4294967295", &pid));
    assert_string_equal(pid_text(pid, text), "4294967295.4294967295");
    static const char *const bad[] = {"",      ".",    "1",    "1.",   ".1",           "1.2.3",
                                      "0x1.2", "-1.2", "1.2 ", " 1.2", "4294967296.0", "0.99999999999999999999999",
                                      "a.b",   "1..2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(pid_parse(bad[i], &pid));
    }
}

static void numbers(void **state)
{
    (void)state;
    uint64_t number;
    assert_true(number_parse("255", 255, &number));
    assert_false(number_parse("256", 255, &number));
    assert_true(number_parse("18446744073709551615", UINT64_MAX, &number));
    assert_false(number_parse("18446744073709551616", UINT64_MAX, &number));
    assert_false(number_parse("1a", 255, &number));
}

static void sizes(void **state)
{
    (void)state;
    char text[FORMAT_BYTES];
    assert_string_equal(bytes_text(0, text), "0");
    assert_string_equal(bytes_text(1023, text), "1023");
    assert_string_equal(bytes_text(4096, text), "4K");
    assert_string_equal(bytes_text(217088, text), "212K");
    assert_string_equal(bytes_text(1024 * 1024, text), "1.0M");
    assert_string_equal(bytes_text(1536 * 1024, text), "1.5M");
    assert_string_equal(bytes_text(32 * 1024 * 1024, text), "32M");
    assert_string_equal(bytes_text(UINT64_MAX, text), "15E");
}

static void durations(void **state)
{
    (void)state;
    char text[FORMAT_BYTES];
    assert_string_equal(duration_text(12, text), "12 s");
    assert_string_equal(duration_text(185, text), "3:05");
    assert_string_equal(duration_text(3607, text), "1:00:07");
    assert_string_equal(duration_text(2 * 86400 + 1, text), "2 days, 0:00:01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pids),
        cmocka_unit_test(numbers),
        cmocka_unit_test(sizes),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
