/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `free`: how the RAM is used, as mem tells.
 */
#include <idl/mem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "shell.h"

static int free_process(const char *text, bool as_json)
{
    pid_abi_t pid;
    struct mem_account account;
    char used[FORMAT_BYTES], peak[FORMAT_BYTES], quota[FORMAT_BYTES];
    if (!pid_parse(text, &pid)) {
        fprintf(stderr, "free: '%.24s' is not a process id; they look like 0.12 ('ps' lists them)\n", text);
        return STATUS_USAGE;
    }
    err_t error = mem_info(mem_default(), pid, &account);
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
    const struct mem_holder *left = a, *right = b;
    return left->used == right->used ? 0 : left->used < right->used ? 1 : -1;
}

static void accounts_print(const struct mem_holder *holders, uint32_t all)
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

static void accounts_json(const struct mem_holder *holders, uint32_t all)
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

/* Everybody's memory, and that it is all that is in use. */
static int free_all(bool as_json)
{
    static struct mem_holder holders[CONFIG_MEM_ACCOUNTS];
    uint32_t first = 0, all = 0, count;
    do {
        uint32_t room = CONFIG_MEM_ACCOUNTS - all;
        err_t error = mem_accounts(mem_default(), first, &first, &holders[all], room, &count);
        if (error != ERR_OK) {
            return failed("free", "mem", error);
        }
        all += count;
    } while (first != 0);
    qsort(holders, all, sizeof holders[0], by_used);
    if (as_json) {
        accounts_json(holders, all);
    } else {
        accounts_print(holders, all);
    }
    return STATUS_OK;
}

static void totals_print(const struct mem_totals *totals)
{
    const struct {
        const char *what;
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {"total", totals->total, "RAM of the machine, of this:"},
        {"kernel", totals->kernel, "kernel image, tables, stacks"},
        {"boot", totals->boot, "init"},
        {"ramdisk", totals->ramdisk, "programs"},
        {"other", totals->other, "firmware's, device tree"},
        {"used", totals->used, "by processes"},
        {"free", totals->free, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf("%-10s%10llu KiB%s%s\n", rows[i].what, (unsigned long long)(rows[i].bytes / 1024),
               rows[i].text[0] != '\0' ? "  " : "", rows[i].text);
    }
    uint64_t scattered = totals->free - totals->largest;
    printf("%llu blocks in use; the largest free one has %llu KiB, fragmentation %llu %%\n",
           (unsigned long long)totals->blocks, (unsigned long long)(totals->largest / 1024),
           (unsigned long long)(totals->free != 0 ? (scattered * 100 + totals->free / 2) / totals->free : 0));
}

static void totals_json(const struct mem_totals *totals)
{
    struct json json = {0};
    json_object(&json, NULL);
    json_number(&json, "total", totals->total);
    json_number(&json, "kernel", totals->kernel);
    json_number(&json, "boot", totals->boot);
    json_number(&json, "ramdisk", totals->ramdisk);
    json_number(&json, "other", totals->other);
    json_number(&json, "used", totals->used);
    json_number(&json, "free", totals->free);
    json_number(&json, "largest", totals->largest);
    json_number(&json, "blocks", totals->blocks);
    json_end(&json);
}

int command_free(int argc, char **argv)
{
    struct mem_totals totals;
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
    err_t error = mem_totals(mem_default(), &totals);
    if (error != ERR_OK) {
        return failed("free", "mem", error);
    }
    if (as_json) {
        totals_json(&totals);
    } else {
        totals_print(&totals);
    }
    return STATUS_OK;
}
