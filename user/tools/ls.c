/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ls: files and directories.
 */
#include "tools.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct cli cli = {
    "ls", "[-1aAdFjlRrSt] [FILE...]",
    "  List files, and what is in directories.\n"
    "  -a  those that begin with a dot, too; -A  but not . and ..\n"
    "  -d  directories as files\n  -F  / behind directories, * behind programs\n"
    "  -j  as JSON\n  -l  with mode, links, size and time\n  -R  directories in directories, too\n"
    "  -r  the other way round; -S  by size; -t  by time\n  -1  one a line (columns only at the console)\n"};

struct entry {
    char *name;
    struct stat status;
};

struct list {
    struct entry *entries;
    size_t count, room;
};

static bool wanted[128]; /* options */
static bool printed;     /* something is above */

static void add(struct list *list, const char *name, const struct stat *status)
{
    if (list->count == list->room) {
        list->room = list->room != 0 ? 2 * list->room : 16;
        list->entries = tool_alloc(&cli, list->entries, list->room * sizeof *list->entries);
    }
    struct entry *entry = &list->entries[list->count++];
    entry->name = strcpy(tool_alloc(&cli, NULL, strlen(name) + 1), name);
    entry->status = *status;
}

static void list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->entries[i].name);
    }
    free(list->entries);
}

static int compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = 0;
    if (wanted['S']) {
        order = (x->status.st_size < y->status.st_size) - (x->status.st_size > y->status.st_size);
    } else if (wanted['t']) {
        order = (x->status.st_mtime < y->status.st_mtime) - (x->status.st_mtime > y->status.st_mtime);
    }
    order = order != 0 ? order : strcmp(x->name, y->name);
    return wanted['r'] ? -order : order;
}

static char type_of(const struct stat *status)
{
    return S_ISDIR(status->st_mode) ? 'd' : S_ISCHR(status->st_mode) ? 'c' : S_ISFIFO(status->st_mode) ? 'p' : '-';
}

static const char *mark_of(const struct stat *status)
{
    if (!wanted['F']) {
        return "";
    }
    return S_ISDIR(status->st_mode) ? "/" : (status->st_mode & 0111) != 0 ? "*" : "";
}

static void print_long(const struct entry *entry)
{
    char mode[11], date[20];
    static const char letters[] = "rwxrwxrwx";
    mode[0] = type_of(&entry->status);
    for (int i = 0; i < 9; i++) {
        mode[1 + i] = (entry->status.st_mode & (0400u >> i)) != 0 ? letters[i] : '-';
    }
    mode[10] = '\0';
    const struct tm *time = gmtime(&entry->status.st_mtime);
    if (time == NULL || strftime(date, sizeof date, "%Y-%m-%d %H:%M", time) == 0) {
        strcpy(date, "?");
    }
    printf("%s %2u %9llu %s %s%s\n", mode, (unsigned)entry->status.st_nlink, (unsigned long long)entry->status.st_size,
           date, entry->name, mark_of(&entry->status));
}

static void put_json_string(const char *string)
{
    putchar('"');
    for (; *string != '\0'; string++) {
        unsigned char c = (unsigned char)*string;
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static void print_json(const struct entry *entry)
{
    static bool any;
    printf("%s{\"name\": ", any ? ", " : "");
    any = true;
    put_json_string(entry->name);
    printf(", \"type\": \"%c\", \"mode\": %u, \"links\": %u, \"bytes\": %llu, \"modified\": %lld}",
           type_of(&entry->status), (unsigned)(entry->status.st_mode & 0777), (unsigned)entry->status.st_nlink,
           (unsigned long long)entry->status.st_size, (long long)entry->status.st_mtime);
}

/* In columns, sorted downwards. */
static void print_columns(const struct list *list)
{
    size_t widest = 1;
    for (size_t i = 0; i < list->count; i++) {
        size_t width = strlen(list->entries[i].name) + strlen(mark_of(&list->entries[i].status));
        widest = width > widest ? width : widest;
    }
    size_t across = 79 / (widest + 2);
    across = across > 0 ? across : 1;
    size_t rows = (list->count + across - 1) / across;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < list->count; i += rows) {
            const struct entry *entry = &list->entries[i];
            int count = printf("%s%s", entry->name, mark_of(&entry->status));
            printf("%*s", i + rows < list->count ? (int)(widest + 2) - count : 0, "");
        }
        putchar('\n');
    }
}

static void print_list(struct list *list)
{
    if (list->count > 0) {
        qsort(list->entries, list->count, sizeof *list->entries, compare);
    }
    if (!wanted['l'] && !wanted['1'] && !wanted['j'] && isatty(1)) {
        print_columns(list);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (wanted['j']) {
            print_json(&list->entries[i]);
        } else if (wanted['l']) {
            print_long(&list->entries[i]);
        } else {
            printf("%s%s\n", list->entries[i].name, mark_of(&list->entries[i].status));
        }
    }
}

static int read_directory(const char *path, struct list *list)
{
    int result = 0;
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return tool_failed(&cli, path);
    }
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat status;
        bool dots = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (dots || (entry->d_name[0] == '.' && !wanted['a'] && !wanted['A'])) {
            continue;
        }
        char *inner = tool_path(&cli, path, entry->d_name);
        if (stat(inner, &status) == 0) {
            add(list, entry->d_name, &status);
        } else {
            result = tool_failed(&cli, inner);
        }
        free(inner);
    }
    closedir(directory);
    for (size_t i = 0; i < 2 && wanted['a']; i++) { /* a file system need not list them */
        struct stat status;
        char *inner = tool_path(&cli, path, i == 0 ? "." : "..");
        if (stat(inner, &status) == 0) {
            add(list, i == 0 ? "." : "..", &status);
        }
        free(inner);
    }
    return result;
}

static int list_directory(const char *path, bool titled)
{
    struct list list = {0};
    int result = read_directory(path, &list);
    if (titled && !wanted['j']) {
        printf("%s%s:\n", printed ? "\n" : "", path);
    }
    print_list(&list);
    printed = true;
    for (size_t i = 0; i < list.count && wanted['R'] && !wanted['j']; i++) {
        const char *name = list.entries[i].name;
        if (S_ISDIR(list.entries[i].status.st_mode) && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            char *inner = tool_path(&cli, path, name);
            result |= list_directory(inner, true);
            free(inner);
        }
    }
    list_free(&list);
    return result;
}

int tool_ls(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct list files = {0}, directories = {0};
    struct stat status;
    int result = 0;
    for (int letter; (letter = cli_option(&cli, &options, "1aAdFjlRrSt")) != 0;) {
        wanted[letter] = true;
    }
    for (int i = options.next; i < argc; i++) {
        if (stat(argv[i], &status) != 0) {
            result = tool_failed(&cli, argv[i]);
        } else {
            add(S_ISDIR(status.st_mode) && !wanted['d'] ? &directories : &files, argv[i], &status);
        }
    }
    if (options.next == argc && stat(".", &status) == 0) {
        add(wanted['d'] ? &files : &directories, ".", &status);
    }
    fputs(wanted['j'] ? "[" : "", stdout);
    if (files.count > 0) {
        print_list(&files);
        printed = true;
    }
    qsort(directories.entries, directories.count, directories.count > 0 ? sizeof *directories.entries : 1, compare);
    for (size_t i = 0; i < directories.count; i++) {
        result |= list_directory(directories.entries[i].name, argc - options.next > 1 || wanted['R']);
    }
    fputs(wanted['j'] ? "]\n" : "", stdout);
    list_free(&files);
    list_free(&directories);
    return result;
}
