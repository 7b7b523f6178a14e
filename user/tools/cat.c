/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cat: files one after the other.
 */
#include "tools.h"

#include <unistd.h>

static const struct cli cli = {
    "cat", "[-nu] [FILE...]",
    "  Print files one after the other; without one, or as -: what is typed or piped in, until Ctrl-D.\n"
    "  -n  number the lines\n  -u  (it never keeps anything back anyway)\n"};

struct numbering {
    bool wanted, inside; /* a line */
    unsigned long line;
};

static void print(struct numbering *numbering, const char *bytes, size_t count)
{
    if (!numbering->wanted) {
        tool_write(&cli, bytes, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!numbering->inside) {
            printf("%6lu\t", ++numbering->line);
        }
        putchar(bytes[i]);
        numbering->inside = bytes[i] != '\n';
    }
}

/* By read(), so that what is typed is shown line by line. */
static int cat(const char *path, struct numbering *numbering)
{
    char bytes[4096];
    ssize_t count;
    FILE *file = tool_open(&cli, path);
    if (file == NULL) {
        return 1;
    }
    while ((count = read(fileno(file), bytes, sizeof bytes)) > 0) {
        print(numbering, bytes, (size_t)count);
        if (fflush(stdout) != 0) {
            tool_output_failed(&cli);
        }
    }
    int status = count < 0 ? tool_failed(&cli, path) : 0;
    tool_close(&cli, path, file);
    return status;
}

int tool_cat(int argc, char **argv)
{
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct numbering numbering = {0};
    int status = 0;
    for (int letter; (letter = cli_option(&cli, &options, "nu")) != 0;) {
        numbering.wanted = numbering.wanted || letter == 'n';
    }
    if (options.next == argc) {
        return cat("-", &numbering);
    }
    for (int i = options.next; i < argc; i++) {
        status |= cat(argv[i], &numbering);
    }
    return status;
}
