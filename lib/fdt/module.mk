# SPDX-License-Identifier: BSD-2-Clause
lib-y += lib/fdt/tree.o lib/fdt/index.o lib/fdt/reg.o lib/fdt/irq.o

hosttest-y += fdt_test
fdt_test-y := lib/fdt/fdt_test.c lib/fdt/tree.c lib/fdt/index.c lib/fdt/reg.c lib/fdt/irq.c
