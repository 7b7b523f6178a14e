# SPDX-License-Identifier: BSD-2-Clause
#
# The test programs that run on the target. Each test of theirs is a test here: the names are read from their sources,
# so that one which did not report is a failure, and -k finds it (`make test ONLY=K9`). A program runs once.

import glob
import os
import re

import pytest
from conftest import Holder
from console import ROOT, Console, ConsoleError
from tap import parse

# Programs that are in the quick suite, and what they are called with there; the others are in the full one only.
QUICK = ("syscalls", "caps", "lmp", "threads", "paging", "messages", "services", "process", "build", "fuzz", "polls", "consoles", "sums", "ump_hostile")
NETWORK = ("sockets", "passed")
FULL = ("fuzz", "process", "pressure", "paging", "services", "files", "paths", "pipes", "programs", "fs", "mapping", "orphans", "heap")
# Half of their tests are between two cores.
TWO_CORES = ("ump", "ump_caps", "ump_hostile")
ELSEWHERE = ("across",)  # test_cores.py, on two, four and eight cores
LIMITS = {"files": 240, "fs": 240, "fuzz": 600, "process": 400, "pressure": 400, "paging": 120, "services": 120}


def listed(path):
    with open(path, encoding="utf-8") as source:
        return re.findall(r"\bTEST\((\w+)\)", source.read())


def programs():
    """(program, test) of each source that has a table of tests."""
    for path in sorted(glob.glob(os.path.join(ROOT, "user", "tests", "*.c"))):
        for name in listed(path):
            yield os.path.splitext(os.path.basename(path))[0], name


def parameters(wanted):
    return [pytest.param(program, name, id=f"{program}-{name}") for program, name in programs() if program in wanted]


def runner(holder):
    """A function that runs a program at its first call; gives {test: (state, text)} and what it printed."""
    known = {}

    def get(program, options):
        if (program, options) not in known:
            output, problems, found = "", [], []
            try:
                output, _ = holder.get().command(f"t_{program}{options}", LIMITS.get(program, 90))
                found, problems = parse(output)
            except ConsoleError as error:  # a hang: the first test tells it, the others are missing
                holder.drop()
                problems = [str(error)]
            known[(program, options)] = ({name: (state, text) for name, state, text in found}, output, problems)
        return known[(program, options)]
    return get


@pytest.fixture(scope="session")
def results(holder):
    return runner(holder)


@pytest.fixture(scope="module")
def results_of_two(build):
    holder = Holder(build, {"smp": 2, "boot": "direct"}, "two", Console.boot_cores)
    yield runner(holder)
    holder.drop()


def check(results, program, name, options, may_skip=True):
    found, output, problems = results(program, options)
    if name not in found:
        pytest.fail("\n".join([f"no result of {name}", *problems, output[-3000:]]), pytrace=False)
    state, text = found[name]
    if state == "skip" and may_skip:
        pytest.skip(text)
    if state != "ok":
        pytest.fail(text, pytrace=False)


@pytest.mark.quick
@pytest.mark.parametrize("program, name", parameters(QUICK))
def test_quick(results, program, name):
    check(results, program, name, " -q")


@pytest.mark.quick
@pytest.mark.parametrize("program, name", parameters(NETWORK))
def test_network(enabled, results, program, name):
    if "NET" not in enabled:
        pytest.skip("this configuration has no network")
    check(results, program, name, " -q", may_skip="NET_TCP" not in enabled)


@pytest.mark.parametrize("program, name", parameters(FULL))
def test_full(results, program, name):
    check(results, program, name, "")


@pytest.mark.parametrize("program, name", parameters(TWO_CORES))
def test_two_cores(results_of_two, program, name):
    check(results_of_two, program, name, "", may_skip=False)


@pytest.mark.quick
def test_no_program_is_forgotten():
    """Each program of tests is run by one of the above."""
    assert {program for program, _ in programs()} == {*QUICK, *NETWORK, *FULL, *TWO_CORES, *ELSEWHERE}


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
