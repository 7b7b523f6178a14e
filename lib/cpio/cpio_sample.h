/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes small archives for the tests, entry by entry. */
#ifndef CPIO_SAMPLE_H
#define CPIO_SAMPLE_H

#include <cpio/cpio.h>
#include <stdio.h>
#include <string.h>

struct cpio_sample {
    uint8_t bytes[16384];
    uint64_t length;
};

/* `padded`: as scripts/mkcpio.py does, data at a multiple of 4096. */
static inline uint64_t cpio_sample_add(struct cpio_sample *sample, const char *name, const char *data, bool padded)
{
    uint64_t start = sample->length;
    uint64_t name_bytes = strlen(name) + 1;
    uint64_t unit = padded ? 4096 : 4;
    uint64_t data_at = (start + 110 + name_bytes + unit - 1) / unit * unit;
    uint64_t data_bytes = strlen(data);
    char header[111];
    snprintf(header, sizeof header, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", 1, 0100755, 0, 0, 1,
             0, (unsigned)data_bytes, 0, 0, 0, 0, (unsigned)(padded ? data_at - start - 110 : name_bytes), 0);
    memcpy(sample->bytes + start, header, 110);
    memcpy(sample->bytes + start + 110, name, name_bytes);
    memcpy(sample->bytes + data_at, data, data_bytes);
    sample->length = (data_at + data_bytes + 3) & ~3ull;
    return start;
}

static inline void cpio_sample_make(struct cpio_sample *sample)
{
    memset(sample, 0, sizeof *sample);
    cpio_sample_add(sample, "bin/hello", "hello, program", true);
    cpio_sample_add(sample, "etc/inventory", "mem\nproc\n", false);
    cpio_sample_add(sample, "empty", "", false);
    cpio_sample_add(sample, "TRAILER!!!", "", false);
}

#endif
