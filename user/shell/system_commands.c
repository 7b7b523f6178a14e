/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's commands about memory, capabilities, services, the log and the machine.
 */
#include <abi/spawn_info.h>
#include <abi/syscall.h>
#include <caps/caps.h>
#include <idl/mem.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/time.h>

#include "format.h"
#include "shell.h"
#include "terminal.h"

#define CAPS_PAGE 32
#define POWER_OFF 0
#define POWER_RESET 1

static int free_process(const char *text)
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
    printf("process %s: %s in %llu blocks (at most so far %s), of a quota of %s\n", text, bytes_text(account.used, used),
           (unsigned long long)account.blocks, bytes_text(account.peak, peak), bytes_text(account.quota, quota));
    return STATUS_OK;
}

static int by_used(const void *a, const void *b)
{
    const struct mem_holder *left = a, *right = b;
    return left->used == right->used ? 0 : left->used < right->used ? 1 : -1;
}

/* Everybody's memory, and that it is all that is in use. */
static int free_all(void)
{
    static struct mem_holder holders[CONFIG_MEM_ACCOUNTS];
    char pid[FORMAT_BYTES];
    uint32_t first = 0, all = 0, count;
    uint64_t used = 0, blocks = 0;
    do {
        uint32_t room = CONFIG_MEM_ACCOUNTS - all;
        err_t error = mem_accounts(mem_default(), first, &first, &holders[all], room, &count);
        if (error != ERR_OK) {
            return failed("free", "mem", error);
        }
        all += count;
    } while (first != 0);
    qsort(holders, all, sizeof holders[0], by_used);
    printf("%-8s %10s %8s\n", "PID", "KiB", "BLOCKS");
    for (uint32_t i = 0; i < all; i++) {
        printf("%-8s %10llu %8llu%s\n", pid_text(holders[i].pid, pid), (unsigned long long)(holders[i].used / 1024),
               (unsigned long long)holders[i].blocks, holders[i].ended ? "  ended" : "");
        used += holders[i].used;
        blocks += holders[i].blocks;
    }
    printf("%-8s %10llu %8llu\n", "all", (unsigned long long)(used / 1024), (unsigned long long)blocks);
    return STATUS_OK;
}

static void free_row(const char *what, uint64_t bytes, const char *text)
{
    printf("%-10s%10llu KiB  %s\n", what, (unsigned long long)(bytes / 1024), text);
}

int command_free(int argc, char **argv)
{
    struct mem_totals totals;
    if (argc == 3 && strcmp(argv[1], "-p") == 0) {
        return free_process(argv[2]);
    }
    if (argc == 2 && strcmp(argv[1], "-a") == 0) {
        return free_all();
    }
    if (argc != 1) {
        return usage("free", argc == 2 && strcmp(argv[1], "-p") == 0 ? "which process?" : "unknown arguments");
    }
    err_t error = mem_totals(mem_default(), &totals);
    if (error != ERR_OK) {
        return failed("free", "mem", error);
    }
    free_row("total", totals.total, "RAM of the machine, of this:");
    free_row("kernel", totals.kernel, "kernel image, tables, stacks");
    free_row("boot", totals.boot, "init");
    free_row("ramdisk", totals.ramdisk, "programs");
    free_row("other", totals.other, "firmware's, device tree");
    free_row("used", totals.used, "by processes");
    free_row("free", totals.free, "");
    uint64_t scattered = totals.free - totals.largest;
    printf("%llu blocks in use; the largest free one has %llu KiB, fragmentation %llu %%\n",
           (unsigned long long)totals.blocks, (unsigned long long)(totals.largest / 1024),
           (unsigned long long)(totals.free != 0 ? (scattered * 100 + totals.free / 2) / totals.free : 0));
    return STATUS_OK;
}

static void capability_print(const struct proc_capability *cap)
{
    static const char *const types[] = CAP_TYPE_NAMES_INIT;
    char bytes[FORMAT_BYTES];
    const char *type = cap->type < CAP_TYPE_COUNT ? types[cap->type] : "?";
    const char rights[] = {cap->rights & CAP_RIGHT_READ ? 'r' : '-', cap->rights & CAP_RIGHT_WRITE ? 'w' : '-',
                           cap->rights & CAP_RIGHT_EXECUTE ? 'x' : '-', '\0'};
    printf("%4u:%-3u %-11s %s ", (unsigned)(cap->cptr >> CNODE_L2_BITS), (unsigned)(cap->cptr % CNODE_L2_SLOTS), type,
           rights);
    switch (cap->type) {
    case CAP_IRQ:
    case CAP_ID:
        printf("%llu, %llu of them", (unsigned long long)cap->base, (unsigned long long)cap->bytes);
        break;
    case CAP_ENDPOINT:
        printf("badge 0x%llx", (unsigned long long)cap->badge);
        break;
    case CAP_KERNEL:
        break;
    default:
        printf("0x%-10llx %s", (unsigned long long)cap->base, bytes_text(cap->bytes, bytes));
        break;
    }
    printf("%s\n", (cap->flags & 1) != 0 ? ", unclean" : "");
}

int command_caps(int argc, char **argv)
{
    pid_abi_t pid = ((const struct spawn_info *)VADDR_INFO)->pid;
    static struct proc_capability page[CAPS_PAGE];
    uint32_t first = 0, count = 0, all = 0;
    if (argc > 2) {
        return usage("caps", "one process at a time");
    }
    if (argc == 2 && !pid_parse(argv[1], &pid)) {
        fprintf(stderr, "caps: '%.24s' is not a process id; they look like 0.12 ('ps' lists them)\n", argv[1]);
        return STATUS_USAGE;
    }
    do {
        err_t error = proc_caps(proc_default(), pid, first, &first, page, CAPS_PAGE, &count);
        if (error == ERR_NOT_FOUND) {
            fprintf(stderr, "caps: no process %.24s; 'ps' lists them\n", argc == 2 ? argv[1] : "of the shell's own");
            return STATUS_FAILED;
        }
        if (error != ERR_OK) {
            return failed("caps", "proc", error);
        }
        for (uint32_t i = 0; i < count; i++) {
            capability_print(&page[i]);
        }
        all += count;
    } while (first != 0);
    printf("%u capabilities\n", (unsigned)all);
    return STATUS_OK;
}

int command_names(int argc, char **argv)
{
    static struct names_entry page[NAMES_PAGE];
    char after[NAMES_NAME_MAX + 1] = "", pid[FORMAT_BYTES];
    const char *part = argc == 2 ? argv[1] : "";
    uint32_t count, all = 0;
    if (argc > 2 || strlen(part) > NAMES_NAME_MAX) {
        return usage("names", argc > 2 ? "one part of a name at a time" : "names have at most 63 characters");
    }
    do {
        err_t error = names_enumerate(names_default(), part, after, page, NAMES_PAGE, &count);
        if (error != ERR_OK) {
            return failed("names", "names", error);
        }
        for (uint32_t i = 0; i < count; i++) {
            printf("%-20s %s\n", page[i].name, pid_text(page[i].pid, pid));
            strcpy(after, page[i].name);
        }
        all += count;
    } while (count > 0);
    if (all == 0 && argc == 2) {
        fprintf(stderr, "names: no service has '%.63s' in its name\n", part);
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

int command_dmesg(int argc, char **argv)
{
    static char text[4096];
    uint64_t offset = 0;
    size_t count;
    (void)argv;
    if (argc > 1) {
        return usage("dmesg", "it takes no arguments");
    }
    do {
        err_t error = monitor_log_read(monitor_default(), offset, &offset, text, sizeof text, &count);
        if (error != ERR_OK) {
            return failed("dmesg", "monitor", error);
        }
        fwrite(text, 1, count, stdout);
    } while (count > 0);
    return STATUS_OK;
}

int command_uptime(int argc, char **argv)
{
    uint64_t idle, ticks, unused;
    char text[FORMAT_BYTES];
    (void)argv;
    if (argc > 1) {
        return usage("uptime", "it takes no arguments");
    }
    err_t error = monitor_kernel_info(monitor_default(), KINFO_IDLE, &idle, &ticks, &unused, &unused);
    if (error != ERR_OK) {
        return failed("uptime", "monitor", error);
    }
    printf("up %s, idle %u %% of it\n", duration_text(ticks / clock_hz(), text),
           ticks == 0 ? 0 : (unsigned)(idle * 100 / ticks));
    return STATUS_OK;
}

static int power(const char *command, int argc, uint32_t how)
{
    if (argc > 1) {
        return usage(command, "it takes no arguments");
    }
    fflush(stdout);
    terminal_drain();
    err_t error = monitor_power(monitor_default(), how);
    return error == ERR_OK ? STATUS_OK : failed(command, "monitor", error);
}

int command_poweroff(int argc, char **argv)
{
    return power(argv[0], argc, POWER_OFF);
}
int command_reboot(int argc, char **argv)
{
    return power(argv[0], argc, POWER_RESET);
}
