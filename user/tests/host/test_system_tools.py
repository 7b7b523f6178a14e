# SPDX-License-Identifier: BSD-2-Clause
#
# What tells about the whole system, on several cores: top, caps why, chan, and JSON from everything that has -j.

import json
import re
import time

import pytest
from console import Console


@pytest.fixture(scope="module")
def two(build):
    """Two cores, both up."""
    console = Console(build, "tools-two", smp=2, mem="256M", boot="direct")
    try:
        console.boot(90)
        end = time.monotonic() + 60
        while not all(core["state"] == "up" for core in json.loads(console.command("cores -j")[0])):
            assert time.monotonic() < end
        yield console
    finally:
        console.close()


def told(console, line):
    output, status = console.command(line, 60)
    assert status == 0, output
    return json.loads(output)


@pytest.mark.parametrize("command", ["ps", "cores", "names", "free", "free -j -a", "free -j -p 1.4", "ls", "jobs", "caps", "caps -j 1.4", "top"])
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
