/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spawn: build a process out of an ELF file in the ramdisk. For init and proc.
 *
 * One call gets one block of RAM, of which every object of the child is made: CNodes, dispatcher, page tables, its frames.
 * Text and read-only data are mapped straight from the ramdisk's frame. Nothing is left behind if any step fails. The child
 * continues from what is written to its struct spawn_info. Its parent keeps two capabilities, the block and
 * the dispatcher; spawn_destroy revokes the block, and with it everything that was made of it.
 *
 *     struct spawned child;
 *     err_t err = spawn_build(&request, &child);
 *     ...
 *     err = spawn_start(&child);
 *     ... told that it has ended (signal of request.supervisor)
 *     spawn_destroy(&child);
 *
 * Thread-safe. Each call is as long as it takes (some 30 system calls), none of them longer than the kernel's limit.
 */
#ifndef SPAWN_SPAWN_H
#define SPAWN_SPAWN_H

#include <abi/errors.h>
#include <abi/spawn_info.h>
#include <abi/types.h>
#include <elf/elf.h>
#include <paging/ram.h>

/* `count` strings, each ended by a NUL, one after the other, `bytes` in all. Checked. */
struct spawn_strings {
    const char *text;
    uint32_t bytes;
    uint32_t count;
};

struct spawn_request {
    const char *name; /* of the program */
    const struct elf_image *image;
    const void *file;          /* the ELF file, mapped in the caller, */
    cptr_t file_frame;         /* and the read-execute Frame that holds it (the ramdisk's) */
    uint64_t file_offset;      /* at this offset, a multiple of 4096 */
    struct spawn_strings args; /* argv[0] first */
    struct spawn_strings env;
    pid_abi_t pid;
    uint32_t flags;         /* SPAWN_* of abi/spawn_info.h */
    uint32_t priority;      /* 0-7: the highest that it can ever have, and what it starts with */
    uint32_t l1_slots;      /* 0: CONFIG_SPAWN_L1_SLOTS */
    uint32_t reserve_bytes; /* RAM in the block for the child's first reserve; 0: CONFIG_SPAWN_RESERVE */
    cptr_t supervisor;      /* Endpoint that is signalled when the child ends, 0: none */

    /* Endpoints for SLOT_INIT, SLOT_MONITOR, SLOT_MEM, SLOT_NAMES; 0: leave empty. Moved on success (and the caller's
     * slots freed), else they stay the caller's. */
    cptr_t services[4];
    /* For SLOT_PASSED...: copied; the originals stay. Names may be 0. */
    const cptr_t *passed;
    const char *const *passed_names;
    uint32_t passed_count;
    const struct ram_source *source; /* 0: ram_source() */
};

struct spawned {
    cptr_t block;  /* RAM, the child's */
    cptr_t cspace; /* its L1CNode */
    cptr_t dispatcher;
    uint64_t bytes; /* of the block */
};

/*
 * Everything but the start. On success the three slots of *child belong to the caller.
 * ERR_ELF_*, ERR_TOO_LONG (strings), ERR_TOO_MANY, ERR_INVALID (strings, names), ERR_NO_MEMORY, ERR_QUOTA, ERR_NO_SLOTS.
 */
err_t spawn_build(const struct spawn_request *request, struct spawned *child);

/* Fill one of the child's slots that is still empty (an endpoint of a service, a passed capability): a move. */
err_t spawn_give(const struct spawned *child, cptr_t slot, cptr_t capability);

/* Let it run. */
err_t spawn_start(const struct spawned *child);

/*
 * Stop it if it runs, delete all that was made of its block, and the capabilities in *child, which is zeroed. What it
 * had beyond its block goes as its CSpace is emptied (by the monitor, in steps).
 */
err_t spawn_destroy(struct spawned *child);

#endif
