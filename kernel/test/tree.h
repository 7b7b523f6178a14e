/* SPDX-License-Identifier: BSD-2-Clause */
/* Small device trees for the tests of the reader, written with libfdt's sequential interface. */
#ifndef KERNEL_TEST_TREE_H
#define KERNEL_TEST_TREE_H

#include <stdint.h>

#define TREE_BYTES 16384

void tree_begin(char *tree, unsigned address_cells, unsigned size_cells); /* also opens the root */
void tree_end(char *tree);
void tree_cells(char *tree, unsigned address_cells, unsigned size_cells);
/* `count` pairs of address and size in `cells` cells each. */
void tree_device(char *tree, const char *name, const char *compatible, unsigned cells, const uint64_t *reg,
                 unsigned count);
void tree_memory(char *tree, uint64_t base, uint64_t bytes);
/* Interrupt controller, console and PSCI. */
void tree_devices(char *tree);
/* A whole machine like QEMU's virt. */
void tree_usual(char *tree);

#endif
