/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Supervision: one thread starts everything that the inventory lists, in its order, and starts again what ends, as its
 * restart policy says; a second one waits for ends and queues them. Whatever ends soon after its start is started again later and later,
 * up to a limit. All state here belongs to the first thread, but for the queue and the list for tools.
 */
#include "../monitor/monitor.h"
#include "init.h"
#include <caps/caps.h>
#include <caps/slots.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <kept/kept.h>
#include <stdio.h>
#include <string.h>
#include <threads/sync.h>
#include <threads/thread.h>
#include <threads/time.h>

#define SERVICES 32
#define DEVICES_MOST 4 /* devices of one driver */
#define RIGHTS_MAX 2
#define RIGHT_NAME "names" /* as the library knows it */
#define QUICK_US 1000000   /* ended within this time after its start: a quick end */
#define QUICK_MOST 10      /* so many in a row, and the delay does not grow any more */
#define KEEP_QUICK 4       /* so many in a row, and it starts without what its predecessor left */
#define DELAY_MS 20        /* before the second start after quick ends; then twice as long each time */

struct started {
    struct inventory_entry entry;
    char name[INVENTORY_NAME_MAX + 1]; /* of the second device of a driver: name.1 */
    struct device_grant device;
    struct keep keep;
    uint64_t pid; /* 0: not running */
    uint32_t state;
    uint32_t restarts;
    uint32_t quick;
    ticks_t since; /* last start */
    ticks_t ended;
    ticks_t due;               /* to be started again then; 0: not */
    char died[96];             /* how it ended last, for the line in the log */
    cptr_t rights[RIGHTS_MAX]; /* to names: its own, and that of names=; 0: none */
};

static struct started services[SERVICES];
static uint32_t service_count;

static struct {
    struct mutex lock;
    struct cond wake;
    struct proc_exit exit[SERVICES];
    uint32_t head, tail;
    uint32_t started; /* how many ever were */
} ends;

/* Words of args= after what is there, each ended by a NUL. */
static uint32_t words_append(char *text, uint32_t bytes, uint32_t room, const char *words)
{
    bool in_word = false;
    for (; *words != 0 && bytes + 1 < room; words++) {
        if (*words != ' ' && *words != '\t') {
            text[bytes++] = *words;
            in_word = true;
        } else if (in_word) {
            text[bytes++] = 0;
            in_word = false;
        }
    }
    if (in_word) text[bytes++] = 0;
    return bytes;
}

/* What a service is to be called by: its own name, and what its line says. Of a program only what its line says. */
static err_t rights_get(struct started *service)
{
    const struct inventory_entry *entry = &service->entry;
    const char *const prefixes[RIGHTS_MAX] = {entry->kind != INVENTORY_PROGRAM ? entry->name : "", entry->names};
    for (uint32_t i = 0; i < RIGHTS_MAX; i++) {
        if (prefixes[i][0] == 0 || service->rights[i] != 0) continue;
        err_t err = names_grant(names_default(), prefixes[i], &service->rights[i]);
        if (err != ERR_OK) return err;
    }
    return ERR_OK;
}

/* What a service is given: its device's capabilities, which have no names, what was kept for it, and its rights to names. */
static uint32_t caps_pass(const struct started *service, cptr_t *caps, char *names, uint32_t *names_bytes)
{
    uint32_t count = service->device.cap_count;
    memcpy(caps, service->device.caps, count * sizeof(*caps));
    memset(names, 0, count);
    *names_bytes = count;
    const struct {
        cptr_t cap;
        const char *name;
    } named[] = {{service->keep.frame, KEPT_STATE_NAME},
                 {service->keep.cnode, KEPT_SLOTS_NAME},
                 {service->rights[0], RIGHT_NAME},
                 {service->rights[1], RIGHT_NAME}};
    for (unsigned i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i].cap == 0) continue;
        caps[count++] = named[i].cap;
        strcpy(names + *names_bytes, named[i].name);
        *names_bytes += (uint32_t)strlen(named[i].name) + 1;
    }
    return count;
}

static err_t service_spawn(struct started *service)
{
    static char args[DEVICE_ARGS + INVENTORY_ARGS_MAX + INVENTORY_NAME_MAX + 3];
    char path[INVENTORY_NAME_MAX + 8];
    const struct inventory_entry *entry = &service->entry;
    bool program = entry->kind == INVENTORY_PROGRAM;
    snprintf(path, sizeof(path), "%s/%s", program ? "bin" : "sbin", entry->name);
    uint32_t bytes = (uint32_t)strlen(service->name) + 1;
    memcpy(args, service->name, bytes);
    memcpy(args + bytes, service->device.args, service->device.args_bytes);
    bytes = words_append(args, bytes + service->device.args_bytes, sizeof(args), entry->args);
    /* The kernel and a driver cannot both use the console's device. */
    if (service->device.console) log_console(false);
    uint32_t flags = (program ? 0 : PROC_SPAWN_SERVICE) | (entry->backed ? PROC_SPAWN_BACKED : 0);
    cptr_t caps[PROC_CAPS_MAX];
    char names[PROC_CAPS_MAX + sizeof(KEPT_STATE_NAME) + sizeof(KEPT_SLOTS_NAME) + 2 * sizeof(RIGHT_NAME)];
    err_t err = rights_get(service);
    uint32_t names_bytes, count = caps_pass(service, caps, names, &names_bytes);
    if (err == ERR_OK)
        err = proc_spawn(trusted_proc(), path, args, bytes, NULL, 0, flags, entry->priority, names, names_bytes, caps,
                         count, &service->pid);
    service->since = clock_ticks();
    service->due = 0;
    service->state = err == ERR_OK ? INIT_SERVICE_STATE_RUNNING : INIT_SERVICE_STATE_FAILED;
    if (err != ERR_OK) {
        service->pid = 0;
        if (service->device.console) log_console(true);
        return err;
    }
    if (entry->power) monitor_allow_power(service->pid);
    mutex_lock(&ends.lock);
    ends.started++;
    cond_broadcast(&ends.wake);
    mutex_unlock(&ends.lock);
    return ERR_OK;
}

static void service_add(const struct inventory_entry *entry, uint32_t n, const struct device_grant *device)
{
    if (service_count == SERVICES) {
        log_line("init: %s is not started: more than %u services", entry->name, SERVICES);
        return;
    }
    struct started *service = &services[service_count++];
    service->entry = *entry;
    service->device = *device;
    if (n == 0) {
        strcpy(service->name, entry->name);
    } else {
        snprintf(service->name, sizeof(service->name), "%.28s.%u", entry->name, (unsigned)n % 10);
    }
    service->keep = (struct keep){.bytes = entry->state * 1024, .slots = entry->slots};
    err_t err = keep_make(&service->keep);
    if (err != ERR_OK) log_line("init: nothing can be kept for %s: %s", service->name, err_text(err));
    err = service_spawn(service);
    if (err != ERR_OK) log_line("init: %s cannot be started: %s", service->name, err_text(err));
}

/* What a service that may see the ramdisk is given: the frame, and its size in an argument. */
static void ramdisk_grant(struct device_grant *grant)
{
    err_t err = slot_alloc(&grant->caps[0]);
    if (err == ERR_OK) err = cap_copy_rights(grant->caps[0], SLOT_RAMDISK, MAP_READ);
    if (err != ERR_OK) return;
    grant->cap_count = 1;
    grant->args_bytes = 1 + (uint32_t)snprintf(grant->args, sizeof(grant->args), "ramdisk=%llu",
                                               (unsigned long long)BOOTINFO->ramdisk_bytes);
}

static void entry_start(const struct inventory_entry *entry)
{
    static struct device_grant device;
    if (entry->kind == INVENTORY_CORES) {
        cores_boot_all();
        return;
    }
    if (entry->core != BOOTINFO->core) return;
    if (entry->kind != INVENTORY_DRIVER) {
        device = (struct device_grant){0};
        if (entry->ramdisk) ramdisk_grant(&device);
        service_add(entry, 0, &device);
        return;
    }
    for (uint32_t n = 0; n < DEVICES_MOST; n++) {
        err_t err = device_find(entry, n, &device);
        if (err == ERR_NOT_FOUND) break;
        if (err == ERR_OK) service_add(entry, n, &device);
    }
}

/* All lines are read before the first is started, while what is wrong with them can still be seen on the console. */
static void inventory_check(void)
{
    struct inventory_reader reader = {0};
    static struct inventory_entry entry;
    err_t err;
    reader.text = boot_inventory(&reader.bytes);
    while ((err = inventory_next(&reader, &entry)) != ERR_EOF) {
        if (err == ERR_OK) continue;
        log_line("etc/inventory, line %u: %s: '%s'; the line is skipped", reader.line, reader.error, reader.word);
    }
}

static void inventory_start(void)
{
    struct inventory_reader reader = {0};
    static struct inventory_entry entry;
    err_t err;
    reader.text = boot_inventory(&reader.bytes);
    while ((err = inventory_next(&reader, &entry)) != ERR_EOF) {
        if (err == ERR_OK) entry_start(&entry);
    }
}

/* One line about what came of it. */
static void inventory_report(void)
{
    char line[256];
    size_t used = 0;
    line[0] = 0;
    for (uint32_t i = 0; i < service_count && used < sizeof(line) - INVENTORY_NAME_MAX - 16; i++) {
        used += (size_t)snprintf(line + used, sizeof(line) - used, " %s%s", services[i].name,
                                 services[i].pid == 0 ? " (failed)" : "");
    }
    if (service_count != 0) log_line("init: started%s", line);
    for (uint32_t i = 0; i < service_count; i++) {
        if (services[i].device.console && services[i].pid != 0) return;
    }
    if (BOOTINFO->core != 0) return;
    /* Nobody took the console from the kernel, so this is seen there. */
    log_line("init: etc/inventory has no driver for the console that the device tree names (stdout-path)");
}

/* The second thread: wait for any child, queue its end. */
static int ends_wait(void *argument)
{
    (void)argument;
    for (;;) {
        struct proc_exit exit;
        mutex_lock(&ends.lock);
        while (ends.head - ends.tail == SERVICES) {
            cond_wait(&ends.wake, &ends.lock);
        }
        uint32_t started = ends.started;
        mutex_unlock(&ends.lock);
        err_t err = proc_wait(trusted_proc(), 0, &exit);
        mutex_lock(&ends.lock);
        if (err == ERR_OK) {
            ends.exit[ends.head++ % SERVICES] = exit;
            cond_broadcast(&ends.wake);
        }
        /* No child is left: wait until one has been started. If proc has ended too often meanwhile, the next one is asked. */
        while (err != ERR_OK && err != ERR_PEER_DEAD && ends.started == started) {
            cond_wait(&ends.wake, &ends.lock);
        }
        mutex_unlock(&ends.lock);
    }
    return 0;
}

static void death_describe(const struct proc_exit *exit, char *text, size_t room)
{
    if (exit->kind == EXIT_NORMAL) {
        snprintf(text, room, exit->code == 0 ? "ended" : "exit code %u", (unsigned)exit->code);
    } else if (exit->kind == EXIT_KILLED) {
        snprintf(text, room, "killed");
    } else {
        snprintf(text, room, exit->kind == EXIT_LOST ? "lost its memory" : "fault, status %u", (unsigned)exit->status);
    }
}

static void service_ended(struct started *service, const struct proc_exit *exit)
{
    char how[40];
    death_describe(exit, how, sizeof(how));
    service->ended = clock_ticks();
    /* Whoever kills it may do so as often as he likes. */
    bool quick = us_from_ticks(service->ended - service->since) < QUICK_US && exit->kind != EXIT_KILLED;
    service->quick = quick ? service->quick + 1 : 0;
    snprintf(service->died, sizeof(service->died), "%s (%u.%u) died: %s", service->name, (unsigned)(exit->pid >> 32),
             (unsigned)exit->pid, how);
    service->pid = 0;
    service->state = INIT_SERVICE_STATE_ENDED;
    bool again =
        service->entry.restart == RESTART_ALWAYS || (service->entry.restart == RESTART_FAILURE && exit->status != 0);
    if (!again) {
        log_line("%s", service->died);
    } else {
        uint32_t steps = service->quick < QUICK_MOST ? service->quick : QUICK_MOST;
        uint64_t delay = steps > 1 ? (DELAY_MS << steps) / 4 : 0;
        if (service->quick == QUICK_MOST) {
            log_line("%s; %u times soon after its start: from now on it is tried every %u ms", service->died,
                     QUICK_MOST, (unsigned)delay);
        }
        service->due = clock_ticks() + ticks_from_us(delay * 1000);
        service->state = INIT_SERVICE_STATE_STARTING;
    }
}

static void service_restart(struct started *service)
{
    ticks_t ended = service->ended;
    service->restarts++;
    if (service->keep.bytes != 0 && service->quick != 0 && service->quick % KEEP_QUICK == 0) {
        log_line("init: what was kept for %s is given up: it may be what ends it", service->name);
        keep_renew(&service->keep);
    }
    err_t err = service_spawn(service);
    if (err != ERR_OK) {
        log_line("%s; cannot be started again: %s", service->died, err_text(err));
        return;
    }
    log_line("%s; restarted as %u.%u after %llu ms", service->died, (unsigned)(service->pid >> 32),
             (unsigned)service->pid, (unsigned long long)us_from_ticks(service->since - ended) / 1000);
}

static void end_handle(const struct proc_exit *exit)
{
    for (uint32_t i = 0; i < service_count; i++) {
        if (services[i].pid == exit->pid) service_ended(&services[i], exit);
    }
}

/* Starts again what is due; when the next one is, 0: none waits. */
static ticks_t due_start(void)
{
    ticks_t next = 0;
    for (uint32_t i = 0; i < service_count; i++) {
        if (services[i].due != 0 && services[i].due <= clock_ticks()) service_restart(&services[i]);
        if (services[i].due != 0 && (next == 0 || services[i].due < next)) next = services[i].due;
    }
    return next;
}

void supervise(void)
{
    struct thread_options options = {.name = "ends", .detached = true, .pinned = true};
    inventory_check();
    inventory_start();
    inventory_report();
    err_t err = thread_create(NULL, ends_wait, NULL, &options);
    if (err != ERR_OK) halt("init: no thread to supervise with: %s", err_text(err));
    for (;;) {
        struct proc_exit exit;
        ticks_t next = due_start();
        mutex_lock(&ends.lock);
        bool any = ends.tail != ends.head;
        if (!any) {
            cond_wait_until(&ends.wake, &ends.lock, next);
        } else {
            exit = ends.exit[ends.tail++ % SERVICES];
            cond_broadcast(&ends.wake);
        }
        mutex_unlock(&ends.lock);
        if (any) end_handle(&exit);
    }
}

uint32_t supervise_list(uint32_t first, struct init_service *list, uint32_t most)
{
    uint32_t count = 0;
    while (count < most && first < service_count) {
        const struct started *service = &services[first++];
        list[count] = (struct init_service){
            .pid = service->pid, .state = service->state, .restarts = service->restarts, .since = service->since};
        strcpy(list[count++].name, service->name);
    }
    return count;
}
