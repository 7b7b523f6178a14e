/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A network stack of a few lines for test_nic.py: sends every Ethernet frame back to where it came from. `nicecho` ends when a frame of type
 * END comes and says what it has seen; `nicecho break` breaks the rules of the rings in every way that it knows, and ends.
 */
#include <stdio.h>
#include <string.h>

#include <caps/caps.h>
#include <nic/nic.h>
#include <threads/time.h>

#define FILLING 128
#define PATIENCE_MS 20000
#define TYPE_END 0x88b6

static struct nic nic;
static struct waitset waitset;
static unsigned echoed, opened_count, gone_count, lost_count, split_count, pieces, no_room;
static bool over, good = true;

static void send_one(uint32_t buffer, uint32_t offset, uint32_t length, uint16_t flags)
{
    struct nic_packet packet = {
        .buffer = (uint16_t)buffer, .offset = (uint16_t)offset, .length = (uint16_t)length, .flags = flags};
    if (nic_send(&nic.port, packet) == ERR_OK) return;
    good = false;
    nic_free(&nic.port, buffer);
}

/* In two pieces, the second one a copy in a buffer of its own. */
static bool send_split(const struct nic_packet *packet, const uint8_t *frame)
{
    uint32_t second = nic_alloc(&nic.port);
    uint32_t half = packet->length / 2u;
    if (second == NIC_NO_BUFFER) return false;
    memcpy(nic_data(&nic.port, second) + NIC_HEADROOM, frame + half, packet->length - half);
    split_count++;
    send_one(packet->buffer, NIC_HEADROOM + 4, half, NIC_MORE);
    send_one(second, NIC_HEADROOM, packet->length - half, 0);
    return true;
}

static void echo(const struct nic_packet *packet)
{
    uint8_t *data = nic_data(&nic.port, packet->buffer);
    uint8_t frame[NIC_BUFFER_BYTES];
    uint32_t length = packet->length;
    static bool continued; /* it is a piece of a packet of several, which are not sent back */
    bool whole = !continued && (packet->flags & NIC_MORE) == 0;
    continued = (packet->flags & NIC_MORE) != 0;
    pieces += !whole;
    if (length < 14 || !whole) {
        nic_free(&nic.port, packet->buffer);
        return;
    }
    memcpy(frame, data + packet->offset + 6, 6);
    memcpy(frame + 6, data + packet->offset, 6);
    memcpy(frame + 12, data + packet->offset + 12, length - 12);
    over = over || (frame[12] << 8 | frame[13]) == TYPE_END;
    echoed++;
    memcpy(data + NIC_HEADROOM + 4, frame, length);
    if (length % 3 == 0 && send_split(packet, frame)) return;
    send_one(packet->buffer, NIC_HEADROOM + 4, length, 0);
}

static void ready(struct nic *n)
{
    struct nic_packet packet;
    err_t err;
    do {
        while ((err = nic_receive(&n->port, &packet)) == ERR_OK) {
            if ((packet.flags & NIC_SENT) != 0) {
                nic_free(&n->port, packet.buffer);
            } else {
                echo(&packet);
            }
        }
        if (err != ERR_AGAIN) {
            printf("nicecho: the driver broke the rules: %s\n", err_text(err));
            good = false;
            nic_drop(n);
            return;
        }
        nic_refill(&n->port, FILLING);
        no_room += n->port.filling == 0;
        nic_flush(n);
    } while (!nic_sleep(n));
}

static void opened(struct nic *n)
{
    opened_count++;
    printf("nicecho: opened %s, mac %012llx, mtu %u, %u buffers, %s, link %s\n", n->client.channel.service,
           (unsigned long long)n->info.mac, (unsigned)n->info.mtu, (unsigned)n->info.buffers,
           n->info.legacy ? "legacy" : "modern", nic_link(&n->port) ? "up" : "down");
}

static void gone(struct nic *n)
{
    (void)n;
    gone_count++;
}

static void lost(struct nic *n, uint32_t buffer)
{
    lost_count++;
    nic_free(&n->port, buffer);
}

static const struct nic_handlers handlers = {.opened = opened, .ready = ready, .gone = gone, .lost = lost};

static bool wait_for(const bool *what)
{
    ticks_t deadline = deadline_after_ms(PATIENCE_MS);
    while (!*what) {
        if (waitset_wait(&waitset, deadline) == ERR_TIMEOUT) return false;
    }
    return true;
}

/* Every buffer is accounted for: free, or with the driver. */
static bool all_there(void)
{
    return nic.port.free_count + nic.port.filling + nic.port.sending == nic.port.buffers;
}

static int run_echo(void)
{
    while (!over) {
        if (waitset_wait(&waitset, deadline_after_ms(4 * PATIENCE_MS)) == ERR_TIMEOUT) break;
    }
    struct nic_statistics statistics = {0};
    struct nic_info info;
    err_t err = nic_describe(&nic.client, &info, &statistics);
    printf("nicecho: %u echoed, %u split, %u opened, %u gone, %u lost, %u pieces, %u without room\n", echoed,
           split_count, opened_count, gone_count, lost_count, pieces, no_room);
    printf("nicecho: driver: %llu received, %llu sent, %llu dropped, %llu interrupts, %llu kicks, %llu rings, %llu "
           "resets\n",
           (unsigned long long)statistics.received, (unsigned long long)statistics.sent,
           (unsigned long long)statistics.dropped, (unsigned long long)statistics.interrupts,
           (unsigned long long)statistics.kicks, (unsigned long long)statistics.rings,
           (unsigned long long)statistics.resets);
    good = good && over && err == ERR_OK && all_there();
    printf("nicecho: %s\n", good ? "ok" : "FAILED");
    return good ? 0 : 1;
}

/* What a stack may not put into the ring; the last one is about the ring itself. */
static void break_rules(unsigned how)
{
    struct nic_out *out = &nic.port.out;
    struct nic_packet packet = {.buffer = 3, .offset = NIC_HEADROOM, .length = 60};
    switch (how) {
    case 0:
        packet.buffer = UINT16_MAX;
        break;
    case 1: /* twice the same */
        nic_out_put(out, (struct nic_packet){.buffer = 3, .flags = NIC_EMPTY});
        break;
    case 2: /* a packet that never ends */
        packet.flags = NIC_MORE;
        for (packet.buffer = 3; packet.buffer < 3 + NIC_PIECES; packet.buffer++)
            nic_out_put(out, packet);
        break;
    case 3: /* an empty buffer in the middle of a packet */
        packet.flags = NIC_MORE;
        nic_out_put(out, packet);
        packet = (struct nic_packet){.buffer = 4, .flags = NIC_EMPTY};
        break;
    case 4: /* the second piece is not fit to be sent */
        packet.flags = NIC_MORE;
        nic_out_put(out, packet);
        packet = (struct nic_packet){.buffer = 4, .offset = NIC_BUFFER_BYTES - 10, .length = 60};
        break;
    default:
        out->head += 5000;
        break;
    }
    nic_out_put(out, packet);
    nic_flush(&nic);
}

static int run_break(void)
{
    static bool open;
    for (unsigned how = 0; how < 6; how++) {
        unsigned before = gone_count;
        while (!nic.open)
            waitset_wait(&waitset, deadline_after_ms(100));
        break_rules(how);
        ticks_t deadline = deadline_after_ms(PATIENCE_MS);
        while (gone_count == before && waitset_wait(&waitset, deadline) != ERR_TIMEOUT) {
        }
        bool noticed = gone_count == before + 1;
        printf("nicecho: rule %u: %s\n", how, noticed ? "noticed" : "FAILED");
        good = good && noticed;
    }
    open = nic.open || wait_for(&nic.open);
    struct nic_client second = NIC_CLIENT_NAMED("nic");
    struct nic_info info;
    cptr_t memory, ring;
    err_t err = nic_open(&second, nic.bell.endpoint, &info, &memory, &ring);
    printf("nicecho: a second stack: %s\n", err_text(err));
    good = good && open && err == ERR_BUSY;
    printf("nicecho: %s\n", good ? "ok" : "FAILED");
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    waitset_init(&waitset);
    err_t err = nic_start(&nic, "nic", &waitset, &handlers);
    if (err != ERR_OK || !wait_for(&nic.open)) {
        printf("nicecho: no card: %s\n", err_text(err != ERR_OK ? err : ERR_TIMEOUT));
        return 1;
    }
    return argc > 1 && strcmp(argv[1], "break") == 0 ? run_break() : run_echo();
}
