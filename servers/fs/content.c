/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in a file: blocks of its own, where it was written; below them what it began with (a file of the ramdisk, which never
 * changes), and else zeros. A block is whole: when one is first written the rest of it comes from below.
 */
#include "files.h"
#include <string.h>

static const uint8_t zeros[FILE_BLOCK];

static uint8_t *block_of(const struct content *content, uint64_t index)
{
    return index < content->room ? content->block[index] : NULL;
}

static size_t part_of(uint64_t at, size_t bytes)
{
    size_t part = FILE_BLOCK - at % FILE_BLOCK;
    return part < bytes ? part : bytes;
}

/* What is at `at` in no block of its own; *part is cut to where it goes on otherwise. */
static const uint8_t *below(const struct content *content, uint64_t at, size_t *part)
{
    if (at >= content->base_bytes) return zeros;
    if (*part > content->base_bytes - at) *part = content->base_bytes - at;
    return content->base + at;
}

err_t content_read(const struct content *content, uint64_t at, void *to, size_t most, files_copy copy, size_t *count)
{
    *count = 0;
    if (at >= content->bytes) return ERR_OK;
    if (most > content->bytes - at) most = content->bytes - at;
    while (*count < most) {
        size_t part = part_of(at, most - *count);
        const uint8_t *block = block_of(content, at / FILE_BLOCK);
        const uint8_t *from = block != NULL ? block + at % FILE_BLOCK : below(content, at, &part);
        if (!copy((char *)to + *count, from, part)) return ERR_MAPPING_GONE;
        *count += part;
        at += part;
    }
    return ERR_OK;
}

/* What is below a block that is to be written in part. */
static void block_fill(const struct content *content, uint8_t *block, uint64_t index)
{
    uint64_t at = index * FILE_BLOCK;
    size_t part = 0;
    if (at < content->base_bytes) {
        part = FILE_BLOCK;
        const uint8_t *from = below(content, at, &part);
        memcpy(block, from, part);
    }
    memset(block + part, 0, FILE_BLOCK - part);
}

static void block_drop(struct content *content, uint32_t index)
{
    if (content->block[index] == NULL) return;
    files_block_free(content->block[index]);
    content->block[index] = NULL;
    content->held--;
}

/* The block of this index, to be written; `whole`: all of it, *fresh: it is new, and has no contents yet. NULL: no space. */
static uint8_t *block_make(struct content *content, uint64_t index, bool whole, bool *fresh)
{
    uint8_t *block = block_of(content, index);
    *fresh = false;
    if (block != NULL) return block;
    if (index >= content->room &&
        !files_grow((void **)&content->block, &content->room, (uint32_t)index + 1, sizeof(uint8_t *))) {
        return NULL;
    }
    block = files_block_alloc();
    if (block == NULL) return NULL;
    *fresh = whole;
    if (!whole) block_fill(content, block, index);
    content->block[index] = block;
    content->held++;
    return block;
}

/* Nothing but zeros is beyond the end of the file, also when a copy to there did not get through. */
static void clear_beyond(const struct content *content, uint8_t *block, uint64_t index)
{
    uint64_t start = index * FILE_BLOCK;
    uint64_t end = content->bytes < start ? start : content->bytes;
    if (end < start + FILE_BLOCK) memset(block + (end - start), 0, FILE_BLOCK - (end - start));
}

err_t content_write(struct content *content, uint64_t at, const void *from, size_t bytes, files_copy copy, size_t *count)
{
    *count = 0;
    if (bytes == 0) return ERR_OK;
    if (at >= FILE_BYTES_MAX) return ERR_NO_SPACE;
    if (bytes > FILE_BYTES_MAX - at) bytes = FILE_BYTES_MAX - at;
    while (*count < bytes) {
        size_t part = part_of(at, bytes - *count);
        bool fresh;
        uint8_t *block = block_make(content, at / FILE_BLOCK, part == FILE_BLOCK, &fresh);
        if (block == NULL) return *count > 0 ? ERR_OK : ERR_NO_SPACE;
        if (!copy(block + at % FILE_BLOCK, (const char *)from + *count, part)) {
            if (fresh) {
                block_drop(content, (uint32_t)(at / FILE_BLOCK));
            } else {
                clear_beyond(content, block, at / FILE_BLOCK);
            }
            return ERR_MAPPING_GONE;
        }
        *count += part;
        at += part;
        if (at > content->bytes) content->bytes = at;
    }
    return ERR_OK;
}

/* Beyond the end there is nothing, so that what is cut off reads 0 when the file grows again. */
err_t content_truncate(struct content *content, uint64_t bytes)
{
    if (bytes > FILE_BYTES_MAX) return ERR_NO_SPACE;
    if (bytes < content->bytes) {
        uint64_t keep = (bytes + FILE_BLOCK - 1) / FILE_BLOCK;
        for (uint64_t i = keep; i < content->room && content->held > 0; i++)
            block_drop(content, (uint32_t)i);
        uint8_t *last = block_of(content, bytes / FILE_BLOCK);
        if (last != NULL && bytes % FILE_BLOCK != 0) {
            memset(last + bytes % FILE_BLOCK, 0, FILE_BLOCK - bytes % FILE_BLOCK);
        }
        if (content->base_bytes > bytes) content->base_bytes = bytes;
        if (bytes == 0) content_free(content, 0);
    }
    content->bytes = bytes;
    return ERR_OK;
}

bool content_free(struct content *content, uint32_t most)
{
    for (uint32_t i = content->room; i > 0 && content->held > 0 && most > 0; i--) {
        if (content->block[i - 1] == NULL) continue;
        block_drop(content, i - 1);
        most--;
    }
    if (content->held > 0) return false;
    files_free(content->block, content->room * sizeof(uint8_t *));
    *content = (struct content){0};
    return true;
}
