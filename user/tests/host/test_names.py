# SPDX-License-Identifier: BSD-2-Clause
#
# names: what programs see of properties and rights at the console, and that nothing is lost when it is killed under load.

import json
import re
import time

import pytest


def names(console):
    output, status = console.command("names -j", 30)
    assert status == 0, output
    return {entry["name"]: entry["pid"] for entry in json.loads(re.search(r"^\[.*\]$", output, re.M).group())}


def killed(console, pid, times):
    """Kill names `times` times, farther apart than what init takes for a fault that starting again does not mend."""
    for n in range(times):
        output, status = console.command(f"sleep 1.2; kill {pid}", 60)
        assert status == 0, output
    end = time.monotonic() + 20
    while len(re.findall(rf"names \({re.escape(pid)}\) died: killed; restarted", log := console.command("dmesg", 60)[0])) != times:
        assert time.monotonic() < end, log  # lines of another core come a little later


def finished(console, rounds):
    """Both loads, whose output is in /tmp/a and /tmp/b, came to their end, and lost nothing."""
    assert console.command("wait", 120)[1] == 0
    for path in ("/tmp/a", "/tmp/b"):
        output, _ = console.command(f"cat {path}", 60)
        assert re.fullmatch(rf"named: {rounds} rounds, \d+ calls not answered\r*\n", output), output


def test_nothing_is_lost_when_names_is_killed(boot):
    """Two programs register, look up and deregister; what was there before stays; nobody hangs."""
    console = boot("names-killed", boot="direct")
    console.boot()
    before = names(console)
    console.command("named 3000 > /tmp/a & named 3000 > /tmp/b & true")
    killed(console, "0.3", 4)
    finished(console, 3000)
    assert names(console) == before
    assert console.command("hello", 30)[1] == 0


def test_names_of_other_cores_outlive_it(boot):
    """The names of either core are killed while programs on both register; both cores know the same names afterwards."""
    console = boot("names-two", smp=2, boot="direct")
    console.boot_cores()
    assert console.command("oncore 1 named 1", 60)[1] == 0
    before = names(console)
    console.command("named 600 > /tmp/a & oncore 1 named 600 > /tmp/b & true")
    killed(console, "0.3", 2)
    killed(console, "1.3", 2)
    finished(console, 600)
    assert names(console) == before
    assert console.command("oncore 1 named 5", 60)[1] == 0


@pytest.mark.quick
def test_names_by_pattern(machine):
    output, status = machine.command("names 'proc.*'")
    assert status == 0 and re.search(r"^proc\.0 +0\.4$", output, re.M) and "term" not in output
    output, status = machine.command("names no=such")
    assert status == 1 and "no service matches no=such" in output
    output, status = machine.command("names a=b c=d e=f g=h i=j")
    assert status == 2 and "is no query" in output
    output, status = machine.command("names a b")
    assert status == 2 and "one pattern at a time" in output


def test_two_hundred_clients_at_once(boot):
    """Each its own process, with a name of its own; half of them are killed while they wait (a parent has at most PROC_CHILDREN of them)."""
    console = boot("names-crowd", boot="direct", smp=1)
    console.boot()
    before = names(console)
    console.command("crowd 100 a > /tmp/a & crowd 100 b > /tmp/b & true")
    output, status = console.command("wait; cat /tmp/a /tmp/b", 200)
    assert status == 0 and output.count("crowd: 100 clients") == 2, output
    assert names(console) == before
