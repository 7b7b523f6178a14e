/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * grep: lines that match. Regular expressions are the C library's.
 */
#include "tools.h"

#include <ctype.h>
#include <dirent.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const struct cli cli = {
    "grep", "[-EFiclnoqrsvwxhH] [-m COUNT] [-e PATTERN | PATTERN] [FILE...]",
    "  Print the lines that match a pattern. Exit status 0: there were some, 1: none, 2: something went wrong.\n"
    "  -E  extended patterns; -F  plain text\n  -i  capitals do not matter; -v  those that do not match; -x  whole "
    "lines, -w  whole words\n"
    "  -c  count them; -l  only the names of files; -n  with line numbers; -q  only the exit status\n"
    "  -o  only what matches, each in a line; -m  no more lines of a file than that\n"
    "  -r  directories with all in them; -s  be silent about missing files; -h, -H  without, with the file's name\n"};

struct pattern {
    const char *text;
    regex_t expression;
    struct pattern *next;
};

static bool wanted[128]; /* options */
static struct pattern *patterns;
static bool matched; /* anything */
static bool failed;
static bool placed;                          /* where a match is matters, too */
static unsigned long long most = UINT64_MAX; /* lines of a file */

static void pattern_add(const char *text)
{
    struct pattern *pattern = tool_alloc(&cli, NULL, sizeof *pattern);
    int flags = (wanted['E'] ? REG_EXTENDED : 0) | (wanted['i'] ? REG_ICASE : 0) | (placed ? 0 : REG_NOSUB);
    pattern->text = text;
    pattern->next = patterns;
    int error = wanted['F'] ? 0 : regcomp(&pattern->expression, text, flags);
    if (error != 0) {
        char message[80];
        regerror(error, &pattern->expression, message, sizeof message);
        fprintf(stderr, "grep: '%.60s' is no pattern: %s\n", text, message);
        exit(2);
    }
    patterns = pattern;
}

static bool same(const char *a, const char *b, size_t length)
{
    return wanted['i'] ? strncasecmp(a, b, length) == 0 : memcmp(a, b, length) == 0;
}

static bool find_plain(const char *text, const char *line, size_t from, regmatch_t *where)
{
    size_t length = strlen(text), all = strlen(line);
    for (size_t i = from; i + length <= all; i++) {
        if (same(line + i, text, length)) {
            *where = (regmatch_t){.rm_so = (regoff_t)i, .rm_eo = (regoff_t)(i + length)};
            return true;
        }
    }
    return false;
}

static bool find_expression(const regex_t *expression, const char *line, size_t from, regmatch_t *where)
{
    *where = (regmatch_t){0};
    if (regexec(expression, line + from, placed ? 1 : 0, where, from > 0 ? REG_NOTBOL : 0) != 0) {
        return false;
    }
    where->rm_so += (regoff_t)from;
    where->rm_eo += (regoff_t)from;
    return true;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* -x and -w: is it the whole line, are they whole words? */
static bool is_whole(const char *line, const regmatch_t *where)
{
    if (wanted['x']) {
        return where->rm_so == 0 && line[where->rm_eo] == '\0';
    }
    return !wanted['w'] || ((where->rm_so == 0 || !is_word(line[where->rm_so - 1])) && !is_word(line[where->rm_eo]));
}

static bool find_pattern(const struct pattern *pattern, const char *line, size_t from, regmatch_t *where)
{
    while (wanted['F'] ? find_plain(pattern->text, line, from, where)
                       : find_expression(&pattern->expression, line, from, where)) {
        if (is_whole(line, where)) {
            return true;
        }
        if (line[where->rm_so] == '\0') {
            return false;
        }
        from = (size_t)where->rm_so + 1;
    }
    return false;
}

/* The first match from there on, and of those that begin there the longest. */
static bool find(const char *line, size_t from, regmatch_t *found)
{
    bool any = false;
    for (struct pattern *pattern = patterns; pattern != NULL && !(any && !placed); pattern = pattern->next) {
        regmatch_t where;
        if (find_pattern(pattern, line, from, &where) &&
            (!any || where.rm_so < found->rm_so || (where.rm_so == found->rm_so && where.rm_eo > found->rm_eo))) {
            *found = where;
            any = true;
        }
    }
    return any;
}

static void print_line(const char *path, bool titled, unsigned long number, const char *text, size_t length)
{
    if (titled) {
        printf("%s:", path);
    }
    if (wanted['n']) {
        printf("%lu:", number);
    }
    printf("%.*s\n", (int)length, text);
}

/* -o: each match of a line; those of nothing do not count. */
static void print_matches(const char *path, bool titled, unsigned long number, const char *line)
{
    regmatch_t where;
    for (size_t from = 0; find(line, from, &where);) {
        size_t length = (size_t)(where.rm_eo - where.rm_so);
        if (length > 0) {
            print_line(path, titled, number, line + where.rm_so, length);
        }
        if (line[where.rm_eo] == '\0') {
            return;
        }
        from = (size_t)where.rm_eo + (length == 0);
    }
}

static void grep_file(const char *path, const char *title, FILE *file, bool titled)
{
    struct tool_line line = {0};
    unsigned long number = 0, count = 0;
    regmatch_t where;
    while (count < most && tool_read_line(&cli, file, &line)) {
        number++;
        if (line.bytes[line.length - 1] == '\n') {
            line.bytes[line.length - 1] = '\0';
        }
        if (find(line.bytes, 0, &where) == wanted['v']) {
            continue;
        }
        count++;
        matched = true;
        if (wanted['q'] || wanted['l']) {
            break;
        }
        if (wanted['o'] && !wanted['c']) {
            if (!wanted['v']) {
                print_matches(title, titled, number, line.bytes);
            }
        } else if (!wanted['c']) {
            print_line(title, titled, number, line.bytes, strlen(line.bytes));
        }
    }
    if (wanted['l'] && count > 0 && !wanted['q']) {
        printf("%s\n", title);
    } else if (wanted['c'] && !wanted['l'] && !wanted['q']) {
        printf("%s%s%lu\n", titled ? title : "", titled ? ":" : "", count);
    }
    free(line.bytes);
    failed = !tool_close(&cli, path, file) || failed;
}

static void grep_path(const char *path, bool titled);

static void grep_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        failed = tool_failed(&cli, path) != 0;
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            char *inner = tool_path(&cli, path, entry->d_name);
            grep_path(inner, true);
            free(inner);
        }
    }
    closedir(directory);
}

static void grep_path(const char *path, bool titled)
{
    struct stat status;
    bool input = strcmp(path, "-") == 0;
    if (!input && stat(path, &status) != 0) {
        failed = true;
        if (!wanted['s']) {
            tool_failed(&cli, path);
        }
    } else if (!input && S_ISDIR(status.st_mode)) {
        if (wanted['r']) {
            grep_directory(path);
        } else {
            fprintf(stderr, "grep: %.200s is a directory, which only -r searches\n", path);
            failed = true;
        }
    } else {
        FILE *file = tool_open(&cli, path);
        failed = failed || file == NULL;
        if (file != NULL) {
            grep_file(path, input ? "(standard input)" : path, file, wanted['H'] || (titled && !wanted['h']));
        }
    }
}

int tool_grep(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    const char **texts = tool_alloc(&cli, NULL, ((size_t)argc + 1) * sizeof *texts);
    int count = 0;
    for (int letter; (letter = cli_option(&cli, &options, "EFGiclnoqrRsvwxhHe:m:")) != 0;) {
        wanted[letter == 'R' ? 'r' : letter] = true;
        if (letter == 'e') {
            texts[count++] = options.value;
        } else if (letter == 'm') {
            most = cli_number(&cli, "COUNT", options.value, INT64_MAX);
        }
    }
    placed = wanted['o'] || wanted['w'] || wanted['x'];
    if (count == 0) {
        if (options.next == argc) {
            cli_refuse(&cli, "which pattern?");
        }
        texts[count++] = argv[options.next++];
    }
    for (int i = 0; i < count; i++) {
        pattern_add(texts[i]);
    }
    if (options.next == argc) {
        grep_path(wanted['r'] ? "." : "-", false);
    }
    for (int i = options.next; i < argc; i++) {
        grep_path(argv[i], argc - options.next > 1);
    }
    return matched && (wanted['q'] || !failed) ? 0 : failed ? 2 : 1;
}
