/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sort: lines in order. All of them are in memory.
 */
#include "tools.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct cli cli = {
    "sort", "[-bfnru] [-k FIRST[,LAST]] [-t CHARACTER] [-o FILE] [FILE...]",
    "  Sort lines.\n  -n  by numbers; -f  capitals do not matter; -b  blanks in front do not; -r  the other way round\n"
    "  -u  of equal ones only one\n  -k  by fields FIRST to LAST, -t  which this character separates (else blanks)\n"
    "  -o  into this file, which may be one of those that are read\n"};

static bool wanted[128];                      /* options */
static unsigned long first_field, last_field; /* from 1; 0: the whole line, and: to its end */
static char separator;                        /* 0: blanks */

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

static size_t key_of(const char *line, const char **key)
{
    *key = line;
    if (first_field == 0) {
        return strlen(line);
    }
    *key = field_start(line, first_field);
    const char *end = last_field != 0 ? field_start(line, last_field + 1) : *key + strlen(*key);
    if (separator != '\0' && last_field != 0 && end > *key && end[-1] == separator) {
        end--;
    }
    return end > *key ? (size_t)(end - *key) : 0;
}

static int compare_numbers(const char *a, const char *b)
{
    double x = strtod(a, NULL), y = strtod(b, NULL);
    return (x > y) - (x < y);
}

static int compare_keys(const char *a, const char *b)
{
    const char *x, *y;
    size_t first = key_of(a, &x), second = key_of(b, &y);
    if (wanted['n']) {
        return compare_numbers(x, y);
    }
    while (wanted['b'] && first > 0 && isblank((unsigned char)*x)) {
        x++;
        first--;
    }
    while (wanted['b'] && second > 0 && isblank((unsigned char)*y)) {
        y++;
        second--;
    }
    size_t shorter = first < second ? first : second;
    int order = wanted['f'] ? strncasecmp(x, y, shorter) : memcmp(x, y, shorter);
    return order != 0 ? order : (first > second) - (first < second);
}

static int compare(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int order = compare_keys(x, y);
    if (order == 0 && !wanted['u']) {
        order = strcmp(x, y);
    }
    return wanted['r'] ? -order : order;
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
    bool good = !ferror(to) && (path == NULL || fclose(to) == 0);
    return good ? 0 : 2;
}

/* "2", "2,3", "2n", "2,2nr": fields with letters of options behind them. */
static void take_key(const char *text)
{
    char *end;
    first_field = strtoul(text, &end, 10);
    if (*end == '.') {
        strtoul(end + 1, &end, 10);
    }
    for (; isalpha((unsigned char)*end); end++) {
        wanted[(unsigned char)*end & 127] = true;
    }
    if (*end == ',') {
        last_field = strtoul(end + 1, &end, 10);
    }
    for (; isalpha((unsigned char)*end); end++) {
        wanted[(unsigned char)*end & 127] = true;
    }
    if (first_field == 0 || *end != '\0') {
        cli_refuse(&cli, "'%.20s' are no fields, as 2 or 2,3 are", text);
    }
}

int tool_sort(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct lines lines = {0};
    const char *to = NULL;
    int status = 0;
    for (int letter; (letter = cli_option(&cli, &options, "bfnruk:t:o:")) != 0;) {
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
    if (options.next == argc) {
        status = read_lines("-", &lines);
    }
    for (int i = options.next; i < argc; i++) {
        int one = read_lines(argv[i], &lines);
        status = one != 0 ? one : status;
    }
    if (status == 0) {
        if (lines.count > 0) {
            qsort(lines.list, lines.count, sizeof *lines.list, compare);
        }
        status = write_lines(&lines, to);
    }
    for (size_t i = 0; i < lines.count; i++) {
        free(lines.list[i]);
    }
    free(lines.list);
    return status;
}
