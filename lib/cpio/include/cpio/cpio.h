/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio reader: the initial ramdisk, a newc archive (Linux, Documentation/driver-api/early-userspace/
 * buffer-format.rst). Pure functions on bytes that may be anything; nothing outside [archive, archive + bytes) is read,
 * whatever the headers say. Of files with several names (hard links) each entry has the data, though only the last has it
 * in the archive.
 *
 * scripts/mkcpio.py pads names so that data starts at a multiple of 4096 of the archive.
 */
#ifndef CPIO_CPIO_H
#define CPIO_CPIO_H

#include <stdbool.h>
#include <abi/errors.h>
#include <abi/types.h>

#define CPIO_NAME_MAX 255

struct cpio_entry {
    const char *name; /* in the archive, NUL-terminated there */
    const void *data;
    uint64_t offset; /* of data in the archive */
    uint64_t bytes;
    uint64_t next; /* offset of the next header */
    uint32_t mode; /* file type and permissions as in stat(2) */
    uint32_t inode;
};

static inline bool cpio_is_file(const struct cpio_entry *entry)
{
    return (entry->mode & 0170000) == 0100000;
}

/*
 * The entry whose header is at `offset` (0: the first). ERR_EOF: the trailer; ERR_CPIO: malformed (bad magic or digits,
 * header, name or data outside the archive, name empty, too long, unterminated, absolute, or with a component "." or
 * "..").
 */
err_t cpio_read(const void *archive, uint64_t bytes, uint64_t offset, struct cpio_entry *entry);

/*
 * The entry after *entry, which cpio_next() or cpio_read() gave ({0}: the first one). As cpio_read(), but one after the other many names of
 * one file take no longer than as many files.
 */
err_t cpio_next(const void *archive, uint64_t bytes, struct cpio_entry *entry);

/* The file or folder of this name. ERR_NOT_FOUND; ERR_CPIO if a malformed entry comes before it. */
err_t cpio_find(const void *archive, uint64_t bytes, const char *name, struct cpio_entry *entry);

/*
 * Look over the whole archive: ERR_OK, or ERR_CPIO with *offset that of the first malformed entry. Says how many
 * entries there are (may be 0 pointers).
 */
err_t cpio_check(const void *archive, uint64_t bytes, uint64_t *offset, uint32_t *entries);

#endif
