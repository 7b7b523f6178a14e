/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors of Capelin's services, as commands tell them.
 */
#include <caps/caps.h>
#include <stdio.h>

#include "shell.h"

int failed(const char *command, const char *what, err_t error)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s: %s\n", command, what, err_text(error));
    return STATUS_FAILED;
}
