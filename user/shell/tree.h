/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process and all that it has started.
 */
#ifndef SHELL_TREE_H
#define SHELL_TREE_H

#include <abi/errors.h>
#include <abi/types.h>

/* End a process with all its descendants. What proc answers for the process itself. */
err_t tree_kill(pid_abi_t pid);

#endif
