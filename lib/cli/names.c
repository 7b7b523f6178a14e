/* SPDX-License-Identifier: BSD-2-Clause */
/* See cli/names.h. */
#include <cli/names.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static tool_fn *find(const struct tool *tools, const char *name)
{
    const char *slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    for (; tools->name != NULL; tools++) {
        if (strcmp(tools->name, name) == 0) {
            return tools->run;
        }
    }
    return NULL;
}

static int list(const char *program, const struct tool *tools, FILE *to)
{
    fprintf(to, "usage: %s NAME [ARGUMENT...]\n  One program with many names:", program);
    for (; tools->name != NULL; tools++) {
        fprintf(to, " %s", tools->name);
    }
    fprintf(to, "\n");
    return to == stdout ? 0 : 2;
}

/* What could not be written is an error, too; that nobody reads any more is not worth a word. */
static int flushed(const char *name, int status)
{
    bool failed = ferror(stdout) || fflush(stdout) != 0;
    if (failed && errno != EPIPE) {
        fprintf(stderr, "%s: standard output: %s\n", name, strerror(errno));
    }
    return failed && status == 0 ? 1 : status;
}

int cli_run_by_name(const char *program, const struct tool *tools, int argc, char **argv)
{
    tool_fn *run = argc > 0 ? find(tools, argv[0]) : NULL;
    if (run != NULL) {
        return flushed(argv[0], run(argc, argv));
    }
    if (argc < 2) {
        return list(program, tools, stderr);
    }
    run = find(tools, argv[1]);
    return run != NULL ? flushed(argv[1], run(argc - 1, argv + 1))
                       : list(program, tools, strcmp(argv[1], "--help") == 0 ? stdout : stderr);
}
