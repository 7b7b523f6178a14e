/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seq and hexdump.
 */
#include "tools.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* seq --------------------------------------------------------------------------------------------- */

static const struct cli seq_cli = {
    "seq", "[-w] [-s STRING] [FIRST [STEP]] LAST",
    "  Print numbers from FIRST (1) to LAST.\n  -s  what stands between them; -w  all equally wide\n"};

static double number_of(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) {
        cli_refuse(&seq_cli, "'%.40s' is not a number", text);
    }
    return value;
}

/* Digits behind the point. */
static int precision_of(const char *text)
{
    const char *point = strchr(text, '.');
    return point != NULL ? (int)strlen(point + 1) : 0;
}

/* -5 is a number and no option. */
static bool is_option(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && !isdigit((unsigned char)text[1]) && text[1] != '.';
}

static void print_sequence(double first, double step, double last, int precision, int width, const char *separator)
{
    bool any = false, good = true;
    unsigned long long count = (unsigned long long)((last - first) / step + 1e-10) + 1;
    for (unsigned long long i = 0; i < count && good; i++) {
        good = printf("%s%0*.*f", any ? separator : "", width, precision, first + (double)i * step) >= 0;
        any = true;
    }
    if (any) {
        putchar('\n');
    }
}

int tool_seq(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    const char *separator = "\n";
    double numbers[3] = {1, 1, 1};
    int precision = 0, width = 0;
    bool wide = false;
    while (options.next < argc && (options.letter != NULL || is_option(argv[options.next]))) {
        int letter = cli_option(&seq_cli, &options, "ws:");
        if (letter == 0) {
            break;
        }
        wide = wide || letter == 'w';
        separator = letter == 's' ? options.value : separator;
        options.letter = options.letter != NULL && *options.letter != '\0' ? options.letter : NULL;
    }
    int count = argc - options.next;
    if (count < 1 || count > 3) {
        cli_refuse(&seq_cli, count < 1 ? "up to which number?" : "these are too many numbers");
    }
    for (int i = 0; i < count; i++) {
        numbers[i] = number_of(argv[options.next + i]);
        int digits = precision_of(argv[options.next + i]), length = (int)strlen(argv[options.next + i]);
        precision = digits > precision ? digits : precision;
        width = wide && length > width && (i != 1 || count != 3) ? length : width;
    }
    double first = count > 1 ? numbers[0] : 1, step = count > 2 ? numbers[1] : 1, last = numbers[count - 1];
    if (step == 0) {
        cli_refuse(&seq_cli, "with steps of 0 it would never end");
    }
    if (step > 0 ? first <= last : first >= last) {
        print_sequence(first, step, last, precision, width, separator);
    }
    return 0;
}

/* hexdump ----------------------------------------------------------------------------------------- */

static const struct cli hexdump_cli = {
    "hexdump", "[-C] [-n BYTES] [-s BYTES] [FILE...]",
    "  Print bytes as hexadecimal numbers, with their characters.\n  -n  only so many; -s  skip so many first\n"
    "  -C  (it always prints like this)\n"};

#define ROW 16

struct dump {
    unsigned char row[ROW], last[ROW];
    size_t count;
    unsigned long long offset;
    bool repeated, any;
};

static void print_row(struct dump *dump)
{
    bool same = dump->any && dump->count == ROW && memcmp(dump->row, dump->last, ROW) == 0;
    if (same) {
        printf("%s", dump->repeated ? "" : "*\n");
        dump->repeated = true;
    } else {
        printf("%08llx ", dump->offset);
        for (size_t i = 0; i < ROW; i++) {
            fputs(i % 8 == 0 ? " " : "", stdout);
            if (i < dump->count) {
                printf("%02x ", dump->row[i]);
            } else {
                printf("   ");
            }
        }
        printf(" |");
        for (size_t i = 0; i < dump->count; i++) {
            putchar(dump->row[i] >= 0x20 && dump->row[i] < 0x7f ? dump->row[i] : '.');
        }
        printf("|\n");
        dump->repeated = false;
    }
    memcpy(dump->last, dump->row, ROW);
    dump->any = true;
    dump->offset += dump->count;
    dump->count = 0;
}

static int dump_file(const char *path, struct dump *dump, unsigned long long *skip, unsigned long long *left)
{
    FILE *file = tool_open(&hexdump_cli, path);
    if (file == NULL) {
        return 1;
    }
    for (int c; *left > 0 && !ferror(stdout) && (c = getc(file)) != EOF;) {
        if (*skip > 0) {
            --*skip;
            dump->offset++;
            continue;
        }
        --*left;
        dump->row[dump->count++] = (unsigned char)c;
        if (dump->count == ROW) {
            print_row(dump);
        }
    }
    return tool_close(&hexdump_cli, path, file) ? 0 : 1;
}

int tool_hexdump(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct dump dump = {0};
    unsigned long long skip = 0, left = ~0ull;
    int status = 0;
    for (int letter; (letter = cli_option(&hexdump_cli, &options, "Cn:s:")) != 0;) {
        left = letter == 'n' ? cli_number(&hexdump_cli, "BYTES", options.value, INT64_MAX) : left;
        skip = letter == 's' ? cli_number(&hexdump_cli, "BYTES", options.value, INT64_MAX) : skip;
    }
    if (options.next == argc) {
        status = dump_file("-", &dump, &skip, &left);
    }
    for (int i = options.next; i < argc; i++) {
        status |= dump_file(argv[i], &dump, &skip, &left);
    }
    if (dump.count > 0) {
        print_row(&dump);
    }
    printf("%08llx\n", dump.offset);
    return status;
}
