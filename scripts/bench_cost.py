# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Whose instructions a call takes (`bench cost`). The guest's counter has one number for all cores; so QEMU, whose cores take turns under
# -icount, writes down each instruction that it executes, one after the other, with the registers. An instruction between cost_begin()
# and cost_end() is charged to
#   a process    by the value that was last written to TTBR0_EL1 on that core,
#   its kernel   if it is executed at EL1: until the kernel turns to another address space it works for the one before.
# The caller is who executes cost_begin(); the service is the other process with most instructions at EL0, and the rest is others'. All of them
# together are what the counter would count. Called by bench.py.

import os
import re
import subprocess
from collections import Counter
from statistics import median_low

from bench_net import Monitor

NEXT = r"trace (\w+) (\d+)\s|failed [^\n]*\n|capelin> "
TURN = re.compile(r"^ *([0-9a-f]+):\s+msr\s+ttbr0_el1, (x\d+)")
PARTS = ("caller", "caller_kernel", "service", "service_kernel", "others")


def tool(name, *arguments):
    cross = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
    return subprocess.run([cross + name, *arguments], text=True, capture_output=True, check=True).stdout.splitlines()


class Places:
    """The addresses that mean something: where to begin and to end, and where the kernel turns to an address space, from which register."""

    def __init__(self, folder):
        lines = [line.split() for line in tool("nm", os.path.join(folder, "debug", "bench"))]
        symbols = {line[2]: int(line[0], 16) for line in lines if len(line) == 3}
        self.begin, self.end = symbols["cost_begin"], symbols["cost_end"]
        found = [TURN.match(line) for line in tool("objdump", "-d", "--no-show-raw-insn", os.path.join(folder, "debug", "kernel.elf"))]
        self.turns = {int(match.group(1), 16): f"X{int(match.group(2)[1:]):02}" for match in found if match}


class Trace:
    """Reads what QEMU writes. `calls`: for each the caller's (core, space), and how many instructions each (core, space, at EL1) had."""

    def __init__(self, places, lines):
        self.places, self.calls = places, []
        self.space, self.counted, self.who, self.caller = {}, None, None, None
        core, pc, registers = 0, 0, ""
        for line in lines:
            if line.startswith("Trace "):
                core = int(line[6:line.index(":")])
            elif line.startswith(" PC="):
                pc, registers = int(line[4:20], 16), line
            elif line.startswith("X") and pc in places.turns:
                registers += line
            elif line.startswith("PSTATE="):
                self.executed(core, pc, "EL0" not in line, registers)
            elif line.startswith("Stopped execution") and self.counted is not None:
                self.counted[self.who] -= 1  # it was interrupted, and is written down once more

    def executed(self, core, pc, kernel, registers):
        self.who = (core, self.space.get(core), kernel)
        if not kernel and pc == self.places.begin:
            self.counted, self.caller = Counter(), self.who[:2]
        elif not kernel and pc == self.places.end and self.counted is not None:
            self.calls.append((self.caller, self.counted))
            self.counted = None
        if self.counted is not None:
            self.counted[self.who] += 1
        if kernel and pc in self.places.turns:
            found = re.search(self.places.turns[pc] + r"=([0-9a-f]+)", registers)
            self.space[core] = found.group(1) if found else None


def charge(caller, counted):
    """Instructions by PARTS."""
    at_el0 = Counter({who[:2]: n for who, n in counted.items() if not who[2] and who[:2] != caller})
    service = at_el0.most_common(1)[0][0] if at_el0 else None
    charged = Counter()
    for (core, space, kernel), n in counted.items():
        role = {caller: "caller", service: "service"}.get((core, space))
        charged[f"{role}_kernel" if role and kernel else role or "others"] += n
    return charged


def traced(folder, machine, monitor, places):
    """One series of calls, each with its instructions by PARTS."""
    path = os.path.abspath(os.path.join(folder, "trace"))
    for line in (f"logfile {path}", "singlestep on", "log exec,cpu,nochain"):
        monitor.command(line)
    machine.child.send("\r")
    machine.wait(r"traced\s")
    for line in ("log none", "singlestep off"):
        monitor.command(line)
    with open(path, encoding="utf-8", errors="replace") as lines:
        calls = [charge(*call) for call in Trace(places, lines).calls]
    os.truncate(path, 0)
    return calls


def measure(folder, new_machine):
    """Rows and series. `new_machine(arguments)` boots one of two cores with these for its monitor, both cores up."""
    rows, series, places, monitor = [], {}, Places(folder), Monitor()
    machine = new_machine(monitor.arguments)
    machine.child.send("bench cost\r")
    machine.wait(r"\n")
    while True:
        found = machine.wait(NEXT).match
        if not found.group(1):
            break
        key, n = found.group(1), found.group(2)
        calls = traced(folder, machine, monitor, places)
        for part in PARTS:
            values = [call[part] for call in calls] or [0]
            rows.append((f"{key}_{part}", n, str(median_low(values)), str(max(values)), "instructions"))
        totals = [sum(call.values()) for call in calls] or [0]
        rows.append((key, n, str(median_low(totals)), str(max(totals)), "instructions"))
        if key.endswith("string"):
            for part in PARTS:
                values = [call[part] for call in calls] or [0]
                series.setdefault(f"{key}_{part}", []).append((n, str(median_low(values))))
    machine.close()
    os.remove(os.path.join(folder, "trace"))
    if "failed" in found.group(0):
        print("  BENCH   " + found.group(0).strip(), flush=True)
    return rows, series
