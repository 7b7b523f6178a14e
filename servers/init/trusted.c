/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem, names and proc: init makes them itself, since making processes takes all three. They are the trusted base together
 * with init: none of them may be killed, and if one ends the system halts with a report.
 */
#include "init.h"
#include <caps/caps.h>
#include <cpio/cpio.h>
#include <idl/mem.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <messaging/introduce.h>
#include <paging/ram.h>
#include "../monitor/monitor.h"
#include <spawn/spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ARGS_BYTES 1024
#define PRIORITY 2

struct trusted {
    const char *name;
    pid_abi_t pid;
    struct spawned spawned;
    struct signal signal;
};

static struct trusted mem = {.name = "mem"};
static struct trusted names = {.name = "names"};
static struct trusted proc = {.name = "proc"};
static struct proc_client proc_client;

struct proc_client *trusted_proc(void)
{
    return &proc_client;
}
pid_abi_t trusted_proc_pid(void)
{
    return PID_PROC;
}

/* argv as it is built up. */
struct args {
    char text[ARGS_BYTES];
    uint32_t bytes, count;
};

static void args_add(struct args *args, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void args_add(struct args *args, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(args->text + args->bytes, sizeof(args->text) - args->bytes, format, arguments);
    va_end(arguments);
    args->bytes += (uint32_t)n + 1;
    args->count++;
}

static void trusted_died(struct event *event)
{
    struct trusted *trusted = event->context;
    struct disp_values state;
    err_t err = disp_read(trusted->spawned.dispatcher, DISP_READ_STATE, 0, &state);
    if (err == ERR_OK && state.v[0] != DISP_STATE_STOPPED) return;
    struct disp_values fault = {0};
    disp_read(trusted->spawned.dispatcher, DISP_READ_FAULT, 0, &fault);
    halt("%s (%u.%u) died: kind %u, code %u, fault at 0x%llx, pc 0x%llx; nothing goes on without it", trusted->name,
         (unsigned)BOOTINFO->core, (unsigned)trusted->pid, (unsigned)state.v[1], (unsigned)state.v[2],
         (unsigned long long)fault.v[0], (unsigned long long)fault.v[2]);
}

/* Everything but the start. `request` has services, source and passed capabilities. */
static err_t trusted_build(struct trusted *trusted, const struct args *args, const struct spawn_request *request)
{
    char path[32];
    struct cpio_entry file;
    struct elf_image image;
    snprintf(path, sizeof(path), "sbin/%s", trusted->name);
    err_t err = cpio_find((const void *)VADDR_RAMDISK, BOOTINFO->ramdisk_bytes, path, &file);
    if (err == ERR_OK) err = elf_read(file.data, file.bytes, &image);
    if (err == ERR_OK) err = signal_open(&server.waitset, &trusted->signal, trusted_died, trusted);
    if (err != ERR_OK) return err;
    struct spawn_request build = *request;
    build.name = trusted->name;
    build.image = &image;
    build.file = file.data;
    build.file_frame = SLOT_RAMDISK;
    build.file_offset = file.offset;
    build.args = (struct spawn_strings){args->text, args->bytes, args->count};
    build.pid = trusted->pid;
    build.flags = SPAWN_FULLY_BACKED;
    build.priority = trusted == &proc ? 0 : PRIORITY; /* nobody gives more than it started with; proc lowers itself */
    build.supervisor = trusted->signal.endpoint;
    return spawn_build(&build, &trusted->spawned);
}

/* names and proc are made of RAM on their own accounts. */
static pid_abi_t payer;
static err_t payer_alloc(uint64_t bytes, cptr_t *ram)
{
    return mem_alloc_for(mem_default(), payer, bytes, 0, MEM_ALLOC_SERVICE, ram);
}
static const struct ram_source payer_ram = {payer_alloc};

/* An endpoint of ours to a service of a process that we made: we hold its unbadged one. */
static err_t service_mint(const struct trusted *trusted, cptr_t dst)
{
    return cap_mint(dst, CAPREF(trusted->spawned.cspace, SLOT_ENDPOINT), CAP_RIGHTS_ALL, SERVER_PUBLIC_BADGE(0),
                    MINT_RING(SERVER_RING));
}

static err_t own_services(pid_abi_t pid, cptr_t services[4])
{
    err_t err = service_introduce(&init_service, pid, NULL, &services[0]);
    return err == ERR_OK ? service_introduce(&monitor_service, pid, NULL, &services[1]) : err;
}

static void range_add(struct args *args, const char *what, const struct bootinfo_range *range)
{
    args_add(args, "%s=0x%llx,0x%llx", what, (unsigned long long)range->base, (unsigned long long)range->bytes);
}

/* What of the Arenas is this core's. */
static void shares_add(struct args *args)
{
    for (uint32_t i = 0; BOOTINFO->core == 0 && i < BOOTINFO->arena_count; i++) {
        range_add(args, "share", &BOOTINFO->arena[i]);
    }
    if (BOOTINFO->core != 0) range_add(args, "share", &BOOTINFO->share);
}

/* A core that another one started has its kernel and its init's image in a KCB, and of RAM nothing else but its share and init. */
static void totals_add(struct args *args)
{
    uint64_t kernel = BOOTINFO->kernel_bytes, boot = BOOTINFO->boot_bytes, total = BOOTINFO->ram_bytes;
    uint64_t ramdisk = BOOTINFO->ramdisk_frame_bytes;
    if (BOOTINFO->core != 0) {
        boot -= BOOTINFO->image_bytes - kernel;
        kernel = KCB_BYTES(BOOTINFO->image_bytes);
        total = kernel + boot + BOOTINFO->share.bytes;
        ramdisk = 0;
    }
    args_add(args, "machine=%llu", (unsigned long long)BOOTINFO->ram_bytes);
    args_add(args, "total=%llu", (unsigned long long)total);
    args_add(args, "kernel=%llu", (unsigned long long)kernel);
    args_add(args, "boot=%llu", (unsigned long long)boot);
    args_add(args, "ramdisk=%llu", (unsigned long long)ramdisk);
}

static err_t mem_start(void)
{
    struct args args = {.bytes = 0};
    struct spawn_request request = {.source = &boot_ram_source_mem};
    err_t err = own_services(PID_MEM, request.services);
    if (err != ERR_OK) return err;
    args_add(&args, "mem");
    for (uint32_t i = 0; i < BOOTINFO->arena_count; i++) {
        range_add(&args, "arena", &BOOTINFO->arena[i]);
    }
    shares_add(&args);
    args_add(&args, "init=%llu", (unsigned long long)PID_INIT);
    args_add(&args, "self=%llu", (unsigned long long)PID_MEM);
    args_add(&args, "init-used=0x%llx,0x%llx", (unsigned long long)boot_ram_init.base,
             (unsigned long long)boot_ram_init.bytes);
    args_add(&args, "self-used=0x%llx,0x%llx", (unsigned long long)boot_ram_mem.base,
             (unsigned long long)boot_ram_mem.bytes);
    totals_add(&args);
    err = trusted_build(&mem, &args, &request);
    if (err == ERR_OK) err = service_mint(&mem, SLOT_MEM);
    for (uint32_t i = 0; i < BOOTINFO->arena_count && err == ERR_OK; i++) {
        err = spawn_give(&mem.spawned, SLOT_PASSED + i, SLOT_ARENAS + i);
    }
    if (err == ERR_OK) err = spawn_start(&mem.spawned);
    if (err != ERR_OK) return err;
    ram_source_set(&ram_source_mem);
    boot_ram_return();
    return ERR_OK;
}

static err_t names_start(void)
{
    struct args args = {.bytes = 0};
    struct spawn_request request = {.source = &payer_ram};
    payer = PID_NAMES;
    err_t err = own_services(PID_NAMES, request.services);
    if (err == ERR_OK) err = channel_introduce(&mem_default()->channel, PID_NAMES, &request.services[2]);
    if (err != ERR_OK) return err;
    args_add(&args, "names");
    err = trusted_build(&names, &args, &request);
    if (err == ERR_OK) err = service_mint(&names, SLOT_NAMES);
    return err == ERR_OK ? spawn_start(&names.spawned) : err;
}

static err_t proc_start(void)
{
    static const cptr_t passed[] = {SLOT_RAMDISK};
    static const char *const passed_names[] = {"ramdisk"};
    struct args args = {.bytes = 0};
    struct spawn_request request = {
        .source = &payer_ram, .passed = passed, .passed_names = passed_names, .passed_count = 1};
    payer = PID_PROC;
    err_t err = own_services(PID_PROC, request.services);
    if (err == ERR_OK) err = channel_introduce(&mem_default()->channel, PID_PROC, &request.services[2]);
    if (err == ERR_OK) err = channel_introduce(&names_default()->channel, PID_PROC, &request.services[3]);
    if (err != ERR_OK) return err;
    args_add(&args, "proc");
    args_add(&args, "ramdisk=%llu", (unsigned long long)BOOTINFO->ramdisk_bytes);
    err = trusted_build(&proc, &args, &request);
    if (err == ERR_OK) err = spawn_start(&proc.spawned);
    if (err == ERR_OK) err = mem_trust(mem_default(), PID_PROC);
    if (err == ERR_OK) err = names_trust(names_default(), PID_PROC);
    return err;
}

/* proc lists and reads all processes, those that it did not make too. */
static err_t proc_adopt_all(void)
{
    const struct trusted *const all[] = {&mem, &names, &proc};
    cptr_t endpoint;
    uint64_t pid;
    err_t err = names_await(names_default(), "proc", &pid, &endpoint);
    if (err != ERR_OK) return err;
    proc_client = (struct proc_client)PROC_CLIENT_SLOT(endpoint);
    err = proc_adopt(&proc_client, PID_INIT, "init", 0, SLOT_DISPATCHER, SLOT_CSPACE);
    for (unsigned i = 0; i < 3 && err == ERR_OK; i++) {
        err = proc_adopt(&proc_client, all[i]->pid, all[i]->name, PRIORITY, all[i]->spawned.dispatcher,
                         all[i]->spawned.cspace);
    }
    return err;
}

static void must(err_t err, const char *what)
{
    if (err != ERR_OK) halt("init: %s: %s", what, err_text(err));
}

void trusted_start(void)
{
    mem.pid = PID_MEM;
    names.pid = PID_NAMES;
    proc.pid = PID_PROC;
    must(mem_start(), "cannot start mem");
    must(steps_start(), "cannot start the monitor");
    must(bindings_start(), "cannot start the monitor's bindings");
    must(names_start(), "cannot start names");
    monitor_trust(PID_PROC);
    must(proc_start(), "cannot start proc");
    must(proc_adopt_all(), "cannot hand the processes to proc");
    log_line("init: mem, names and proc are up, starting what etc/inventory lists");
}
