/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Take memory until there is no more, and use it: the rest of the system must go on.
 */
#include "hogs.h"

#include <cli/cli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1024 * 1024)
#define BLOCKS_MAX 65536

static const struct cli cli = {
    "memhog", "[MIB]", "  Allocate and fill MIB mebibytes, one by one, or as many as there are; then give them back.\n"};

int hog_memhog(int argc, char **argv)
{
    static void *block[BLOCKS_MAX];
    cli_begin(&cli, argc, argv);
    if (argc > 2) {
        cli_refuse(&cli, "one number of mebibytes");
    }
    uint64_t wanted = argc > 1 ? cli_number(&cli, "MIB", argv[1], BLOCKS_MAX) : BLOCKS_MAX;
    uint64_t got = 0;
    while (got < wanted && (block[got] = malloc(MIB)) != NULL) {
        memset(block[got], (int)got, MIB);
        got++;
    }
    if (got < wanted) {
        cli_no_memory();
    }
    for (uint64_t i = 0; i < got; i++) {
        const unsigned char *bytes = block[i];
        if (bytes[0] != (unsigned char)i || bytes[MIB - 1] != (unsigned char)i) {
            fprintf(stderr, "memhog: block %llu has lost its contents\n", (unsigned long long)i);
            return 1;
        }
        free(block[i]);
    }
    printf("memhog: got %llu MiB%s\n", (unsigned long long)got, got < wanted ? ", then there was no more" : "");
    return argc > 1 && got < wanted ? 1 : 0;
}
