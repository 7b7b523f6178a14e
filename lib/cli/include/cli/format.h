/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How programs read and write process ids, sizes and durations. Pure.
 */
#ifndef CLI_FORMAT_H
#define CLI_FORMAT_H

#include <abi/types.h>
#include <stdbool.h>

#define FORMAT_BYTES 24 /* room that each of these needs */

/* "0.23" <-> core << 32 | number. False: it is none (extra characters, a number that does not fit). */
bool pid_parse(const char *text, pid_abi_t *pid);
const char *pid_text(pid_abi_t pid, char *text);

/* A decimal number up to `most`, and nothing else. */
bool number_parse(const char *text, uint64_t most, uint64_t *number);

/* Bytes as "512", "212K", "1.5M", "1.0G". */
const char *bytes_text(uint64_t bytes, char *text);

/* Seconds as "12 s", "3:05", "1:00:07", "2 days, 0:00:01". */
const char *duration_text(uint64_t seconds, char *text);

#endif
