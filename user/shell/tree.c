/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ending a process with its descendants: they are paused from the top down first, so that none of them starts another one
 * meanwhile, then all are ended. (proc forgets whose child a process is when its parent ends, so the order matters.)
 */
#include "tree.h"

#include <abi/spawn_info.h>
#include <cores/cores.h>
#include <stdbool.h>
#include <stdlib.h>

#define ROUNDS_MAX 16

struct tree {
    pid_abi_t *pids; /* the root first */
    size_t count, room;
};

static bool contains(const struct tree *tree, pid_abi_t pid)
{
    for (size_t i = 0; i < tree->count; i++) {
        if (tree->pids[i] == pid) {
            return true;
        }
    }
    return false;
}

static bool add(struct tree *tree, pid_abi_t pid)
{
    if (tree->count == tree->room) {
        size_t room = tree->room != 0 ? 2 * tree->room : 8;
        pid_abi_t *pids = realloc(tree->pids, room * sizeof *pids);
        if (pids == NULL) {
            return false;
        }
        tree->pids = pids;
        tree->room = room;
    }
    tree->pids[tree->count++] = pid;
    return true;
}

static pid_abi_t own(void)
{
    return ((const struct spawn_info *)VADDR_INFO)->pid;
}

/* Add and pause the children of what is there; false: there were none. */
static bool add_children(struct tree *tree)
{
    struct proc_info *page = calloc(PROC_PAGE, sizeof *page);
    uint64_t after = 0;
    uint32_t count = 0;
    bool any = false;
    do {
        if (page == NULL || proc_list(cores_proc_of(tree->pids[0]), after, page, PROC_PAGE, &count) != ERR_OK) {
            break;
        }
        for (uint32_t i = 0; i < count; i++) {
            after = page[i].pid;
            if (page[i].state != PROC_STATE_ENDED && page[i].pid != own() && contains(tree, page[i].parent) &&
                !contains(tree, page[i].pid) && add(tree, page[i].pid)) {
                proc_pause(cores_proc_of(page[i].pid), page[i].pid);
                any = true;
            }
        }
    } while (count > 0);
    free(page);
    return any;
}

err_t tree_kill(pid_abi_t pid)
{
    struct tree tree = {0};
    if (pid == own()) {
        return proc_kill(cores_proc_of(pid), pid); /* who would end the rest? */
    }
    err_t error = proc_pause(cores_proc_of(pid), pid);
    if (error != ERR_OK && error != ERR_DISPATCHER_STATE) { /* that: it is paused already, or has ended */
        return error;
    }
    if (add(&tree, pid)) {
        for (unsigned round = 0; round < ROUNDS_MAX && add_children(&tree); round++) {
        }
    }
    error = proc_kill(cores_proc_of(pid), pid);
    for (size_t i = 1; i < tree.count; i++) {
        proc_kill(cores_proc_of(tree.pids[i]), tree.pids[i]);
    }
    free(tree.pids);
    return error;
}
