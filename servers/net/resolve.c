/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of hosts, by DNS. */
#include "net.h"
#include "settings.h"
#include <stdlib.h>

struct question {
    void (*done)(void *context, uint32_t address);
    void *context;
};

static void found(const char *name, const ip_addr_t *address, void *argument)
{
    struct question *question = argument;
    (void)name;
    question->done(question->context, address != NULL ? address->addr : 0);
    free(question);
}

/* DHCP says with each lease which name servers there are; what was set by hand goes first. */
static void servers_by_hand(void)
{
    for (unsigned i = 0; i < DNS_MAX_SERVERS && i < SETTINGS_SERVERS; i++) {
        ip_addr_t server = {settings_now()->servers[i]};
        if (server.addr != 0) dns_setserver((u8_t)i, &server);
    }
}

err_t resolve_begin(const char *name, uint32_t *address, void (*done)(void *context, uint32_t address), void *context)
{
    ip_addr_t result;
    struct question *question = malloc(sizeof *question);
    if (question == NULL) return ERR_NO_MEMORY;
    *question = (struct question){done, context};
    timers_active();
    servers_by_hand();
    lwip_err_t error = dns_gethostbyname(name, &result, found, question);
    if (error == ERR_INPROGRESS) return ERR_IN_PROGRESS;
    free(question);
    *address = result.addr;
    return error == LWIP_OK ? ERR_OK : error == ERR_MEM ? ERR_BUSY : ERR_NOT_FOUND;
}

void resolve_tick(void)
{
    dns_tmr();
}

uint32_t resolve_server(uint32_t number)
{
    servers_by_hand();
    return number < DNS_MAX_SERVERS ? dns_getserver((u8_t)number)->addr : 0;
}

err_t resolve_set_server(uint32_t number, uint32_t address)
{
    ip_addr_t server = {address};
    if (number >= DNS_MAX_SERVERS || !settings_set_server(number, address)) return ERR_TOO_MANY;
    dns_setserver((u8_t)number, &server);
    return ERR_OK;
}
