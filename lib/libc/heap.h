/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap, private to this folder. Segments of 1 MiB, aligned to their size, are cut into slices of 16 KiB; a span is a
 * run of slices that holds objects of one size. So an object's span is found from its address alone, and objects have no
 * header. Blocks above HEAP_SPAN_MOST are mappings of their own, with the segment's header in front.
 *
 * segment.c owns segments, slices and mappings, under one mutex; malloc.c the objects.
 */
#ifndef LIBC_HEAP_H
#define LIBC_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEGMENT_BYTES (1024 * 1024ul)
#define SLICE_BYTES 16384ul
#define SLICES (SEGMENT_BYTES / SLICE_BYTES)
#define SEGMENT_HEADER 4096ul /* of slice 0; what is left of that is for objects up to SMALL_MOST */
#define SMALL_MOST 1024ul     /* object sizes with spans of one slice */
#define OBJECT_MOST 16384ul
#define HEAP_SPAN_MOST (512 * 1024ul)

#define CLASS_WHOLE 255 /* the span is one block */
#define CLASS_NONE 254  /* not in use, or not the first slice of its span */

struct object {
    struct object *next;
};

struct span {
    struct object *free; /* freed objects */
    struct span *next;   /* of the class's spans that have room; or of nothing */
    struct span *previous;
    uint32_t fresh; /* offset from `base` of the first object that was never used; object_count * size: none */
    uint32_t limit; /* end of the last object */
    uint32_t size;  /* of an object */
    uint16_t used;
    uint8_t class_; /* index of the size, CLASS_* */
    uint8_t slices;
    uint8_t first; /* slice of the span's start, for slices within it */
    bool listed;
    uint16_t reserved;
    uint32_t base; /* offset of the first object in the segment */
};

struct segment {
    struct segment *next;
    struct segment *previous;
    uint64_t bytes; /* of the memory */
    void *start;    /* of a mapping: where the block starts */
    bool mapping;
    uint32_t free_slices;
    struct span span[SLICES];
};

static inline struct segment *segment_of(const void *object)
{
    return (struct segment *)((uintptr_t)object & ~(SEGMENT_BYTES - 1));
}

/* segment.c. The mutex is held. */
struct span *span_alloc(unsigned slices, bool small); /* 0: out of memory */
void span_free(struct span *span);
/* A block of its own, aligned (a power of two up to SEGMENT_BYTES / 2). 0: out of memory. */
void *mapping_alloc(size_t bytes, size_t align);
void mapping_free(struct segment *segment);

/* heap_memory.c (or a test): where segments come from. Addresses are multiples of SEGMENT_BYTES, memory reads 0. */
void *heap_memory_alloc(size_t bytes);
void heap_memory_free(void *memory, size_t bytes);
bool heap_memory_back(void *memory, size_t bytes); /* before it is touched */
void heap_lock(void);
void heap_unlock(void);

#endif
