/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random capability operations on all cores. `storm` (storm.c) starts workers (storm_worker.c), lets them do so many operations, stops
 * them all so that somebody can look at every core, and kills one now and then. They share one page.
 */
#ifndef TESTS_STORM_H
#define TESTS_STORM_H

#include <abi/errors.h>
#include <abi/types.h>
#include <stdatomic.h>

#define STORM_WORKERS 16
#define STORM_EACH 2 /* on a core, in order */
#define STORM_ERRORS 64
#define STORM_TAG 0x570f3000 /* capabilities that workers send each other: this and up to STORM_TAGS */
#define STORM_TAGS 4
#define STORM_MAIL 8             /* as much as should lie there of a tag: monitors keep 64 in all */
#define STORM_CONTROL 0x570f3100 /* the shared page for worker n: this + n */

enum storm_operation {
    STORM_ALLOC,
    STORM_COPY,
    STORM_MINT,
    STORM_MOVE,
    STORM_DELETE,
    STORM_REVOKE,
    STORM_RETYPE,
    STORM_SEND,
    STORM_COLLECT,
    STORM_MAP,
    STORM_UNMAP,
    STORM_BURY, /* into a CNode that then dies */
    STORM_OPERATIONS
};

struct storm_worker {
    _Atomic uint32_t goal; /* operations that it may have done before it stops */
    _Atomic uint32_t done;
    _Atomic uint32_t ready;  /* it has the page */
    _Atomic uint32_t failed; /* line of storm_worker.c whose check failed */
    uint32_t failed_error;
    uint32_t last; /* the operation that it is at */
};

struct storm_page {
    uint64_t seed;
    uint32_t cores; /* that are up, 0 to cores - 1 */
    _Atomic uint32_t quit;
    struct storm_worker worker[STORM_WORKERS];
    _Atomic uint32_t count[STORM_OPERATIONS], succeeded[STORM_OPERATIONS];
    _Atomic uint32_t errors[STORM_ERRORS];
    _Atomic int32_t mail[STORM_WORKERS / STORM_EACH][STORM_TAGS]; /* about how much lies there, with a core's monitor */
    _Atomic uint32_t proofs; /* memory that a revoke left whole: nothing of it was in use anywhere */
};
_Static_assert(sizeof(struct storm_page) <= PAGE_SIZE, "more than a page");

/* As worker `number`, reborn `life` times: until the page says quit, or a check fails. */
int storm_work(unsigned number, unsigned life, struct storm_page *page);

#endif
