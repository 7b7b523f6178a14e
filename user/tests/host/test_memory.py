# SPDX-License-Identifier: BSD-2-Clause
#
# RAM of several cores: it goes where it is needed, every byte is always somewhere, and all of it is home again when it is free.

import json
import re
import time

import pytest
from console import cores_up

PARTS = ("kernel", "boot", "ramdisk", "other", "used", "free")


@pytest.fixture(scope="module")
def four(build):
    """Four cores with little RAM each, all up."""
    with cores_up(build, "memory-four", smp=4, mem="128M") as console:
        yield console


def memory(console):
    """What `free` tells; it adds up whenever it is asked."""
    output, status = console.command("free -j", 60)
    assert status == 0, output
    free = json.loads(re.search(r"^\{.*\}$", output, re.M).group())  # programs may end with a report meanwhile
    assert free["total"] == 128 << 20
    assert sum(core["total"] for core in free["cores"]) + free["moving"] == free["total"], free
    for part in (free, *free["cores"]):
        assert sum(part[name] for name in PARTS) + part.get("moving", 0) == part["total"], part
    return free


def shares(console):
    free = memory(console)
    return [core["total"] for core in free["cores"]], free["borrowed"], free["moving"]


def returned(console, before, seconds=60):
    """Everything is where it was dealt to."""
    end = time.monotonic() + seconds
    while (now := shares(console)) != before:
        assert time.monotonic() < end, (before, now)


def test_core_with_too_little(four):
    """A program on core 1 gets more RAM than the core was dealt; then it all goes back, and `cores` and `free` say so."""
    before = shares(four)
    assert before[1:] == (0, 0)
    assert before[0][1] < 40 << 20
    output, status = four.command("oncore 1 run_memtest 40M", 120)
    assert status == 0 and "are good" in output, output
    returned(four, before)
    output, status = four.command("oncore 1 memhog 40 & free -j; wait; status=$?; free -j > /dev/null; exitcode $status", 120)
    assert status == 0 and "got 40 MiB" in output, output
    returned(four, before)
    told = json.loads(four.command("cores -j")[0])
    assert [core["memory"] for core in told] == before[0], told


def test_all_at_once(four):
    """Four cores, each of which wants all there is: nobody waits for ever, what the machine has is enough for all that it promised, and it
    comes home."""
    before = shares(four)
    four.command("for core in 0 1 2 3; do oncore $core memhog > /dev/null & done", 120)
    for _ in range(5):
        memory(four)
    four.command("wait", 300)
    returned(four, before)
    output, status = four.command("oncore 2 memhog 30", 120)
    assert status == 0, output
    returned(four, before)


def test_killed_in_the_middle(four):
    before = shares(four)
    for core in (1, 2, 3) * 2:
        four.command(f"oncore {core} run_memtest 44M > /dev/null & sleep 0")
        end = time.monotonic() + 60
        while memory(four)["borrowed"] == 0:
            assert time.monotonic() < end
        four.command("kill $!; wait", 60)
        returned(four, before)


def test_accounts_of_all_cores(four):
    accounts = json.loads(four.command("free -j -a", 60)[0])
    by_core = [sum(a["used"] for a in accounts if a["pid"].startswith(f"{core}.")) for core in range(4)]
    used = [core["used"] for core in memory(four)["cores"]]
    assert all(abs(a - b) <= 512 << 10 for a, b in zip(by_core, used)), (by_core, used)
    output, status = four.command("free -p 3.4")
    assert status == 0 and re.search(r"process 3\.4: ", output), output
    output, status = four.command("free -p 3.99")
    assert status == 1 and "no process 3.99" in output, output
    output, status = four.command("free -p 7.1")
    assert status == 1 and "no process 7.1" in output, output
