/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio reader, newc format: a header of 110 ASCII characters, the name, padding to 4, the data, padding to 4. Every
 * number is checked against what is left of the archive before it is used.
 */
#include <cpio/cpio.h>
#include <string.h>

#define HEADER_BYTES 110
#define FIELD_INODE 0
#define FIELD_MODE 1
#define FIELD_LINKS 4
#define FIELD_FILE_BYTES 6
#define FIELD_NAME_BYTES 11
#define FIELD_CHECK 12
#define TRAILER "TRAILER!!!"

/* The value of a hexadecimal digit, NONE for anything else; by characters from '0' to 'f'. */
#define NONE 0x80
static const uint8_t digit_values[] = {
    ['0' - '0'] = 0,
    ['1' - '0'] = 1,
    ['2' - '0'] = 2,
    ['3' - '0'] = 3,
    ['4' - '0'] = 4,
    ['5' - '0'] = 5,
    ['6' - '0'] = 6,
    ['7' - '0'] = 7,
    ['8' - '0'] = 8,
    ['9' - '0'] = 9,
    ['A' - '0'] = 10,
    ['B' - '0'] = 11,
    ['C' - '0'] = 12,
    ['D' - '0'] = 13,
    ['E' - '0'] = 14,
    ['F' - '0'] = 15,
    ['a' - '0'] = 10,
    ['b' - '0'] = 11,
    ['c' - '0'] = 12,
    ['d' - '0'] = 13,
    ['e' - '0'] = 14,
    ['f' - '0'] = 15,
    ['9' - '0' + 1 ... 'A' - '0' - 1] = NONE,
    ['F' - '0' + 1 ... 'a' - '0' - 1] = NONE,
};

static bool read_field(const char *header, unsigned index, uint32_t *value)
{
    const uint8_t *digits = (const uint8_t *)header + 6 + index * 8;
    uint32_t result = 0, wrong = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t place = (uint32_t)digits[i] - '0';
        uint32_t digit = place < sizeof digit_values ? digit_values[place] : NONE;
        wrong |= digit;
        result = result << 4 | digit;
    }
    *value = result;
    return wrong < NONE;
}

static bool read_fields(const char *header, uint32_t fields[FIELD_CHECK + 1])
{
    if (memcmp(header, "070701", 6) != 0) return false;
    for (unsigned i = 0; i <= FIELD_CHECK; i++) {
        if (!read_field(header, i, &fields[i])) return false;
    }
    return true;
}

/* A relative path without empty, "." or ".." components ("." alone is the root folder), printable, short enough. */
static bool name_valid(const char *name, uint64_t length)
{
    if (length == 0 || length > CPIO_NAME_MAX) return false;
    if (length == 1 && name[0] == '.') return true;
    uint64_t start = 0;
    for (uint64_t i = 0; i <= length; i++) {
        if (i < length && name[i] != '/') {
            if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f) return false;
            continue;
        }
        uint64_t part = i - start;
        if (part == 0 || (part == 1 && name[start] == '.')) return false;
        if (part == 2 && name[start] == '.' && name[start + 1] == '.') return false;
        start = i + 1;
    }
    return true;
}

static uint64_t up4(uint64_t value)
{
    return (value + 3) & ~3ull;
}

/* What the hard link at `offset` is called is one of several names: the last of them, further on, has the data. */
static void link_follow(const char *base, uint64_t bytes, const char *link, uint64_t offset, struct cpio_entry *entry)
{
    const char *inode = link + 6 + FIELD_INODE * 8;
    while (offset <= bytes && bytes - offset >= HEADER_BYTES) {
        const char *header = base + offset;
        uint32_t data_bytes, name_bytes;
        if (memcmp(header, "070701", 6) != 0 || !read_field(header, FIELD_FILE_BYTES, &data_bytes) ||
            !read_field(header, FIELD_NAME_BYTES, &name_bytes)) {
            return;
        }
        uint64_t data_at = up4(offset + HEADER_BYTES + name_bytes);
        if (data_at > bytes || data_bytes > bytes - data_at) return;
        if (data_bytes > 0 && memcmp(header + 6 + FIELD_INODE * 8, inode, 8) == 0) {
            entry->data = base + data_at;
            entry->offset = data_at;
            entry->bytes = data_bytes;
            return;
        }
        offset = up4(data_at + data_bytes);
    }
}

err_t cpio_read(const void *archive, uint64_t bytes, uint64_t offset, struct cpio_entry *entry)
{
    const char *base = archive;
    uint32_t fields[FIELD_CHECK + 1];
    if (offset > bytes || bytes - offset < HEADER_BYTES || (offset & 3) != 0) return ERR_CPIO;
    if (!read_fields(base + offset, fields)) return ERR_CPIO;

    uint64_t name_at = offset + HEADER_BYTES;
    uint64_t name_bytes = fields[FIELD_NAME_BYTES];
    if (name_bytes == 0 || name_bytes > bytes - name_at) return ERR_CPIO;
    const char *name = base + name_at;
    const char *end = memchr(name, 0, name_bytes);
    if (!end) return ERR_CPIO;
    uint64_t data_at = up4(name_at + name_bytes);
    uint64_t data_bytes = fields[FIELD_FILE_BYTES];
    if (data_at > bytes || data_bytes > bytes - data_at) return ERR_CPIO;

    if (strcmp(name, TRAILER) == 0) return ERR_EOF;
    if (!name_valid(name, end - name)) return ERR_CPIO;
    *entry = (struct cpio_entry){
        .name = name,
        .data = base + data_at,
        .offset = data_at,
        .bytes = data_bytes,
        .next = up4(data_at + data_bytes),
        .mode = fields[FIELD_MODE],
    };
    if (data_bytes == 0 && fields[FIELD_LINKS] > 1 && cpio_is_file(entry)) {
        link_follow(base, bytes, base + offset, entry->next, entry);
    }
    return ERR_OK;
}

err_t cpio_find(const void *archive, uint64_t bytes, const char *name, struct cpio_entry *entry)
{
    uint64_t offset = 0;
    for (;;) {
        struct cpio_entry candidate;
        err_t err = cpio_read(archive, bytes, offset, &candidate);
        if (err == ERR_EOF) return ERR_NOT_FOUND;
        if (err) return err;
        if (strcmp(candidate.name, name) == 0) {
            *entry = candidate;
            return ERR_OK;
        }
        offset = candidate.next;
    }
}

err_t cpio_check(const void *archive, uint64_t bytes, uint64_t *offset, uint32_t *entries)
{
    uint64_t at = 0;
    uint32_t count = 0;
    struct cpio_entry entry;
    err_t err;
    while ((err = cpio_read(archive, bytes, at, &entry)) == ERR_OK) {
        at = entry.next;
        count++;
    }
    if (offset) *offset = at;
    if (entries) *entries = count;
    return err == ERR_EOF ? ERR_OK : err;
}
