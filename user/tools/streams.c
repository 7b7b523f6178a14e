/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tee and uniq.
 */
#include "tools.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* tee --------------------------------------------------------------------------------------------- */

int tool_tee(int argc, char **argv)
{
    static const struct cli cli = {"tee", "[-a] [FILE...]",
                                   "  Copy standard input to standard output and to files.\n  -a  append to them\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    int flags = O_TRUNC, status = 0;
    char bytes[4096];
    ssize_t count;
    while (cli_option(&cli, &options, "ai") != 0) {
        flags = O_APPEND;
    }
    int *fds = tool_alloc(&cli, NULL, ((size_t)argc + 1) * sizeof *fds);
    for (int i = options.next; i < argc; i++) {
        fds[i] = open(argv[i], O_WRONLY | O_CREAT | flags, 0666);
        status |= fds[i] >= 0 ? 0 : tool_failed(&cli, argv[i]);
    }
    while ((count = read(0, bytes, sizeof bytes)) > 0) {
        tool_write(&cli, bytes, (size_t)count);
        fflush(stdout);
        for (int i = options.next; i < argc; i++) {
            if (fds[i] >= 0 && write(fds[i], bytes, (size_t)count) != count) {
                status = tool_failed(&cli, argv[i]);
                close(fds[i]);
                fds[i] = -1;
            }
        }
    }
    free(fds);
    return count < 0 ? tool_failed(&cli, "standard input") : status;
}

/* uniq -------------------------------------------------------------------------------------------- */

static void print_group(const struct tool_line *line, unsigned long count, const bool wanted[128])
{
    if ((wanted['d'] && count < 2) || (wanted['u'] && count > 1)) {
        return;
    }
    if (wanted['c']) {
        printf("%7lu ", count);
    }
    fwrite(line->bytes, 1, line->length, stdout);
    if (line->length > 0 && line->bytes[line->length - 1] != '\n') {
        putchar('\n');
    }
}

int tool_uniq(int argc, char **argv)
{
    static const struct cli cli = {
        "uniq", "[-cdu] [FILE]",
        "  Print lines, but of equal ones that follow each other only one.\n"
        "  -c  how many they were\n  -d  only those that were several; -u  only those that were not\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct tool_line last = {0}, line = {0};
    bool wanted[128] = {false};
    unsigned long count = 0;
    for (int letter; (letter = cli_option(&cli, &options, "cdu")) != 0;) {
        wanted[letter] = true;
    }
    if (argc - options.next > 1) {
        cli_refuse(&cli, "one file at a time");
    }
    const char *path = options.next < argc ? argv[options.next] : "-";
    FILE *file = tool_open(&cli, path);
    if (file == NULL) {
        return 1;
    }
    while (tool_read_line(&cli, file, &line)) {
        bool same = count > 0 && line.length == last.length && memcmp(line.bytes, last.bytes, line.length) == 0;
        if (!same && count > 0) {
            print_group(&last, count, wanted);
        }
        count = same ? count + 1 : 1;
        struct tool_line swap = last;
        last = line;
        line = swap;
    }
    if (count > 0) {
        print_group(&last, count, wanted);
    }
    free(last.bytes);
    free(line.bytes);
    return tool_close(&cli, path, file) ? 0 : 1;
}
