/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told of which interrupt or doorbell of this core. One entry per INTID and per doorbell; a dispatcher's entries are
 * linked, so that its end unbinds them. Interrupts below 32 belong to the core itself and are never bound.
 */
#include <arch/gic.h>
#include <kernel/compiler.h>
#include <kernel/cspace.h>
#include <kernel/irq.h>
#include <kernel/log.h>

#define IRQ_SHARED_FIRST 32

struct irq_binding {
    struct dcb *receiver; /* NULL: not bound */
    uint16_t bit;         /* signal bit of the receiver */
    uint16_t next;        /* next of the same receiver, or IRQ_NONE */
    bool active;          /* taken and not yet deactivated: it cannot come again */
};

uint64_t irq_count;
static struct irq_binding bindings[IRQ_BELL(DOORBELL_IDS)];

static void deactivate(uint32_t intid)
{
    if (bindings[intid].active) {
        bindings[intid].active = false;
        gic_deactivate(intid);
    }
}

void irq_unbind(uint32_t intid)
{
    struct dcb *receiver = bindings[intid].receiver;
    if (receiver == NULL) {
        return;
    }
    uint16_t *link = &receiver->irq_first;
    while (*link != intid) {
        link = &bindings[*link].next;
    }
    *link = bindings[intid].next;
    bindings[intid].receiver = NULL;
}

void irq_forget(struct dcb *dcb)
{
    while (dcb->irq_first != IRQ_NONE) {
        irq_unbind(dcb->irq_first);
    }
}

/* An interrupt that came while nobody was bound, or whose receiver died, comes again for the new one. */
err_t irq_bind(uint32_t intid, capref_t ref)
{
    if (ref == 0) {
        irq_unbind(intid);
        return ERR_OK;
    }
    struct slot *slot;
    err_t err = cspace_find(&core.current->cspace.cap, ref, &slot);
    if (err != ERR_OK) {
        return err;
    }
    err = cap_expect(&slot->cap, CAP_ENDPOINT);
    if (err != ERR_OK) {
        return err;
    }
    struct dcb *receiver = phys_to_virt(slot->cap.base);
    if (receiver->state == DISP_STATE_STOPPED) {
        return ERR_ENDPOINT_DEAD;
    }
    if (bindings[intid].receiver != NULL) {
        return ERR_IRQ_BOUND;
    }
    bindings[intid].receiver = receiver;
    bindings[intid].bit = slot->cap.badge % DISP_SIGNALS;
    bindings[intid].next = receiver->irq_first;
    receiver->irq_first = intid;
    deactivate(intid);
    return ERR_OK;
}

OUT_OF_LINE err_t irq_invoke(const struct cap *irq, unsigned op, uint64_t *x)
{
    if (op != IRQ_BIND && op != IRQ_ACK) {
        return ERR_SYSCALL;
    }
    if (irq->bytes != 1 || irq->base < IRQ_SHARED_FIRST || irq->base >= IRQ_COUNT) {
        return ERR_ARGUMENT;
    }
    if (op == IRQ_BIND) {
        return irq_bind(irq->base, x[0]);
    }
    if (bindings[irq->base].receiver == NULL) {
        return ERR_IRQ_BOUND;
    }
    deactivate(irq->base);
    return ERR_OK;
}

void irq_signal(uint32_t intid)
{
    if (bindings[intid].receiver != NULL) {
        dispatcher_signal(bindings[intid].receiver, bindings[intid].bit);
    }
}

void irq_deliver(uint32_t intid)
{
    irq_count++;
    if (intid >= IRQ_COUNT) {
        return;
    }
    bindings[intid].active = true;
    if (bindings[intid].receiver == NULL) {
        LOG(IRQ, INFO, "interrupt %u: nobody is bound to it", intid);
    }
    irq_signal(intid);
}
