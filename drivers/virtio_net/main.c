/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Driver of virtio network devices. One thread: requests, the device's interrupt, the stack's bell and two timers are events of the server's
 * waitset. The device works only while a stack has the card; it is reset before anything else is done with its memory, which may be that of a
 * driver that was killed, and whenever it or the stack does what it may not. What was to be sent then is lost, nothing else.
 */
#include <stdio.h>
#include <string.h>

#include <caps/caps.h>
#include <driver/device.h>
#include <driver/interrupt.h>
#include <idl/init.h>
#include <idl/names.h>
#include <idl/nic.h>
#include <messaging/server.h>
#include <threads/thread.h>
#include <threads/time.h>

#include "net.h"
#include "virtio.h"

#define PRIORITY 0x80       /* of the interrupt */
#define PATIENCE_US 2000000 /* for a packet to be sent */
#define REVIVE_US                                                                                                      \
    100000 /* between a reset and the next start, if the device misbehaved; twice that if it does again, */
#define REVIVE_MOST_US 5000000
#define REVIVE_FORGET_US 10000000 /* within so long */
#define RESET_US 100              /* between looks whether it has acknowledged a reset */
#define MTU 1500
#define DMA_QUEUES 0
#define DMA_PACKETS 1
#define BELL_OWN 0
#define BELL_STACK 1

static struct {
    struct device device;
    struct virtio virtio;
    volatile void *registers;
    void *queues, *packets;
    paddr_t queues_base, packets_base;
    struct net net;
    struct virtio_config config;
    struct server server;
    struct client *stack; /* NULL: none */
    bool working;         /* the device is */
    bool silent;          /* it has not acknowledged its last reset: its memory must not be touched */
    struct interrupt interrupt;
    struct signal bell;
    struct timer watch, revive;
    uint16_t watched; /* net_progress() when the watch was set */
    ticks_t failed;   /* when the device misbehaved last */
    uint64_t revive_us;
    uint64_t interrupts, kicks, rings, resets;
    char name[16];
} nic;

static void say(const char *what, err_t err)
{
    char line[160];
    snprintf(line, sizeof line, "%s: %s: %s", nic.name, what, err_text(err));
    init_log(init_default(), line);
}

static uint32_t register_read(void *context, uint32_t offset, unsigned bytes)
{
    volatile char *at = (volatile char *)nic.registers + offset;
    (void)context;
    uint32_t value = bytes == 1   ? *(volatile uint8_t *)at
                     : bytes == 2 ? *(volatile uint16_t *)at
                                  : *(volatile uint32_t *)at;
    device_barrier(); /* what it tells of is read after it */
    return value;
}

static void register_write(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    device_barrier(); /* what the device is told of is in memory */
    device_write32(nic.registers, offset, value);
}

static void register_pause(void *context)
{
    (void)context;
    thread_sleep_us(RESET_US);
}

/* Whatever it was doing, it does no more. False: it does not answer. */
static bool device_stop(void)
{
    nic.working = false;
    timer_set(&nic.server.waitset, &nic.watch, 0);
    err_t err = virtio_reset(&nic.virtio);
    if (err != ERR_OK && !nic.silent) say("the device does not acknowledge a reset", err);
    nic.silent = err != ERR_OK;
    return err == ERR_OK;
}

static err_t device_queues(void)
{
    const struct virtio *virtio = &nic.virtio;
    uint16_t receive = virtio_queue_size(&nic.virtio, VIRTIO_RECEIVE, VIRTQUEUE_MAX);
    uint16_t send = virtio_queue_size(&nic.virtio, VIRTIO_SEND, VIRTQUEUE_MAX);
    size_t first = VIRTQUEUE_BYTES(receive);
    bool merged = (virtio->features & FEATURE_MERGED) != 0;
    struct net_features features = {
        .header_bytes = virtio->legacy && !merged ? 10 : 12,
        .merged = merged,
        .checksum_receive = (virtio->features & FEATURE_GUEST_CSUM) != 0,
        .checksum_send = (virtio->features & FEATURE_CSUM) != 0,
    };
    if (receive < NIC_PIECES || send < 2 * NIC_PIECES || first + VIRTQUEUE_BYTES(send) > nic.device.dma[DMA_QUEUES].bytes)
        return ERR_DEVICE;
    net_start(&nic.net, &features, nic.queues, receive, (char *)nic.queues + first, send,
              (virtio->features & FEATURE_EVENT_INDEX) != 0);
    err_t err = virtio_queue_set(&nic.virtio, VIRTIO_RECEIVE, nic.queues_base, receive);
    return err != ERR_OK ? err : virtio_queue_set(&nic.virtio, VIRTIO_SEND, nic.queues_base + first, send);
}

/* After a reset. */
static err_t device_start(void)
{
    err_t err = virtio_negotiate(&nic.virtio);
    if (err == ERR_OK) err = device_queues();
    if (err == ERR_OK) virtio_configuration(&nic.virtio, &nic.config);
    if (err == ERR_OK) err = virtio_go(&nic.virtio);
    nic.working = err == ERR_OK;
    return err;
}

static void link_tell(void)
{
    if (atomic_exchange_explicit(&nic.net.area->link, nic.config.link, memory_order_relaxed) == nic.config.link) return;
    doorbell_ring(nic.device.bell[BELL_STACK]);
}

static void stack_leave(void)
{
    nic.stack = NULL;
    timer_set(&nic.server.waitset, &nic.revive, 0);
    doorbell_bind(nic.device.bell[BELL_STACK], 0);
    nic.resets++;
    device_stop();
}

/* Later and later: each time costs something, and writes a line into the log. */
static void revive_later(void)
{
    ticks_t now = clock_ticks();
    bool again = nic.failed != 0 && now - nic.failed < ticks_from_us(REVIVE_FORGET_US);
    nic.revive_us = again ? nic.revive_us * 2 : REVIVE_US;
    if (nic.revive_us > REVIVE_MOST_US) nic.revive_us = REVIVE_MOST_US;
    nic.failed = now;
    timer_set(&nic.server.waitset, &nic.revive, deadline_after_us(nic.revive_us));
}

/* The device is started again after a while; the stack does not notice, but for what is not sent. */
static void device_failed_at(err_t err)
{
    nic.resets++;
    say("the device misbehaves and is reset", err);
    if (device_stop()) net_reclaim(&nic.net);
    revive_later();
}

static void work(void)
{
    uint32_t wanted;
    err_t err;
    do {
        err = net_work(&nic.net, &wanted);
        if ((wanted & NET_KICK_RECEIVE) != 0) virtio_notify(&nic.virtio, VIRTIO_RECEIVE);
        if ((wanted & NET_KICK_SEND) != 0) virtio_notify(&nic.virtio, VIRTIO_SEND);
        if ((wanted & NET_RING) != 0) doorbell_ring(nic.device.bell[BELL_STACK]);
        nic.kicks += (wanted & NET_KICK_RECEIVE) != 0;
        nic.kicks += (wanted & NET_KICK_SEND) != 0;
        nic.rings += (wanted & NET_RING) != 0;
    } while (err == ERR_OK && !net_sleep(&nic.net));
    if (err == ERR_DEVICE) device_failed_at(err);
    if (err == ERR_MESSAGE) {
        struct client *stack = nic.stack;
        say("the stack broke the rules of the rings and loses the card", err);
        stack_leave();
        client_close(stack);
    }
    if (nic.working && nic.watch.deadline == 0 && net_sending(&nic.net)) {
        nic.watched = net_progress(&nic.net);
        timer_set(&nic.server.waitset, &nic.watch, deadline_after_us(PATIENCE_US));
    }
}

static void on_watch(struct event *event)
{
    (void)event;
    if (!nic.working) return;
    uint16_t before = nic.watched;
    work();
    if (nic.working && net_sending(&nic.net) && net_progress(&nic.net) == before) device_failed_at(ERR_TIMEOUT);
}

static void on_revive(struct event *event)
{
    (void)event;
    bool silent = nic.silent;
    bool stopped = device_stop();
    if (stopped && silent) net_reclaim(&nic.net);
    if (stopped && device_start() == ERR_OK) {
        link_tell();
        work();
        return;
    }
    revive_later();
}

static uint64_t on_interrupt(void)
{
    uint32_t why = virtio_interrupt(&nic.virtio);
    nic.interrupts++;
    if (nic.working && (why & VIRTIO_CONFIGURED) != 0) {
        virtio_configuration(&nic.virtio, &nic.config);
        link_tell();
        if (virtio_broken(&nic.virtio)) device_failed_at(ERR_DEVICE);
    }
    if (nic.working) work();
    return net_done(&nic.net);
}

static void on_bell(struct event *event)
{
    (void)event;
    if (nic.working) work();
}

static void info_fill(struct nic_info *info)
{
    const uint64_t features = nic.virtio.features;
    *info = (struct nic_info){
        .mac = nic.config.mac,
        .mtu = nic.config.mtu != 0 && nic.config.mtu < MTU ? nic.config.mtu : MTU,
        .offloads = ((features & FEATURE_CSUM) != 0 ? NIC_CHECKSUM_SEND : 0) |
                    ((features & FEATURE_GUEST_CSUM) != 0 ? NIC_CHECKSUM_RECEIVE : 0) |
                    ((features & FEATURE_EVENT_INDEX) != 0 ? NIC_BATCHED : 0) |
                    ((features & FEATURE_MERGED) != 0 ? NIC_MERGED : 0),
        .link = nic.config.link,
        .legacy = nic.virtio.legacy,
    };
    net_layout(nic.device.dma[DMA_PACKETS].bytes, &info->slots, &info->buffers);
    info->generation = ((const struct nic_area *)nic.packets)->generation;
}

static err_t serve_open(struct call *call, cptr_t bell, struct nic_info *info, cptr_t *memory, cptr_t *ring)
{
    if (nic.stack != NULL) return ERR_BUSY;
    if (!device_stop()) return ERR_DEVICE;
    doorbell_bind(nic.device.bell[BELL_STACK], 0);
    err_t err = doorbell_bind(nic.device.bell[BELL_STACK], bell);
    if (err != ERR_OK) return err;
    net_attach(&nic.net, nic.packets, nic.device.dma[DMA_PACKETS].bytes, nic.packets_base);
    err = device_start();
    if (err != ERR_OK) {
        device_stop();
        return err;
    }
    nic.stack = call->client;
    atomic_store_explicit(&nic.net.area->link, nic.config.link, memory_order_relaxed);
    info_fill(info);
    *memory = nic.device.dma[DMA_PACKETS].frame;
    *ring = nic.device.bell[BELL_OWN];
    work();
    return ERR_OK;
}

static err_t serve_describe(struct call *call, struct nic_info *info, struct nic_statistics *statistics)
{
    const struct net_counts *counts = &nic.net.counts;
    (void)call;
    info_fill(info);
    *statistics = (struct nic_statistics){
        .received = counts->received,
        .received_bytes = counts->received_bytes,
        .sent = counts->sent,
        .sent_bytes = counts->sent_bytes,
        .dropped = counts->dropped,
        .interrupts = nic.interrupts,
        .kicks = nic.kicks,
        .rings = nic.rings,
        .resets = nic.resets,
        .starved = counts->starved,
    };
    return ERR_OK;
}

static void client_gone(struct client *client)
{
    if (client == nic.stack) stack_leave();
}

static const struct nic_ops ops = {.open = serve_open, .describe = serve_describe};
static struct service service = NIC_SERVICE(&ops, .client_gone = client_gone);

/* The predecessor's device is stopped before anything else; then what it is called and can do is found out. */
static err_t hardware_start(void)
{
    uint32_t slots, buffers;
    err_t err = device_map(&nic.device, 0, &nic.registers);
    if (err == ERR_OK) err = virtio_probe(&nic.virtio);
    if (err != ERR_OK) return err;
    if (!device_stop()) return ERR_DEVICE;
    err = virtio_negotiate(&nic.virtio);
    if (err != ERR_OK) return err;
    virtio_configuration(&nic.virtio, &nic.config);
    device_stop();
    if (nic.device.bell_count <= BELL_STACK) return ERR_NOT_FOUND;
    err = device_dma_map(&nic.device, DMA_QUEUES, &nic.queues, &nic.queues_base);
    if (err == ERR_OK) err = device_dma_map(&nic.device, DMA_PACKETS, &nic.packets, &nic.packets_base);
    if (err != ERR_OK) return err;
    return net_layout(nic.device.dma[DMA_PACKETS].bytes, &slots, &buffers) ? ERR_OK : ERR_ARGUMENT;
}

static err_t start(void)
{
    err_t err = server_init(&nic.server);
    nic.watch.event.run = on_watch;
    nic.revive.event.run = on_revive;
    if (err == ERR_OK) err = hardware_start();
    if (err == ERR_OK) err = server_add(&nic.server, &service);
    if (err == ERR_OK) err = signal_open(&nic.server.waitset, &nic.bell, on_bell, NULL);
    if (err != ERR_OK) return err;
    doorbell_bind(nic.device.bell[BELL_OWN], 0);
    err = doorbell_bind(nic.device.bell[BELL_OWN], nic.bell.endpoint);
    if (err == ERR_OK)
        err = interrupt_open(&nic.interrupt, &nic.server.waitset, &nic.device, 0, PRIORITY, nic.name, on_interrupt);
    if (err == ERR_OK) err = names_register(names_default(), nic.name, service.endpoint);
    if (err != ERR_OK) return err;
    server_run(&nic.server);
}

int main(int argc, char *argv[])
{
    const char *bad;
    const char *number = argc > 0 ? strchr(argv[0], '.') : NULL; /* init calls the second one virtio_net.1 */
    snprintf(nic.name, sizeof nic.name, "nic%s", number != NULL ? number : "");
    nic.virtio = (struct virtio){.read = register_read, .write = register_write, .pause = register_pause};
    err_t err = device_parse(argc, argv, &nic.device, &bad);
    if (err != ERR_OK) return device_failed("virtio_net", bad, err);
    return device_failed("virtio_net", "", start());
}
