/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in a file: blocks of its own, where it was written; below them what it began with (a file of the ramdisk, which never
 * changes), and else zeros. A block is whole: when one is first written the rest of it comes from below.
 *
 * The word of a block says whose it is and where; the table of blocks is made from these words by a successor. A write is done or not: what is
 * overwritten is put in the journal, or, if all of a block is, the new bytes go to another block that takes its place.
 */
#include "files.h"
#include <string.h>

#define PIECE (16 * FILE_BLOCK) /* is done at once; more than a call of a client's has */
#define REPLACED_MOST (PIECE / FILE_BLOCK)
#define WRITE_WORDS 3 /* the file's own: modified, origin, bytes */

_Static_assert(2 * (REPLACED_MOST + 1) + WRITE_WORDS <= JOURNAL_WORDS, "a piece fits the journal");

static const uint8_t zeros[FILE_BLOCK];

/* Blocks that are nobody's as soon as what goes on is done. */
static struct {
    uint32_t count;
    uint8_t *block[REPLACED_MOST + 1];
} loose;

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

void content_begin(void)
{
    loose.count = 0;
}

void content_commit(void)
{
    journal_commit();
    while (loose.count > 0)
        blocks_give(loose.block[--loose.count]);
}

/* Of what is not in the file any more: there is nothing to be put back. */
static void block_drop(struct content *content, uint32_t index)
{
    if (content->block[index] == NULL) return;
    files_block_free(content->block[index]);
    content->block[index] = NULL;
    content->held--;
}

static bool table_room(struct content *content, uint64_t index)
{
    return index < content->room ||
           files_grow((void **)&content->block, &content->room, (uint32_t)index + 1, sizeof(uint8_t *));
}

/* The block becomes the one of this index, in place of what is there, which does not count from now on. */
static void block_put(struct content *content, uint64_t index, uint8_t *block)
{
    uint8_t *there = content->block[index];
    journal_set(*files_block_word(block), content->owner | index);
    content->block[index] = block;
    if (there == NULL) {
        content->held++;
        return;
    }
    journal_set(*files_block_word(there), BLOCK_LOOSE);
    loose.block[loose.count++] = there;
}

/* Nothing but zeros is beyond the end of the file, also when a copy to there did not get through. */
static void clear_beyond(const struct content *content, uint8_t *block, uint64_t index)
{
    uint64_t start = index * FILE_BLOCK;
    uint64_t end = content->bytes < start ? start : content->bytes;
    if (end < start + FILE_BLOCK) memset(block + (end - start), 0, FILE_BLOCK - (end - start));
}

void content_clear_beyond(const struct content *content)
{
    uint64_t index = content->bytes / FILE_BLOCK;
    uint8_t *block = block_of(content, index);
    if (block != NULL) clear_beyond(content, block, index);
}

err_t content_attach(struct content *content, uint32_t index, uint8_t *block)
{
    if (!table_room(content, index) || !files_reserve(FILE_BLOCK)) return ERR_NO_SPACE;
    content->block[index] = block;
    content->held++;
    return ERR_OK;
}

/* In the block that is there: what it had of the file comes into the journal. */
static err_t write_over(struct content *content, uint64_t at, const void *from, size_t part, files_copy copy)
{
    uint8_t *block = content->block[at / FILE_BLOCK];
    size_t old = at >= content->bytes ? 0 : content->bytes - at < part ? content->bytes - at : part;
    if (old > 0 && !journal_piece(block + at % FILE_BLOCK, old)) return ERR_NO_SPACE;
    if (copy(block + at % FILE_BLOCK, from, part)) return ERR_OK;
    clear_beyond(content, block, at / FILE_BLOCK);
    return ERR_MAPPING_GONE;
}

/* To a new block, which takes the place of what is there, if anything: then no more are counted. */
static err_t write_new(struct content *content, uint64_t at, const void *from, size_t part, files_copy copy, bool there)
{
    uint64_t index = at / FILE_BLOCK;
    if (!table_room(content, index)) return ERR_NO_SPACE;
    uint8_t *block = there ? blocks_take() : files_block_alloc();
    if (block == NULL) return ERR_NO_SPACE;
    if (part < FILE_BLOCK) block_fill(content, block, index);
    if (copy(block + at % FILE_BLOCK, from, part)) {
        block_put(content, index, block);
        return ERR_OK;
    }
    blocks_give(block);
    if (!there) files_release(FILE_BLOCK);
    return ERR_MAPPING_GONE;
}

static err_t write_part(struct content *content, uint64_t at, const void *from, size_t part, files_copy copy)
{
    bool there = block_of(content, at / FILE_BLOCK) != NULL;
    if (there && part < FILE_BLOCK) return write_over(content, at, from, part, copy);
    err_t err = write_new(content, at, from, part, copy, there);
    return err == ERR_NO_SPACE && there ? write_over(content, at, from, part, copy) : err;
}

/* At most a piece, which is not committed. */
static err_t write_piece(struct content *content, uint64_t at, const void *from, size_t bytes, files_copy copy,
                         size_t *count)
{
    size_t done = 0;
    err_t err = ERR_OK;
    uint64_t end = content->bytes;
    while (done < bytes) {
        size_t part = part_of(at + done, bytes - done);
        err = write_part(content, at + done, (const char *)from + done, part, copy);
        if (err != ERR_OK) break;
        done += part;
        if (at + done > end) end = at + done;
    }
    if (end != content->bytes) journal_set(content->bytes, end);
    *count = done;
    return err;
}

err_t content_write(struct content *content, uint64_t at, const void *from, size_t bytes, files_copy copy, size_t *count)
{
    *count = 0;
    if (bytes == 0) return ERR_OK;
    if (at >= FILE_BYTES_MAX) return ERR_NO_SPACE;
    if (bytes > FILE_BYTES_MAX - at) bytes = FILE_BYTES_MAX - at;
    for (;;) {
        size_t done, piece = bytes - *count < PIECE ? bytes - *count : PIECE;
        err_t err = write_piece(content, at + *count, (const char *)from + *count, piece, copy, &done);
        *count += done;
        if (err == ERR_NO_SPACE && *count > 0) return ERR_OK;
        if (err != ERR_OK || *count == bytes) return err;
        content_commit();
    }
}

/* Beyond the end there is nothing, so that what is cut off reads 0 when the file grows again. A successor does what comes after the commit. */
err_t content_truncate(struct content *content, uint64_t bytes)
{
    bool shrinks = bytes < content->bytes;
    if (bytes > FILE_BYTES_MAX) return ERR_NO_SPACE;
    if (content->base_bytes > bytes) journal_set(content->base_bytes, bytes);
    journal_set(content->bytes, bytes);
    content_commit();
    if (!shrinks) return ERR_OK;
    uint64_t keep = (bytes + FILE_BLOCK - 1) / FILE_BLOCK;
    for (uint64_t i = keep; i < content->room && content->held > 0; i++)
        block_drop(content, (uint32_t)i);
    content_clear_beyond(content);
    if (bytes == 0) content_free(content, 0);
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
    content->block = NULL;
    content->room = 0;
    return true;
}
