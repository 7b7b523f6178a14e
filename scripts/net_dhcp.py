#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The DHCP server of `make run NET=tap` (RFC 2131, as much as one guest needs): whoever asks on the interface is 10.0.2.15, with
# 10.0.2.2 as its router. Ends with the process that started it.
#
#   net_dhcp.py INTERFACE

import os
import socket
import struct
import sys

SERVER, GUEST, MASK = (socket.inet_aton(text) for text in ("10.0.2.2", "10.0.2.15", "255.255.255.0"))
COOKIE = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, ACK, NAK, INFORM = 1, 2, 3, 5, 6, 8
LEASE_SECONDS = 0xFFFFFFFF  # for ever


def options_of(packet):
    """{code: value} of what follows the cookie; empty if it is no DHCP."""
    found, at = {}, 240
    if packet[236:240] != COOKIE:
        return found
    while at < len(packet) and packet[at] != 255:
        if packet[at] == 0:
            at += 1
            continue
        if at + 2 > len(packet) or at + 2 + packet[at + 1] > len(packet):
            break
        found[packet[at]] = packet[at + 2:at + 2 + packet[at + 1]]
        at += 2 + packet[at + 1]
    return found


def answer(packet):
    """The reply to a client's packet, or None."""
    asked = options_of(packet)
    kind = asked.get(53, b"\0")[0]
    if len(packet) < 240 or packet[0] != 1 or kind not in (DISCOVER, REQUEST, INFORM):
        return None
    if asked.get(54, SERVER) != SERVER:
        return None  # it has chosen another server
    wanted = asked.get(50) or packet[12:16]
    reply = {DISCOVER: OFFER, INFORM: ACK}.get(kind, ACK if wanted == GUEST else NAK)
    given = bytes(4) if reply == NAK or kind == INFORM else GUEST
    head = struct.pack("!4B", 2, 1, 6, 0) + packet[4:8] + bytes(2) + packet[10:12] + packet[12:16] + given + SERVER + bytes(4) + packet[28:44]
    options = [(53, bytes([reply])), (54, SERVER)]
    if reply != NAK:
        options += [(1, MASK), (3, SERVER)] + ([] if kind == INFORM else [(51, struct.pack("!I", LEASE_SECONDS))])
    body = b"".join(bytes([code, len(value)]) + value for code, value in options) + b"\xff"
    return (head + bytes(192) + COOKIE + body).ljust(300, b"\0")


def main():
    parent = os.getppid()
    server = socket.socket(type=socket.SOCK_DGRAM)
    for option in (socket.SO_REUSEADDR, socket.SO_BROADCAST):
        server.setsockopt(socket.SOL_SOCKET, option, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
    server.bind(("", 67))
    server.settimeout(2)
    while os.getppid() == parent:
        try:
            reply = answer(server.recv(2048))
            if reply:
                server.sendto(reply, ("255.255.255.255", 68))
        except OSError:
            continue  # nothing came, or the link is down


if __name__ == "__main__":
    main()
