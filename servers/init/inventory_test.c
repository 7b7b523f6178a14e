/* SPDX-License-Identifier: BSD-2-Clause */
/* The inventory's reader: what it takes, what it refuses and with which words, and any bytes at all. */
#include "inventory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct inventory_entry entry;

static err_t read_one(const char *text, struct inventory_reader *reader)
{
    *reader = (struct inventory_reader){.text = text, .bytes = strlen(text)};
    return inventory_next(reader, &entry);
}

static void reads_all_options(void **state)
{
    struct inventory_reader reader;
    assert_int_equal(
        read_one("# comment\n\n  \t\ndriver pl011 match=arm,pl011 match=arm,primecell regs=1 "
                 "virtio=1 dma=32 dma=1056 bells=2 restart=always priority=3 core=0 args=-v  two \t\nprogram x\n",
                 &reader),
        ERR_OK);
    assert_int_equal(entry.kind, INVENTORY_DRIVER);
    assert_string_equal(entry.name, "pl011");
    assert_int_equal(entry.matches, 2);
    assert_string_equal(entry.match[1], "arm,primecell");
    assert_int_equal(entry.restart, RESTART_ALWAYS);
    assert_int_equal(entry.virtio, 1);
    assert_int_equal(entry.dmas, 2);
    assert_int_equal(entry.dma[1], 1056);
    assert_int_equal(entry.bells, 2);
    assert_int_equal(entry.priority, 3);
    assert_int_equal(entry.regs, 1);
    assert_string_equal(entry.args, "-v  two");
    assert_int_equal(inventory_next(&reader, &entry), ERR_OK);
    assert_int_equal(entry.kind, INVENTORY_PROGRAM);
    assert_int_equal(entry.priority, 4);
    assert_int_equal(reader.line, 5);
    assert_int_equal(inventory_next(&reader, &entry), ERR_EOF);
    assert_int_equal(read_one("service term allow=power names=tty", &reader), ERR_OK);
    assert_true(entry.power);
    assert_string_equal(entry.names, "tty");
    assert_int_equal(entry.priority, 2);
}

static void U6_malformed_lines(void **state)
{
    static const char *const lines[] = {
        "servise names",
        "service",
        "service ../etc/passwd",
        "service na\xc3\xa4me",
        "service a123456789012345678901234567890123",
        "service x restart=sometimes",
        "service x priority=8",
        "service x priority=",
        "service x names=",
        "service x names=a123456789012345678901234567890123",
        "service x priority=99999999999999999999",
        "service x core=64",
        "cores some",
        "service x match=arm,pl011",
        "driver x",
        "driver x match=",
        "driver x match=a match=a match=a match=a match=a",
        "driver x match=a regs=9",
        "driver x match=a dma=",
        "driver x match=a dma=0",
        "driver x match=a dma=6",
        "driver x match=a dma=65536",
        "driver x match=a dma=4 dma=4 dma=4 dma=4 dma=4",
        "driver x match=a virtio=0",
        "driver x match=a virtio=256",
        "driver x match=a bells=5",
        "service x dma=4",
        "service x virtio=1",
        "service x bells=1",
        "service x allow=everything",
        "service x memory=lots",
        "service x colour=blue",
        "service x restart",
        "service x \x01",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[256];
        struct inventory_reader reader;
        strcpy(text, "# first\n");
        strcat(text, lines[i]);
        strcat(text, "\nservice fine\n");
        assert_int_equal(read_one(text, &reader), ERR_INVENTORY);
        assert_int_equal(reader.line, 2);
        assert_non_null(reader.error);
        /* and goes on behind it */
        assert_int_equal(inventory_next(&reader, &entry), ERR_OK);
        assert_string_equal(entry.name, "fine");
    }
}

static void U6_long_lines(void **state)
{
    char *text = malloc(5000);
    struct inventory_reader reader;
    memset(text, 'x', 4999);
    text[4999] = 0;
    assert_int_equal(read_one(text, &reader), ERR_INVENTORY);
    memcpy(text, "service x args=", 15);
    text[400] = 0;
    assert_int_equal(read_one(text, &reader), ERR_INVENTORY);
    assert_string_equal(reader.error, "args= has more than 255 characters");
    free(text);
}

static void U6_any_bytes(void **state)
{
    srand(1);
    for (int round = 0; round < 20000; round++) {
        size_t bytes = (size_t)rand() % 200;
        char *text = malloc(bytes + 1);
        static const char pieces[] = "service driver program match=args=priority=restart=always# \n\n\t=,.-x07";
        for (size_t i = 0; i < bytes; i++) {
            text[i] = rand() % 10 ? pieces[(size_t)rand() % (sizeof(pieces) - 1)] : (char)rand();
        }
        struct inventory_reader reader = {.text = text, .bytes = bytes};
        uint32_t lines = 0;
        while (inventory_next(&reader, &entry) != ERR_EOF) {
            assert_true(++lines <= bytes);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_options),
        cmocka_unit_test(U6_malformed_lines),
        cmocka_unit_test(U6_long_lines),
        cmocka_unit_test(U6_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
