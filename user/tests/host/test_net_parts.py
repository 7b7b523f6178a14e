# SPDX-License-Identifier: BSD-2-Clause
#
# A system with only some parts of the network, or none: what is off is not there, what is on works, and nothing else notices. Part of
# the quick suite, since each configuration of the matrix runs that.

import json

import pytest
from net_peer import UDP, Peer, ip, udp

PROGRAMS = {"arp": "NET", "ifconfig": "NET", "nc": "NET", "netstat": "NET", "ping": "NET", "udp_echo": "NET", "nettools": "NET", "iperfd": "NET_TCP",
            "tcp_echo": "NET_TCP", "wget": "NET_TCP", "httpd": "HTTPD", "shelld": "SHELLD", "nslookup": "NET_DNS"}


@pytest.mark.quick
def test_net_parts_programs(enabled, machine):
    """The programs that there are, and what those that go on say of what is missing."""
    there = machine.command("ls /bin")[0].split()
    for name, option in PROGRAMS.items():
        expected = option in enabled and (option in ("HTTPD", "SHELLD") or "NET_PROGRAMS" in enabled)
        assert (name in there) == expected, f"{name}, which needs CONFIG_{option}"
    if "NET_PROGRAMS" not in enabled:
        output, status = machine.command("ifconfig")
        assert status == 127, output
        return
    output, status = machine.command("ping -c 2 -i 0.01 localhost; netstat; arp", timeout=30)
    assert status == 0 and " 0% lost" in output, output
    output, status = machine.command("nc -z 127.0.0.1 1; nc -v -z 127.0.0.1 1")
    assert status == 1 and ("refused" if "NET_TCP" in enabled else "protocol") in output, output
    output, status = machine.command("ping -c 1 no.such.name", timeout=60)
    assert status == 1 and "no.such.name" in output, output


@pytest.mark.quick
def test_net_parts_card(enabled, boot):
    """With a card: an address by DHCP or by hand, pings both ways, packets and the name server."""
    if "NET_PROGRAMS" not in enabled or "VIRTIO_NET" not in enabled:
        pytest.skip("this configuration has no card, or no programs to try it with")
    peer = Peer(dhcp=True)
    console = boot("net-parts", net=peer.net, boot="direct")
    try:
        peer.accept()
        console.boot()
        console.command("until ifconfig -j | grep -q en0; do sleep 0.02; done")
        if "NET_DHCP" in enabled:
            for _ in range(100):
                peer.packet(0.1)  # answers DHCP
                if "10.0.2.15/24 by DHCP" in console.command("ifconfig")[0]:
                    break
        else:
            assert not peer.packet(0.3), "something is sent, and nobody has asked"
            output, status = console.command("ifconfig en0 dhcp")
            assert status == 1 and "ifconfig: en0: " in output, output
            assert console.command("ifconfig en0 10.0.2.15/24 gateway 10.0.2.2")[1] == 0
        assert peer.ping(b"there?", tries=10)
        console.send("udp_echo 7 &\r")
        console.expect("udp_echo: on port 7")
        peer.send_ip(ip(udp(b"packet", 7), UDP))
        assert peer.datagram(4000) == b"packet"
        console.expect("capelin> ", 5)
        devices = json.loads(console.command("ifconfig -j")[0])
        assert [each["dhcp"] for each in devices if each["name"] == "en0"] == ["NET_DHCP" in enabled]
    finally:
        peer.close()
