/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * head, tail, wc: parts and sizes of text.
 */
#include "tools.h"

#include <ctype.h>
#include <libc/clock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* How much of a file head and tail show. */
struct part {
    unsigned long long count;
    bool bytes;      /* else lines */
    bool from_start; /* tail -n +N */
    bool follow;     /* tail -f */
};

typedef int part_fn(const char *path, const struct part *part);

static unsigned long long count_of(const struct cli *cli, const char *text)
{
    return cli_number(cli, "N", text, INT64_MAX);
}

/* Do it with each operand, or standard input; several have titles. */
static int each_file(const struct cli *cli, const struct cli_options *options, const struct part *part, part_fn *act)
{
    int status = 0, count = options->argc - options->next;
    (void)cli;
    if (count == 0) {
        return act("-", part);
    }
    for (int i = options->next; i < options->argc; i++) {
        if (count > 1) {
            printf("%s==> %s <==\n", i > options->next ? "\n" : "",
                   strcmp(options->argv[i], "-") == 0 ? "standard input" : options->argv[i]);
        }
        status |= act(options->argv[i], part);
    }
    return status;
}

/* head -------------------------------------------------------------------------------------------- */

static const struct cli head_cli = {"head", "[-n LINES | -c BYTES] [FILE...]",
                                    "  Print the first lines of files, 10 of them.\n"};

static int head(const char *path, const struct part *part)
{
    unsigned long long left = part->count;
    FILE *file = tool_open(&head_cli, path);
    int c;
    if (file == NULL) {
        return 1;
    }
    while (left > 0 && !ferror(stdout) && (c = getc(file)) != EOF) {
        putchar(c);
        left -= part->bytes || c == '\n';
    }
    return tool_close(&head_cli, path, file) ? 0 : 1;
}

int tool_head(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct part part = {.count = 10};
    if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) { /* head -5 */
        part.count = count_of(&head_cli, argv[1] + 1);
        options.next = 2;
    }
    for (int letter; (letter = cli_option(&head_cli, &options, "n:c:")) != 0;) {
        part.bytes = letter == 'c';
        part.count = count_of(&head_cli, options.value);
    }
    return each_file(&head_cli, &options, &part, head);
}

/* tail -------------------------------------------------------------------------------------------- */

static const struct cli tail_cli = {"tail", "[-f] [-n [+]LINES | -c [+]BYTES] [FILE...]",
                                    "  Print the last lines of files, 10 of them; +N: from the N-th on.\n"
                                    "  -f  and then what is appended to a file, until Ctrl-C\n"};

static void tail_from(FILE *file, const struct part *part)
{
    unsigned long long skip = part->count > 0 ? part->count - 1 : 0;
    int c;
    while (skip > 0 && (c = getc(file)) != EOF) {
        skip -= part->bytes || c == '\n';
    }
    while (!ferror(stdout) && (c = getc(file)) != EOF) {
        putchar(c);
    }
}

/* All is kept that may still be wanted: for bytes the last ones, for lines those from the last `count` on. */
static void tail_last(FILE *file, const struct part *part)
{
    struct tool_line all = {0};
    size_t start = 0, newlines = 0;
    for (int c; (c = getc(file)) != EOF;) {
        if (all.length == all.room && start > all.room / 2) {
            memmove(all.bytes, all.bytes + start, all.length - start);
            all.length -= start;
            start = 0;
        }
        if (all.length == all.room) {
            all.room = all.room != 0 ? 2 * all.room : 4096;
            all.bytes = tool_alloc(&tail_cli, all.bytes, all.room);
        }
        bool begins = all.length > start && all.bytes[all.length - 1] == '\n';
        all.bytes[all.length++] = (char)c;
        newlines += begins;
        if (part->bytes) {
            start = all.length > part->count ? all.length - (size_t)part->count : 0;
        } else if (begins && newlines >= part->count && part->count > 0) {
            start = (size_t)((char *)memchr(all.bytes + start, '\n', all.length - start) - all.bytes) + 1;
            newlines--;
        }
    }
    if (part->count > 0) {
        tool_write(&tail_cli, all.bytes + start, all.length - start);
    }
    free(all.bytes);
}

/* A file tells nobody that it has grown: look again, four times a second. */
static void tail_follow(FILE *file)
{
    static const struct timespec pause = {.tv_nsec = 250000000};
    struct stat status;
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    while (!ferror(file) && fflush(stdout) == 0 && !ferror(stdout)) {
        clearerr(file);
        nanosleep(&pause, NULL);
        for (int c; (c = getc(file)) != EOF;) {
            putchar(c);
        }
    }
}

static int tail(const char *path, const struct part *part)
{
    FILE *file = tool_open(&tail_cli, path);
    if (file == NULL) {
        return 1;
    }
    if (part->from_start) {
        tail_from(file, part);
    } else {
        tail_last(file, part);
    }
    if (part->follow) {
        tail_follow(file);
    }
    return tool_close(&tail_cli, path, file) ? 0 : 1;
}

int tool_tail(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct part part = {.count = 10};
    if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) {
        part.count = count_of(&tail_cli, argv[1] + 1);
        options.next = 2;
    }
    for (int letter; (letter = cli_option(&tail_cli, &options, "fn:c:")) != 0;) {
        if (letter == 'f') {
            part.follow = true;
            continue;
        }
        part.bytes = letter == 'c';
        part.from_start = options.value[0] == '+';
        part.count = count_of(&tail_cli, options.value + (options.value[0] == '+' || options.value[0] == '-'));
    }
    return each_file(&tail_cli, &options, &part, tail);
}

/* wc ---------------------------------------------------------------------------------------------- */

static const struct cli wc_cli = {"wc", "[-lwcm] [FILE...]",
                                  "  Count lines (-l), words (-w) and bytes (-c, -m); without options all three.\n"};

struct counts {
    unsigned long long lines, words, bytes;
};

static void print_counts(const struct counts *counts, const bool wanted[3], const char *name)
{
    const unsigned long long numbers[3] = {counts->lines, counts->words, counts->bytes};
    bool first = true, only = wanted[0] + wanted[1] + wanted[2] == 1 && name == NULL;
    for (int i = 0; i < 3; i++) {
        if (wanted[i]) {
            printf(only ? "%llu" : first ? "%7llu" : " %7llu", numbers[i]);
            first = false;
        }
    }
    printf("%s%s\n", name != NULL ? " " : "", name != NULL ? name : "");
}

static int wc(const char *path, struct counts *counts)
{
    FILE *file = tool_open(&wc_cli, path);
    bool inside = false;
    if (file == NULL) {
        return 1;
    }
    for (int c; (c = getc(file)) != EOF;) {
        bool blank = isspace(c) != 0;
        counts->bytes++;
        counts->lines += c == '\n';
        counts->words += !blank && !inside;
        inside = !blank;
    }
    return tool_close(&wc_cli, path, file) ? 0 : 1;
}

int tool_wc(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct counts all = {0};
    bool wanted[3] = {false};
    int status = 0;
    for (int letter; (letter = cli_option(&wc_cli, &options, "lwcm")) != 0;) {
        wanted[letter == 'l' ? 0 : letter == 'w' ? 1 : 2] = true;
    }
    if (!wanted[0] && !wanted[1] && !wanted[2]) {
        wanted[0] = wanted[1] = wanted[2] = true;
    }
    if (options.next == argc) {
        status = wc("-", &all);
        print_counts(&all, wanted, NULL);
        return status;
    }
    for (int i = options.next; i < argc; i++) {
        struct counts counts = {0};
        int one = wc(argv[i], &counts);
        status |= one;
        if (one == 0) {
            print_counts(&counts, wanted, argv[i]);
        }
        all.lines += counts.lines;
        all.words += counts.words;
        all.bytes += counts.bytes;
    }
    if (argc - options.next > 1) {
        print_counts(&all, wanted, "total");
    }
    return status;
}
