/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monitor, as init starts it. It shares nothing with init but the Kernel capability (SLOT_KERNEL).
 */
#ifndef MONITOR_MONITOR_H
#define MONITOR_MONITOR_H

#include <abi/errors.h>
#include <abi/types.h>
#include <idl/monitor.h>
#include <messaging/server.h>

extern struct service monitor_service;

/* Doorbells of each core, at the end of their numbers, that are init's to give to drivers; the others are the monitor's. */
#define BELLS_OF_DRIVERS 64

/* init's: one line in the kernel's log. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* main.c: add the service to init's server. */
err_t monitor_init(struct server *server);
/* Process `pid` may introduce others: proc. */
void monitor_trust(pid_abi_t pid);
pid_abi_t monitor_trusted(void);
/* Process `pid` may power off and reboot. */
void monitor_allow_power(pid_abi_t pid);

/* bindings.c: start the thread that makes channels by UMP; names must be up. */
err_t bindings_start(void);

/* steps.c: start the thread that reaps and drains; mem must be up. */
err_t steps_start(void);
/* Freed blocks that could not go on may do so now. */
void steps_drain(void);
/* Revoke in steps, then answer; `dispatcher` is the thread's from now on. ERR_BUSY: too many at once. */
err_t steps_revoke(capref_t capref, cptr_t dispatcher, struct reply *reply);

/* cores.c: start the threads; a core that was started by another says that it is up. mem must be there. */
err_t cores_start(void);
/* cores.c: boot all cores that are off, one after the other; nobody waits for it. */
void cores_boot_all(void);
/* remote_log.c: something was written to this core's log. From any thread, at any time. */
void remote_log_written(void);

#endif
