/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices for drivers: the device tree says what there is, a driver's line what it is for. A driver gets a DevFrame for each range of
 * registers, cut to whole pages, an Irq for each interrupt, and arguments that describe them (drivers/README.md).
 */
#include "init.h"
#include <caps/caps.h>
#include <fdt/fdt.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const void *tree(void)
{
    return (const char *)VADDR_DTB + BOOTINFO->dtb_offset;
}

/* Walking the tree is slow, so it is walked once: the nodes that drivers can be for, and the cores. */
#define NODES_MAX 512
#define CPUS_MAX 64
#define VIRTIO_BYTES 0x100 /* registers of a virtio device that all have */

struct indexed {
    const char *compatible; /* strings, each ended by a NUL, */
    int bytes;              /* so many bytes */
    int offset;             /* of the node */
    uint32_t virtio;        /* kind of device behind it */
};

static struct {
    bool made;
    uint32_t count, cpu_count;
    struct indexed node[NODES_MAX];
    int cpu[CPUS_MAX];
    int console; /* the kernel's; -1: none */
    bool probed; /* .virtio is known */
} nodes;

static void index_make(void)
{
    int node = -1;
    if (nodes.made) return;
    nodes.made = true;
    if (dt_console(tree(), &nodes.console) != ERR_OK) nodes.console = -1;
    while (dt_next(tree(), &node) == ERR_OK) {
        int bytes;
        const char *compatible = fdt_getprop(tree(), node, "compatible", &bytes);
        if (compatible == NULL || bytes <= 0) continue;
        if (nodes.count == NODES_MAX) {
            log_line("init: the device tree has more than %u devices; the others are not looked at", NODES_MAX);
            break;
        }
        nodes.node[nodes.count++] = (struct indexed){.compatible = compatible, .bytes = bytes, .offset = node};
        const char *type = dt_string(tree(), node, "device_type");
        if (type != NULL && strcmp(type, "cpu") == 0 && nodes.cpu_count < CPUS_MAX) nodes.cpu[nodes.cpu_count++] = node;
    }
}

err_t device_arg(struct device_grant *grant, const char *format, ...)
{
    va_list arguments;
    uint32_t room = DEVICE_ARGS - grant->args_bytes;
    va_start(arguments, format);
    int n = vsnprintf(grant->args + grant->args_bytes, room, format, arguments);
    va_end(arguments);
    if (n < 0 || (uint32_t)n >= room) return ERR_TOO_LONG;
    grant->args_bytes += (uint32_t)n + 1;
    return ERR_OK;
}

/* The DevFrame of ours that covers a range, and where in it that is. */
static err_t device_frame(uint64_t base, uint64_t bytes, cptr_t *frame, uint64_t *offset)
{
    for (uint32_t i = 0; i < BOOTINFO->device_count; i++) {
        const struct bootinfo_range *range = &BOOTINFO->device[i];
        if (base >= range->base && base - range->base < range->bytes && bytes <= range->bytes - (base - range->base)) {
            *frame = SLOT_DEVICES + i;
            *offset = base - range->base;
            return ERR_OK;
        }
    }
    return ERR_NO_REGION;
}

/* Registers that were given away: devices whose registers lie in one page share it, as far as their drivers can tell. */
#define SHARED_MAX 16

static struct {
    uint64_t first, end;
    cptr_t frame;
} given[SHARED_MAX];
static uint32_t given_count;

static err_t frame_make(uint64_t first, uint64_t end, cptr_t *frame)
{
    cptr_t all;
    uint64_t offset;
    for (uint32_t i = 0; i < given_count; i++) {
        if (given[i].first == first && given[i].end == end) return cap_copy_new(frame, given[i].frame);
    }
    err_t err = device_frame(first, end - first, &all, &offset);
    if (err == ERR_OK) err = cap_retype_new(frame, all, offset, CAP_DEVFRAME, end - first);
    if (err != ERR_OK) return err;
    if (given_count < SHARED_MAX && cap_copy_new(&given[given_count].frame, *frame) == ERR_OK) {
        given[given_count].first = first;
        given[given_count++].end = end;
    }
    return ERR_OK;
}

static err_t reg_grant(const struct dt_range *reg, struct device_grant *grant)
{
    uint64_t first = reg->base & ~(uint64_t)PAGE_MASK;
    uint64_t end = (reg->base + reg->bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
    if (end <= first) return ERR_FDT;
    if (grant->cap_count == DEVICE_CAPS) return ERR_TOO_MANY;
    err_t err = frame_make(first, end, &grant->caps[grant->cap_count]);
    if (err != ERR_OK) return err;
    grant->cap_count++;
    return device_arg(grant, "reg=0x%llx,0x%llx", (unsigned long long)(reg->base - first), (unsigned long long)reg->bytes);
}

static err_t irq_grant(const struct dt_irq *irq, struct device_grant *grant)
{
    if (grant->cap_count == DEVICE_CAPS) return ERR_TOO_MANY;
    err_t err = cap_retype_new(&grant->caps[grant->cap_count], SLOT_IRQ, irq->intid, CAP_IRQ, 1);
    if (err != ERR_OK) return err;
    grant->cap_count++;
    return device_arg(grant, "irq=%u,%s", irq->intid, irq->edge ? "edge" : "level");
}

static err_t regs_and_irqs(const struct inventory_entry *entry, struct device_grant *grant)
{
    struct dt_range reg;
    struct dt_irq irq;
    err_t err = ERR_OK;
    for (unsigned i = 0; i < entry->regs && err == ERR_OK; i++) {
        err = dt_reg(tree(), grant->node, i, &reg);
        if (err == ERR_OK) err = reg_grant(&reg, grant);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    /* An interrupt controller's own interrupt is the kernel's. */
    if (fdt_getprop(tree(), grant->node, "interrupt-controller", NULL) != NULL) return ERR_OK;
    err = ERR_OK;
    for (unsigned i = 0; err == ERR_OK; i++) {
        err = dt_irq(tree(), grant->node, i, &irq);
        if (err == ERR_OK) err = irq_grant(&irq, grant);
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* An interrupt controller is told the affinity fields of every core, to route interrupts to them. */
static err_t affinities_add(struct device_grant *grant)
{
    if (fdt_getprop(tree(), grant->node, "interrupt-controller", NULL) == NULL) return ERR_OK;
    for (uint32_t i = 0; i < nodes.cpu_count; i++) {
        int length;
        const fdt32_t *cells = fdt_getprop(tree(), nodes.cpu[i], "reg", &length);
        if (cells == NULL || (length != 4 && length != 8)) return ERR_FDT;
        uint64_t affinity = fdt32_ld(cells);
        if (length == 8) affinity = affinity << 32 | fdt32_ld(cells + 1);
        err_t err = device_arg(grant, "affinity=0x%llx", (unsigned long long)affinity);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static void grant_drop(struct device_grant *grant)
{
    while (grant->cap_count > 0) {
        cap_free(grant->caps[--grant->cap_count]);
    }
}

static err_t grant_fill(const struct inventory_entry *entry, const char *match, struct device_grant *grant)
{
    err_t err = device_arg(grant, "compatible=%s", match);
    if (err == ERR_OK) err = regs_and_irqs(entry, grant);
    if (err == ERR_OK) err = affinities_add(grant);
    grant->console = grant->node == nodes.console;
    if (err == ERR_OK && grant->console) err = device_arg(grant, "console");
    if (err == ERR_OK) err = grants_add(entry, grant);
    if (err != ERR_OK) {
        char path[96];
        dt_path(tree(), grant->node, path, sizeof(path));
        log_line("init: %s: device %s cannot be used: %s", entry->name, path, err_text(err));
        grant_drop(grant);
    }
    return err;
}

static bool node_matches(const struct indexed *node, const char *match)
{
    return fdt_stringlist_contains(node->compatible, node->bytes, match);
}

/* Does an earlier string of the line match the node too? Then it has been counted. */
static bool matched_before(const struct inventory_entry *entry, uint32_t match, const struct indexed *node)
{
    for (uint32_t i = 0; i < match; i++) {
        if (node_matches(node, entry->match[i])) return true;
    }
    return false;
}

static void nodes_probe(void)
{
    struct dt_range reg;
    cptr_t frame;
    uint64_t offset;
    if (nodes.probed) return;
    nodes.probed = true;
    for (uint32_t k = 0; k < nodes.count; k++) {
        struct indexed *node = &nodes.node[k];
        if (!node_matches(node, "virtio,mmio") || dt_reg(tree(), node->offset, 0, &reg) != ERR_OK) continue;
        if (reg.base % 4 != 0 || (reg.base & PAGE_MASK) > PAGE_SIZE - VIRTIO_BYTES) continue;
        if (device_frame(reg.base, VIRTIO_BYTES, &frame, &offset) != ERR_OK) continue;
        node->virtio = probe_virtio(frame, offset);
    }
    probe_end();
}

err_t device_find(const struct inventory_entry *entry, uint32_t n, struct device_grant *grant)
{
    index_make();
    if (entry->virtio != 0) nodes_probe();
    for (uint32_t i = 0; i < entry->matches; i++) {
        for (uint32_t k = 0; k < nodes.count; k++) {
            const struct indexed *node = &nodes.node[k];
            if (!node_matches(node, entry->match[i]) || matched_before(entry, i, node)) continue;
            if (entry->virtio != 0 && node->virtio != entry->virtio) continue;
            if (!dt_is_enabled(tree(), node->offset) || n-- > 0) continue;
            *grant = (struct device_grant){.node = node->offset};
            return grant_fill(entry, entry->match[i], grant);
        }
    }
    return ERR_NOT_FOUND;
}
