/* SPDX-License-Identifier: BSD-2-Clause */
/* The network programs: which one it is says the name that it was called by; `nettools NAME ...` does it, too. */
#include <stdio.h>
#include <string.h>

#include "tools.h"

static tool_fn *find(const char *name)
{
    const char *slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    for (const struct tool *tool = tools_list; tool->name != NULL; tool++) {
        if (strcmp(tool->name, name) == 0) {
            return tool->run;
        }
    }
    return NULL;
}

static int list(FILE *to)
{
    fprintf(to, "usage: nettools NAME [ARGUMENT...]\n  One program with many names:");
    for (const struct tool *tool = tools_list; tool->name != NULL; tool++) {
        fprintf(to, " %s", tool->name);
    }
    fprintf(to, "\n");
    return to == stdout ? 0 : 2;
}

/* What could not be written is an error, too. */
static int flushed(int status)
{
    bool failed = ferror(stdout) || fflush(stdout) != 0;
    return failed && status == 0 ? 1 : status;
}

int main(int argc, char *argv[])
{
    tool_fn *run = argc > 0 ? find(argv[0]) : NULL;
    if (run != NULL) {
        return flushed(run(argc, argv));
    }
    if (argc < 2) {
        return list(stderr);
    }
    run = find(argv[1]);
    return run != NULL ? flushed(run(argc - 1, argv + 1)) : list(strcmp(argv[1], "--help") == 0 ? stdout : stderr);
}
