/* SPDX-License-Identifier: BSD-2-Clause */
/* Random operations on files, as a program of its own: `seed` in digits names its directory. 0: all was as it should be. */
#ifndef TESTS_FILES_RANDOM_H
#define TESTS_FILES_RANDOM_H

#include "support.h"

int files_random(const char *seed, unsigned count);

#endif
