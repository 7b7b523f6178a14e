/* SPDX-License-Identifier: BSD-2-Clause */
/* spawns COUNT: starts `true` COUNT times, on each core that is up in turn, this one as well, and waits for each; a few at a time. */
#include <abi/types.h>
#include <cli/cli.h>
#include <cores/cores.h>
#include <idl/monitor.h>
#include <stdio.h>
#include <stdlib.h>

#define AT_ONCE 4

static const struct cli cli = {"spawns", "COUNT", "  Start `true` so often, on all cores in turn, and wait for each.\n"};

static void need(err_t err, const char *what, uint64_t number)
{
    if (err == ERR_OK) return;
    printf("spawns: %s of number %lu: error %u\n", what, (unsigned long)number, err);
    exit(1);
}

int main(int argc, char **argv)
{
    struct monitor_core list[16];
    uint32_t count = 0, cores = 0;
    uint64_t pids[AT_ONCE];
    cli_begin(&cli, argc, argv);
    if (argc != 2) cli_refuse(&cli, "how many?");
    uint64_t all = cli_number(&cli, "COUNT", argv[1], 1000000000);
    need(monitor_cores(monitor_default(), 0, list, 16, &count), "cores", 0);
    while (cores < count && list[cores].state == MONITOR_CORE_UP)
        cores++;
    for (uint64_t i = 0; i < all + AT_ONCE; i++) {
        uint64_t *pid = &pids[i % AT_ONCE];
        struct proc_exit end;
        if (i >= AT_ONCE && i - AT_ONCE < all) {
            need(proc_wait(cores_proc_of(*pid), *pid, &end), "wait", i - AT_ONCE);
            need(end.status, "status", i - AT_ONCE);
        }
        if (i < all)
            need(proc_spawn(cores_proc((coreid_t)(i % cores)), "true", "true", 5, "", 0, PROC_SPAWN_TIED, 8, "", 0,
                            NULL, 0, pid),
                 "spawn", i);
    }
    printf("spawns: %lu on %u cores\n", (unsigned long)all, cores);
    return 0;
}
