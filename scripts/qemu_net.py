# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The network half of QEMU's command line: which backend the machine's card has, and which of the guest's ports QEMU forwards.
# Owns nothing; qemu.py calls it, and is the only one to.

import os
import re
import socket

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ("none", "user", "tap")
VIRTIO = ("modern", "legacy")
TAP = "captap0"
MAC = "52:54:00:12:34:56"
# The guest's port, its protocols, the host's port to begin looking at, what to call it.
FORWARDED = ((80, ("tcp",), 8080, "http://127.0.0.1:{port}/ (httpd)"), (7, ("tcp", "udp"), 7007, "127.0.0.1:{port} (tcp_echo 7, udp_echo 7)"),
             (23, ("tcp",), 2323, "127.0.0.1:{port} (shelld 23)"), (5001, ("tcp", "udp"), 5001, "127.0.0.1:{port} (iperfd)"))


def is_free(port, protocols):
    """Whether nobody on this host has the port, now."""
    for protocol in protocols:
        with socket.socket(type=socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM) as probe:
            if protocol == "tcp":  # as QEMU does it: a connection that has just ended is no obstacle
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_port(first, protocols):
    for port in range(first, first + 200):
        if is_free(port, protocols):
            return port
    raise ValueError(f"NET=user: ports {first} to {first + 199} of this host are all in use: choose with NET_PORTS=")


def parse_ports(text):
    """`8080:80 7007:7/udp` (or with commas): [(host port, guest port, protocol)]."""
    ports = []
    for word in text.replace(",", " ").split():
        found = re.fullmatch(r"(\d+):(\d+)(?:/(tcp|udp))?", word)
        if not found or not all(0 < int(found.group(i)) < 65536 for i in (1, 2)):
            raise ValueError(f"NET_PORTS={word}: write HOST:GUEST or HOST:GUEST/udp, such as 8080:80")
        host, guest, protocol = int(found.group(1)), int(found.group(2)), found.group(3) or "tcp"
        if not is_free(host, (protocol,)):
            raise ValueError(f"NET_PORTS={word}: port {host} of this host is in use")
        ports.append((host, guest, protocol))
    return ports


def chosen_ports():
    """What NET_PORTS says, or free ports for what Capelin's own servers are at."""
    text = os.environ.get("NET_PORTS", "")
    if text:
        return parse_ports(text)
    return [(port, guest, protocol) for guest, protocols, first, _ in FORWARDED
            for port in (free_port(first, protocols),) for protocol in protocols]


def arguments(net, virtio, ports=None):
    """QEMU's arguments: net is one of KINDS, or a backend of -netdev for tests ("dgram,local.type=..."). ports as chosen_ports() gives."""
    if virtio not in VIRTIO:
        raise ValueError(f"VIRTIO={virtio}: choose from {', '.join(VIRTIO)}")
    line = ["-global", f"virtio-mmio.force-legacy={'true' if virtio == 'legacy' else 'false'}"]
    if net == "none":
        return line + ["-nic", "none"]
    if net == "user":
        backend = "user" + "".join(f",hostfwd={protocol}:127.0.0.1:{host}-:{guest}" for host, guest, protocol in ports or ())
    elif net == "tap":
        backend = f"tap,ifname={TAP},script=no,downscript=no"
    elif "," in net:
        backend = net
    else:
        raise ValueError(f"NET={net}: choose from {', '.join(KINDS)}")
    name, _, rest = backend.partition(",")
    return line + ["-netdev", ",".join([name, "id=net0"] + ([rest] if rest else [])), "-device", f"virtio-net-device,netdev=net0,mac={MAC}"]


def wrapper(net):
    """What goes in front of the command line: a tap is in a network namespace of its own."""
    return [os.path.join(HERE, "net_tap.sh"), "run"] if net == "tap" else []


def describe(net, ports):
    """Lines for a person that starts the machine."""
    if net == "tap":
        return ["  NET     tap: this host is 10.0.2.2 in the machine's own network; `scripts/net_tap.sh enter` in another terminal goes there"]
    if net != "user":
        return []
    lines = []
    for host, guest, protocol in ports:
        known = next((text for port, _, _, text in FORWARDED if port == guest), None)
        line = "  NET     " + (known.format(port=host) if known else f"127.0.0.1:{host} is the guest's port {guest}/{protocol}")
        if line not in lines:
            lines.append(line)
    return lines
