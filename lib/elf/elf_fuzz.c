/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF reader under mutation: what it accepts must be consistent, whatever the bytes are. Arguments: seed, count.
 */
#include <stdio.h>
#include <stdlib.h>
#include "elf_sample.h"

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void mutate(uint8_t *bytes)
{
    static const uint64_t values[] = {0, 1, 7, 0xfff, 0x1000, 0x7fffffff, 0x80000000, UINT64_MAX, 0x400000, 0x2fffffff};
    for (unsigned n = 1 + random_below(6); n > 0; n--) {
        size_t at = random_below(offsetof(struct elf_sample, rest));
        if (random_below(2)) {
            bytes[at] = random_below(256);
        } else {
            uint64_t value = values[random_below(sizeof values / sizeof values[0])] + random_below(3) - 1;
            memcpy(bytes + (at & ~7ul), &value, random_below(2) ? 8 : 4);
        }
    }
}

static void require(int true_, const char *what)
{
    if (true_) return;
    printf("accepted an image with %s\n", what);
    abort();
}

static void check(const struct elf_image *image, uint64_t bytes)
{
    uint64_t end = VADDR_PROGRAM;
    require(image->segment_count >= 1 && image->segment_count <= ELF_SEGMENTS_MAX, "too many segments");
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];
        require(segment->va >= end && segment->bytes <= ELF_ADDRESS_END - segment->va, "a bad address");
        require(segment->offset <= bytes && segment->file_bytes <= bytes - segment->offset, "data outside the file");
        require(segment->file_bytes <= segment->bytes && segment->bytes > 0, "bad sizes");
        require((segment->attributes & (MAP_WRITE | MAP_EXECUTE)) != (MAP_WRITE | MAP_EXECUTE), "a W+X segment");
        end = (segment->va + segment->bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    }
    require(image->tls_file_bytes <= image->tls_bytes, "bad TLS");
}

int main(int argc, char **argv)
{
    state = (argc > 1 ? strtoull(argv[1], 0, 0) : 1) * 2 + 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], 0, 0) : 100000;
    uint64_t good = 0, named = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct elf_sample sample;
        struct elf_image image;
        elf_sample_make(&sample);
        mutate((uint8_t *)&sample);
        uint64_t bytes = random_below(4) ? sizeof sample : random_below(sizeof sample);
        void *copy = malloc(bytes + 1);
        memcpy(copy, &sample, bytes);
        if (elf_read(copy, bytes, &image) == ERR_OK) {
            check(&image, bytes);
            good++;
        }
        struct elf_function function;
        uint64_t address = VADDR_PROGRAM + random_below(0x140);
        if (elf_function_find(copy, bytes, address, &function) == ERR_OK) {
            require(strlen(function.name) <= ELF_FUNCTION_NAME_MAX, "a long name");
            named++;
        }
        free(copy);
    }
    printf("elf_fuzz: %llu files, %llu accepted, %llu addresses named\n", (unsigned long long)count,
           (unsigned long long)good, (unsigned long long)named);
    return 0;
}
