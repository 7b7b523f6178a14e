# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The other end of the guest's network cable, in Python: frames over QEMU's stream backend, on any machine and without rights. The tests
# send what no real network would, the benchmarks exactly as many packets as they count. Knows Ethernet, ARP, IPv4, ICMP, UDP and
# enough of TCP to fill a window. Nothing is lost between the two: QEMU takes a frame when the device has room for it.

import select
import socket
import struct
import time

import net_dhcp

GUEST_MAC, PEER_MAC = bytes.fromhex("525400123456"), bytes.fromhex("020000000002")
GUEST, PEER = socket.inet_aton("10.0.2.15"), socket.inet_aton("10.0.2.2")
CONFIGURE = "10.0.2.15/24 gateway 10.0.2.2"  # what ifconfig is told behind the device's name
ICMP, TCP, UDP = 1, 6, 17
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    """RFC 1071."""
    data = data + b"\0" * (len(data) & 1)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ethernet(payload, kind=0x0800, to=GUEST_MAC, source=PEER_MAC):
    return to + source + struct.pack("!H", kind) + payload


def arp(operation, sender_mac=PEER_MAC, sender=PEER, target_mac=b"\0" * 6, target=GUEST):
    return struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + sender_mac + sender + target_mac + target


def ip(payload, protocol, source=PEER, to=GUEST, number=0, flags=0, offset=0, ttl=64, options=b""):
    """A packet; offset in bytes, a multiple of 8."""
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, words * 4 + len(payload), number, flags << 13 | offset // 8, ttl, protocol, 0, source, to)
    head += options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def transport(payload, protocol, source=PEER, to=GUEST, at=None):
    """UDP or TCP with its checksum filled in."""
    at = at if at is not None else 6 if protocol == UDP else 16
    value = checksum(source + to + struct.pack("!BBH", 0, protocol, len(payload)) + payload) or 0xFFFF
    return payload[:at] + struct.pack("!H", value) + payload[at + 2:]


def udp(data, port, own=4000, source=PEER, to=GUEST):
    return transport(struct.pack("!HHHH", own, port, 8 + len(data), 0) + data, UDP, source, to)


def tcp(port, own, number, acknowledged, flags, data=b"", window=65535, options=b"", source=PEER, to=GUEST):
    words = 5 + len(options) // 4
    return transport(struct.pack("!HHIIBBHHH", own, port, number & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, words << 4, flags, window, 0, 0) + options + data,
                     TCP, source, to)


def echo(data, number, ident=1, kind=8):
    body = struct.pack("!BBHHH", kind, 0, 0, ident, number) + data
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def fragments(payload, protocol, number, mtu=1500):
    """IP packets for a payload that is too long for one."""
    step = (mtu - 20) // 8 * 8
    return [ip(payload[at:at + step], protocol, number=number, flags=1 if at + step < len(payload) else 0, offset=at)
            for at in range(0, len(payload), step)]


class Peer:
    """Frames to and from a guest's card. It answers ARP for its address while it waits, and with `dhcp` DHCP, and puts fragments together."""

    def __init__(self, dhcp=False, address=PEER, guest_mac=GUEST_MAC):
        self.dhcp, self.address, self.guest_mac = dhcp, address, guest_mac
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.link, self.pending, self.parts = None, b"", {}
        self.record = None  # a list: every frame from now on goes there, with its time

    @property
    def net(self):
        """qemu.command's net="""
        return f"stream,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port={self.listener.getsockname()[1]}"

    def accept(self, timeout=20):
        """The machine has been started."""
        self.listener.settimeout(timeout)
        self.link, _ = self.listener.accept()
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.settimeout(60)

    def close(self):
        for each in (self.link, self.listener):
            if each:
                each.close()

    def noted(self, frame):
        if self.record is not None:
            self.record.append((time.time(), frame))
        return frame

    def send(self, *frames):
        self.link.sendall(b"".join(struct.pack("!I", len(frame)) + self.noted(frame) for frame in frames))

    def send_ip(self, *packets):
        self.send(*(ethernet(packet, to=self.guest_mac) for packet in packets))

    def frame(self, deadline):
        """The next frame, or None when the time is over."""
        while True:
            if len(self.pending) >= 4:
                size = struct.unpack_from("!I", self.pending)[0]
                if len(self.pending) >= 4 + size:
                    frame, self.pending = self.pending[4:4 + size], self.pending[4 + size:]
                    return self.noted(frame)
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.link], [], [], left)[0]:
                return None
            data = self.link.recv(1 << 20)
            if not data:
                raise ConnectionError("QEMU has ended")
            self.pending += data

    def packet(self, timeout=5.0):
        """The next whole IP packet for us: (protocol, payload, source), or None. Damaged ones are an error of the guest's."""
        deadline = time.monotonic() + timeout
        while True:
            frame = self.frame(deadline)
            if frame is None:
                return None
            kind = frame[12:14]
            if kind == b"\x08\x06" and frame[20:22] == b"\0\1" and frame[38:42] == self.address:
                self.send(ethernet(arp(2, sender=self.address, target_mac=frame[22:28], target=frame[28:32]), kind=0x0806, to=self.guest_mac))
            elif kind == b"\x08\x00":
                whole = self.join(frame[14:])
                if whole and not self.answer_dhcp(whole):
                    return whole

    def answer_dhcp(self, found):
        """Whether it was a client's packet of DHCP, which has been answered."""
        if not self.dhcp or found[0] != UDP or struct.unpack_from("!H", found[1], 2)[0] != 67:
            return False
        reply = net_dhcp.answer(found[1][8:])
        if reply:
            everybody = b"\xff" * 4
            self.send(ethernet(ip(udp(reply, 68, own=67, to=everybody), UDP, to=everybody), to=b"\xff" * 6))
        return True

    def join(self, packet):
        head = (packet[0] & 15) * 4
        length, number, where = struct.unpack_from("!HHH", packet, 2)
        if checksum(packet[:head]):
            raise AssertionError("the guest sends a bad checksum of IP")
        key, data = (packet[12:20], packet[9], number), packet[head:length]
        if where & 0x3FFF == 0:
            return packet[9], data, packet[12:16]
        parts = self.parts.setdefault(key, {})
        parts[(where & 0x1FFF) * 8] = (data, bool(where & 0x2000))
        at, whole = 0, b""
        while at in parts:
            data, more = parts[at]
            whole += data
            if not more:
                del self.parts[key]
                return packet[9], whole, packet[12:16]
            at += len(data)
        return None

    def datagram(self, own, timeout=5.0):
        """Data of the next packet of UDP for our port `own`; None."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = self.packet(deadline - time.monotonic())
            if found and found[0] == UDP and struct.unpack_from("!H", found[1], 2)[0] == own:
                return found[1][8:]
        return None

    def udp_echo(self, data, port=7, own=4000, timeout=3.0, tries=5):
        """Whether an echo server sends it back."""
        for number in range(tries):
            packet = udp(data, port, own)
            self.send_ip(*(fragments(packet, UDP, 1000 + number) if len(packet) > 1480 else [ip(packet, UDP)]))
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline:
                if self.datagram(own, deadline - time.monotonic()) == data:
                    return True
        return False

    def ping(self, data, number=1, timeout=3.0, tries=3):
        for attempt in range(tries):
            request = echo(data, number)
            self.send_ip(*(fragments(request, ICMP, 2000 + attempt) if len(request) > 1480 else [ip(request, ICMP)]))
            deadline = time.monotonic() + timeout
            while time.monotonic() < deadline:
                found = self.packet(deadline - time.monotonic())
                if found and found[0] == ICMP and found[1] == echo(data, number, kind=0):
                    return True
        return False
