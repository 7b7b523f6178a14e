/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages on one core: at most eight words and one capability from a dispatcher to
 * an endpoint. lmp_send() decides; if the receiver is blocked with nothing pending the
 * message goes straight into its registers, else into the ring that the endpoint names.
 */
#ifndef KERNEL_LMP_H
#define KERNEL_LMP_H

#include <kernel/dispatcher.h>
#include <stdint.h>

/* SYS_LMP with the caller's registers: x[0..7] words, x[8] the call word, x[9] endpoint, x[10] capability,
 * x[11] deadline. Anything but ERR_OK has changed nothing (but for the wait that LMP_WAKE asks for). */
err_t lmp_syscall(struct dcb *sender, const uint64_t *x);

/*
 * The same for the case that decides how fast a call and its reply are: LMP_BLOCK, no capability, no deadline, the
 * receiver waits for it and may run now. Everything that lmp_syscall() would check holds, or this returns 0 and has done
 * nothing. Else: the receiver, switched to, entered by LEAVE_UPCALL. Of the sender only x0-x11 need have been saved.
 */
struct dcb *lmp_fast(struct dcb *sender);

/* DISP_RING: arguments as in abi/syscall.h. */
err_t lmp_ring_set(struct dcb *dcb, uint64_t ring, uint64_t offset, uint64_t slots, uint64_t receive);

/* The dispatcher leaves the processor or resumes a thread, and so may have made room: those who wait for
 * it are put on the list of those to be woken. Costs one comparison if nobody waits. */
void lmp_room_made(struct dcb *dcb);

/* Wake some of those (a bounded number); true if more are left. */
bool lmp_wake_some(void);

/* The dispatcher ends: it waits for nobody, and nobody waits for it. */
void lmp_forget(struct dcb *dcb);

#endif
