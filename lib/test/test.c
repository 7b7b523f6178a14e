/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a table of on-target tests and prints their results; see test/test.h for the format. Owns the state of
 * the one test that is running.
 */
#include <abi/errors.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <test/test.h>

static char failure[256];
static const char *skipped;
static bool quick, soak;
static uint64_t seed = 1;

static const char *const error_names[] = {
#define ERROR_NAME(name, text) #name,
    ERROR_TABLE(ERROR_NAME)
#undef ERROR_NAME
};

static const char *error_name(err_t error)
{
    return error < sizeof(error_names) / sizeof(error_names[0]) ? error_names[error] : "no error code";
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    int used;

    if (failure[0]) {
        return;
    }
    used = snprintf(failure, sizeof(failure), "%s:%d: ", file, line);
    va_start(arguments, format);
    vsnprintf(failure + used, sizeof(failure) - (size_t)used, format, arguments);
    va_end(arguments);
}

void test_skip(const char *reason)
{
    skipped = reason;
}

bool test_failed(void)
{
    return failure[0] != 0;
}

bool test_soak(void)
{
    return soak;
}

bool test_quick(void)
{
    return quick;
}

uint64_t test_seed(void)
{
    return seed;
}

void test_note(const char *format, ...)
{
    va_list arguments;

    printf("# ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}

bool test_compare(const char *file, int line, const char *what, uint64_t actual, uint64_t expected)
{
    if (actual == expected) {
        return true;
    }
    test_fail(file, line, "%s: got %llu (%#llx), not %llu", what, (unsigned long long)actual,
              (unsigned long long)actual, (unsigned long long)expected);
    return false;
}

bool test_compare_err(const char *file, int line, const char *what, err_t actual, err_t expected)
{
    if (actual == expected) {
        return true;
    }
    test_fail(file, line, "%s: got %s, not %s", what, error_name(actual), error_name(expected));
    return false;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strstr(name, argv[i])) {
            return true;
        }
    }
    return argc < 2;
}

static bool run_one(unsigned number, const struct test *test)
{
    failure[0] = 0;
    skipped = NULL;
    test->run();
    if (failure[0]) {
        printf("not ok %u %s - %s\n", number, test->name, failure);
    } else {
        printf("ok %u %s%s%s\n", number, test->name, skipped ? " # skip " : "", skipped ? skipped : "");
    }
    fflush(stdout);
    return !failure[0];
}

/* Takes the options out of argv; gives the number of arguments left, or -1 for a request to list, -2 for one for help. */
static int parse_options(int argc, char **argv)
{
    int left = 1;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-l")) {
            return -1;
        } else if (!strcmp(argv[i], "--help")) {
            return -2;
        } else if (!strcmp(argv[i], "-q")) {
            quick = true;
        } else if (!strcmp(argv[i], "-S")) {
            soak = true;
        } else if (!strcmp(argv[i], "-s") && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 0);
        } else {
            argv[left++] = argv[i];
        }
    }
    return left;
}

int test_main(const struct test *tests, unsigned count, int argc, char **argv)
{
    unsigned wanted = 0, number = 0, failed = 0;

    argc = parse_options(argc, argv);
    if (argc == -2) {
        printf("usage: %s [-l] [-q] [-S] [-s SEED] [NAME...]\n  Run tests, all of them or those whose names contain "
               "NAME.\n"
               "  -l  list them  -q  quick  -S  soak  -s  seed of random ones\n",
               argv[0]);
        return 0;
    }
    if (argc < 0) {
        for (unsigned i = 0; i < count; i++) {
            printf("%s\n", tests[i].name);
        }
        return 0;
    }
    for (unsigned i = 0; i < count; i++) {
        wanted += is_wanted(tests[i].name, argc, argv);
    }
    printf("1..%u\n", wanted);
    fflush(stdout);
    for (unsigned i = 0; i < count; i++) {
        if (is_wanted(tests[i].name, argc, argv)) {
            failed += !run_one(++number, &tests[i]);
        }
    }
    printf("# %u passed, %u failed\n", wanted - failed, failed);
    return failed ? 1 : 0;
}
