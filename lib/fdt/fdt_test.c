/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees built with libfdt: sound ones give registers and interrupts; row U6 of hostile input (malformed trees) gives
 * errors and never a read outside the tree (the tree is copied into a buffer of exactly its size, under ASan).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fdt/fdt.h>
#include <libfdt.h>

#define TREE_MAX 4096

static void cells(void *tree, const char *name, unsigned count, const uint32_t *values)
{
    fdt32_t data[16];
    for (unsigned n = 0; n < count; n++) {
        data[n] = cpu_to_fdt32(values[n]);
    }
    assert_int_equal(fdt_property(tree, name, data, count * 4), 0);
}
#define CELLS(tree, name, ...) cells(tree, name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

/* / { intc; bus { ranges; uart } } */
static void *build_tree(void)
{
    void *tree = calloc(1, TREE_MAX);
    fdt_create(tree, TREE_MAX);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    CELLS(tree, "#address-cells", 2);
    CELLS(tree, "#size-cells", 2);
    CELLS(tree, "interrupt-parent", 1);
    fdt_begin_node(tree, "chosen");
    fdt_property_string(tree, "stdout-path", "/bus/uart@1000:115200");
    fdt_end_node(tree);
    fdt_begin_node(tree, "intc");
    CELLS(tree, "phandle", 1);
    CELLS(tree, "#interrupt-cells", 3);
    fdt_property_string(tree, "compatible", "arm,gic-v3");
    fdt_property(tree, "interrupt-controller", NULL, 0);
    CELLS(tree, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
    fdt_end_node(tree);
    fdt_begin_node(tree, "bus");
    CELLS(tree, "#address-cells", 1);
    CELLS(tree, "#size-cells", 1);
    CELLS(tree, "ranges", 0, 1, 0x40000000, 0x10000);
    fdt_begin_node(tree, "uart@1000");
    fdt_property(tree, "compatible", "vendor,uart\0arm,pl011", 22);
    CELLS(tree, "reg", 0x1000, 0x100, 0xff00, 0x200);
    CELLS(tree, "interrupts", 0, 1, 4, 1, 5, 1, 9, 1, 4);
    fdt_end_node(tree);
    fdt_begin_node(tree, "off");
    fdt_property_string(tree, "status", "disabled");
    CELLS(tree, "interrupts-extended", 1, 0, 7, 4, 99, 0);
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_finish(tree);
    return tree;
}

static void finds_registers_and_interrupts(void **state)
{
    (void)state;
    void *tree = build_tree();
    int node = -1, console = -1;
    struct dt_range range;
    struct dt_irq irq;
    char path[32];
    assert_int_equal(dt_open(tree, TREE_MAX), ERR_OK);
    assert_int_equal(dt_find_compatible(tree, -1, "arm,pl011", &node), ERR_OK);
    assert_int_equal(dt_find_compatible(tree, node, "arm,pl011", &console), ERR_NOT_FOUND);
    assert_int_equal(dt_console(tree, &console), ERR_OK);
    assert_int_equal(node, console);
    assert_string_equal(dt_compatible(tree, node, 1), "arm,pl011");
    assert_null(dt_compatible(tree, node, 2));
    assert_true(dt_is_enabled(tree, node));
    dt_path(tree, node, path, sizeof path);
    assert_string_equal(path, "/bus/uart@1000");
    assert_int_equal(dt_reg(tree, node, 0, &range), ERR_OK);
    assert_int_equal(range.base, 0x140001000);
    assert_int_equal(range.bytes, 0x100);
    assert_int_equal(dt_reg(tree, node, 1, &range), ERR_FDT); /* sticks out of the bus */
    assert_int_equal(dt_reg(tree, node, 2, &range), ERR_NOT_FOUND);
    assert_int_equal(dt_irq(tree, node, 0, &irq), ERR_OK);
    assert_int_equal(irq.intid, 33);
    assert_false(irq.edge);
    assert_int_equal(dt_irq(tree, node, 1, &irq), ERR_OK);
    assert_int_equal(irq.intid, 21);
    assert_true(irq.edge);
    assert_int_equal(dt_irq(tree, node, 3, &irq), ERR_NOT_FOUND);
    node = fdt_path_offset(tree, "/bus/off");
    assert_false(dt_is_enabled(tree, node));
    assert_int_equal(dt_irq(tree, node, 0, &irq), ERR_OK);
    assert_int_equal(irq.intid, 39);
    assert_int_equal(dt_irq(tree, node, 1, &irq), ERR_FDT); /* no such controller */
    assert_int_equal(dt_reg(tree, node, 0, &range), ERR_NOT_FOUND);
    free(tree);
}

static void ask_everything(const void *tree)
{
    int node = -1;
    while (dt_next(tree, &node) == ERR_OK) {
        struct dt_range range;
        struct dt_irq irq;
        uint32_t value;
        char path[16];
        for (unsigned n = 0; n < 4; n++) {
            dt_reg(tree, node, n, &range);
            dt_irq(tree, node, n, &irq);
            dt_compatible(tree, node, n);
        }
        dt_is_enabled(tree, node);
        dt_u32(tree, node, "phandle", &value);
        dt_path(tree, node, path, sizeof path);
    }
    dt_console(tree, &node);
}

static void U6_malformed_trees_are_survived(void **state)
{
    (void)state;
    void *good = build_tree();
    size_t bytes = fdt_totalsize(good);
    unsigned sound = 0;
    srand(1);
    for (unsigned run = 0; run < 20000; run++) {
        size_t length = run % 4 == 0 ? (size_t)rand() % bytes : bytes;
        uint8_t *tree = malloc(length + 1);
        memcpy(tree, good, length);
        for (unsigned n = rand() % 4; n != 0 && length != 0; n--) {
            tree[rand() % length] = rand();
        }
        if (dt_open(tree, length) == ERR_OK) {
            sound++;
            ask_everything(tree);
        }
        free(tree);
    }
    assert_true(sound > 1000);
    assert_int_equal(dt_open(good, 3), ERR_FDT);
    free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_registers_and_interrupts),
        cmocka_unit_test(U6_malformed_trees_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
