# SPDX-License-Identifier: BSD-2-Clause
#
# The shell over the network, which is built only where that is asked for (the matrix's "full" image): from this host, by nc, through QEMU's
# forwarded port.

import shutil
import socket
import subprocess
import time

import pytest
from test_net import background, processes
from test_net_programs import free_port

HELLO = b"Capelin's shell; `exit` ends it\n"


def talk(port, typed, timeout=60):
    """What nc shows when `typed` is typed, until the other end closes."""
    return subprocess.run(["nc", "127.0.0.1", str(port)], input=typed, capture_output=True, timeout=timeout, check=False).stdout


def session(port):
    client = socket.create_connection(("127.0.0.1", port), 20)
    client.settimeout(20)
    said = b""
    while not said.endswith(b"\n"):
        part = client.recv(1000)
        assert part, said
        said += part
    return client, said


@pytest.mark.quick
def test_net_shelld(enabled, boot):
    if "SHELLD" not in enabled or "VIRTIO_NET" not in enabled:
        pytest.skip("this configuration has no shelld")
    assert shutil.which("nc"), "nc is missing (make deps)"
    port = free_port()
    console = boot("shelld", net=f"user,hostfwd=tcp:127.0.0.1:{port}-:23", boot="direct")
    console.boot()
    console.command("until ifconfig en0; do sleep 0.02; done > /dev/null 2>&1; ifconfig en0 10.0.2.15/24 gateway 10.0.2.2")
    assert "NO password" in console.command("shelld --help")[0]
    for line, why in (("shelld", "which port"), ("shelld 0", "port 0"), ("shelld x", "not a number"), ("shelld 1 2", "which port")):
        output, status = console.command(line)
        assert status == 2 and why in output, output
    background(console, "shelld 23")
    said = talk(port, b"echo $((6 * 7))\nno_such_program\nls /etc/inventory\nexit 3\n")
    assert HELLO in said and b"42\n" in said and b"program 'no_such_program'" in said and b"/etc/inventory\n" in said, said
    # What telnet sends, a carriage return, bytes that are no text, a line that is too long, and one that does not end.
    said = talk(port, b"\xff\xfb\x01\xff\xfd\x03echo tel\xff\xf1net\r\0\n\x01\x80\xfe\n" + b"echo " + b"x" * 9000 + b"\necho on\nexit\n")
    assert b"telnet\n" in said and b"on\n" in said, said
    assert HELLO in talk(port, b"echo 'never ended\nexit\n" + b"'\nexit\n")
    # Eight at once; the ninth hears so, and gets a place when one is free.
    many = [session(port) for _ in range(8)]
    assert all(said.endswith(HELLO) for _, said in many)
    ninth, said = session(port)
    assert b"too many sessions" in said
    ninth.close()
    many[0][0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # goes without a word
    many[0][0].close()
    for client, _ in many[1:]:
        client.sendall(b"exit\n")
        while client.recv(1000):
            pass
        client.close()
    deadline = time.monotonic() + 20
    while len(processes(console, "sh")) > 0:
        assert time.monotonic() < deadline, "a shell is left whose client has gone"
    assert b"again" in talk(port, b"echo again\nexit\n")
