/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands for the machine's cores: `cores` lists them, `core boot N` boots one. */
#include <caps/caps.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <string.h>

#include <cli/format.h>
#include "shell.h"

#define CORES_PAGE 16

static const char *state_text(uint32_t state)
{
    static const char *const names[] = {"off", "starting", "up", "failed", "silent"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

/* What the core has now, whoever it was dealt to. */
static void memory_look(struct monitor_core *core)
{
    struct monitor_memory memory = {.total = 0};
    err_t error = ERR_NOT_FOUND;
    if (core->state == MONITOR_CORE_UP) {
        error = monitor_memory(monitor_default(), core->id, &memory);
    }
    if (error == ERR_OK) {
        core->memory = memory.total;
    } else if (error == ERR_PEER_DEAD) { /* so it turned out */
        core->state = MONITOR_CORE_SILENT;
    }
}

static void core_print(const struct monitor_core *core)
{
    char memory[FORMAT_BYTES] = "-";
    if (core->memory != 0) {
        bytes_text(core->memory, memory);
    }
    printf("%4u  %-9s %10llx %8s", (unsigned)core->id, state_text(core->state), (unsigned long long)core->mpidr, memory);
    if (core->state == MONITOR_CORE_UP && core->id != 0) {
        printf("  %llu.%llu ms", (unsigned long long)core->boot_us / 1000, (unsigned long long)core->boot_us % 1000 / 100);
    } else if (core->state == MONITOR_CORE_FAILED) {
        printf("  %s", err_text(core->error));
    }
    printf("\n");
}

static void core_print_json(const struct monitor_core *core)
{
    printf("%s{\"core\": %u, \"state\": \"%s\", \"mpidr\": %llu, \"memory\": %llu, \"boot_us\": %llu",
           core->id ? ", " : "", (unsigned)core->id, state_text(core->state), (unsigned long long)core->mpidr,
           (unsigned long long)core->memory, (unsigned long long)core->boot_us);
    printf(core->state == MONITOR_CORE_FAILED ? ", \"error\": \"%s\"}" : "}", err_text(core->error));
}

coreid_t core_next_up(coreid_t first)
{
    static struct monitor_core page[CORES_PAGE];
    uint32_t count;
    do {
        if (monitor_cores(monitor_default(), first, page, CORES_PAGE, &count) != ERR_OK) {
            break;
        }
        for (uint32_t i = 0; i < count; i++, first++) {
            if (page[i].state == MONITOR_CORE_UP) {
                return page[i].id;
            }
        }
    } while (count == CORES_PAGE);
    return CORES_MAX;
}

int command_cores(int argc, char **argv)
{
    static struct monitor_core page[CORES_PAGE];
    uint32_t first = 0, count;
    bool json = argc == 2 && strcmp(argv[1], "-j") == 0;
    if (argc != 1 && !json) {
        return usage("cores", "there is only -j");
    }
    printf(json ? "[" : "CORE  STATE          MPIDR   MEMORY  BOOT\n");
    do {
        err_t error = monitor_cores(monitor_default(), first, page, CORES_PAGE, &count);
        if (error != ERR_OK) {
            return failed("cores", "monitor", error);
        }
        for (uint32_t i = 0; i < count; i++) {
            memory_look(&page[i]);
            if (json) {
                core_print_json(&page[i]);
            } else {
                core_print(&page[i]);
            }
        }
        first += count;
    } while (count == CORES_PAGE);
    if (json) {
        printf("]\n");
    }
    return STATUS_OK;
}

int command_core(int argc, char **argv)
{
    uint64_t core;
    if (argc != 3 || strcmp(argv[1], "boot") != 0) {
        return usage("core", "it wants 'boot' and the number of a core");
    }
    if (!number_parse(argv[2], CORES_MAX - 1, &core)) {
        fprintf(stderr, "core: '%.24s' is not a core; 'cores' lists them\n", argv[2]);
        return STATUS_USAGE;
    }
    err_t error = monitor_core_boot(monitor_default(), (uint32_t)core);
    switch (error) {
    case ERR_OK:
        printf("core %u is up\n", (unsigned)core);
        return STATUS_OK;
    case ERR_EXISTS:
        fprintf(stderr, "core: core %u is up already\n", (unsigned)core);
        return STATUS_FAILED;
    case ERR_NOT_FOUND:
        fprintf(stderr, "core: there is no core %u; 'cores' lists them\n", (unsigned)core);
        return STATUS_FAILED;
    case ERR_PEER_DEAD:
        fprintf(stderr, "core: core %u answers no more; it takes a reboot\n", (unsigned)core);
        return STATUS_FAILED;
    default:
        return failed("core", argv[2], error);
    }
}
