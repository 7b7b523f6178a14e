/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting a process. runtime_start() runs disabled on the first thread's stack, until upcalls, address space and first thread are
 * there; then enabled as that thread. Init differs only in where it learns about itself: from struct bootinfo.
 */
#include <abi/bootinfo.h>
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <messaging/init.h>
#include <paging/paging.h>
#include <stdlib.h>
#include <string.h>
#include <threads/init.h>
#include <threads/thread.h>

_Noreturn void runtime_start(const struct spawn_info *info, uint64_t tpidr);
int main(int argc, char **argv, char **envp);

extern char **environ;
extern void (*const __preinit_array_start[])(void), (*const __preinit_array_end[])(void);
extern void (*const __init_array_start[])(void), (*const __init_array_end[])(void);

/* Revokes of more steps than one call may take are the monitor's (abi/errors.h, ERR_RETRY_THROUGH_MONITOR). */
static err_t revoke_through_monitor(capref_t slot)
{
    return monitor_revoke(monitor_default(), slot, SLOT_DISPATCHER);
}

/* And what is made of memory that other cores have capabilities to. */
static err_t retype_through_monitor(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes,
                                    uint64_t count)
{
    return monitor_retype(monitor_default(), dst, src, offset, type, bytes, (uint32_t)count, SLOT_DISPATCHER);
}

/* What is fenced while other cores revoke: disabled there is nothing to be done. */
static bool wait_for_others(uint64_t us)
{
    if (DISPATCHER_FRAME->disabled) return false;
    thread_sleep_us(us);
    return true;
}

static void slots_start(const struct spawn_info *info)
{
    if (info) {
        slots_init(SPAWN_L2CNODES, MESSAGING_RECEIVE_SLOTS, info->l1_slots);
        slots_taken(info->l2cnodes);
        return;
    }
    const struct bootinfo *boot = (const struct bootinfo *)VADDR_BOOTINFO;
    struct cap_info cspace = {0};
    cap_identify(SLOT_CSPACE, &cspace);
    slots_init(boot->l2cnodes, MESSAGING_RECEIVE_SLOTS, (unsigned)(cspace.bytes / SLOT_BYTES));
}

static size_t strings_bytes(const struct spawn_info *info, uint32_t table, uint32_t count)
{
    const uint32_t *offset = (const uint32_t *)((const char *)info + table);
    size_t bytes = (count + 1) * sizeof(char *);
    for (uint32_t i = 0; i < count; i++)
        bytes += strlen((const char *)info + offset[i]) + 1;
    return bytes;
}

/* count + 1 pointers to copies of the strings whose offsets are at `table`: a program may write to its own arguments. */
static char **strings(const struct spawn_info *info, uint32_t table, uint32_t count, void *room)
{
    const uint32_t *offset = (const uint32_t *)((const char *)info + table);
    char **to = room;
    char *text = (char *)(to + count + 1);
    for (uint32_t i = 0; i < count; i++) {
        to[i] = text;
        text = stpcpy(text, (const char *)info + offset[i]) + 1;
    }
    to[count] = NULL;
    return to;
}

static void run_constructors(void)
{
    for (void (*const *f)(void) = __preinit_array_start; f < __preinit_array_end; f++)
        (*f)();
    for (void (*const *f)(void) = __init_array_start; f < __init_array_end; f++)
        (*f)();
}

/* A service is called by names that it has the right to. */
static void rights_present(const struct spawn_info *info)
{
    for (uint32_t i = 0; i < info->passed_count && i < SLOT_PASSED_MAX; i++) {
        if (strcmp(info->passed[i], "names") == 0) names_present(names_default(), SLOT_PASSED + i);
    }
}

static _Noreturn void run_main(const struct spawn_info *info)
{
    static char *init_argv[] = {(char *)"init", NULL}, *none[] = {NULL};
    char **argv = init_argv, **envp = none;
    int argc = 1;
    if (info) {
        argc = (int)info->argc;
        argv = strings(info, info->argv, info->argc, __builtin_alloca(strings_bytes(info, info->argv, info->argc)));
        envp = strings(info, info->envp, info->envc, __builtin_alloca(strings_bytes(info, info->envp, info->envc)));
        rights_present(info);
    }
    environ = envp;
    run_constructors();
    exit(main(argc, argv, envp));
}

_Noreturn void runtime_start(const struct spawn_info *info, uint64_t tpidr)
{
    upcalls_init();
    if (info)
        paging_init(info);
    else
        paging_init_boot();
    thread_first(tpidr);
    slots_start(info);
    paging_set_runtime(&paging_runtime_threads);
    caps_set_monitor(revoke_through_monitor, retype_through_monitor);
    caps_set_wait(wait_for_others);
    err_t error = messaging_init();
    if (error) disp_exit(error);
    dispatcher_enable();
    run_main(info);
}
