/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of init share. Floors, from below: log, boot, keep; trusted, devices; supervise; main.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "inventory.h"
#include <abi/bootinfo.h>
#include <abi/slots.h>
#include <idl/init.h>
#include <messaging/server.h>

/* The processes that init makes itself, in this order, with pids that are fixed. */
#define PID_OF(number) ((pid_abi_t)BOOTINFO->core << 32 | (number))
#define PID_INIT PID_OF(1)
#define PID_MEM PID_OF(2)
#define PID_NAMES PID_OF(3)
#define PID_PROC PID_OF(4)

extern struct server server;
extern struct service init_service;
#define BOOTINFO ((const struct bootinfo *)VADDR_BOOTINFO)

/* log.c: one line, with the time since reset in front, to the kernel's log (and the console while no driver has it). */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_text(const char *text); /* as it is */
void log_console(bool on);
/* Say what is wrong, on the console too, and stop for good: the system cannot run. */
_Noreturn void halt(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* boot.c: is what the kernel handed over sound? Halts if not. */
void boot_check(void);
const char *boot_inventory(size_t *bytes);
/* RAM before mem is there: two pieces of the largest Arena, one for init itself, one to make mem of. */
struct boot_ram {
    paddr_t base;
    uint64_t bytes, used;
};
extern struct boot_ram boot_ram_init, boot_ram_mem;
extern const struct ram_source boot_ram_source_init, boot_ram_source_mem;
/* Give what is left of the pieces to mem. */
void boot_ram_return(void);

/* keep.c: what a service leaves to its successor. Set bytes (0: nothing), slots and more, the rest 0. */
struct keep {
    uint32_t bytes; /* of state */
    uint32_t slots; /* for capabilities */
    uint32_t more;  /* slots that it may add, of RAM of its own: the L1CNode has room for them */
    cptr_t block, frame, cnode;
};
err_t keep_make(struct keep *keep);
void keep_drop(struct keep *keep);
/* What is in it is lost: nobody can go on with it. */
err_t keep_renew(struct keep *keep);

/*
 * trusted.c: start mem, names and proc, and hand processes to proc that it did not make; halts if that fails. Then start names and
 * proc again when they end: in a thread of its own, since everybody else may wait for them.
 */
void trusted_start(void);
struct proc_client *trusted_proc(void);
pid_abi_t trusted_proc_pid(void);
/* A fresh endpoint to names for the caller, once there is one: answered here or later. */
err_t trusted_reconnect(struct call *call, const char *service, cptr_t *endpoint);
void trusted_reconnect_canceled(struct reply *reply);

/* devices.c: the n-th device that a driver's line matches (by its compatible strings, in their order). */
#define DEVICE_CAPS 11 /* of the 15 that a process may be passed: two are for what is kept, two for rights to names */
#define DEVICE_ARGS 1536
struct device_grant {
    int node;
    bool console;           /* the kernel's console is this device */
    char args[DEVICE_ARGS]; /* strings, each ended by a NUL */
    uint32_t args_bytes;
    cptr_t caps[DEVICE_CAPS];
    uint32_t cap_count;
};
/* ERR_NOT_FOUND: there is no such. Others: what is wrong was logged. */
err_t device_find(const struct inventory_entry *entry, uint32_t n, struct device_grant *grant);

/* devices.c: one more argument of a driver. */
err_t device_arg(struct device_grant *grant, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* grants.c: what a driver's line asks for beyond its device: memory for DMA, which its successors get again, and doorbells. */
err_t grants_add(const struct inventory_entry *entry, struct device_grant *grant);

/* probe.c: of which kind is the virtio device behind the registers at `offset` of a DevFrame? 0: there is none. probe_end() when all have been
 * looked at: until then a page of them is mapped, and cannot be given away. */
uint32_t probe_virtio(cptr_t frame, uint64_t offset);
void probe_end(void);

/* supervise.c: start what the inventory says, and again what dies. Runs for ever in a thread of its own. */
_Noreturn void supervise(void);
uint32_t supervise_list(uint32_t first, struct init_service *services, uint32_t most);

#endif
