/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two processes share a frame that only one of them may write to. `share MODE` is its owner, which starts `share as MODE`, the
 * other; a second frame, which both may write to, tells each how far the other is.
 */
#include "child.h"
#include "support.h"
#include <paging/paging.h>
#include <stdio.h>
#include <threads/thread.h>

#define VALUE 0x5ea1ed

/* The second frame. */
struct steps {
    volatile uint64_t reading;
    volatile uint64_t changed;
};

static err_t map_frame(cptr_t frame, uint32_t attributes, const char *name, vaddr_t *va)
{
    return paging_map(frame, 0, PAGE_SIZE, attributes, 0, name, va);
}

/* The frame that may only be read, in SLOT_PASSED, and the one for both. */
static int other(const char *mode)
{
    struct steps *steps;
    vaddr_t shared, both;

    if (map_frame(SLOT_PASSED, MAP_READ | MAP_WRITE, "shared", &shared) != ERR_CAP_RIGHTS) return 1;
    if (map_frame(SLOT_PASSED, MAP_READ | MAP_EXECUTE, "shared", &shared) != ERR_CAP_RIGHTS) return 2;
    if (map_frame(SLOT_PASSED, MAP_READ, "shared", &shared)) return 3;
    if (paging_protect(shared, PAGE_SIZE, MAP_READ | MAP_WRITE) != ERR_CAP_RIGHTS) return 4;
    if (map_frame(SLOT_PASSED + 1, MAP_READ | MAP_WRITE, "both", &both)) return 5;
    steps = (struct steps *)both;
    volatile uint64_t *word = (volatile uint64_t *)shared;
    if (*word != VALUE) return 6;
    steps->reading = 1;
    if (!strcmp(mode, "write")) *word = 0;
    if (!strcmp(mode, "revoke")) {
        while (*word == VALUE) {
            thread_yield();
        }
        return 7;
    }
    while (!steps->changed) {
        thread_yield();
    }
    return *word == VALUE + 1 ? 0 : 8;
}

static err_t frame_new(cptr_t *frame, vaddr_t *va)
{
    cptr_t ram;
    err_t err = ram_new(&ram, PAGE_SIZE);

    if (err) return err;
    err = cap_retype_new(frame, ram, 0, CAP_FRAME, PAGE_SIZE);
    cap_free(ram);
    return err ? err : map_frame(*frame, MAP_READ | MAP_WRITE, "shared", va);
}

static err_t other_start(const char *mode, const cptr_t passed[2], uint64_t *pid)
{
    char args[32];
    int bytes = snprintf(args, sizeof(args), "share%cas%c%s", 0, 0, mode) + 1;
    static const char names[] = "shared\0both";

    return proc_spawn(proc_default(), "share", args, (uint32_t)bytes, "", 0, 0, 8, names, sizeof(names), passed, 2, pid);
}

static int owner(const char *mode)
{
    struct proc_exit exit;
    cptr_t frame, passed[2];
    vaddr_t shared, both;
    uint64_t pid;

    if (frame_new(&frame, &shared) || frame_new(&passed[1], &both)) return 11;
    if (slot_alloc(&passed[0]) || cap_copy_rights(passed[0], frame, MAP_READ)) return 12;
    struct steps *steps = (struct steps *)both;
    volatile uint64_t *word = (volatile uint64_t *)shared;
    *word = VALUE;
    if (other_start(mode, passed, &pid)) return 13;
    while (!steps->reading) {
        thread_yield();
    }
    if (!strcmp(mode, "read")) {
        *word = VALUE + 1;
        steps->changed = 1;
    }
    if (!strcmp(mode, "revoke") && cap_revoke(frame)) return 14;
    if (child_wait(pid, 20000, &exit)) return 15;
    if (strcmp(mode, "revoke")) return (int)exit.status;
    if (exit.kind != EXIT_FAULT || exit.status != 139) return 16;
    *word = 0; /* ours is unmapped too */
    return 17;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "as")) return other(argv[2]);
    if (argc == 2) return owner(argv[1]);
    fprintf(stderr, "usage: share read|write|revoke\n");
    return 2;
}
