/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of early consoles, and the one in use. */
#include <arch/console.h>
#include <kernel/string.h>
#include <stddef.h>

static const struct console_ops *const table[] = {&console_pl011, &console_imx};
static const struct console_ops *console;
static volatile char *console_registers;

bool console_known(const char *compatible, int bytes, const struct console_ops **ops)
{
    for (int at = 0; at < bytes; at += (int)strnlen(compatible + at, (size_t)(bytes - at)) + 1) {
        for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
            size_t length = strlen(table[i]->compatible) + 1;
            if ((size_t)(bytes - at) >= length && memcmp(compatible + at, table[i]->compatible, length) == 0) {
                *ops = table[i];
                return true;
            }
        }
    }
    return false;
}

void console_start(const struct console_ops *ops, void *registers)
{
    console_registers = registers;
    console = ops;
}

void console_put(char c)
{
    if (console) {
        console->put(console_registers, c);
    }
}
