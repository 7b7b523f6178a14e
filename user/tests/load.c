/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load [SECONDS]: calls names, proc, fs and term from a thread each, as fast as they answer, while somebody kills them. Every call must end, with its
 * result or with an error; a result must be right. At the end: how many of which, by service.
 */
#include <caps/caps.h>
#include <cli/cli.h>
#include <fcntl.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <idl/term.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <threads/thread.h>
#include <threads/time.h>
#include <unistd.h>

static const struct cli cli = {"load", "[SECONDS]",
                               "  Call names, proc, fs and term for so long (2) and count what comes of it.\n"};

enum outcome { RIGHT, ERROR, WRONG };

struct caller {
    const char *name;
    enum outcome (*call)(void);
    struct thread *thread;
    unsigned count[3];
    unsigned long longest_us;
};

static ticks_t end;

static enum outcome call_names(void)
{
    uint64_t pid = 0;
    cptr_t endpoint = 0;
    err_t err = names_lookup(names_default(), "proc", &pid, &endpoint);
    if (err != ERR_OK) return ERROR;
    cap_free(endpoint);
    return (uint32_t)pid == 4 && endpoint != 0 ? RIGHT : WRONG;
}

/* A child of each ending: none is lost, and each says what it was to say. */
static enum outcome call_proc(void)
{
    static const char args[] = "exitcode\0007";
    struct proc_exit exit;
    uint64_t pid;
    err_t err = proc_spawn(proc_default(), "exitcode", args, sizeof(args), NULL, 0, 0, 8, NULL, 0, NULL, 0, &pid);
    if (err != ERR_OK) return ERROR;
    err = proc_wait(proc_default(), pid, &exit);
    if (err != ERR_OK) return ERROR;
    return exit.pid == pid && (exit.status == 7 || exit.kind != EXIT_NORMAL) ? RIGHT : WRONG;
}

static enum outcome call_fs(void)
{
    static const char text[] = "what was written";
    char read_back[sizeof(text)] = "";
    struct stat about = {0};
    int file = open("/tmp/loaded", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return ERROR;
    bool good = write(file, text, sizeof(text)) == sizeof(text) && lseek(file, 0, SEEK_SET) == 0 &&
                read(file, read_back, sizeof(text)) == sizeof(text) && fstat(file, &about) == 0;
    if (close(file) != 0 || !good) return ERROR;
    return memcmp(text, read_back, sizeof(text)) == 0 && about.st_size == sizeof(text) ? RIGHT : WRONG;
}

static enum outcome call_term(void)
{
    static struct term_client term = TERM_CLIENT_NAMED("term");
    uint32_t generation = term.channel.generation;
    err_t err = term_write(&term, "", 0);
    if (err == ERR_OK) return RIGHT;
    if (term.channel.state == CHANNEL_DEAD) channel_revive(&term.channel, generation);
    return ERROR;
}

static int caller_main(void *argument)
{
    struct caller *caller = argument;
    while (clock_ticks() < end) {
        ticks_t start = clock_ticks();
        caller->count[caller->call()]++;
        unsigned long us = us_from_ticks(clock_ticks() - start);
        if (us > caller->longest_us) caller->longest_us = us;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct caller callers[] = {
        {.name = "names", .call = call_names},
        {.name = "proc", .call = call_proc},
        {.name = "fs", .call = call_fs},
        {.name = "term", .call = call_term},
    };
    cli_begin(&cli, argc, argv);
    uint64_t seconds = argc > 1 ? cli_number(&cli, "SECONDS", argv[1], 1000000) : 2;
    unsigned wrong = 0;
    end = clock_ticks() + ticks_from_us(seconds * 1000000);
    for (unsigned i = 0; i < 4; i++) {
        if (thread_create(&callers[i].thread, caller_main, &callers[i], NULL) != ERR_OK) return 2;
    }
    for (unsigned i = 0; i < 4; i++) {
        thread_join(callers[i].thread, NULL);
    }
    for (unsigned i = 0; i < 4; i++) {
        const struct caller *caller = &callers[i];
        printf("load: %s: %u right, %u errors, %u wrong, longest %lu us\n", caller->name, caller->count[RIGHT],
               caller->count[ERROR], caller->count[WRONG], caller->longest_us);
        wrong += caller->count[WRONG] + (caller->count[RIGHT] == 0);
    }
    printf("load: finished\n");
    return wrong != 0;
}
