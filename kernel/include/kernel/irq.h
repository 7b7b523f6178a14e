/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts as signals: an interrupt that is bound to an endpoint sets that
 * endpoint's signal bit, and stays active (so it cannot come again) until IRQ_ACK.
 * The distributor is not the kernel's: a user driver owns it.
 */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <abi/types.h>
#include <kernel/dispatcher.h>
#include <stdint.h>

#define IRQ_COUNT 1020                  /* INTIDs 0-1019; those above are special or LPIs */
#define IRQ_BELL(id) (IRQ_COUNT + (id)) /* the numbers after them are this core's doorbells */
#define IRQ_NONE 0xffff

/* SYS_INVOKE on an Irq capability: IRQ_BIND (x[0] cptr of an Endpoint) and IRQ_ACK, of a range of exactly one. */
err_t irq_invoke(const struct cap *irq, unsigned op, uint64_t *x);

/* One interrupt that is not the kernel's own has been taken: signal whom it is bound to, if anybody. */
void irq_deliver(uint32_t intid);

/* Interrupt or bell `number` signals the Endpoint in slot `ref` of the caller from now on; 0: nobody. */
err_t irq_bind(uint32_t number, capref_t ref);
/* Signal whom it is bound to, if anybody. */
void irq_signal(uint32_t number);

/* The last capability to this interrupt (or bell) is gone: it is bound to nobody and stays silent. */
void irq_unbind(uint32_t intid);

/* The dispatcher ends: all its interrupts are unbound. */
void irq_forget(struct dcb *dcb);

extern uint64_t irq_count;

#endif
