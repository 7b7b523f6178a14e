/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the device tree in one walk over its tags (Devicetree Specification 0.4, chapter 5), with libfdt's checks
 * that each is inside. Nothing in the tree is believed: lengths are checked here, and what makes no sense ends the boot
 * with a message.
 */
#include <arch/console.h>
#include <kernel/machine.h>
#include <kernel/string.h>
#include <libfdt.h>

#define DEPTH_MAX 8
#define CONSOLES_MAX 8

struct property {
    const void *value; /* 0: the node does not have it */
    int bytes;
};

/* The properties that the kernel looks at, of the node where the walk is. */
enum {
    ADDRESS_CELLS,
    SIZE_CELLS,
    RANGES,
    REG,
    COMPATIBLE,
    DEVICE_TYPE,
    METHOD,
    NO_MAP,
    STDOUT_PATH,
    RAMDISK_START,
    RAMDISK_END,
    PROPERTIES
};
static const char *const names[PROPERTIES] = {"#address-cells", "#size-cells",        "ranges",          "reg",
                                              "compatible",     "device_type",        "method",          "no-map",
                                              "stdout-path",    "linux,initrd-start", "linux,initrd-end"};

/* For each level: the cells and `ranges` that apply to the children of the node there. */
struct level {
    unsigned address_cells, size_cells;
    struct property translate; /* no value: children's addresses are not ours; no bytes: one to one */
};

struct console {
    int node;
    const struct console_ops *ops;
    struct range registers;
};

struct walk {
    const void *tree;
    struct machine *machine;
    struct level level[DEPTH_MAX];
    int depth;          /* of the node where it is; the root: 0 */
    int node;           /* its offset */
    int reserved_depth; /* level of /reserved-memory while inside it, else 0 */
    struct property property[PROPERTIES];
    struct property stdout_path;
    struct console consoles[CONSOLES_MAX]; /* UARTs that we know */
    unsigned console_count;
};

static uint64_t cells_read(const fdt32_t *cell, unsigned count)
{
    uint64_t value = 0;
    while (count--) {
        value = value << 32 | fdt32_to_cpu(*cell++);
    }
    return value;
}

/* A property of one or two cells; `otherwise` if it is not there or has another length. */
static uint64_t number_read(const struct property *property, uint64_t otherwise)
{
    bool good = property->value && (property->bytes == 4 || property->bytes == 8);
    return good ? cells_read(property->value, (unsigned)property->bytes / 4) : otherwise;
}

static bool string_is(const struct property *property, const char *text)
{
    size_t bytes = strlen(text) + 1;
    return property->value && (size_t)property->bytes == bytes && memcmp(property->value, text, bytes) == 0;
}

/* An address in the space of the children of level `depth`, as the processor sees it. */
static bool address_translate(const struct walk *w, int depth, uint64_t *address)
{
    for (; depth > 0; depth--) {
        const struct level *child = &w->level[depth], *parent = &w->level[depth - 1];
        unsigned entry = child->address_cells + parent->address_cells + child->size_cells;
        const fdt32_t *cell = child->translate.value;
        int left = child->translate.bytes / 4;
        bool found = cell && left == 0;
        for (; cell && entry && !found && left >= (int)entry; cell += entry, left -= (int)entry) {
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

/* Entry `index` of the node's `reg`. */
static bool reg_read(const struct walk *w, unsigned index, struct range *range)
{
    const struct level *parent = &w->level[w->depth - 1];
    const struct property *property = &w->property[REG];
    unsigned cells = parent->address_cells + parent->size_cells;
    const fdt32_t *reg = property->value;
    if (!reg || cells == 0 || (uint64_t)property->bytes < (index + 1ull) * cells * 4) {
        return false;
    }
    range->base = cells_read(reg + index * cells, parent->address_cells);
    range->bytes = cells_read(reg + index * cells + parent->address_cells, parent->size_cells);
    return address_translate(w, w->depth - 1, &range->base);
}

/* Partial pages at the edges are not ours. */
static const char *memory_add(struct machine *m, const struct range *range)
{
    uint64_t before = ranges_bytes(&m->ram);
    paddr_t base = (range->base + PAGE_MASK) & ~(paddr_t)PAGE_MASK, end;
    if (__builtin_add_overflow(range->base, range->bytes, &end) || base < range->base) {
        return "memory wraps around";
    }
    end &= ~(paddr_t)PAGE_MASK;
    if (end <= base) {
        return NULL;
    }
    if (!ranges_add(&m->ram, base, end - base)) {
        return "too many memory ranges";
    }
    return ranges_bytes(&m->ram) == before + (end - base) ? NULL : "memory ranges overlap";
}

static const char *memory_read(struct walk *w)
{
    struct range range;
    const char *wrong = NULL;
    for (unsigned i = 0; !wrong && reg_read(w, i, &range); i++) {
        wrong = range.bytes ? memory_add(w->machine, &range) : NULL;
    }
    return wrong;
}

static const char *reserved_read(struct walk *w)
{
    struct range range;
    bool no_map = w->property[NO_MAP].value != NULL;
    for (unsigned i = 0; reg_read(w, i, &range); i++) {
        if (range.bytes && (!ranges_add(&w->machine->reserved, range.base, range.bytes) ||
                            (no_map && !ranges_add(&w->machine->no_map, range.base, range.bytes)))) {
            return "bad reserved memory";
        }
    }
    return NULL;
}

static void gic_read(struct walk *w, unsigned version)
{
    struct machine *m = w->machine;
    if (m->gic_version == 0 && reg_read(w, 0, &m->gic[0]) && reg_read(w, 1, &m->gic[1])) {
        m->gic_version = version;
    }
}

static void psci_read(struct walk *w)
{
    w->machine->psci = string_is(&w->property[METHOD], "hvc")   ? PSCI_HVC
                       : string_is(&w->property[METHOD], "smc") ? PSCI_SMC
                                                                : PSCI_NONE;
}

static void console_read(struct walk *w)
{
    struct console *console = &w->consoles[w->console_count];
    const struct property *compatible = &w->property[COMPATIBLE];
    if (w->console_count < CONSOLES_MAX && console_known(compatible->value, compatible->bytes, &console->ops) &&
        reg_read(w, 0, &console->registers)) {
        console->node = w->node;
        w->console_count++;
    }
}

static void cpu_read(struct walk *w)
{
    struct machine *m = w->machine;
    if (m->cpu_count < CORES_MAX) {
        m->cpu[m->cpu_count] = number_read(&w->property[REG], 0);
    }
    m->cpu_count++;
}

static void chosen_read(struct walk *w)
{
    uint64_t start = number_read(&w->property[RAMDISK_START], 0), end = number_read(&w->property[RAMDISK_END], 0);
    if (start && end > start) {
        w->machine->ramdisk = (struct range){start, end - start};
    }
    w->stdout_path = w->property[STDOUT_PATH];
}

static void root_read(struct walk *w)
{
    const struct property *compatible = &w->property[COMPATIBLE];
    const char *text = compatible->value;
    for (int i = 0; i < compatible->bytes && i + 1 < (int)sizeof(w->machine->model); i++) {
        w->machine->model[i] = text[i];
    }
}

static bool is_compatible(const struct walk *w, const char *name)
{
    return fdt_stringlist_contains(w->property[COMPATIBLE].value, w->property[COMPATIBLE].bytes, name);
}

static void device_read(struct walk *w)
{
    if (!w->property[COMPATIBLE].value || w->property[COMPATIBLE].bytes <= 0) {
        return;
    }
    if (is_compatible(w, "arm,gic-v3")) {
        gic_read(w, 3);
    } else if (is_compatible(w, "arm,cortex-a15-gic") || is_compatible(w, "arm,gic-400")) {
        gic_read(w, 2);
    } else if (is_compatible(w, "arm,psci-0.2") || is_compatible(w, "arm,psci-1.0")) {
        psci_read(w);
    } else {
        console_read(w);
    }
}

/* All of the node's properties are known. */
static const char *node_read(struct walk *w)
{
    struct level *level = &w->level[w->depth];
    int length;
    const char *name = fdt_get_name(w->tree, w->node, &length), *wrong = NULL;
    if (w->depth <= w->reserved_depth) {
        w->reserved_depth = 0;
    }
    if (w->depth == 0) {
        root_read(w);
    } else if (w->reserved_depth) {
        wrong = reserved_read(w);
    } else if (w->depth == 1 && name && strcmp(name, "reserved-memory") == 0) {
        w->reserved_depth = w->depth;
    } else if (w->depth == 1 && name && strcmp(name, "chosen") == 0) {
        chosen_read(w);
    } else if (string_is(&w->property[DEVICE_TYPE], "memory")) {
        wrong = memory_read(w);
    } else if (string_is(&w->property[DEVICE_TYPE], "cpu")) {
        cpu_read(w);
    } else {
        device_read(w);
    }
    uint64_t address = number_read(&w->property[ADDRESS_CELLS], 2), size = number_read(&w->property[SIZE_CELLS], 1);
    level->address_cells = address <= 3 ? (unsigned)address : 3;
    level->size_cells = size <= 3 ? (unsigned)size : 3;
    level->translate = w->property[RANGES];
    return wrong;
}

static bool property_read(struct walk *w, int offset)
{
    int bytes;
    const char *name;
    const void *value = fdt_getprop_by_offset(w->tree, offset, &name, &bytes);
    if (!value) {
        return false;
    }
    for (unsigned i = 0; i < PROPERTIES; i++) {
        if (name[0] == names[i][0] && strcmp(name, names[i]) == 0) {
            w->property[i] = (struct property){value, bytes};
            return true;
        }
    }
    return true;
}

/* Properties stand before children: a node is complete at the first child's begin or its own end. */
static const char *walk_tags(struct walk *w)
{
    int offset = 0, next;
    bool complete = true;
    const char *wrong = NULL;
    w->depth = -1;
    for (;; offset = next) {
        uint32_t tag = fdt_next_tag(w->tree, offset, &next);
        if (next < 0) {
            return "truncated";
        }
        bool inside = w->depth >= 0 && w->depth < DEPTH_MAX; /* nothing that the kernel needs is as deep */
        if (tag == FDT_PROP) {
            if (inside && !complete && !property_read(w, offset)) {
                return "bad property";
            }
        } else if (tag == FDT_BEGIN_NODE || tag == FDT_END_NODE) {
            /* A node that is wrong does not end the walk: the console to say so on may stand behind it. */
            const char *bad = inside && !complete ? node_read(w) : NULL;
            wrong = wrong ? wrong : bad;
            complete = tag == FDT_END_NODE;
            w->depth += complete ? -1 : 1;
            w->node = offset;
            memset(w->property, 0, sizeof(w->property));
            if (complete && w->depth < 0) {
                break;
            }
        } else if (tag == FDT_END) {
            return "nodes do not end";
        }
    }
    return wrong;
}

/* The UART that stdout-path names, directly or by an alias; else the first. */
static void console_choose(struct walk *w)
{
    const char *path = w->stdout_path.value;
    int node = -1;
    if (path && w->stdout_path.bytes > 0) {
        const char *colon = memchr(path, ':', (size_t)w->stdout_path.bytes);
        int length = colon ? (int)(colon - path) : (int)strnlen(path, (size_t)w->stdout_path.bytes);
        node = fdt_path_offset_namelen(w->tree, path, length);
    }
    for (unsigned i = 0; i < w->console_count; i++) {
        if (i == 0 || w->consoles[i].node == node) {
            w->machine->console = w->consoles[i].ops;
            w->machine->console_registers = w->consoles[i].registers;
        }
    }
}

const char *machine_read(struct machine *machine, const void *tree, uint64_t max)
{
    struct walk w = {.tree = tree, .machine = machine};
    *machine = (struct machine){0};
    if (fdt_check_header(tree) != 0 || fdt_totalsize(tree) > max) {
        return "bad header";
    }
    for (int i = 0; i < fdt_num_mem_rsv(tree); i++) {
        uint64_t base, bytes;
        if (fdt_get_mem_rsv(tree, i, &base, &bytes) != 0 || (bytes && !ranges_add(&machine->reserved, base, bytes))) {
            return "bad memory reservation";
        }
    }
    const char *wrong = walk_tags(&w);
    console_choose(&w);
    return wrong                       ? wrong
           : machine->ram.count == 0   ? "no memory"
           : machine->gic_version == 0 ? "no interrupt controller that we know (arm,gic-v3, arm,gic-400)"
           : machine->console == NULL  ? "no console that we know"
                                       : NULL;
}
