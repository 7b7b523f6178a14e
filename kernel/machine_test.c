/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device tree reader on trees made with libfdt: those of real boards in miniature, and every way of being
 * wrong that we thought of (K23). machine_fuzz.c damages trees at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <arch/console.h>
#include <cmocka.h>
#include <kernel/machine.h>
#include <libfdt.h>

#include "test/tree.h"

static char tree[TREE_BYTES] __attribute__((aligned(8)));
static struct machine machine;

static const char *read_tree(void)
{
    return machine_read(&machine, tree, sizeof(tree));
}

static void the_usual_machine(void **unused)
{
    tree_usual(tree);
    assert_null(read_tree());
    assert_int_equal(machine.ram.count, 1);
    assert_int_equal(machine.ram.range[0].base, 0x40000000);
    assert_int_equal(machine.ram.range[0].bytes, 0x40000000);
    assert_int_equal(machine.gic_version, 3);
    assert_int_equal(machine.gic[1].base, 0x180a0000);
    assert_int_equal(machine.psci, PSCI_HVC);
    assert_ptr_equal(machine.console, &console_pl011);
    assert_int_equal(machine.console_registers.base, 0x19000000);
    assert_int_equal(machine.ramdisk.base, 0x48000000);
    assert_int_equal(machine.ramdisk.bytes, 0x1234);
    assert_int_equal(machine.reserved.count, 2);
    assert_int_equal(machine.no_map.count, 1);
    assert_int_equal(machine.no_map.range[0].base, 0x50000000);
    assert_string_equal(machine.model, "linux,dummy-virt");
}

static void buses_translate(void **unused)
{
    tree_begin(tree, 2, 2);
    tree_memory(tree, 0x40000000, 0x10000000);
    fdt_begin_node(tree, "soc");
    tree_cells(tree, 1, 1);
    fdt_property_string(tree, "compatible", "simple-bus");
    uint32_t ranges[] = {cpu_to_fdt32(0), cpu_to_fdt32(0), cpu_to_fdt32(0x30000000), cpu_to_fdt32(0x10000000)};
    fdt_property(tree, "ranges", ranges, sizeof(ranges));
    tree_device(tree, "serial@890000", "fsl,imx6q-uart", 1, (uint64_t[]){0x890000, 0x10000}, 1);
    tree_device(tree, "gic@8800000", "arm,gic-400", 1, (uint64_t[]){0x8800000, 0x1000, 0x8802000, 0x2000}, 2);
    fdt_end_node(tree);
    tree_end(tree);
    assert_null(read_tree());
    assert_int_equal(machine.console_registers.base, 0x30890000);
    assert_int_equal(machine.gic[0].base, 0x38800000);
    assert_int_equal(machine.gic_version, 2);
    assert_ptr_equal(machine.console, &console_imx);
}

static void devices_behind_no_ranges_are_not_ours(void **unused)
{
    tree_begin(tree, 2, 2);
    tree_memory(tree, 0x40000000, 0x10000000);
    fdt_begin_node(tree, "i2c");
    tree_cells(tree, 1, 1);
    tree_device(tree, "serial@1", "arm,pl011", 1, (uint64_t[]){1, 1}, 1);
    fdt_end_node(tree);
    tree_device(tree, "gic", "arm,gic-400", 2, (uint64_t[]){0x8000000, 0x1000, 0x8010000, 0x1000}, 2);
    tree_end(tree);
    assert_string_equal(read_tree(), "no console that we know");
}

static void stdout_path_chooses(void **unused)
{
    for (unsigned alias = 0; alias < 2; alias++) {
        tree_begin(tree, 2, 2);
        tree_memory(tree, 0x40000000, 0x10000000);
        tree_device(tree, "gic", "arm,gic-v3", 2, (uint64_t[]){0x8000000, 0x10000, 0x80a0000, 0x20000}, 2);
        tree_device(tree, "pl011@1000", "arm,pl011", 2, (uint64_t[]){0x1000, 0x1000}, 1);
        tree_device(tree, "pl011@2000", "arm,pl011", 2, (uint64_t[]){0x2000, 0x1000}, 1);
        fdt_begin_node(tree, "aliases");
        fdt_property_string(tree, "serial0", "/pl011@2000");
        fdt_end_node(tree);
        fdt_begin_node(tree, "chosen");
        fdt_property_string(tree, "stdout-path", alias ? "serial0:115200n8" : "/pl011@2000");
        fdt_end_node(tree);
        tree_end(tree);
        assert_null(read_tree());
        assert_int_equal(machine.console_registers.base, 0x2000);
    }
}

static void check_memory(const uint64_t *ranges, unsigned count, const char *wrong)
{
    tree_begin(tree, 2, 2);
    tree_devices(tree);
    for (unsigned i = 0; i < count; i++) {
        tree_memory(tree, ranges[2 * i], ranges[2 * i + 1]);
    }
    tree_end(tree);
    if (wrong) {
        assert_string_equal(read_tree(), wrong);
    } else {
        assert_null(read_tree());
    }
}

static void K23_absurd_memory(void **unused)
{
    check_memory((uint64_t[]){0x40000000, 0x1000000, 0x40800000, 0x1000000}, 2, "memory ranges overlap");
    check_memory((uint64_t[]){0x40000000, 0x1000000, 0x40000000, 0x1000000}, 2, "memory ranges overlap");
    check_memory((uint64_t[]){0xfffffffffffff000, 0x2000}, 1, "memory wraps around");
    check_memory((uint64_t[]){0x40000000, UINT64_MAX}, 1, "memory wraps around");
    check_memory((uint64_t[]){0x40000800, 0x400}, 1, "no memory");
    check_memory((uint64_t[]){0x40000000, 0}, 1, "no memory");
    check_memory(NULL, 0, "no memory");
    check_memory((uint64_t[]){0x80000000, 0x1000000, 0x40000000, 0x1000000}, 2, NULL);
    assert_int_equal(machine.ram.count, 2);
    assert_int_equal(machine.ram.range[0].base, 0x40000000);
    uint64_t many[2 * (MACHINE_RANGES + 1)];
    for (unsigned i = 0; i <= MACHINE_RANGES; i++) {
        many[2 * i] = 0x40000000ull + i * 0x2000000ull;
        many[2 * i + 1] = 0x1000000;
    }
    check_memory(many, MACHINE_RANGES + 1, "too many memory ranges");
}

static void K23_missing_parts(void **unused)
{
    tree_begin(tree, 2, 2);
    tree_memory(tree, 0x40000000, 0x10000000);
    tree_end(tree);
    assert_non_null(strstr(read_tree(), "no interrupt controller"));
    memset(tree, 0, sizeof(tree));
    assert_string_equal(read_tree(), "bad header");
    tree_usual(tree);
    assert_string_equal(machine_read(&machine, tree, 64), "bad header");
}

/* Its structure ends early, wherever that is: no crash, and never a memory that was not in it. */
static void K23_truncated(void **unused)
{
    static char cut[TREE_BYTES] __attribute__((aligned(8)));
    tree_usual(tree);
    uint32_t structure = fdt_size_dt_struct(tree);
    for (uint32_t bytes = 0; bytes < structure - 4; bytes += 4) { /* the last word only says that it ends */
        memcpy(cut, tree, sizeof(cut));
        fdt_set_size_dt_struct(cut, bytes);
        assert_non_null(machine_read(&machine, cut, sizeof(cut)));
    }
}

static void ranges_merge_and_split(void **unused)
{
    struct ranges ranges = {.count = 0};
    assert_true(ranges_add(&ranges, 0x3000, 0x1000));
    assert_true(ranges_add(&ranges, 0x1000, 0x1000));
    assert_int_equal(ranges.count, 2);
    assert_true(ranges_add(&ranges, 0x1fff, 2));
    assert_int_equal(ranges.count, 1);
    assert_int_equal(ranges_bytes(&ranges), 0x3000);
    assert_true(ranges_remove(&ranges, 0x2001, 1));
    assert_int_equal(ranges.count, 2);
    assert_int_equal(ranges.range[1].base, 0x3000);
    assert_true(ranges_remove(&ranges, 0, 0x10000));
    assert_int_equal(ranges.count, 0);
    assert_false(ranges_add(&ranges, UINT64_MAX - 5, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_machine),
        cmocka_unit_test(buses_translate),
        cmocka_unit_test(devices_behind_no_ranges_are_not_ours),
        cmocka_unit_test(stdout_path_chooses),
        cmocka_unit_test(K23_absurd_memory),
        cmocka_unit_test(K23_missing_parts),
        cmocka_unit_test(K23_truncated),
        cmocka_unit_test(ranges_merge_and_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
