/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sort: lines in order. All of them are in memory.
 */
#include "tools.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct cli cli = {
    "sort", "[-bcfnru] [-k FIRST[,LAST][bfnr]]... [-t CHARACTER] [-o FILE] [FILE...]",
    "  Sort lines.\n  -n  by numbers; -f  capitals do not matter; -b  blanks in front do not; -r  the other way round\n"
    "  -u  of equal ones only one\n  -k  by fields FIRST to LAST, -t  which this character separates (else blanks);\n"
    "      the next -k decides where fields are equal\n  -c  only say whether they are in order\n"
    "  -o  into this file, which may be one of those that are read\n"};

struct key {
    unsigned long first, last; /* fields from 1; 0: the whole line, and: to its end */
    bool own;                  /* has letters behind it, instead of the options */
    bool wanted[128];
};

static bool wanted[128]; /* options */
static struct key *keys;
static size_t key_count;
static char separator; /* 0: blanks */

struct lines {
    char **list;
    size_t count, room;
};

/* Where the n-th field (from 1) begins; blanks in front of it are part of it. */
static const char *field_start(const char *line, unsigned long n)
{
    for (; n > 1 && *line != '\0'; n--) {
        if (separator != '\0') {
            line += strcspn(line, (const char[]){separator, '\0'});
            line += *line != '\0';
        } else {
            line += strspn(line, " \t");
            line += strcspn(line, " \t");
        }
    }
    return line;
}

static size_t part_of(const char *line, const struct key *key, const char **part)
{
    *part = line;
    if (key->first == 0) {
        return strlen(line);
    }
    *part = field_start(line, key->first);
    const char *end = key->last != 0 ? field_start(line, key->last + 1) : *part + strlen(*part);
    if (separator != '\0' && key->last != 0 && end > *part && end[-1] == separator) {
        end--;
    }
    return end > *part ? (size_t)(end - *part) : 0;
}

static int compare_numbers(const char *a, const char *b)
{
    double x = strtod(a, NULL), y = strtod(b, NULL);
    return (x > y) - (x < y);
}

static int compare_parts(const struct key *key, const char *a, const char *b)
{
    const char *x, *y;
    size_t first = part_of(a, key, &x), second = part_of(b, key, &y);
    if (key->wanted['n']) {
        return compare_numbers(x, y);
    }
    while (key->wanted['b'] && first > 0 && isblank((unsigned char)*x)) {
        x++;
        first--;
    }
    while (key->wanted['b'] && second > 0 && isblank((unsigned char)*y)) {
        y++;
        second--;
    }
    size_t shorter = first < second ? first : second;
    int order = key->wanted['f'] ? strncasecmp(x, y, shorter) : memcmp(x, y, shorter);
    return order != 0 ? order : (first > second) - (first < second);
}

static int compare_keys(const char *a, const char *b)
{
    int order = 0;
    for (size_t i = 0; i < key_count && order == 0; i++) {
        order = compare_parts(&keys[i], a, b);
        order = keys[i].wanted['r'] ? -order : order;
    }
    return order;
}

static int compare(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int order = compare_keys(x, y);
    if (order == 0 && !wanted['u']) {
        order = wanted['r'] ? strcmp(y, x) : strcmp(x, y);
    }
    return order;
}

static int read_lines(const char *path, struct lines *lines)
{
    struct tool_line line = {0};
    FILE *file = tool_open(&cli, path);
    if (file == NULL) {
        return 2;
    }
    while (tool_read_line(&cli, file, &line)) {
        if (line.bytes[line.length - 1] == '\n') {
            line.bytes[--line.length] = '\0';
        }
        if (lines->count == lines->room) {
            lines->room = lines->room != 0 ? 2 * lines->room : 64;
            lines->list = tool_alloc(&cli, lines->list, lines->room * sizeof *lines->list);
        }
        lines->list[lines->count++] = strcpy(tool_alloc(&cli, NULL, line.length + 1), line.bytes);
    }
    free(line.bytes);
    return tool_close(&cli, path, file) ? 0 : 2;
}

static int write_lines(const struct lines *lines, const char *path)
{
    FILE *to = path != NULL ? fopen(path, "w") : stdout;
    if (to == NULL) {
        tool_failed(&cli, path);
        return 2;
    }
    for (size_t i = 0; i < lines->count; i++) {
        if (!wanted['u'] || i == 0 || compare_keys(lines->list[i - 1], lines->list[i]) != 0) {
            fprintf(to, "%s\n", lines->list[i]);
        }
    }
    bool good = !ferror(to) && fflush(to) == 0;
    if (!good && (path != NULL || errno != EPIPE)) {
        tool_failed(&cli, path != NULL ? path : "standard output");
    }
    if (path != NULL) {
        fclose(to);
    } else {
        clearerr(to); /* it has been said */
    }
    return good ? 0 : 2;
}

/* -c: 1, and said which, if a line should stand further up. */
static int check_lines(const struct lines *lines)
{
    for (size_t i = 1; i < lines->count; i++) {
        int order = wanted['u'] ? compare_keys(lines->list[i - 1], lines->list[i]) + 1
                                : compare(&lines->list[i - 1], &lines->list[i]);
        if (order > 0) {
            fprintf(stderr, "sort: line %zu is not in order: %.200s\n", i + 1, lines->list[i]);
            return 1;
        }
    }
    return 0;
}

/* The letters behind a field. */
static const char *take_letters(struct key *key, const char *text)
{
    for (; strchr("bfnr", *text) != NULL && *text != '\0'; text++) {
        key->wanted[(unsigned char)*text] = true;
        key->own = true;
    }
    return text;
}

/* "2", "2,3", "2n", "2,2nr": fields with letters of options behind them. */
static void take_key(const char *text)
{
    struct key *key = &keys[key_count++];
    char *end;
    key->first = strtoul(text, &end, 10);
    if (*end == '.') {
        strtoul(end + 1, &end, 10);
    }
    const char *rest = take_letters(key, end);
    if (*rest == ',') {
        key->last = strtoul(rest + 1, &end, 10);
        rest = take_letters(key, end);
    }
    if (key->first == 0 || *rest != '\0') {
        cli_refuse(&cli, "'%.20s' are no fields, as 2 or 2,3 are", text);
    }
}

/* The keys have been read; without one it is the whole line. */
static void finish_keys(void)
{
    key_count = key_count > 0 ? key_count : 1;
    for (size_t i = 0; i < key_count; i++) {
        if (!keys[i].own) {
            memcpy(keys[i].wanted, wanted, sizeof wanted);
        }
    }
}

int tool_sort(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct lines lines = {0};
    const char *to = NULL;
    int status = 0;
    keys = tool_alloc(&cli, NULL, ((size_t)argc + 1) * sizeof *keys);
    memset(keys, 0, ((size_t)argc + 1) * sizeof *keys);
    for (int letter; (letter = cli_option(&cli, &options, "bcfnruk:t:o:")) != 0;) {
        wanted[letter] = true;
        if (letter == 'k') {
            take_key(options.value);
        } else if (letter == 't') {
            if (strlen(options.value) != 1) {
                cli_refuse(&cli, "one character separates fields, not '%.20s'", options.value);
            }
            separator = options.value[0];
        } else if (letter == 'o') {
            to = options.value;
        }
    }
    finish_keys();
    if (options.next == argc) {
        status = read_lines("-", &lines);
    }
    for (int i = options.next; i < argc; i++) {
        int one = read_lines(argv[i], &lines);
        status = one != 0 ? one : status;
    }
    if (status == 0 && wanted['c']) {
        status = check_lines(&lines);
    } else if (status == 0) {
        if (lines.count > 0) {
            qsort(lines.list, lines.count, sizeof *lines.list, compare);
        }
        status = write_lines(&lines, to);
    }
    for (size_t i = 0; i < lines.count; i++) {
        free(lines.list[i]);
    }
    free(lines.list);
    free(keys);
    return status;
}
