/* SPDX-License-Identifier: BSD-2-Clause */
/* The POSIX clock functions that picolibc's <time.h> leaves out on this system. */
#ifndef LIBC_CLOCK_H
#define LIBC_CLOCK_H

#include <sys/types.h>
#include <time.h>

#ifndef CLOCK_REALTIME
#define CLOCK_REALTIME ((clockid_t)1)
#define CLOCK_MONOTONIC ((clockid_t)4)
#endif

int clock_gettime(clockid_t clock, struct timespec *time);
int clock_getres(clockid_t clock, struct timespec *resolution);
int nanosleep(const struct timespec *time, struct timespec *left);

#endif
