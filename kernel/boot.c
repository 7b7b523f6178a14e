/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which the kernel starts: device tree, console, memory, interrupts, init. Entered by start.S on the
 * kernel stack with the MMU on and interrupts off; leaves into init and never comes back. What cannot go on says
 * why and halts.
 */
#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/gic.h>
#include <arch/layout.h>
#include <arch/memory.h>
#include <arch/mmu.h>
#include <arch/pmu.h>
#include <arch/psci.h>
#include <arch/timer.h>
#include <kernel/choices.h>
#include <kernel/coreboot.h>
#include <kernel/init_image.h>
#include <kernel/init_process.h>
#include <kernel/kinfo.h>
#include <kernel/leave.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/peers.h>
#include <kernel/sched.h>
#include <libfdt.h>

#define TREE_MAX (2 * MIB)

extern char image_end[];
void boot_main(paddr_t tree, unsigned level, bool first) __attribute__((noreturn));

struct boot boot;

/* Firmware leaves room behind the tree, QEMU nearly 1 MiB: RAM like any other, if the strings are the last block as usual. */
static uint64_t tree_bytes(const void *tree)
{
    uint32_t strings = fdt_off_dt_strings(tree);
    bool last = fdt_off_mem_rsvmap(tree) < strings && fdt_off_dt_struct(tree) < strings;
    return last ? strings + fdt_size_dt_strings(tree) : fdt_totalsize(tree);
}

static const char *tree_read(paddr_t at)
{
    const void *tree = at & 7 ? NULL : mmu_window(at, sizeof(struct fdt_header), true);
    if (!tree || fdt_magic(tree) != FDT_MAGIC || fdt_totalsize(tree) > TREE_MAX) {
        return "none at the address in x0";
    }
    boot.tree = (struct range){at, fdt_totalsize(tree)};
    tree = mmu_window(at, boot.tree.bytes, true);
    if (!tree) {
        return "cannot be mapped";
    }
    const char *wrong = machine_read(&boot.machine, tree, boot.tree.bytes);
    boot.tree.bytes = tree_bytes(tree);
    return wrong;
}

/* Then adding it adds nothing. */
static bool range_in_ram(const struct range *range)
{
    struct ranges ram = boot.machine.ram;
    return ranges_add(&ram, range->base, range->bytes) && ranges_bytes(&ram) == ranges_bytes(&boot.machine.ram);
}

/* What is free on the boot core: RAM without what is reserved, the kernel, the tree and the ramdisk. */
static const char *free_find(const struct ranges *mapped, const struct range *image)
{
    const struct machine *m = &boot.machine;
    if (!range_in_ram(image) || !range_in_ram(&boot.tree) || (m->ramdisk.bytes && !range_in_ram(&m->ramdisk))) {
        return "kernel, device tree or ramdisk are outside of it";
    }
    if (m->ramdisk.base & PAGE_MASK) {
        return "the ramdisk does not begin on a page";
    }
    boot.free = *mapped;
    bool fits = ranges_remove(&boot.free, image->base, image->bytes) &&
                ranges_remove(&boot.free, boot.tree.base, boot.tree.bytes) &&
                ranges_remove(&boot.free, m->ramdisk.base, m->ramdisk.bytes);
    for (unsigned i = 0; i < m->reserved.count; i++) {
        fits = fits && ranges_remove(&boot.free, m->reserved.range[i].base, m->reserved.range[i].bytes);
    }
    boot.kernels[0] = *image;
    return fits ? NULL : "too many ranges";
}

/* The direct map, without what must not be mapped and other cores' kernels. */
static const char *memory_start(bool first)
{
    struct machine *m = &boot.machine;
    struct range image = {image_paddr(image_start), (uint64_t)image_end - (uint64_t)image_start};
    struct ranges mapped = m->ram;
    kinfo.ram_bytes = ranges_bytes(&m->ram);
    ranges_remove(&mapped, 1ull << DIRECT_MAP_BITS, -(1ull << DIRECT_MAP_BITS) - PAGE_SIZE);
    for (unsigned i = 0; i < m->no_map.count; i++) {
        ranges_remove(&mapped, m->no_map.range[i].base, m->no_map.range[i].bytes);
    }
    const char *wrong = first ? free_find(&mapped, &image) : NULL;
    if (wrong) {
        return wrong;
    }
    for (unsigned i = 0; i < CORES_MAX && !first; i++) {
        if (boot.kernels[i].bytes && i != kernel_core) {
            ranges_remove(&mapped, boot.kernels[i].base, boot.kernels[i].bytes);
        }
    }
    for (unsigned i = 0; i < mapped.count; i++) {
        if (!mmu_map_ram(mapped.range[i].base, mapped.range[i].bytes)) {
            return "too many ranges to map";
        }
    }
    if (first) {
        fdt_set_totalsize(phys_to_virt(boot.tree.base), (uint32_t)boot.tree.bytes);
    }
    kinfo.kernel_bytes = image.bytes - init_image_bytes();
    boot.usable_bytes = ranges_bytes(&boot.free);
    return NULL;
}

static void require(const char *of, const char *wrong)
{
    if (wrong) {
        kernel_panic("%s: %s", of, wrong);
    }
}

void boot_main(paddr_t tree, unsigned level, bool first)
{
    kinfo.entry_instructions = 0;
    if (first) {
        coreboot_keep();
        boot.reset = timer_now();
    }
    timer_reset = boot.reset;
    kernel_core = boot.core;
    mmu_drop_identity();
    cpu_start();
    timer_start();
    log_console(first); /* of the others only panics go straight there */
    const char *wrong = first ? tree_read(tree) : NULL;
    if (boot.machine.console) {
        struct range registers = boot.machine.console_registers;
        console_start(boot.machine.console, mmu_window(registers.base, registers.bytes, false));
    }
    boot.choices = choices_text();
    log_line("capelin %s (%s) on cpu%u, %s, EL%u, GICv%u", CONFIG_VERSION, boot.choices, kernel_core, cpu_name(), level,
             boot.machine.gic_version);
    require("device tree", wrong);
    require("memory", memory_start(first));
    log_line("memory: %lu MiB usable in %u bank%s", boot.usable_bytes / MIB, boot.machine.ram.count,
             boot.machine.ram.count == 1 ? "" : "s");
    require("interrupts", gic_start(&boot.machine));
    psci_start(boot.machine.psci);
    peers_start();
    require("init", init_process_start(&boot));
    if (!first && coreboot_join() != NULL) {
        kernel_halt();
    }
    core.wanted = true;
    LOG(BOOT, INFO, "init: entered at 0x%lx", init_image_entry);
    struct leave init = kernel_leave();
    kinfo.init_instructions = pmu_instructions();
    kernel_enter(init);
}
