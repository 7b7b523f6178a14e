/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of the shell's commands, and those of them that concern nothing but the shell.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "shell.h"

const struct shell_command shell_commands[] = {
    {"help", GROUP_SHELL, "[COMMAND]", "list the commands, or explain one", "help run", command_help},
    {"echo", GROUP_SHELL, "[WORD...]", "print its arguments; $? is the last exit status", "echo status: $?", command_echo},
    {"time", GROUP_SHELL, "COMMAND [ARGUMENT...]", "run a command and tell how long it took", "time hello", command_time},
    {"exit", GROUP_SHELL, "[STATUS]", "end this shell; a new one is started", "exit", command_exit},
    {"ps", GROUP_PROCESSES, "", "list the processes: state, memory, share of the processor", "ps", command_ps},
    {"status", GROUP_PROCESSES, "PID", "tell all about one process", "status 0.1", command_status},
    {"run", GROUP_PROCESSES, "PROGRAM [ARGUMENT...] [&]",
     "run a program, with & in the background; its bare name does the same", "run spin &", NULL},
    {"kill", GROUP_PROCESSES, "PID|%JOB...", "end processes", "kill %1", command_kill},
    {"pause", GROUP_PROCESSES, "PID|%JOB...", "stop processes until they are resumed", "pause 0.12", command_pause},
    {"resume", GROUP_PROCESSES, "PID|%JOB...", "let paused processes go on", "resume 0.12", command_resume},
    {"wait", GROUP_PROCESSES, "[PID|%JOB...]", "wait for background jobs to end, all of them or these", "wait %1",
     command_wait},
    {"jobs", GROUP_PROCESSES, "", "list what was started in the background", "jobs", command_jobs},
    {"free", GROUP_SYSTEM, "[-a | -p PID]", "tell how the RAM is used: in all, by each process, or by one",
     "free -p 0.12", command_free},
    {"pmap", GROUP_SYSTEM, "[PID]", "show the address space of a process, or of the shell", "pmap 0.12", command_pmap},
    {"caps", GROUP_SYSTEM, "[PID]", "list the capabilities of a process, or of the shell", "caps 0.12", command_caps},
    {"names", GROUP_SYSTEM, "[PART]", "list the services, or those whose names contain PART", "names uart", command_names},
    {"cores", GROUP_SYSTEM, "[-j]", "list the cores of the machine; -j as JSON", "cores", command_cores},
    {"core", GROUP_SYSTEM, "boot CORE", "boot a core that is off or has failed", "core boot 1", command_core},
    {"dmesg", GROUP_SYSTEM, "", "show the log", "dmesg", command_dmesg},
    {"uptime", GROUP_SYSTEM, "", "tell how long the machine has been running", "uptime", command_uptime},
    {"reboot", GROUP_SYSTEM, "", "start the machine again", "reboot", command_reboot},
    {"poweroff", GROUP_SYSTEM, "", "switch the machine off", "poweroff", command_poweroff},
    {0},
};

static void help_all(void)
{
    static const char *const titles[GROUP_COUNT] = {"The shell", "Processes", "The system"};
    for (unsigned group = 0; group < GROUP_COUNT; group++) {
        printf("%s\n", titles[group]);
        for (const struct shell_command *command = shell_commands; command->name != NULL; command++) {
            if (command->group == group) {
                printf("  %-10s%s\n", command->name, command->summary);
            }
        }
    }
    printf("Anything else is the name of a program: Tab shows them, PROGRAM --help explains one.\n"
           "A ; B runs A, then B. PROGRAM & runs in the background, after all else. Ctrl-C ends the program in the "
           "foreground.\n"
           "'help COMMAND' shows an example.\n");
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
    printf("%s %s\n  %s\n  for example: %s\n", command->name, command->arguments, command->summary, command->example);
    return STATUS_OK;
}

int command_echo(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        printf(i == 1 ? "%s" : " %s", argv[i]);
    }
    printf("\n");
    return STATUS_OK;
}

int command_exit(int argc, char **argv)
{
    uint64_t status = 0;
    if (argc > 2 || (argc == 2 && !number_parse(argv[1], 255, &status))) {
        return usage("exit", "the status is a number from 0 to 255");
    }
    shell_exiting = true;
    return (int)status;
}
