# SPDX-License-Identifier: BSD-2-Clause
#
# The network driven by other people's programs from this host: ping, arping, nc, curl, iperf 2, and tshark to look at what they said. They and
# the machine are in a network namespace of their own (scripts/net_tap.sh). Where this host cannot make one that is said, and test_net.py's
# scripted peer is what has tested it.

import hashlib
import os
import re
import shutil
import subprocess
import time

import pytest
from console import ROOT
from test_net import background, network  # noqa: F401 (network is a fixture)
from test_net_capture import CHECK_SUMS, NO_OFFLOADS

GUEST = "10.0.2.15"
TOOLS = {"ping": "iputils-ping", "arping": "iputils-arping", "nc": "netcat-openbsd", "curl": "curl", "iperf": "iperf"}


class Namespace:
    """A machine on a tap, and programs beside it."""

    def __init__(self, boot, name, **machine):
        self.console = boot(name, net="tap", boot="direct", **machine)
        self.console.boot()
        self.console.command("until ifconfig | grep -q '10.0.2.15/24 by DHCP'; do sleep 0.1; done", timeout=30)
        self.enter = ["nsenter", "-t", str(self.console.child.pid), "--net"]
        if os.getuid() != 0:
            self.enter += ["--user", "--preserve-credentials"]

    def run(self, *words, timeout=60, status=0, data=b""):
        """A program in the namespace; what it said."""
        done = subprocess.run([*self.enter, *words], input=data, capture_output=True, timeout=timeout, check=False)
        said = done.stdout + done.stderr
        assert status is None or done.returncode == status, (words, done.returncode, said[-2000:].decode(errors="replace"))
        return done.stdout

    def start(self, *words, **more):
        return subprocess.Popen([*self.enter, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


@pytest.fixture
def tap(network, boot):  # noqa: F811
    check = subprocess.run([os.path.join(ROOT, "scripts", "net_tap.sh"), "check"], capture_output=True, text=True, check=False)
    if check.returncode != 0:
        pytest.skip(f"no real clients here ({check.stderr.strip()}): test_net.py's scripted peer stands in for them")
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    assert not missing, f"missing: {' '.join(missing)} (make deps)"
    return lambda name, **machine: Namespace(boot, name, **machine)


def test_net_clients_ping(tap):
    it = tap("clients-ping")
    for size in (0, 56, 1472, 1473, 20000, 65507):
        assert b" 0% packet loss" in it.run("ping", "-q", "-c", "3", "-i", "0.05", "-W", "5", "-s", str(size), GUEST), size
    assert b" 0% packet loss" in it.run("ping", "-q", "-f", "-c", "2000", GUEST)
    assert b" 0% packet loss" in it.run("ping", "-q", "-f", "-c", "200", "-s", "4000", GUEST)
    said = it.run("arping", "-c", "3", "-w", "5", "-I", "captap0", GUEST)
    assert b"52:54:00:12:34:56" in said.lower(), said
    said, status = it.console.command("ping -c 5 -i 0.1 10.0.2.2; ping -f -q -c 200 -s 3000 10.0.2.2", timeout=60)
    assert status == 0 and said.count(" 0% lost") == 2, said


def test_net_clients_tcp(tap, build):
    """Files over HTTP both ways, many at once; everything back from the echo server; iperf over TCP and UDP."""
    it = tap("clients-tcp")
    background(it.console, "httpd -q 80")
    background(it.console, "tcp_echo 7")
    background(it.console, "iperfd 5001")
    with open(os.path.join(build, "bin", "httpd"), "rb") as source:
        original = source.read()
    assert it.run("curl", "-sS", "--max-time", "30", f"http://{GUEST}/bin/httpd") == original
    clients = [it.start("sh", "-c", f"curl -sS --max-time 60 http://{GUEST}/bin/httpd | md5sum") for _ in range(20)]
    wanted = hashlib.md5(original).hexdigest()
    for each in clients:
        assert each.communicate(timeout=90)[0].split()[0] == wanted
    assert it.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--path-as-is", f"http://{GUEST}/../../etc/inventory") == b"400"
    data = os.urandom(400_000)
    assert it.run("nc", "-N", GUEST, "7", data=data) == data
    assert re.search(rb"bits/sec", it.run("iperf", "-c", GUEST, "-t", "2"))
    said = it.run("iperf", "-u", "-b", "4M", "-c", GUEST, "-t", "2")
    assert re.search(rb"Server Report", said) and re.search(rb" 0/\d+ \(0%\)", said), said
    web = it.start("/usr/bin/python3", "-m", "http.server", "--bind", "10.0.2.2", "--directory", os.path.join(build, "bin"), "8000")
    try:
        said, status = it.console.command("until nc -z 10.0.2.2 8000; do sleep 0.1; done; wget -q -O /tmp/httpd http://10.0.2.2:8000/httpd", timeout=60)
        assert status == 0, said
    finally:
        web.terminate()
    assert it.run("curl", "-sS", "--max-time", "30", f"http://{GUEST}/tmp/httpd") == original


ECHO = """
import socket, struct, sys, threading
failed = []
def client(port, count, window=4):
    s = socket.socket(type=socket.SOCK_DGRAM)
    s.settimeout(20)
    s.connect((sys.argv[1], port))
    sent = 0
    try:
        for got in range(count):
            while sent < min(count, got + window):
                s.send(struct.pack("!HI", port, sent) * 10)
                sent += 1
            if s.recv(2000) != struct.pack("!HI", port, got) * 10:
                raise ValueError(f"port {port}: packet {got} is another")
    except (OSError, ValueError) as error:
        failed.append(f"port {port}: {error}")
threads = [threading.Thread(target=client, args=(7000 + i, int(sys.argv[2]))) for i in range(10)]
[t.start() for t in threads]
[t.join() for t in threads]
print(failed or "all")
"""


def echo_servers(it, count, timeout):
    for port in range(7000, 7010):
        background(it.console, f"udp_echo {port}")
    said = it.run("/usr/bin/python3", "-c", ECHO, GUEST, str(count), timeout=timeout)
    assert said == b"all\n", said


def test_net_clients_udp_echo(tap):
    """Ten servers, many packets each, in order and none lost."""
    echo_servers(tap("clients-udp"), 500, 120)


@pytest.mark.soak
def test_soak_net_clients_udp_echo(tap):
    echo_servers(tap("clients-udp-soak"), 100_000, 7200)


def capture_start(it, folder):
    """(tshark, its file): it captures by now."""
    path = str(folder / "capture.pcapng")
    dump = it.start("tshark", "-q", "-i", "captap0", "-w", path)
    dump.stdout.readline()  # it says so
    wait_for(lambda: os.path.exists(path) and os.path.getsize(path) > 0)
    return dump, path


def test_net_clients_capture(tap, tmp_path):
    """What tshark thinks of it: no warning and no error. The device does no checksums here, so that they are seen."""
    assert shutil.which("tshark"), "tshark is missing (make deps)"
    it = tap("clients-capture", extra=NO_OFFLOADS)
    for line in ("httpd -q 80", "udp_echo 7", "tcp_echo 7"):
        background(it.console, line)
    dump, capture = capture_start(it, tmp_path)
    it.run("arping", "-c", "2", "-w", "5", "-I", "captap0", GUEST)
    for size in ("56", "1472", "9000"):
        it.run("ping", "-q", "-c", "3", "-i", "0.05", "-s", size, GUEST)
    it.run("curl", "-sS", "--max-time", "30", "-o", "/dev/null", f"http://{GUEST}/etc/inventory")
    it.run("curl", "-sS", "--max-time", "30", "-o", "/dev/null", f"http://{GUEST}/status.json")
    assert it.run("nc", "-N", GUEST, "7", data=b"t" * 5000) == b"t" * 5000
    it.run("sh", "-c", f"head -c 800 /dev/zero | nc -u -w 1 {GUEST} 7")
    it.console.command("ping -c 2 -i 0.1 10.0.2.2; ping -c 1 -s 4000 10.0.2.2")
    dump.terminate()
    dump.wait(20)
    said = subprocess.run(["tshark", "-r", capture, "-q", *CHECK_SUMS, "-z", f"expert,warn,ip.src=={GUEST} or eth.src==52:54:00:12:34:56"], capture_output=True, text=True,
                          timeout=60, check=True).stdout
    assert "Errors (" not in said and "Warns (" not in said, said
    count = subprocess.run(["tshark", "-r", capture, "-Y", f"ip.src=={GUEST}"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert len(count.splitlines()) > 40


def test_net_clients_checksums(tap, tmp_path):
    """The card offers to make checksums: what leaves the machine has none of its own, as a capture beside it shows, but for fragments; real
    clients, whose kernel looks at each, get and give all. A real wire's are those of test_net_clients_capture."""
    it = tap("clients-checksums")
    for line in ("httpd -q 80", "udp_echo 7", "tcp_echo 7"):
        background(it.console, line)
    dump, capture = capture_start(it, tmp_path)
    data = os.urandom(200_000)
    assert it.run("nc", "-N", GUEST, "7", data=data) == data
    said = it.run("curl", "-sS", "--max-time", "30", f"http://{GUEST}/bin/httpd")
    with open(os.path.join(it.console.build, "bin", "httpd"), "rb") as source:
        assert said == source.read()
    assert it.run("/usr/bin/python3", "-c", DATAGRAMS, GUEST) == b"all\n"
    # To its own address, which passes no card.
    said, status = it.console.command(f"echo own | nc -N {GUEST} 7", timeout=30)
    assert status == 0 and "own" in said, said

    def count(what):
        found = subprocess.run(["tshark", "-r", capture, *CHECK_SUMS, "-Y", f"ip.src=={GUEST} and {what}"], capture_output=True, text=True, timeout=60, check=False)
        return len(found.stdout.splitlines())  # also of a file that is still written to

    wait_for(lambda: count("udp.length==6008") == 1)  # the last one: the capture is behind what was captured
    dump.terminate()
    dump.wait(20)
    assert count("tcp.checksum.status==Bad") > 50 and count("udp.checksum.status==Bad") >= 4
    assert count("udp.length>1480 and udp.checksum.status==Good") == 2
    assert count("ip.checksum.status==Bad") == 0


DATAGRAMS = """
import os, socket, sys
s = socket.socket(type=socket.SOCK_DGRAM)
s.settimeout(20)
s.connect((sys.argv[1], 7))
for size in (1, 64, 1471, 1472, 1473, 6000):
    data = os.urandom(size)
    s.send(data)
    assert s.recv(10000) == data, size
print("all")
"""


def wait_for(condition, timeout=20):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
