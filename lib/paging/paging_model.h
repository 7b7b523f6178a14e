/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of what paging has been told to do, for its host test: for each page of each region what may be done with it
 * and whether it is backed. Random steps do the same to both; what is refused (if it may be) must leave everything as the model has it.
 */
#ifndef PAGING_MODEL_H
#define PAGING_MODEL_H

#include <abi/types.h>
#include <paging/paging.h>
#include <stdbool.h>

#define MODEL_REGIONS 24
#define READ_FAULT 0x92000006ull /* data abort, translation fault, level 2 */
#define WRITE_FAULT 0x92000046ull

extern const struct paging_runtime model_runtime;
extern bool model_may_fail;   /* for want of memory, or because the kernel refuses a call */
extern uint64_t model_failed; /* operations that did */
extern uint64_t model_others; /* pages of regions that a test has besides */

void model_seed(uint64_t seed);
uint64_t random_below(uint64_t n);
void model_step(void);
/* paging_index_test.c */
void test_index(void **state);
/* Everything is unmapped. */
void model_end(void);
/* Is everything as the model has it, and nothing else there? */
void check_all(void);
/* What the runtime does with a fault: try, let the pager run, try again. Did it help? */
bool touch(vaddr_t va, uint64_t esr);

#endif
