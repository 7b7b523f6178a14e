/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End without giving anything back: memory, capabilities, threads, a channel. All of it must return to the system.
 */
#include "hogs.h"

#include <caps/caps.h>
#include <caps/slots.h>
#include <cli/cli.h>
#include <paging/ram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>

#define KIB 1024

static const struct cli cli = {
    "leak", "[KIB]",
    "  Take KIB kibibytes (1024), half of them as heap and half as capabilities, and some threads, and end\n"
    "  without giving anything back. 'free' must say the same before and after.\n"};

static int sleeper(void *argument)
{
    struct semaphore *never = argument;
    semaphore_wait(never);
    return 0;
}

int hog_leak(int argc, char **argv)
{
    static struct semaphore never;
    cli_begin(&cli, argc, argv);
    if (argc > 2) {
        cli_refuse(&cli, "one number of kibibytes");
    }
    uint64_t bytes = KIB * (argc > 1 ? cli_number(&cli, "KIB", argv[1], 1024 * 1024) : 1024);
    char *heap = malloc(bytes / 2);
    if (heap != NULL) {
        memset(heap, 1, bytes / 2);
    }
    unsigned blocks = 0;
    for (uint64_t left = bytes / 2; left >= PAGE_SIZE; left -= PAGE_SIZE) {
        cptr_t ram, copy;
        if (ram_alloc(PAGE_SIZE, &ram) != ERR_OK || cap_copy_new(&copy, ram) != ERR_OK) {
            break;
        }
        blocks++;
    }
    unsigned threads = 0;
    struct thread *thread;
    while (threads < 4 && thread_create(&thread, sleeper, &never, NULL) == ERR_OK) {
        threads++;
    }
    printf("leak: %llu KiB of heap, %u blocks with two capabilities each, %u threads\n",
           (unsigned long long)(heap == NULL ? 0 : bytes / 2 / KIB), blocks, threads);
    return heap == NULL ? 1 : 0;
}
