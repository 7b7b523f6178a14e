/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for cores.c and link.c in a build for one core. */
#include "cores.h"
#include "link.h"
#include "remote_log.h"

err_t cores_start(void)
{
    return ERR_OK;
}

void cores_boot_all(void) {}

err_t cores_boot(coreid_t core, struct reply *reply)
{
    (void)reply;
    return core == 0 ? ERR_EXISTS : ERR_NOT_FOUND;
}

uint32_t cores_list(uint32_t first, struct monitor_core *list, uint32_t most)
{
    if (first != 0 || most == 0) return 0;
    list[0] = (struct monitor_core){.state = MONITOR_CORE_UP};
    return 1;
}

const struct cores_shared *cores_shared(void)
{
    return NULL;
}

coreid_t cores_home(paddr_t address)
{
    (void)address;
    return 0;
}

void link_handle(enum link_kind kind, link_handler handler)
{
    (void)kind, (void)handler;
}

err_t link_send(coreid_t to, enum link_kind kind, const uint64_t *w, unsigned words)
{
    (void)to, (void)kind, (void)w, (void)words;
    return ERR_NOT_FOUND;
}

bool link_is_open(coreid_t core)
{
    (void)core;
    return false;
}

void remote_log_written(void) {}

void remote_log_dump(void) {}
