/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `posted send CORE TAG WORD` writes a word into a frame and posts that to another core; `posted collect TAG`, run there, prints the word. By
 * then the sender is gone: the frame lives on by what was posted.
 */
#include "support.h"
#include <idl/monitor.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what, err_t err)
{
    printf("posted: %s: %s\n", what, err_text(err));
    return 1;
}

static int send(uint32_t core, uint64_t tag, uint64_t word)
{
    cptr_t ram, frame;
    vaddr_t va;
    err_t err = ram_new(&ram, PAGE_SIZE);
    if (err == ERR_OK) err = cap_retype_new(&frame, ram, 0, CAP_FRAME, PAGE_SIZE);
    if (err == ERR_OK) err = paging_map(frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "posted", &va);
    if (err != ERR_OK) return failed("frame", err);
    *(volatile uint64_t *)va = word;
    err = monitor_post(monitor_default(), core, tag, frame);
    return err == ERR_OK ? 0 : failed("post", err);
}

static int collect(uint64_t tag)
{
    cptr_t frame;
    vaddr_t va;
    err_t err = monitor_collect(monitor_default(), tag, &frame);
    if (err != ERR_OK) return failed("collect", err);
    err = paging_map(frame, 0, PAGE_SIZE, MAP_READ, 0, "posted", &va);
    if (err != ERR_OK) return failed("map", err);
    printf("collected %lu\n", (unsigned long)*(volatile uint64_t *)va);
    /* Once only. */
    err = monitor_collect(monitor_default(), tag, &frame);
    return err == ERR_NOT_FOUND ? 0 : failed("collect again", err);
}

int main(int argc, char **argv)
{
    if (argc == 5 && !strcmp(argv[1], "send"))
        return send((uint32_t)strtoul(argv[2], NULL, 0), strtoull(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
    if (argc == 3 && !strcmp(argv[1], "collect")) return collect(strtoull(argv[2], NULL, 0));
    printf("usage: posted send CORE TAG WORD | posted collect TAG\n");
    return 2;
}
