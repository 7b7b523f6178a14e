/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing payloads (lib/messaging/README.md), for generated code only. A reader believes nothing: its first failure
 * sticks, everything after reads as zero, and reader_end() tells. A writer's buffer has room by construction.
 */
#ifndef MESSAGING_MARSHAL_H
#define MESSAGING_MARSHAL_H

#include <abi/errors.h>
#include <abi/types.h>
#include <messaging/rpc.h>
#include <stdbool.h>
#include <string.h>

static inline size_t message_bytes_words(size_t bytes)
{
    return 1 + (bytes + 7) / 8;
}

static inline size_t message_string_words(size_t length)
{
    return message_bytes_words(length + 1);
}

/* The least number of payload words with enough fragments for `caps` capabilities. */
static inline size_t message_caps_words(size_t caps)
{
    return caps <= 1 ? 0 : MESSAGE_FIRST_WORDS + 8 * (caps - 2) + 1;
}

/* A buffer of `words`: `stack` if it is enough, else from malloc; NULL: out of memory. */
uint64_t *message_buffer(uint64_t *stack, size_t stack_words, size_t words);
void message_buffer_free(uint64_t *stack, uint64_t *buffer);

struct writer {
    uint64_t *w; /* next word */
    uint64_t *start;
    cptr_t *caps;
    uint32_t cap_count;
};

static inline void writer_word(struct writer *out, uint64_t value)
{
    *out->w++ = value;
}

/* `data` may overlap what is being written, above it (replies are made in place). */
static inline void writer_bytes(struct writer *out, const void *data, size_t bytes)
{
    uint64_t *to = out->w + 1;
    if (bytes % 8) {
        uint64_t last = 0;
        memcpy(&last, (const char *)data + bytes / 8 * 8, bytes % 8);
        if (bytes > 8) memmove(to, data, bytes / 8 * 8);
        to[bytes / 8] = last;
    } else {
        memmove(to, data, bytes);
    }
    *out->w = bytes;
    out->w = to + (bytes + 7) / 8;
}

static inline void writer_string(struct writer *out, const char *text, size_t length)
{
    uint64_t *to = out->w + 1;
    size_t words = (length + 8) / 8;
    uint64_t last = 0;
    memcpy(&last, text + (words - 1) * 8, length % 8);
    memmove(to, text, (words - 1) * 8);
    to[words - 1] = last;
    *out->w = length;
    out->w = to + words;
}

static inline void writer_struct(struct writer *out, const void *data, size_t bytes)
{
    memmove(out->w, data, bytes);
    out->w += bytes / 8;
}

static inline void writer_list(struct writer *out, const void *data, size_t count, size_t bytes)
{
    memmove(out->w + 1, data, count * bytes);
    *out->w = count;
    out->w += 1 + count * bytes / 8;
}

static inline void writer_cap(struct writer *out, cptr_t cap)
{
    writer_word(out, cap != 0);
    if (cap) out->caps[out->cap_count++] = cap;
}

static inline void writer_caps(struct writer *out, const cptr_t *caps, uint32_t count)
{
    writer_word(out, count);
    for (uint32_t i = 0; i < count; i++)
        out->caps[out->cap_count++] = caps[i];
}

/* Bytes of payload, padded for the capabilities. */
static inline uint32_t writer_end(struct writer *out)
{
    uint64_t *least = out->start + message_caps_words(out->cap_count);
    while (out->w < least)
        *out->w++ = 0;
    return (uint32_t)((out->w - out->start) * 8);
}

struct reader {
    uint64_t *w; /* next word */
    uint64_t *start, *end;
    cptr_t *caps;
    uint32_t cap_count, cap_next;
    bool failed;
};

static inline uint64_t reader_word(struct reader *in, uint64_t most)
{
    if (in->w >= in->end || *in->w > most) {
        in->failed = true;
        return 0;
    }
    return *in->w++;
}

/* Take `words` words. NULL: there are not as many. */
static inline void *reader_words(struct reader *in, size_t words)
{
    if (in->failed || words > (size_t)(in->end - in->w)) {
        in->failed = true;
        return NULL;
    }
    void *data = in->w;
    in->w += words;
    return data;
}

static inline const char *reader_string(struct reader *in, size_t most, size_t *length)
{
    *length = reader_word(in, most);
    const char *text = reader_words(in, (*length + 8) / 8);
    if (!text || memchr(text, 0, *length + 1) != text + *length) {
        in->failed = true;
        *length = 0;
        return "";
    }
    return text;
}

static inline const void *reader_bytes(struct reader *in, size_t most, size_t *bytes)
{
    *bytes = reader_word(in, most);
    const void *data = reader_words(in, (*bytes + 7) / 8);
    if (!data) *bytes = 0;
    return data;
}

static inline const void *reader_list(struct reader *in, size_t most, size_t bytes, uint32_t *count)
{
    *count = (uint32_t)reader_word(in, most);
    const void *data = reader_words(in, *count * bytes / 8);
    if (!data) *count = 0;
    return data;
}

static inline const cptr_t *reader_caps(struct reader *in, uint32_t most, uint32_t *count)
{
    *count = (uint32_t)reader_word(in, most);
    if (*count > in->cap_count - in->cap_next) {
        in->failed = true;
        *count = 0;
    }
    const cptr_t *caps = in->caps + in->cap_next;
    in->cap_next += *count;
    return caps;
}

static inline cptr_t reader_cap(struct reader *in)
{
    if (!reader_word(in, 1)) return 0;
    if (in->cap_next >= in->cap_count) {
        in->failed = true;
        return 0;
    }
    return in->caps[in->cap_next++];
}

/* All was there, and nothing is left over but the padding that the capabilities need. */
static inline bool reader_end(struct reader *in)
{
    if (in->w != in->end && in->end - in->start == (ptrdiff_t)message_caps_words(in->cap_count)) in->w = in->end;
    return !in->failed && in->w == in->end && in->cap_next == in->cap_count;
}

#endif
