/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services of which each core has its own. One's own core's is the usual one (proc_default()); these are those of other cores, found by name
 * ("proc.3") when they are first called. A core that is not up has none: calls answer ERR_NOT_FOUND.
 */
#ifndef CORES_CORES_H
#define CORES_CORES_H

#include <idl/proc.h>

/* proc of core `core`; of the core that a process is on. Never NULL. */
struct proc_client *cores_proc(coreid_t core);
struct proc_client *cores_proc_of(pid_abi_t pid);

/* Bytes that programs may still have, of all cores: what others can spare comes to the one that needs it. */
uint64_t cores_memory_free(void);

#endif
