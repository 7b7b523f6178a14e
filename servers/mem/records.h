/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the records of mem's regions: in chunks from the top of RAM, on mem's own account. They are given to the region map page
 * by page when spare records run low, and taken back page by page when there are many: so mem is as large as what it describes.
 */
#ifndef MEM_RECORDS_H
#define MEM_RECORDS_H

#include "memory.h"

/* A block for mem itself within [first, last]. */
typedef err_t (*records_source)(uint64_t bytes, paddr_t first, paddr_t last, cptr_t *ram);

/* Before anything else; the first records are static. */
void records_init(struct memory *memory, records_source source);
/* Before something is allocated or freed: sees that there are spare records, if memory for them can be had. */
void records_ensure(void);
/* After something was freed: gives back what is not needed any more, a page at most. */
void records_trim(void);

#endif
