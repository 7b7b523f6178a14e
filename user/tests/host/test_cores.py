# SPDX-License-Identifier: BSD-2-Clause
#
# Several cores: all of the machine's come up by themselves, on each kind of interrupt controller and from both exception levels; one that
# does not come up is reported, and its memory comes back.

import json
import re
import shutil
import subprocess
import time

import pytest
from console import cores_up
from test_image import tree_options


def cores(console):
    output, status = console.command("cores -j")
    assert status == 0, output
    return json.loads(output[output.index("["):output.rindex("]") + 1])


def settled(console, seconds=60):
    """The cores, once none is on its way any more."""
    end = time.monotonic() + seconds
    while True:
        found = cores(console)
        if all(core["state"] in ("up", "failed") for core in found):
            return found
        assert time.monotonic() < end, found


def memory_free(console):
    return int(re.search(r"free\s+(\d+) KiB", console.command("free")[0]).group(1))


@pytest.mark.parametrize("smp, gic, el, mem, cpu", [
    (2, 3, 1, "1G", "cortex-a53"),
    (4, 2, 2, "512M", "cortex-a72"),
    (4, 3, 2, "8G", "max"),
    (8, 2, 1, "256M", "cortex-a53"),
    (8, 3, 2, "1G", "cortex-a53"),
    (16, 3, 1, "1G", "cortex-a53"),
])
def test_cores_up(boot, smp, gic, el, mem, cpu):
    console = boot(f"cores-{smp}-gic{gic}-el{el}", smp=smp, gic=gic, el=el, mem=mem, cpu=cpu, boot="direct")
    console.boot(90)
    found = settled(console)
    assert [core["core"] for core in found] == list(range(smp))
    assert all(core["state"] == "up" for core in found), found
    names, _ = console.command("names proc")
    for core in range(smp):
        assert re.search(rf"^proc\.{core}\s+{core}\.4", names, re.M), names
    log, _ = console.command("dmesg", 60)
    for core in range(1, smp):
        assert re.search(rf"core {core}: capelin .* on cpu{core}, .*EL{el}, GICv{gic}", log), log
        assert re.search(rf"core {core}: init: mem, names and proc are up", log), log
    output, status = console.command("core boot 1")
    assert status == 1 and "is up already" in output, output
    output, status = console.command("hello")
    assert status == 0 and "core 0" in output, output
    console.send("poweroff\r")
    assert console.wait_end() == 0


@pytest.mark.quick
def test_cores_of_one(machine):
    output, status = machine.command("cores")
    assert status == 0 and re.search(r"^ +0  up", output, re.M), output
    for wrong in ("core", "core boot", "core boot x", "core start 1", "core boot 4294967296", "cores 1"):
        output, status = machine.command(wrong)
        assert status == 2, (wrong, output)
    output, status = machine.command("core boot 7")
    assert status == 1 and "there is no core 7" in output or cores(machine)[7:], output


def test_K23_core_that_is_not_there(boot, build, tmp_path):
    """The tree promises two cores that the machine, of one, does not have: PSCI refuses, and all that they had been given comes back."""
    def edit(text):
        cpu = re.search(r"^\t\tcpu@0 {\n.*?^\t\t};\n", text, re.M | re.S).group()
        more = "".join(re.sub(r"phandle = <[^>]*>;", "", cpu).replace("cpu@0", f"cpu@{n}")
                       .replace("reg = <0x00>", f"reg = <0x{n:x}>") for n in (1, 0x102))
        return text.replace(cpu, cpu + more)
    console = boot("core-missing", boot="bare", smp=1, extra=tree_options(tmp_path, build, edit, smp=1))
    console.boot()
    found = settled(console)
    assert [core["state"] for core in found] == ["up", "failed", "failed"], found
    assert found[2]["mpidr"] == 0x102 and found[1]["memory"] == 0
    before = memory_free(console)
    for _ in range(3):
        output, status = console.command("core boot 1", 60)
        assert status == 1 and "device does not answer" in output, output
    log, _ = console.command("dmesg", 60)
    assert log.count("monitor: core 1 does not come up") >= 4, log
    assert abs(memory_free(console) - before) <= 64
    assert console.command("hello")[1] == 0


@pytest.mark.parametrize("smp", [2, 4, 8])
def test_capabilities_across(boot, smp):
    """Memory that other cores have capabilities to is shared, revoked and freed by all together."""
    console = boot(f"cores-caps-{smp}", smp=smp, boot="direct")
    console.boot(90)
    settled(console)
    output, status = console.command("t_across", 120)
    assert status == 0 and "skip" not in output, output

    def free():
        return re.search(r"^free +(\d+)", console.command("free")[0], re.M).group(1)

    def pass_on():
        assert console.command(f"posted send {smp - 1} 77 123456789")[1] == 0
        output, status = console.command(f"oncore {smp - 1} posted collect 77")
        assert status == 0 and "collected 123456789" in output, output

    def comes_home():
        before = free()
        pass_on()
        for _ in range(10):  # the last copy dies on another core: its home hears of that a moment later
            console.command("sleep 1")
            if free() == before:
                return True
        return False
    comes_home()  # the first time the heaps of the monitors grow, by 256 KiB, and stay so
    assert all(comes_home() for _ in range(3))
    output, status = console.command("dmesg")
    assert "cannot be" not in output and "nothing sent" not in output, output


def wakes(console, core):
    """[(when, why, who)], the last times that a core woke up."""
    output, status = console.command(f"oncore {core} wakes" if core else "wakes")
    assert status == 0 and re.search(r"^\d+ times in all", output, re.M), output
    return [(float(when), why.strip(), who) for when, why, who in re.findall(r"^\[ *([\d.]+)\] (.{14}) (.*)$", output, re.M)]


@pytest.mark.parametrize("seconds", [10, pytest.param(60, marks=pytest.mark.soak)])
def test_cores_sleep(boot, seconds):
    """With four cores and nobody typing, the machine asks for next to no time of the host's processor, and no core wakes up."""
    console = boot("cores-idle", smp=4, boot="direct")
    console.boot(90)
    settled(console)
    console.command("sleep 1")
    start = console.used()
    console.command(f"sleep {seconds}", 40 + seconds)
    assert console.used() - start < 0.03 * seconds
    log = wakes(console, 0)
    end = next(when for when, why, _ in reversed(log) if why == "timer")  # of sleep
    for core in range(4):
        log = wakes(console, core)
        assert log and all(re.fullmatch(r"timer|doorbell|interrupt \d+", why) for _, why, _ in log), log
        assert any(re.search(r"^\d+\.\d+ \w+", who) for *_, who in log), log
        idle = [wake for wake in log if end - seconds + 1 < wake[0] < end - 0.1]
        assert len(idle) * 30 <= seconds, (core, idle)  # each for a reason; none that comes again and again


@pytest.mark.skipif(not shutil.which("gdb-multiarch"), reason="there is no gdb")
def test_panic_halts_all(boot, build):
    """A panic on one core is reported on the console, and all stop."""
    console = boot("cores-panic", smp=3, boot="direct")
    console.boot(90)
    settled(console)
    path = console.folder + "/stub"
    console.monitor.command(f"gdbserver unix:{path},server=on,wait=off")

    def gdb(*commands):
        line = ["gdb-multiarch", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", f"target remote {path}"]
        for command in commands:
            line += ["-ex", command]
        done = subprocess.run([*line, "-ex", "detach", build + "/debug/kernel.elf"], text=True, capture_output=True, timeout=60,
                              check=False)
        return done.stdout + done.stderr
    gdb("thread 1", "set $x0 = boot.choices", "set $pc = kernel_panic")
    console.send("x")  # it sleeps: wake it
    console.expect(r"panic: .*RAM", 20)
    console.expect("halted", 20)
    halted = gdb("info threads")
    assert len(re.findall(r"Thread .* kernel_halt", halted)) == 3, halted


@pytest.mark.skipif(not shutil.which("gdb-multiarch"), reason="there is no gdb")
def test_core_answers_no_more(boot, build):
    """A core that stands still is given up: whoever waits for it hears of it, its names are gone, and the others go on."""
    console = boot("cores-silent", smp=3, boot="direct")
    console.boot(90)
    settled(console)
    assert console.command("posted send 1 77 123456789")[1] == 0
    assert console.command("oncore 1 sleep 1000 & oncore 1 cat /etc/inventory >/tmp/out")[1] == 0
    appears(console, "sleep")
    path = console.folder + "/stub"
    console.monitor.command(f"gdbserver unix:{path},server=on,wait=off")
    subprocess.run(["gdb-multiarch", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", f"target remote {path}", "-ex", "thread 2",
                    "-ex", "set $pc = kernel_halt", "-ex", "set $cpsr = 0x3c5", "-ex", "detach", build + "/debug/kernel.elf"],
                   capture_output=True, timeout=60, check=True)
    output, status = console.command("wait", 120)  # nobody but the one who waits asks for that core
    assert status == 0 and "is gone" in output, output
    assert [core["state"] for core in cores(console)] == ["up", "silent", "up"]
    log = console.command("dmesg", 60)[0]
    assert log.count("core 1 does not answer") == 1, log
    assert "proc.1" not in console.command("names proc")[0] and "proc.2" in console.command("names proc")[0]
    assert not re.search(r"^1\.", console.command("ps", 40)[0], re.M)
    output, status = console.command("oncore 1 hello")
    assert status == 127 and "no core 1 that is up" in output, output
    output, status = console.command("core boot 1")
    assert status == 1 and "answers no more" in output, output
    output, status = console.command("posted send 1 78 5", 60)
    assert status != 0, output
    for core in (0, 2):
        output, status = console.command(f"oncore {core} hello")
        assert status == 0 and f"on core {core}" in output, output
    output, status = console.command("posted send 2 79 5 && oncore 2 posted collect 79", 60)
    assert status == 0 and "collected 5" in output, output
    console.command("cat /etc/inventory | oncore 2 wc -l", 60)
    assert console.command("spawns 20", 60)[1] == 0
    console.send("poweroff\r")
    assert console.wait_end() == 0


@pytest.fixture(scope="module")
def three(build):
    """A machine of three cores, all up, for the tests that follow."""
    with cores_up(build, "cores-three", smp=3) as console:
        yield console


def test_oncore(three):
    output, status = three.command("oncore 1 hello")
    assert status == 0 and re.search(r"process 1\.\d+ on core 1", output), output
    assert three.command("oncore 2 exitcode 7")[1] == 7
    output, status = three.command("oncore 0 hello")
    assert status == 0 and "on core 0" in output, output
    output, status = three.command("oncore 2 args one 'two words'")
    assert status == 0 and "two words" in output, output
    output, status = three.command("oncore 1 victim null")
    assert status == 139 and re.search(r"victim \(1\.\d+\): write to 0x0", output), output
    for wrong, code in (("oncore", 2), ("oncore 1", 2), ("oncore x hello", 2), ("oncore 7 hello", 127), ("oncore 1 nothing", 127)):
        output, status = three.command(wrong)
        assert status == code and "oncore" in output, (wrong, output)


def running(console, name):
    """Pids of those that run: what oncore has made and not yet given its files is new."""
    return re.findall(rf"^(\d+\.\d+) +\d+ +(?!new).* {name}\r*$", console.command("ps", 40)[0], re.M)


def appears(console, name, there=True, seconds=30):
    end = time.monotonic() + seconds
    while bool(found := running(console, name)) != there:
        assert time.monotonic() < end, (name, found)
    return found


def test_processes_of_all_cores(three):
    """ps, status, pause, resume and kill know every core's; a program that oncore runs ends with it, and it with the program."""
    listed = three.command("ps", 40)[0]
    assert all(re.search(rf"^{core}\.4 ", listed, re.M) for core in range(3)), listed
    three.command("oncore 2 spin & true")
    pid = appears(three, "spin")[0]
    assert pid.startswith("2.")
    assert three.command(f"pause {pid}")[1] == 0
    assert "paused" in three.command(f"status {pid}")[0]
    assert three.command(f"resume {pid}")[1] == 0
    assert three.command(f"kill {pid}")[1] == 0
    appears(three, "oncore", there=False)
    three.command("oncore 1 spin & true")
    appears(three, "spin")
    proxy = appears(three, "oncore")[0]
    assert three.command(f"kill {proxy}")[1] == 0
    appears(three, "spin", there=False)
    output, status = three.command("status 2.999")
    assert status != 0 and "no process 2.999" in output, output
    output, status = three.command("kill 1.2")
    assert status != 0 and "trusted base" in output, output


@pytest.mark.parametrize("kills", [40, pytest.param(300, marks=pytest.mark.soak)])
def test_binding_while_killed(three, kills):
    """Who is being bound to a service of another core at the moment of its end hears of it: proc is killed under many that bind."""
    output, status = three.command(f"binds 1 {kills}", 120 + 4 * kills)
    assert status == 0 and f"binds: {kills} kills" in output, output
    three.command("for i in 1 2 3 4; do oncore 1 sleep 30 & done; kill 1.4; kill 1.4; true", 60)
    for pid in running(three, "sleep") + running(three, "oncore"):
        three.command(f"kill {pid}")
    assert three.command("wait", 60)[1] == 0
    assert three.command("oncore 1 hello", 60)[1] == 0


def test_files_from_another_core(three):
    """fs serves all cores: little goes in messages, much through a frame that both cores have."""
    assert three.command("oncore 1 cat /etc/inventory")[0].count("service fs") == 1
    assert three.command("mkdir /tmp/a /tmp/b; oncore 2 cp /bin/ls /tmp/a/ls")[1] == 0
    assert three.command("oncore 1 cp /tmp/a/ls /tmp/b/ls")[1] == 0
    output, status = three.command("/tmp/b/ls /etc", 60)
    assert status == 0 and "inventory" in output, output
    output, status = three.command("oncore 1 cat /tmp/nothing")
    assert status == 1 and "nothing" in output, output


def test_oncore_while_proc_is_away(three):
    """It waits for proc of a core that is up, and does not take it for a core that is off."""
    proc = next(process["pid"] for process in json.loads(three.command("ps -j")[0]) if process["name"] == "proc" and process["core"] == 1)
    for _ in range(5):
        output, status = three.command(f"kill {proc}; oncore 1 hello", 60)
        assert status == 0 and "on core 1" in output, output
    assert three.command("oncore 1 nothing")[1] == 127


def test_oncore_files(three):
    """What oncore runs has oncore's files: redirections and pipes, also from core to core."""
    assert three.command("echo one two >/tmp/in; oncore 1 cat </tmp/in >/tmp/out")[1] == 0
    assert "one two" in three.command("cat /tmp/out")[0]
    output, status = three.command("cat /etc/inventory | oncore 1 grep '^service' | oncore 2 wc -l")
    assert status == 0 and re.search(r"^ *[2-9]\r*$", output, re.M), output
    assert three.command("oncore 2 cat /nothing 2>/tmp/errors")[1] == 1
    assert "nothing" in three.command("cat /tmp/errors")[0]
    direct = re.findall(r"\d+", three.command("wc </bin/ls")[0])[:3]
    assert re.findall(r"\d+", three.command("cat /bin/ls | oncore 1 wc", 60)[0])[:3] == direct
    output, status = three.command("oncore 1 env")
    assert status == 0 and "FILES_LENT" not in output, output


def test_oncore_console(three):
    """What oncore runs in the foreground reads what is typed, until Ctrl-D or Ctrl-C; what it writes comes in order."""
    three.send("oncore 1 cat; echo status $?\r")
    three.send("one\x7f\x7f\x7ftwo\r")
    three.expect(r"\ntwo\r*\n")
    three.send("half\x04")
    three.expect("halfhalf")  # typed, and read: what is typed from here on stands behind it
    three.send("line\r\x04")
    three.expect(r"line\r*\nline\r*\nstatus 0\r*\n")
    three.expect("capelin> ")
    three.send("oncore 2 head -n 1; echo status $?\rfirst\r")
    three.expect(r"\nfirst\r*\nfirst\r*\nstatus 0\r*\n")
    three.expect("capelin> ")
    three.send("cat | oncore 1 wc -l; echo status $?\ra\rb\r\x04")  # the console's reader is a local one
    three.expect(r"\n *2\r*\nstatus 0\r*\n")
    three.expect("capelin> ")
    three.send("oncore 1 oncore 2 oncore 0 cat; echo status $?\rround\r")  # lent on, and on
    three.expect(r"\nround\r*\nround\r*\n")
    three.send("\x04")
    three.expect(r"status 0\r*\n")
    three.expect("capelin> ")
    three.send("oncore 1 sh -c 'head -n 1; cat; echo and $?'; echo status $?\rgiven on\r")  # to what that starts
    three.expect(r"\ngiven on\r*\ngiven on\r*\n")
    three.send("and again\r")
    three.expect(r"and again\r*\nand again\r*\n")
    three.send("\x04")
    three.expect(r"and 0\r*\nstatus 0\r*\n")
    three.expect("capelin> ")


def test_oncore_ctrl_c(three):
    """Ctrl-C ends the program of another core, and no other."""
    three.command("oncore 1 sleep 1000 & oncore 2 spin & true")
    appears(three, "spin")
    for program in ("cat", "spin", "t_polls console", "sh"):
        three.send(f"oncore 1 {program}\r")
        if program == "cat":
            three.send("x\r")
            three.expect(r"\nx\r*\nx\r*\n")  # it reads
        elif program == "t_polls console":
            three.expect("before 0, output 1")
        elif program == "sh":
            three.send("echo $((6 * 7)); read line\r")
            three.expect(r"\n42\r*\n")
        three.send("\x03")
        three.expect(r"\^C")
        three.expect("capelin> ")
    for program in ("cat", "t_polls", "sh"):
        appears(three, program, there=False)
    for program in ("spin", "sleep"):
        (pid,) = appears(three, program)
        assert three.command(f"kill {pid}")[1] == 0
    three.command("wait", 60)


def test_oncore_background(three):
    """In the background a program of another core waits for the console as one of one's own does; what is typed is for others."""
    three.send("cat & oncore 1 cat & oncore 2 cat & true\r")
    three.expect("true")
    three.expect("capelin> ")
    output, _ = three.command("echo for the shell")
    assert output.count("for the shell") == 1, output
    end = time.monotonic() + 30
    while (found := sorted(pid[0] for pid in running(three, "cat"))) != ["0", "1", "2"]:
        assert time.monotonic() < end, found
    for job in (2, 1):
        three.send(f"fg %{job}\rfor job {job}\r")
        three.expect(rf"\nfor job {job}\r*\nfor job {job}\r*\n")
        three.send("\x04")
        three.expect("capelin> ")
    assert [pid[0] for pid in running(three, "cat")] == ["2"]
    three.command("kill %3; wait", 60)
    appears(three, "cat", there=False)


def test_console_loans_from_another_core(three):
    """A key that is guessed, used or another's opens no console."""
    output, status = three.command("oncore 1 t_consoles", 60)
    assert status == 0 and " 0 failed" in output and "not ok" not in output, output


@pytest.mark.parametrize("line", ["oncore 2 t_ump", "oncore 2 t_ump_caps", "oncore 2 t_ump_hostile"])
def test_channels_by_ump(three, line):
    """What test_target.py runs on core 0 of two, from a third core: the service is on that one or on core 1."""
    output, status = three.command(line, 240)
    assert status == 0 and " 0 failed" in output and "not ok" not in output and "skip" not in output, output


@pytest.mark.parametrize("suite", ["t_caps", "t_syscalls", "t_lmp", "t_paging", "t_threads", "t_heap"])
def test_suite_on_another_core(three, suite):
    """The tests on the target, on core 1: its kernel keeps the same promises."""
    output, status = three.command(f"oncore 1 {suite}", 240)
    assert status == 0 and " 0 failed" in output and "not ok" not in output, output
