/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkdir, rmdir, touch, chmod, basename, dirname: names and what belongs to them.
 */
#include "tools.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

/* An octal mode, or refuse. */
static mode_t octal(const struct cli *cli, const char *text)
{
    char *end;
    unsigned long mode = strtoul(text, &end, 8);
    if (text[0] < '0' || text[0] > '7' || *end != '\0' || mode > 0777) {
        cli_refuse(cli, "'%.20s' is no mode, as 755 is one", text);
    }
    return (mode_t)mode;
}

/* With all directories above it; those that are there are no error. */
static int make_all(const struct cli *cli, char *path, mode_t mode)
{
    for (char *slash = path + strspn(path, "/"); (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        bool good = tool_is_directory(path) || mkdir(path, 0777) == 0;
        if (!good) {
            return tool_failed(cli, path);
        }
        *slash = '/';
    }
    return tool_is_directory(path) || mkdir(path, mode) == 0 ? 0 : tool_failed(cli, path);
}

int tool_mkdir(int argc, char **argv)
{
    static const struct cli cli = {"mkdir", "[-p] [-m MODE] DIRECTORY...",
                                   "  Make directories.\n  -p  with those above, and it is no error if they are there\n"
                                   "  -m  with this mode, as 755\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    mode_t mode = 0777;
    bool parents = false;
    int status = 0;
    for (int letter; (letter = cli_option(&cli, &options, "pm:")) != 0;) {
        parents = parents || letter == 'p';
        mode = letter == 'm' ? octal(&cli, options.value) : mode;
    }
    if (options.next == argc) {
        cli_refuse(&cli, "which directory?");
    }
    for (int i = options.next; i < argc; i++) {
        if (parents) {
            status |= make_all(&cli, argv[i], mode);
        } else if (mkdir(argv[i], mode) != 0) {
            status = tool_failed(&cli, argv[i]);
        }
    }
    return status;
}

int tool_rmdir(int argc, char **argv)
{
    static const struct cli cli = {"rmdir", "DIRECTORY...", "  Remove directories that are empty.\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    int status = 0;
    while (cli_option(&cli, &options, "") != 0) {
    }
    if (options.next == argc) {
        cli_refuse(&cli, "which directory?");
    }
    for (int i = options.next; i < argc; i++) {
        status |= rmdir(argv[i]) == 0 ? 0 : tool_failed(&cli, argv[i]);
    }
    return status;
}

int tool_touch(int argc, char **argv)
{
    static const struct cli cli = {
        "touch", "[-c] FILE...",
        "  Make empty files; of those that are there the time becomes that of now.\n  -c  make none\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    struct stat found;
    bool make = true;
    int status = 0;
    while (cli_option(&cli, &options, "c") != 0) {
        make = false;
    }
    if (options.next == argc) {
        cli_refuse(&cli, "which file?");
    }
    for (int i = options.next; i < argc; i++) {
        if (stat(argv[i], &found) == 0) {
            status |= utime(argv[i], NULL) == 0 ? 0 : tool_failed(&cli, argv[i]);
            continue;
        }
        int fd = make ? open(argv[i], O_WRONLY | O_CREAT, 0666) : -1;
        if (fd >= 0) {
            close(fd);
        } else if (make) {
            status = tool_failed(&cli, argv[i]);
        }
    }
    return status;
}

/* "755", "+x", "u-w", "a=rx": what becomes of a mode. There is one set of bits: u, g, o and a are the same. */
static mode_t mode_of(const struct cli *cli, const char *text, mode_t mode)
{
    if (text[0] >= '0' && text[0] <= '9') {
        return octal(cli, text);
    }
    const char *operator= text + strspn(text, "ugoa");
    const char *rights = operator+(*operator!= '\0');
    mode_t bits = 0;
    if (*operator== '\0' || strchr("+-=", *operator) == NULL || strspn(rights, "rwx") != strlen(rights)) {
        cli_refuse(cli, "'%.20s' is no mode, as 755 and +x are", text);
    }
    for (; *rights != '\0'; rights++) {
        bits |= *rights == 'r' ? 0444 : *rights == 'w' ? 0222 : 0111;
    }
    return *operator== '+' ? mode | bits : * operator== '-' ? mode & ~bits : bits;
}

int tool_chmod(int argc, char **argv)
{
    static const struct cli cli = {"chmod", "MODE FILE...",
                                   "  Change what may be done with files: 755, +x, -w, =r. (All users are one.)\n"};
    struct stat found;
    int status = 0, first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
    cli_begin(&cli, argc, argv);
    if (argc < first + 2) {
        cli_refuse(&cli, argc < first + 1 ? "which mode?" : "which file?");
    }
    for (int i = first + 1; i < argc; i++) {
        bool good = stat(argv[i], &found) == 0 && chmod(argv[i], mode_of(&cli, argv[first], found.st_mode & 0777)) == 0;
        status |= good ? 0 : tool_failed(&cli, argv[i]);
    }
    return status;
}

int tool_basename(int argc, char **argv)
{
    static const struct cli cli = {"basename", "PATH [ENDING]", "  Print the last part of a path, without the ending.\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    size_t length;
    while (cli_option(&cli, &options, "") != 0) {
    }
    if (options.next == argc || options.next + 2 < argc) {
        cli_refuse(&cli, "one path, and perhaps an ending");
    }
    const char *base = tool_base(argv[options.next], &length);
    const char *ending = options.next + 1 < argc ? argv[options.next + 1] : "";
    size_t cut = strlen(ending);
    if (cut < length && memcmp(base + length - cut, ending, cut) == 0) {
        length -= cut;
    }
    printf("%.*s\n", (int)length, base);
    return 0;
}

int tool_dirname(int argc, char **argv)
{
    static const struct cli cli = {"dirname", "PATH", "  Print a path without its last part.\n"};
    struct cli_options options = {argc, argv, 1, NULL, NULL};
    size_t length;
    while (cli_option(&cli, &options, "") != 0) {
    }
    if (options.next + 1 != argc) {
        cli_refuse(&cli, "which path?");
    }
    const char *path = argv[options.next];
    const char *base = tool_base(path, &length);
    size_t end = (size_t)(base - path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    printf("%.*s\n", (int)(end > 0 ? end : 1), end > 0 ? path : path[0] == '/' ? "/" : ".");
    return 0;
}
