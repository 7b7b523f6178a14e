/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends and leaves memory behind that only names itself. `circle MODE`; orphans.c says what must become of it.
 */
#include "child.h"
#include "support.h"
#include <idl/mem.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads/thread.h>

#define RING 100
#define BLOCK (64 * 1024)
#define SLOT(cnode, index) CAPREF(cnode, CPTR_L1 | (index))

/* A block and an L1CNode in it. */
static err_t block_new(cptr_t *ram, cptr_t *cnode)
{
    err_t err = ram_new(ram, BLOCK);
    return err ? err : cap_retype_new(cnode, *ram, 0, CAP_L1CNODE, PAGE_SIZE);
}

/* A block whose own CNode has its last capability. */
static int self(void)
{
    cptr_t ram, cnode;
    return block_new(&ram, &cnode) || cap_copy(SLOT(cnode, 1), cnode) || cap_move(SLOT(cnode, 0), ram) ||
           cap_delete(cnode);
}

/* Each block is named by the one before it. */
static int ring(void)
{
    static cptr_t rams[RING], cnodes[RING];
    for (unsigned i = 0; i < RING; i++) {
        if (block_new(&rams[i], &cnodes[i])) return 1;
    }
    for (unsigned i = 0; i < RING; i++) {
        unsigned next = (i + 1) % RING;
        if (cap_copy(SLOT(cnodes[i], 0), rams[next]) || cap_copy(SLOT(cnodes[i], 1), cnodes[next])) return 2;
    }
    return 0;
}

/* All that a process has of its own, its channels to services and a page that is mapped: in the circle, too. */
static int everything(void)
{
    cptr_t ram, cnode, frame;
    vaddr_t va;
    if (block_new(&ram, &cnode) || cap_copy(SLOT(cnode, 0), ram) || cap_copy(SLOT(cnode, 1), cnode)) return 1;
    if (cap_retype_new(&frame, ram, PAGE_SIZE, CAP_FRAME, PAGE_SIZE)) return 2;
    if (paging_map(frame, 0, PAGE_SIZE, MAP_READ | MAP_WRITE, 0, "circle", &va)) return 3;
    *(volatile char *)va = 1;
    for (cptr_t slot = SLOT_CSPACE; slot <= SLOT_RAM; slot++) {
        err_t err = cap_copy(SLOT(cnode, slot + 1), slot);
        if (err && err != ERR_L2_LOOKUP) return 4;
    }
    return 0;
}

/* What `cross` starts: its own block and the passed one name each other. */
static int partner(void)
{
    cptr_t ram, cnode;
    if (block_new(&ram, &cnode)) return 1;
    return cap_copy(SLOT(cnode, 0), SLOT_PASSED) || cap_copy(SLOT(SLOT_PASSED, 1), cnode) ||
           cap_copy(SLOT(SLOT_PASSED, 2), ram) || cap_copy(SLOT(cnode, 1), SLOT_PASSED + 1);
}

/* Two processes' memory names each other's. */
static int cross(const char *mode)
{
    cptr_t passed[2];
    char args[32];
    struct proc_exit exit;
    uint64_t pid;
    int bytes = snprintf(args, sizeof(args), "circle%c%s", 0, mode) + 1;
    if (block_new(&passed[1], &passed[0])) return 1;
    if (proc_spawn(proc_default(), "circle", args, (uint32_t)bytes, "", 0, 0, 8, "", 0, passed, 2, &pid)) return 2;
    if (!strcmp(mode, "borrower")) return 0;
    return child_wait(pid, 20000, &exit) ? 3 : (int)exit.status;
}

/* What `lend` starts: goes on with the CNode of somebody who is gone, in which is the block's last capability. */
static int borrower(void)
{
    if (cap_move(SLOT(SLOT_PASSED, 0), SLOT_PASSED + 1)) return 1;
    for (;;) {
        cptr_t copy;
        if (cap_copy_new(&copy, SLOT(SLOT_PASSED, 0)) || cap_free(copy)) return 2;
        thread_sleep_ms(5);
    }
}

int main(int argc, char **argv)
{
    const char *mode = argc == 2 ? argv[1] : "";
    if (!strcmp(mode, "self")) return self();
    if (!strcmp(mode, "ring")) return ring();
    if (!strcmp(mode, "everything")) return everything();
    if (!strcmp(mode, "cross")) return cross("partner");
    if (!strcmp(mode, "partner")) return partner();
    if (!strcmp(mode, "lend")) return cross("borrower");
    if (!strcmp(mode, "borrower")) return borrower();
    fprintf(stderr, "usage: circle self|ring|everything|cross|lend\n");
    return 2;
}
