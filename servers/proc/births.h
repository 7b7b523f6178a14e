/* SPDX-License-Identifier: BSD-2-Clause */
/* births.c: the calls of proc.idl that start processes, and who asks. Of main.c only. */
#ifndef PROC_BIRTHS_H
#define PROC_BIRTHS_H

#include "proc.h"

bool client_is_init(const struct client *client);
pid_abi_t client_pid(const struct client *client);
/* Is it of another core? */
bool client_is_guest(const struct client *client);

err_t handle_spawn(struct call *call, const char *path, const void *args, size_t args_bytes, const void *env,
                   size_t env_bytes, uint32_t flags, uint32_t priority, const void *names, size_t names_bytes,
                   const cptr_t *passed, uint32_t passed_count, uint64_t *pid);
err_t handle_spawn_frame(struct call *call, const char *name, cptr_t program, uint64_t bytes, const void *args,
                         size_t args_bytes, const void *env, size_t env_bytes, uint32_t flags, uint32_t priority,
                         const void *names, size_t names_bytes, const cptr_t *passed, uint32_t passed_count,
                         uint64_t *pid);
err_t handle_limit(struct call *call, uint64_t bytes, uint64_t *was);

#endif
