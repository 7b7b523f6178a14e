/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * On-target tests. A test program lists its tests in a table and hands it to test_main, which prints a plan
 * first and then one line per test, so that whoever reads the console sees a test that is missing:
 *
 *   1..3
 *   ok 1 K1_unknown_system_call
 *   not ok 2 K2_null_cptr - user/tests/syscalls.c:40: err == ERR_L2_LOOKUP: got ERR_OK
 *   ok 3 K9_no_such_feature # skip not on this machine
 *   # 2 passed, 1 failed
 *
 * A test's name starts with the id of the row of the hostile-input page that it covers (K1, U3), if there is one.
 * A program called with names runs only the tests whose names contain one of them; `-l` lists them, `-q` asks for
 * reduced counts, `-S` for those of a soak, `-s N` sets the seed of tests that use random numbers (which print it).
 */
#ifndef TEST_TEST_H
#define TEST_TEST_H

#include <abi/types.h>
#include <stdbool.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
};
#define TEST(function)                                                                                                 \
    {                                                                                                                  \
#function, function                                                                                            \
    }
#define TEST_MAIN(table)                                                                                               \
    int main(int argc, char **argv)                                                                                    \
    {                                                                                                                  \
        return test_main(table, sizeof(table) / sizeof((table)[0]), argc, argv);                                       \
    }

/* Runs the tests of a table; returns main's result: 0 if all passed, else 1. */
int test_main(const struct test *tests, unsigned count, int argc, char **argv);

/* Records the first failure of the running test. Any thread may call it. */
void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The running test does not apply here. */
void test_skip(const char *reason);
/* Has the running test failed? */
bool test_failed(void);
/* Reduced counts are asked for (-q). */
bool test_quick(void);
/* Counts that take minutes are asked for (-S). */
bool test_soak(void);
/* The seed to use (-s); 1 if none was given. */
uint64_t test_seed(void);
/* A line that explains: `# text`. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The CHECKs leave the (void) function at the first failure; the EXPECTs go on. */
#define EXPECT(condition) ((condition) ? true : (test_fail(__FILE__, __LINE__, "%s", #condition), false))
#define EXPECT_EQ(actual, expected) test_compare(__FILE__, __LINE__, #actual, (uint64_t)(actual), (uint64_t)(expected))
#define EXPECT_ERR(actual, expected) test_compare_err(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!EXPECT(condition)) {                                                                                      \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)
#define CHECK_EQ(actual, expected)                                                                                     \
    do {                                                                                                               \
        if (!EXPECT_EQ(actual, expected)) {                                                                            \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)
#define CHECK_ERR(actual, expected)                                                                                    \
    do {                                                                                                               \
        if (!EXPECT_ERR(actual, expected)) {                                                                           \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)
#define CHECK_OK(actual) CHECK_ERR(actual, ERR_OK)

bool test_compare(const char *file, int line, const char *what, uint64_t actual, uint64_t expected);
bool test_compare_err(const char *file, int line, const char *what, err_t actual, err_t expected);

#endif
