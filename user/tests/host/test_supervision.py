# SPDX-License-Identifier: BSD-2-Clause
#
# Services that are killed come back and go on where they ended, while programs call them without a pause: no answer is wrong or missing, nobody hangs,
# and what the machine has in use afterwards is what it had before. CI kills each five times, `make soak` 200 times.

import os
import re

import pytest
from console import ConsoleError

KILLS = 5
SAME_PID = ("names", "proc")
CONSOLE = ("term", "pl011")


def pid_of(console, name):
    for _ in range(50):
        output, _ = console.command("ps", 60)
        found = re.search(rf"^(\d+\.\d+)\s.*\s{name}$", output, re.M)
        if found:
            return found.group(1)
    raise ConsoleError(f"{name} is not there:\n{output}")


def restarts(console, name):
    return len(re.findall(rf"{name} \(\S+\) died.*restarted", console.command("dmesg", 60)[0]))


def in_use(console):
    """RAM of each service by its name, and capabilities that it has; once what the dead left has been taken back."""
    names = dict(re.findall(r"^(\d+\.\d+)\s.*\s(\w+)$", console.command("ps", 60)[0], re.M))
    last = None
    for _ in range(30):
        output, _ = console.command("sleep 0.2; free -a", 60)
        now = sorted((names.get(pid, "?"), int(kib)) for pid, kib in re.findall(r"^(\d+\.\d+)\s+(\d+)", output, re.M))
        if now == last and not any(name == "?" for name, _ in now):
            break
        last = now
    caps = {name: len(console.command(f"caps {pid}", 60)[0].splitlines()) for pid, name in names.items() if name in ("names", "proc", "term", "fs", "pl011", "gic_dist")}
    return dict(now), caps


def kill_under_load(console, name, kills):
    """Kill it so often, each time once its successor has answered; the console may lose what was in the driver or in term at that moment."""
    output, status = console.command(f"run test/kills {name} {kills}", 30 + 3 * kills)
    assert status == 0, output
    assert name in CONSOLE or f"kills: {name} came back {kills} times" in output, output


@pytest.mark.parametrize("kills", [KILLS, pytest.param(200, marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", ["proc", "names", "term", "pl011", "gic_dist", "fs"])
def test_kills_under_load(boot, name, kills):
    console = boot(f"supervision-{name}", boot="direct")
    console.boot()
    kill_under_load(console, name, KILLS)  # once without a count: what a service needs once it has lived is there
    console.command("run test/load 1", 60)
    before = in_use(console)
    console.command("run test/load 100000 > /dev/null & true", 60)
    kill_under_load(console, name, kills)
    console.command("kill %1", 60)
    output, status = console.command("wait; echo alive", 60)
    assert "alive" in output and status == 0
    output, status = console.command("run test/load 1", 60)
    assert status == 0 and "load: finished" in output, output
    after = in_use(console)
    assert before[1].keys() == after[1].keys() and len(after[1]) == 6, (before, after)
    for what, bound in (("RAM", 300), ("capabilities", 12)):
        old, new = before[what == "capabilities"], after[what == "capabilities"]
        assert all(new[key] <= value + bound for key, value in old.items() if key in new), f"{what}: {old} {new}"
    assert console.command("ps | wc -l", 60)[1] == 0


@pytest.mark.parametrize("name", ["proc", "names", "term", "pl011", "fs"])
def test_no_call_is_lost(boot, name):
    """The load ends by itself and says of each call what came of it."""
    console = boot(f"supervision-calls-{name}", boot="direct")
    console.boot()
    first = pid_of(console, name)
    console.command("run test/load 6 > /dev/null & true", 60)
    for _ in range(KILLS):
        console.command(f"kill {pid_of(console, name)} > /dev/null; sleep 0.4", 60)
    output, status = console.command("wait; echo $?", 120)
    assert status == 0 and output.split()[-1] == "0", output
    assert (pid_of(console, name) == first) == (name in SAME_PID)


def test_proc_while_spawning_and_waiting(boot):
    """Killed in the middle of spawns and waits: each child ends with its own status, once; nobody waits in vain."""
    console = boot("supervision-spawn", boot="direct")
    console.boot()
    console.command("for i in 1 2 3 4 5; do sleep 0.1; kill 0.4; done > /dev/null 2>&1 & true", 60)
    for number in range(20):
        output, status = console.command(f"exitcode {number}", 60)
        assert status == number, output
    assert console.command("wait", 60)[1] == 0
    console.send("sleep 1; echo slept $?\r")  # the shell waits for it while proc goes
    console.command("true", 60)
    output, status = console.command("sleep 0.5 & kill 0.4; wait $!; echo $?", 60)
    assert output.split()[-1] == "0" and status == 0, output
    output, status = console.command("exitcode 9 & sleep 0.2; kill 0.4; wait $!; echo $?", 60)
    assert output.split()[-1] == "9", output  # its record was there before proc ended


def test_children_of_a_dead_proc_are_reaped(boot):
    """A child that ends while there is no proc, and one that faults, are seen by the next one."""
    console = boot("supervision-reap", boot="direct")
    console.boot_cores()
    before = len(console.command("ps", 60)[0].splitlines())
    console.command("sleep 0.05 & sleep 0.06 & sleep 0.07 & kill 0.4; kill 0.4; kill 0.4; wait", 60)
    output, _ = console.command("ps", 60)
    assert len(output.splitlines()) == before, output
    output, status = console.command("kill 0.4; crash > /dev/null 2>&1; echo $?", 60)
    assert output.split()[-1] == "139", output


def test_init_hears_of_ends_after_many_kills_of_proc(boot):
    """Its wait for the end of any service is given up by the library after a few ends of proc: it asks again."""
    console = boot("supervision-ends", boot="direct")
    console.boot()
    kill_under_load(console, "proc", 9)
    for name in ("gic_dist", "fs", "names"):
        kill_under_load(console, name, 2)


def test_typed_lines_survive_term(boot):
    """What was typed ahead is there after term's end."""
    console = boot("supervision-typed", boot="direct")
    console.boot()
    pid = pid_of(console, "term")
    console.send(f"kill {pid}; sleep 1\r")
    console.send("echo typed ahead\r")
    console.expect("\ntyped ahead\r*\n", 30)
    assert restarts(console, "term") == 1


def run(console, line, seconds=60):
    output, status = console.command(line, seconds)
    assert status == 0, f"{line}: {output}"
    return output


def fs_kill(console):
    pid = pid_of(console, "fs")
    run(console, f"kill {pid}; ls /tmp > /dev/null")
    assert pid_of(console, "fs") != pid


def test_files_survive_fs(boot):
    """A tree with all that can be in one is there after fs's end, to the last byte; memory of what was deleted comes back."""
    console = boot("supervision-files", boot="direct")
    console.boot()
    before = in_use(console)[0]
    run(console, "mkdir -p /tmp/tree/deep/deeper /tmp/tree/empty; cd /tmp/tree; echo one > deep/one; echo two > deep/two; chmod 600 deep/one")
    run(console, "for i in 1 2 3 4 5; do cat /bin/ls /bin/sh; done > big; cat big > copy; echo more >> big; rm deep/two; mv deep/one deep/deeper/moved")
    run(console, "mkdir bin; cp /bin/ls bin/ls; chmod 755 bin/ls; touch -d @1000000000 deep/deeper/moved 2> /dev/null || true")
    look = "ls -l /tmp /tmp/tree /tmp/tree/deep /tmp/tree/deep/deeper /tmp/tree/empty /bin /etc; cat /tmp/tree/deep/deeper/moved; tail -n 1 /tmp/tree/big; wc -c /tmp/tree/big"
    was = run(console, look)
    sums = run(console, "wc /tmp/tree/big /tmp/tree/copy")
    for _ in range(3):
        fs_kill(console)
        assert run(console, look) == was
    assert run(console, "wc /tmp/tree/big /tmp/tree/copy") == sums
    assert "copy" in run(console, "bin/ls /tmp/tree")  # started from a file that another fs wrote
    assert run(console, "hello") != ""  # and from the ramdisk
    run(console, "cd /; rm -r /tmp/tree")
    assert "tree" not in run(console, "ls /tmp")
    fs_kill(console)
    after = in_use(console)[0]
    assert "?" not in after, after  # nothing of what was written is held by who wrote it
    assert after["fs"] <= before["fs"] + 64, f"{before} {after}"


def test_lines_appended_while_fs_dies(boot):
    """Whoever was told that his line is in the file finds it there, whole; what was refused he writes again."""
    console = boot("supervision-lines", boot="direct")
    console.boot()
    run(console, "i=1; while [ $i -le 60 ]; do until echo line $i of many >> /tmp/lines; do sleep 0.1; done; i=$((i + 1)); done & until test -s /tmp/lines; do sleep 0.1; done")
    for _ in range(KILLS):
        fs_kill(console)
    run(console, "wait", 120)
    lines = [line for line in run(console, "cat /tmp/lines").splitlines() if line]
    assert list(dict.fromkeys(lines)) == [f"line {i} of many" for i in range(1, 61)], lines


def test_open_files_end_with_fs(boot):
    """What was open answers an error, at once; the same file opened again is what it was."""
    console = boot("supervision-open", boot="direct")
    console.boot()
    run(console, "echo kept > /tmp/kept")
    pid = pid_of(console, "fs")
    output, status = console.command(f"(echo first; kill {pid}; sleep 0.5; echo second) > /tmp/open; echo $?", 60)
    assert output.split()[-1] == "1", output
    assert run(console, "cat /tmp/kept /tmp/open").split() == ["kept", "first"]


def replaced(build, folder, name, program):
    """A ramdisk in which another program stands in a file's place; it is padded, so that nothing else moves."""
    def read(*path):
        with open(os.path.join(build, *path), "rb") as file:
            return file.read()
    archive, content, at = read("ramdisk.cpio"), read(*program.split("/")), 0
    while True:
        size, name_size = int(archive[at + 54:at + 62], 16), int(archive[at + 94:at + 102], 16)
        data = (at + 110 + name_size + 3) & ~3
        if archive[at + 110:at + 110 + name_size].split(b"\0")[0] == name.encode():
            break
        at = (data + size + 3) & ~3
    assert len(content) <= size
    path = os.path.join(folder, "ramdisk.cpio")
    with open(path, "wb") as changed:
        changed.write(archive[:data] + content.ljust(size, b"\0") + archive[data + size:])
    return path


@pytest.mark.parametrize("name, pid", [("names", "0.3"), ("proc", "0.4")])
def test_what_ends_during_boot_is_started_again(boot, build, tmp_path, name, pid):
    """Before init is done with starting everything, too; and not for ever."""
    console = boot(f"ends-at-boot-{name}", ramdisk=replaced(build, tmp_path, f"sbin/{name}", "bin/hello"), boot="direct")
    for _ in range(5):
        console.expect(rf"{re.escape(pid)}: [Hh]ello", 60)
    console.expect(rf"{name} \({re.escape(pid)}\) died: kind 1, code \d.*; nothing goes on without it", 60)
    assert f"{pid}: " not in console.before
