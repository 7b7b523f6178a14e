/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cp, mv, rm.
 */
#include "tools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int act_fn(const struct cli *cli, const char *from, const char *to, bool recursive);

static int move_path(const struct cli *cli, const char *from, const char *to, bool recursive)
{
    (void)recursive;
    return rename(from, to) == 0 ? 0 : tool_failed(cli, from);
}

/* Each operand but the last to the last one, which is a directory if there are several. */
static int act_on_all(const struct cli *cli, const struct cli_options *options, bool recursive, act_fn *act)
{
    char **operands = options->argv + options->next;
    int count = options->argc - options->next, status = 0;
    if (count < 2) {
        cli_refuse(cli, count == 0 ? "what, and where to?" : "where to?");
    }
    const char *target = operands[count - 1];
    if (!tool_is_directory(target)) {
        if (count > 2) {
            fprintf(stderr, "%s: %.200s is no directory\n", cli->name, target);
            return 1;
        }
        return act(cli, operands[0], target, recursive);
    }
    for (int i = 0; i < count - 1; i++) {
        size_t length;
        const char *base = tool_base(operands[i], &length);
        char *name = strndup(base, length);
        char *path = name != NULL ? tool_path(cli, target, name) : NULL;
        status |= path != NULL ? act(cli, operands[i], path, recursive) : 1;
        free(name);
        free(path);
    }
    return status;
}

int tool_cp(int argc, char **argv)
{
    static const struct cli cli = {
        "cp", "[-rRfp] FROM... TO",
        "  Copy files; to a directory if TO is one.\n  -r, -R  directories with all in them\n"
        "  -f, -p  accepted; modes are always kept, times never\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    bool recursive = false;
    for (int letter; (letter = cli_option(&cli, &options, "rRfpa")) != 0;) {
        recursive = recursive || letter == 'r' || letter == 'R' || letter == 'a';
    }
    return act_on_all(&cli, &options, recursive, tool_copy_path);
}

int tool_mv(int argc, char **argv)
{
    static const struct cli cli = {
        "mv", "[-f] FROM... TO",
        "  Give files other names, or move them to a directory. What is called TO is replaced.\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    while (cli_option(&cli, &options, "f") != 0) {
    }
    return act_on_all(&cli, &options, false, move_path);
}

int tool_rm(int argc, char **argv)
{
    static const struct cli cli = {
        "rm", "[-rRf] FILE...",
        "  Remove files.\n  -r, -R  directories with all in them\n  -f  what is not there is no error\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    bool recursive = false, force = false;
    int status = 0;
    for (int letter; (letter = cli_option(&cli, &options, "rRf")) != 0;) {
        recursive = recursive || letter != 'f';
        force = force || letter == 'f';
    }
    if (options.next == argc && !force) {
        cli_refuse(&cli, "which file?");
    }
    for (int i = options.next; i < argc; i++) {
        size_t length;
        const char *base = tool_base(argv[i], &length);
        bool odd = (length == 1 && base[0] == '.') || (length == 2 && base[0] == '.' && base[1] == '.') || base[0] == '/';
        if (odd) {
            fprintf(stderr, "rm: %.200s is refused: one does not saw off the branch one sits on\n", argv[i]);
            status = 1;
        } else {
            status |= tool_remove(&cli, argv[i], recursive, force);
        }
    }
    return status;
}
