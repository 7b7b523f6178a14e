/* SPDX-License-Identifier: BSD-2-Clause */
/* The network programs: one program under many names. Which there are says NETTOOLS (module.mk), a line of TOOL(name). */
#include <stddef.h>

#include "tools.h"

#define TOOL(name) {#name, tool_##name},
static const struct tool tools[] = {NETTOOLS{NULL, NULL}};

int main(int argc, char *argv[])
{
    return cli_run_by_name("nettools", tools, argc, argv);
}
