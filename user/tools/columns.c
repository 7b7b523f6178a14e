/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut and tr: parts of lines, and single characters.
 */
#include "tools.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* cut --------------------------------------------------------------------------------------------- */

static const struct cli cut_cli = {
    "cut", "-b LIST | -c LIST | -f LIST [-d CHARACTER] [-s] [FILE...]",
    "  Print parts of lines: characters (-b, -c), or fields (-f) between tabs, or what -d says.\n"
    "  LIST is like 1,3-5,7-. -s  leaves out lines without a separator\n"};

#define RANGES 32

struct ranges {
    unsigned long first[RANGES], last[RANGES]; /* last 0: to the end */
    size_t count;
};

static void take_list(const char *text, struct ranges *ranges)
{
    char *end = (char *)text;
    do {
        text = end + (ranges->count > 0 && *end == ',');
        unsigned long first = *text == '-' ? 1 : strtoul(text, &end, 10);
        end = *text == '-' ? (char *)text : end;
        unsigned long last = first;
        bool open = *end == '-';
        if (open) {
            last = isdigit((unsigned char)end[1]) ? strtoul(end + 1, &end, 10) : (end++, 0);
        }
        if (first == 0 || end == text || (last != 0 && last < first) || ranges->count == RANGES) {
            cli_refuse(&cut_cli, "'%.30s' is no list, as 1,3-5 is", text);
        }
        ranges->first[ranges->count] = first;
        ranges->last[ranges->count++] = last;
    } while (*end == ',');
    if (*end != '\0') {
        cli_refuse(&cut_cli, "'%.30s' is no list, as 1,3-5 is", text);
    }
}

static bool selected(const struct ranges *ranges, unsigned long number)
{
    for (size_t i = 0; i < ranges->count; i++) {
        if (number >= ranges->first[i] && (ranges->last[i] == 0 || number <= ranges->last[i])) {
            return true;
        }
    }
    return false;
}

static void cut_characters(const struct ranges *ranges, const char *line)
{
    for (unsigned long i = 1; line[i - 1] != '\0'; i++) {
        if (selected(ranges, i)) {
            putchar(line[i - 1]);
        }
    }
    putchar('\n');
}

static void cut_fields(const struct ranges *ranges, const char *line, char separator, bool only)
{
    bool any = false;
    if (strchr(line, separator) == NULL) {
        if (!only) {
            printf("%s\n", line);
        }
        return;
    }
    for (unsigned long number = 1;; number++) {
        size_t length = strcspn(line, (const char[]){separator, '\0'});
        if (selected(ranges, number)) {
            if (any) {
                putchar(separator);
            }
            fwrite(line, 1, length, stdout);
            any = true;
        }
        if (line[length] == '\0') {
            break;
        }
        line += length + 1;
    }
    putchar('\n');
}

static int cut(const char *path, const struct ranges *ranges, char separator, bool only)
{
    struct tool_line line = {0};
    FILE *file = tool_open(&cut_cli, path);
    if (file == NULL) {
        return 1;
    }
    while (tool_read_line(&cut_cli, file, &line)) {
        if (line.bytes[line.length - 1] == '\n') {
            line.bytes[line.length - 1] = '\0';
        }
        if (separator == '\0') {
            cut_characters(ranges, line.bytes);
        } else {
            cut_fields(ranges, line.bytes, separator, only);
        }
    }
    free(line.bytes);
    return tool_close(&cut_cli, path, file) ? 0 : 1;
}

int tool_cut(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct ranges ranges = {0};
    char separator = '\t';
    bool fields = false, only = false;
    int status = 0;
    for (int letter; (letter = cli_option(&cut_cli, &options, "b:c:f:d:s")) != 0;) {
        if (letter == 'd') {
            if (strlen(options.value) != 1) {
                cli_refuse(&cut_cli, "one character separates fields, not '%.20s'", options.value);
            }
            separator = options.value[0];
        } else if (letter == 's') {
            only = true;
        } else {
            take_list(options.value, &ranges);
            fields = letter == 'f';
        }
    }
    if (ranges.count == 0) {
        cli_refuse(&cut_cli, "which parts?");
    }
    if (options.next == argc) {
        return cut("-", &ranges, fields ? separator : '\0', only);
    }
    for (int i = options.next; i < argc; i++) {
        status |= cut(argv[i], &ranges, fields ? separator : '\0', only);
    }
    return status;
}

/* tr ---------------------------------------------------------------------------------------------- */

static const struct cli tr_cli = {
    "tr", "[-cds] SET [SET]",
    "  Put characters of the second set in the place of those of the first, from standard input to standard output.\n"
    "  -d  leave them out; -s  print only one of several equal ones; -c  all that are not in the set\n"
    "  Sets have ranges a-z, classes [:alpha:] and \\n \\t \\\\ \\012\n"};

struct set {
    unsigned char bytes[512];
    size_t count;
};

static void set_add(struct set *set, int c)
{
    if (set->count < sizeof set->bytes) {
        set->bytes[set->count++] = (unsigned char)c;
    }
}

static int set_byte(const char **at)
{
    static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    int value = 0;
    if (**at != '\\' || (*at)[1] == '\0') {
        return (unsigned char)*(*at)++;
    }
    ++*at;
    const char *found = strchr(letters, **at);
    if (found != NULL) {
        ++*at;
        return values[found - letters];
    }
    if (**at < '0' || **at > '7') {
        return (unsigned char)*(*at)++;
    }
    for (int i = 0; i < 3 && **at >= '0' && **at <= '7'; i++) {
        value = value * 8 + (*(*at)++ - '0');
    }
    return value & 255;
}

/* [:alpha:] at *at; false: it is none. */
static bool set_class(struct set *set, const char **at)
{
    static const struct {
        const char *name;
        int (*is)(int c);
    } classes[] = {{"[:alnum:]", isalnum}, {"[:alpha:]", isalpha}, {"[:blank:]", isblank}, {"[:cntrl:]", iscntrl},
                   {"[:digit:]", isdigit}, {"[:graph:]", isgraph}, {"[:lower:]", islower}, {"[:print:]", isprint},
                   {"[:punct:]", ispunct}, {"[:space:]", isspace}, {"[:upper:]", isupper}, {"[:xdigit:]", isxdigit}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        size_t length = strlen(classes[i].name);
        if (strncmp(*at, classes[i].name, length) == 0) {
            for (int c = 0; c < 256; c++) {
                if (classes[i].is(c)) {
                    set_add(set, c);
                }
            }
            *at += length;
            return true;
        }
    }
    return false;
}

static void set_read(struct set *set, const char *text)
{
    while (*text != '\0') {
        if (set_class(set, &text)) {
            continue;
        }
        int first = set_byte(&text), last = first;
        if (text[0] == '-' && text[1] != '\0') {
            text++;
            last = set_byte(&text);
        }
        if (last < first) {
            cli_refuse(&tr_cli, "a range must not go backwards");
        }
        for (int c = first; c <= last; c++) {
            set_add(set, c);
        }
    }
}

static void set_complement(struct set *set)
{
    struct set other = {0};
    for (int c = 0; c < 256; c++) {
        if (memchr(set->bytes, c, set->count) == NULL) {
            set_add(&other, c);
        }
    }
    *set = other;
}

/* What becomes of each byte; -1: nothing. */
static void map_make(int map[256], const struct set *from, const struct set *to, bool delete)
{
    for (int c = 0; c < 256; c++) {
        map[c] = c;
    }
    for (size_t i = 0; i < from->count; i++) {
        if (delete) {
            map[from->bytes[i]] = -1;
        } else if (to->count > 0) {
            map[from->bytes[i]] = to->bytes[i < to->count ? i : to->count - 1];
        }
    }
}

int tool_tr(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct set from = {0}, to = {0};
    bool wanted[128] = {false};
    int map[256], last = -1;
    for (int letter; (letter = cli_option(&tr_cli, &options, "cCds")) != 0;) {
        wanted[letter == 'C' ? 'c' : letter] = true;
    }
    int count = argc - options.next;
    int needed = wanted['d'] != wanted['s'] ? 1 : 2;
    if (count < needed || count > 2 || (count == 2 && wanted['d'] && !wanted['s'])) {
        cli_refuse(&tr_cli, count < needed ? "which characters, and what for?" : "these are too many sets");
    }
    set_read(&from, argv[options.next]);
    if (count == 2) {
        set_read(&to, argv[options.next + 1]);
    }
    if (wanted['c']) {
        set_complement(&from);
    }
    map_make(map, &from, &to, wanted['d']);
    const struct set *squeezed = count == 2 ? &to : &from;
    for (int c; !ferror(stdout) && (c = getchar()) != EOF;) {
        int new = map[c];
        bool again = new == last &&wanted['s'] && new >= 0 && memchr(squeezed->bytes, new, squeezed->count) != NULL;
        if (new >= 0 && !again) {
            putchar(new);
            last = new;
        }
    }
    return 0;
}
