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

#define EACH(byte) (0x0101010101010101 * (uint64_t)(byte))

/* Eight hexadecimal digits, all at once: a byte for each, the first of them lowest. */
static bool read_field(const char *header, unsigned index, uint32_t *value)
{
    uint64_t text;
    memcpy(&text, header + 6 + index * 8, sizeof text);
    uint64_t letters = text >> 6 & EACH(1); /* '@' and above: 1 */
    uint64_t digits = (text & EACH(0x0f)) + letters * 9;
    /* What is above the low four bits: 3 of '0' to '9', 4 or 6 of letters. Then 0 to 9, or 10 to 15: with 6 added bit 4 tells. */
    uint64_t wrong = (text & (EACH(0xf0) - letters * 0x20)) ^ (EACH(0x30) + letters * 0x10);
    wrong |= (digits & EACH(0xf0)) | (((digits + EACH(6)) >> 4 & EACH(1)) ^ letters);
    digits = __builtin_bswap64(digits);
    digits = (digits | digits >> 4) & 0x00ff00ff00ff00ff;
    digits = (digits | digits >> 8) & 0x0000ffff0000ffff;
    *value = (uint32_t)(digits | digits >> 16);
    return wrong == 0;
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

static bool is_link(const uint32_t fields[], const struct cpio_entry *entry)
{
    return entry->bytes == 0 && fields[FIELD_LINKS] > 1 && cpio_is_file(entry);
}

/* As it stands there: of a link nothing is followed. */
static err_t entry_read(const char *base, uint64_t bytes, uint64_t offset, uint32_t fields[FIELD_CHECK + 1],
                        struct cpio_entry *entry)
{
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
        .inode = fields[FIELD_INODE],
    };
    return ERR_OK;
}

err_t cpio_read(const void *archive, uint64_t bytes, uint64_t offset, struct cpio_entry *entry)
{
    uint32_t fields[FIELD_CHECK + 1];
    err_t err = entry_read(archive, bytes, offset, fields, entry);
    if (err == ERR_OK && is_link(fields, entry))
        link_follow(archive, bytes, (const char *)archive + offset, entry->next, entry);
    return err;
}

err_t cpio_next(const void *archive, uint64_t bytes, struct cpio_entry *entry)
{
    uint32_t fields[FIELD_CHECK + 1];
    const struct cpio_entry before = *entry;
    err_t err = entry_read(archive, bytes, before.next, fields, entry);
    if (err != ERR_OK || !is_link(fields, entry)) return err;
    if (before.bytes > 0 && before.inode == entry->inode && before.offset > before.next) {
        /* Another name of what the last one was a name of, and the data is still to come. */
        entry->data = before.data;
        entry->offset = before.offset;
        entry->bytes = before.bytes;
    } else {
        link_follow(archive, bytes, (const char *)archive + before.next, entry->next, entry);
    }
    return ERR_OK;
}

err_t cpio_find(const void *archive, uint64_t bytes, const char *name, struct cpio_entry *entry)
{
    uint64_t offset = 0;
    for (;;) {
        uint32_t fields[FIELD_CHECK + 1];
        struct cpio_entry candidate;
        err_t err = entry_read(archive, bytes, offset, fields, &candidate);
        if (err == ERR_EOF) return ERR_NOT_FOUND;
        if (err) return err;
        if (strcmp(candidate.name, name) == 0) return cpio_read(archive, bytes, offset, entry);
        offset = candidate.next;
    }
}

err_t cpio_check(const void *archive, uint64_t bytes, uint64_t *offset, uint32_t *entries)
{
    uint64_t at = 0;
    uint32_t count = 0, fields[FIELD_CHECK + 1];
    struct cpio_entry entry;
    err_t err;
    while ((err = entry_read(archive, bytes, at, fields, &entry)) == ERR_OK) {
        at = entry.next;
        count++;
    }
    if (offset) *offset = at;
    if (entries) *entries = count;
    return err == ERR_EOF ? ERR_OK : err;
}
