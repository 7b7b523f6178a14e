/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs that are `hogs`: which one it is argv[0] says. */
#ifndef HOGS_HOGS_H
#define HOGS_HOGS_H

#include <cli/names.h>

tool_fn hog_leak, hog_memhog, hog_spin;

#endif
