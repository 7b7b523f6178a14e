/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The utilities: which one it is says the name that it was called by; `tools NAME ...` does it, too.
 */
#include "tools.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    tool_fn *run;
} tools[] = {
    {"[", tool_test},          {"args", tool_args},     {"basename", tool_basename},
    {"cat", tool_cat},         {"chmod", tool_chmod},   {"cp", tool_cp},
    {"cut", tool_cut},         {"date", tool_date},     {"dirname", tool_dirname},
    {"echo", tool_echo},       {"env", tool_env},       {"exitcode", tool_exitcode},
    {"false", tool_false},     {"grep", tool_grep},     {"head", tool_head},
    {"hexdump", tool_hexdump}, {"ls", tool_ls},         {"mkdir", tool_mkdir},
    {"mv", tool_mv},           {"printf", tool_printf}, {"pwd", tool_pwd},
    {"rm", tool_rm},           {"rmdir", tool_rmdir},   {"seq", tool_seq},
    {"sleep", tool_sleep},     {"sort", tool_sort},     {"tail", tool_tail},
    {"tee", tool_tee},         {"test", tool_test},     {"touch", tool_touch},
    {"tr", tool_tr},           {"true", tool_true},     {"uniq", tool_uniq},
    {"watch", tool_watch},     {"wc", tool_wc},         {"yes", tool_yes},
};
#define TOOLS (sizeof tools / sizeof tools[0])

static tool_fn *find(const char *name)
{
    const char *slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    for (size_t i = 0; i < TOOLS; i++) {
        if (strcmp(tools[i].name, name) == 0) {
            return tools[i].run;
        }
    }
    return NULL;
}

static int list(FILE *to)
{
    fprintf(to, "usage: tools NAME [ARGUMENT...]\n  One program with many names:");
    for (size_t i = 0; i < TOOLS; i++) {
        fprintf(to, " %s", tools[i].name);
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
