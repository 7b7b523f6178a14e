# SPDX-License-Identifier: BSD-2-Clause
#
# The network programs, built for this host under sanitizers, against each other and against the host's own: what they do is
# sockets' business, so it can be tested without the machine.

import http.server
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest
from console import ROOT

SHARED = ["common.c", "platform_posix.c", "../../lib/cli/cli.c", "../../lib/cli/options.c", "../../lib/cli/names.c"]
NAMES = " ".join(f"TOOL({name})" for name in "iperfd nc nslookup ping tcp_echo udp_echo wget".split())
PROGRAMS = {
    "nettools": ["main.c", "serve.c", "udp_echo.c", "tcp_echo.c", "ping.c", "nc.c", "wget.c", "nslookup.c", "iperfd.c"],
    "httpd": ["httpd.c", "serve.c", "http_request.c", "http_reply.c", "http_text.c", "status_posix.c"],
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("programs"))
    for name, sources in PROGRAMS.items():
        subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra", "-Werror",
                        "-I../../lib/cli/include", f"-DNETTOOLS={NAMES}", "-o", os.path.join(folder, name), *sources, *SHARED, "-pthread"], check=True, cwd=os.path.join(ROOT, "user/net"))
    return folder


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def server(programs):
    """Start one: server("udp_echo", "7000"); its port answers when this returns."""
    started = []

    def start(*words, says=r"port"):
        line = [os.path.join(programs, "httpd"), *words[1:]] if words[0] == "httpd" else [os.path.join(programs, "nettools"), *words]
        started.append(subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        assert re.search(says, started[-1].stdout.readline())
        return started[-1]

    yield start
    for each in started:
        each.terminate()
        said = each.stdout.read()
        each.wait(10)
        assert "ERROR" not in said and "runtime error" not in said, said


def tool(programs, *words, data=b"", timeout=30):
    done = subprocess.run([os.path.join(programs, "nettools"), *words], input=data, capture_output=True, timeout=timeout, check=False)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    return done


def test_net_host_echo(programs, server):
    port = free_port(socket.SOCK_DGRAM)
    server("udp_echo", str(port))
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        for size in (0, 1, 1400, 9000, 65507):
            client.sendto(b"x" * size, ("127.0.0.1", port))
            assert client.recv(65536) == b"x" * size
    port = free_port()
    server("tcp_echo", str(port))
    data = os.urandom(3_000_000)
    assert tool(programs, "nc", "-N", "127.0.0.1", str(port), data=data).stdout == data
    many = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(40)]
    for number, client in enumerate(many):
        client.sendall(b"%d" % number)
    for number, client in enumerate(many):
        assert client.recv(100) == b"%d" % number
        client.close()


def test_net_host_nc(programs):
    port = free_port()
    with subprocess.Popen([os.path.join(programs, "nettools"), "nc", "-lv", str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listener:
        assert b"listening" in listener.stderr.readline()
        assert tool(programs, "nc", "-N", "127.0.0.1", str(port), "-w", "5").returncode == 2  # options come first
        assert tool(programs, "nc", "-N", "-w", "5", "127.0.0.1", str(port), data=b"over there").returncode == 0
        assert listener.stdout.read() == b"over there" and listener.wait(10) == 0
    with socket.create_server(("127.0.0.1", 0)) as open_one:
        port = open_one.getsockname()[1]
        done = tool(programs, "nc", "-z", "127.0.0.1", str(port))
        assert done.returncode == 0 and f"127.0.0.1:{port} open" in done.stdout.decode()
    assert tool(programs, "nc", "-z", "127.0.0.1", str(port)).returncode == 1


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    data = bytes(range(256)) * 700

    def do_GET(self):
        where = self.path
        if where == "/moved":
            self.send_response(302)
            self.send_header("Location", "/plain")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif where == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(self.data), 10000):
                part = self.data[at:at + 10000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        elif where in ("/plain", "/short"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.data) + (1 if where == "/short" else 0)))
            self.end_headers()
            self.wfile.write(self.data)
            self.close_connection = True
        elif where == "/lie":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx")
            self.close_connection = True
        elif where == "/noise":
            self.wfile.write(b"\0\1\2 no HTTP " * 500)
            self.close_connection = True
        elif where == "/loop":
            self.send_response(301)
            self.send_header("Location", "/loop")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.send_error(404)

    def log_message(self, *words):
        pass


def test_net_host_wget(programs, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{pages.server_port}"
        for name in ("plain", "chunks", "moved"):
            assert tool(programs, "wget", "-q", "-O", "-", f"{url}/{name}").stdout == Pages.data
        file = str(tmp_path / "file")
        assert tool(programs, "wget", "-O", file, url + "/plain").returncode == 0
        with open(file, "rb") as got:
            assert got.read() == Pages.data
        for name, why in (("short", b"ended before"), ("lie", b"ended before"), ("noise", b"no answer of HTTP"), ("loop", b"cannot follow"), ("none", b"404")):
            done = tool(programs, "wget", "-O", "/dev/null", f"{url}/{name}")
            assert done.returncode == 1 and why in done.stderr, (name, done)
        pages.shutdown()


def test_net_host_ping(programs):
    done = tool(programs, "ping", "-f", "-c", "50", "-s", "5000", "127.0.0.1")
    if b"no socket for echoes" in done.stderr:
        pytest.skip("this user may open no socket of ICMP")
    assert done.returncode == 0 and b"50 sent, 50 received, 0% lost" in done.stdout


def test_net_host_iperf(programs, server):
    if not shutil.which("iperf"):
        pytest.fail("iperf (2) is missing: make deps")
    port = free_port()
    server("iperfd", str(port))
    done = subprocess.run(["iperf", "-c", "127.0.0.1", "-p", str(port), "-t", "1"], capture_output=True, text=True, timeout=30, check=True)
    assert re.search(r"bits/sec", done.stdout)
    done = subprocess.run(["iperf", "-u", "-b", "4M", "-c", "127.0.0.1", "-p", str(port), "-t", "1"], capture_output=True, text=True, timeout=30, check=True)
    assert "Server Report" in done.stdout and "did not receive ack" not in done.stdout + done.stderr


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(request)
        answer = b""
        while part := client.recv(65536):
            answer += part
        return answer


def test_net_host_httpd(server, tmp_path):
    port, root = free_port(), tmp_path / "www"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (root / "a<b.html").write_text("<p>hello")
    big = os.urandom(500_000)
    (root / "sub" / "big.bin").write_bytes(big)
    server("httpd", "-r", str(root), str(port), says="httpd:")
    get = lambda path: ask(port, b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
    assert get(b"/sub/big.bin").split(b"\r\n\r\n", 1)[1] == big
    listing = get(b"/")
    assert b"a&lt;b.html" in listing and b'href="a%3Cb.html"' in listing and b"secret" not in listing
    assert get(b"/sub").startswith(b"HTTP/1.1 301") and b"Location: /sub/\r\n" in get(b"/sub")
    assert b"Content-Type: text/html" in get(b"/a%3cb.html")
    for path in (b"/../secret", b"/%2e%2e/secret", b"/sub/../../secret", b"/..%2fsecret"):
        answer = get(path)
        assert answer.startswith(b"HTTP/1.1 400") and b"secret" not in answer.split(b"\r\n\r\n", 1)[1]
    assert get(b"/none").startswith(b"HTTP/1.1 404")
    head = ask(port, b"HEAD /sub/big.bin HTTP/1.0\r\n\r\n")
    assert b"Content-Length: 500000\r\n" in head and head.endswith(b"\r\n\r\n")
    answer = ask(port, b"POST / HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405") and b"Allow: GET, HEAD" in answer
    assert ask(port, b"GET / HTTP/1.1\r\nX: " + b"y" * 5000).startswith(b"HTTP/1.1 431")
    two = ask(port, b"GET /a%3Cb.html HTTP/1.1\r\n\r\nGET /none HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert two.count(b"HTTP/1.1 ") == 2 and b"<p>hello" in two
    assert b'"processes"' in get(b"/status.json")


def test_net_host_httpd_many(server, tmp_path):
    """More clients than it takes at once, some of which never say anything, and one that reads nothing."""
    port = free_port()
    (tmp_path / "big").write_bytes(b"z" * 3_000_000)
    server("httpd", "-r", str(tmp_path), str(port), says="httpd:")
    idle = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(10)]
    deaf = socket.create_connection(("127.0.0.1", port), 10)
    deaf.sendall(b"GET /big HTTP/1.1\r\n\r\n")
    sizes = []
    clients = [threading.Thread(target=lambda: sizes.append(len(ask(port, b"GET /big HTTP/1.0\r\n\r\n")))) for _ in range(60)]
    for each in clients:
        each.start()
    for each in clients:
        each.join(60)
    assert len(sizes) == 60 and min(sizes) > 3_000_000
    began = time.monotonic()
    idle[0].settimeout(30)
    assert idle[0].recv(1) == b"" and time.monotonic() - began < 30  # its time is over
    for each in (*idle, deaf):
        each.close()
