# SPDX-License-Identifier: BSD-2-Clause
#
# The console when several use it at once: background output above the line being typed, writers that never mix, a
# Ctrl-C that hits the foreground alone, typing ahead, a UART driver or term that dies while somebody types.

import re
import time

import pexpect
import pytest
from console import PROMPT, plain

CTRL_C, CTRL_D, CTRL_U = "\x03", "\x04", "\x15"


def pid_of(machine, name):
    output, _ = machine.command("ps")
    found = re.search(rf"^(\d+\.\d+)\s.*\s{name}$", output, re.M)
    assert found, output
    return found.group(1)


def settle(machine):
    """Whatever came before: back at a prompt, with nothing of it left to be read."""
    machine.send(CTRL_U + CTRL_C)
    machine.command("echo settled")


@pytest.mark.quick
def test_the_prompt_is_shown_once(machine):
    """Editing, even of a line that scrolls, never repeats the prompt, for which scripts wait."""
    machine.send("\x01\x05" + "x" * 300 + "\x01\x05" + "\x1b[D" * 5 + "\x7f" * 3 + "\x05" + CTRL_U + "echo edited\r")
    machine.expect(r"\nedited\r")
    assert PROMPT not in machine.child.before
    machine.expect(re.escape(PROMPT))


@pytest.mark.quick
def test_a_line_comes_above_what_is_typed(machine):
    machine.command("echo start")
    machine.send("shell -c 'sleep 0.5; echo from the background' &\r")
    machine.expect(r"\[\d+\] ")
    machine.expect(re.escape(PROMPT))
    machine.send("echo ty")
    machine.expect(r"\r\x1b\[Kfrom the background\r")
    machine.expect(r"capelin> echo ty")
    machine.send("ped\r")
    machine.expect(r"\ntyped\r")
    machine.expect(re.escape(PROMPT))
    settle(machine)


def test_writers_do_not_mix(machine):
    letters = "abc"
    for letter in letters:
        machine.send(f"yes {letter * 30} &\r")
        machine.expect(r"\[\d+\] \d+\.\d+[^\d.]")
    end = time.time() + 30
    seen = ""
    while seen.count("\n") < 200 and time.time() < end:
        try:
            seen += machine.child.read_nonblocking(65536, 10)
        except pexpect.TIMEOUT:
            break
    machine.send("kill %1 %2 %3\r")
    machine.expect("kill %1 %2 %3")
    time.sleep(0.5)
    settle(machine)
    lines = [line for line in plain(seen.replace("\r", "\n")).split("\n") if re.fullmatch(r"[abc]+", line)]
    assert len(lines) > 30
    for line in lines[1:-1]:
        assert line in [letter * 30 for letter in letters], line


@pytest.mark.quick
def test_ctrl_c_ends_the_foreground_alone(machine):
    machine.send("spin &\r")
    pid = machine.expect(r"\[\d+\] (\d+\.\d+)[^\d.]").group(1)
    machine.expect(re.escape(PROMPT))
    for program in ("spin", "sleep 100", "yes", "cat", "wait"):
        machine.send(program + "\r")
        time.sleep(0.4)
        machine.send(CTRL_C)
        machine.expect(r"\^C")
        machine.expect(re.escape(PROMPT))
        settle(machine)
    assert pid in machine.command("ps")[0]
    assert machine.command(f"kill {pid}")[1] == 0
    machine.command(f"wait {pid}")


def quick(machine):
    """How long a program takes that has little to do."""
    start = time.time()
    assert machine.command("hello")[1] == 0
    return time.time() - start


@pytest.mark.quick
def test_busy_background_jobs_leave_the_shell_quick(machine):
    alone = quick(machine)  # where the host has other things to do, too
    machine.command("spin & " * 12 + "true")
    assert quick(machine) < max(2, 10 * alone)
    machine.command("kill " + " ".join(f"%{job}" for job in range(1, 13)))
    machine.command("wait")


@pytest.mark.quick
def test_typing_ahead(machine):
    machine.send("sleep 0.5\recho typed ahead\r")
    machine.expect(r"\ntyped ahead\r")
    machine.expect(re.escape(PROMPT))
    settle(machine)


@pytest.mark.quick
def test_a_program_reads_lines(machine):
    machine.send("cat\r")
    machine.expect(r"\n")
    machine.send("one\x7f\x7f\x7ftwo\r")
    machine.expect(r"\ntwo\r")
    machine.send("a word" + "\x17" + "x\r")
    machine.expect(r"\na x\r")
    machine.send("half" + CTRL_D + "line\r" + CTRL_D)
    machine.expect(re.escape(PROMPT))
    assert "halfline" in machine.before
    settle(machine)


@pytest.mark.parametrize("service", ["pl011", "term"])
def test_the_line_being_typed_survives(machine, service):
    pid = pid_of(machine, service)
    machine.send(f"shell -c 'sleep 0.5; kill {pid}' &\r")
    machine.expect(r"\[\d+\] ")
    machine.expect(re.escape(PROMPT))
    machine.send("echo one ")
    time.sleep(2)
    machine.send("two\r")
    machine.expect(r"\none two\r")
    machine.expect(re.escape(PROMPT))
    settle(machine)
    end = time.time() + 20
    while pid_of(machine, service) == pid:
        assert time.time() < end, f"{service} has not been killed"


def test_console_poll(machine):
    """A program hears from poll() that a line was typed, not before."""
    machine.send("test/t_polls console\r")
    machine.expect("before 0, output 1\r*\n")
    machine.send("not a line yet")
    machine.send(", now it is\r")
    machine.expect("after 1: not a line yet, now it is\r*\n")
    machine.expect("capelin> ")
