/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged device trees: bytes of a good one are overwritten at random, then read. The sanitizers watch; what is
 * accepted must be sound: ranges sorted, disjoint and of whole pages.
 *
 *   machine_fuzz SEED COUNT
 */
#include <kernel/machine.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/tree.h"

static uint64_t state;

static uint32_t any(uint32_t below)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(state >> 33) % below;
}

static void check(const struct ranges *ranges)
{
    for (unsigned i = 0; i < ranges->count; i++) {
        struct range range = ranges->range[i];
        if (range.bytes == 0 || ((range.base | range.bytes) & PAGE_MASK) || range.base + range.bytes < range.base ||
            (i && ranges->range[i - 1].base + ranges->range[i - 1].bytes >= range.base)) {
            printf("machine_fuzz: unsound ranges\n");
            abort();
        }
    }
}

int main(int argc, char **argv)
{
    static char good[TREE_BYTES] __attribute__((aligned(8)));
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000, accepted = 0;
    state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    tree_usual(good);
    uint32_t bytes = fdt_totalsize(good);
    for (unsigned long n = 0; n < count; n++) {
        char *tree = malloc(bytes); /* exactly as long as it says, so that the sanitizer sees what is read beyond */
        struct machine machine;
        memcpy(tree, good, bytes);
        for (unsigned hits = 1 + any(8); hits; hits--) {
            tree[any(2) ? any(bytes) : any(64)] = any(2) ? (char)any(256) : (char)(any(2) * 255);
        }
        if (machine_read(&machine, tree, bytes) == NULL) {
            accepted++;
        }
        check(&machine.ram);
        check(&machine.reserved);
        free(tree);
    }
    printf("%lu trees, %lu accepted\n", count, accepted);
    return 0;
}
