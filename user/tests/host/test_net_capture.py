# SPDX-License-Identifier: BSD-2-Clause
#
# What tshark thinks of what the machine sends to the scripted peer: on any machine, with or without a network namespace
# (test_net_clients.py shows it what real clients and the machine say).

import shutil
import struct
import subprocess

from net_peer import ACK, FIN, PSH, SYN, TCP, UDP, fragments, ip, tcp, udp
from test_net import answer_of, background, cable, network  # noqa: F401 (cable and network are fixtures)

GUEST_ONLY = "ip.src==10.0.2.15 or eth.src==52:54:00:12:34:56"
# The device does no checksums here, so that they are seen.
NO_OFFLOADS = [word for feature in ("csum", "guest_csum", "gso", "host_tso4", "host_tso6", "host_ecn", "host_ufo", "guest_tso4", "guest_tso6", "guest_ecn", "guest_ufo")
               for word in ("-global", f"virtio-net-device.{feature}=off")]
CHECK_SUMS = [word for protocol in ("ip", "udp", "tcp") for word in ("-o", f"{protocol}.check_checksum:TRUE")]


def conversation(peer, own, data):
    """Connect, have `data` echoed, close."""
    number = 1000
    peer.send_ip(ip(tcp(7, own, number, 0, SYN, options=b"\x02\x04\x05\xb4"), TCP))
    theirs = struct.unpack_from("!I", answer_of(peer, own)[1], 4)[0] + 1
    number += 1
    peer.send_ip(ip(tcp(7, own, number, theirs, ACK), TCP))
    back, finished = b"", False
    for at in range(0, len(data), 1400):
        part = data[at:at + 1400]
        peer.send_ip(ip(tcp(7, own, number, theirs, ACK | PSH, part), TCP))
        number += len(part)
    while not finished:
        found = answer_of(peer, own)[1]
        payload = found[(found[12] >> 4) * 4:]
        if struct.unpack_from("!I", found, 4)[0] != theirs:
            continue
        back += payload
        theirs += len(payload) + (found[13] & FIN)
        finished = bool(found[13] & FIN)
        if payload or finished:
            last = len(back) == len(data) and not finished
            peer.send_ip(ip(tcp(7, own, number, theirs, ACK | (FIN if last else 0)), TCP))
            number += last
    return back


def save(path, frames):
    """As libpcap's files are: a header, then each frame with its time."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for when, frame in frames:
            file.write(struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(frame), len(frame)) + frame)


def tshark(path, *words):
    assert shutil.which("tshark"), "tshark is missing (make deps)"
    return subprocess.run(["tshark", "-r", path, *CHECK_SUMS, *words], capture_output=True, text=True, timeout=60, check=True).stdout


def test_net_capture(cable, tmp_path):  # noqa: F811
    path = str(tmp_path / "capture.pcap")
    it = cable("net-capture", extra=NO_OFFLOADS)
    background(it.console, "udp_echo 7")
    background(it.console, "tcp_echo 7")
    it.peer.record = []
    for size in (0, 56, 1472, 9000):
        assert it.peer.ping(b"p" * size, number=size)
    assert it.peer.udp_echo(b"u" * 800)
    it.peer.send_ip(*fragments(udp(b"f" * 6000, 7), UDP, 5))
    assert it.peer.datagram(4000) == b"f" * 6000
    for own in (3000, 3001):
        assert conversation(it.peer, own, b"t" * 20000) == b"t" * 20000
    it.console.send("ping -c 1 10.0.2.99\r")  # nobody answers ARP
    while it.peer.packet(0.2):
        pass
    save(path, it.peer.record)
    said = tshark(path, "-q", "-z", f"expert,warn,{GUEST_ONLY}")
    assert "Errors (" not in said and "Warns (" not in said, said
    assert len(tshark(path, "-Y", GUEST_ONLY).splitlines()) > 40
    # It does find faults: the same with one byte of the last packet of TCP changed.
    at = max(i for i, (_, frame) in enumerate(it.peer.record) if frame[23] == TCP and frame[6:12] == bytes.fromhex("525400123456"))
    when, frame = it.peer.record[at]
    it.peer.record[at] = (when, frame[:40] + bytes([frame[40] ^ 1]) + frame[41:])
    save(path, it.peer.record)
    said = tshark(path, "-q", "-z", f"expert,warn,{GUEST_ONLY}")
    assert "Errors (" in said or "Warns (" in said, said
