/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a card and keeping it open. A driver that was started again has the same memory as the one before it and has reset the
 * device before it answers: so what is in buffers that the stack holds stays as it is.
 */
#include <nic/nic.h>

#include <caps/caps.h>
#include <paging/paging.h>

#define RETRY_US 1000 /* a card that is not there (yet) */

static void lost(void *context, uint32_t buffer)
{
    struct nic *nic = context;
    nic->handlers->lost(nic, buffer);
}

/* The memory is mapped once: it stays the same for as long as the machine runs. */
static err_t memory_map(struct nic *nic, cptr_t frame)
{
    struct cap_info info;
    err_t err = cap_identify(frame, &info);
    if (err != ERR_OK) return err;
    if (info.type != CAP_DMAFRAME) return ERR_CAP_TYPE;
    if (nic->memory != 0) return info.base == nic->base && info.bytes == nic->bytes ? ERR_OK : ERR_MESSAGE;
    err = paging_map(frame, 0, info.bytes, MAP_READ | MAP_WRITE, 0, "packets", &nic->memory);
    if (err != ERR_OK) return err;
    nic->base = info.base;
    nic->bytes = info.bytes;
    return ERR_OK;
}

static err_t open_once(struct nic *nic)
{
    struct nic_info info;
    cptr_t frame = 0, ring = 0;
    err_t err = nic_client_rebind(&nic->client);
    if (err == ERR_OK) err = nic_open(&nic->client, nic->bell.endpoint, &info, &frame, &ring);
    if (err != ERR_OK) return err;
    err = memory_map(nic, frame);
    cap_free(frame);
    if (err == ERR_OK) {
        err = nic_port_open(&nic->port, (void *)nic->memory, nic->bytes, info.slots, info.buffers, lost, nic);
    }
    if (err != ERR_OK) {
        cap_free(ring);
        nic_client_close(&nic->client);
        return err;
    }
    nic->ring = ring;
    nic->info = info;
    return ERR_OK;
}

static void try_open(struct event *event)
{
    struct nic *nic = event->context;
    if (open_once(nic) != ERR_OK) {
        timer_set(nic->waitset, &nic->retry, deadline_after_us(RETRY_US));
        return;
    }
    nic->open = true;
    nic->handlers->opened(nic);
    event_post(nic->waitset, &nic->bell.event);
}

static void driver_gone(struct nic *nic)
{
    if (!nic->open) return;
    nic->open = false;
    cap_free(nic->ring);
    nic->ring = 0;
    if (nic->handlers->gone != NULL) nic->handlers->gone(nic);
    timer_set(nic->waitset, &nic->retry, clock_ticks());
}

static void on_hung_up(struct event *event)
{
    driver_gone(event->context);
}

/* In an upcall. */
static void channel_hung_up(struct channel *channel)
{
    struct nic *nic = (struct nic *)((char *)channel - offsetof(struct nic, client.channel));
    event_post(nic->waitset, &nic->hung_up);
}

static void on_bell(struct event *event)
{
    struct nic *nic = event->context;
    if (nic->open) nic->handlers->ready(nic);
}

err_t nic_start(struct nic *nic, const char *name, struct waitset *waitset, const struct nic_handlers *handlers)
{
    nic->memory = 0;
    nic->port.buffers = 0;
    nic->open = false;
    nic->waitset = waitset;
    nic->handlers = handlers;
    nic->client = (struct nic_client)NIC_CLIENT_NAMED(name);
    nic->client.channel.hung_up = channel_hung_up;
    nic->hung_up = (struct event){.run = on_hung_up, .context = nic};
    nic->retry = (struct timer){.event = {.run = try_open, .context = nic}};
    err_t err = signal_open(waitset, &nic->bell, on_bell, nic);
    if (err == ERR_OK) timer_set(waitset, &nic->retry, clock_ticks());
    return err;
}

void nic_flush(struct nic *nic)
{
    if (nic->open && nic_out_publish(&nic->port.out)) doorbell_ring(nic->ring);
}

bool nic_sleep(struct nic *nic)
{
    return !nic->open || nic_in_sleep(&nic->port.in);
}

void nic_again(struct nic *nic)
{
    event_post(nic->waitset, &nic->bell.event);
}

void nic_drop(struct nic *nic)
{
    nic_client_close(&nic->client);
    driver_gone(nic);
}
