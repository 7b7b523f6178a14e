# SPDX-License-Identifier: BSD-2-Clause
#
# What tells about the whole system, on several cores: top, caps why, chan, and JSON from everything that has -j.

import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
from console import ROOT, cores_up


@pytest.fixture(scope="module")
def two(build):
    """Two cores, both up."""
    with cores_up(build, "tools-two", smp=2, mem="256M") as console:
        yield console


def told(console, line):
    output, status = console.command(line, 60)
    assert status == 0, output
    return json.loads(output)


@pytest.mark.parametrize("command", ["ps", "cores", "names", "free", "free -j -a", "free -j -p 1.4", "ls", "jobs", "caps", "caps -j 1.4", "top", "chan"])
def test_json(two, command):
    """One document, whatever the command."""
    assert told(two, command if "-j" in command else command + " -j") is not None


def test_top_json(two):
    """A core that works is seen to, an idle one is not, not even by top itself."""
    two.command("oncore 1 spin & true")
    try:
        end = time.monotonic() + 60
        while True:
            top = told(two, "top -j")
            busy = [p for p in top["processes"] if p["name"] == "spin" and p["load_permille"] > 500]
            if busy and top["cores"][1]["load_permille"] > 900:
                break
            assert time.monotonic() < end, top
        assert busy[0]["core"] == 1 and top["processes"][0]["name"] == "spin"
        assert top["cores"][0]["load_permille"] < 500, top["cores"]
        assert {p["pid"] for p in top["processes"]} >= {"0.1", "1.1", "0.4", "1.4"}
    finally:
        two.command("kill $!; wait")


def test_top_at_the_console(two):
    """Views follow each other until q, without Enter, or Ctrl-C."""
    for key in ("q", "\x03"):
        two.send("top\r")
        two.expect(r"CORE +LOAD% +MEMORY +FREE")
        two.expect(r"PID +CORE +STATE +RAM +CPU% +NAME")
        two.expect(r"CORE +LOAD% +MEMORY +FREE")  # the next one
        two.send(key)
        two.expect(re.escape("capelin> "))
    output, status = two.command("echo still echoes")
    assert status == 0 and "still echoes" in output


def test_top_options(two):
    output, status = two.command("top -b -n 2 -d 1 | grep -c LOAD")
    assert status == 0 and output.strip() == "2", output
    output, status = two.command("top -m -n 1 | head -12", 60)
    ram = [line.split()[3] for line in output.splitlines() if re.match(r"\d+\.\d+ ", line)]
    kib = [float(r[:-1]) * (1024 if r[-1] == "M" else 1) for r in ram]
    assert status == 0 and len(ram) > 3 and kib == sorted(kib, reverse=True), output
    for wrong in ("top -d 0", "top -d x", "top -x", "top 1"):
        output, status = two.command(wrong)
        assert status == 2 and "top" in output, (wrong, output)
    output, status = two.command("top --help")
    assert status == 0 and "usage: top" in output


def slot_text(pid, cptr):
    return f"{pid}:{cptr >> 6}:{cptr & 63}"


def test_caps_why(two):
    """The block of a process of core 1: mem of core 1 gave it, proc holds it too, and everything that the process is made of is below it."""
    two.command("oncore 1 spin & true")
    try:
        end = time.monotonic() + 60
        while not (pid := [p["pid"] for p in told(two, "ps -j") if p["name"] == "spin" and p["state"] == "running"]):
            assert time.monotonic() < end
        pid = pid[0]
        ram = [c for c in told(two, f"caps -j {pid}") if c["type"] == "RAM" and c["cptr"] == 11][0]
        why = told(two, f"caps -j why {slot_text(pid, 11)}")
        assert why["block"] == {"base": ram["base"], "bytes": ram["bytes"], "home": 1, "given_to": pid, "ended": False, "sharers": []}
        assert {h["name"] for h in why["holders"] if h["type"] == "RAM"} == {"proc", "spin"}
        assert {h["core"] for h in why["holders"] if h["type"] != "Arena"} == {1}
        below = [h for h in why["holders"] if h["depth"] > 1]
        assert {"Frame", "L1CNode", "Dispatcher", "VNode0"} <= {h["type"] for h in below}
        assert all(ram["base"] <= h["base"] and h["base"] + h["bytes"] <= ram["base"] + ram["bytes"] for h in below)
        there = told(two, f"caps -j why {hex(ram['base'])}")
        assert there["block"] == why["block"] and any(h["pid"] == pid and h["type"] == "Frame" for h in there["holders"])
        output, status = two.command(f"caps why {slot_text(pid, 11)}")
        assert status == 0 and f"mem of core 1 gave to {pid}" in output, output
        # What a revoke would take is what is below, on the core that it is on.
        goes = told(two, f"caps -j revoke --dry-run {slot_text(pid, 11)}")["goes"]
        assert len(goes) == len([h for h in why["holders"] if h["type"] != "Arena"]) - 1
        output, status = two.command(f"caps revoke {slot_text(pid, 11)}")
        assert status == 1 and "only who holds a capability may revoke it" in output, output
        assert any(p["pid"] == pid for p in told(two, "ps -j"))
    finally:
        two.command("kill $!; wait")
    end = time.monotonic() + 60
    while (found := two.command(f"caps why {slot_text(pid, 11)}"))[1] != 1 or "no such process" not in found[0]:
        assert time.monotonic() < end, found
    while "free: " not in (output := two.command(f"caps why {hex(ram['base'])}")[0]):
        assert time.monotonic() < end, output


def test_caps_why_shared(two):
    """The rings of a channel between cores are the memory of one, and both have them."""
    rings = [c for c in told(two, "caps -j") if c["type"] == "Mapping" and c["base"] and told(two, f"caps -j why {hex(c['base'])}")]
    cores = [{h["core"] for h in told(two, f"caps -j why {hex(c['base'])}")["holders"] if h["type"] == "Mapping"} for c in rings]
    assert {0, 1} in cores, cores


def test_caps_revoke(two):
    """The shell revokes what it holds: its copies elsewhere go, its own stays."""
    shell = [p["pid"] for p in told(two, "ps -j") if p["name"] == "shell"][0]
    endpoints = [c for c in told(two, f"caps -j {shell}") if c["type"] == "Endpoint" and c["badge"] != 0]
    alone = [c for c in endpoints if not told(two, f"caps -j revoke --dry-run {slot_text(shell, c['cptr'])}")["goes"]]
    assert alone
    output, status = two.command(f"caps revoke {slot_text(shell, alone[0]['cptr'])}")
    assert status == 0 and "0 are left" in output, output
    assert any(c["cptr"] == alone[0]["cptr"] for c in told(two, f"caps -j {shell}"))
    output, status = two.command("caps revoke --dry-run 0x9000000")
    assert status == 0 and "would go" in output, output


def test_caps_wrong(two):
    for wrong, code in (("caps why", 2), ("caps why x", 2), ("caps why 0x", 2), ("caps why 0xg", 2), ("caps why 0.4:99999999999", 2),
                        ("caps why 0.4:1:64", 2), ("caps why 0.99:1", 1), ("caps why 0.4:5000", 1), ("caps why 0.1:0:13", 1),
                        ("caps revoke", 2), ("caps revoke --dry-run", 2), ("caps -j revoke 0.1:1", 2), ("caps revoke 0.2:0:16", 1),
                        ("caps why 0xffffffffffff0000", 0)):
        output, status = two.command(wrong)
        assert status == code and output.strip(), (wrong, output, status)


def test_pmap_of_another_core(two):
    """Its proc is asked, whatever core the process is on."""
    output, status = two.command("pmap 1.4")
    assert status == 0 and re.search(r"^000000400000-\S+ .* program$", output, re.M) and "spawn description" in output, output
    output, status = two.command("pmap 1.999")
    assert status != 0 and "no process 1.999" in output, output


def test_chan(two):
    """Each process has its channels, by LMP on its core; what is sent is counted, each way, and filters filter."""
    shell = [p["pid"] for p in told(two, "ps -j") if p["name"] == "shell"][0]

    def between(client, server):
        return [c for c in told(two, f"chan -j {client}") if c["client"] == client and c["server"] == server]
    two.command("test -e /nothing")  # from now on it has one to fs
    before = between(shell, "0.8")[0]
    assert before["server_name"] == "fs" and before["transport"] == "LMP" and before["to"]["slots"] >= 4
    for _ in range(5):
        two.command("test -e /nothing; cd /bin; cd /")
    after = between(shell, "0.8")[0]
    assert after["to"]["messages"] >= before["to"]["messages"] + 10 and after["back"]["messages"] >= before["back"]["messages"] + 10
    assert after["to"]["filled"] <= after["to"]["slots"]
    everything = told(two, "chan -j")
    for core in (0, 1):  # every process that lives talks to the four that it is born with
        assert {c["server"] for c in everything if c["client"] == f"{core}.4"} >= {f"{core}.1", f"{core}.2", f"{core}.3"}, everything
    assert all(c["client_core"] == c["server_core"] for c in everything if c["transport"] == "LMP")
    assert all("term" in (c["client_name"], c["server_name"]) for c in told(two, "chan -j term"))
    output, status = two.command("chan nobody-like-this")
    assert status == 1 and "has no channel" in output, output
    for wrong in ("chan -x", "chan 0.1 0.2"):
        output, status = two.command(wrong)
        assert status == 2 and "usage: chan" in output, (wrong, output)


def test_chan_between_cores(two):
    """ps asks the other core's proc by UMP; what it asks and what comes back is seen in the rings."""
    two.command("ps")
    shell = [p["pid"] for p in told(two, "ps -j") if p["name"] == "shell"][0]

    def traffic():
        found = [c for c in told(two, f"chan -j {shell}") if c["transport"] == "UMP"]
        assert len(found) == 1 and found[0]["server"] == "1.4" and found[0]["service"] == "proc.1", found
        return found[0]
    before = traffic()
    assert (before["client_core"], before["server_core"]) == (0, 1) and before["to"]["slots"] == before["back"]["slots"] >= 4
    two.command("ps")
    after = traffic()
    assert after["to"]["messages"] > before["to"]["messages"] and after["back"]["messages"] > before["back"]["messages"]
    assert after["to"]["filled"] <= after["to"]["slots"] and after["back"]["filled"] <= after["back"]["slots"]


NODE = re.compile(r'    "(\d+\.\d+)" \[shape=(\w+), style="[^"]*", fillcolor="[^"]*", color="[^"]*", label=<<b>([^<]*)</b>.*>\];')
EDGE = re.compile(r'  "(\d+\.\d+)" -> "(\d+\.\d+)" \[((?:\w+=(?:"[^"]*"|[\w.]+)(?:, )?)+)\];')


def drawing(text):
    """Nodes and edges of what map says; Graphviz takes it, where it is installed."""
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 and not done.stderr and "<svg" in done.stdout, done.stderr
    lines = text.strip().splitlines()
    assert lines[0] == "digraph capelin {" and lines[-1] == "}", text
    nodes, edges, core = {}, [], None
    for line in lines[1:-1]:
        if found := re.fullmatch(r'  subgraph "cluster core (\d+)" {', line):
            core = found.group(1)
        elif line == "  }":
            core = None
        elif found := NODE.fullmatch(line):
            pid, shape, name = found.groups()
            assert core == pid.split(".")[0] and pid not in nodes, line
            nodes[pid] = (shape, name)
        elif found := EDGE.fullmatch(line):
            edges.append(found.groups())
        else:
            assert re.fullmatch(r"  (graph|node|edge|legend|  label) ?[\[=].*[\];]", line), line
    assert core is None and all(a in nodes and b in nodes for a, b, _ in edges), text
    return nodes, edges


def test_map(two):
    """Every process, by kind, and who talks to whom; a drawing that Graphviz takes, whatever a program is called."""
    two.command("cp /bin/spin '/tmp/a<b>&\"c\\'; '/tmp/a<b>&\"c\\' spin & oncore 1 spin & true")
    try:
        end = time.monotonic() + 60
        while not {(0, 'a<b>&"c\\'), (1, "spin")} <= {(p["core"], p["name"]) for p in told(two, "ps -j") if p["state"] == "running"}:
            assert time.monotonic() < end
        output, status = two.command("map", 60)
        assert status == 0, output
        nodes, edges = drawing(output)
        processes = {p["pid"]: p["name"] for p in told(two, "ps -j")}
        assert set(nodes) == set(processes), (nodes, processes)
        odd = [pid for pid, name in processes.items() if "<" in name]
        assert len(odd) == 1 and nodes[odd[0]] == ("ellipse", "a&#60;b&#62;&#38;&#34;c\\"), (odd, nodes)
        shape = {name: shape for shape, name in nodes.values()}
        assert (shape["pl011"], shape["term"], shape["proc"], shape["shell"]) == ("component", "box", "box", "ellipse")
    finally:
        two.command("kill %1; kill $!; wait; rm '/tmp/a<b>&\"c\\'")
    pid = {name: pid for pid, name in processes.items() if pid.startswith("0.")}
    assert any((a, b) == (pid["shell"], pid["term"]) and 'label="LMP' in how for a, b, how in edges), edges
    ump = [(a, b, how) for a, b, how in edges if 'label="UMP' in how]
    assert any((a, b) == (pid["shell"], "1.4") and "shared" in how for a, b, how in ump), ump
    assert all(a.split(".")[0] != b.split(".")[0] for a, b, _ in ump)
    # The monitors of the two cores share a frame.
    assert any((a, b) == ("0.1", "1.1") and "dir=none" in how and "shared" in how for a, b, how in edges), edges


def test_map_traffic(two):
    """What flows makes the figures grow; -a draws the channels that nothing went through, too."""
    def sent():
        edges = drawing(two.command("map", 60)[0])[1]
        return [int(re.search(r"LMP (\d+)/", how).group(1)) for a, b, how in edges if b == term and a == shell][0]
    pids = {p["name"]: p["pid"] for p in told(two, "ps -j") if p["core"] == 0}
    shell, term = pids["shell"], pids["term"]
    before = sent()
    two.command("echo what flows; echo what flows")
    assert sent() > before
    few, every = (drawing(two.command(line, 60)[0])[1] for line in ("map", "map -a"))
    assert all("LMP 0/0" not in how for _, _, how in few) and any("LMP 0/0" in how for _, _, how in every)


def test_map_usage(two):
    for wrong in ("map -x", "map 0.1", "map -a -a"):
        output, status = two.command(wrong)
        assert status == 2 and "usage: map [-a]" in output, (wrong, output)
    output, status = two.command("map --help")
    assert status == 0 and output.startswith("map [-a]") and "example" in output


@pytest.mark.skipif(not shutil.which("dot"), reason="graphviz is not installed; make map installs it")
def test_make_map(build):
    """What `make map` runs: a picture with a process that it was asked for, and what says why there is none."""
    line = [sys.executable, os.path.join(ROOT, "scripts", "map.py"), "--build", build, "--smp", "2", "--mem", "256M", "--boot", "direct"]
    picture = os.path.join(build, "map.svg")
    if os.path.exists(picture):
        os.remove(picture)
    done = subprocess.run([*line, "--do", "spin &"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with open(picture, encoding="utf-8") as svg:
        text = svg.read()
    for word in (">spin<", ">core 1<", ">shell<", "UMP"):
        assert word in text, word
    with open(os.path.join(build, "map.dot"), encoding="utf-8") as source:
        assert "spin" in {name for _, name in drawing(source.read())[0].values()}
    done = subprocess.run([*line, "--do", "no-such-program"], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1 and "ended with 127" in done.stderr, done.stderr
