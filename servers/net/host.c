/* SPDX-License-Identifier: BSD-2-Clause */
/* net's core on the host: no processes, no cards, a clock that the test turns, a wire whose other end is the test's. */
#include "host.h"
#include <caps/caps.h>
#include <kept/kept.h>
#include <messaging/server.h>
#include <paging/paging.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads/guarded.h>

#define WIRE_FRAMES 4096

const uint8_t host_hardware[6] = {2, 0, 0, 0, 0, 1}, peer_hardware[6] = {2, 0, 0, 0, 0, 2};
uint64_t host_ms = 1000;
uint32_t host_answers, host_events, host_pauses;
bool host_room = true;

static struct netif wire;
static struct frame *sent[WIRE_FRAMES];
static uint32_t sent_first, sent_count;
static bool posted, watch;

/* What the rest of the system is elsewhere. */
void kept_step(void) {}

ticks_t clock_ticks(void)
{
    return host_ms * 1000;
}

uint64_t clock_hz(void)
{
    return 1000000;
}

uint64_t net_now(void)
{
    return host_ms;
}

u32_t sys_now(void)
{
    return (u32_t)host_ms;
}

bool guarded_copy(void *to, const void *from, size_t bytes)
{
    memmove(to, from, bytes);
    return true;
}

_Noreturn void stack_failed(const char *what)
{
    fprintf(stderr, "lwIP: %s\n", what);
    abort();
}

void round_post(void)
{
    posted = true;
}

void round_watch_later(void)
{
    watch = true;
}

err_t cap_identify(capref_t slot, struct cap_info *info)
{
    (void)slot, (void)info;
    return ERR_CAP_TYPE;
}

err_t cap_free(cptr_t slot)
{
    (void)slot;
    return ERR_OK;
}

err_t paging_map(cptr_t frame, uint64_t offset, uint64_t bytes, uint32_t attributes, uint64_t align, const char *name,
                 vaddr_t *va)
{
    (void)frame, (void)offset, (void)bytes, (void)attributes, (void)align, (void)name, (void)va;
    return ERR_UNSUPPORTED;
}

err_t paging_unmap(vaddr_t va, uint64_t bytes)
{
    (void)va, (void)bytes;
    return ERR_OK;
}

void net_reply_await(struct reply *reply, err_t error, uint32_t ready)
{
    (void)reply, (void)error;
    host_answers++;
    host_events = ready;
}

void net_reply_poll(struct reply *reply, err_t error, const struct net_interest *ready, uint32_t count)
{
    (void)reply, (void)error;
    host_answers++;
    host_events = count > 0 ? ready[0].events : 0;
}

void reply_drop(struct reply *reply)
{
    (void)reply;
}

const struct nic_traffic *nic_traffic(const struct netif *netif)
{
    static const struct nic_traffic none;
    return netif == &wire ? &none : NULL;
}

void nics_pause(void)
{
    host_pauses++;
}

void nics_resume(void) {}

bool nic_room(const struct netif *netif)
{
    return host_room || netif != &wire;
}

static lwip_err_t wire_send(struct netif *netif, struct pbuf *packet)
{
    if (sent_count == WIRE_FRAMES || packet->tot_len > FRAME_MOST) return ERR_MEM;
    struct frame *frame = malloc(sizeof *frame);
    frame->bytes = pbuf_copy_partial(packet, frame->byte, FRAME_MOST, 0);
    frame->unsummed = offload_begin(netif, frame->byte, frame->bytes, &frame->left);
    sent[(sent_first + sent_count++) % WIRE_FRAMES] = frame;
    return LWIP_OK;
}

static lwip_err_t wire_init(struct netif *netif)
{
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->mtu = 1500;
    netif->hwaddr_len = 6;
    memcpy(netif->hwaddr, host_hardware, 6);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = wire_send;
    return LWIP_OK;
}

void host_start(void)
{
    static bool started;
    ip4_addr_t own = {HOST_ADDRESS}, mask = {PP_HTONL(0xffffff00)}, way = {PEER_ADDRESS};
    if (started) return;
    started = true;
    stack_init();
    netif_add(&wire, &own, &mask, &way, NULL, wire_init, ethernet_input);
    netif_set_default(&wire);
    netif_set_link_up(&wire);
    netif_set_up(&wire);
    struct eth_addr peer;
    ip4_addr_t address = {PEER_ADDRESS};
    memcpy(peer.addr, peer_hardware, 6);
    etharp_add_static_entry(&address, &peer);
    host_settle();
    host_output_clear();
}

void host_settle(void)
{
    for (unsigned i = 0; i < 1000 && posted; i++) {
        posted = false;
        if (round_run()) posted = true;
    }
    timers_run(host_ms);
}

void host_pass(uint64_t ms)
{
    for (uint64_t end = host_ms + ms; host_ms < end;) {
        host_ms += end - host_ms < 50 ? end - host_ms : 50;
        if (watch) {
            watch = false;
            round_watched();
        }
        timers_active();
        timers_run(host_ms);
        host_settle();
    }
}

void host_input_more(const void *frame, uint32_t bytes)
{
    struct pbuf *packet = bytes > 0 ? device_copy(frame, bytes) : NULL;
    if (packet == NULL) return;
    timers_active();
    merge_input(&wire, packet, false);
}

void host_input(const void *frame, uint32_t bytes)
{
    host_input_more(frame, bytes);
    merge_end();
    posted = true;
    host_settle();
}

void host_input_checked(const void *frame, uint32_t bytes)
{
    struct pbuf *packet = device_copy(frame, bytes);
    if (packet != NULL) merge_input(&wire, packet, true);
    merge_end();
    posted = true;
    host_settle();
}

void host_offload(bool offered)
{
    offload_set(&wire, offered);
}

bool host_output(struct frame *frame)
{
    if (sent_count == 0) return false;
    *frame = *sent[sent_first];
    free(sent[sent_first]);
    sent_first = (sent_first + 1) % WIRE_FRAMES;
    sent_count--;
    return true;
}

void host_output_clear(void)
{
    struct frame frame;
    while (host_output(&frame))
        ;
}

struct holder *host_client(uint64_t pid)
{
    struct holder *holder = calloc(1, sizeof *holder);
    holder->account = account_get(pid);
    holder->account->clients++;
    return holder;
}

void host_client_end(struct holder *holder)
{
    waits_forget(holder);
    sockets_end(holder);
    holder->account->clients--;
    account_put(holder->account);
    free(holder);
    posted = true;
    host_settle();
}
