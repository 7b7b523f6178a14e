/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the utilities share: messages, lines, names.
 */
#include "tools.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int tool_failed(const struct cli *cli, const char *what)
{
    int error = errno;
    fflush(stdout);
    fprintf(stderr, "%s: %.200s: %s\n", cli->name, what, strerror(error));
    return 1;
}

FILE *tool_open(const struct cli *cli, const char *path)
{
    if (strcmp(path, "-") == 0) {
        return stdin;
    }
    FILE *file = fopen(path, "r");
    struct stat status;
    if (file != NULL && fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        fclose(file);
        file = NULL;
        errno = EISDIR; /* reading it would only seem to be at its end */
    }
    if (file == NULL) {
        tool_failed(cli, path);
    }
    return file;
}

bool tool_close(const struct cli *cli, const char *path, FILE *file)
{
    bool good = !ferror(file);
    if (!good) {
        tool_failed(cli, path);
    }
    if (file != stdin) {
        fclose(file);
    } else {
        clearerr(stdin);
    }
    return good;
}

bool tool_read_line(const struct cli *cli, FILE *file, struct tool_line *line)
{
    int c;
    line->length = 0;
    if (ferror(stdout)) { /* nobody takes what would become of more lines */
        tool_output_failed(cli);
    }
    while ((c = getc(file)) != EOF) {
        if (line->length + 1 >= line->room) {
            size_t room = line->room != 0 ? 2 * line->room : 128;
            line->bytes = tool_alloc(cli, line->bytes, room);
            line->room = room;
        }
        line->bytes[line->length++] = (char)c;
        if (c == '\n') {
            break;
        }
    }
    if (line->length > 0) {
        line->bytes[line->length] = '\0';
    }
    return line->length > 0;
}

char *tool_path(const struct cli *cli, const char *folder, const char *name)
{
    size_t length = strlen(folder);
    char *path = tool_alloc(cli, NULL, length + strlen(name) + 2);
    bool slash = length > 0 && folder[length - 1] == '/';
    strcpy(stpcpy(stpcpy(path, folder), slash ? "" : "/"), name);
    return path;
}

const char *tool_base(const char *path, size_t *length)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    start = start == end && end > 0 ? start - 1 : start; /* "/" is its own name */
    *length = end - start;
    return path + start;
}

void *tool_alloc(const struct cli *cli, void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);
    if (memory == NULL) {
        fprintf(stderr, "%s: out of memory\n", cli->name);
        exit(1);
    }
    return memory;
}

void tool_write(const struct cli *cli, const char *bytes, size_t count)
{
    if (fwrite(bytes, 1, count, stdout) != count) {
        tool_output_failed(cli);
    }
}

void tool_output_failed(const struct cli *cli)
{
    if (errno != EPIPE) { /* that: nobody wants any more of it, which is not worth a word */
        tool_failed(cli, "standard output");
    }
    exit(1);
}
