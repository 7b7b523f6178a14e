/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * strerror(), which every program is linked to have in place of picolibc's (--wrap): that says "Not enough space" where memory is meant, as if a
 * disk were full.
 */
#include <errno.h>
#include <string.h>

char *__real_strerror(int error);
char *__wrap_strerror(int error);

char *__wrap_strerror(int error)
{
    static char no_memory[] = "Out of memory";
    return error == ENOMEM ? no_memory : __real_strerror(error);
}
