/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The early console: enough of a UART to write what the kernel has to say, as the loader
 * left it. Found by its compatible string in the table of console_ops.
 */
#ifndef ARCH_CONSOLE_H
#define ARCH_CONSOLE_H

#include <stdbool.h>

struct console_ops {
    const char *compatible; /* as in the device tree */
    void (*put)(volatile char *registers, char c);
};

extern const struct console_ops console_pl011;
extern const struct console_ops console_imx;

/* Choose the ops for the compatible string list of `bytes`; false: not a UART that we know. */
bool console_known(const char *compatible, int bytes, const struct console_ops **ops);
/* From now on console_put() writes; before, it keeps nothing (the log does). */
void console_start(const struct console_ops *ops, void *registers);
void console_put(char c);

#endif
