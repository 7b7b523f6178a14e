/* SPDX-License-Identifier: BSD-2-Clause */
/* How the system is, for httpd's status page: asked of monitor, proc and net each time. What cannot be had is left out. */
#include <abi/syscall.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <idl/proc.h>
#include <threads/time.h>

#include "devices.h"
#include "http.h"

#define PAGE 16

static coreid_t cores_up[CORES_MAX];
static uint32_t cores_up_count;

static void add_cores(struct text *text)
{
    static const char *const states[] = {"off", "starting", "up", "failed"};
    static struct monitor_core page[PAGE];
    uint32_t first = 0, count = 0;
    cores_up_count = 0;
    text_add(text, ", \"cores\": [");
    do {
        if (monitor_cores(monitor_default(), first, page, PAGE, &count) != ERR_OK) {
            break;
        }
        for (uint32_t i = 0; i < count; i++) {
            text_add(text, "%s{\"id\": %u, \"state\": \"%s\", \"memory\": %llu, \"boot_us\": %llu}",
                     first + i > 0 ? ", " : "", (unsigned)page[i].id, page[i].state < 4 ? states[page[i].state] : "?",
                     (unsigned long long)page[i].memory, (unsigned long long)page[i].boot_us);
            if (page[i].state == MONITOR_CORE_UP && cores_up_count < CORES_MAX) {
                cores_up[cores_up_count++] = (coreid_t)page[i].id;
            }
        }
        first += count;
    } while (count == PAGE);
    text_add(text, "]");
}

/* The RAM of all cores that are up: after add_cores(). */
static void add_memory(struct text *text)
{
    struct monitor_memory core, all = {0};
    for (uint32_t i = 0; i < cores_up_count; i++) {
        if (monitor_memory(monitor_default(), cores_up[i], &core) != ERR_OK) {
            continue;
        }
        all.total += core.total;
        all.kernel += core.kernel;
        all.boot += core.boot;
        all.ramdisk += core.ramdisk;
        all.other += core.other;
        all.used += core.used;
        all.free += core.free;
    }
    text_add(text,
             ", \"memory\": {\"total\": %llu, \"kernel\": %llu, \"boot\": %llu, \"ramdisk\": %llu, \"other\": %llu, ",
             (unsigned long long)all.total, (unsigned long long)all.kernel, (unsigned long long)all.boot,
             (unsigned long long)all.ramdisk, (unsigned long long)all.other);
    text_add(text, "\"used\": %llu, \"free\": %llu}", (unsigned long long)all.used, (unsigned long long)all.free);
}

static void add_process(struct text *text, const struct proc_info *info, bool first)
{
    static const char *const states[] = {"new", "running", "waiting", "paused", "ended"};
    text_add(
        text,
        "%s{\"pid\": \"%u.%u\", \"core\": %u, \"state\": \"%s\", \"priority\": %u, \"ram\": %llu, \"cpu_us\": %llu, ",
        first ? "" : ", ", (unsigned)(info->pid >> 32), (unsigned)info->pid, (unsigned)(info->pid >> 32),
        info->state < 5 ? states[info->state] : "?", (unsigned)info->priority, (unsigned long long)info->ram,
        (unsigned long long)us_from_ticks(info->ticks));
    text_add(text, "\"age_us\": %llu, \"syscalls\": %llu, \"name\": ",
             (unsigned long long)us_from_ticks(clock_ticks() - info->started), (unsigned long long)info->syscalls);
    text_add_json(text, info->name);
    text_add(text, "}");
}

static void add_processes(struct text *text)
{
    static struct proc_info page[PROC_PAGE];
    bool first = true;
    text_add(text, ", \"processes\": [");
    for (uint32_t core = 0; core < cores_up_count; core++) {
        uint64_t after = 0;
        uint32_t count;
        do {
            if (proc_list(cores_proc(cores_up[core]), after, page, PROC_PAGE, &count) != ERR_OK) {
                break;
            }
            for (uint32_t i = 0; i < count; i++) {
                add_process(text, &page[i], first);
                first = false;
                after = page[i].pid;
            }
        } while (count > 0);
    }
    text_add(text, "]");
}

static void add_devices(struct text *text)
{
    struct net_device devices[DEVICES_MAX];
    char address[DEVICE_TEXT], hardware[DEVICE_TEXT];
    uint32_t count;
    text_add(text, ", \"interfaces\": [");
    if (devices_read(devices, &count) != ERR_OK) {
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        text_add(
            text,
            "%s{\"name\": \"%s\", \"up\": %s, \"link\": %s, \"address\": \"%s\", \"bits\": %u, \"hardware\": \"%s\", ",
            i > 0 ? ", " : "", devices[i].name, devices[i].up ? "true" : "false", devices[i].link ? "true" : "false",
            address_text(devices[i].address, address), mask_bits(devices[i].netmask),
            hardware_text(devices[i].hardware, hardware));
        text_add(text, "\"received\": %llu, \"received_bytes\": %llu, \"sent\": %llu, \"sent_bytes\": %llu}",
                 (unsigned long long)devices[i].received, (unsigned long long)devices[i].received_bytes,
                 (unsigned long long)devices[i].sent, (unsigned long long)devices[i].sent_bytes);
    }
    text_add(text, "]");
}

void status_json(struct text *text)
{
    uint64_t idle = 0, ticks = clock_ticks(), unused;
    if (monitor_kernel_info(monitor_default(), KINFO_IDLE, &idle, &ticks, &unused, &unused) != ERR_OK) {
        idle = 0;
    }
    text_add(text, "{\"version\": \"" CONFIG_VERSION "\", \"uptime_us\": %llu, \"idle_us\": %llu",
             (unsigned long long)us_from_ticks(ticks), (unsigned long long)us_from_ticks(idle));
    add_cores(text);
    add_memory(text);
    add_processes(text);
    add_devices(text);
    text_add(text, "}\n");
}
