# SPDX-License-Identifier: BSD-2-Clause
#
# The test programs that run on the target. Each test of theirs is a test here: the names are read from their sources,
# so that one which did not report is a failure, and -k finds it (`make test ONLY=K9`). A program runs once.

import glob
import os
import re

import pytest
from console import ROOT
from tap import parse

# Programs that are in the quick suite, and what they are called with there; the others are in the full one only.
QUICK = ("syscalls", "caps", "lmp", "threads", "paging", "messages", "services", "process", "build", "fuzz", "polls", "consoles")
LIMITS = {"files": 240, "fs": 240, "fuzz": 600, "process": 400, "pressure": 400, "paging": 120, "services": 120}


def listed(path):
    with open(path, encoding="utf-8") as source:
        return re.findall(r"^\s*TEST\((\w+)\),", source.read(), re.M)


def programs():
    """(program, test) of each source that has a table of tests."""
    for path in sorted(glob.glob(os.path.join(ROOT, "user", "tests", "*.c"))):
        for name in listed(path):
            yield os.path.splitext(os.path.basename(path))[0], name


def parameters(wanted):
    return [pytest.param(program, name, id=f"{program}-{name}") for program, name in programs() if program in wanted]


@pytest.fixture(scope="session")
def results(holder):
    """Runs a program at the first call; gives {test: (passed, text)} and what it printed."""
    known = {}

    def get(program, options):
        if (program, options) not in known:
            output, problems, found = "", [], []
            try:
                output, _ = holder.get().command(f"t_{program}{options}", LIMITS.get(program, 90))
                found, problems = parse(output)
            except Exception as error:  # a hang: the first test tells it, the others are missing
                holder.drop()
                problems = [str(error)]
            known[(program, options)] = ({name: (passed, text) for name, passed, text in found}, output, problems)
        return known[(program, options)]
    return get


def check(results, program, name, options):
    found, output, problems = results(program, options)
    if name not in found:
        pytest.fail("\n".join([f"no result of {name}", *problems, output[-3000:]]), pytrace=False)
    passed, text = found[name]
    if not passed:
        pytest.fail(text, pytrace=False)


@pytest.mark.quick
@pytest.mark.parametrize("program, name", parameters(QUICK))
def test_quick(results, program, name):
    check(results, program, name, " -q")


@pytest.mark.quick
@pytest.mark.parametrize("program, name", parameters(("sockets",)))
def test_network(enabled, results, program, name):
    if "NET" not in enabled:
        pytest.skip("this configuration has no network")
    check(results, program, name, " -q")


@pytest.mark.parametrize("program, name", parameters(("fuzz", "process", "pressure", "paging", "services", "files", "fs", "mapping", "orphans", "heap")))
def test_full(results, program, name):
    check(results, program, name, "")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_fuzz_seeds(machine, seed):
    output, status = machine.command(f"t_fuzz -s {seed}", 1200)
    assert status == 0, output


@pytest.mark.soak
def test_pressure_in_full(machine):
    output, status = machine.command("t_pressure -S", 5400)
    assert status == 0, output


@pytest.mark.soak
@pytest.mark.parametrize("program", ["process", "caps", "messages", "threads", "heap", "paging", "lmp", "syscalls"])
def test_again_and_again(machine, program):
    """The same program twenty times over on one machine: nothing may wear out."""
    free = []
    for _ in range(20):
        output, status = machine.command(f"t_{program}", 600)
        assert status == 0, output
        free.append(int(re.search(r"free\s+(\d+) KiB", machine.command("free")[0]).group(1)))
    assert free[-1] >= free[2] - 64, free


@pytest.mark.soak
def test_many_boots(boot):
    for i in range(30):
        console = boot(f"soak-{i % 3}", boot=("direct", "uboot")[i % 2])
        console.boot(90)
        assert console.command("hello")[1] == 0
        console.send("poweroff\r")
        assert console.wait_end() == 0
