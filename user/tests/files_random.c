/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations of several programs at once on fs, each against its own idea of what its files hold; in one more directory all of
 * them make, move and remove what they like. The model that knows everything is compared on the host (servers/fs/files_fuzz.c).
 */
#include "files_random.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 6
#define BYTES 30000

static struct {
    bool there;
    int fd; /* -1: not open */
    size_t bytes;
    unsigned char data[BYTES];
} files[FILES];
static unsigned char bytes[BYTES];
static uint64_t seed;

static size_t below(size_t n)
{
    return (size_t)(random_next(&seed) % n);
}

static void name_of(unsigned i, char *name)
{
    snprintf(name, 8, "f%u", i);
}

static bool file_open(unsigned i)
{
    char name[8];
    if (files[i].fd >= 0) return true;
    name_of(i, name);
    if (!files[i].there) {
        if (open(name, O_RDONLY) != -1 || errno != ENOENT) return false;
        files[i].bytes = 0;
        memset(files[i].data, 0, BYTES);
    }
    files[i].fd = open(name, O_RDWR | (files[i].there ? 0 : O_CREAT | O_EXCL), 0666);
    files[i].there = true;
    return files[i].fd >= 0;
}

static void file_close(unsigned i)
{
    if (files[i].fd >= 0) close(files[i].fd);
    files[i].fd = -1;
}

static bool file_write(unsigned i)
{
    size_t at = below(BYTES), count = below(4) ? below(300) : below(BYTES);
    if (count > BYTES - at) count = BYTES - at;
    for (size_t n = 0; n < count; n++)
        bytes[n] = (unsigned char)random_next(&seed);
    if (lseek(files[i].fd, (off_t)at, SEEK_SET) != (off_t)at) return false;
    if (write(files[i].fd, bytes, count) != (ssize_t)count) return false;
    memcpy(files[i].data + at, bytes, count);
    if (count > 0 && at + count > files[i].bytes) files[i].bytes = at + count;
    return true;
}

static bool file_read(unsigned i)
{
    size_t at = below(BYTES), count = below(BYTES);
    size_t there = at < files[i].bytes ? files[i].bytes - at : 0;
    if (there > count) there = count;
    if (lseek(files[i].fd, (off_t)at, SEEK_SET) != (off_t)at) return false;
    return read(files[i].fd, bytes, count) == (ssize_t)there && memcmp(bytes, files[i].data + at, there) == 0;
}

static bool file_truncate(unsigned i)
{
    size_t size = below(BYTES);
    if (ftruncate(files[i].fd, (off_t)size) != 0) return false;
    if (size < files[i].bytes) memset(files[i].data + size, 0, files[i].bytes - size);
    files[i].bytes = size;
    return true;
}

/* Over another, which may be open, and vanishes. */
static bool file_rename(unsigned i)
{
    unsigned to = (unsigned)below(FILES);
    char from_name[8], to_name[8];
    name_of(i, from_name);
    name_of(to, to_name);
    if (rename(from_name, to_name) != 0) return false;
    if (to == i) return true;
    file_close(to);
    files[to] = files[i];
    files[i].there = false;
    files[i].fd = -1;
    return true;
}

static bool file_unlink(unsigned i)
{
    char name[8];
    name_of(i, name);
    file_close(i);
    files[i].there = false;
    return unlink(name) == 0;
}

/* Whatever the others do there, the answer is one of those that it can be. */
static bool trample(void)
{
    static const char *const names[] = {"../all/a", "../all/b", "../all/c", "../all/a/d", "../all/b/e"};
    const char *name = names[below(5)];
    int fd, result;
    switch (below(6)) {
    case 0:
        result = mkdir(name, 0777);
        break;
    case 1:
        result = fd = open(name, O_RDWR | O_CREAT, 0666);
        if (fd >= 0) {
            write(fd, bytes, 100);
            close(fd);
        }
        break;
    case 2:
        result = rename(name, names[below(5)]);
        break;
    case 3:
        result = rmdir(name);
        break;
    case 4:
        result = truncate(name, (off_t)below(BYTES));
        break;
    default:
        result = unlink(name);
    }
    return result >= 0 || errno == ENOENT || errno == EEXIST || errno == ENOTDIR || errno == EISDIR ||
           errno == ENOTEMPTY || errno == EINVAL;
}

static bool operation(void)
{
    unsigned i = (unsigned)below(FILES);
    if (below(4) == 0) return trample();
    if (!file_open(i)) return false;
    switch (below(10)) {
    case 0:
        return file_rename(i);
    case 1:
        return below(3) ? file_truncate(i) : file_unlink(i);
    case 2:
        file_close(i);
        return true;
    case 3:
    case 4:
    case 5:
        return file_write(i);
    default:
        return file_read(i);
    }
}

int files_random(const char *text, unsigned count)
{
    char directory[32];
    seed = strtoull(text, NULL, 0);
    snprintf(directory, sizeof directory, "/tmp/random%s", text);
    if (mkdir(directory, 0777) != 0 || chdir(directory) != 0) return 2;
    for (unsigned i = 0; i < FILES; i++)
        files[i].fd = -1;
    for (unsigned n = 0; n < count; n++) {
        if (!operation()) {
            fprintf(stderr, "files_random %s: operation %u: errno %d\n", text, n, errno);
            return 1;
        }
    }
    for (unsigned i = 0; i < FILES; i++) {
        if (!file_open(i) || !file_unlink(i)) return 2;
    }
    return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : 2;
}
