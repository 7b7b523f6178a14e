/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of hosts where there is no DNS. */
#include "net.h"

err_t resolve_begin(const char *name, uint32_t *address, void (*done)(void *context, uint32_t address), void *context)
{
    (void)name, (void)address, (void)done, (void)context;
    return ERR_UNSUPPORTED;
}

void resolve_tick(void) {}

uint32_t resolve_server(uint32_t number)
{
    (void)number;
    return 0;
}

err_t resolve_set_server(uint32_t number, uint32_t address)
{
    (void)number, (void)address;
    return ERR_UNSUPPORTED;
}
