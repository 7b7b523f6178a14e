/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run a program on another core: asks that core's proc, waits, and ends as the program did. Its first three files are this process's, and the
 * console. When this process is ended the program is, too.
 */
#include "tools.h"

#include <caps/caps.h>
#include <cores/cores.h>
#include <errno.h>
#include <idl/monitor.h>
#include <idl/names.h>
#include <libc/console.h>
#include <libc/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/dispatcher.h>
#include <unistd.h>

static const struct cli cli = {"oncore", "CORE PROGRAM [ARGUMENT...]",
                               "  Run a program of the ramdisk on another core ('cores' lists them), and end with its "
                               "status. It has the files and the\n"
                               "  console of oncore.\n"};

#define PRIORITY_SAME 8
#define FILES 3

extern char **environ;

static bool is_file(int fd)
{
    errno = 0;
    return !isatty(fd) && errno != EBADF;
}

/* Whoever reads from the console has it; as for a program on one's own core. */
static bool reads_console(void)
{
    return isatty(STDIN_FILENO);
}

/* This process's first three files and its console are the program's, too: "KEY:01" or "KEY:12c" for its environment; "": nothing is. */
static void files_name(uint64_t key, char *text, size_t room)
{
    int length = snprintf(text, room, FILES_LENT "=%llx:", (unsigned long long)key), none = length;
    for (int fd = 0; fd < FILES; fd++) {
        if (is_file(fd)) text[length++] = (char)('0' + fd);
    }
    if (reads_console()) text[length++] = 'c';
    text[length == none ? 0 : length] = 0;
}

static err_t files_lend(uint64_t pid, uint64_t key)
{
    err_t error = ERR_OK;
    for (int fd = 0; fd < FILES && error == ERR_OK; fd++) {
        if (is_file(fd)) error = program_lend(fd, pid, key, (unsigned)fd);
    }
    if (error == ERR_OK && reads_console()) {
        error = console_lend(pid, key);
        if (error == ERR_PERMISSION) error = ERR_OK; /* there is none to read from: the program can write to it */
    }
    return error;
}

/* Strings one after the other, each with its NUL, and one more unless it is empty; ends the process without memory. */
static char *pack(char *const *strings, const char *last, size_t *bytes)
{
    *bytes = *last ? strlen(last) + 1 : 0;
    for (char *const *s = strings; s != NULL && *s != NULL; s++) {
        *bytes += strlen(*s) + 1;
    }
    char *packed = malloc(*bytes + 1), *to = packed;
    if (packed == NULL) {
        fprintf(stderr, "oncore: out of memory\n");
        exit(1);
    }
    for (char *const *s = strings; s != NULL && *s != NULL; s++) {
        to = stpcpy(to, *s) + 1;
    }
    if (*last) strcpy(to, last);
    return packed;
}

static int not_started(const char *core, const char *program, err_t error)
{
    if (error == ERR_NOT_FOUND) {
        fprintf(stderr, "oncore: no core %.24s that is up ('cores' lists them), or no program '%.64s'\n", core, program);
        return 127;
    }
    fprintf(stderr, "oncore: cannot start '%.64s' on core %.24s: %s\n", program, core, err_text(error));
    return 126;
}

/* If the core is up, its proc may be away for a moment, as after a kill: then this waits until it is there again. false: it is not up. */
static bool proc_comes(coreid_t core)
{
    static struct monitor_core found[16];
    char name[16];
    uint32_t count = 0;
    err_t error = monitor_cores(monitor_default(), core, found, 16, &count);
    if (error != ERR_OK || count == 0 || found[0].id != core || found[0].state != MONITOR_CORE_UP) return false;
    snprintf(name, sizeof(name), "proc.%u", (unsigned)core);
    return core != DISPATCHER_FRAME->core && names_await(names_default(), name, NULL, NULL) == ERR_OK;
}

int tool_oncore(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    if (argc < 3) {
        cli_refuse(&cli, "which core, and which program?");
    }
    coreid_t core = (coreid_t)cli_number(&cli, "CORE", argv[1], CORES_MAX - 1);
    struct proc_client *proc = cores_proc(core);
    size_t arg_bytes, env_bytes;
    char files[48];
    uint64_t pid, key = program_lend_key();
    files_name(key, files, sizeof(files));
    char *args = pack(argv + 2, "", &arg_bytes), *env = pack(environ, files, &env_bytes);
    struct proc_exit end;
    err_t error = ERR_NOT_FOUND;
    for (unsigned tries = 2; tries > 0; tries--) {
        error = proc_spawn(proc, argv[2], args, arg_bytes, env, env_bytes, PROC_SPAWN_TIED | PROC_SPAWN_PAUSED,
                           PRIORITY_SAME, "", 0, NULL, 0, &pid);
        if (error != ERR_NOT_FOUND || !proc_comes(core)) break;
    }
    if (error != ERR_OK) {
        return not_started(argv[1], argv[2], error);
    }
    error = files_lend(pid, key);
    if (error == ERR_OK) error = proc_resume(proc, pid);
    if (error != ERR_OK) {
        proc_kill(proc, pid);
        return not_started(argv[1], argv[2], error);
    }
    error = proc_wait(proc, pid, &end);
    if (error != ERR_OK) {
        fprintf(stderr, "oncore: %u.%u: %s\n", (unsigned)(pid >> 32), (unsigned)pid, err_text(error));
        return 1;
    }
    return (int)end.status;
}
