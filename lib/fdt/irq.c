/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "interrupts" and "interrupts-extended" (Devicetree Specification 0.4, 2.4) of nodes whose controller is a GIC: three cells
 * (or more) of type, number and flags, by Linux's bindings arm,gic.yaml and arm,gic-v3.yaml.
 */
#include "internal.h"

#define GIC_CELLS_MIN 3
#define GIC_SPI 0
#define GIC_PPI 1
#define SPI_FIRST 32
#define SPI_COUNT 988
#define PPI_FIRST 16
#define PPI_COUNT 16
#define FLAGS_MASK 0xf
#define FLAGS_EDGE 3 /* rising 1, falling 2; level: high 4, low 8 */

/* The controller that a node's "interrupts" go to. */
static int interrupt_parent(const void *tree, int node)
{
    for (unsigned depth = 0; node >= 0 && depth < DT_DEPTH_MAX; depth++) {
        uint32_t phandle = dt_cell_or(tree, node, "interrupt-parent", 0);
        if (phandle != 0) {
            return dt_by_phandle(tree, phandle);
        }
        node = dt_parent(tree, node);
    }
    return -1;
}

/* How many cells an interrupt of this controller has; 0: it is not a controller. */
static unsigned controller_cells(const void *tree, int controller)
{
    if (controller < 0 || fdt_getprop(tree, controller, "interrupt-controller", NULL) == NULL) {
        return 0;
    }
    uint32_t cells = dt_cell_or(tree, controller, "#interrupt-cells", 0);
    return cells > 8 ? 0 : cells;
}

static bool is_gic(const void *tree, int controller)
{
    static const char *const names[] = {"arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic"};
    for (unsigned n = 0; n < sizeof names / sizeof names[0]; n++) {
        if (fdt_node_check_compatible(tree, controller, names[n]) == 0) {
            return true;
        }
    }
    return false;
}

static err_t decode(const void *tree, int controller, unsigned cells, const fdt32_t *from, struct dt_irq *irq)
{
    if (!is_gic(tree, controller)) {
        return ERR_UNSUPPORTED;
    }
    if (cells < GIC_CELLS_MIN) {
        return ERR_FDT;
    }
    uint32_t type = fdt32_ld(from), number = fdt32_ld(from + 1), flags = fdt32_ld(from + 2);
    if (!(type == GIC_SPI && number < SPI_COUNT) && !(type == GIC_PPI && number < PPI_COUNT)) {
        return ERR_FDT;
    }
    irq->intid = number + (type == GIC_SPI ? SPI_FIRST : PPI_FIRST);
    irq->edge = (flags & FLAGS_MASK & FLAGS_EDGE) != 0;
    return ERR_OK;
}

static err_t irq_extended(const void *tree, const fdt32_t *at, unsigned count, unsigned n, struct dt_irq *irq)
{
    while (count != 0) {
        int controller = dt_by_phandle(tree, fdt32_ld(at));
        unsigned cells = controller_cells(tree, controller);
        if (cells == 0 || cells >= count) {
            return ERR_FDT;
        }
        if (n-- == 0) {
            return decode(tree, controller, cells, at + 1, irq);
        }
        at += 1 + cells;
        count -= 1 + cells;
    }
    return ERR_NOT_FOUND;
}

err_t dt_irq(const void *tree, int node, unsigned n, struct dt_irq *irq)
{
    unsigned count;
    const fdt32_t *at = dt_cells(tree, node, "interrupts-extended", &count);
    if (at != NULL) {
        return irq_extended(tree, at, count, n, irq);
    }
    at = dt_cells(tree, node, "interrupts", &count);
    if (at == NULL) {
        return fdt_getprop(tree, node, "interrupts", NULL) == NULL ? ERR_NOT_FOUND : ERR_FDT;
    }
    int controller = interrupt_parent(tree, node);
    unsigned cells = controller_cells(tree, controller);
    if (cells == 0 || count % cells != 0) {
        return ERR_FDT;
    }
    return n < count / cells ? decode(tree, controller, cells, at + n * cells, irq) : ERR_NOT_FOUND;
}
