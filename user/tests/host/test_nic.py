# SPDX-License-Identifier: BSD-2-Clause
#
# The network card's driver, without a stack of protocols: nicecho (user/tests/nicecho.c) sends every Ethernet frame back, and a peer on the host
# (nicpeer.py) counts and compares them. The inventory's own stack is left out: a card has one at a time.

import os
import random
import re
import struct

import nicpeer
import physical
import pytest

WINDOW = 64


def ramdisk_without_stack(build, folder):
    """The build's ramdisk, with the inventory's line of the net server made a comment of the same length."""
    with open(os.path.join(build, "ramdisk.cpio"), "rb") as source:
        ramdisk = source.read()
    path = os.path.join(folder, "ramdisk.cpio")
    with open(path, "wb") as target:
        target.write(re.sub(rb"^service net\b", b"#ervice net", ramdisk, flags=re.M))
    return path


@pytest.fixture
def peer(tmp_path):
    there = nicpeer.Peer(str(tmp_path))
    yield there
    there.close()


def boot_without_stack(boot, build, tmp_path, peer, name, virtio):
    console = boot(name, ramdisk=ramdisk_without_stack(build, tmp_path), boot="direct", net=peer.backend, virtio=virtio)
    console.boot(90)
    return console


def start(boot, build, tmp_path, peer, name, virtio):
    console = boot_without_stack(boot, build, tmp_path, peer, name, virtio)
    console.send("test/nicecho &\r")
    match = console.expect(r"nicecho: opened nic, mac 525400123456, mtu 1500, (\d+) buffers, (\w+), link up", 30)
    assert match.group(2) == virtio and int(match.group(1)) >= 256
    return console


def exchange(peer, numbers, length_of, patience=30):
    """Send frames, a window of them on their way; each must come back once, in order and as it was."""
    waiting = []
    for number in numbers:
        sent = nicpeer.frame(number, length_of(number))
        peer.send(sent)
        waiting.append(nicpeer.answer(sent))
        while len(waiting) > WINDOW:
            assert peer.receive(patience) == waiting.pop(0)
    while waiting:
        assert peer.receive(patience) == waiting.pop(0)


def finish(console, peer):
    """The end frame, and what nicecho says: numbers by name."""
    peer.send(nicpeer.frame(0, 60, nicpeer.TYPE_END))
    console.expect(r"nicecho: (\d+) echoed[^\n]*\n", 60)
    counts = {name: int(number) for number, name in re.findall(r"(\d+) (\w+)", console.child.match.group(0))}
    console.expect(r"nicecho: driver: [^\n]*\n", 20)
    counts.update({"driver " + name: int(number) for number, name in re.findall(r"(\d+) (\w+)", console.child.match.group(0))})
    assert console.expect(r"nicecho: (ok|FAILED)", 20).group(1) == "ok"
    return counts


@pytest.mark.parametrize("virtio", ["modern", "legacy"])
def test_nic_echo(boot, build, tmp_path, peer, virtio):
    """Thousands of frames of all sizes come back in order, few interrupts for many packets."""
    console = start(boot, build, tmp_path, peer, f"nic-{virtio}", virtio)
    generator = random.Random(6)
    lengths = [generator.randint(18, 1514) for _ in range(3000)]
    exchange(peer, range(len(lengths)), lambda number: lengths[number])
    # What is too short for an Ethernet header, or too long for a buffer, harms nobody.
    for length in (1, 5, 13, 1600, 2022, 2023, 4000, 9000):
        peer.send(b"\xff" * length)
    peer.send(nicpeer.frame(0, 18))
    assert any(peer.receive(20) == nicpeer.answer(nicpeer.frame(0, 18)) for _ in range(9))
    exchange(peer, range(200), lambda number: 60)
    counts = finish(console, peer)
    assert counts["echoed"] >= 3201 and counts["lost"] == 0 and counts["driver resets"] == 0
    assert counts["split"] > 500 and counts["pieces"] >= 5
    assert counts["driver interrupts"] < counts["driver received"]


def driver_pid(console):
    return re.search(r"^(0\.\d+) .* virtio_net$", console.command("ps")[0], re.M).group(1)


@pytest.mark.parametrize("virtio", ["modern", "legacy"])
def test_nic_driver_killed(boot, build, tmp_path, peer, virtio):
    """Killed in the middle of traffic its successor goes on: frames on their way may be lost, but none comes twice or changed."""
    console = start(boot, build, tmp_path, peer, f"nic-killed-{virtio}", virtio)
    number = 0
    for _ in range(5):
        first = number
        for number in range(first, first + 40):
            peer.send(nicpeer.frame(number, 100))
        console.send(f"kill {driver_pid(console)}\r")  # no command(), whose output might be what is waited for
        console.expect(r"nicecho: opened nic", 30)
        for number in range(first + 40, first + 80):
            peer.send(nicpeer.frame(number, 100))
        peer.send(nicpeer.frame(number + 1, 100))
        number += 2
        last = -1
        while last < number - 1:
            got = peer.receive(20)
            assert got is not None
            last, before = int.from_bytes(got[14:18], "big"), last
            assert before < last and got == nicpeer.answer(nicpeer.frame(last, 100))
    exchange(peer, range(500), lambda number: 60 + number)
    counts = finish(console, peer)
    assert counts["opened"] == 6 and counts["gone"] == 5


def test_nic_stack_killed(boot, build, tmp_path, peer):
    """The card is free at once for the next stack, which has all buffers."""
    console = start(boot, build, tmp_path, peer, "nic-stack", "modern")
    for _ in range(5):
        exchange(peer, range(100), lambda number: 200)
        peer.send(nicpeer.frame(0, 60))
        pid = re.search(r"^(0\.\d+) .* nicecho$", console.command("ps")[0], re.M).group(1)
        console.command(f"kill {pid}")
        while peer.receive(0.2):  # as many as there are; nobody sends any more
            pass
        console.send("test/nicecho &\r")
        console.expect(r"nicecho: opened nic", 30)
    exchange(peer, range(300), lambda number: 60)
    assert finish(console, peer)["echoed"] == 301


def test_U3_stack_breaks_the_rules(boot, build, tmp_path, peer):
    """A stack that writes what it may not into the rings loses the card; driver and others go on."""
    console = boot_without_stack(boot, build, tmp_path, peer, "nic-break", "modern")
    pid = driver_pid(console)  # before: what the stack says while a command runs would count as the command's
    console.send("test/nicecho break &\r")
    assert console.expect(r"nicecho: (ok|FAILED)", 60).group(1) == "ok"
    assert driver_pid(console) == pid
    console.send("test/nicecho &\r")
    console.expect(r"nicecho: opened nic", 30)
    exchange(peer, range(100), lambda number: 60)
    finish(console, peer)


def test_nic_link(boot, build, tmp_path, peer):
    """The cable is pulled and put back."""
    console = start(boot, build, tmp_path, peer, "nic-link", "modern")
    exchange(peer, range(10), lambda number: 60)
    console.monitor.command("set_link net0 off")
    peer.send(nicpeer.frame(7, 60))
    assert peer.receive(0.5) is None
    console.monitor.command("set_link net0 on")
    exchange(peer, range(100, 200), lambda number: 60)
    finish(console, peer)


USED = 8192  # where in a queue's memory the used ring begins, for 256 entries (drivers/virtio_net/virtqueue.h)
SEND_QUEUE = 12288  # in the driver's memory for queues


def lie(memory, queue, index, entry_id):
    """Write into a used ring as a device does: an entry's id, and an index so much further."""
    (now,) = struct.unpack("<H", memory.read(queue + USED + 2, 2))
    memory.write(queue + USED + 4 + 8 * (now % 256), struct.pack("<II", entry_id, 0))
    memory.write(queue + USED + 2, struct.pack("<H", (now + index) & 0xFFFF))


@pytest.mark.parametrize("name, index, entry_id", [("index", 5000, 0), ("id", 1, 70000), ("unknown", 1, 200)])
def test_U7_device_misbehaves(boot, build, tmp_path, peer, name, index, entry_id):
    """What a device may not write is written into the used ring of packets to send, which the device itself leaves alone until
    there are some. It is reset, that is reported, and traffic goes on."""
    console = start(boot, build, tmp_path, peer, f"nic-lies-{name}", "modern")
    exchange(peer, range(100), lambda number: 60)
    pid = driver_pid(console)
    caps = console.command(f"caps {pid}")[0]
    base = int(re.search(r"DmaFrame\D+?(0x[0-9a-f]+)", caps).group(1), 16)
    with physical.Physical(console) as memory:
        lie(memory, base + SEND_QUEUE, index, entry_id)
    peer.send(nicpeer.frame(0, 60))  # the driver looks when something comes
    log = ""
    for _ in range(20):
        log = console.command("dmesg")[0]
        if "misbehaves" in log:
            break
        console.command("sleep 0.1")
    assert "nic: the device misbehaves and is reset: device does not answer or misbehaves" in log
    console.command("sleep 0.3")  # it is started again a little later; what comes until then is lost
    while peer.receive(0.1):
        pass
    exchange(peer, range(500), lambda number: 60 + number)
    counts = finish(console, peer)
    assert driver_pid(console) == pid and counts["driver resets"] == 1 and counts["opened"] == 1
