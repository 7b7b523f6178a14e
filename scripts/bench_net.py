# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The other side of `bench net net_tcp net_clients net_back`: says and answers exactly the packets that are counted. The guest's program prints `peer WHAT SIZE COUNT
# CLIENTS` when it is ready; packets are queued while the
# machine stands still, so that how they meet in the device is not up to this program's pace. Called by bench.py.

import os
import re
import socket
import struct
import tempfile
import time

from net_peer import ACK, FIN, ICMP, PSH, SYN, TCP, UDP, Peer, echo, ip, tcp, udp

DONE = 9  # the guest's port for "that was all"
LIMIT = 30
SILENCE = 0.2
WINDOW = 65535  # of net_peer.tcp()


class Monitor:
    """QEMU's human monitor: stops and continues the machine."""

    def __init__(self):
        self.path = os.path.join(tempfile.mkdtemp(prefix="capelin-bench-"), "monitor")
        self.arguments = ["-monitor", f"unix:{self.path},server=on,wait=off"]
        self.link = None

    def command(self, line):
        if not self.link:
            self.link = socket.socket(socket.AF_UNIX)
            self.link.settimeout(20)
            self.link.connect(self.path)
            self.until_prompt()
        self.link.sendall(line.encode() + b"\n")
        self.until_prompt()

    def until_prompt(self):
        text = b""
        while not text.endswith(b"(qemu) "):
            text += self.link.recv(4096)


def count_answers(peer, wanted, matches):
    """Wait for so many packets that match; fails if they do not come."""
    got, deadline = 0, time.monotonic() + LIMIT
    while got < wanted:
        found = peer.packet(deadline - time.monotonic())
        if not found:
            raise TimeoutError(f"{got} of {wanted} answers")
        got += matches(found)
    return got


def is_udp(found, own):
    return found[0] == UDP and struct.unpack_from("!H", found[1], 2)[0] == own


def held(peer, monitor, packets):
    """Queue packets while the machine stands still."""
    monitor.command("stop")
    peer.send_ip(*packets)
    monitor.command("cont")


def run_udp(peer, monitor, size, count, clients):
    """`count` packets, one client after the other, all queued before the first is seen."""
    held(peer, monitor, [ip(udp(struct.pack("!I", i).ljust(size, b"u"), 7000 + i % clients), UDP) for i in range(count)])
    count_answers(peer, count, lambda found: is_udp(found, 4000))


def run_icmp(peer, monitor, size, count, _clients, window=64):
    """So many outstanding: the next ones are queued when the last ones are answered."""
    for at in range(0, count, window):
        packets = [ip(echo(b"i" * size, number), ICMP) for number in range(at, min(at + window, count))]
        held(peer, monitor, packets)
        count_answers(peer, len(packets), lambda found: found[0] == ICMP and found[1][0] == 0)


class Stream:
    """Just enough of TCP for a link that loses nothing."""

    def __init__(self, peer, port, own):
        self.peer, self.port, self.own = peer, port, own
        self.next, self.theirs, self.acknowledged, self.window = 1, 0, 1, 0
        self.say(SYN, options=b"\x02\x04\x05\xb4", number=0)
        while self.must_hear() & (SYN | ACK) != SYN | ACK:
            pass
        self.theirs = self.their_number + 1
        self.say(ACK)

    def segment(self, flags, data=b"", number=None, options=b""):
        return ip(tcp(self.port, self.own, self.next if number is None else number, self.theirs, flags, data, options=options), TCP)

    def say(self, flags, **how):
        self.peer.send_ip(self.segment(flags, **how))

    def hear(self, timeout=LIMIT):
        """The next segment of this connection: its flags; None if there is none for so long. Its data is in .data."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.peer.packet(deadline - time.monotonic())
            if not found:
                return None
            if found[0] == TCP and struct.unpack_from("!HH", found[1]) == (self.port, self.own):
                self.their_number, self.acknowledged = struct.unpack_from("!II", found[1], 4)
                self.window = struct.unpack_from("!H", found[1], 14)[0]
                self.data = found[1][(found[1][12] >> 4) * 4:]
                return found[1][13]

    def must_hear(self):
        flags = self.hear()
        if flags is None:
            raise TimeoutError("TCP is silent")
        return flags

    def row(self, least, most):
        """Segments in order, until there are `most` bytes of them or nothing comes for a moment: what confirms each second one and the last."""
        numbers, got = [], 0
        while got < least or got < most and numbers:
            if self.hear(SILENCE if got >= least else LIMIT) is None:
                if got < least:
                    raise TimeoutError("TCP is silent")
                break
            if self.data and self.their_number == self.theirs & 0xFFFFFFFF:
                self.theirs += len(self.data)
                got += len(self.data)
                numbers.append(self.segment(ACK))
        return got, numbers[1::2] + numbers[-1:] * (len(numbers) % 2)

    def close(self):
        self.say(FIN | ACK)
        self.next += 1


def run_tcp_rx(peer, monitor, size, count, _clients):
    """A window full is queued while the machine stands still, again when it has been confirmed and the window opens no further."""
    stream = Stream(peer, 9000, 5000)
    data, left, most = b"r" * size, count, stream.window // size
    while left:
        packets = []
        for _ in range(min(left, stream.window // size)):
            packets.append(stream.segment(ACK | PSH, data))
            stream.next += size
        held(peer, monitor, packets)
        left -= len(packets)
        while stream.acknowledged != stream.next & 0xFFFFFFFF:
            stream.must_hear()
        while stream.window // size < min(left, most) and stream.hear(SILENCE) is not None:
            pass
    stream.close()


def run_tcp_tx(peer, monitor, size, count, _clients):
    """What comes in a row, a window full once the guest has opened its own, is confirmed by acknowledgements for each second segment, as
    hosts do, all queued while the machine stands still."""
    stream = Stream(peer, 9001, 5001)
    left = size * count
    while left:
        got, acks = stream.row(1, min(left, WINDOW // size * size))
        held(peer, monitor, acks)
        left -= got
    stream.close()


def run_back(peer, _monitor, _size, count, _clients):
    """Echo what comes, so that the guest can tell when its network is back; the last packet says so."""
    while True:
        found = peer.packet(LIMIT)
        if not found:
            raise TimeoutError("the network does not come back")
        if is_udp(found, 4100):
            if found[1][8:12] == b"last":
                return
            own = struct.unpack_from("!H", found[1])[0]
            peer.send_ip(ip(udp(found[1][8:], own, own=4100), UDP))


RUN = {"udp": run_udp, "icmp": run_icmp, "tcp_rx": run_tcp_rx, "tcp_tx": run_tcp_tx, "back": run_back}


def serve(machine, peer, monitor, line):
    """Type a line and play its peer until the prompt; its output."""
    said = ""
    machine.child.send(line + "\r")
    machine.wait(r"\n")
    while machine.child.expect([r"peer (\w+) (\d+) (\d+) (\d+)\r*\n", r"capelin> "]) == 0:
        said += machine.child.before
        what, size, count, clients = machine.child.match.groups()
        RUN[what](peer, monitor, int(size), int(count), int(clients))
        if what in ("udp", "icmp"):
            peer.send_ip(ip(udp(b"done", DONE), UDP))
    return (said + machine.child.before).replace("\r", "").splitlines()


def measure(new_machine):
    """Lines of results. new_machine(net, extra) boots one."""
    peer, monitor = Peer(dhcp=True), Monitor()
    machine = new_machine(peer, monitor.arguments)
    lines = []
    try:
        wait_for_address(machine, peer)
        # What it learns of us by itself grows old.
        serve(machine, peer, monitor, "arp -s 10.0.2.2 02:00:00:00:00:02")
        lines = serve(machine, peer, monitor, "bench net net_tcp net_clients net_back")
    finally:
        machine.close()
        peer.close()
    return lines


def wait_for_address(machine, peer):
    """Answer DHCP until the guest has its address; then it answers a ping."""
    deadline = time.monotonic() + LIMIT
    while not peer.ping(b"there?", timeout=1, tries=1):
        if time.monotonic() > deadline:
            raise TimeoutError("the guest has no address: " + re.sub(r"\s+", " ", machine.child.before or ""))
