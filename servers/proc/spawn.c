/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making processes: the program, the four services' endpoints, the block of RAM on the child's own account, then lib/spawn.
 */
#include "proc.h"
#include <caps/caps.h>
#include <idl/init.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <kept/kept.h>
#include <messaging/introduce.h>
#include <spawn/spawn.h>
#include <string.h>

static cptr_t ramdisk;

/* Each entry of the table has a signal, opened at its first use and kept. */
static struct signal signals[CONFIG_PROC_MAX];

/* Whose block is being made, and goes on whose account: lib/spawn calls back without a context. */
static struct {
    const struct process *process;
    uint32_t flags;
} payer;

void spawn_set_ramdisk(cptr_t frame)
{
    ramdisk = frame;
}

static err_t child_ram_alloc(uint64_t bytes, cptr_t *ram)
{
    err_t err = mem_alloc_for(mem_default(), payer.process->pid, bytes, 0, payer.flags, ram);
    if (err != ERR_OK) return err;
    err = kept_block(payer.process, *ram);
    if (err != ERR_OK) cap_free(*ram);
    return err;
}
static const struct ram_source child_source = {child_ram_alloc};

static void process_signalled(struct event *event)
{
    struct process *process = process_of_number(&processes, (uint32_t)(uintptr_t)event->context);
    if (process != NULL && !process->ended) process_bury(process);
}

err_t process_watch(struct process *process, cptr_t *endpoint)
{
    uint32_t number = process_number(&processes, process);
    struct signal *signal = &signals[number];
    if (signal->endpoint == 0) {
        err_t err = signal_open(&server.waitset, signal, process_signalled, (void *)(uintptr_t)number);
        if (err != ERR_OK) return err;
    }
    *endpoint = signal->endpoint;
    return ERR_OK;
}

/* Endpoints by which the four services will know the child, in the order of its birth slots. */
static err_t services_introduce(pid_abi_t pid, cptr_t services[4])
{
    struct channel *const channels[4] = {&init_default()->channel, &monitor_default()->channel, &mem_default()->channel,
                                         &names_default()->channel};
    for (unsigned i = 0; i < 4; i++) {
        err_t err = channel_introduce(channels[i], pid, &services[i]);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

static uint32_t strings_count(const char *text, uint32_t bytes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        count += text[i] == 0;
    }
    return count;
}

static struct spawn_strings strings_of(const char *text, uint32_t bytes)
{
    return (struct spawn_strings){text, bytes, strings_count(text, bytes)};
}

/* Pointers to the names of the passed capabilities; one without a name gets an empty one. */
static err_t names_split(const struct spawn_wish *wish, const char *names[PROC_CAPS_MAX])
{
    const char *at = wish->names;
    const char *end = wish->names + wish->names_bytes;
    if (wish->passed_count > PROC_CAPS_MAX) return ERR_TOO_MANY;
    if (wish->names_bytes > 0 && end[-1] != 0) return ERR_INVALID;
    for (uint32_t i = 0; i < wish->passed_count; i++) {
        names[i] = at < end ? at : "";
        if (at < end) at += strlen(at) + 1;
    }
    return at == end ? ERR_OK : ERR_INVALID;
}

static err_t process_build(const struct spawn_wish *wish, const struct executable *program, struct process *process,
                           cptr_t services[4], struct spawned *child)
{
    const char *names[PROC_CAPS_MAX];
    cptr_t supervisor;
    err_t err = names_split(wish, names);
    if (err != ERR_OK) return err;
    err = process_watch(process, &supervisor);
    if (err != ERR_OK) return err;
    payer.process = process;
    payer.flags = wish->flags & PROC_SPAWN_SERVICE ? MEM_ALLOC_SERVICE : 0;
    struct spawn_request request = {
        .name = process->name,
        .image = program->image,
        .file = program->file,
        .file_frame = program->frame,
        .file_offset = program->offset,
        .args = strings_of(wish->args, wish->args_bytes),
        .env = strings_of(wish->env, wish->env_bytes),
        .pid = process->pid,
        .flags = wish->flags & PROC_SPAWN_BACKED ? SPAWN_FULLY_BACKED : 0,
        .priority = wish->priority,
        .supervisor = supervisor,
        .services = {services[0], services[1], services[2], services[3]},
        .passed = wish->passed,
        .passed_names = names,
        .passed_count = wish->passed_count,
        .source = &child_source,
    };
    return spawn_build(&request, child);
}

static uint32_t entry_flags(uint32_t flags)
{
    return (flags & PROC_SPAWN_SERVICE ? PROCESS_SERVICE : 0) | (flags & PROC_SPAWN_TRUSTED ? PROCESS_TRUSTED : 0) |
           (flags & PROC_SPAWN_DETACHED ? PROCESS_DETACHED : 0) | (flags & PROC_SPAWN_TIED ? PROCESS_TIED : 0);
}

/* The last component of the path, cut to fit. */
static void name_of_path(const char *path, char name[PROCESS_NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/');
    strncpy(name, slash != NULL ? slash + 1 : path, PROCESS_NAME_MAX);
    name[PROCESS_NAME_MAX] = 0;
}

static err_t process_build_copied(const struct spawn_wish *wish, struct process *process, cptr_t services[4],
                                  struct spawned *child)
{
    struct program_copy copy;
    err_t err = program_copy(wish->program, wish->program_bytes, process->pid, &copy);
    if (err != ERR_OK) return err;
    struct executable program = {&copy.image, (const void *)copy.va, copy.frame, 0};
    err = process_build(wish, &program, process, services, child);
    program_copy_drop(&copy);
    return err;
}

/* In the ramdisk: nothing is copied but what can be written to. */
static err_t ramdisk_find(const struct spawn_wish *wish, struct program **found, struct executable *program)
{
    *found = NULL;
    if (wish->program != 0) return ERR_OK;
    err_t err = program_find(wish->path, found);
    if (err == ERR_OK) *program = (struct executable){&(*found)->image, (*found)->file, ramdisk, (*found)->offset};
    return err;
}

err_t process_spawn(const struct spawn_wish *wish, struct process **out)
{
    struct executable program;
    struct program *found;
    struct process *process;
    char name[PROCESS_NAME_MAX + 1];
    cptr_t services[4] = {0};
    struct spawned child = {0};
    err_t err = ramdisk_find(wish, &found, &program);
    if (err != ERR_OK) return err;
    name_of_path(wish->path, name);
    err = process_add(&processes, 0, wish->parent, name, entry_flags(wish->flags), &process);
    if (err != ERR_OK) return err;
    process->limit = wish->limit;
    err = services_introduce(process->pid, services);
    if (err == ERR_OK && wish->limit != 0) err = mem_set_quota(mem_default(), process->pid, wish->limit);
    if (err == ERR_OK) {
        err = wish->program != 0 ? process_build_copied(wish, process, services, &child)
                                 : process_build(wish, &program, process, services, &child);
    }
    if (err != ERR_OK) goto fail;
    process->block = child.block;
    process->cspace = child.cspace;
    process->dispatcher = child.dispatcher;
    process->priority = wish->priority;
    process->started = clock_ticks();
    process->program = found != NULL ? program_number(found) + 1 : 0;
    memset(services, 0, sizeof(services));
    err = kept_child(process);
    if (err != ERR_OK) goto fail;
    *out = process;
    return ERR_OK;
fail:
    if (child.block != 0) spawn_destroy(&child);
    kept_forget(process);
    for (unsigned i = 0; i < 4; i++) {
        cap_free(services[i]);
    }
    process_forget(&processes, process);
    return err;
}

void process_start(struct process *process, bool run)
{
    struct spawned child = {.dispatcher = process->dispatcher};
    if (run) spawn_start(&child);
    kept_commit(&process->birth, BIRTH_FINISHED);
}
