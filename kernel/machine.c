/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the device tree with libfdt in one walk over its nodes (Devicetree Specification 0.4). Nothing in the
 * tree is believed: libfdt keeps inside its bytes, lengths are checked here, and what makes no sense ends the boot
 * with a message.
 */
#include <arch/console.h>
#include <kernel/machine.h>
#include <kernel/string.h>
#include <libfdt.h>

#define DEPTH_MAX 8

/* Where the walk is: for each level the cells and `ranges` that apply to the children of the node there. */
struct level {
    unsigned address_cells, size_cells;
    const fdt32_t *translate; /* `ranges`; NULL: children's addresses are not ours */
    int translate_bytes;      /* 0: one to one */
};

struct walk {
    const void *tree;
    struct machine *machine;
    struct level level[DEPTH_MAX];
    int reserved_depth; /* level of /reserved-memory while inside it, else 0 */
    char console[128];  /* path that stdout-path names */
};

static uint64_t cells_read(const fdt32_t *cell, unsigned count)
{
    uint64_t value = 0;
    while (count--) {
        value = value << 32 | fdt32_to_cpu(*cell++);
    }
    return value;
}

static unsigned cells_property(const struct walk *w, int node, const char *name, unsigned otherwise)
{
    int bytes;
    const fdt32_t *cell = fdt_getprop(w->tree, node, name, &bytes);
    uint32_t value = cell && bytes == 4 ? fdt32_to_cpu(*cell) : otherwise;
    return value <= 3 ? value : 3;
}

/* An address in the space of children of level `depth`, as the processor sees it. */
static bool address_translate(const struct walk *w, int depth, uint64_t *address)
{
    for (; depth > 0; depth--) {
        const struct level *child = &w->level[depth], *parent = &w->level[depth - 1];
        unsigned entry = child->address_cells + parent->address_cells + child->size_cells;
        const fdt32_t *cell = child->translate;
        int left = child->translate_bytes / 4;
        bool found = cell && left == 0;
        for (; cell && !found && left >= (int)entry; cell += entry, left -= (int)entry) {
            uint64_t base = cells_read(cell, child->address_cells);
            uint64_t to = cells_read(cell + child->address_cells, parent->address_cells);
            uint64_t bytes = cells_read(cell + child->address_cells + parent->address_cells, child->size_cells);
            if (*address >= base && *address - base < bytes) {
                *address = *address - base + to;
                found = true;
            }
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Entry `index` of the `reg` of a node at `depth` (root: 0). */
static bool reg_read(const struct walk *w, int node, int depth, unsigned index, struct range *range)
{
    const struct level *parent = &w->level[depth - 1];
    unsigned cells = parent->address_cells + parent->size_cells;
    int bytes;
    const fdt32_t *reg = fdt_getprop(w->tree, node, "reg", &bytes);
    if (!reg || cells == 0 || (uint64_t)bytes < (index + 1ull) * cells * 4) {
        return false;
    }
    range->base = cells_read(reg + index * cells, parent->address_cells);
    range->bytes = cells_read(reg + index * cells + parent->address_cells, parent->size_cells);
    return address_translate(w, depth - 1, &range->base);
}

static bool is_compatible(const char *list, int bytes, const char *name)
{
    return list && fdt_stringlist_contains(list, bytes, name);
}

static const char *memory_read(struct walk *w, int node, int depth)
{
    struct range range;
    for (unsigned i = 0; reg_read(w, node, depth, i, &range); i++) {
        if (range.bytes == 0) {
            continue;
        }
        struct ranges once = w->machine->ram;
        uint64_t before = ranges_bytes(&once);
        /* Partial pages at the edges are not ours. */
        paddr_t base = (range.base + PAGE_MASK) & ~(paddr_t)PAGE_MASK, end;
        if (__builtin_add_overflow(range.base, range.bytes, &end) || base < range.base) {
            return "device tree: memory wraps around";
        }
        end &= ~(paddr_t)PAGE_MASK;
        if (end <= base) {
            continue;
        }
        if (!ranges_add(&w->machine->ram, base, end - base)) {
            return "device tree: too many memory ranges";
        }
        if (ranges_bytes(&w->machine->ram) != before + (end - base)) {
            return "device tree: memory ranges overlap";
        }
    }
    return NULL;
}

static const char *reserved_read(struct walk *w, int node, int depth)
{
    struct range range;
    bool no_map = fdt_getprop(w->tree, node, "no-map", NULL) != NULL;
    for (unsigned i = 0; reg_read(w, node, depth, i, &range); i++) {
        if (range.bytes && (!ranges_add(&w->machine->reserved, range.base, range.bytes) ||
                            (no_map && !ranges_add(&w->machine->no_map, range.base, range.bytes)))) {
            return "device tree: bad reserved memory";
        }
    }
    return NULL;
}

static void gic_read(struct walk *w, int node, int depth, unsigned version)
{
    struct machine *m = w->machine;
    if (m->gic_version == 0 && reg_read(w, node, depth, 0, &m->gic[0]) && reg_read(w, node, depth, 1, &m->gic[1])) {
        m->gic_version = version;
    }
}

static void psci_read(struct walk *w, int node)
{
    int bytes;
    const char *method = fdt_getprop(w->tree, node, "method", &bytes);
    if (method && bytes == 4) {
        w->machine->psci = memcmp(method, "hvc", 4) == 0 ? PSCI_HVC : memcmp(method, "smc", 4) == 0 ? PSCI_SMC : 0;
    }
}

/* The node that stdout-path names if there is one, else the first UART that we know. */
static void console_read(struct walk *w, int node, int depth, const char *compatible, int bytes)
{
    const struct console_ops *ops;
    struct range registers;
    if (!console_known(compatible, bytes, &ops) || !reg_read(w, node, depth, 0, &registers)) {
        return;
    }
    char path[sizeof(w->console)];
    bool chosen = w->console[0] && fdt_get_path(w->tree, node, path, sizeof(path)) == 0 && strcmp(path, w->console) == 0;
    if (w->machine->console == NULL || chosen) {
        w->machine->console = ops;
        w->machine->console_registers = registers;
    }
}

static uint64_t chosen_address(const struct walk *w, int node, const char *name)
{
    int bytes;
    const fdt32_t *cell = fdt_getprop(w->tree, node, name, &bytes);
    return cell && (bytes == 4 || bytes == 8) ? cells_read(cell, (unsigned)bytes / 4) : 0;
}

static void chosen_read(struct walk *w, int node)
{
    uint64_t start = chosen_address(w, node, "linux,initrd-start"), end = chosen_address(w, node, "linux,initrd-end");
    if (start && end > start) {
        w->machine->ramdisk = (struct range){ start, end - start };
    }
    int bytes;
    const char *path = fdt_getprop(w->tree, node, "stdout-path", &bytes);
    if (!path || bytes <= 0) {
        return;
    }
    const char *colon = memchr(path, ':', (size_t)bytes);
    int length = colon ? (int)(colon - path) : (int)strnlen(path, (size_t)bytes);
    if (path[0] != '/') {
        path = fdt_get_alias_namelen(w->tree, path, length);
        length = path ? (int)strnlen(path, sizeof(w->console)) : 0;
    }
    if (length > 0 && length < (int)sizeof(w->console)) {
        memcpy(w->console, path, (size_t)length);
        w->console[length] = 0;
    }
}

static const char *node_read(struct walk *w, int node, int depth)
{
    int bytes;
    const char *name = fdt_get_name(w->tree, node, NULL);
    if (depth == 1 && name && strcmp(name, "reserved-memory") == 0) {
        w->reserved_depth = depth;
        return NULL;
    }
    if (w->reserved_depth && depth == w->reserved_depth + 1) {
        return reserved_read(w, node, depth);
    }
    const char *type = fdt_getprop(w->tree, node, "device_type", &bytes);
    if (type && bytes == 7 && memcmp(type, "memory", 7) == 0) {
        return memory_read(w, node, depth);
    }
    const char *compatible = fdt_getprop(w->tree, node, "compatible", &bytes);
    if (!compatible || bytes <= 0) {
        return NULL;
    }
    if (is_compatible(compatible, bytes, "arm,gic-v3")) {
        gic_read(w, node, depth, 3);
    } else if (is_compatible(compatible, bytes, "arm,cortex-a15-gic") || is_compatible(compatible, bytes, "arm,gic-400")) {
        gic_read(w, node, depth, 2);
    } else if (is_compatible(compatible, bytes, "arm,psci-0.2") || is_compatible(compatible, bytes, "arm,psci-1.0")) {
        psci_read(w, node);
    } else {
        console_read(w, node, depth, compatible, bytes);
    }
    return NULL;
}

static void level_enter(struct walk *w, int node, int depth)
{
    struct level *level = &w->level[depth];
    level->address_cells = cells_property(w, node, "#address-cells", 2);
    level->size_cells = cells_property(w, node, "#size-cells", 1);
    level->translate = fdt_getprop(w->tree, node, "ranges", &level->translate_bytes);
}

static const char *walk_nodes(struct walk *w)
{
    int depth = 0;
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(w->tree, node, &depth)) {
        if (depth >= DEPTH_MAX) {
            continue; /* nothing that the kernel needs is as deep */
        }
        if (depth <= w->reserved_depth) {
            w->reserved_depth = 0;
        }
        const char *wrong = depth ? node_read(w, node, depth) : NULL;
        if (wrong) {
            return wrong;
        }
        level_enter(w, node, depth);
    }
    return NULL;
}

const char *machine_read(struct machine *machine, const void *tree, uint64_t max)
{
    struct walk w = { .tree = tree, .machine = machine };
    *machine = (struct machine){ 0 };
    if (fdt_check_header(tree) != 0 || fdt_totalsize(tree) > max) {
        return "device tree: bad header";
    }
    for (int i = 0; i < fdt_num_mem_rsv(tree); i++) {
        uint64_t base, bytes;
        if (fdt_get_mem_rsv(tree, i, &base, &bytes) != 0 || (bytes && !ranges_add(&machine->reserved, base, bytes))) {
            return "device tree: bad memory reservation";
        }
    }
    int chosen = fdt_path_offset(tree, "/chosen");
    if (chosen >= 0) {
        chosen_read(&w, chosen);
    }
    const char *wrong = walk_nodes(&w);
    if (wrong) {
        return wrong;
    }
    const char *model = fdt_getprop(tree, 0, "compatible", NULL);
    for (unsigned i = 0; model && i + 1 < sizeof(machine->model) && model[i]; i++) {
        machine->model[i] = model[i];
    }
    return machine->ram.count == 0 ? "device tree: no memory" :
        machine->gic_version == 0  ? "device tree: no interrupt controller that we know (arm,gic-v3, arm,gic-400)" :
        machine->console == NULL   ? "device tree: no console that we know" :
                                     NULL;
}
