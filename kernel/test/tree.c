/* SPDX-License-Identifier: BSD-2-Clause */
/* See tree.h. */
#include "tree.h"

#include <arch/console.h>
#include <assert.h>
#include <libfdt.h>
#include <stdio.h>

/* The UARTs that the reader can find, without their registers. */
static void put(volatile char *registers, char c)
{
    (void)registers;
    (void)c;
}

const struct console_ops console_pl011 = {"arm,pl011", put};
const struct console_ops console_imx = {"fsl,imx6q-uart", put};

void tree_cells(char *tree, unsigned address_cells, unsigned size_cells)
{
    fdt_property_u32(tree, "#address-cells", address_cells);
    fdt_property_u32(tree, "#size-cells", size_cells);
}

void tree_begin(char *tree, unsigned address_cells, unsigned size_cells)
{
    fdt_create(tree, TREE_BYTES);
    fdt_add_reservemap_entry(tree, 0x40100000, 0x2000);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    fdt_property_string(tree, "compatible", "linux,dummy-virt");
    tree_cells(tree, address_cells, size_cells);
}

void tree_end(char *tree)
{
    fdt_end_node(tree);
    assert(fdt_finish(tree) == 0);
}

void tree_device(char *tree, const char *name, const char *compatible, unsigned cells, const uint64_t *reg, unsigned count)
{
    uint32_t words[32];
    unsigned n = 0;
    for (unsigned i = 0; i < 2 * count; i++) {
        if (cells == 2) {
            words[n++] = cpu_to_fdt32(reg[i] >> 32);
        }
        words[n++] = cpu_to_fdt32(reg[i]);
    }
    fdt_begin_node(tree, name);
    fdt_property_string(tree, "compatible", compatible);
    fdt_property(tree, "reg", words, n * 4);
    fdt_end_node(tree);
}

void tree_memory(char *tree, uint64_t base, uint64_t bytes)
{
    char name[32];
    uint64_t reg[] = {cpu_to_fdt64(base), cpu_to_fdt64(bytes)};
    snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)base);
    fdt_begin_node(tree, name);
    fdt_property_string(tree, "device_type", "memory");
    fdt_property(tree, "reg", reg, sizeof(reg));
    fdt_end_node(tree);
}

void tree_devices(char *tree)
{
    tree_device(tree, "intc@18000000", "arm,gic-v3", 2, (uint64_t[]){0x18000000, 0x10000, 0x180a0000, 0xf60000}, 2);
    tree_device(tree, "pl011@19000000", "arm,pl011", 2, (uint64_t[]){0x19000000, 0x1000}, 1);
    fdt_begin_node(tree, "psci");
    fdt_property_string(tree, "compatible", "arm,psci-1.0");
    fdt_property_string(tree, "method", "hvc");
    fdt_end_node(tree);
}

void tree_usual(char *tree)
{
    tree_begin(tree, 2, 2);
    tree_devices(tree);
    tree_memory(tree, 0x40000000, 0x40000000);
    fdt_begin_node(tree, "reserved-memory");
    tree_cells(tree, 2, 2);
    fdt_property(tree, "ranges", NULL, 0);
    fdt_begin_node(tree, "firmware@50000000");
    uint64_t reg[] = {cpu_to_fdt64(0x50000000), cpu_to_fdt64(0x20000)};
    fdt_property(tree, "reg", reg, sizeof(reg));
    fdt_property(tree, "no-map", NULL, 0);
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_begin_node(tree, "chosen");
    fdt_property_u64(tree, "linux,initrd-start", 0x48000000);
    fdt_property_u32(tree, "linux,initrd-end", 0x48001234);
    fdt_property_string(tree, "stdout-path", "/pl011@19000000");
    fdt_end_node(tree);
    tree_end(tree);
}
