/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mem, names and proc: init makes them itself, since making processes takes all three. mem is in the trusted base: if it ends
 * the system halts with a report. names and proc are started again, with the same pid, and go on with what is kept for them (keep.c).
 *
 * Whoever calls names or proc waits until they are back, init's other threads too, so a thread of its own starts them, the first ones like all
 * others: it calls mem, and what it has just started, by clients that nobody else has.
 */
#include "init.h"
#include <caps/caps.h>
#include <cpio/cpio.h>
#include <idl/mem.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <caps/slots.h>
#include <kept/kept.h>
#include <messaging/introduce.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <threads/time.h>
#include <paging/ram.h>
#include "../monitor/monitor.h"
#include <spawn/spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ARGS_BYTES 1024
#define PRIORITY 2
#define QUICK_US 1000000 /* ended within this time after its start: */
#define QUICK_MOST 5     /* so many times in a row, and there is no point in going on */
#define REAP_SLOTS 64
#define WAITING 512 /* processes that wait for names */

/* What proc keeps: a record and four slots for each process. */
#define PROC_STATE_BYTES (PAGE_SIZE + CONFIG_PROC_MAX * 160)
#define PROC_SLOTS (CONFIG_PROC_MAX * 4)

/* What names begins with: slots for the memory of its names, to which it adds one for each name (servers/names/keep.c). */
#define NAMES_STATE_BYTES PAGE_SIZE
#define NAMES_SLOTS 192

struct trusted {
    const char *name;
    pid_abi_t pid;
    struct keep keep; /* of names and proc */
    struct spawned spawned;
    struct signal signal;
    bool died;      /* or there has been none yet: it is to be started */
    bool counted;   /* this end of it */
    uint32_t quick; /* ends in a row soon after a start */
    ticks_t since, ended;
    char how[96];
};

static struct trusted mem = {.name = "mem"};
static struct trusted names = {.name = "names", .keep = {NAMES_STATE_BYTES, NAMES_SLOTS, CONFIG_NAMES_MAX}};
static struct trusted proc = {.name = "proc", .keep = {.bytes = PROC_STATE_BYTES, .slots = PROC_SLOTS}};
static struct proc_client proc_client = PROC_CLIENT_NAMED("proc");
static cptr_t names_right; /* of proc, to be called so */

/* What is to be started again, and who waits for names. Of the thread "trusted" and of whoever waits. */
static struct {
    struct mutex lock;
    struct cond wake;
    struct thread *thread;
    bool names_up, proc_up;
    struct waiting {
        struct reply *reply;
        pid_abi_t pid;
    } waiting[WAITING];
    uint32_t count;
} again;

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

static void trusted_halt(const struct trusted *trusted)
{
    halt("%s (%u.%u) died: %s; nothing goes on without it", trusted->name, (unsigned)BOOTINFO->core,
         (unsigned)trusted->pid, trusted->how);
}

static void death_note(struct trusted *trusted, const struct disp_values *state)
{
    struct disp_values fault = {0};
    disp_read(trusted->spawned.dispatcher, DISP_READ_FAULT, 0, &fault);
    if (state->v[1] == EXIT_KILLED) {
        snprintf(trusted->how, sizeof(trusted->how), "killed");
    } else {
        snprintf(trusted->how, sizeof(trusted->how), "kind %u, code %u, fault at 0x%llx, pc 0x%llx",
                 (unsigned)state->v[1], (unsigned)state->v[2], (unsigned long long)fault.v[0],
                 (unsigned long long)fault.v[2]);
    }
}

static void trusted_died(struct event *event)
{
    struct trusted *trusted = event->context;
    struct disp_values state = {.v = {DISP_STATE_STOPPED, EXIT_LOST}};
    if (trusted->counted || trusted->spawned.dispatcher == 0) return;
    err_t err = disp_read(trusted->spawned.dispatcher, DISP_READ_STATE, 0, &state);
    if (err == ERR_OK && state.v[0] != DISP_STATE_STOPPED) return;
    trusted->counted = true;
    death_note(trusted, &state);
    trusted->ended = clock_ticks();
    /* Whoever kills it may do so as often as he likes. */
    bool quick = us_from_ticks(trusted->ended - trusted->since) < QUICK_US && state.v[1] != EXIT_KILLED;
    trusted->quick = quick ? trusted->quick + 1 : 0;
    if (trusted->keep.block == 0 || trusted->quick == QUICK_MOST) trusted_halt(trusted);
    mutex_lock(&again.lock);
    trusted->died = true;
    if (trusted == &names) again.names_up = false;
    cond_broadcast(&again.wake);
    mutex_unlock(&again.lock);
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
    if (err == ERR_OK && trusted->signal.endpoint == 0)
        err = signal_open(&server.waitset, &trusted->signal, trusted_died, trusted);
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
    trusted->counted = false;
    return spawn_build(&build, &trusted->spawned);
}

/* names and proc are made of RAM on their own accounts. */
static pid_abi_t payer;
static err_t payer_alloc(uint64_t bytes, cptr_t *ram)
{
    return mem_alloc_for(mem_default(), payer, bytes, 0, MEM_ALLOC_SERVICE, ram);
}
static const struct ram_source payer_ram = {payer_alloc};

/* An endpoint to a service of a process that we made, for process `pid` (0: init): we hold its unbadged one. */
static err_t service_mint(const struct trusted *trusted, pid_abi_t pid, cptr_t dst)
{
    return cap_mint(dst, CAPREF(trusted->spawned.cspace, SLOT_ENDPOINT), CAP_RIGHTS_ALL, SERVER_PUBLIC_BADGE_OF(0, pid),
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
    if (err == ERR_OK) err = service_mint(&mem, 0, SLOT_MEM);
    for (uint32_t i = 0; i < BOOTINFO->arena_count && err == ERR_OK; i++) {
        err = spawn_give(&mem.spawned, SLOT_PASSED + i, SLOT_ARENAS + i);
    }
    if (err == ERR_OK) err = spawn_start(&mem.spawned);
    if (err != ERR_OK) return err;
    ram_source_set(&ram_source_mem);
    boot_ram_return();
    return ERR_OK;
}

/* mem may not have heard yet that the process which had this pid before is gone, so it is told. */
static err_t mem_introduce(pid_abi_t pid, cptr_t *endpoint)
{
    err_t err = mem_ended(mem_default(), pid);
    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    return channel_introduce(&mem_default()->channel, pid, endpoint);
}

/* What was kept for it comes behind what it is passed anyway. */
static uint32_t keep_pass(const struct keep *keep, cptr_t *passed, const char **passed_names, uint32_t count)
{
    if (keep->frame != 0) {
        passed[count] = keep->frame;
        passed_names[count++] = KEPT_STATE_NAME;
    }
    if (keep->cnode != 0) {
        passed[count] = keep->cnode;
        passed_names[count++] = KEPT_SLOTS_NAME;
    }
    return count;
}

static err_t names_start(void)
{
    cptr_t passed[3] = {SLOT_IDS};
    const char *passed_names[3] = {"ids"};
    struct args args = {.bytes = 0};
    struct spawn_request request = {.source = &payer_ram, .passed = passed, .passed_names = passed_names};
    request.passed_count = keep_pass(&names.keep, passed, passed_names, 1);
    payer = PID_NAMES;
    err_t err = own_services(PID_NAMES, request.services);
    if (err == ERR_OK) err = mem_introduce(PID_NAMES, &request.services[2]);
    if (err != ERR_OK) return err;
    args_add(&args, "names");
    err = trusted_build(&names, &args, &request);
    return err == ERR_OK ? spawn_start(&names.spawned) : err;
}

/* A client of names that is not bound again if it dies: the next try makes another. */
static err_t names_client_make(struct names_client *client)
{
    cptr_t slot;
    err_t err = slot_alloc(&slot);
    if (err != ERR_OK) return err;
    err = service_mint(&names, 0, slot);
    *client = (struct names_client)NAMES_CLIENT_SLOT(slot);
    return err;
}

static void names_client_drop(struct names_client *client)
{
    names_client_close(client);
    cap_free(client->channel.slot);
}

static err_t names_trust_proc(void)
{
    struct names_client client;
    err_t err = names_client_make(&client);
    if (err == ERR_OK) err = names_trust(&client, PID_PROC);
    names_client_drop(&client);
    return err;
}

static err_t proc_start(void)
{
    cptr_t passed[4] = {SLOT_RAMDISK};
    const char *passed_names[4] = {"ramdisk", "names"};
    struct args args = {.bytes = 0};
    struct names_client client;
    struct spawn_request request = {.source = &payer_ram, .passed = passed, .passed_names = passed_names};
    request.passed_count = keep_pass(&proc.keep, passed, passed_names, 2);
    payer = PID_PROC;
    err_t err = own_services(PID_PROC, request.services);
    if (err == ERR_OK) err = mem_introduce(PID_PROC, &request.services[2]);
    if (err == ERR_OK) err = names_client_make(&client);
    if (err != ERR_OK) return err;
    if (names_right == 0) err = names_grant(&client, "proc", &names_right);
    passed[1] = names_right;
    if (err == ERR_OK) err = channel_introduce(&client.channel, PID_PROC, &request.services[3]);
    names_client_drop(&client);
    if (err != ERR_OK) return err;
    args_add(&args, "proc");
    args_add(&args, "ramdisk=%llu", (unsigned long long)BOOTINFO->ramdisk_bytes);
    err = trusted_build(&proc, &args, &request);
    if (err == ERR_OK) err = spawn_start(&proc.spawned);
    if (err == ERR_OK) err = mem_trust(mem_default(), PID_PROC);
    return err;
}

/* proc lists and reads all processes, those that it did not make too. With a client that is not bound again, as above. */
static err_t proc_adopt_all(void)
{
    const struct trusted *const all[] = {&mem, &names, &proc};
    cptr_t slot;
    err_t err = slot_alloc(&slot);
    if (err == ERR_OK) err = service_mint(&proc, 0, slot);
    if (err != ERR_OK) return err;
    struct proc_client client = PROC_CLIENT_SLOT(slot);
    err = proc_adopt(&client, PID_INIT, "init", 0, true, SLOT_DISPATCHER, SLOT_CSPACE);
    for (unsigned i = 0; i < 3 && err == ERR_OK; i++) {
        err = proc_adopt(&client, all[i]->pid, all[i]->name, PRIORITY, all[i]->keep.block == 0,
                         all[i]->spawned.dispatcher, all[i]->spawned.cspace);
    }
    proc_client_close(&client);
    cap_free(slot);
    return err;
}

static void must(err_t err, const char *what)
{
    if (err != ERR_OK) halt("init: %s: %s", what, err_text(err));
}

/* Everybody who waits for names gets an endpoint. */
static void names_announce(void)
{
    mutex_lock(&again.lock);
    again.names_up = true;
    for (uint32_t i = 0; i < again.count; i++) {
        cptr_t endpoint = 0;
        err_t err = slot_alloc(&endpoint);
        if (err == ERR_OK) err = service_mint(&names, again.waiting[i].pid, endpoint);
        init_reply_reconnect(again.waiting[i].reply, err, endpoint);
        cap_free(endpoint);
    }
    again.count = 0;
    cond_broadcast(&again.wake);
    mutex_unlock(&again.lock);
}

/* What it held goes at once, so that those who hear of its end have heard of it before there is a new one. */
static void old_destroy(struct trusted *trusted)
{
    err_t err;
    if (trusted->spawned.dispatcher == 0) return; /* it is the first */
    spawn_destroy(&trusted->spawned);
    do {
        uint64_t a[7] = {REAP_SLOTS};
        err = kernel_invoke(SLOT_KERNEL, KERNEL_REAP, a);
    } while (err == ERR_AGAIN);
}

static bool is_death(err_t err)
{
    return err == ERR_PEER_DEAD || err == ERR_ENDPOINT_DEAD;
}

/* The first one's endpoint is in the slot where init's other threads look for it; they get those of its successors by own_reconnect(). */
static err_t names_reach(void)
{
    static bool reached;
    err_t err = reached ? ERR_OK : service_mint(&names, 0, SLOT_NAMES);
    reached = reached || err == ERR_OK;
    return err;
}

static err_t names_restart(void)
{
    old_destroy(&names);
    err_t err = names_start();
    if (err == ERR_OK) err = names_reach();
    if (err == ERR_OK) err = names_trust_proc();
    if (err != ERR_OK) return err;
    names_announce();
    if (!again.proc_up || proc.died) return ERR_OK; /* it is told of all when it starts */
    err = proc_adopt_all();
    return is_death(err) ? ERR_OK : err; /* that is proc's death */
}

static err_t proc_restart(void)
{
    old_destroy(&proc);
    err_t err = proc_start();
    if (err == ERR_OK) err = proc_adopt_all();
    if (err != ERR_OK) return err;
    mutex_lock(&again.lock);
    again.proc_up = true;
    cond_broadcast(&again.wake);
    mutex_unlock(&again.lock);
    return ERR_OK;
}

/* names first: proc needs it. What fails because one of them has died again is tried again; anything else is the end. */
static void trusted_restart(struct trusted *trusted, err_t (*restart)(void))
{
    ticks_t ended = trusted->ended;
    trusted->since = clock_ticks();
    trusted->died = false;
    err_t err = restart();
    if (is_death(err)) {
        trusted->died = true;
    } else if (err != ERR_OK && ended == 0) {
        halt("init: cannot start %s: %s", trusted->name, err_text(err));
    } else if (err != ERR_OK) {
        halt("%s died: %s; it cannot be started again: %s", trusted->name, trusted->how, err_text(err));
    } else if (ended != 0) {
        log_line("%s (%u.%u) died: %s; restarted after %llu ms", trusted->name, (unsigned)BOOTINFO->core,
                 (unsigned)trusted->pid, trusted->how, (unsigned long long)us_from_ticks(clock_ticks() - ended) / 1000);
    }
}

static int trusted_main(void *argument)
{
    (void)argument;
    again.thread = thread_self();
    for (;;) {
        mutex_lock(&again.lock);
        while (!names.died && !proc.died) {
            cond_wait(&again.wake, &again.lock);
        }
        mutex_unlock(&again.lock);
        if (names.died) {
            trusted_restart(&names, names_restart);
        } else {
            trusted_restart(&proc, proc_restart);
        }
    }
    return 0;
}

err_t trusted_reconnect(struct call *call, const char *service, cptr_t *endpoint)
{
    if (strcmp(service, names.name) != 0) return ERR_NOT_FOUND;
    mutex_lock(&again.lock);
    err_t err = ERR_OK;
    if (again.names_up) {
        err = slot_alloc(endpoint);
        if (err == ERR_OK) err = service_mint(&names, call->client->pid, *endpoint);
        if (err == ERR_OK) call_give_caps(call);
    } else if (again.count == WAITING) {
        err = ERR_BUSY;
    } else {
        struct reply *reply = call_defer(call);
        if (reply == NULL) err = ERR_NO_MEMORY;
        if (reply != NULL) again.waiting[again.count++] = (struct waiting){reply, call->client->pid};
    }
    mutex_unlock(&again.lock);
    return err;
}

void trusted_reconnect_canceled(struct reply *reply)
{
    mutex_lock(&again.lock);
    for (uint32_t i = 0; i < again.count; i++) {
        if (again.waiting[i].reply == reply) again.waiting[i--] = again.waiting[--again.count];
    }
    mutex_unlock(&again.lock);
    reply_drop(reply);
}

/* How threads of init itself get another endpoint to names. The one that starts it does not wait for itself. */
static err_t own_reconnect(const char *service, cptr_t *endpoint)
{
    (void)service;
    if (thread_self() == again.thread) return ERR_PEER_DEAD;
    mutex_lock(&again.lock);
    err_t err = ERR_OK;
    while (err == ERR_OK && !again.names_up) {
        err = cond_wait_until(&again.wake, &again.lock, thread_deadline());
    }
    if (err == ERR_OK) err = slot_alloc(endpoint);
    if (err == ERR_OK) err = service_mint(&names, 0, *endpoint);
    mutex_unlock(&again.lock);
    return err;
}

/* In init nobody else drives a revoke. */
static err_t own_revoke(capref_t slot)
{
    err_t err;
    do {
        uint64_t a[7] = {SLOT_DISPATCHER, slot};
        err = kernel_invoke(SLOT_KERNEL, KERNEL_REVOKE_STEP, a);
    } while (err == ERR_AGAIN);
    return err;
}

void trusted_start(void)
{
    struct thread_options options = {.name = "trusted", .detached = true, .pinned = true};
    mem.pid = PID_MEM;
    names.pid = PID_NAMES;
    proc.pid = PID_PROC;
    channel_reconnect = own_reconnect;
    caps_set_monitor(own_revoke, NULL);
    must(mem_start(), "cannot start mem");
    must(steps_start(), "cannot start the monitor");
    must(keep_make(&names.keep), "cannot keep memory for names");
    must(keep_make(&proc.keep), "cannot keep memory for proc");
    must(bindings_start(), "cannot start the monitor's bindings");
    monitor_trust(PID_PROC);
    names.died = proc.died = true; /* there are none yet: each is started like the ones after it */
    must(thread_create(NULL, trusted_main, NULL, &options), "cannot watch over names and proc");
    mutex_lock(&again.lock);
    while (!again.names_up || !again.proc_up) {
        cond_wait(&again.wake, &again.lock);
    }
    mutex_unlock(&again.lock);
    log_line("init: mem, names and proc are up, starting what etc/inventory lists");
}
