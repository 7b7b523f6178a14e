# SPDX-License-Identifier: BSD-2-Clause
#
# The console as a person uses it: typed keys, commands right and wrong, programs that fault, services that are killed.

import re
import time

import pytest
from console import PROMPT

UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
BACKSPACE, TAB, CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_U = "\x7f", "\t", "\x01", "\x03", "\x04", "\x05", "\x15"


def typed(machine, keys, timeout=10):
    """Type keys and Enter; gives what came until the next prompt that stands alone at the end."""
    machine.send(keys + "\r")
    machine.expect(r"\r\n", timeout)
    machine.expect(re.escape(PROMPT), timeout)
    return machine.before


@pytest.mark.quick
def test_echo_and_status(machine):
    output, status = machine.command("echo hello there")
    assert output == "hello there\n" and status == 0
    output, status = machine.command("false")
    assert status == 1
    output, status = machine.command("true; echo one ; echo two")
    assert output.splitlines() == ["one", "two"] and status == 0


@pytest.mark.quick
def test_help(machine):
    output, status = machine.command("help")
    assert status == 0
    for word in ("echo", "ps", "status", "run", "kill", "pause", "resume", "wait", "jobs", "time", "free", "pmap", "caps", "map", "names",
                 "dmesg", "uptime", "reboot", "poweroff"):
        assert re.search(rf"\b{word}\b", output), word
        explained, status = machine.command(f"help {word}")
        assert status == 0 and "example" in explained, explained


@pytest.mark.quick
@pytest.mark.parametrize("line", [
    "no-such-command", "kill", "kill 99.99", "kill abc", "status", "status 0.9999", "pause x", "resume", "free -x", "free -p",
    "help no-such", "time", "run", "run no-such", "wait 0.9999", "names no-such-service", "caps 0.9999", "pmap 0.9999", "pmap x", "ps x", "kill %9"])
def test_wrong_commands_say_what_is_expected(machine, line):
    output, status = machine.command(line)
    assert status != 0, output
    assert len(output.strip()) > 10, output


@pytest.mark.quick
def test_backspace_and_cursor_keys(machine):
    assert typed(machine, "ecxx" + BACKSPACE * 2 + "ho one").strip() == "one"
    assert typed(machine, "cho two" + CTRL_A + "e").strip() == "two"
    assert typed(machine, "echo thee" + LEFT * 2 + "r").strip() == "three"
    assert typed(machine, "echo four" + LEFT * 4 + RIGHT * 4 + "!").strip() == "four!"
    assert typed(machine, "rubbish" + CTRL_U + "echo five").strip() == "five"


@pytest.mark.quick
def test_history(machine):
    typed(machine, "echo first")
    typed(machine, "echo second")
    assert typed(machine, UP).strip() == "second"
    assert typed(machine, UP + UP).strip() == "first"  # the same line twice is remembered once
    assert typed(machine, UP + UP + DOWN + BACKSPACE * 5 + "third").strip() == "third"


@pytest.mark.quick
def test_tab_completes(machine):
    assert "up " in typed(machine, "upt" + TAB)
    assert "Hello from Capelin!" in typed(machine, "hell" + TAB)
    machine.send("p" + TAB + TAB)
    machine.expect("pause")
    machine.expect("poweroff")
    machine.send(CTRL_C)
    machine.expect(re.escape(PROMPT))


TABS = [
    ("ls --h", "ls --help "),  # options, from the command's own usage line
    ("names -", "names -"),
    ("caps revoke --dr", "caps revoke --dry-run "),
    ("cd /tmp/tab/", "cd /tmp/tab/directory/"),  # no files
    ("rmdir /tmp/tab/", "rmdir /tmp/tab/directory/"),
    ("ls /tmp/tab/m", "ls /tmp/tab/my\\ file "),
    ("ls '/tmp/tab/m", "ls '/tmp/tab/my file' "),
    ('ls "/tmp/tab/my f', 'ls "/tmp/tab/my file" '),
    ("cat < /tmp/tab/my\\ ", "cat < /tmp/tab/my\\ file "),
    ("kill %", "kill %1 "),
    ("wait %", "wait %1 "),
    ("fg ", "fg %1 "),
    ("status 0.1", "status 0.1"),
    ("core boot ", "core boot "),
    ("oncore ", "oncore 0 "),
    ("oncore 0 hel", "oncore 0 hello "),
    ("chan te", "chan term "),
    ("names pro", "names proc"),
    ("echo $TAB_V", "echo $TAB_VARIABLE "),
    ('echo "${TAB_V', 'echo "${TAB_VARIABLE}'),
    ("export TAB_V", "export TAB_VARIABLE "),
    ("type upt", "type uptime "),
    ("head -n 3 /tmp/tab/m", "head -n 3 /tmp/tab/my\\ file "),
]


def test_tab_completes_arguments(boot):
    console = boot("tab-arguments", boot="direct", smp=1)
    console.boot()
    console.command("mkdir -p /tmp/tab/directory; echo x > '/tmp/tab/my file'; TAB_VARIABLE=1; sleep 1000 & true")
    for keys, expected in TABS:
        console.send(keys + TAB)
        console.expect(re.escape(expected))
        console.send(CTRL_C)
        console.expect(re.escape(PROMPT))
    console.send("grep -" + TAB + TAB)
    for option in ("--help", "-E", "-c", "-x"):
        console.expect(option + r"\s")
    console.send(CTRL_C)
    console.expect(re.escape(PROMPT))
    assert len(re.findall(r"grep|oncore", console.command("ps")[0])) == 0  # who was asked has ended


@pytest.mark.quick
def test_ctrl_c_at_the_prompt_and_in_a_program(machine):
    machine.send("echo not this" + CTRL_C)
    machine.expect(re.escape(PROMPT))
    machine.command("echo settle")
    machine.send("spin\r")
    time.sleep(0.5)
    machine.send(CTRL_C)
    machine.expect(re.escape(PROMPT))
    machine.send("echo status $?\r")
    assert int(machine.expect(r"status (\d+)\r").group(1)) == 130
    machine.expect(re.escape(PROMPT))


@pytest.mark.quick
def test_ctrl_d_ends_input(machine):
    machine.send("cat\r")
    machine.expect("\n")
    machine.send("a line\r")
    machine.expect(r"a line\s+a line")
    machine.send(CTRL_D)
    machine.expect(re.escape(PROMPT))


@pytest.mark.quick
@pytest.mark.parametrize("mode, status", [("null", 139), ("overflow", 139), ("illegal", 132), ("abort", 134), ("exit 7", 7)])
def test_programs_that_fail(machine, mode, status):
    output, got = machine.command(f"victim {mode}")
    assert got == status, output
    if status > 128:
        assert re.search(r"victim \(0\.\d+\): ", output), output


@pytest.mark.quick
def test_fault_report_is_readable(machine):
    output, _ = machine.command("victim read 0x123456789000")
    assert "0x0000123456789000" in output and "read" in output, output
    assert re.search(r"^  #0 0x[0-9a-f]{16}  \w+\+0x", output, re.M), output


@pytest.mark.quick
def test_jobs(machine):
    machine.send("spin &\r")
    pid = machine.expect(r"\[\d+\] (\d+\.\d+)[^\d.]").group(1)
    machine.expect(re.escape(PROMPT))
    output, _ = machine.command("ps")
    assert re.search(rf"^{re.escape(pid)}\s.*spin", output, re.M), output
    output, status = machine.command(f"pause {pid}")
    assert status == 0, output
    output, _ = machine.command(f"status {pid}")
    assert "paused" in output, output
    assert machine.command(f"resume {pid}")[1] == 0
    assert "spin" in machine.command("jobs")[0]
    assert machine.command(f"kill {pid}")[1] == 0
    output, status = machine.command(f"wait {pid}")
    assert status == 137, output


@pytest.mark.quick
def test_system_commands(machine):
    assert "init" in machine.command("ps")[0]
    assert re.search(r"total\s+\d+ KiB", machine.command("free")[0])
    assert "term" in machine.command("names")[0]
    assert re.search(r"^\[ *\d+\.\d+\] ", machine.command("dmesg", 60)[0], re.M)  # its beginning may have had to make room
    assert re.search(r"up ", machine.command("uptime")[0])
    assert re.search(r"\d+ us", machine.command("time hello")[0])
    assert "capabilities" in machine.command("caps")[0]


@pytest.mark.quick
def test_exit_status_of_programs(machine):
    for status in (0, 1, 42, 255):
        assert machine.command(f"exitcode {status}")[1] == status


def test_huge_lines(machine):
    """Longer than any buffer: an error or a cut, and the shell goes on."""
    for length in (5000, 20000, 60000):
        machine.send("echo " + "x" * length + "\r")
        machine.expect(re.escape(PROMPT), 60)
        output, status = machine.command("echo $?")
        assert output == "2\n" and status == 0
    output, status = machine.command("echo alive")
    assert output == "alive\n" and status == 0


def test_rubbish_keys(machine):
    """Bytes that are no keys, escape sequences that end in the middle, control characters."""
    machine.send("\x1b[\x1b[99;99~\x1bO\x1b[1;5Z\x00\x02\x06\x0e\x10\x16\x17\x19\xff\xfe" + CTRL_U + CTRL_C)
    time.sleep(0.5)
    machine.command("echo settle", 20)
    output, status = machine.command("echo alive")
    assert output == "alive\n" and status == 0


def test_many_arguments(machine):
    line = "victim args " + " ".join("a%d" % i for i in range(100))
    output, status = machine.command(line)
    assert status == 0 and "100 arguments" in output, output


def test_memory_hogs(machine):
    """Programs that take all that they can get: they end, everything else goes on."""
    for line in ("victim hog", "victim touch"):
        output, _ = machine.command(line, 120)
        assert machine.command("hello")[1] == 0, output


def pid_of(machine, name):
    output, _ = machine.command("ps")
    found = re.search(rf"^(\d+\.\d+)\s.*\s{name}\S*$", output, re.M)
    assert found, output
    return found.group(1)


@pytest.mark.parametrize("service", ["gic_dist", "pl011", "term", "names", "proc"])
def test_killed_services_come_back(boot, service):
    console = boot(f"kill-{service}", boot="direct")
    console.boot()
    pid = pid_of(console, service)
    console.send(f"kill {pid}\r")
    time.sleep(3)
    console.send("\r")
    console.expect(re.escape(PROMPT), 20)
    console.send(CTRL_C + "\r")
    console.expect(re.escape(PROMPT), 20)
    output, status = console.command("echo alive", 30)
    assert "alive" in output and status == 0
    assert (pid_of(console, service) == pid) == (service in ("names", "proc"))
    log, _ = console.command("dmesg", 60)
    assert re.search(rf"{service}\S* \({re.escape(pid)}\) died.*restarted", log), log
    assert console.command("hello", 30)[1] == 0


def test_killed_shell_comes_back(boot):
    console = boot("kill-shell", boot="direct")
    console.boot()
    console.send("exit 3\r")
    console.expect(re.escape(PROMPT), 30)
    output, status = console.command("echo alive")
    assert "alive" in output and status == 0


@pytest.mark.quick
def test_a_job_that_has_ended_keeps_its_number(machine):
    """Until its end is told at a prompt: a job that starts before then is another one."""
    output, status = machine.command("true & sleep 0.3; exitcode 7")
    assert status == 7, output


@pytest.mark.quick
def test_poweroff(boot):
    console = boot("poweroff", boot="direct")
    console.boot()
    console.send("poweroff\r")
    assert console.wait_end(20) == 0


@pytest.mark.quick
def test_pmap_shows_regions(machine):
    output, status = machine.command("pmap")
    assert status == 0, output
    for word in ("program text", "stack guard", "lazy", "records", "dispatcher frame"):
        assert word in output, word
    pid = re.search(r"^(\S+) .*\bproc$", machine.command("ps")[0], re.M).group(1)
    output, status = machine.command(f"pmap {pid}")
    assert status == 0, output
    assert re.search(r"^000000400000-\S+ .* program$", output, re.M), output
    assert re.search(r"^\S+ backed; ", output, re.M), output
    rows = re.findall(r"^([0-9a-f]{12})-([0-9a-f]{12}) ", output, re.M)
    assert all(int(a, 16) < int(b, 16) for a, b in rows)
    assert all(int(one[1], 16) <= int(two[0], 16) for one, two in zip(rows, rows[1:]))


def accounts(machine):
    """{pid: KiB}"""
    output = machine.accounts()
    rows = dict(re.findall(r"^(\d+\.\d+|all) +(\d+) +\d+(?: +ended)?$", output, re.M))
    found = {pid: int(kib) for pid, kib in rows.items()}
    assert found.pop("all") == sum(found.values()), output
    return found


@pytest.mark.quick
def test_run_memtest(machine):
    for _ in range(3):  # the first ones may make a service fill up its reserve
        before = accounts(machine)
        output, status = machine.command("run_memtest 8M", timeout=30)
        assert status == 0 and output.splitlines()[-1] == "run_memtest: 8388608 bytes are good", output
        for wrong, expected in (("1000G", 1), ("18000000000G", 2), ("0", 2), ("12Q", 2), ("", 2), ("1 2", 2), ("999999999M", 1)):
            output, status = machine.command(f"run_memtest {wrong}")
            assert status == expected and len(output.strip()) > 10, (wrong, output)
        after = accounts(machine)
        if after == before:
            break
    assert after == before
    assert machine.command("run_memtest --help")[1] == 0


@pytest.mark.quick
def test_free_tells_of_everybody(machine):
    for _ in range(5):  # others may come and go between the three
        total, shares = int(re.search(r"^used +(\d+) KiB", machine.command("free")[0], re.M).group(1)), accounts(machine)
        if sum(shares.values()) == total:
            break
    assert sum(shares.values()) == total
    assert set(re.findall(r"^(\d+\.\d+) .*$", machine.command("ps")[0], re.M)) == set(shares) - machine.keepers
    for pid in list(shares)[:4]:
        assert machine.command(f"free -p {pid}")[1] == 0
    row = {name: int(value) for name, value in re.findall(r"^(\w+) +(\d+) KiB", machine.command("free")[0], re.M)}
    assert row.pop("total") == sum(row.values())
