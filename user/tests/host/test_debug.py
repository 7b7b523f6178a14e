# SPDX-License-Identifier: BSD-2-Clause
#
# What helps when something is wrong: the report of a hang, gdb's commands, names for addresses in a log, the kernel's own dump.

import re
import shutil
import subprocess
import sys

import pytest
from console import ROOT, ConsoleError

needs_gdb = pytest.mark.skipif(not shutil.which("gdb-multiarch"), reason="gdb-multiarch is not installed")


@needs_gdb
def test_hang_is_reported(boot):
    """A machine that never says what is waited for: the report has registers, every dispatcher and the last lines."""
    console = boot("hang", boot="direct")
    console.boot()
    console.send("echo the last line\r")
    with pytest.raises(ConsoleError) as failure:
        console.expect("what is never said", 2)
    text = str(failure.value)
    assert "PC=" in text and "the last line" in text, text
    assert len(re.findall(r"^ *\d+ (?:blocked|ready|running) +priority", text, re.M)) >= 8, text
    assert re.search(r"^to +\d+ ring", text, re.M), text


@needs_gdb
def test_gdb_commands(boot, build):
    """Of one core, so that each is said once."""
    console = boot("gdb", boot="direct", smp=1)
    console.boot()
    path = console.folder + "/stub"
    console.monitor.command(f"gdbserver unix:{path},server=on,wait=off")
    done = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", f"target remote {path}",
                           "-ex", f"source {ROOT}/scripts/gdb/capelin.py", "-ex", "caps", "-ex", "caps why 0x40000000",
                           "-ex", "detach", build + "/debug/kernel.elf"], text=True, capture_output=True, timeout=60, check=False)
    counts = [int(found) for found in re.findall(r"^(\d+) capabilities$", done.stdout, re.M)]
    assert len(counts) == 2 and counts[0] > 100 and 0 < counts[1] < counts[0], done.stdout[-2000:] + done.stderr


@needs_gdb
def test_gdb_cores(boot, build):
    """Each core's kernel is seen, those that are off are not."""
    console = boot("gdb-cores", smp=3, boot="direct")
    console.boot_cores()
    path = console.folder + "/stub"
    console.monitor.command(f"gdbserver unix:{path},server=on,wait=off")
    done = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", f"target remote {path}",
                           "-ex", f"source {ROOT}/scripts/gdb/capelin.py", "-ex", "dispatchers", "-ex", "caps", "-ex", "detach",
                           build + "/debug/kernel.elf"], text=True, capture_output=True, timeout=60, check=False)
    assert re.findall(r"^core (\d)$", done.stdout, re.M) == ["0", "1", "2"] * 2, done.stdout[-2000:] + done.stderr
    parts = re.split(r"^core \d$", done.stdout, flags=re.M)[1:4]
    assert all(len(re.findall(r"priority \d", part)) >= 4 for part in parts), done.stdout
    assert len(re.findall(r"^(\d+) capabilities$", done.stdout, re.M)) == 3


@pytest.mark.quick
def test_addresses_get_names(machine, build):
    output, _ = machine.command("victim null")
    done = subprocess.run([sys.executable, ROOT + "/scripts/symbolise.py", "--build", build], input=output, text=True,
                          capture_output=True, timeout=60, check=True)
    assert "do_null" in done.stdout and "victim.c:" in done.stdout, done.stdout


@pytest.mark.quick
def test_kernel_dumps_dispatchers(machine):
    _, status = machine.command("dump")
    assert status == 0
    log, _ = machine.command("dmesg", 60)
    assert len(re.findall(r"dispatcher \d+: ", log)) >= 8, log[-3000:]
