/* SPDX-License-Identifier: BSD-2-Clause */
/* Doorbell capabilities: which bell it is, and whose. */
#include <kernel/doorbell.h>
#include <kernel/irq.h>
#include <kernel/peers.h>

err_t doorbell_invoke(const struct cap *bell, unsigned op, const uint64_t *x)
{
    uint64_t core_of = bell->base / DOORBELL_IDS;
    uint32_t number = IRQ_BELL(bell->base % DOORBELL_IDS);
    if (op != DOORBELL_RING && op != DOORBELL_BIND) {
        return ERR_SYSCALL;
    }
    if (bell->bytes != 1) {
        return ERR_ARGUMENT;
    }
    if (core_of != kernel_core) {
        return op == DOORBELL_BIND ? ERR_ARGUMENT : peer_ring((coreid_t)core_of, bell->base % DOORBELL_IDS);
    }
    if (op == DOORBELL_BIND) {
        return irq_bind(number, x[0]);
    }
    irq_signal(number);
    return ERR_OK;
}
