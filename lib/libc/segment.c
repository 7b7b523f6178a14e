/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments and the spans in them: first fit over the slices of the segments that have some free. */
#include "heap.h"

static struct segment *segments; /* with free slices, the most recently used first */
static struct segment *spare;    /* one empty segment is kept */

static void list_add(struct segment *segment)
{
    segment->previous = 0;
    segment->next = segments;
    if (segments) segments->previous = segment;
    segments = segment;
}

static void list_remove(struct segment *segment)
{
    if (segment->previous) {
        segment->previous->next = segment->next;
    } else {
        segments = segment->next;
    }
    if (segment->next) segment->next->previous = segment->previous;
}

static struct segment *segment_make(void)
{
    struct segment *segment = spare;
    spare = 0;
    if (!segment) {
        segment = heap_memory_alloc(SEGMENT_BYTES);
        if (!segment) return 0;
        if (!heap_memory_back(segment, SLICE_BYTES)) {
            heap_memory_free(segment, SEGMENT_BYTES);
            return 0;
        }
        segment->bytes = SEGMENT_BYTES;
        segment->free_slices = SLICES;
        for (unsigned i = 0; i < SLICES; i++)
            segment->span[i].class_ = CLASS_NONE;
    }
    list_add(segment);
    return segment;
}

/* The first run of free slices; slice 0 only for small objects, since its start is taken. SLICES: none. */
static unsigned find_slices(const struct segment *segment, unsigned slices, bool small)
{
    unsigned run = 0;
    for (unsigned i = small ? 0 : 1; i < SLICES; i++) {
        run = segment->span[i].slices ? 0 : run + 1;
        if (run == slices) return i + 1 - slices;
    }
    return SLICES;
}

static struct span *span_take(struct segment *segment, unsigned first, unsigned slices)
{
    if (first > 0 && !heap_memory_back((char *)segment + first * SLICE_BYTES, slices * SLICE_BYTES)) return 0;
    for (unsigned i = first; i < first + slices; i++) {
        segment->span[i] = (struct span){.class_ = CLASS_NONE, .slices = 1, .first = first};
    }
    struct span *span = &segment->span[first];
    span->slices = slices;
    span->base = first ? first * SLICE_BYTES : SEGMENT_HEADER;
    segment->free_slices -= slices;
    if (segment->free_slices == 0) list_remove(segment);
    return span;
}

struct span *span_alloc(unsigned slices, bool small)
{
    for (struct segment *segment = segments; segment; segment = segment->next) {
        if (segment->free_slices < slices) continue;
        unsigned first = find_slices(segment, slices, small);
        if (first < SLICES) return span_take(segment, first, slices);
    }
    struct segment *segment = segment_make();
    return segment ? span_take(segment, find_slices(segment, slices, small), slices) : 0;
}

void span_free(struct span *span)
{
    struct segment *segment = segment_of(span);
    unsigned first = span - segment->span;
    unsigned slices = span->slices;
    for (unsigned i = first; i < first + slices; i++)
        segment->span[i] = (struct span){.class_ = CLASS_NONE};
    if (segment->free_slices == 0) list_add(segment);
    segment->free_slices += slices;
    if (segment->free_slices < SLICES) return;
    list_remove(segment);
    if (spare) {
        heap_memory_free(segment, SEGMENT_BYTES);
    } else {
        spare = segment;
    }
}

void *mapping_alloc(size_t bytes, size_t align)
{
    size_t offset = align > 64 ? align : 64;
    size_t all;
    if (__builtin_add_overflow(bytes, offset + SEGMENT_HEADER - 1, &all)) return 0;
    all &= ~(SEGMENT_HEADER - 1); /* whole pages */
    struct segment *segment = heap_memory_alloc(all);
    if (!segment) return 0;
    if (!heap_memory_back(segment, offset + bytes)) {
        heap_memory_free(segment, all);
        return 0;
    }
    segment->mapping = true;
    segment->bytes = all;
    segment->start = (char *)segment + offset;
    return segment->start;
}

void mapping_free(struct segment *segment)
{
    heap_memory_free(segment, segment->bytes);
}
