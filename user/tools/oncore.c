/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run a program on another core: asks that core's proc, waits, and ends as the program did. What it writes goes to the console. When this
 * process is ended the program is, too.
 */
#include <caps/caps.h>
#include <cli/cli.h>
#include <cores/cores.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli cli = {
    "oncore", "CORE PROGRAM [ARGUMENT...]",
    "  Run a program of the ramdisk on another core ('cores' lists them), and end with its status.\n"};

#define PRIORITY_SAME 8

extern char **environ;

/* Strings one after the other, each with its NUL; ends the process without memory. */
static char *pack(char *const *strings, size_t *bytes)
{
    *bytes = 0;
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

int main(int argc, char *argv[])
{
    cli_begin(&cli, argc, argv);
    if (argc < 3) {
        cli_refuse(&cli, "which core, and which program?");
    }
    coreid_t core = (coreid_t)cli_number(&cli, "CORE", argv[1], CORES_MAX - 1);
    struct proc_client *proc = cores_proc(core);
    size_t arg_bytes, env_bytes;
    char *args = pack(argv + 2, &arg_bytes), *env = pack(environ, &env_bytes);
    uint64_t pid;
    struct proc_exit end;
    err_t error =
        proc_spawn(proc, argv[2], args, arg_bytes, env, env_bytes, PROC_SPAWN_TIED, PRIORITY_SAME, "", 0, NULL, 0, &pid);
    if (error != ERR_OK) {
        return not_started(argv[1], argv[2], error);
    }
    error = proc_wait(proc, pid, &end);
    if (error != ERR_OK) {
        fprintf(stderr, "oncore: %u.%u: %s\n", (unsigned)(pid >> 32), (unsigned)pid, err_text(error));
        return 1;
    }
    return (int)end.status;
}
