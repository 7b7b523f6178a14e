/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inventory: what init starts, one line each. Its format is described at the head of configs/inventory.
 * Pure: text in, one entry a line out; keeps pointers into nothing. Every malformed line has a message of its own.
 */
#ifndef INIT_INVENTORY_H
#define INIT_INVENTORY_H

#include <abi/types.h>
#include <abi/errors.h>
#include <stdbool.h>

#define INVENTORY_NAME_MAX 31
#define INVENTORY_MATCHES 4
#define INVENTORY_MATCH_MAX 47
#define INVENTORY_ARGS_MAX 255
#define INVENTORY_LINE_MAX 511
#define INVENTORY_DMA 4
#define INVENTORY_DMA_MOST 65535 /* KiB of one */
#define INVENTORY_BELLS 4

enum inventory_kind { INVENTORY_SERVICE, INVENTORY_DRIVER, INVENTORY_PROGRAM, INVENTORY_CORES };
enum inventory_restart { RESTART_NEVER, RESTART_ALWAYS, RESTART_FAILURE };

struct inventory_entry {
    enum inventory_kind kind;
    enum inventory_restart restart;
    char name[INVENTORY_NAME_MAX + 1];
    uint32_t priority;
    coreid_t core;
    uint32_t regs;                      /* drivers: how many of the node's register ranges it gets */
    bool power;                         /* may power off and reboot */
    bool ramdisk;                       /* is given the ramdisk, read-only */
    char names[INVENTORY_NAME_MAX + 1]; /* it may register names that begin so, beside its own; "": no others */
    bool backed;                        /* never faults: all its memory is backed when it is made */
    uint32_t virtio;                    /* drivers: only for virtio devices of this kind; 0: for all that match */
    uint32_t dmas;                      /* drivers: memory for DMA that it and its successors have, */
    uint32_t dma[INVENTORY_DMA];        /* KiB of each */
    uint32_t bells;                     /* drivers: doorbells */
    uint32_t state;                     /* KiB that init keeps for its successor, */
    uint32_t slots;                     /* and slots for capabilities */
    uint32_t matches;
    char match[INVENTORY_MATCHES][INVENTORY_MATCH_MAX + 1]; /* drivers: compatible strings */
    char args[INVENTORY_ARGS_MAX + 1];
};

/* Where a text is being read. Set text and bytes, the rest 0. */
struct inventory_reader {
    const char *text;
    size_t bytes;
    size_t next;       /* offset of the next line */
    uint32_t line;     /* number of the last line read, from 1 */
    const char *error; /* what is wrong with it, after ERR_INVENTORY */
    char word[32];     /* the word in it that is wrong, printable */
};

/*
 * Reads on to the next entry. ERR_OK: `entry` is filled; ERR_EOF: no more; ERR_INVENTORY: reader->line, ->error and
 * ->word say what is wrong, and the next call goes on with the line after it.
 */
err_t inventory_next(struct inventory_reader *reader, struct inventory_entry *entry);

#endif
