# SPDX-License-Identifier: BSD-2-Clause
#
# Frames that no decent host sends: truncated, lying about lengths, wrong checksums, fragments that overlap or never end, storms and lies
# of ARP, floods of SYN. One generator, repeatable by its seed.

import random
import struct

from net_peer import (ACK, FIN, GUEST, GUEST_MAC, ICMP, PEER, PEER_MAC, PSH, RST, SYN, TCP, UDP, arp, checksum, echo, ethernet, ip, tcp, transport, udp)

BROADCAST = b"\xff" * 6


def somebody(rng):
    """An address of the guest's own network."""
    return bytes([10, 0, 2, rng.randrange(16, 255)])


def truncated(rng):
    whole = ethernet(rng.choice([ip(udp(b"x" * 40, 7), UDP), ip(echo(b"y" * 40, 1), ICMP), ip(tcp(7, 99, 1, 0, SYN), TCP), arp(1)]),
                     kind=rng.choice([0x0800, 0x0806]))
    return whole[:rng.randrange(14, len(whole))]


def ip_lengths(rng):
    packet = bytearray(ip(udp(b"data" * rng.randrange(40), 7), UDP))
    struct.pack_into("!H", packet, 2, rng.choice([0, 1, 19, 20, 21, 27, len(packet) - 1, len(packet) + 1, 1500, 65535]))
    packet[0] = rng.choice([0x45, 0x45, 0x40, 0x44, 0x46, 0x4F, 0x55, 0x65, 0x05])
    packet[10:12] = b"\0\0"
    packet[10:12] = struct.pack("!H", checksum(bytes(packet[:20])))
    return ethernet(bytes(packet))


def ip_checksum(rng):
    packet = bytearray(ip(udp(b"data", 7), UDP))
    packet[10] ^= 1 << rng.randrange(8)
    return ethernet(bytes(packet))


def udp_lies(rng):
    body = bytearray(udp(b"d" * rng.randrange(60), rng.choice([7, 9, 0, 65535]), own=rng.choice([0, 7, 4000])))
    if rng.random() < 0.5:
        struct.pack_into("!H", body, 4, rng.choice([0, 1, 7, 8, len(body) - 1, len(body) + 1, 65535]))
    else:
        struct.pack_into("!H", body, 6, rng.randrange(1, 65536))
    return ethernet(ip(bytes(body), UDP))


def icmp_lies(rng):
    body = bytearray(echo(b"p" * rng.randrange(60), 1, kind=rng.randrange(0, 20)))
    if rng.random() < 0.7:
        body[2] ^= 0xFF
    return ethernet(ip(bytes(body[:rng.randrange(1, len(body) + 1)]), ICMP))


def tcp_lies(rng):
    body = bytearray(tcp(rng.choice([7, 9, 0]), rng.randrange(65536), rng.randrange(1 << 32), rng.randrange(1 << 32), rng.randrange(256), b"t" * rng.randrange(20)))
    body[12] = rng.randrange(16) << 4
    whole = transport(bytes(body[:16]) + b"\0\0" + bytes(body[18:]), TCP) if rng.random() < 0.7 else bytes(body)
    return ethernet(ip(whole[:rng.randrange(1, len(whole) + 1)] if rng.random() < 0.3 else whole, TCP))


def tcp_options(rng):
    junk = bytes(rng.choice([0, 1, 2, 3, 4, 5, 8, 255, rng.randrange(256)]) for _ in range(4 * rng.randrange(1, 11)))
    return ethernet(ip(tcp(7, rng.randrange(1, 65536), rng.randrange(1 << 32), 0, SYN, options=junk, source=somebody(rng)), TCP, source=somebody(rng)))


def syn_flood(rng):
    source = somebody(rng)
    return ethernet(ip(tcp(rng.choice([7, 7, 7, 9]), rng.randrange(1, 65536), rng.randrange(1 << 32), 0, SYN, options=b"\x02\x04\x05\xb4", source=source),
                       TCP, source=source))


def overlapping(rng):
    """One of several fragments of few packets, so that they meet each other."""
    step = 8 * rng.randrange(0, 20)
    return ethernet(ip(bytes(rng.randrange(256) for _ in range(8 * rng.randrange(1, 30) + rng.choice([0, 0, 3]))), rng.choice([UDP, ICMP, TCP]),
                       number=rng.randrange(6), flags=rng.randrange(2), offset=step))


def endless(rng):
    return ethernet(ip(b"e" * 1400, UDP, number=rng.randrange(65536), flags=1, offset=rng.choice([0, 8, 1480, 60000])))


def beyond(rng):
    """The ping of death: a fragment that ends beyond 65,535."""
    return ethernet(ip(b"f" * 1400, ICMP, number=rng.randrange(4), flags=rng.randrange(2), offset=65528))


def arp_storm(rng):
    return ethernet(arp(rng.choice([1, 2]), sender_mac=bytes([2, 0, 0, 0]) + rng.randbytes(2), sender=somebody(rng), target=rng.choice([GUEST, somebody(rng)])),
                    kind=0x0806, to=rng.choice([GUEST_MAC, BROADCAST]))


def arp_lies(rng):
    packet = bytearray(arp(rng.choice([0, 1, 2, 3, 65535]), sender=rng.choice([PEER, GUEST, b"\0" * 4, b"\xff" * 4, b"\xe0\0\0\1"]),
                           sender_mac=rng.choice([PEER_MAC, GUEST_MAC, BROADCAST, b"\0" * 6])))
    if rng.random() < 0.5:
        at = rng.randrange(6)
        packet[at] = rng.randrange(256)
    return ethernet(bytes(packet), kind=0x0806, to=rng.choice([GUEST_MAC, BROADCAST]))


def strange_source(rng):
    source = rng.choice([GUEST, b"\0" * 4, b"\xff" * 4, b"\x7f\0\0\1", b"\xe0\0\0\1", bytes([10, 0, 2, 255])])
    body = rng.choice([lambda: (udp(b"s", 7, own=7, source=source), UDP), lambda: (echo(b"s", 1), ICMP),
                       lambda: (tcp(7, 7, 1, 0, SYN, source=source), TCP)])()
    return ethernet(ip(body[0], body[1], source=source), source=rng.choice([PEER_MAC, GUEST_MAC, BROADCAST, b"\0" * 6]))


def ip_options(rng):
    junk = bytes(rng.choice([0, 1, 7, 68, 131, 137, 255, rng.randrange(256)]) for _ in range(4 * rng.randrange(1, 11)))
    return ethernet(ip(udp(b"o", 7), UDP, options=junk))


def stray_tcp(rng):
    return ethernet(ip(tcp(7, rng.randrange(1, 65536), rng.randrange(1 << 32), rng.randrange(1 << 32), rng.choice([ACK, FIN | ACK, RST, PSH | ACK]), b"?" * 30), TCP))


def noise(rng):
    kind = rng.choice([0x0800, 0x0806, 0x86DD, 0x8100, 0x0000, 0xFFFF, rng.randrange(65536)])
    return ethernet(rng.randbytes(rng.randrange(0, 1500)), kind=kind, to=rng.choice([GUEST_MAC, BROADCAST, PEER_MAC]))


KINDS = (truncated, ip_lengths, ip_checksum, udp_lies, icmp_lies, tcp_lies, tcp_options, syn_flood, overlapping, endless, beyond, arp_storm, arp_lies,
         strange_source, ip_options, stray_tcp, noise)


def frames(seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        yield rng.choice(KINDS)(rng)[:1514]
