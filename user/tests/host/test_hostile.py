# SPDX-License-Identifier: BSD-2-Clause
#
# Each service beside clients that misbehave in each of the ways of user/tests/hostile.c, beside an honest one whose calls all succeed;
# and nothing is missing afterwards. How long its slowest call takes is counted in instructions, in `make soak`.

import re
import time

import pytest

SERVICES = ("init", "monitor", "mem", "names", "proc", "term", "fs")
# The end and the start of processes is what an honest call waits for here, not the service.
OF_PROC = ("dies_in_mid_call", "paused")


def holdings(machine):
    """How much memory each process has."""
    output, status = machine.command("free -a")
    assert status == 0, output
    return dict(re.findall(r"^(\S+) +(\d+) +\d+", output, re.M))


def settled(machine, before):
    """The holdings as soon as they are `before`, else after ten seconds."""
    end = time.time() + 10
    while holdings(machine) != before and time.time() < end:
        time.sleep(0.1)
    return holdings(machine)


def behaviours(output, service):
    return re.findall(rf"^{service} (\w+): (\d+) ticks, quiet (\d+)\r*$", output, re.M)


@pytest.mark.parametrize("service", SERVICES)
def test_an_honest_client_is_served(machine, service):
    # What a service takes at the first time and keeps is no leak; what it takes every time is.
    now = holdings(machine)
    for _ in range(4):
        before = now
        output, status = machine.command(f"hostile measure {service} all 1", 120)
        assert status == 0, output
        assert len(behaviours(output, service)) >= 25, output
        now = settled(machine, before)
        if now == before:
            return
    assert now == before


@pytest.mark.soak
@pytest.mark.parametrize("service", SERVICES)
def test_its_slowest_call_at_most_doubles(boot, service):
    console = boot(f"hostile-{service}", boot="direct", icount=True)
    console.boot()
    output, status = console.command(f"hostile measure {service}", 3600)
    assert status == 0, output
    slow = [f"{name}: {worst} for {quiet}" for name, worst, quiet in behaviours(output, service)
            if name not in OF_PROC and int(worst) > 2 * int(quiet)]
    assert not slow, f"{service}: {slow}"
