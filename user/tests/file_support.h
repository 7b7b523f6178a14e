/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of files, paths, pipes and programs share. */
#ifndef TESTS_FILE_SUPPORT_H
#define TESTS_FILE_SUPPORT_H

#include "support.h"
#include <errno.h>
#include <stdbool.h>

/* `call` fails with this errno. */
#define FAILS(call, number)                                                                                            \
    do {                                                                                                               \
        errno = 0;                                                                                                     \
        EXPECT_EQ((call), -1);                                                                                         \
        EXPECT_EQ(errno, number);                                                                                      \
    } while (0)

/* Makes the file, or empties it first, and writes `text`. */
void file_put(const char *path, const char *text);
/* Is `text` what the descriptor reads from where it is? */
bool file_reads(int fd, const char *text);
bool file_holds(const char *path, const char *text);

/* Starts the program of that path with the argument `copy`, and these two as its input and output. */
err_t copy_start(const char *path, int in, int out, uint64_t *pid);
/* What it then does: copies its input to its output. The exit status is 0 if all went well. */
int copy_main(void);

#endif
