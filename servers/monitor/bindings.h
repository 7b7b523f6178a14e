/* SPDX-License-Identifier: BSD-2-Clause */
/* Channels by UMP: who binds to whom, and what lies between them (doc/ump.md). */
#ifndef MONITOR_BINDINGS_H
#define MONITOR_BINDINGS_H

#include <idl/monitor.h>
#include <messaging/server.h>

/* Add the service that leashes belong to; bindings_start() (monitor.h) starts the thread. */
err_t bindings_init(struct server *server);
/* monitor_bind(): `bell` is the thread's from now on, unless an error says that nothing was taken. */
err_t bindings_bind(const char *name, pid_abi_t server, pid_abi_t client, uint32_t slots, cptr_t bell,
                    struct reply *reply);

/* binding_list.c: the channels by UMP to services of this core, from number *next on; 0: that was all. */
uint32_t bindings_list(uint32_t *next, struct monitor_channel *list, uint32_t most);

#endif
