/* SPDX-License-Identifier: BSD-2-Clause */
/* What <utime.h> of picolibc leaves to the system. */
#ifndef _SYS_UTIME_H
#define _SYS_UTIME_H

#include <sys/types.h>

struct utimbuf {
    time_t actime; /* is not kept */
    time_t modtime;
};

/* NULL: now. */
int utime(const char *path, const struct utimbuf *times);

#endif
