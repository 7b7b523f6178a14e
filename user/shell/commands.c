/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of the shell's commands, and those of them that concern nothing but the shell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/format.h>
#include "shell.h"

const struct shell_command shell_commands[] = {
    {"help", GROUP_SHELL, "[COMMAND]", "list the commands, or explain one", "help run", command_help, 0},
    {"time", GROUP_SHELL, "COMMAND [ARGUMENT...]", "run a command and tell how long it took", "time hello",
     command_time, 0},
    {"ps", GROUP_PROCESSES, "[-j]", "list the processes: state, memory, share of the processor; -j as JSON", "ps",
     command_ps, 0},
    {"status", GROUP_PROCESSES, "PID", "tell all about one process", "status 0.1", command_status, 0},
    {"pause", GROUP_PROCESSES, "PID|%JOB...", "stop processes until they are resumed", "pause 0.12", command_pause, 0},
    {"resume", GROUP_PROCESSES, "PID|%JOB...", "let paused processes go on", "resume 0.12", command_resume, 0},
    {"free", GROUP_SYSTEM, "[-j] [-a | -p PID]", "tell how the RAM is used: in all, by each process, or by one",
     "free -p 0.12", command_free, 0},
    {"ulimit", GROUP_PROCESSES, "[-v] [KIB]",
     "let each program that this shell starts from now on have KIB of memory at most; alone: tell how much",
     "(ulimit 1024; sort FILE)", command_ulimit, 0},
    {"pmap", GROUP_SYSTEM, "[PID]", "show the address space of a process, or of the shell", "pmap 0.12", command_pmap, 0},
    {"caps", GROUP_SYSTEM, "[-j] [PID | why OBJECT | revoke [--dry-run] OBJECT]",
     "list the capabilities of a process, or of the shell; tell who holds an object (an address, or a slot like "
     "0.12:1:5) and from where "
     "it came; revoke what the shell holds, or tell what would go",
     "caps why 0x4a200000", command_caps, 0},
    {"chan", GROUP_SYSTEM,
     "[-j] [PID | SERVICE]", "list the channels of all processes, or of one: by LMP on a core or UMP between cores, how full, messages each way",
     "chan fs", command_chan, 0},
    {"map", GROUP_SYSTEM, "[-a]",
     "draw the system for Graphviz: cores, processes, channels with messages each way, shared memory; -a: channels "
     "that nothing went "
     "through, too ('make map' on the host makes a picture)",
     "map > /tmp/map.dot", command_map, 0},
    {"names", GROUP_SYSTEM, "[-j] [SERVICE|PATTERN] [KEY=PATTERN...]",
     "list the services, or those whose names match or contain PATTERN and whose properties match", "names 'proc.*'",
     command_names, 0},
    {"cores", GROUP_SYSTEM, "[-j]", "list the cores of the machine; -j as JSON", "cores", command_cores, 0},
    {"core", GROUP_SYSTEM, "boot CORE", "boot a core that is off or has failed", "core boot 1", command_core, 0},
    {"dmesg", GROUP_SYSTEM, "", "show the log", "dmesg", command_dmesg, 0},
    {"uptime", GROUP_SYSTEM, "", "tell how long the machine has been running", "uptime", command_uptime, 0},
    {"reboot", GROUP_SYSTEM, "", "start the machine again", "reboot", command_reboot, 0},
    {"poweroff", GROUP_SYSTEM, "", "switch the machine off", "poweroff", command_poweroff, 0},
    {0},
};

static void help_all(void)
{
    static const char *const titles[GROUP_COUNT] = {"The shell", "Scripts", "Processes", "The system"};
    for (unsigned group = 0; group < GROUP_COUNT; group++) {
        printf("%s\n", titles[group]);
        for (const struct shell_command *c = shell_command_next(NULL); c != NULL; c = shell_command_next(c)) {
            if (c->group == group) {
                printf("  %-10s%s\n", c->name, c->summary);
            }
        }
    }
    printf(
        "Anything else is the name of a program: Tab shows them, PROGRAM --help explains one.\n"
        "A ; B, A && B, A || B, A | B, A > FILE, A < FILE, if, while, for, case and functions are as in any POSIX "
        "shell. "
        "COMMAND & runs in the background, after all else.\n"
        "Ctrl-C ends what is in the foreground. Ctrl-R searches the lines before. 'help COMMAND' shows an example.\n");
}

int command_help(int argc, char **argv)
{
    if (argc > 2) {
        return usage("help", "one command at a time");
    }
    if (argc == 1) {
        help_all();
        return STATUS_OK;
    }
    const struct shell_command *command = shell_command_find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "help: no command '%.64s'; 'help' lists them, and programs explain themselves: PROGRAM --help\n",
                argv[1]);
        return STATUS_FAILED;
    }
    printf("%s%s%s\n  %s\n  for example: %s\n", command->name, command->arguments[0] != '\0' ? " " : "",
           command->arguments, command->summary, command->example);
    return STATUS_OK;
}
