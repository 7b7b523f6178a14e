/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `ulimit`: what programs may have. `free`: how the RAM of all cores is used, as each one's mem tells. What cores have changes while they are asked, so they are asked
 * again until nothing has moved between them meanwhile: then the figures add up.
 */
#include <idl/monitor.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/format.h>
#include <cli/json.h>
#include "shell.h"

#define READ_TRIES 10
#define HOLDERS_MAX (CORES_MAX * CONFIG_MEM_ACCOUNTS)

static int free_process(const char *text, bool as_json)
{
    pid_abi_t pid;
    struct monitor_account account;
    char used[FORMAT_BYTES], peak[FORMAT_BYTES], quota[FORMAT_BYTES];
    if (!pid_parse(text, &pid)) {
        fprintf(stderr, "free: '%.24s' is not a process id; they look like 0.12 ('ps' lists them)\n", text);
        return STATUS_USAGE;
    }
    err_t error = monitor_account(monitor_default(), pid, &account);
    if (error == ERR_NOT_FOUND) {
        fprintf(stderr, "free: mem knows no process %.24s; 'ps' lists them\n", text);
        return STATUS_FAILED;
    }
    if (error != ERR_OK) {
        return failed("free", text, error);
    }
    if (as_json) {
        struct json json = {0};
        json_object(&json, NULL);
        json_string(&json, "pid", text);
        json_number(&json, "used", account.used);
        json_number(&json, "peak", account.peak);
        json_number(&json, "quota", account.quota);
        json_number(&json, "blocks", account.blocks);
        json_end(&json);
        return STATUS_OK;
    }
    printf("process %s: %s in %llu blocks (at most so far %s), of a quota of %s\n", text, bytes_text(account.used, used),
           (unsigned long long)account.blocks, bytes_text(account.peak, peak), bytes_text(account.quota, quota));
    return STATUS_OK;
}

static int by_used(const void *a, const void *b)
{
    const struct monitor_holder *left = a, *right = b;
    return left->used == right->used ? 0 : left->used < right->used ? 1 : -1;
}

static void accounts_print(const struct monitor_holder *holders, uint32_t all)
{
    char pid[FORMAT_BYTES];
    uint64_t used = 0, blocks = 0;
    printf("%-8s %10s %8s\n", "PID", "KiB", "BLOCKS");
    for (uint32_t i = 0; i < all; i++) {
        printf("%-8s %10llu %8llu%s\n", pid_text(holders[i].pid, pid), (unsigned long long)(holders[i].used / 1024),
               (unsigned long long)holders[i].blocks, holders[i].ended ? "  ended" : "");
        used += holders[i].used;
        blocks += holders[i].blocks;
    }
    printf("%-8s %10llu %8llu\n", "all", (unsigned long long)(used / 1024), (unsigned long long)blocks);
}

static void accounts_json(const struct monitor_holder *holders, uint32_t all)
{
    struct json json = {0};
    char pid[FORMAT_BYTES];
    json_array(&json, NULL);
    for (uint32_t i = 0; i < all; i++) {
        json_object(&json, NULL);
        json_string(&json, "pid", pid_text(holders[i].pid, pid));
        json_number(&json, "used", holders[i].used);
        json_number(&json, "blocks", holders[i].blocks);
        json_bool(&json, "ended", holders[i].ended);
        json_end(&json);
    }
    json_end(&json);
}

/* Everybody's memory on one core. */
static err_t accounts_read(coreid_t core, struct monitor_holder *holders, uint32_t room, uint32_t *all)
{
    uint32_t first = 0, count;
    do {
        err_t error = monitor_accounts(monitor_default(), core, first, &first, &holders[*all], room - *all, &count);
        if (error != ERR_OK) {
            return error;
        }
        *all += count;
    } while (first != 0);
    return ERR_OK;
}

/* Everybody's memory, and that it is all that is in use. */
static int free_all(bool as_json)
{
    static struct monitor_holder holders[HOLDERS_MAX];
    uint32_t all = 0;
    for (coreid_t core = core_next_up(0); core < CORES_MAX; core = core_next_up(core + 1)) {
        err_t error = accounts_read(core, holders, HOLDERS_MAX, &all);
        if (error != ERR_OK) {
            return failed("free", "mem", error);
        }
    }
    qsort(holders, all, sizeof holders[0], by_used);
    if (as_json) {
        accounts_json(holders, all);
    } else {
        accounts_print(holders, all);
    }
    return STATUS_OK;
}

/* The sum of all cores, and each of those that are up. */
struct machine_memory {
    struct monitor_memory all;
    struct monitor_memory core[CORES_MAX]; /* `total` 0: it is not up */
    uint64_t moving;                       /* bytes on their way between cores */
};

static void memory_add(struct monitor_memory *all, const struct monitor_memory *core)
{
    all->total += core->total;
    all->kernel += core->kernel;
    all->boot += core->boot;
    all->ramdisk += core->ramdisk;
    all->other += core->other;
    all->used += core->used;
    all->free += core->free;
    all->blocks += core->blocks;
    all->kept += core->kept;
    all->foreign += core->foreign;
    all->given += core->given;
    all->gained += core->gained;
    if (core->largest > all->largest) {
        all->largest = core->largest;
    }
    all->machine = core->machine;
}

static err_t memory_read_once(struct machine_memory *memory)
{
    memset(memory, 0, sizeof *memory);
    for (coreid_t core = core_next_up(0); core < CORES_MAX; core = core_next_up(core + 1)) {
        err_t error = monitor_memory(monitor_default(), core, &memory->core[core]);
        if (error != ERR_OK) {
            return error;
        }
        memory_add(&memory->all, &memory->core[core]);
    }
    memory->moving = memory->all.given - memory->all.gained;
    return ERR_OK;
}

static err_t memory_read(struct machine_memory *memory)
{
    uint64_t given, gained;
    err_t error = memory_read_once(memory);
    for (unsigned tries = 0; tries < READ_TRIES && error == ERR_OK; tries++) {
        given = memory->all.given;
        gained = memory->all.gained;
        error = memory_read_once(memory);
        if (given == memory->all.given && gained == memory->all.gained) {
            break;
        }
    }
    return error;
}

static void cores_print(const struct machine_memory *memory)
{
    printf("%4s %10s %10s %10s %10s %10s  (KiB)\n", "CORE", "TOTAL", "ITS OWN", "USED", "FREE", "BORROWED");
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        const struct monitor_memory *one = &memory->core[core];
        if (one->total == 0) {
            continue;
        }
        printf("%4u %10llu %10llu %10llu %10llu %10llu\n", (unsigned)core, (unsigned long long)(one->total / 1024),
               (unsigned long long)((one->kernel + one->boot + one->ramdisk + one->other) / 1024),
               (unsigned long long)(one->used / 1024), (unsigned long long)(one->free / 1024),
               (unsigned long long)(one->foreign / 1024));
    }
}

static void totals_print(const struct machine_memory *memory)
{
    const struct monitor_memory *all = &memory->all;
    const struct {
        const char *what;
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {"total", all->machine, "RAM of the machine, of this:"},
        {"kernel", all->kernel, "kernel image, tables, stacks"},
        {"boot", all->boot, "init"},
        {"ramdisk", all->ramdisk, "programs"},
        {"other", all->other, "firmware's, device tree"},
        {"used", all->used, "by processes"},
        {"free", all->free, ""},
        {"moving", memory->moving, "between cores"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] - (memory->moving == 0); i++) {
        printf("%-10s%10llu KiB%s%s\n", rows[i].what, (unsigned long long)(rows[i].bytes / 1024),
               rows[i].text[0] != '\0' ? "  " : "", rows[i].text);
    }
    uint64_t scattered = all->free - all->largest;
    printf("%llu blocks in use; the largest free one has %llu KiB, fragmentation %llu %%\n",
           (unsigned long long)all->blocks, (unsigned long long)(all->largest / 1024),
           (unsigned long long)(all->free != 0 ? (scattered * 100 + all->free / 2) / all->free : 0));
    if (all->total != memory->core[0].total) {
        cores_print(memory);
    }
}

static void memory_json(struct json *json, const struct monitor_memory *memory)
{
    json_number(json, "kernel", memory->kernel);
    json_number(json, "boot", memory->boot);
    json_number(json, "ramdisk", memory->ramdisk);
    json_number(json, "other", memory->other);
    json_number(json, "used", memory->used);
    json_number(json, "free", memory->free);
    json_number(json, "largest", memory->largest);
    json_number(json, "blocks", memory->blocks);
    json_number(json, "borrowed", memory->foreign);
}

static void totals_json(const struct machine_memory *memory)
{
    struct json json = {0};
    json_object(&json, NULL);
    json_number(&json, "total", memory->all.machine);
    memory_json(&json, &memory->all);
    json_number(&json, "moving", memory->moving);
    json_array(&json, "cores");
    for (coreid_t core = 0; core < CORES_MAX; core++) {
        if (memory->core[core].total == 0) {
            continue;
        }
        json_object(&json, NULL);
        json_number(&json, "core", core);
        json_number(&json, "total", memory->core[core].total);
        memory_json(&json, &memory->core[core]);
        json_end(&json);
    }
    json_end(&json);
    json_end(&json);
}

int command_free(int argc, char **argv)
{
    static struct machine_memory memory;
    bool as_json = argc > 1 && strcmp(argv[1], "-j") == 0;
    int left = argc - as_json;
    char **rest = argv + as_json;
    if (left == 3 && strcmp(rest[1], "-p") == 0) {
        return free_process(rest[2], as_json);
    }
    if (left == 2 && strcmp(rest[1], "-a") == 0) {
        return free_all(as_json);
    }
    if (left != 1) {
        return usage("free", left == 2 && strcmp(rest[1], "-p") == 0 ? "which process?" : "unknown arguments");
    }
    err_t error = memory_read(&memory);
    if (error != ERR_OK) {
        return failed("free", "mem", error);
    }
    if (as_json) {
        totals_json(&memory);
    } else {
        totals_print(&memory);
    }
    return STATUS_OK;
}

int command_ulimit(int argc, char **argv)
{
    int first = argc > 1 && strcmp(argv[1], "-v") == 0 ? 2 : 1;
    bool unlimited = argc == first + 1 && strcmp(argv[first], "unlimited") == 0;
    uint64_t kib = 0, was;
    if (argc > first + 1 || (argc > first && !unlimited && (!number_parse(argv[first], UINT32_MAX, &kib) || kib == 0))) {
        return usage("ulimit", "how many KiB? a number, or 'unlimited'");
    }
    err_t error = proc_limit(proc_default(), argc > first ? kib * 1024 : PROC_LIMIT_SAME, &was);
    if (error == ERR_PERMISSION) {
        fprintf(stderr, "ulimit: it can only become less\n");
        return STATUS_FAILED;
    }
    if (error != ERR_OK) {
        return failed("ulimit", argc > first ? argv[first] : "proc", error);
    }
    if (argc == first && was == 0) {
        printf("unlimited\n");
    } else if (argc == first) {
        printf("%llu\n", (unsigned long long)(was / 1024));
    }
    return STATUS_OK;
}
