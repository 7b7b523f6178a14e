/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients ask of births: to start a process, and to limit what those have that they start. Everything is checked here that needs no lookup;
 * spawn.c makes the process.
 */
#include "births.h"
#include <caps/caps.h>
#include <kept/kept.h>

#define PRIORITY_SAME 8
#define ONLY_INIT (PROC_SPAWN_SERVICE | PROC_SPAWN_TRUSTED | PROC_SPAWN_BACKED)
#define ANYBODY (PROC_SPAWN_PAUSED | PROC_SPAWN_DETACHED | PROC_SPAWN_TIED)

bool client_is_init(const struct client *client)
{
    return client->pid == 0;
}

pid_abi_t client_pid(const struct client *client)
{
    return client_is_init(client) ? PID_INIT : client->pid;
}

bool client_is_guest(const struct client *client)
{
    return client->pid != 0 && (client->pid & ~(pid_abi_t)UINT32_MAX) != processes.core;
}

/* The process that a client is, as a parent. NULL: init, as long as nobody has told us of it. */
static err_t parent_find(const struct client *client, struct process **parent)
{
    *parent = process_find(&processes, client_pid(client));
    if (*parent != NULL || client_is_init(client)) return ERR_OK;
    if (!client_is_guest(client)) return ERR_PERMISSION;
    err_t err = process_guest_add(&processes, client->pid, parent);
    if (err == ERR_OK) (*parent)->priority = PRIORITY_GUEST;
    return err;
}

static err_t wish_check(const struct client *client, const struct process *parent, struct spawn_wish *wish)
{
    uint32_t highest = parent != NULL ? parent->priority : 0;
    if ((wish->flags & ~(ONLY_INIT | ANYBODY)) != 0) return ERR_ARGUMENT;
    if ((wish->flags & ONLY_INIT) != 0 && !client_is_init(client)) return ERR_PERMISSION;
    if (wish->priority > PRIORITY_SAME) return ERR_ARGUMENT;
    if (wish->priority == PRIORITY_SAME) wish->priority = highest;
    if (wish->priority < highest) return ERR_PRIORITY;
    return wish->args_bytes + wish->env_bytes > PROC_ARGS_MAX ? ERR_TOO_LONG : ERR_OK;
}

/* It runs once its parent has been told, so that if we end meanwhile the parent may ask again. */
static err_t spawn(struct call *call, struct spawn_wish *wish)
{
    struct process *process, *parent;
    err_t err = parent_find(call->client, &parent);
    if (err == ERR_OK) err = wish_check(call->client, parent, wish);
    if (err != ERR_OK) return err;
    wish->parent = client_pid(call->client);
    wish->limit = parent != NULL ? parent->limit : 0;
    struct reply *reply = call_defer(call);
    if (reply == NULL) return ERR_NO_MEMORY;
    err = process_spawn(wish, &process);
    if (err != ERR_OK) {
        reply_error(reply, err);
        return ERR_OK;
    }
    kept_commit(&process->birth, BIRTH_TOLD);
    proc_reply_spawn(reply, ERR_OK, process->pid);
    process_start(process, !(wish->flags & PROC_SPAWN_PAUSED));
    return ERR_OK;
}

err_t handle_spawn(struct call *call, const char *path, const void *args, size_t args_bytes, const void *env,
                   size_t env_bytes, uint32_t flags, uint32_t priority, const void *names, size_t names_bytes,
                   const cptr_t *passed, uint32_t passed_count, uint64_t *pid)
{
    struct spawn_wish wish = {
        .path = path,
        .args = args,
        .args_bytes = (uint32_t)args_bytes,
        .env = env,
        .env_bytes = (uint32_t)env_bytes,
        .names = names,
        .names_bytes = (uint32_t)names_bytes,
        .flags = flags,
        .priority = priority,
        .passed = passed,
        .passed_count = passed_count,
    };
    (void)pid;
    return spawn(call, &wish);
}

err_t handle_spawn_frame(struct call *call, const char *name, cptr_t program, uint64_t bytes, const void *args,
                         size_t args_bytes, const void *env, size_t env_bytes, uint32_t flags, uint32_t priority,
                         const void *names, size_t names_bytes, const cptr_t *passed, uint32_t passed_count, uint64_t *pid)
{
    struct spawn_wish wish = {
        .path = name,
        .args = args,
        .args_bytes = (uint32_t)args_bytes,
        .env = env,
        .env_bytes = (uint32_t)env_bytes,
        .names = names,
        .names_bytes = (uint32_t)names_bytes,
        .flags = flags,
        .priority = priority,
        .passed = passed,
        .passed_count = passed_count,
        .program = program,
        .program_bytes = bytes,
    };
    (void)pid;
    return program != 0 ? spawn(call, &wish) : ERR_CAP_TYPE;
}

err_t handle_limit(struct call *call, uint64_t bytes, uint64_t *was)
{
    struct process *parent;
    err_t err = parent_find(call->client, &parent);
    if (err != ERR_OK) return err;
    if (parent == NULL || client_is_init(call->client)) return ERR_PERMISSION;
    *was = parent->limit;
    if (bytes == PROC_LIMIT_SAME) return ERR_OK;
    if (parent->limit != 0 && (bytes == 0 || bytes > parent->limit)) return ERR_PERMISSION;
    parent->limit = bytes;
    return ERR_OK;
}
