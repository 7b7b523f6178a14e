/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init inside the kernel image, as scripts/init_image.py lays it out: page-aligned
 * segments, so that the kernel reads no ELF.
 */
#ifndef KERNEL_INIT_IMAGE_H
#define KERNEL_INIT_IMAGE_H

#include <stdint.h>

struct init_segment {
    uint64_t vaddr;    /* page-aligned */
    const char *image; /* page-aligned, padded with zeros to a page; 0: nothing but zeros */
    uint64_t file_bytes;
    uint64_t bytes; /* in memory, from vaddr */
    uint64_t flags; /* INIT_READ ... */
};

#define INIT_READ 1
#define INIT_WRITE 2
#define INIT_EXECUTE 4

extern const struct init_segment init_image_segments[];
extern const uint64_t init_image_segment_count;
extern const uint64_t init_image_entry;
extern const char init_image_start[];
extern const char init_image_end[];

static inline uint64_t init_image_bytes(void)
{
    return (uint64_t)init_image_end - (uint64_t)init_image_start;
}

#endif
