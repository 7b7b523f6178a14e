/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network card, for the stack: opens it by name, again whenever its driver was started anew, and wakes the stack.
 *
 *     static const struct nic_handlers handlers = {.opened = opened, .ready = ready, .lost = lost};
 *     nic_start(&nic, "nic", &server.waitset, &handlers);
 *
 *     static void ready(struct nic *nic)
 *     {
 *         struct nic_packet packet;
 *         do {
 *             while (nic_receive(&nic->port, &packet) == ERR_OK)
 *                 ...                          nic_send(), nic_free()
 *             nic_refill(&nic->port, 128);
 *             nic_flush(nic);                  once for all that was sent and refilled
 *         } while (!nic_sleep(nic));
 *     }
 *
 * Whoever sends at other times calls nic_flush() when it has put in what there is, not after each packet. All by the waitset's thread.
 */
#ifndef NIC_NIC_H
#define NIC_NIC_H

#include <idl/nic.h>
#include <messaging/waitset.h>
#include <nic/port.h>

struct nic;

struct nic_handlers {
    void (*opened)(struct nic *nic); /* also each time that the driver was started again: nic->info may have changed */
    void (*ready)(struct nic *nic);  /* something has come, or the link has changed. After opened(), too */
    void (*gone)(struct nic *nic);   /* the driver is gone, packets go nowhere until opened(). May be NULL */
    /* While it is opened again: what was to be sent in this buffer has perhaps not been sent, and the buffer is held again. */
    void (*lost)(struct nic *nic, uint32_t buffer);
};

struct nic {
    struct nic_port port;
    struct nic_info info;
    bool open;
    void *context; /* the stack's own */

    /* The library's: */
    const struct nic_handlers *handlers;
    struct nic_client client;
    struct waitset *waitset;
    struct signal bell; /* rung by the driver */
    struct event hung_up;
    struct timer retry;
    cptr_t ring; /* the driver's doorbell */
    vaddr_t memory;
    size_t bytes;
    paddr_t base;
};

/* Opens the card `name` (not copied) as soon as there is one, and from then on. ERR_TOO_MANY: no signal is left. */
err_t nic_start(struct nic *nic, const char *name, struct waitset *waitset, const struct nic_handlers *handlers);

/* Let the driver see what was put in since the last time. Does nothing while there is no driver. */
void nic_flush(struct nic *nic);

/* Ask for ready() when something comes. False: something has come already. */
bool nic_sleep(struct nic *nic);

/* Instead of nic_sleep(): ready() is called again, after what else there is to do. */
void nic_again(struct nic *nic);

/* The driver broke the rules (ERR_MESSAGE of nic_receive()): leave it, and open the card again. */
void nic_drop(struct nic *nic);

#endif
