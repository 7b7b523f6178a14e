/* SPDX-License-Identifier: BSD-2-Clause */
/* Directory streams: a descriptor, and the last names that came from there. `.` and `..` are not among them. */
#include "table.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_NUMBER 8 /* bytes of the node's number, in front of type and name */

struct directory_stream {
    int fd;
    size_t at, bytes; /* in `entries` */
    struct dirent entry;
    char entries[FS_LIST_MAX];
};

DIR *fdopendir(int fd)
{
    DIR *directory = calloc(1, sizeof *directory);
    if (directory) directory->fd = fd;
    return directory;
}

DIR *opendir(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return NULL;
    DIR *directory = fdopendir(fd);
    if (!directory) close(fd);
    return directory;
}

/* The names after the last one. */
static err_t entries_read(DIR *directory)
{
    struct opened *opened = opened_get(directory->fd);
    directory->at = directory->bytes = 0;
    if (!opened) return ERR_NOT_OPEN;
    err_t err = opened->ops->list ? opened->ops->list(opened->file, directory->entry.d_name, directory->entries,
                                                      sizeof directory->entries, &directory->bytes)
                                  : ERR_NOT_DIRECTORY;
    opened_put(opened);
    return err;
}

struct dirent *readdir(DIR *directory)
{
    if (directory->at == directory->bytes) {
        err_t err = entries_read(directory);
        if (err) file_fail(err);
    }
    if (directory->at == directory->bytes) return NULL;
    const char *record = directory->entries + directory->at;
    const char *name = record + RECORD_NUMBER + 1;
    uint64_t number;
    memcpy(&number, record, RECORD_NUMBER);
    directory->entry.d_ino = (ino_t)number;
    directory->entry.d_type = record[RECORD_NUMBER] == 'd' ? DT_DIR : record[RECORD_NUMBER] == '-' ? DT_REG : DT_CHR;
    strcpy(directory->entry.d_name, name);
    directory->at += RECORD_NUMBER + 1 + strlen(name) + 1;
    return &directory->entry;
}

void rewinddir(DIR *directory)
{
    directory->at = directory->bytes = 0;
    directory->entry.d_name[0] = 0;
}

int dirfd(DIR *directory)
{
    return directory->fd;
}

int closedir(DIR *directory)
{
    int result = close(directory->fd);
    free(directory);
    return result;
}
