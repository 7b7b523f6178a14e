/* SPDX-License-Identifier: BSD-2-Clause */
/* The console as file descriptors 0, 1 and 2. Private to this folder. */
#ifndef LIBC_CONSOLE_H
#define LIBC_CONSOLE_H

#include <libc/files.h>

extern const struct file_ops console_ops;

#endif
