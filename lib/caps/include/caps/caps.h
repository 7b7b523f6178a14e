/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capability operations and invocations, typed. Each is one system call, except where a comment says
 * otherwise. Slots are caprefs (a cptr is the capref of a slot of one's own); `dst` slots must be empty: get
 * them from caps/slots.h, with the calls that end in _new, or by arithmetic on a run of slots of one's own.
 *
 * Who creates a capability owns it: it calls cap_delete() or cap_free() in the end.
 */
#ifndef CAPS_CAPS_H
#define CAPS_CAPS_H

#include <abi/captypes.h>
#include <abi/errors.h>
#include <abi/slots.h>
#include <abi/syscall.h>
#include <abi/types.h>
#include <stdbool.h>

#define CAP_RIGHTS_ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE)

/* "ERR_NO_MEMORY" -> "out of memory"; unknown codes give "unknown error". Never NULL. */
const char *err_text(err_t error);
/* The name of the enumerator: "ERR_NO_MEMORY". */
const char *err_name(err_t error);

struct cap_info {
    uint32_t type; /* of abi/captypes.h */
    uint32_t rights;
    uint32_t flags; /* IDENTIFY_UNCLEAN >> 16 and so on, as the kernel returned them */
    uint64_t base;  /* only of DmaFrame, DevFrame and Irq */
    uint64_t bytes;
    uint64_t badge;
};

/* Copying and deleting. */
err_t cap_copy(capref_t dst, capref_t src);
err_t cap_copy_rights(capref_t dst, capref_t src, uint64_t rights);
err_t cap_copy_new(cptr_t *dst, capref_t src); /* into a fresh slot */
err_t cap_mint(capref_t dst, capref_t src, uint64_t rights, uint64_t badge_or_limit, uint64_t flags);
err_t cap_mint_new(cptr_t *dst, capref_t src, uint64_t badge, uint64_t flags);
err_t cap_move(capref_t dst, capref_t src);
err_t cap_delete(capref_t slot);
err_t cap_free(cptr_t slot);     /* cap_delete (an empty slot is fine) and slot_free; 0 does nothing */
err_t cap_revoke(capref_t slot); /* asks the monitor if it takes more steps than one call may */
err_t cap_identify(capref_t slot, struct cap_info *info);

/*
 * Makes `count` objects of `bytes` each from src + offset. cap_retype() clears what the kernel left
 * unclean, by as many calls as it takes; cap_retype_unclean() leaves that to the caller.
 */
err_t cap_retype(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes, uint64_t count);
err_t cap_retype_unclean(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes, uint64_t count);
err_t cap_retype_new(cptr_t *dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes); /* one object */
err_t cap_clear(capref_t slot); /* loops until the object is clean */
err_t cap_split(capref_t dst, capref_t src, uint64_t offset);

/* Arena, VNodes. `attributes` are MAP_*. */
err_t arena_alloc(cptr_t arena, capref_t dst, paddr_t base, uint64_t bytes);
err_t vnode_map(cptr_t vnode, capref_t frame, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                capref_t mapping);
err_t vnode_map_table(cptr_t vnode, capref_t table, uint64_t entry, capref_t mapping);
err_t vnode_map_ram(cptr_t vnode, capref_t ram, uint64_t offset, uint64_t entry, uint64_t count, uint64_t attributes,
                    capref_t mapping);
err_t vnode_unmap(cptr_t vnode, capref_t mapping);
/* The Mapping keeps its first `first` pages, `dst` becomes one for the others. */
err_t vnode_split(cptr_t vnode, capref_t mapping, uint64_t first, capref_t dst);
/* The Mapping of one block becomes that of the `table`'s entries, which map the same; dst: the table's own Mapping. */
err_t vnode_break(cptr_t vnode, capref_t mapping, capref_t table, capref_t dst);
err_t vnode_protect(cptr_t vnode, capref_t mapping, uint64_t first, uint64_t count, uint64_t attributes);

/* Dispatcher. */
struct disp_values {
    uint64_t v[4];
};
err_t disp_configure(cptr_t dispatcher, capref_t cspace, capref_t vspace, capref_t frame, capref_t supervisor);
err_t disp_resume(cptr_t dispatcher);
err_t disp_pause(cptr_t dispatcher);
err_t disp_stop(cptr_t dispatcher, uint64_t code);
err_t disp_priority(cptr_t dispatcher, uint64_t priority);
err_t disp_ring(cptr_t dispatcher, uint64_t ring, uint64_t offset, uint64_t slots, cptr_t first_receive_slot);
err_t disp_read(cptr_t dispatcher, uint64_t what, uint64_t first_register, struct disp_values *values);
_Noreturn void disp_exit(uint64_t code);    /* this process */
_Noreturn void disp_faulted(uint64_t code); /* this process; the report is in its dispatcher frame */

/* Irq. endpoint 0 unbinds. */
err_t irq_bind(cptr_t irq, capref_t endpoint);
err_t irq_ack(cptr_t irq);

/* Doorbell of one id: ring it on any core, bind it on its own. */
err_t doorbell_ring(cptr_t bell);
err_t doorbell_bind(cptr_t bell, capref_t endpoint); /* endpoint 0 unbinds */

/* Kernel: `op` is KERNEL_*; up to seven arguments in a[], results x1-x5 in a[0..4]. */
err_t kernel_invoke(cptr_t kernel, unsigned op, uint64_t a[7]);

void sys_yield(void);

/*
 * While memory that several cores share is being revoked, the kernel copies, maps and sends nothing of it: ERR_RETRY_THROUGH_MONITOR. That is
 * over in microseconds, so cap_copy(), cap_mint() and vnode_map() try again, for a second or two, as others do with this: true if `error` is
 * that one and it has waited. `tries` is 0 before the first time.
 */
bool caps_wait(err_t error, unsigned *tries);

/* How it waits; false: it cannot, now. The runtime sets this and the next one. */
void caps_set_wait(bool (*wait)(uint64_t us));

/* What cap_revoke() and cap_retype() call on ERR_RETRY_THROUGH_MONITOR. */
typedef err_t caps_retyper(capref_t dst, capref_t src, uint64_t offset, uint32_t type, uint64_t bytes, uint64_t count);
void caps_set_monitor(err_t (*revoke)(capref_t slot), caps_retyper *retype);

#endif
