/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why this core woke up, the last times: the kernel keeps a record each time that it leaves its idle loop. A process that is woken when the
 * core does not sleep is in none.
 */
#include "tools.h"

#include <abi/syscall.h>
#include <caps/caps.h>
#include <idl/monitor.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/time.h>

#define TIMER 27
#define NO_INTERRUPT 1020
#define SGIS 16

static const struct cli cli = {
    "wakes", "[COUNT]",
    "  The last COUNT times (at most 64, usually all) that this core woke up: when, why, and who ran then.\n"
    "  'oncore N wakes' tells it of another core.\n"};

struct wake {
    uint64_t ticks, interrupt, dispatcher, all;
};

static struct proc_info processes[PROC_PAGE];

/* Of which process that is the dispatcher; NULL: it is gone, or proc does not know it. */
static const struct proc_info *process_of(uint64_t dispatcher)
{
    uint64_t after = 0;
    uint32_t count;
    while (proc_list(proc_default(), after, processes, PROC_PAGE, &count) == ERR_OK && count != 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (processes[i].dispatcher == dispatcher) return &processes[i];
        }
        after = processes[count - 1].pid;
    }
    return NULL;
}

static struct wake wake_get(uint64_t number)
{
    struct wake wake;
    err_t err = monitor_kernel_info(monitor_default(), (uint32_t)(KINFO_WAKE | number << 8), &wake.ticks,
                                    &wake.interrupt, &wake.dispatcher, &wake.all);
    if (err != ERR_OK) {
        fprintf(stderr, "wakes: monitor: %s\n", err_text(err));
        exit(1);
    }
    return wake;
}

static void why(uint64_t interrupt, char text[32])
{
    if (interrupt == TIMER)
        strcpy(text, "timer");
    else if (interrupt < SGIS)
        strcpy(text, "doorbell");
    else
        snprintf(text, 32, interrupt < NO_INTERRUPT ? "interrupt %u" : "nothing", (unsigned)interrupt);
}

static void show(const struct wake *wake)
{
    char text[32];
    const struct proc_info *process = wake->dispatcher != 0 ? process_of(wake->dispatcher) : NULL;
    uint64_t us = wake->ticks * 1000 / (clock_hz() / 1000);
    why(wake->interrupt, text);
    printf("[%5lu.%06lu] %-14s ", (unsigned long)(us / 1000000), (unsigned long)(us % 1000000), text);
    if (process != NULL)
        printf("%u.%u %s\n", (unsigned)(process->pid >> 32), (unsigned)process->pid, process->name);
    else
        printf(wake->dispatcher != 0 ? "dispatcher %lu, which has ended\n" : "nobody\n", (unsigned long)wake->dispatcher);
}

int tool_wakes(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    if (argc > 2) cli_refuse(&cli, "one number at most");
    uint64_t count = argc == 2 ? cli_number(&cli, "COUNT", argv[1], KINFO_WAKES) : KINFO_WAKES, all = wake_get(0).all;
    for (uint64_t n = all > count ? all - count : 0; n < all; n++) {
        struct wake wake = wake_get(n);
        if (wake.ticks != 0) show(&wake); /* another has taken its place meanwhile */
    }
    printf("%lu times in all\n", (unsigned long)all);
    return 0;
}
