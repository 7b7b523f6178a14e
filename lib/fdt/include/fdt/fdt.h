/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device tree for user space: a thin layer over libfdt that answers what init and drivers ask (Devicetree
 * Specification 0.4): which nodes are compatible with what, where their registers are, which interrupts they have.
 * The tree may be anything: dt_open checks it as a whole, and all else copes with every property being wrong.
 *
 * Names here start with dt_, libfdt's own with fdt_.
 *
 * A node is its offset in the tree (int), as in libfdt.
 */
#ifndef FDT_FDT_H
#define FDT_FDT_H

#include <stdbool.h>
#include <abi/errors.h>
#include <abi/types.h>

struct dt_range {
    uint64_t base;
    uint64_t bytes;
};

/* An interrupt of a GIC (Documentation/devicetree/bindings/interrupt-controller/arm,gic*.yaml). */
struct dt_irq {
    uint32_t intid; /* as the GIC counts: SPIs from 32, PPIs from 16 */
    bool edge;      /* else level */
};

/* Is there a sound tree in these `bytes`? ERR_FDT. To be called again if they have changed. One thread at a time uses this library. */
err_t dt_open(const void *tree, uint64_t bytes);

/* The next node after `after` (-1: from the start) that is compatible with `compatible`. ERR_NOT_FOUND. */
err_t dt_find_compatible(const void *tree, int after, const char *compatible, int *node);

/* Is it there, by its "status" property (missing, "okay" or "ok")? */
bool dt_is_enabled(const void *tree, int node);

/* Walk all nodes: the one after `node` (-1: the root) in the tree's order. ERR_NOT_FOUND: that was all. */
err_t dt_next(const void *tree, int *node);

/* The n-th string of the node's "compatible"; 0: there is none. */
const char *dt_compatible(const void *tree, int node, unsigned n);

/*
 * The n-th range of "reg", translated through the "ranges" of the buses above to a physical address. ERR_NOT_FOUND: it
 * has fewer; ERR_FDT: malformed or not translatable.
 */
err_t dt_reg(const void *tree, int node, unsigned n, struct dt_range *range);

/*
 * The n-th interrupt ("interrupts" with the inherited "interrupt-parent", or "interrupts-extended"), which must belong
 * to a GIC. ERR_NOT_FOUND: it has fewer; ERR_FDT; ERR_UNSUPPORTED: not a GIC's.
 */
err_t dt_irq(const void *tree, int node, unsigned n, struct dt_irq *irq);

/* A property of one cell. ERR_NOT_FOUND, ERR_FDT. */
err_t dt_u32(const void *tree, int node, const char *name, uint32_t *value);

/* A property that is a string; 0: there is none. */
const char *dt_string(const void *tree, int node, const char *name);

/* "/path/of/node" into `path`, cut to `bytes`. For messages. */
void dt_path(const void *tree, int node, char *path, size_t bytes);

/* The node that /chosen/stdout-path names (an alias or a path, options after ':' ignored). ERR_NOT_FOUND. */
err_t dt_console(const void *tree, int *node);

#endif
