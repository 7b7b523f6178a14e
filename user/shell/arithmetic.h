/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * $((...)): expressions as in C on 64-bit numbers, with variables. Pure but for the variables, which it reads and assigns.
 */
#ifndef SHELL_ARITHMETIC_H
#define SHELL_ARITHMETIC_H

#include <stdbool.h>
#include <stddef.h>

/* The value of an expression; false: `message` says what is wrong. Overflow wraps around. */
bool arithmetic(const char *expression, long long *value, char *message, size_t bytes);

#endif
