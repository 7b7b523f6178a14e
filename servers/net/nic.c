/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network cards under lwIP, by way of the memory that their driver shares with us (lib/nic). What was received is not copied: a pbuf stands for each
 * buffer while somebody holds it. When buffers run short what comes is copied once and the buffer goes back, so that nobody can
 * keep the card from receiving by what he holds.
 */
#include "net.h"
#include <idl/names.h>
#include <nic/nic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <caps/caps.h>
#include <threads/thread.h>

#define CARDS 2 /* en0, en1: "nic", "nic.1" */
#define RECEIVE_BUFFERS(buffers) ((buffers) / 2)
#define SEND_OFFSET (NIC_HEADROOM + 2) /* so that what follows the Ethernet header lies at a multiple of 4 */

struct card;

struct received {
    struct pbuf_custom pbuf;
    struct card *card;
    uint32_t buffer;
};

struct card {
    struct nic nic;
    struct netif netif;
    struct nic_traffic traffic;
    struct received *received; /* one for each buffer */
    struct pbuf *partial;      /* a packet whose last buffer has not come yet */
    struct event found;        /* the driver's name */
    bool added;
};

static struct card cards[CARDS];
static const char *const card_names[CARDS] = {"nic", "nic.1"};

static void received_free(struct pbuf *pbuf)
{
    struct received *received = (struct received *)pbuf;
    nic_free(&received->card->nic.port, received->buffer);
}

static struct pbuf *received_pbuf(struct card *to, const struct nic_packet *packet)
{
    struct nic_port *port = &to->nic.port;
    uint8_t *data = nic_data(port, packet->buffer) + packet->offset;
    if (port->free_count < port->buffers / 4) {
        struct pbuf *copy = packet->length > 0 ? device_copy(data, packet->length) : NULL;
        nic_free(port, packet->buffer);
        return copy;
    }
    struct received *received = &to->received[packet->buffer];
    received->pbuf.custom_free_function = received_free;
    received->card = to;
    received->buffer = packet->buffer;
    return pbuf_alloced_custom(PBUF_RAW, packet->length, PBUF_REF, &received->pbuf, data, packet->length);
}

static void packet_received(struct card *to, const struct nic_packet *packet)
{
    struct pbuf *pbuf = received_pbuf(to, packet);
    if (pbuf == NULL) {
        to->traffic.received_dropped++;
        return;
    }
    if (to->partial != NULL) {
        pbuf_cat(to->partial, pbuf);
        pbuf = to->partial;
        to->partial = NULL;
    }
    if ((packet->flags & NIC_MORE) != 0 && pbuf->tot_len < UINT16_MAX - NIC_BUFFER_BYTES) {
        to->partial = pbuf;
        return;
    }
    to->traffic.received++;
    to->traffic.received_bytes += pbuf->tot_len;
    u16_t checks = NETIF_CHECKSUM_CHECK_UDP | NETIF_CHECKSUM_CHECK_TCP;
    to->netif.chksum_flags =
        (u16_t)((packet->flags & NIC_CHECKED) != 0 ? to->netif.chksum_flags & ~checks : to->netif.chksum_flags | checks);
    if (!device_input(&to->netif, pbuf)) to->traffic.received_dropped++;
}

static void ready(struct nic *nic)
{
    struct card *to = nic->context;
    struct nic_packet packet;
    do {
        err_t err;
        while ((err = nic_receive(&nic->port, &packet)) == ERR_OK) {
            if ((packet.flags & NIC_SENT) != 0) {
                nic_free(&nic->port, packet.buffer);
            } else {
                packet_received(to, &packet);
            }
        }
        if (err != ERR_AGAIN) {
            nic_drop(nic);
            return;
        }
        nic_refill(&nic->port, RECEIVE_BUFFERS(nic->port.buffers));
        nic_flush(nic);
    } while (!nic_sleep(nic));
    bool link = nic_link(&nic->port);
    if (link != netif_is_link_up(&to->netif)) (link ? netif_set_link_up : netif_set_link_down)(&to->netif);
    round_post();
}

static lwip_err_t packet_send(struct netif *netif, struct pbuf *pbuf)
{
    struct card *from = netif->state;
    struct nic_port *port = &from->nic.port;
    uint32_t buffer = from->nic.open && pbuf->tot_len <= NIC_BUFFER_BYTES - SEND_OFFSET ? nic_alloc(port) : NIC_NO_BUFFER;
    if (buffer == NIC_NO_BUFFER) {
        from->traffic.sent_dropped++;
        return ERR_MEM;
    }
    uint8_t *to = nic_data(port, buffer) + SEND_OFFSET;
    for (const struct pbuf *p = pbuf; p != NULL; to += p->len, p = p->next)
        memcpy(to, p->payload, p->len);
    nic_send(port, (struct nic_packet){.buffer = (uint16_t)buffer, .offset = SEND_OFFSET, .length = pbuf->tot_len});
    from->traffic.sent++;
    from->traffic.sent_bytes += pbuf->tot_len;
    return LWIP_OK;
}

static lwip_err_t card_init(struct netif *netif)
{
    struct card *of = netif->state;
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->hostname = "capelin";
    netif->mtu = (u16_t)(of->nic.info.mtu < 1500 ? of->nic.info.mtu : 1500);
    netif->hwaddr_len = ETH_HWADDR_LEN;
    for (unsigned i = 0; i < ETH_HWADDR_LEN; i++)
        netif->hwaddr[i] = (u8_t)(of->nic.info.mac >> (8 * (ETH_HWADDR_LEN - 1 - i)));
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = packet_send;
    return LWIP_OK;
}

static void opened(struct nic *nic)
{
    struct card *of = nic->context;
    if (!of->added) {
        of->received = calloc(nic->port.buffers, sizeof *of->received);
        if (of->received == NULL) abort();
        netif_add_noaddr(&of->netif, of, card_init, ethernet_input);
        of->netif.num = (u8_t)(of - cards); /* lwIP counts lo0 in */
        if (of == cards) netif_set_default(&of->netif);
        of->added = true;
        if (nic->info.link) netif_set_link_up(&of->netif);
        device_begin(&of->netif);
    }
    timers_active();
}

static void gone(struct nic *nic)
{
    struct card *of = nic->context;
    if (of->partial != NULL) pbuf_free(of->partial);
    of->partial = NULL;
}

static void lost(struct nic *nic, uint32_t buffer)
{
    nic_free(&nic->port, buffer);
}

const struct nic_traffic *nic_traffic(const struct netif *netif)
{
    for (unsigned i = 0; i < CARDS; i++) {
        if (netif == &cards[i].netif) return &cards[i].traffic;
    }
    return NULL;
}

void nics_flush(void)
{
    for (unsigned i = 0; i < CARDS; i++)
        nic_flush(&cards[i].nic);
}

/* Nobody looks again and again for a card that may never be there: a thread waits for one after the other. */
static int names_wait(void *argument)
{
    struct waitset *waitset = argument;
    for (unsigned i = 0; i < CARDS; i++) {
        cptr_t endpoint;
        uint64_t pid;
        if (names_await(names_default(), card_names[i], &pid, &endpoint) != ERR_OK) return 1;
        cap_free(endpoint);
        event_post(waitset, &cards[i].found);
    }
    return 0;
}

static void found(struct event *event)
{
    static const struct nic_handlers handlers = {.opened = opened, .ready = ready, .gone = gone, .lost = lost};
    struct card *card = (struct card *)((char *)event - offsetof(struct card, found));
    card->nic.context = card;
    nic_start(&card->nic, card_names[card - cards], event->context, &handlers);
}

err_t nics_start(struct waitset *waitset)
{
    struct thread *thread;
    const struct thread_options options = {.name = "nic", .detached = true};
    for (unsigned i = 0; i < CARDS; i++)
        cards[i].found = (struct event){.run = found, .context = waitset};
    return thread_create(&thread, names_wait, waitset, &options);
}
