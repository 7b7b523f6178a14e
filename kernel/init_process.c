/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Builds init. Its objects (dispatcher, CNodes, page tables, dispatcher frame, bootinfo, zero pages) are retyped from one
 * block of RAM, SLOT_RAM, with the same code that serves CAP_RETYPE; what it does not write of its program is mapped where it lies
 * in the kernel image, the rest copied, so that other cores can be started with what was loaded. Everything it gets is a capability in abi/slots.h's places; page tables and
 * Mappings follow from SLOT_SPAWN on.
 */
#include <abi/bootinfo.h>
#include <abi/slots.h>
#include <abi/spawn_info.h>
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/pte.h>
#include <arch/sysreg.h>
#include <arch/timer.h>
#include <kernel/cspace.h>
#include <kernel/dispatcher.h>
#include <kernel/init_image.h>
#include <kernel/init_process.h>
#include <kernel/kinfo.h>
#include <kernel/retype.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/vnode.h>

#define L1_SLOTS 256
#define L2CNODES 4
#define FRAME_BYTES 65536 /* dispatcher frame, upcall, fault and first stack: see crt0.S */
#define TABLES_MAX 24
#define ADDRESS_BITS 40                           /* device registers above are not init's */
#define SPAWN_SLOTS (CNODE_L2_SLOTS - SLOT_SPAWN) /* in L2CNode 0; what does not fit is in the last one */

struct builder {
    struct boot *boot;
    struct slot *ram;    /* SLOT_RAM */
    struct slot *l2;     /* L2CNode 0 and, by cptr, those after it: they are contiguous */
    struct slot *last;   /* the last L2CNode but one (lib/spawn uses the last), out of the way of init's allocator */
    uint64_t used;       /* bytes of the block that are objects */
    uint64_t bytes;      /* of the block */
    unsigned spawn_used; /* slots from SLOT_SPAWN on */
    const char *wrong;   /* the first thing that went wrong */
};

static struct slot first[3]; /* RAM, L1CNode, L2CNodes, until they have a CNode to be in */
static struct bootinfo *info;

static void check(struct builder *b, err_t err, const char *what)
{
    if (err != ERR_OK && !b->wrong) {
        b->wrong = what;
    }
}

static struct slot *slot_at(struct builder *b, cptr_t cptr)
{
    return &b->l2[cptr];
}

/* Where the table or Mapping number `index` is. */
static struct slot *spawn_at(struct builder *b, unsigned index)
{
    return index < SPAWN_SLOTS ? slot_at(b, SLOT_SPAWN + index) : &b->last[index - SPAWN_SLOTS];
}

static struct slot *spawn_slot(struct builder *b)
{
    if (b->spawn_used == SPAWN_SLOTS + CNODE_L2_SLOTS) {
        b->wrong = "image or ramdisk too large";
        return &b->l2[SLOT_SPAWN];
    }
    return spawn_at(b, b->spawn_used++);
}

/* `count` objects from the block, in consecutive slots. */
static void make(struct builder *b, struct slot *dst, unsigned type, uint64_t bytes, uint64_t all, unsigned count)
{
    struct retype request = {.offset = b->used, .type = type, .bytes = bytes, .count = count};
    if (b->wrong) {
        return;
    }
    check(b, cap_retype(dst, b->ram, &request), "an object cannot be made");
    while (!b->wrong && cap_clear(dst) == ERR_AGAIN) {
    }
    b->used += all;
}

/* A capability to memory that was there before, a block of its own. */
static void own(struct slot *dst, unsigned type, unsigned rights, paddr_t base, uint64_t bytes)
{
    struct cap cap = {.type = (uint8_t)type, .rights = (uint8_t)rights, .base = base, .bytes = bytes};
    if (type == CAP_FRAME) {
        cap.block_base = base;
        cap.block_bytes = bytes;
    }
    cap_create(dst, &cap);
}

/* The table of `level` for va, made and hung in if it is not there. Tables are found through their Mappings' slots. */
static struct slot *table_for(struct builder *b, vaddr_t va, unsigned level)
{
    if (level == 0) {
        return slot_at(b, SLOT_VSPACE);
    }
    struct slot *parent = table_for(b, va, level - 1);
    unsigned entry = va >> (PAGE_BITS + 9 * (4 - level)) & (VNODE_ENTRIES - 1);
    if (b->wrong) {
        return parent;
    }
    uint64_t below = ((uint64_t *)phys_to_virt(parent->cap.base))[entry] & PTE_ADDRESS;
    for (unsigned i = 0; below && i < b->spawn_used; i++) {
        struct slot *slot = spawn_at(b, i);
        if (slot->cap.type == CAP_VNODE0 + level && slot->cap.base == below) {
            return slot;
        }
    }
    struct slot *table = spawn_slot(b);
    make(b, table, CAP_VNODE0 + level, VNODE_BYTES, VNODE_BYTES, 1);
    if (!b->wrong) {
        check(b, vnode_map_table(spawn_slot(b), parent, table, entry), "a page table cannot be mapped");
    }
    return table;
}

/* One run within one table. Mappings may be longer than those that VNODE_MAP makes: this happens once. */
static void map_run(struct builder *b, vaddr_t va, const struct slot *frame, uint64_t offset, unsigned pages,
                    unsigned attributes)
{
    struct slot *table = table_for(b, va, 3), *dst = spawn_slot(b);
    unsigned entry = va >> PAGE_BITS & (VNODE_ENTRIES - 1);
    if (b->wrong) {
        return;
    }
    struct cap mapping = {
        .type = CAP_MAPPING,
        .rights = frame->cap.rights,
        .detail = MAPPING_DETAIL(pages, 3),
        .base = frame->cap.base + offset,
        .bytes = (uint64_t)pages << PAGE_BITS,
        .badge = table->cap.base | entry,
        .block_base = frame->cap.block_base,
        .block_bytes = frame->cap.block_bytes,
        .creation = table->cap.creation,
    };
    for (unsigned i = 0; i < pages; i++) {
        pte_write(phys_to_virt(table->cap.base), entry + i,
                  pte_leaf(mapping.base + ((uint64_t)i << PAGE_BITS), 3, attributes, PTE_NORMAL));
    }
    pte_sync();
    cap_create(dst, &mapping);
}

static void map(struct builder *b, vaddr_t va, const struct slot *frame, uint64_t offset, uint64_t bytes,
                unsigned attributes)
{
    while (bytes && !b->wrong) {
        uint64_t room = 2 * MIB - (va & (2 * MIB - 1)), length = bytes < room ? bytes : room;
        map_run(b, va, frame, offset, (unsigned)(length >> PAGE_BITS), attributes);
        va += length;
        offset += length;
        bytes -= length;
    }
}

static uint64_t pages_up(uint64_t bytes)
{
    return (bytes + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

/* The frame over init's bytes in the kernel image, and pages for what it writes. */
static void map_image(struct builder *b)
{
    struct slot *frame = spawn_slot(b);
    paddr_t base = image_paddr(init_image_start);
    own(frame, CAP_FRAME, MAP_READ | MAP_EXECUTE, base, init_image_bytes());
    for (uint64_t i = 0; i < init_image_segment_count && !b->wrong; i++) {
        const struct init_segment *segment = &init_image_segments[i];
        uint64_t in_file = pages_up(segment->file_bytes), all = pages_up(segment->bytes);
        unsigned attributes = segment->flags & INIT_WRITE     ? MAP_READ | MAP_WRITE
                              : segment->flags & INIT_EXECUTE ? MAP_READ | MAP_EXECUTE
                                                              : MAP_READ;
        if (segment->flags & INIT_WRITE) {
            struct slot *data = spawn_slot(b);
            make(b, data, CAP_FRAME, all, all, 1);
            if (!b->wrong) {
                memcpy(phys_to_virt(data->cap.base), segment->image, in_file);
            }
            map(b, segment->vaddr, data, 0, all, attributes);
        } else {
            paddr_t at = image_paddr(segment->image);
            if (segment->flags & INIT_EXECUTE) {
                cache_sync_icache(phys_to_virt(at), in_file);
            }
            map(b, segment->vaddr, frame, at - base, in_file, attributes);
        }
    }
}

/* What the block must hold, with room for every table. */
static uint64_t block_bytes(void)
{
    uint64_t bytes = DISPATCHER_BYTES + L1_SLOTS * SLOT_BYTES + (L2CNODES + 1) * CNODE_L2_BYTES + VNODE_BYTES +
                     FRAME_BYTES + PAGE_SIZE + TABLES_MAX * VNODE_BYTES;
    for (uint64_t i = 0; i < init_image_segment_count; i++) {
        bytes += init_image_segments[i].flags & INIT_WRITE ? pages_up(init_image_segments[i].bytes) : 0;
    }
    return bytes;
}

/* Take the block out of the first free range that is large enough. */
static bool block_take(struct builder *b)
{
    struct ranges *free = &b->boot->free;
    b->bytes = block_bytes();
    for (unsigned i = 0; i < free->count; i++) {
        paddr_t base = free->range[i].base;
        if (free->range[i].bytes >= b->bytes) {
            ranges_remove(free, base, b->bytes);
            b->ram = &first[0];
            struct cap cap = {
                .type = CAP_RAM, .base = base, .bytes = b->bytes, .block_base = base, .block_bytes = b->bytes};
            cap_create(b->ram, &cap);
            return true;
        }
    }
    b->wrong = "not enough memory";
    return false;
}

/* L1CNode and the first L2CNodes, which are one run of memory. */
static void make_cspace(struct builder *b)
{
    make(b, &first[1], CAP_L1CNODE, L1_SLOTS * SLOT_BYTES, L1_SLOTS * SLOT_BYTES, 1);
    if (b->wrong) {
        return;
    }
    struct slot *l1 = cnode_slots(&first[1].cap);
    make(b, l1, CAP_L2CNODE, 0, L2CNODES * CNODE_L2_BYTES, L2CNODES);
    make(b, &l1[L1_SLOTS - 2], CAP_L2CNODE, 0, CNODE_L2_BYTES, 1);
    if (b->wrong) {
        return;
    }
    b->l2 = cnode_slots(&l1[0].cap);
    b->last = cnode_slots(&l1[L1_SLOTS - 2].cap);
    cap_move(slot_at(b, SLOT_CSPACE), &first[1]);
    cap_move(slot_at(b, SLOT_RAM), &first[0]);
    b->ram = slot_at(b, SLOT_RAM);
}

static void give_memory(struct builder *b)
{
    const struct ranges *free = &b->boot->free;
    struct ranges devices = {.count = 0};
    ranges_add(&devices, PAGE_SIZE, (1ull << ADDRESS_BITS) - PAGE_SIZE); /* page 0 is nobody's */
    if (kernel_core == 0) {
        b->boot->all = *free;
    } else {
        info->share = (struct bootinfo_range){free->range[0].base, free->range[0].bytes};
    }
    for (unsigned i = 0; i < b->boot->all.count && i < SLOT_ARENAS_MAX; i++) {
        struct range range = b->boot->all.range[i];
        own(slot_at(b, SLOT_ARENAS + i), CAP_ARENA, 0, range.base, range.bytes);
        info->arena[info->arena_count++] = (struct bootinfo_range){range.base, range.bytes};
    }
    if (kernel_core != 0) {
        return; /* devices and their interrupts are the boot core's to give */
    }
    own(slot_at(b, SLOT_IRQ), CAP_IRQ, 0, 0, 1020);
    for (unsigned i = 0; i < b->boot->machine.ram.count; i++) {
        struct range range = b->boot->machine.ram.range[i];
        ranges_remove(&devices, range.base, range.bytes);
    }
    for (unsigned i = 0; i < devices.count && i < SLOT_DEVICES_MAX; i++) {
        struct range range = devices.range[i];
        own(slot_at(b, SLOT_DEVICES + i), CAP_DEVFRAME, MAP_READ | MAP_WRITE, range.base, range.bytes);
        info->device[info->device_count++] = (struct bootinfo_range){range.base, range.bytes};
    }
}

static void give_files(struct builder *b)
{
    struct range disk = b->boot->machine.ramdisk, tree = b->boot->tree;
    paddr_t base = tree.base & ~(paddr_t)PAGE_MASK;
    info->dtb_offset = tree.base - base;
    info->dtb_bytes = tree.bytes;
    own(slot_at(b, SLOT_DTB), CAP_FRAME, MAP_READ, base, pages_up(info->dtb_offset + tree.bytes));
    map(b, VADDR_DTB, slot_at(b, SLOT_DTB), 0, slot_at(b, SLOT_DTB)->cap.bytes, MAP_READ);
    if (disk.bytes) {
        info->ramdisk_bytes = disk.bytes;
        info->ramdisk_frame_bytes = pages_up(disk.bytes);
        own(slot_at(b, SLOT_RAMDISK), CAP_FRAME, MAP_READ | MAP_EXECUTE, disk.base, info->ramdisk_frame_bytes);
        map(b, VADDR_RAMDISK, slot_at(b, SLOT_RAMDISK), 0, info->ramdisk_frame_bytes, MAP_READ);
    }
}

/* The boot core is number 0, the others follow as they stand in the device tree. */
static void list_cores(const struct machine *machine)
{
    uint64_t own = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
    info->core_count = 1;
    info->mpidr[0] = own;
    for (unsigned i = 0; i < machine->cpu_count && i < CORES_MAX && info->core_count < CORES_MAX; i++) {
        if (machine->cpu[i] != own) {
            info->mpidr[info->core_count++] = machine->cpu[i];
        }
    }
    info->cpu_count = machine->cpu_count;
}

static void fill_info(struct builder *b)
{
    info->magic = BOOTINFO_MAGIC;
    info->core = kernel_core;
    info->image_bytes = kinfo.kernel_bytes + init_image_bytes();
    if (kernel_core == 0) {
        list_cores(&b->boot->machine);
    }
    info->gic_version = b->boot->machine.gic_version;
    info->ram_bytes = kinfo.ram_bytes;
    info->kernel_bytes = kinfo.kernel_bytes;
    info->boot_bytes = b->bytes + init_image_bytes();
    info->counter_hz = timer_hz;
    info->reset_ticks = timer_reset;
    info->l2cnodes = L2CNODES;
    info->vnodes = b->spawn_used < SPAWN_SLOTS ? b->spawn_used : SPAWN_SLOTS;
    static const char version[] = "capelin " CONFIG_VERSION;
    memcpy(info->version, version, sizeof(version) < sizeof(info->version) ? sizeof(version) : sizeof(info->version) - 1);
    memcpy(info->choices, b->boot->choices, strnlen(b->boot->choices, sizeof(info->choices) - 1));
}

/* The dispatcher holds its CSpace and so can be configured like any other. */
static void start(struct builder *b)
{
    const struct cap *cap = &slot_at(b, SLOT_DISPATCHER)->cap;
    struct dcb *dcb = phys_to_virt(cap->base);
    uint64_t x[8] = {0, SLOT_VSPACE, SLOT_FRAME, 0};
    cap_copy(&dcb->cspace, slot_at(b, SLOT_CSPACE), UINT64_MAX);
    core.current = dcb;
    check(b, dispatcher_invoke(cap, DISP_CONFIGURE, x), "its dispatcher cannot be configured");
    if (!b->wrong) {
        dcb->frame->disabled_save.pc = init_image_entry;
        dcb->frame->disabled_save.sp = VADDR_FRAME + FRAME_BYTES;
        check(b, dispatcher_invoke(cap, DISP_RESUME, x), "its dispatcher cannot be started");
        dcb->limit = 0;
        sched_priority(dcb, 0); /* it is the monitor, too */
    }
}

static void make_objects(struct builder *b)
{
    struct retype endpoint = {.type = CAP_ENDPOINT, .count = 1};
    make(b, slot_at(b, SLOT_DISPATCHER), CAP_DISPATCHER, 0, DISPATCHER_BYTES, 1);
    make(b, slot_at(b, SLOT_FRAME), CAP_FRAME, FRAME_BYTES, FRAME_BYTES, 1);
    make(b, slot_at(b, SLOT_VSPACE), CAP_VNODE0, 0, VNODE_BYTES, 1);
    make(b, slot_at(b, SLOT_BOOTINFO), CAP_FRAME, PAGE_SIZE, PAGE_SIZE, 1);
    if (!b->wrong) {
        check(b, cap_retype(slot_at(b, SLOT_ENDPOINT), slot_at(b, SLOT_DISPATCHER), &endpoint), "no endpoint");
        info = phys_to_virt(slot_at(b, SLOT_BOOTINFO)->cap.base);
    }
}

const char *init_process_start(struct boot *boot)
{
    struct builder b = {.boot = boot};
    if (!block_take(&b)) {
        return b.wrong;
    }
    make_cspace(&b);
    if (!b.wrong) {
        make_objects(&b);
    }
    if (b.wrong) {
        return b.wrong;
    }
    map(&b, VADDR_BOOTINFO, slot_at(&b, SLOT_BOOTINFO), 0, PAGE_SIZE, MAP_READ);
    map(&b, VADDR_FRAME, slot_at(&b, SLOT_FRAME), 0, FRAME_BYTES, MAP_READ | MAP_WRITE);
    map_image(&b);
    struct cap kernel = {.type = CAP_KERNEL};
    cap_create(slot_at(&b, SLOT_KERNEL), &kernel);
    own(slot_at(&b, SLOT_DOORBELLS), CAP_DOORBELL, 0, 0, DOORBELL(CORES_MAX, 0));
    own(slot_at(&b, SLOT_IDS), CAP_ID, 0, (uint64_t)kernel_core << 32, 1ull << 32);
    if (boot->urpc.bytes) {
        own(slot_at(&b, SLOT_URPC), CAP_FRAME, MAP_READ | MAP_WRITE, boot->urpc.base, boot->urpc.bytes);
    }
    give_files(&b);
    give_memory(&b);
    fill_info(&b);
    if (!b.wrong) {
        start(&b);
    }
    return b.wrong;
}
