/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crowd COUNT GROUP: so many processes, each with its own channel to names, register a name each, look up the others' and wait for one that is to come.
 * Every second one is killed while it waits: its name goes, the others' stay. Then the name comes, and those that are left end in turn. It ends with
 * "crowd: COUNT clients" or says what was wrong.
 */
#include <abi/slots.h>
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <cli/cli.h>
#include <idl/names.h>
#include <idl/proc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/thread.h>
#include <threads/time.h>

#define MOST 120
#define GONE_MS 20000
/* Names by number: 0 to count - 1 are the members' own, `count` comes last; who is ready to be killed, and may end. */
#define GO(number, count) ((count) + 1 + (number))
#define READY(number, count) (2 * (count) + 1 + (number))

static const struct cli cli = {"crowd", "COUNT GROUP",
                               "  So many clients of names at once, whose names are in test.crowd.GROUP.\n"};
static const char *group;
static pid_abi_t member[MOST];

static void need(bool good, const char *what, unsigned number, err_t err)
{
    if (good) return;
    printf("crowd: %s of %u: %s\n", what, number, err_text(err));
    exit(1);
}

static const char *name_of(unsigned number)
{
    static char name[NAMES_NAME_MAX + 1];
    snprintf(name, sizeof(name), "test.crowd.%s.%u", group, number);
    return name;
}

static pid_abi_t await(unsigned number)
{
    cptr_t endpoint = 0;
    pid_abi_t pid = 0;
    err_t err = names_await(names_default(), name_of(number), &pid, &endpoint);
    need(err == ERR_OK, "waiting for the name", number, err);
    cap_free(endpoint);
    return pid;
}

static err_t look_up(unsigned number, pid_abi_t *pid)
{
    cptr_t endpoint = 0;
    err_t err = names_lookup(names_default(), name_of(number), pid, &endpoint);
    cap_free(endpoint);
    return err;
}

/* One of them; `count` is the number of the name that comes last. */
static int be_member(unsigned number, unsigned count)
{
    pid_abi_t own = ((const struct spawn_info *)VADDR_INFO)->pid, pid = 0;
    err_t err = names_register(names_default(), name_of(number), SLOT_ENDPOINT);
    need(err == ERR_OK, "registering the name", number, err);
    for (unsigned i = 1; i < 8; i++) {
        await((number + i * 7) % count);
    }
    err = names_register(names_default(), name_of(READY(number, count)), SLOT_ENDPOINT);
    need(err == ERR_OK, "registering a second name", number, err);
    await(count);
    await(GO(number, count));
    err = look_up(number, &pid);
    need(err == ERR_OK && pid == own, "looking up its own name", number, err);
    return 0;
}

static void member_start(unsigned number, unsigned count)
{
    char args[96];
    int bytes = snprintf(args, sizeof(args), "crowd%cmember%c%s%c%u%c%u", 0, 0, group, 0, number, 0, count);
    err_t err = proc_spawn(proc_default(), "test/crowd", args, (uint32_t)bytes + 1, "", 0, 0, 8, "", 0, NULL, 0,
                           &member[number]);
    need(err == ERR_OK, "spawning", number, err);
}

/* Its name ends with it, a moment later. */
static void is_gone(unsigned number)
{
    ticks_t deadline = deadline_after_ms(GONE_MS);
    pid_abi_t pid;
    err_t err;
    while ((err = look_up(number, &pid)) == ERR_OK && clock_ticks() < deadline) {
        thread_sleep_us(200);
    }
    need(err == ERR_NOT_FOUND, "the name of a dead one", number, err);
}

static void member_end(unsigned number, bool killed)
{
    struct proc_exit exit;
    err_t err = killed ? proc_kill(proc_default(), member[number]) : ERR_OK;
    need(err == ERR_OK, "killing", number, err);
    err = proc_wait(proc_default(), member[number], &exit);
    need(err == ERR_OK && (killed ? exit.kind == EXIT_KILLED : exit.status == 0), "the end", number, err);
}

static void be_parent(unsigned count)
{
    pid_abi_t pid;
    for (unsigned i = 0; i < count; i++) {
        member_start(i, count);
    }
    for (unsigned i = 0; i < count; i++) {
        need(await(READY(i, count)) == member[i], "the pid behind the name", i, ERR_OK);
    }
    for (unsigned i = 0; i < count; i += 2) {
        member_end(i, true);
    }
    for (unsigned i = 0; i < count; i++) {
        if (i % 2 == 0) is_gone(i);
        if (i % 2 != 0) need(look_up(i, &pid) == ERR_OK && pid == member[i], "looking up the name", i, ERR_NOT_FOUND);
    }
    err_t err = names_register(names_default(), name_of(count), SLOT_ENDPOINT);
    need(err == ERR_OK, "registering the last name", count, err);
    for (unsigned i = 1; i < count; i += 2) { /* one after the other: proc remembers PROC_RECORDS ends */
        err = names_register(names_default(), name_of(GO(i, count)), SLOT_ENDPOINT);
        need(err == ERR_OK, "registering for", i, err);
        member_end(i, false);
    }
}

int main(int argc, char **argv)
{
    cli_begin(&cli, argc, argv);
    if (argc == 5 && strcmp(argv[1], "member") == 0) {
        group = argv[2];
        return be_member((unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));
    }
    if (argc != 3) cli_refuse(&cli, "how many?");
    unsigned count = (unsigned)cli_number(&cli, "COUNT", argv[1], MOST);
    group = argv[2];
    be_parent(count);
    printf("crowd: %u clients\n", count);
    return 0;
}
