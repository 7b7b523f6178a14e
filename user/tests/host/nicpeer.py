# SPDX-License-Identifier: BSD-2-Clause
#
# The other end of a network card: raw Ethernet frames over a socket of QEMU's dgram backend, one a datagram. Owns the socket and its files.

import os
import select
import socket
import struct

CARD = bytes.fromhex("525400123456")
PEER = bytes.fromhex("020000000001")
TYPE_TEST = 0x88B5  # for local experiments (IEEE 802)
TYPE_END = 0x88B6


class Peer:
    """folder is where the sockets are; backend what Console wants as net=."""

    def __init__(self, folder):
        self.here = os.path.join(folder, "peer")
        self.there = os.path.join(folder, "card")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.here)
        self.backend = (f"dgram,local.type=unix,local.path={self.there},"
                        f"remote.type=unix,remote.path={self.here}")

    def send(self, frame):
        self.socket.sendto(frame, self.there)

    def receive(self, timeout=10):
        """The next frame; None: nothing came in time."""
        ready, _, _ = select.select([self.socket], [], [], timeout)
        return self.socket.recv(65536) if ready else None

    def close(self):
        self.socket.close()


def frame(number, length, kind=TYPE_TEST):
    """A frame with a number in it, and bytes that depend on it."""
    body = struct.pack(">I", number) + bytes((number * 7 + i) & 0xFF for i in range(max(length - 18, 0)))
    return (CARD + PEER + struct.pack(">H", kind) + body)[:max(length, 18)]


def answer(sent):
    """What a card that sends frames back makes of it."""
    return sent[6:12] + sent[0:6] + sent[12:]
