/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An honest client of each service, which looks at how long its calls take while others misbehave. They have a lower priority than
 * it: what it waits for is the service.
 */
#include "child.h"
#include "hostile.h"
#include "support.h"
#include <abi/spawn_info.h>
#include <fcntl.h>
#include <idl/fs.h>
#include <idl/init.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <idl/term.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <threads/thread.h>
#include <unistd.h>

#define CALLS_MAX 8
#define LOWEST 7
#define WARM_MS 3

static char buffer[TERM_CHUNK];

/* init, monitor ------------------------------------------------------------------------------------- */

static err_t init_lists(void)
{
    struct init_service list[16];
    uint32_t count;
    return init_services(init_default(), 0, list, 16, &count);
}
static struct channel *init_channel(void)
{
    return &init_default()->channel;
}

static err_t monitor_tells(void)
{
    uint64_t a, b, c, d;
    return monitor_kernel_info(monitor_default(), KINFO_MDB, &a, &b, &c, &d);
}
static err_t monitor_lists(void)
{
    uint32_t next, count;
    static struct monitor_capability list[32];
    return monitor_identify(monitor_default(), SLOT_CSPACE, 0, &next, list, 32, &count);
}
static err_t monitor_reads(void)
{
    uint64_t next;
    size_t count;
    return monitor_log_read(monitor_default(), 0, &next, buffer, sizeof(buffer), &count);
}
static struct channel *monitor_channel(void)
{
    return &monitor_default()->channel;
}

/* mem, names ---------------------------------------------------------------------------------------- */

static err_t mem_tells(void)
{
    struct mem_totals totals;
    return mem_totals(mem_default(), &totals);
}
static err_t mem_gives(void)
{
    cptr_t ram;
    err_t err = mem_alloc(mem_default(), 64 * 1024, 0, &ram);
    return err ? err : cap_free(ram);
}
static err_t mem_lists(void)
{
    struct mem_holder holders[16];
    uint32_t next, count;
    return mem_accounts(mem_default(), 0, 16, &next, holders, 16, &count);
}
static struct channel *mem_channel(void)
{
    return &mem_default()->channel;
}

static err_t names_finds(void)
{
    uint64_t pid;
    cptr_t found;
    err_t err = names_lookup(names_default(), "term", &pid, &found);
    return err ? err : cap_free(found);
}
static err_t names_lists(void)
{
    static struct names_entry list[8];
    char next[NAMES_NAME_MAX + 1];
    uint32_t count;
    return names_enumerate(names_default(), "*", "", "", next, sizeof(next), list, 8, &count);
}
static struct channel *names_channel(void)
{
    return &names_default()->channel;
}

/* proc ---------------------------------------------------------------------------------------------- */

static err_t proc_tells(void)
{
    struct proc_info info;
    return proc_status(proc_default(), 1, &info);
}
static err_t proc_lists(void)
{
    static struct proc_info list[PROC_PAGE];
    uint32_t count;
    return proc_list(proc_default(), 0, list, PROC_PAGE, &count);
}
static err_t proc_starts(void)
{
    uint64_t pid;
    struct proc_exit exit;
    static const char args[] = "victim\0exit\0000";
    err_t err = proc_spawn(proc_default(), "victim", args, sizeof(args), "", 0, 0, 8, "", 0, NULL, 0, &pid);
    return err ? err : proc_wait(proc_default(), pid, &exit);
}
static struct channel *proc_channel(void)
{
    return &proc_default()->channel;
}

/* term, fs ------------------------------------------------------------------------------------------ */

static err_t term_drains(void)
{
    err_t err = term_write(term_default(), "", 0);
    return err ? err : term_drain(term_default());
}
static struct channel *term_channel(void)
{
    return &term_default()->channel;
}

static err_t fs_tells(void)
{
    struct stat status;
    return stat("/bin/ls", &status) ? ERR_NOT_FOUND : ERR_OK;
}
static err_t fs_reads(void)
{
    int fd = open("/bin/ls", O_RDONLY);
    ssize_t count = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
    if (fd >= 0) close(fd);
    return count == sizeof(buffer) ? ERR_OK : ERR_DEVICE;
}
static err_t fs_writes(void)
{
    int fd = open("/tmp/honest", O_RDWR | O_CREAT | O_TRUNC, 0666);
    ssize_t count = fd < 0 ? -1 : write(fd, buffer, sizeof(buffer));
    if (fd >= 0) close(fd);
    unlink("/tmp/honest");
    return count == sizeof(buffer) ? ERR_OK : ERR_DEVICE;
}
static struct channel *fs_channel(void)
{
    return &fs_default()->channel;
}

typedef err_t call_fn(void);
static call_fn *const init_calls[] = {init_lists, NULL};
static call_fn *const monitor_calls[] = {monitor_tells, monitor_lists, monitor_reads, NULL};
static call_fn *const mem_calls[] = {mem_tells, mem_gives, mem_lists, NULL};
static call_fn *const names_calls[] = {names_finds, names_lists, NULL};
static call_fn *const proc_calls[] = {proc_tells, proc_lists, proc_starts, NULL};
static call_fn *const term_calls[] = {term_drains, NULL};
static call_fn *const fs_calls[] = {fs_tells, fs_reads, fs_writes, NULL};

const struct target targets[] = {
    {"init", SLOT_INIT, init_channel, init_calls},
    {"monitor", SLOT_MONITOR, monitor_channel, monitor_calls},
    {"mem", SLOT_MEM, mem_channel, mem_calls},
    {"names", SLOT_NAMES, names_channel, names_calls},
    {"proc", 0, proc_channel, proc_calls},
    {"term", 0, term_channel, term_calls},
    {"fs", 0, fs_channel, fs_calls},
    {0},
};

const struct target *target_find(const char *name)
{
    for (const struct target *target = targets; target->name; target++) {
        if (!strcmp(target->name, name)) return target;
    }
    return NULL;
}

/*
 * Each call `rounds` times, the slowest of all of them in ticks: from when it was to be made, so that what a service is just doing for others
 * counts. *failed: why one failed.
 */
static uint64_t slowest(const struct target *target, unsigned rounds, err_t *failed)
{
    uint64_t worst = 0;
    *failed = ERR_OK;
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned k = 0; target->calls[k]; k++) {
            ticks_t start = clock_ticks() + ticks_from_us(200 + 37 * (i % 7));
            thread_sleep_until(start);
            err_t err = target->calls[k]();
            uint64_t took = clock_ticks() - start;
            if (err && !*failed) *failed = err;
            worst = took > worst ? took : worst;
        }
    }
    return worst;
}

static err_t hostile_start(const struct target *target, const char *name, uint64_t *pid)
{
    char args[64];
    int bytes = snprintf(args, sizeof(args), "hostile%c%s%c%s", 0, name, 0, target->name) + 1;
    return proc_spawn(proc_default(), "hostile", args, (uint32_t)bytes, "", 0, 0, LOWEST, "", 0, NULL, 0, pid);
}

/* Kills what the behaviour has started, until there is nothing of it: every process of this program but this one. */
static void children_end(void)
{
    static struct proc_info list[PROC_PAGE];
    uint64_t own = ((const struct spawn_info *)VADDR_INFO)->pid;
    uint32_t count = 0;
    for (bool found = true; found;) {
        found = false;
        for (uint64_t after = 0; !proc_list(proc_default(), after, list, PROC_PAGE, &count) && count;) {
            for (uint32_t i = 0; i < count; i++) {
                after = list[i].pid;
                if (list[i].pid == own || list[i].state == PROC_STATE_ENDED || strcmp(list[i].name, "hostile"))
                    continue;
                proc_kill(proc_default(), list[i].pid);
                found = true;
            }
        }
        if (found) thread_sleep_ms(1);
    }
}

static int measure_one(const struct target *target, const char *name, unsigned rounds, uint64_t quiet)
{
    struct proc_exit exit;
    uint64_t pid;
    err_t failed, err = hostile_start(target, name, &pid);
    if (err) {
        printf("%s %s: cannot start: %s\n", target->name, name, err_text(err));
        return 1;
    }
    thread_sleep_ms(WARM_MS);
    uint64_t worst = slowest(target, rounds, &failed);
    bool ended = proc_kill(proc_default(), pid) != ERR_OK;
    err = child_wait(pid, 20000, &exit);
    children_end();
    printf("%s %s: %llu ticks, quiet %llu%s%s\n", target->name, name, (unsigned long long)worst,
           (unsigned long long)quiet, failed ? ", honest call failed: " : "", failed ? err_text(failed) : "");
    if (ended) printf("%s %s: has ended by itself, status %u\n", target->name, name, err ? 0 : exit.status);
    return failed || ended || err;
}

int honest_measure(const struct target *target, const char *only, unsigned rounds)
{
    err_t failed;
    int bad = 0;
    slowest(target, 3, &failed); /* what happens at the first time only */
    uint64_t quiet = slowest(target, 3 * rounds, &failed);
    if (failed) {
        printf("%s quiet: honest call failed: %s\n", target->name, err_text(failed));
        return 1;
    }
    for (unsigned i = 0; hostile_name(i); i++) {
        if (hostile_skips(i, target) || (only && strcmp(only, hostile_name(i)))) continue;
        bad |= measure_one(target, hostile_name(i), rounds, quiet);
    }
    return bad;
}
