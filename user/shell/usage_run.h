/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program says of its arguments. */
#ifndef SHELL_USAGE_RUN_H
#define SHELL_USAGE_RUN_H

/* The usage line of the program, without its name: what `PROGRAM --help` says. NULL: it says none. Valid until the next call. */
const char *usage_of_program(const char *name);

#endif
