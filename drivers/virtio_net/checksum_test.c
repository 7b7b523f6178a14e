/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums between stack and device: what the device says of a packet reaches the stack, and what the stack leaves to it is said where the device looks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "net_sim.h"

static struct sim sim;

/* Buffers are with the device to receive into. */
static int set_up(void **state)
{
    static const struct net_features features = {.header_bytes = sizeof(struct net_header), .merged = true};
    uint32_t wanted;
    (void)state;
    sim_start(&sim, &features, 32, true);
    nic_refill(&sim.port, 4);
    nic_out_publish(&sim.port.out);
    assert_int_equal(sim_work(&sim, &wanted), ERR_OK);
    sim_take(&sim, &sim.receive);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_end(&sim);
    return 0;
}

/* A packet of `flags` in its header (5.1.6.4), to a driver that asked for checksums to be looked at or not. */
static bool received_checked(uint8_t flags, bool asked)
{
    struct net_header header = {.flags = flags, .buffers = 1};
    struct nic_packet packet;
    uint32_t wanted;
    sim.net.features.checksum_receive = asked;
    sim_fill(&sim, sim.receive.chain[0], &header, sizeof header);
    sim_give(&sim, &sim.receive, 0, sizeof header + 60);
    assert_int_equal(sim_work(&sim, &wanted), ERR_OK);
    assert_int_equal(nic_receive(&sim.port, &packet), ERR_OK);
    assert_int_equal(packet.length, 60);
    return (packet.flags & NIC_CHECKED) != 0;
}

/* The stack hears that a sum is right, or that none is needed, from a device that was asked, and of that packet alone. */
static void checksums_received(void **state)
{
    (void)state;
    assert_true(received_checked(NET_HEADER_DATA_VALID, true));
    assert_false(received_checked(0, true));
    assert_true(received_checked(NET_HEADER_NEEDS_CSUM, true));
    assert_false(received_checked(NET_HEADER_NEEDS_CSUM | NET_HEADER_DATA_VALID, false));
}

/* What the device finds before a packet whose sum is left to it; false: it gets none. */
static bool sent_unsummed(uint16_t start, uint16_t offset, bool offered, struct net_header *header)
{
    uint8_t data[NIC_BUFFER_BYTES];
    uint32_t wanted, before = sim.send.chains, dropped = (uint32_t)sim.net.counts.dropped;
    struct nic_packet packet = {.buffer = (uint16_t)nic_alloc(&sim.port),
                                .offset = NIC_HEADROOM,
                                .length = 60,
                                .flags = NIC_CSUM,
                                .csum_start = start,
                                .csum_offset = offset};
    sim.net.features.checksum_send = offered;
    assert_int_equal(nic_send(&sim.port, packet), ERR_OK);
    nic_out_publish(&sim.port.out);
    assert_int_equal(sim_work(&sim, &wanted), ERR_OK);
    sim_take(&sim, &sim.send);
    assert_int_equal(sim.send.chains - before + sim.net.counts.dropped - dropped, 1);
    if (sim.send.chains == before) return false;
    assert_int_equal(sim_read(&sim, sim.send.chain[before], data, sizeof data), sizeof *header + 60);
    memcpy(header, data, sizeof *header);
    return true;
}

/* Where it is to go is said; a place outside of the packet, or a device that does not offer it, is not asked. */
static void checksums_sent(void **state)
{
    struct net_header header;
    (void)state;
    assert_true(sent_unsummed(34, 16, true, &header));
    assert_int_equal(header.flags, NET_HEADER_NEEDS_CSUM);
    assert_int_equal(header.csum_start, 34);
    assert_int_equal(header.csum_offset, 16);
    assert_int_equal(header.gso_type, 0);
    assert_true(sent_unsummed(42, 16, true, &header));
    assert_false(sent_unsummed(43, 16, true, &header));
    assert_false(sent_unsummed(UINT16_MAX, UINT16_MAX, true, &header));
    assert_false(sent_unsummed(34, 16, false, &header));
    sim_check(&sim, true, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checksums_received, set_up, tear_down),
        cmocka_unit_test_setup_teardown(checksums_sent, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
