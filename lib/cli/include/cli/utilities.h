/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Utilities that are both programs and commands of the shell. They never end the process: the exit status is returned.
 */
#ifndef CLI_UTILITIES_H
#define CLI_UTILITIES_H

/* echo [-n] [WORD...] */
int utility_echo(int argc, char **argv);

/* printf FORMAT [ARGUMENT...], of POSIX */
int utility_printf(int argc, char **argv);

/* test CONDITION, and [ CONDITION ]. 0: true, 1: false, 2: malformed. */
int utility_test(int argc, char **argv);

#endif
