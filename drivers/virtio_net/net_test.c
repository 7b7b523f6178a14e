/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host tests of the driver: what a device may not do is noticed at once, and nothing is used twice afterwards; registers of a simulated device in both
 * forms; the stack's port against a driver that lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "net_sim.h"
#include "virtio.h"

static struct sim sim;
static const struct net_features modern = {.header_bytes = 12, .merged = true, .checksum_receive = true};

static void on_lost(void *context, uint32_t buffer)
{
    *(uint32_t *)context += 1;
    nic_free(&sim.port, buffer);
}

/* Four buffers with the device to receive into, two packets to send, all taken by the device. */
static int set_up(void **state)
{
    uint32_t wanted;
    (void)state;
    sim_start(&sim, &modern, 32, true);
    nic_refill(&sim.port, 4);
    for (int i = 0; i < 2; i++) {
        uint32_t buffer = nic_alloc(&sim.port);
        struct nic_packet packet = {.buffer = (uint16_t)buffer, .offset = NIC_HEADROOM, .length = 60};
        assert_int_equal(nic_send(&sim.port, packet), ERR_OK);
    }
    nic_out_publish(&sim.port.out);
    assert_int_equal(sim_work(&sim, &wanted), ERR_OK);
    sim_take(&sim, &sim.receive);
    sim_take(&sim, &sim.send);
    assert_int_equal(sim.receive.chains, 4);
    assert_int_equal(sim.send.chains, 2);
    sim_check(&sim, true, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_end(&sim);
    return 0;
}

/* The device is reset, all that it had is somebody else's again, and traffic goes on. */
static void recovers(void)
{
    uint32_t wanted;
    struct nic_packet packet;
    sim_check(&sim, true, false);
    net_reclaim(&sim.net);
    sim_reset(&sim);
    assert_int_equal(sim_work(&sim, &wanted), ERR_OK);
    while (nic_receive(&sim.port, &packet) == ERR_OK)
        nic_free(&sim.port, packet.buffer);
    assert_int_equal(sim.port.sending, 0);
    sim_take(&sim, &sim.receive);
    assert_int_equal(sim.receive.chains, sim.port.filling);
    sim_check(&sim, true, true);
}

static void used_write(struct virtqueue *queue, uint32_t id, uint32_t length, uint16_t index)
{
    queue->used->entry[queue->used_seen & queue->mask] = (struct virtq_used_entry){id, length};
    atomic_store(&queue->used->index, index);
}

static void refuses(struct virtqueue *queue, uint32_t id, uint32_t length, uint16_t index)
{
    uint32_t wanted;
    used_write(queue, id, length, index);
    assert_int_equal(net_work(&sim.net, &wanted), ERR_DEVICE);
    recovers();
}

static void U7_used_index_beyond(void **state)
{
    (void)state;
    refuses(&sim.net.receive, 0, 100, 5); /* it has four */
}

static void U7_used_index_goes_back(void **state)
{
    (void)state;
    refuses(&sim.net.send, 0, 0, UINT16_MAX);
}

static void U7_descriptor_out_of_range(void **state)
{
    (void)state;
    refuses(&sim.net.receive, 32, 100, 1);
}

static void U7_descriptor_that_it_does_not_have(void **state)
{
    (void)state;
    refuses(&sim.net.receive, 4, 100, 1);
}

static void U7_descriptor_given_back_twice(void **state)
{
    uint32_t wanted;
    (void)state;
    used_write(&sim.net.send, 0, 0, 1);
    assert_int_equal(net_work(&sim.net, &wanted), ERR_OK);
    refuses(&sim.net.send, 0, 0, 2);
}

static void U7_length_beyond_the_buffer(void **state)
{
    (void)state;
    refuses(&sim.net.receive, 0, NIC_BUFFER_BYTES - sim.net.receive_offset + 1, 1);
}

static void U7_length_less_than_a_header(void **state)
{
    (void)state;
    refuses(&sim.net.receive, 0, 11, 1);
}

static void U7_packet_of_no_buffers(void **state)
{
    uint8_t header[12] = {0};
    (void)state;
    sim_fill(&sim, sim.receive.chain[0], header, sizeof header);
    refuses(&sim.net.receive, sim.receive.chain[0], 100, 1);
}

static void U7_not_yet_published(void **state)
{
    (void)state;
    nic_refill(&sim.port, 5);
    nic_out_publish(&sim.port.out);
    struct nic_packet packet;
    assert_int_equal(nic_in_take(&sim.net.down, &packet), ERR_OK);
    virtqueue_add(&sim.net.receive, SIM_BASE, 100, DESC_WRITE, packet.buffer, false);
    sim.net.owner[packet.buffer] = NET_RECEIVING;
    uint16_t id;
    uint32_t length;
    used_write(&sim.net.receive, 4, 100, 5);
    assert_int_equal(virtqueue_take(&sim.net.receive, &id, &length), ERR_DEVICE);
}

static void U7_driver_started_again(void **state)
{
    uint32_t lost = 0, wanted;
    uint32_t held = nic_alloc(&sim.port);
    (void)state;
    sim_attach(&sim, on_lost, &lost);
    assert_int_equal(lost, 2);
    assert_int_equal(sim.port.state[held], NIC_HELD);
    assert_int_equal(sim.port.free_count, sim.port.buffers - 1);
    nic_refill(&sim.port, 8);
    nic_out_publish(&sim.port.out);
    assert_int_equal(sim_work(&sim, &wanted), ERR_OK);
    sim_take(&sim, &sim.receive);
    assert_int_equal(sim.receive.chains, 8);
    sim_check(&sim, true, true);
}

/* The driver may not hand over what it was not given, nor data that lie outside. */
static void port_refuses_lies(void **state)
{
    uint32_t held = nic_alloc(&sim.port);
    uint16_t filling = 0;
    (void)state;
    while (sim.port.state[filling] != NIC_FILLING)
        filling++;
    const struct nic_packet lies[] = {
        {.buffer = UINT16_MAX, .length = 60},     {.buffer = (uint16_t)sim.port.buffers, .length = 60},
        {.buffer = (uint16_t)held, .length = 60}, {.buffer = (uint16_t)held, .flags = NIC_SENT},
        {.buffer = filling, .flags = NIC_SENT},   {.buffer = filling, .offset = 2000, .length = 49},
        {.buffer = filling, .offset = 2049},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct nic_packet packet;
        nic_out_put(&sim.net.up, lies[i]);
        nic_out_publish(&sim.net.up);
        assert_int_equal(nic_receive(&sim.port, &packet), ERR_MESSAGE);
    }
    struct nic_packet packet = {.buffer = filling, .offset = 14, .length = 60};
    nic_out_put(&sim.net.up, packet);
    nic_out_publish(&sim.net.up);
    assert_int_equal(nic_receive(&sim.port, &packet), ERR_OK);
    atomic_store(&sim.port.in.ring->head, sim.port.in.tail + SIM_SLOTS + 1);
    assert_int_equal(nic_receive(&sim.port, &packet), ERR_MESSAGE);
}

static void port_refuses_packets(void **state)
{
    uint16_t held = (uint16_t)nic_alloc(&sim.port);
    (void)state;
    const struct nic_packet bad[] = {
        {.buffer = held, .offset = NIC_HEADROOM},
        {.buffer = held, .offset = NIC_HEADROOM - 1, .length = 60},
        {.buffer = held, .offset = NIC_HEADROOM, .length = NIC_BUFFER_BYTES},
        {.buffer = (uint16_t)(held + 1), .offset = NIC_HEADROOM, .length = 60},
        {.buffer = UINT16_MAX, .offset = NIC_HEADROOM, .length = 60},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(nic_send(&sim.port, bad[i]), ERR_ARGUMENT);
    assert_int_equal(nic_port_open(&sim.port, sim.memory, SIM_BYTES - 1, SIM_SLOTS, SIM_BUFFERS, on_lost, NULL),
                     ERR_ARGUMENT);
    assert_int_equal(nic_port_open(&sim.port, sim.memory, SIM_BYTES, 48, 48, on_lost, NULL), ERR_ARGUMENT);
    assert_int_equal(nic_port_open(&sim.port, sim.memory, SIM_BYTES, SIM_SLOTS, SIM_BUFFERS - 1, on_lost, NULL),
                     ERR_ARGUMENT);
}

/* The layout of any amount of memory fits into it. */
static void layouts_fit(void **state)
{
    (void)state;
    for (size_t kib = 4; kib <= 8192; kib += 4) {
        uint32_t slots = 0, buffers = 0;
        if (!net_layout(kib * 1024, &slots, &buffers)) continue;
        assert_true(buffers <= slots && slots <= NIC_BUFFERS_MAX && (slots & (slots - 1)) == 0);
        assert_true(NIC_AREA_BYTES(slots, buffers) <= kib * 1024);
    }
}

/* A device that is nothing but registers. */
static struct {
    uint32_t at[0x200 / 4];
    uint64_t offers, accepted;
    uint32_t generations, pauses;
    bool refuses, deaf;
} fake;

static uint32_t fake_read(void *context, uint32_t offset, unsigned bytes)
{
    (void)context;
    uint32_t value = fake.at[offset / 4] >> offset % 4 * 8;
    if (offset == 0x010) return (uint32_t)(fake.offers >> (fake.at[0x014 / 4] != 0 ? 32 : 0));
    if (offset == 0x0fc && fake.generations > 0) return fake.generations--;
    return bytes == 4 ? value : value & ((1u << bytes * 8) - 1);
}

static void fake_write(void *context, uint32_t offset, uint32_t value)
{
    (void)context;
    if (offset == 0x070 && fake.refuses) value &= ~8u;
    if (offset == 0x070 && value == 0 && fake.deaf) return;
    if (offset == 0x020) fake.accepted |= (uint64_t)value << (fake.at[0x024 / 4] != 0 ? 32 : 0);
    fake.at[offset / 4] = value;
}

static void fake_pause(void *context)
{
    (void)context;
    fake.pauses++;
}

static struct virtio fake_start(uint32_t version, uint64_t offers)
{
    memset(&fake, 0, sizeof fake);
    fake.at[0] = 0x74726976;
    fake.at[1] = version;
    fake.at[2] = 1;
    fake.offers = offers;
    fake.at[0x034 / 4] = 1024;
    fake.at[0x100 / 4] = 0x12005452;
    fake.at[0x104 / 4] = 0x00015634;
    return (struct virtio){.read = fake_read, .write = fake_write, .pause = fake_pause};
}

static void registers_of_both_forms(void **state)
{
    (void)state;
    for (uint32_t version = 1; version <= 2; version++) {
        struct virtio virtio = fake_start(version, UINT64_MAX);
        struct virtio_config config;
        assert_int_equal(virtio_probe(&virtio), ERR_OK);
        assert_int_equal(virtio_reset(&virtio), ERR_OK);
        assert_int_equal(virtio_negotiate(&virtio), ERR_OK);
        assert_int_equal(fake.accepted, virtio.features);
        assert_true((virtio.features & FEATURE_EVENT_INDEX) && (virtio.features & FEATURE_MERGED));
        assert_int_equal(version == 2, (virtio.features & FEATURE_VERSION_1) != 0);
        assert_int_equal(virtio_queue_size(&virtio, 0, VIRTQUEUE_MAX), VIRTQUEUE_MAX);
        fake.at[0x034 / 4] = 100;
        assert_int_equal(virtio_queue_size(&virtio, 0, VIRTQUEUE_MAX), 64);
        assert_int_equal(virtio_queue_set(&virtio, 0, 0x40005000, 64), ERR_OK);
        if (version == 1) assert_int_equal(fake.at[0x040 / 4], 0x40005);
        if (version == 2) assert_int_equal(fake.at[0x0a0 / 4], 0x40005000 + VIRTQUEUE_USED(64));
        assert_int_equal(virtio_queue_set(&virtio, 0, 0x40005000, 64), ERR_DEVICE); /* it has one already */
        assert_int_equal(virtio_go(&virtio), ERR_OK);
        fake.generations = 3;
        virtio_configuration(&virtio, &config);
        assert_int_equal(config.mac, 0x525400123456);
        assert_true(config.link);
        assert_false(virtio_broken(&virtio));
        fake.at[0x070 / 4] |= 64;
        assert_true(virtio_broken(&virtio));
    }
}

static void U7_never_acknowledges_a_reset(void **state)
{
    (void)state;
    struct virtio virtio = fake_start(2, UINT64_MAX);
    fake.deaf = true;
    fake.at[0x070 / 4] = 7;
    assert_int_equal(virtio_reset(&virtio), ERR_DEVICE);
    assert_true(fake.pauses > 0);
}

static void U7_devices_that_are_not_for_us(void **state)
{
    (void)state;
    struct virtio virtio = fake_start(2, ~FEATURE_VERSION_1);
    assert_int_equal(virtio_negotiate(&virtio), ERR_UNSUPPORTED);
    virtio = fake_start(2, UINT64_MAX);
    fake.refuses = true;
    assert_int_equal(virtio_negotiate(&virtio), ERR_UNSUPPORTED);
    virtio = fake_start(1, UINT64_MAX & ~FEATURE_ANY_LAYOUT);
    assert_int_equal(virtio_probe(&virtio), ERR_OK);
    assert_int_equal(virtio_negotiate(&virtio), ERR_UNSUPPORTED);
    for (unsigned i = 0; i < 3; i++) {
        virtio = fake_start(2, 0);
        fake.at[i] ^= 7;
        assert_int_equal(virtio_probe(&virtio), ERR_NOT_FOUND);
    }
}

#define SIM_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM_TEST(U7_used_index_beyond),
        SIM_TEST(U7_used_index_goes_back),
        SIM_TEST(U7_descriptor_out_of_range),
        SIM_TEST(U7_descriptor_that_it_does_not_have),
        SIM_TEST(U7_descriptor_given_back_twice),
        SIM_TEST(U7_length_beyond_the_buffer),
        SIM_TEST(U7_length_less_than_a_header),
        SIM_TEST(U7_packet_of_no_buffers),
        SIM_TEST(U7_not_yet_published),
        SIM_TEST(U7_driver_started_again),
        SIM_TEST(port_refuses_lies),
        SIM_TEST(port_refuses_packets),
        cmocka_unit_test(layouts_fit),
        cmocka_unit_test(registers_of_both_forms),
        cmocka_unit_test(U7_never_acknowledges_a_reset),
        cmocka_unit_test(U7_devices_that_are_not_for_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
