# SPDX-License-Identifier: BSD-2-Clause
#
# The network against a scripted peer at the other end of the cable (scripts/net_peer.py), which works on any machine: echoes of all sizes,
# echo servers, malformed traffic, and the net server and its driver killed under load. Real clients: test_net_clients.py.

import json
import re
import struct
import time

import malformed
import pytest
from net_peer import ACK, CONFIGURE, GUEST, GUEST_MAC, ICMP, PSH, RST, SYN, TCP, UDP, Peer, arp, echo, ethernet, fragments, ip, tcp, udp


@pytest.fixture
def network(enabled):
    if not {"NET", "NET_PROGRAMS", "VIRTIO_NET"} <= enabled:
        pytest.skip("this configuration has no network")


@pytest.fixture
def streams(network, enabled):
    if "NET_TCP" not in enabled:
        pytest.skip("this configuration has no TCP")


def background(console, line):
    """Start a server in the background; its port, the last word, is its own when this returns."""
    output, status = console.command(line + " & true")
    assert status == 0, output
    program, port = line.split()[0], line.split()[-1]
    kind = "udp" if program == "udp_echo" else "tcp"
    console.command(f"until netstat | grep -q '^{kind}.*:{port} '; do sleep 0.05; done")


def processes(console, name):
    listed, _ = console.command("ps -j")
    return [each["pid"] for each in json.loads(listed) if each["name"] == name]


class Cable:
    """A machine and the peer at the other end of its cable, with an address, and echo servers at port 7."""

    def __init__(self, boot, name, configure=True, **machine):
        self.peer = Peer()
        self.console = boot(name, net=self.peer.net, boot="direct", **machine)
        self.peer.accept()
        self.console.boot()
        if configure:
            self.configure()
            assert self.peer.ping(b"there?", tries=10), "no answer to a ping"  # and each knows where the other one is

    def configure(self):
        """Give the device its address, as soon as it is there."""
        deadline = time.monotonic() + 20
        while True:
            listed, status = self.console.command("ifconfig -j")
            devices = [each["name"] for each in json.loads(listed) if each["name"] != "lo0"] if status == 0 else []
            if devices and self.console.command(f"ifconfig {devices[0]} {CONFIGURE}")[1] == 0:
                return
            assert time.monotonic() < deadline, listed
            time.sleep(0.1)

    def used(self):
        """Bytes that processes use."""
        return json.loads(self.console.command("free -j")[0])["used"]


@pytest.fixture
def cable(network, boot):
    made = []

    def make(name, **machine):
        made.append(Cable(boot, name, **machine))
        return made[-1]

    yield make
    for each in made:
        each.peer.close()


@pytest.mark.parametrize("virtio", ["modern", "legacy"])
def test_net_ping(cable, virtio):
    """Echoes of all sizes, whole and in fragments, in order or not."""
    it = cable(f"net-ping-{virtio}", virtio=virtio)
    for size in (0, 1, 56, 1472, 1473, 8000, 65507):
        assert it.peer.ping(bytes(range(256)) * (size // 256) + bytes(range(size % 256)), number=size & 0xFFFF), f"{size} bytes"
    # Who has the address (arping), and a flood: none of 2,000 is lost, in order.
    it.peer.send(ethernet(arp(1), kind=0x0806, to=b"\xff" * 6))
    while (frame := it.peer.frame(time.monotonic() + 5)) and frame[12:14] != b"\x08\x06":
        pass
    assert frame and frame[20:32] == b"\0\2" + GUEST_MAC + GUEST, frame
    for number in range(2000 + 16):
        if number < 2000:
            it.peer.send_ip(ip(echo(b"flood", number), ICMP))
        if number >= 16:
            assert next_icmp(it.peer)[1] == echo(b"flood", number - 16, kind=0)
    packet = udp(b"backwards" * 500, 7)
    background(it.console, "udp_echo 7")
    it.peer.send_ip(*reversed(fragments(packet, UDP, 77)))
    assert it.peer.datagram(4000) == b"backwards" * 500


def test_net_udp_servers(cable, count=200):
    """Ten servers, each its own process: everything comes back, to whom it belongs, in order."""
    it = cable("net-udp")
    ports = range(7000, 7010)
    for port in ports:
        background(it.console, f"udp_echo {port}")
    exchange(it.peer, ports, count)


def exchange(peer, ports, count, window=4):
    """`count` packets to each port, `window` outstanding for each."""
    sent, got = dict.fromkeys(ports, 0), dict.fromkeys(ports, 0)
    data = lambda port, number: struct.pack("!HI", port, number) * 8
    def send(port):
        peer.send_ip(ip(udp(data(port, sent[port]), port, own=port), UDP))
        sent[port] += 1
    for port in ports:
        for _ in range(min(window, count)):
            send(port)
    while any(got[port] < count for port in ports):
        found = peer.packet(20)
        assert found, f"lost: {got} of {sent}"
        if found[0] == UDP:
            port = struct.unpack_from("!H", found[1])[0]
            if port not in got:
                continue  # DHCP's
            assert found[1][8:] == data(port, got[port]), f"port {port}: packet {got[port]} is another"
            got[port] += 1
            if sent[port] < count:
                send(port)


def test_net_port_is_one_clients(cable):
    """Two programs cannot have one port; what a killed one had is free at once."""
    it = cable("net-port")
    background(it.console, "udp_echo 7")
    assert it.peer.udp_echo(b"first")
    said, status = it.console.command("udp_echo 7")
    assert status == 1 and "use" in said, said
    for pid in processes(it.console, "udp_echo"):
        it.console.command(f"kill {pid}")
    background(it.console, "udp_echo 7")
    assert it.peer.udp_echo(b"second")


def survive(it, seed, thousands, warm=1):
    """Echoes after each thousand damaged frames. What is in use after the first `warm` thousands: net's heap keeps the pages that it has touched."""
    background(it.console, "udp_echo 7")
    background(it.console, "tcp_echo 7")
    assert it.peer.udp_echo(b"before")
    first = None
    for thousand in range(thousands):
        frames = list(malformed.frames(seed * 1000 + thousand, 1000))
        for at in range(0, 1000, 20):
            it.peer.send(*frames[at:at + 20])
        # What the peer is at is learnt again from its own packet, whatever was said in its name.
        it.peer.send(ethernet(arp(2), kind=0x0806))
        assert it.peer.udp_echo(b"after %d" % thousand), f"no echo after {thousand + 1} thousand, seed {seed}"
        if thousand < warm:
            first = it.used()
    # Nothing goes round in circles by itself.
    seen = [it.console.command("netstat")[0] for _ in range(2)]
    assert seen[0] == seen[1], "\n".join(seen)
    return first


def back_to(it, used, limit=90):
    """What the packets took comes back when the time of fragments and half-open connections is over."""
    deadline = time.monotonic() + limit
    while it.used() > used + (256 << 10):
        assert time.monotonic() < deadline, f"{it.used()} bytes are in use, {used} were before"
        time.sleep(1)


def test_net_malformed(cable):
    it = cable("net-malformed")
    back_to(it, survive(it, 1, 5))


@pytest.mark.soak
def test_soak_net_malformed(cable):
    it = cable("net-malformed-soak")
    back_to(it, survive(it, 2, 200, warm=100))


def kill(it, name):
    pids = processes(it.console, name)
    assert len(pids) == 1, pids
    said, status = it.console.command(f"kill {pids[0]}")
    assert status == 0, said


def handshake(peer, own, number=1000, port=7):
    """Connect to a port, also of a server that does not have it again yet; the guest's next number."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        peer.send_ip(ip(tcp(port, own, number, 0, SYN), TCP))
        found = peer.packet(0.2)
        if found and found[0] == TCP and found[1][13] == SYN | ACK and struct.unpack_from("!H", found[1], 2)[0] == own:
            theirs = struct.unpack_from("!I", found[1], 4)[0] + 1
            peer.send_ip(ip(tcp(port, own, number + 1, theirs, ACK), TCP))
            return theirs
    raise AssertionError("no connection")


def killed_under_load(it, name, times):
    """What was set by hand, ports and servers are there again each time; a connection goes on without its driver, and ends with its net."""
    background(it.console, "udp_echo 7")
    background(it.console, "tcp_echo 7")
    assert it.peer.udp_echo(b"before")
    for number in range(times):
        own = 5000 + number
        theirs = handshake(it.peer, own)
        exchange(it.peer, [7], 50)
        it.peer.send_ip(*(ip(udp(b"load %d" % i, 7, own=4001), UDP) for i in range(50)))
        kill(it, name)
        it.peer.send_ip(*(ip(udp(b"load %d" % i, 7, own=4001), UDP) for i in range(50)))
        assert it.peer.udp_echo(b"after %d" % number, tries=100, timeout=0.2), f"no echo after kill {number + 1}"
        it.peer.send_ip(ip(tcp(7, own, 1001, theirs, ACK | PSH, b"are you there?"), TCP))
        if name == "net":  # nothing is known of the connection any more, and its other end hears so
            assert answer_of(it.peer, own)[1][13] & RST, "a connection to a server that was killed hangs"
        else:
            while not (found := answer_of(it.peer, own))[1].endswith(b"are you there?"):
                assert not found[1][13] & RST, "a connection does not outlive its driver"
            it.peer.send_ip(ip(tcp(7, own, 1015, 0, RST), TCP))
    assert len(processes(it.console, "udp_echo")) == 1 and len(processes(it.console, "tcp_echo")) == 1
    handshake(it.peer, 6999)  # tcp_echo has its port again


def answer_of(peer, own):
    """The next packet of TCP to our port."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = peer.packet(deadline - time.monotonic())
        if found and found[0] == TCP and struct.unpack_from("!H", found[1], 2)[0] == own:
            return found
    raise AssertionError("no answer over TCP")


@pytest.mark.parametrize("name", ["net", "virtio_net"])
def test_net_killed(cable, name):
    killed_under_load(cable(f"net-killed-{name}"), name, 5)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["net", "virtio_net"])
def test_soak_net_killed(cable, name):
    killed_under_load(cable(f"net-killed-{name}-soak"), name, 200)


def test_net_settings_survive(cable):
    """What was set by hand outlives net: an address, a name server, neighbours; what was taken back does not come back."""
    it = cable("net-settings")
    for line in ("ifconfig en0 dns 10.0.2.9", "arp -s 10.0.2.77 02:00:00:00:00:77", "arp -s 10.0.2.78 02:00:00:00:00:78", "arp -d 10.0.2.78",
                 "ifconfig lo0 127.0.0.2/8"):
        assert it.console.command(line)[1] == 0, line
    kill(it, "net")
    said, _ = it.console.command("until ifconfig en0; do sleep 0.02; done 2> /dev/null; ifconfig; arp")
    assert "10.0.2.15/24, gateway 10.0.2.2" in said and "10.0.2.9" in said and "127.0.0.2/8" in said, said
    assert "10.0.2.77" in said and "02:00:00:00:00:77" in said and "10.0.2.78" not in said, said
    assert it.peer.ping(b"again"), "its address is only shown"
    it.console.command("ifconfig en0 down; ifconfig lo0 127.0.0.1/8")
    kill(it, "net")
    said, _ = it.console.command("until ifconfig en0; do sleep 0.02; done 2> /dev/null; ifconfig")
    assert re.search("en0 +down", said), said


def next_icmp(peer):
    while (found := peer.packet()) and found[0] != ICMP:
        pass
    assert found, "nothing comes"
    return found


def test_net_two_cards(cable):
    """Each has its address, what is sent goes out by the one whose network it is for, and one whose driver is killed leaves the other alone."""
    second, own, guest = Peer(address=bytes([10, 0, 3, 2]), guest_mac=b"\x52\x54\0\0\0\x03"), bytes([10, 0, 3, 2]), bytes([10, 0, 3, 15])

    def other_answers(tries):
        for _ in range(tries):
            second.send_ip(ip(echo(b"still", 9), ICMP, source=own, to=guest))
            end = time.monotonic() + 1
            while (found := second.packet(end - time.monotonic())):
                if found[:2] == (ICMP, echo(b"still", 9, kind=0)):
                    return True
        return False

    device = ["-netdev", second.net.replace("stream,", "stream,id=net1,"), "-device", "virtio-net-device,netdev=net1,mac=52:54:00:00:00:03"]
    try:
        it = cable("net-two-cards", extra=device, configure=False)
        second.accept()
        said, _ = it.console.command("until ifconfig en0 && ifconfig en1; do sleep 0.02; done 2> /dev/null")
        # Which of the two is the first one is the device tree's business.
        mine, other = ("en0", "en1") if re.search(r"en0 .*52:54:00:12:34:56", said) else ("en1", "en0")
        assert it.console.command(f"ifconfig {mine} {CONFIGURE}; ifconfig {other} 10.0.3.15/24")[1] == 0
        assert it.peer.ping(b"by one", tries=5)
        second.send_ip(ip(echo(b"by the other", 9), ICMP, source=own, to=guest))
        assert next_icmp(second) == (ICMP, echo(b"by the other", 9, kind=0), guest)
        it.console.send("ping -q -c 1 10.0.3.2\r")
        found = next_icmp(second)
        assert found[1][0] == 8 and found[2] == guest
        ident, number = struct.unpack_from("!HH", found[1], 4)
        second.send_ip(ip(echo(found[1][8:], number, ident, kind=0), ICMP, source=own, to=guest))
        it.console.expect("capelin> ")
        drivers = [pid for name in ("virtio_net", "virtio_net.1") for pid in processes(it.console, name)]
        assert len(drivers) == 2, drivers
        for pid in drivers:
            assert it.console.command(f"kill {pid}")[1] == 0
            at_once = [it.peer.ping(b"again", tries=1, timeout=1), other_answers(1)]
            assert any(at_once), "neither card answers"
            assert (at_once[0] or it.peer.ping(b"again", tries=10, timeout=1)) and (at_once[1] or other_answers(10)), at_once
        kill(it, "net")
        assert it.peer.ping(b"both are kept", tries=30, timeout=0.2)
        said, _ = it.console.command("until ifconfig en1; do sleep 0.02; done 2> /dev/null; ifconfig")
        assert "10.0.3.15/24" in said and "10.0.2.15/24" in said, said
    finally:
        second.close()


def test_net_client_hears_of_the_end(cable):
    """A program that waits for data of a connection when the net server is killed ends with an error."""
    it = cable("net-client")
    it.console.send("nc -v 10.0.2.2 9999 > /tmp/out 2> /tmp/why < /dev/null & true\r")
    own, number = None, None
    deadline = time.monotonic() + 10
    while own is None:
        found = it.peer.packet(deadline - time.monotonic())
        assert found, "nobody connects"
        if found[0] == TCP and found[1][13] == SYN:
            own, number = struct.unpack_from("!H", found[1])[0], struct.unpack_from("!I", found[1], 4)[0]
    it.peer.send_ip(ip(tcp(own, 9999, 1, number + 1, SYN | ACK), TCP))
    it.console.expect("capelin> ")
    it.console.command("until grep -q 10.0.2.2:9999 /tmp/why; do sleep 0.05; done")  # -v: it is connected
    kill(it, "net")
    said, _ = it.console.command("wait; cat /tmp/why", timeout=30)
    assert re.search("nc: receiving: ", said), said


@pytest.mark.parametrize("name", "arp ifconfig iperfd nc netstat nslookup ping tcp_echo udp_echo wget".split())
def test_net_help(network, machine, name):
    output, status = machine.command(f"{name} --help")
    assert status == 0 and output.startswith(f"usage: {name}"), output


@pytest.mark.parametrize("line, status, said", [
    ("ping", 2, "which host"), ("ping -s 65508 x", 2, "not a number"), ("ping -z x", 2, "unknown option"), ("ping -c 1 no_such", 1, "ping: no_such: "),
    ("nc", 2, "which host"), ("nc 127.0.0.1 0", 2, "port 0"), ("nc -l 1-2", 2, "not a number"), ("nc 127.0.0.1 1", 1, "127.0.0.1:1: "), ("nc -z 127.0.0.1 5-3", 2, "last port"),
    ("nc -z 127.0.0.1 1-3", 1, ""), ("wget", 2, "which URL"), ("wget https://x/", 2, "no http"), ("wget http://127.0.0.1:1/x", 1, "127.0.0.1:1"),
    ("udp_echo", 2, "which port"), ("udp_echo 99999", 2, "not a number"), ("tcp_echo x", 2, "not a number"), ("iperfd 1 2", 2, "one port"), ("nslookup", 2, "which name"),
    ("ifconfig en9", 1, "en9: "), ("ifconfig lo0 x/8", 2, "is no address"), ("ifconfig lo0 1.2.3.4/33", 2, "not a number"), ("arp -d 10.9.9.9", 1, "no such entry"), ("arp -s 10.0.0.1 xx", 2, "no hardware"),
    ("arp x", 2, "unknown"), ("netstat x", 2, "unknown"), ("nettools", 2, "usage"), ("httpd -r /none", 2, "no directory"), ("httpd 0", 2, "port 0"),
])
def test_net_wrong_usage(network, machine, line, status, said):
    output, got = machine.command(line, timeout=30)
    assert got == status and said in output, output
