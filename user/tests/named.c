/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers, looks up and deregisters names without end, or `named ROUNDS` times, and finds that nothing is lost whatever becomes of names: what is
 * registered is found with this process's pid and its properties until it is deregistered. A call that names did not outlive may have been
 * made or not; then the program looks. It ends with "named: N rounds, M calls not answered" or says what was lost.
 */
#include "support.h"
#include <abi/spawn_info.h>
#include <caps/caps.h>
#include <idl/names.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES 8

static uint64_t own;
static unsigned unanswered;

static _Noreturn void lost(const char *what, const char *name, err_t err)
{
    printf("named: %s %s: %s\n", what, name, err_name(err));
    exit(1);
}

static bool is_there(const char *name)
{
    uint64_t pid = 0;
    cptr_t endpoint = 0;
    err_t err = names_lookup(names_default(), name, &pid, &endpoint);
    if (err == ERR_NOT_FOUND) return false;
    if (err != ERR_OK || pid != own || endpoint == 0) lost("looked up", name, err != ERR_OK ? err : ERR_INVALID);
    cap_free(endpoint);
    return true;
}

static void name_add(const char *name)
{
    err_t err = names_register_with(names_default(), name, "kind=load", NAMES_COPIES, SLOT_ENDPOINT);
    if (err == ERR_PEER_DEAD) {
        unanswered++;
        if (!is_there(name)) err = names_register_with(names_default(), name, "kind=load", NAMES_COPIES, SLOT_ENDPOINT);
        if (err == ERR_PEER_DEAD || err == ERR_EXISTS) err = is_there(name) ? ERR_OK : err;
    }
    if (err != ERR_OK || !is_there(name)) lost("registered", name, err);
}

static void name_remove(const char *name)
{
    err_t err = names_deregister(names_default(), name);
    if (err == ERR_PEER_DEAD) {
        unanswered++;
        err = names_deregister(names_default(), name);
        if (err == ERR_NOT_FOUND) err = ERR_OK;
    }
    if (err != ERR_OK || is_there(name)) lost("deregistered", name, err);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)atoi(argv[1]) : 0, round = 0;
    char name[NAMES][32];
    own = ((const struct spawn_info *)VADDR_INFO)->pid;
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name[i], sizeof(name[i]), "test.named.%u.%u", (unsigned)own, i);
    }
    do {
        for (unsigned i = 0; i < NAMES; i++) {
            name_add(name[i]);
        }
        for (unsigned i = 0; i < 4 * NAMES; i++) {
            if (!is_there(name[i * 5 % NAMES])) lost("forgot", name[i * 5 % NAMES], ERR_NOT_FOUND);
        }
        for (unsigned i = 0; i < NAMES; i++) {
            name_remove(name[i]);
        }
    } while (++round != rounds);
    printf("named: %u rounds, %u calls not answered\n", round, unanswered);
    return 0;
}
