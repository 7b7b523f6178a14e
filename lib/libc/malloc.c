/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * malloc and its family. A size class has a list of spans with room; an object comes from the first of them. Lists and
 * objects change while the dispatcher is disabled, for a few instructions on memory that is backed; only what makes or ends a span
 * takes the mutex. Sizes up to 1 KiB are multiples of 16, above there are eight classes to a doubling, so at most an eighth is lost.
 */
#include "heap.h"
#include <arch/disable.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_CLASSES (SMALL_MOST / 16 + 1)
#define LARGE_CLASSES 32 /* 1 KiB to 16 KiB: four doublings of eight */
#define CLASSES (SMALL_CLASSES + LARGE_CLASSES)

static struct span *rooms[CLASSES]; /* spans of the class that have room */

/* 1 KiB < bytes <= 16 KiB */
static unsigned large_class(size_t bytes)
{
    unsigned power = 63 - __builtin_clzl(bytes - 1); /* 10-13 */
    return SMALL_CLASSES + (power - 10) * 8 + ((bytes - 1) >> (power - 3) & 7);
}

static size_t large_size(unsigned class_)
{
    unsigned n = class_ - SMALL_CLASSES;
    return (9ul + n % 8) << (n / 8 + 7);
}

static void room_add(struct span *span)
{
    struct span **head = &rooms[span->class_];
    span->previous = 0;
    span->next = *head;
    if (span->next) span->next->previous = span;
    *head = span;
    span->listed = true;
}

static void room_remove(struct span *span)
{
    if (span->previous) {
        span->previous->next = span->next;
    } else {
        rooms[span->class_] = span->next;
    }
    if (span->next) span->next->previous = span->previous;
    span->listed = false;
}

/* A span more for the class. May wait for memory. false: there is none. */
static __attribute__((noinline)) bool room_make(unsigned class_)
{
    size_t size = class_ < SMALL_CLASSES ? class_ * 16 : large_size(class_);
    unsigned slices = size <= SMALL_MOST ? 1 : size <= 4096 ? 2 : 4;
    heap_lock();
    struct span *span = span_alloc(slices, size <= SMALL_MOST);
    heap_unlock();
    if (!span) {
        errno = ENOMEM;
        return false;
    }
    uint32_t room = slices * SLICE_BYTES - span->base % SLICE_BYTES;
    span->class_ = class_;
    span->size = size;
    span->limit = room / size * size;
    dispatcher_disable_briefly();
    room_add(span);
    dispatcher_enable();
    return true;
}

/* Disabled. */
static inline void *object_take(struct span *span)
{
    struct object *object = span->free;
    span->used++;
    if (object) {
        span->free = object->next;
        if (!object->next && span->fresh == span->limit) room_remove(span);
        return object;
    }
    object = (struct object *)((char *)segment_of(span) + span->base + span->fresh);
    span->fresh += span->size;
    if (span->fresh == span->limit) room_remove(span);
    return object;
}

static inline void *object_alloc(unsigned class_)
{
    for (;;) {
        dispatcher_disable_briefly();
        struct span *span = rooms[class_];
        if (__builtin_expect(span != 0, 1)) {
            void *object = object_take(span);
            dispatcher_enable();
            return object;
        }
        dispatcher_enable();
        if (!room_make(class_)) return 0;
    }
}

/* A span as one block. */
static void *whole_alloc(size_t bytes)
{
    struct span *span = span_alloc((bytes + SLICE_BYTES - 1) / SLICE_BYTES, false);
    if (!span) return 0;
    span->class_ = CLASS_WHOLE;
    return (char *)segment_of(span) + span->base;
}

static __attribute__((noinline)) void *large_alloc(size_t bytes)
{
    if (bytes <= OBJECT_MOST) return object_alloc(large_class(bytes));
    heap_lock();
    void *block = bytes <= HEAP_SPAN_MOST ? whole_alloc(bytes) : mapping_alloc(bytes, 0);
    heap_unlock();
    if (!block) errno = ENOMEM;
    return block;
}

void *malloc(size_t bytes)
{
    if (bytes > SMALL_MOST) return large_alloc(bytes);
    return object_alloc(bytes ? (bytes + 15) / 16 : 1);
}

/* The span that holds an object, or 0 for a mapping. */
static inline struct span *span_of(void *object)
{
    struct segment *segment = segment_of(object);
    struct span *span = &segment->span[((uintptr_t)object & (SEGMENT_BYTES - 1)) / SLICE_BYTES];
    return segment->mapping ? 0 : &segment->span[span->first];
}

static __attribute__((noinline)) void free_rare(void *block, struct span *span)
{
    bool ours = span ? span->class_ == CLASS_WHOLE : segment_of(block)->start == block;
    if (!ours) abort(); /* not a block of ours, or freed before */
    heap_lock();
    if (span) {
        span_free(span);
    } else {
        mapping_free(segment_of(block));
    }
    heap_unlock();
}

static __attribute__((noinline)) void free_span(struct span *span)
{
    heap_lock();
    span_free(span);
    heap_unlock();
}

void free(void *block)
{
    if (!block) return;
    struct span *span = span_of(block);
    if (__builtin_expect(!span || span->class_ >= CLASS_NONE, 0)) {
        free_rare(block, span);
        return;
    }
    struct object *object = block;
    *(struct object *volatile *)&object->next = 0; /* its page may not be backed yet: not while disabled */
    dispatcher_disable_briefly();
    object->next = span->free;
    span->free = object;
    span->used--;
    if (!span->listed) room_add(span);
    /* The last empty span of a class stays, so that one object coming and going is cheap. */
    bool empty = span->used == 0 && (span->next || span->previous);
    if (__builtin_expect(empty, 0)) room_remove(span);
    dispatcher_enable();
    if (__builtin_expect(empty, 0)) free_span(span);
}

size_t malloc_usable_size(void *block)
{
    if (!block) return 0;
    struct span *span = span_of(block);
    struct segment *segment = segment_of(block);
    if (!span) return segment->bytes - ((char *)block - (char *)segment);
    return span->class_ == CLASS_WHOLE ? span->slices * SLICE_BYTES : span->size;
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return 0;
    }
    void *block = malloc(bytes);
    if (block && !segment_of(block)->mapping) memset(block, 0, bytes);
    return block;
}

void *realloc(void *block, size_t bytes)
{
    if (!block) return malloc(bytes);
    if (bytes == 0) {
        free(block);
        return 0;
    }
    size_t room = malloc_usable_size(block);
    if (bytes <= room && bytes >= room / 2) return block;
    void *moved = malloc(bytes);
    if (!moved) return 0;
    memcpy(moved, block, bytes < room ? bytes : room);
    free(block);
    return moved;
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (!__builtin_mul_overflow(count, size, &bytes)) return realloc(block, bytes);
    errno = ENOMEM;
    return 0;
}

/* Objects of a power of two lie at multiples of it (up to a slice; a span of one block at a multiple of a slice). */
void *memalign(size_t align, size_t bytes)
{
    if (align == 0 || (align & (align - 1)) != 0 || align > SEGMENT_BYTES / 2) {
        errno = EINVAL;
        return 0;
    }
    if (align <= 16) return malloc(bytes);
    if (align > SLICE_BYTES || bytes > OBJECT_MOST) {
        if (align <= SLICE_BYTES && bytes <= HEAP_SPAN_MOST) return malloc(bytes);
        heap_lock();
        void *block = mapping_alloc(bytes, align);
        heap_unlock();
        if (!block) errno = ENOMEM;
        return block;
    }
    size_t power = bytes > align ? 1ul << (64 - __builtin_clzl(bytes - 1)) : align;
    return malloc(power);
}

void *aligned_alloc(size_t align, size_t bytes)
{
    return memalign(align, bytes);
}

int posix_memalign(void **block, size_t align, size_t bytes)
{
    if (align < sizeof(void *)) return EINVAL;
    int old = errno;
    *block = memalign(align, bytes);
    int error = *block ? 0 : errno;
    errno = old;
    return error;
}
