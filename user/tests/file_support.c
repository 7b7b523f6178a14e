/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of files, paths, pipes and programs share: files made and compared in one call, and a program that copies. */
#include "file_support.h"
#include <fcntl.h>
#include <libc/program.h>
#include <unistd.h>

void file_put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

bool file_reads(int fd, const char *text)
{
    char bytes[256] = "";
    ssize_t count = read(fd, bytes, sizeof bytes - 1);
    return count == (ssize_t)strlen(text) && strcmp(bytes, text) == 0;
}

bool file_holds(const char *path, const char *text)
{
    int fd = open(path, O_RDONLY);
    bool same = fd >= 0 && file_reads(fd, text);
    close(fd);
    return same;
}

err_t copy_start(const char *path, int in, int out, uint64_t *pid)
{
    char *argv[] = {(char *)path, (char *)"copy", NULL};
    int fds[] = {in, out, 2};
    struct program_options options = {.argv = argv, .fds = fds, .fd_count = 3, .priority = PROGRAM_PRIORITY_SAME};
    return program_spawn(path, &options, pid);
}

int copy_main(void)
{
    static char bytes[3000];
    ssize_t count;
    while ((count = read(0, bytes, sizeof bytes)) > 0) {
        if (write(1, bytes, (size_t)count) != count) return 1;
    }
    return count == 0 ? 0 : 2;
}
