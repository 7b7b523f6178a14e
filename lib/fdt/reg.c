/* SPDX-License-Identifier: BSD-2-Clause */
/* "reg" and its way up through "ranges" (Devicetree Specification 0.4, 2.3.6 and 2.3.8). */
#include "internal.h"

/* What "reg" and "ranges" of a node's children count in; the specification's defaults. */
struct bus {
    unsigned address_cells;
    unsigned size_cells;
};

static err_t bus_of(const void *tree, int node, struct bus *bus)
{
    bus->address_cells = dt_cell_or(tree, node, "#address-cells", 2);
    bus->size_cells = dt_cell_or(tree, node, "#size-cells", 1);
    return bus->address_cells == 0 || bus->address_cells > 2 || bus->size_cells > 2 ? ERR_FDT : ERR_OK;
}

/* Through the "ranges" of `node`, from its children's addresses to its parent's. */
static err_t translate_once(const void *tree, int node, const struct bus *inner, const struct bus *outer,
                            struct dt_range *range)
{
    unsigned count;
    if (fdt_getprop(tree, node, "ranges", NULL) == NULL) {
        return ERR_FDT; /* its children cannot be reached from outside */
    }
    const fdt32_t *cells = dt_cells(tree, node, "ranges", &count);
    if (count == 0) {
        return cells == NULL ? ERR_FDT : ERR_OK; /* empty: the same addresses */
    }
    unsigned entry = inner->address_cells + outer->address_cells + inner->size_cells;
    if (count % entry != 0) {
        return ERR_FDT;
    }
    for (; count != 0; count -= entry, cells += entry) {
        uint64_t child = dt_number(cells, inner->address_cells);
        uint64_t parent = dt_number(cells + inner->address_cells, outer->address_cells);
        uint64_t bytes = dt_number(cells + inner->address_cells + outer->address_cells, inner->size_cells);
        if (range->base >= child && range->base - child <= bytes && bytes - (range->base - child) >= range->bytes) {
            range->base = parent + (range->base - child);
            return ERR_OK;
        }
    }
    return ERR_FDT;
}

static err_t translate(const void *tree, int parent, struct dt_range *range)
{
    for (unsigned depth = 0; depth < DT_DEPTH_MAX; depth++) {
        int above = dt_parent(tree, parent);
        if (above < 0) {
            return ERR_OK; /* parent is the root */
        }
        struct bus inner, outer;
        err_t err = bus_of(tree, parent, &inner);
        err = err != ERR_OK ? err : bus_of(tree, above, &outer);
        err = err != ERR_OK ? err : translate_once(tree, parent, &inner, &outer, range);
        if (err != ERR_OK) {
            return err;
        }
        parent = above;
    }
    return ERR_FDT;
}

err_t dt_reg(const void *tree, int node, unsigned n, struct dt_range *range)
{
    unsigned count;
    struct bus bus;
    int parent = dt_parent(tree, node);
    const fdt32_t *cells = dt_cells(tree, node, "reg", &count);
    if (cells == NULL) {
        return fdt_getprop(tree, node, "reg", NULL) == NULL ? ERR_NOT_FOUND : ERR_FDT;
    }
    if (parent < 0 || bus_of(tree, parent, &bus) != ERR_OK) {
        return ERR_FDT;
    }
    unsigned entry = bus.address_cells + bus.size_cells;
    if (count % entry != 0) {
        return ERR_FDT;
    }
    if (n >= count / entry) {
        return ERR_NOT_FOUND;
    }
    cells += n * entry;
    struct dt_range found = {dt_number(cells, bus.address_cells), dt_number(cells + bus.address_cells, bus.size_cells)};
    err_t err = translate(tree, parent, &found);
    uint64_t end;
    if (err == ERR_OK && (found.bytes == 0 || __builtin_add_overflow(found.base, found.bytes, &end))) {
        err = ERR_FDT;
    }
    if (err == ERR_OK) {
        *range = found;
    }
    return err;
}
