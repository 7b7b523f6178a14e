# SPDX-License-Identifier: BSD-2-Clause
#
# What a person sees when programs go wrong: the report of each way to crash, in words and with a backtrace that leads to
# the culprit, and a shell that answers while others take all that they can get. The rest is in user/tests/pressure.c.

import os
import re
import subprocess
import sys
import time

import pytest
from console import PROMPT, ROOT

# mode: exit status, report, and functions that its backtrace goes through, innermost first.
# init, mem, names, proc, fs and the shell keep a piece of 256 KiB each for the next such time.
KEPT_KIB = 6 * 256
ROUNDS = 8  # after so many nobody needs another piece

REPORTS = {
    "null": (139, r"write to 0x0{16}, null pointer, in thread 1", ["crash_null", "main"]),
    "readonly": (139, r"write to 0x0000000000[4-9a-f]\w{5}, read-only data, in thread 1", ["crash_readonly", "main"]),
    "execute": (139, r"jump to 0x0000000000[4-9a-f]\w{5}, data, in thread 1", ["crash_execute", "main"]),
    "stack": (139, r"write to 0x000000003\w{7}, stack guard, in thread 1", ["recurse", "main"]),
    "undefined": (132, r"illegal instruction at 0x0000000000[4-9a-f]\w{5}, program text, in thread 1", ["crash_undefined", "main"]),
    "privileged": (132, r"illegal instruction at 0x0000000000[4-9a-f]\w{5}, program text, in thread 1", ["crash_privileged", "main"]),
    "abort": (134, r"abort, in thread 1", ["main"]),
    "assert": (134, r'assert main\.c:\d+: !"crash was asked to", in thread 1', ["main"]),
    "thread": (139, r"write to 0x0{16}, null pointer, in thread 2", ["other_thread"]),
    "handler": (139, r"jump to 0x00000000003ff000, not mapped, in thread 1", []),
}


def functions(build, output):
    """Names of the functions of a backtrace, innermost first."""
    script = os.path.join(ROOT, "scripts", "symbolise.py")
    done = subprocess.run([sys.executable, script, "--build", build, "--program", "crash"], input=output, text=True,
                          capture_output=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.quick
@pytest.mark.parametrize("mode", REPORTS)
def test_report_of_a_crash(machine, build, mode):
    status, report, names = REPORTS[mode]
    output, got = machine.command(f"crash {mode}")
    assert got == status, output
    lines = output.splitlines()
    assert re.fullmatch(r"crash \(0\.\d+\): " + report, lines[0]), output
    frames = [line for line in lines if line.startswith("  #")]
    frame_text = r"  #{} 0x[0-9a-f]{{16}}(  (\w+)\+0x[0-9a-f]+)?$"
    matches = [re.match(frame_text.format(i), frame) for i, frame in enumerate(frames)]
    assert frames and all(matches), output
    on_target = [match.group(2) for match in matches if match.group(2)]
    assert [name for name in on_target if name in names][-len(names):] == names, output
    assert len(set(frames)) == len(frames)
    named = functions(build, output)
    places = [re.search(rf"#\d+ .*\b{name}\b", named) for name in names]
    assert all(places), named
    assert [place.start() for place in places] == sorted(place.start() for place in places), named


@pytest.mark.quick
def test_report_of_who_writes_to_what_another_may(machine):
    output, status = machine.command("share write")
    assert status == 139
    assert re.search(r"^share \(0\.\d+\): write to 0x000000[89a-f]\w{9}, shared, in thread 1$", output, re.M), output


def free_kib(console):
    """What is free, and the largest block of it."""
    found = re.search(r"^free +(\d+) KiB.*?largest free one has (\d+) KiB", console.command("free")[0], re.M | re.S)
    return int(found.group(1)), int(found.group(2))


def free_again(console, least):
    """The same, once it is as much as that or time is over."""
    for _ in range(50):
        after, largest = free_kib(console)
        if after >= least:
            break
        time.sleep(0.1)
    return after, largest


def press(console, line):
    """Run it, look whether the shell answers, and end all that came of it."""
    console.send(f"{line} &\r")
    console.expect(re.escape(PROMPT))
    time.sleep(1)
    for command in ("ps", "names", "free", "echo alive"):
        start = time.time()
        output, status = console.command(command)
        assert status == 0 and time.time() - start < 10, output
    # A bomb's children make others as long as one of them is left: all are paused first.
    for act in ("pause", "kill"):
        for _ in range(20):
            pids = re.findall(r"^(\d+\.\d+)\s+(?!.*\b(?:paused|ended)\b).*\svictim$" if act == "pause" else
                              r"^(\d+\.\d+)\s+(?!.*\bended\b).*\svictim$", console.command("ps")[0], re.M)
            if not pids:
                break
            for first in range(0, len(pids), 16):
                console.command("; ".join(f"{act} {pid}" for pid in pids[first:first + 16]))
        assert not pids, act
    console.command("wait")


@pytest.mark.parametrize("line", ["victim hold", "victim touch", "victim slots poor", "victim tables poor", "victim bomb"])
def test_shell_answers_under_pressure(boot, line):
    console = boot("pressure", boot="direct", smp=1)  # the largest block is one core's
    console.boot()
    console.command("hello; ps; names")
    before, _ = free_kib(console)
    press(console, line)
    after, largest = free_again(console, before - KEPT_KIB)
    assert after >= before - KEPT_KIB and largest >= after // 2


def test_bombs_leave_nothing(boot):
    """What services keep for the next bomb is enough for all further ones: from some round on every KiB comes back."""
    console = boot("bombs", boot="direct")
    console.boot()
    console.command("hello; ps; names")
    left = [free_kib(console)[0]]
    while len(left) <= ROUNDS and (len(left) < 2 or left[-1] < left[-2]):
        press(console, "victim bomb")
        left.append(free_again(console, left[-1])[0])
    assert left[-1] >= left[-2], left


def test_who_has_run_out_is_named(boot):
    """Its own quota, or the machine: what a program says, and what the report of one says that touched too much."""
    console = boot("named", boot="direct")
    console.boot()
    output, status = console.command("memhog", 60)
    pid = re.search(r"^mem: process (\d+\.\d+) is out of its quota \((\d+) MiB, of which \d+ are used\); see 'free -p (\S+)'$", output, re.M)
    assert pid and pid.group(1) == pid.group(3) and int(pid.group(2)) > 100, output
    console.command("victim hold & victim hold & sleep 2; true")
    output, status = console.command("memhog", 60)
    assert re.search(r"^mem: the machine is out of memory \(.*\); see 'free -a'$|, the machine is out of memory, in thread 1$", output, re.M), output
