/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Network cards under lwIP, by way of the memory that their driver shares with us (lib/nic). What was received is not copied: a pbuf stands for each
 * buffer while somebody holds it. When buffers run short what comes is copied once and the buffer goes back, so that nobody can
 * keep the card from receiving by what he holds.
 *
 * Programs run when net does not: so net pauses, for a moment at most, when a program that reads has its ring half full (packets.c). What comes
 * meanwhile waits, here as far as there are buffers to receive into, then in the card.
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
#define PAUSE_US 1000
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
    struct timer pause;
    bool paused;
    struct nic_packet *waiting; /* received while it paused: a ring for as many as there are buffers */
    uint32_t waiting_first, waiting_count;
    bool congested; /* somebody asked for room when there was none */
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
    to->traffic.received_dropped += merge_input(&to->netif, pbuf, (packet->flags & NIC_CHECKED) != 0);
}

static void packet_keep(struct card *to, const struct nic_packet *packet)
{
    to->waiting[(to->waiting_first + to->waiting_count++) % to->nic.port.buffers] = *packet;
}

static void kept_receive(struct card *to)
{
    while (to->waiting_count > 0 && !to->paused) {
        struct nic_packet packet = to->waiting[to->waiting_first];
        to->waiting_first = (to->waiting_first + 1) % to->nic.port.buffers;
        to->waiting_count--;
        packet_received(to, &packet);
    }
}

/* All that there is. ERR_MESSAGE: the driver broke the rules. */
static err_t take_in(struct card *to)
{
    struct nic_port *port = &to->nic.port;
    struct nic_packet packet;
    err_t err;
    kept_receive(to);
    while ((err = nic_receive(port, &packet)) == ERR_OK) {
        if ((packet.flags & NIC_SENT) != 0) {
            nic_free(port, packet.buffer);
        } else if (to->paused) {
            packet_keep(to, &packet);
        } else {
            packet_received(to, &packet);
        }
    }
    to->traffic.received_dropped += merge_end();
    return err == ERR_AGAIN ? ERR_OK : err;
}

static void refill(struct card *to)
{
    uint32_t most = RECEIVE_BUFFERS(to->nic.port.buffers);
    nic_refill(&to->nic.port, most > to->waiting_count ? most - to->waiting_count : 0);
}

static bool has_room(const struct card *of)
{
    return of->nic.port.free_count >= of->nic.port.buffers / 8;
}

static void ready(struct nic *nic)
{
    struct card *to = nic->context;
    do {
        if (take_in(to) != ERR_OK) {
            nic_drop(nic);
            return;
        }
        refill(to);
        nic_flush(nic);
    } while (!nic_sleep(nic));
    if (to->congested && has_room(to)) {
        to->congested = false;
        round_watched();
    }
    bool link = nic_link(&nic->port);
    if (link != netif_is_link_up(&to->netif)) (link ? netif_set_link_up : netif_set_link_down)(&to->netif);
    round_post();
}

static void pause_end(struct card *of)
{
    if (!of->paused) return;
    of->paused = false;
    timer_set(of->nic.waitset, &of->pause, 0);
    nic_again(&of->nic);
}

static void pause_over(struct event *event)
{
    pause_end(event->context);
}

void nics_pause(void)
{
    for (struct card *each = cards; each < cards + CARDS; each++) {
        if (!each->nic.open || each->paused) continue;
        each->paused = true;
        timer_set(each->nic.waitset, &each->pause, deadline_after_us(PAUSE_US));
    }
}

void nics_resume(void)
{
    for (struct card *each = cards; each < cards + CARDS; each++)
        pause_end(each);
}

bool nic_room(const struct netif *netif)
{
    for (struct card *each = cards; each < cards + CARDS; each++) {
        if (netif != &each->netif || !each->nic.open || has_room(each)) continue;
        each->congested = true;
        return false;
    }
    return true;
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
    struct nic_packet packet = {.buffer = (uint16_t)buffer, .offset = SEND_OFFSET, .length = pbuf->tot_len};
    struct offload left;
    if (offload_begin(netif, nic_data(port, buffer) + SEND_OFFSET, pbuf->tot_len, &left)) {
        packet.flags = NIC_CSUM;
        packet.csum_start = left.start;
        packet.csum_offset = left.offset;
    }
    nic_send(port, packet);
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
    bool sums = (nic->info.offloads & NIC_CHECKSUM_SEND) != 0;
    if (of->added) {
        offload_set(&of->netif, sums);
    } else {
        of->received = calloc(nic->port.buffers, sizeof *of->received);
        of->waiting = calloc(nic->port.buffers, sizeof *of->waiting);
        if (of->received == NULL || of->waiting == NULL) abort();
        netif_add_noaddr(&of->netif, of, card_init, ethernet_input);
        of->netif.num = (u8_t)(of - cards); /* lwIP counts lo0 in */
        if (of == cards) netif_set_default(&of->netif);
        of->added = true;
        offload_set(&of->netif, sums);
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
    for (; of->waiting_count > 0; of->waiting_count--)
        nic_free(&nic->port, of->waiting[(of->waiting_first + of->waiting_count - 1) % nic->port.buffers].buffer);
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
    card->pause.event = (struct event){.run = pause_over, .context = card};
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
