/* SPDX-License-Identifier: BSD-2-Clause */
/* The hogs: one program under many names. */
#include "hogs.h"

#include <stddef.h>

static const struct tool hogs[] = {
    {"leak", hog_leak},
    {"memhog", hog_memhog},
    {"spin", hog_spin},
    {NULL, NULL},
};

int main(int argc, char *argv[])
{
    return cli_run_by_name("hogs", hogs, argc, argv);
}
