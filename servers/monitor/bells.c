/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process has one doorbell, known by its dispatcher's address. It is bound when the first channel needs it and unbound with the last;
 * if the process died meanwhile and another got its address, binding again makes the bell the new one's.
 */
#include "bells.h"
#include "cores.h"
#include "monitor.h"
#include <caps/caps.h>
#include <stdlib.h>

#define BOOTINFO ((const struct bootinfo *)VADDR_BOOTINFO)
#define BELL_BADGE (1ull << 62) /* lib/messaging gives such an endpoint to nobody but us */

static struct {
    uint64_t dispatcher;
    uint32_t users;
} bells[DOORBELL_IDS];

/* A bell is made once and stays; others get copies. Who keeps one for too long can only wake somebody for nothing. */
static cptr_t *caps[CORES_MAX];

static err_t bell_cap(coreid_t core, uint32_t bell, cptr_t *cap)
{
    if (core >= CORES_MAX || bell >= DOORBELL_IDS) return ERR_ARGUMENT;
    if (caps[core] == NULL) caps[core] = calloc(DOORBELL_IDS, sizeof(cptr_t));
    if (caps[core] == NULL) return ERR_NO_MEMORY;
    err_t err = ERR_OK;
    if (caps[core][bell] == 0) {
        err = cap_retype_new(&caps[core][bell], SLOT_DOORBELLS, DOORBELL(core, bell), CAP_DOORBELL, 1);
    }
    *cap = caps[core][bell];
    return err;
}

static err_t dispatcher_of(cptr_t endpoint, uint64_t *dispatcher)
{
    uint64_t a[7] = {0, endpoint};
    err_t err = kernel_invoke(SLOT_KERNEL, KERNEL_IDENTIFY, a);
    if (err != ERR_OK) return err;
    if ((a[0] & 0xff) != CAP_ENDPOINT || (a[3] >> 62) != BELL_BADGE >> 62) return ERR_PERMISSION;
    *dispatcher = a[1];
    return ERR_OK;
}

static err_t bell_bind(uint32_t bell, cptr_t endpoint)
{
    cptr_t cap;
    err_t err = bell_cap(BOOTINFO->core, bell, &cap);
    if (err == ERR_OK) err = doorbell_bind(cap, endpoint);
    return err == ERR_IRQ_BOUND ? ERR_OK : err; /* and it is alive: the end of a dispatcher unbinds */
}

err_t bell_open(cptr_t endpoint, uint32_t *bell)
{
    uint64_t dispatcher;
    uint32_t found = 0;
    err_t err = dispatcher_of(endpoint, &dispatcher);
    for (uint32_t i = BELL_FIRST; err == ERR_OK && i < DOORBELL_IDS - BELLS_OF_DRIVERS; i++) {
        if (bells[i].users == 0 && found == 0) found = i;
        if (bells[i].users == 0 || bells[i].dispatcher != dispatcher) continue;
        found = i;
        break;
    }
    if (err == ERR_OK && found == 0) err = ERR_TOO_MANY;
    if (err == ERR_OK) err = bell_bind(found, endpoint);
    if (err != ERR_OK) return err;
    bells[found].dispatcher = dispatcher;
    bells[found].users++;
    *bell = found;
    return ERR_OK;
}

void bell_close(uint32_t bell)
{
    if (bell == 0 || --bells[bell].users != 0) return;
    doorbell_bind(caps[BOOTINFO->core][bell], 0);
}

err_t bell_ring_cap(coreid_t core, uint32_t bell, cptr_t *cap)
{
    cptr_t own;
    err_t err = bell_cap(core, bell, &own);
    return err == ERR_OK ? cap_copy_new(cap, own) : err;
}
