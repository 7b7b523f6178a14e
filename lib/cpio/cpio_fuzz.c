/* SPDX-License-Identifier: BSD-2-Clause */
/* cpio reader under mutation: it stays inside the archive and always ends. Arguments: seed, count. */
#include <stdlib.h>
#include "cpio_sample.h"

static uint64_t state;

static uint64_t random_below(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

static void mutate(struct cpio_sample *sample)
{
    static const char characters[] = "0123456789abcdefABCDEFG/.\0";
    for (unsigned n = 1 + random_below(8); n > 0; n--) {
        uint64_t header = random_below(2) ? 0 : 4096 + 16;
        uint64_t at = random_below(4) ? header + random_below(130) : random_below(sample->length);
        sample->bytes[at] = random_below(4) ? (uint8_t)characters[random_below(sizeof characters)] : random_below(256);
    }
}

int main(int argc, char **argv)
{
    state = (argc > 1 ? strtoull(argv[1], 0, 0) : 1) * 2 + 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], 0, 0) : 100000;
    uint64_t good = 0;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        static struct cpio_sample sample;
        struct cpio_entry entry;
        cpio_sample_make(&sample);
        mutate(&sample);
        uint64_t bytes = random_below(2) ? sample.length : random_below(sample.length);
        uint8_t *copy = malloc(bytes + 1);
        memcpy(copy, sample.bytes, bytes);
        for (uint64_t at = 0; cpio_read(copy, bytes, at, &entry) == ERR_OK; at = entry.next) {
            if (entry.next <= at) abort();
            for (uint64_t b = 0; b < entry.bytes; b += 64)
                sum += ((const uint8_t *)entry.data)[b];
            sum += strlen(entry.name);
            struct cpio_entry next = {.next = at};
            if (cpio_next(copy, bytes, &next) != ERR_OK || next.data != entry.data || next.bytes != entry.bytes)
                abort();
        }
        good += cpio_check(copy, bytes, 0, 0) == ERR_OK;
        free(copy);
    }
    printf("cpio_fuzz: %llu archives, %llu accepted (%llx)\n", (unsigned long long)count, (unsigned long long)good,
           (unsigned long long)sum);
    return 0;
}
