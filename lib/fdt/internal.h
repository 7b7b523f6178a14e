/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to lib/fdt: cells and parents. */
#ifndef FDT_INTERNAL_H
#define FDT_INTERNAL_H

#include <fdt/fdt.h>
#include <libfdt.h>

#define DT_DEPTH_MAX 16 /* of nodes; deeper trees are malformed to us */

/* A property as big-endian cells. NULL: there is none, or it is not a whole number of cells. */
const fdt32_t *dt_cells(const void *tree, int node, const char *name, unsigned *count);
/* One cell, or `otherwise` if the property is missing or has another size. */
uint32_t dt_cell_or(const void *tree, int node, const char *name, uint32_t otherwise);
/* The index: of a sound tree, one at a time. */
void dt_index_make(const void *tree);
void dt_index_drop(void);
/* As fdt_parent_offset and fdt_node_offset_by_phandle, by the index. */
int dt_parent(const void *tree, int node);
int dt_by_phandle(const void *tree, uint32_t phandle);
/* A number of `cells` cells (0-2) at `from`. */
uint64_t dt_number(const fdt32_t *from, unsigned cells);

#endif
