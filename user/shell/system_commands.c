/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell's commands about the log and the machine.
 */
#include <abi/syscall.h>
#include <caps/caps.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <threads/time.h>

#include <cli/format.h>
#include "shell.h"
#include "terminal.h"

#define POWER_OFF 0
#define POWER_RESET 1

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
