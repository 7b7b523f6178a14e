/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocate memory, write patterns into all of it, and read them back.
 */
#include "tools.h"

#include <cores/cores.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/time.h>

#define PROGRESS_US 2000000 /* a test that takes longer tells how far it is, this often */
#define STEP_WORDS 131072   /* between two looks at the clock */
#define PERCENT 100

static const struct cli cli = {
    "run_memtest", "N[K|M|G]",
    "  Allocate N bytes (KiB, MiB, GiB), write patterns, read them back. Status 1: that failed.\n"};

struct progress {
    uint64_t done, all; /* words, of all patterns, written and read */
    ticks_t next;
};

static uint64_t bytes_wanted(char *text)
{
    static const char suffixes[] = "KMG";
    size_t length = strlen(text);
    const char *suffix = length > 1 ? strchr(suffixes, text[length - 1]) : NULL;
    unsigned shift = suffix == NULL ? 0 : 10 * (unsigned)(suffix - suffixes + 1);
    if (suffix != NULL) {
        text[length - 1] = '\0';
    }
    uint64_t number = cli_number(&cli, "N", text, UINT64_MAX >> shift) << shift;
    if (number == 0) {
        cli_refuse(&cli, "0 bytes are nothing to test");
    }
    return number;
}

static void progress_add(struct progress *progress, uint64_t words)
{
    progress->done += words;
    if (clock_ticks() < progress->next) {
        return;
    }
    printf("run_memtest: %llu %%\n", (unsigned long long)(progress->done * PERCENT / progress->all));
    fflush(stdout);
    progress->next = clock_ticks() + ticks_from_us(PROGRESS_US);
}

/* What the pattern has at a word: all ones and noughts in turn, then the word's own address, and that inverted. */
static inline uint64_t pattern_word(unsigned pattern, const volatile uint64_t *at)
{
    static const uint64_t fixed[] = {0x5555555555555555, 0xaaaaaaaaaaaaaaaa};
    return pattern < 2 ? fixed[pattern] : pattern == 2 ? (uint64_t)at : ~(uint64_t)at;
}
#define PATTERNS 4

/* False: said which word is wrong. */
static bool test_pattern(volatile uint64_t *words, uint64_t count, unsigned pattern, struct progress *progress)
{
    for (uint64_t i = 0; i < count; i++) {
        words[i] = pattern_word(pattern, &words[i]);
        if (i % STEP_WORDS == 0) {
            progress_add(progress, i == 0 ? 0 : STEP_WORDS);
        }
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t read = words[i], written = pattern_word(pattern, &words[i]);
        if (read != written) {
            fprintf(stderr, "run_memtest: at %p: wrote %016llx, read %016llx\n", (void *)&words[i],
                    (unsigned long long)written, (unsigned long long)read);
            return false;
        }
        if (i % STEP_WORDS == 0) {
            progress_add(progress, i == 0 ? 0 : STEP_WORDS);
        }
    }
    return true;
}

/* What the process needs besides: page tables and records. */
#define OVERHEAD(bytes) ((bytes) / 64 + 2 * 1024 * 1024)

/* Memory is promised before it is there: a process that touches more than there is ends. */
static bool there_is(uint64_t bytes)
{
    uint64_t free = cores_memory_free();
    if (bytes > free || OVERHEAD(bytes) > free - bytes) {
        fprintf(stderr, "run_memtest: %llu bytes and their page tables are more than is free, %llu bytes\n",
                (unsigned long long)bytes, (unsigned long long)free);
        cli_no_memory();
        return false;
    }
    return true;
}

int tool_run_memtest(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    if (argc != 2) {
        cli_refuse(&cli, "how many bytes?");
    }
    uint64_t bytes = bytes_wanted(argv[1]);
    uint64_t count = bytes / sizeof(uint64_t) + (bytes % sizeof(uint64_t) != 0);
    if (!there_is(bytes)) {
        return 1;
    }
    uint64_t *words = malloc(count * sizeof *words);
    if (words == NULL) {
        fprintf(stderr, "run_memtest: there are no %llu bytes for this process\n", (unsigned long long)bytes);
        cli_no_memory();
        return 1;
    }
    struct progress progress = {.all = 2 * PATTERNS * count, .next = clock_ticks() + ticks_from_us(PROGRESS_US)};
    for (unsigned pattern = 0; pattern < PATTERNS; pattern++) {
        if (!test_pattern(words, count, pattern, &progress)) {
            return 1;
        }
    }
    free(words);
    printf("run_memtest: %llu bytes are good\n", (unsigned long long)bytes);
    return 0;
}
