#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# `make bench`: guest instructions per operation. Builds the configurations that the keys need in subfolders of the build
# folder (the current configuration with what VARIANTS adds), boots each under -icount, runs `bench`, and merges:
#   BUILD/bench/results.csv      key,n,median,worst,unit
#   BUILD/bench/series/KEY.csv   i,instructions
# and prints a table beside the figures of user/bench/peers.csv. Fails if a figure is over its limit with --strict.
#
#   bench.py --build DIR [--only FAMILY,...] [--strict]

import argparse
import csv
import os
import re
import subprocess
import sys
import time

import pexpect

import bench_cost
import bench_net
import qemu

PROMPT = "capelin> "
MACHINE = {"smp": 1, "mem": "1G", "cpu": "cortex-a53", "boot": "direct", "icount": True}
FAMILIES = ("syscalls", "caps", "mapping", "faults", "revoke", "lmp", "rpc", "processes", "system", "regions", "ram", "caps_series", "fs", "restart")
USUAL = {"BENCH": "y", "BENCH_IRQ": "n", "TESTS": "n", "PAGING_FAULT_AROUND": "1"}
# name: (what it adds to the configuration, families). Messages between cores need two of them ("two"); the size of the kernel
# is that of a build for one core, since those of the others are ("single"), and that of the usual one beside it. "cores" is measured with
# 1, 2, 4 and 8, "wall" in time, on cores that run at once. Variants with the same settings are the same build; those that differ in
# ONE_FOLDER alone are built one after the other in one folder, where two files are compiled anew for each.
VARIANTS = {
    "one": (USUAL, FAMILIES),
    "two": (USUAL, ("ump",)),
    "cost": (USUAL, ("cost",)),
    "cores": (USUAL, ("cores",)),
    "wall": (USUAL, ("wall",)),
    "single": (USUAL | {"SMP": "n"}, ("size",)),
    "net": (USUAL, ("net",)),
    "around": ({"BENCH": "y", "BENCH_IRQ": "n", "TESTS": "n", "PAGING_FAULT_AROUND": "16"}, ("around",)),
    "irq": ({"BENCH": "y", "BENCH_IRQ": "y", "TESTS": "n"}, ("irq",)),
}
ONE_FOLDER = ("UMP_SLOTS",)
for slots in (4, 16, 64, 256, 1024):
    VARIANTS[f"slots{slots}"] = (USUAL | {"UMP_SLOTS": str(slots)}, ("slots",))
# One for each index of page tables; addresses in a tree, so that it is the index that is seen.
INDICES = ("HASH", "LIST", "RADIX")
for index in INDICES:
    VARIANTS[index.lower()] = (
        {"BENCH": "y", "BENCH_IRQ": "n", "TESTS": "n", "REGIONS_VIRTUAL_LIST": "n", "REGIONS_VIRTUAL_TREE": "y"}
        | {f"PAGING_INDEX_{other}": "y" if other == index else "n" for other in INDICES}, ("series",))
# How many cores a family needs, if not one; a family with several is measured with each number.
CORES = {"ump": (2,), "slots": (2,), "wall": (2,), "cores": (1, 2, 4, 8)}
IRQ_DRIVER = b"\ndriver bench_irq match=arm,pl031 restart=never\n"
LIMIT = 900


def build_variant(build, name, place, settings):
    """Build the current configuration with SETTINGS, which is variant NAME, in BUILD/bench/PLACE; gives that folder."""
    folder = os.path.abspath(os.path.join(build, "bench", place))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(build, ".config"), encoding="utf-8") as source:
        text = source.read()
    for symbol in settings:
        text = re.sub(rf"^(CONFIG_{symbol}=.*|# CONFIG_{symbol} is not set)\n", "", text, flags=re.M)
    config = os.path.join(folder, ".config")
    wanted = text + "".join(f"CONFIG_{symbol}={value}\n" for symbol, value in settings.items())
    remembered = os.path.join(folder, ".wanted")
    if not os.path.exists(remembered) or open(remembered, encoding="utf-8").read() != wanted:
        for path in (config, remembered):
            with open(path, "w", encoding="utf-8") as target:
                target.write(wanted)
    cache = os.environ.get("CAPELIN_DL") or os.path.abspath(os.path.join(build, "third_party", "dl"))
    env = {key: value for key, value in os.environ.items()
           if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "O", "KCONFIG_CONFIG", "srctree")}
    env["CAPELIN_DL"] = cache
    print(f"  BENCH   building {name}", flush=True)
    log = os.path.join(folder, "log")
    with open(log, "w", encoding="utf-8") as output:
        for goal in ("olddefconfig", "all"):
            command = ["make", f"O={folder}", f"-j{os.cpu_count()}", goal]
            if subprocess.run(command, stdout=output, stderr=output, env=env, check=False).returncode:
                sys.exit(f"bench: the configuration {name} does not build, see {log}")
    return folder


class Machine:
    """A machine that counts."""

    def __init__(self, folder, ramdisk=None, cores=1, icount=True, peer=None, monitor=("-monitor", "none")):
        line = qemu.command(folder, serial="chardev:console", ramdisk=ramdisk,
                            extra=["-chardev", "stdio,id=console,signal=off", *monitor], net=peer.net if peer else None,
                            **(MACHINE | {"smp": cores, "icount": icount}))
        self.child = pexpect.spawn(line[0], line[1:], encoding="utf-8", codec_errors="replace", echo=False,
                                   dimensions=(24, 200), timeout=LIMIT)
        self.child.delaybeforesend = None
        self.child.logfile_read = open(os.path.join(folder, "console.log"), "w", encoding="utf-8")
        if peer:
            peer.accept()
        self.wait(re.escape(PROMPT))

    def wait(self, pattern, timeout=LIMIT):
        try:
            self.child.expect(pattern, timeout=timeout)
        except (pexpect.TIMEOUT, pexpect.EOF):
            self.child.close(force=True)
            sys.exit(f"bench: no {pattern!r}; the last that was said:\n" + (self.child.before or "")[-3000:])
        return self.child

    def run(self, line):
        """Lines of output of a command."""
        self.child.send(line + "\r")
        self.wait(r"\n")
        self.wait(re.escape(PROMPT))
        return self.child.before.replace("\r", "").splitlines()

    def close(self):
        self.child.close(force=True)


def collect(lines, rows, series):
    for line in lines:
        words = line.split()
        if words[:1] == ["result"] and len(words) == 6:
            rows.append(tuple(words[1:]))
        elif words[:1] == ["point"] and len(words) == 4:
            series.setdefault(words[1], []).append((words[2], words[3]))
        elif words[:1] == ["failed"]:
            print("  BENCH   " + line, flush=True)


def boot_prompt(machine):
    """Instructions from the kernel's entry to the prompt: what the first `bench` saw, less what typing and starting it costs."""
    seen = []
    for _ in range(4):
        for line in machine.run("bench system"):
            if line.startswith("here "):
                seen.append(int(line.split()[1]))
    if len(seen) < 4:
        return []
    cost = sorted(later - earlier for earlier, later in zip(seen, seen[1:]))[1]
    return [("boot_prompt", "1", str(seen[0] - cost), str(seen[0] - cost), "instructions")]


def with_irq_driver(folder):
    """Another ramdisk of the same files, whose inventory starts the driver that measures interrupts."""
    with open(os.path.join(folder, "ramdisk.cpio"), "rb") as source:
        data = source.read()
    entries, at = [], 0
    while data[at:at + 6] == b"070701":  # newc: the fields are 8 hex digits each
        mode, file_bytes, name_bytes = (int(data[at + field:at + field + 8], 16) for field in (14, 54, 94))
        file_at = (at + 110 + name_bytes + 3) & ~3
        name, content = data[at + 110:file_at].split(b"\0")[0].decode(), data[file_at:file_at + file_bytes]
        at = (file_at + file_bytes + 3) & ~3
        if mode & 0o170000 == 0o100000:
            path = os.path.join(folder, "irq-files", name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as target:
                target.write(content + (IRQ_DRIVER if name == "etc/inventory" else b""))
            entries.append(f"{name}:{path}")
    changed = os.path.join(folder, "ramdisk-irq.cpio")
    subprocess.run([sys.executable, "scripts/mkcpio.py", changed, *entries], check=True)
    return changed


def irq_latency(folder):
    """What the driver has written into the log."""
    machine = Machine(folder, with_irq_driver(folder))
    for _ in range(20):
        found = [re.search(r"result (irq_latency .*)", line) for line in machine.run("sleep 1; dmesg")]
        rows = [tuple(match.group(1).split()) for match in found if match]
        if rows:
            break
    machine.close()
    return rows


def kernel_text(folder):
    """Bytes of code and constants in the kernel, init's image apart: all but the device-tree reader's, and that one's."""
    cross = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
    elf = os.path.join(folder, "debug", "kernel.elf")
    total = 0
    for line in subprocess.run([cross + "size", "-A", elf], text=True, capture_output=True, check=True).stdout.splitlines():
        words = line.split()
        if len(words) == 3 and re.match(r"\.(text|rodata|head|vectors)", words[0]):
            total += int(words[1])
    reader, name = 0, None
    for line in open(elf + ".map", encoding="utf-8", errors="replace"):
        found = re.match(r"^ (\.(?:text|rodata)\S*)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+)", line)
        single = re.match(r"^ (\.(?:text|rodata)\S*)$", line.rstrip())
        if single:
            name = single.group(1)
        elif found:
            if (found.group(1) or name) and "libfdt.a" in found.group(4) and int(found.group(2), 16):
                reader += int(found.group(3), 16)
            name = None
        else:
            name = None
    return total - reader, reader


def size_rows(folder, key):
    """kernel_text or kernel_text_smp, and with the former what the device-tree reader adds."""
    code, reader = (str(value) for value in kernel_text(folder))
    return [(key, "1", code, code, "bytes")] + ([("kernel_text_fdt", "1", reader, reader, "bytes")] if key == "kernel_text" else [])


def memory_taken(machine, cores, rows, series):
    """KiB that the cores have in use once they are all up, and nothing else runs."""
    found = re.search(r"^total +(\d+) KiB.*^free +(\d+) KiB", "\n".join(machine.run("sleep 1; free")), re.M | re.S)
    if found:
        taken = str(int(found.group(1)) - int(found.group(2)))
        rows.append(("cores_memory", str(cores), taken, taken, "KiB"))
        series.setdefault("cores_memory", []).append((str(cores), taken))


def all_up(folder, cores, **settings):
    """A machine of so many cores, all of which are up."""
    machine = Machine(folder, cores=cores, **settings)
    machine.run(f"until test $(cores | grep -c ' up ') -eq {cores}; do sleep 0.1; done")
    return machine


def on_cores(folder, family, cores, rows, series):
    """A family on a machine of so many cores."""
    start = time.time()
    print(f"  BENCH   {family}, cores: {cores}", end="", flush=True)
    machine = all_up(folder, cores, icount=family != "wall")
    if family == "cores":
        memory_taken(machine, cores, rows, series)
    collect(machine.run(f"bench {family}"), rows, series)
    machine.close()
    print(f" ({time.time() - start:.0f} s)", flush=True)


def net_figures(folder):
    """The network, with the other end of its cable in scripts/bench_net.py. While the guest waits for it real time passes, not the guest's
    until its next timer: how often those run is not up to the host."""
    rows, series = [], {}
    print("  BENCH   net", flush=True)
    try:
        collect(bench_net.measure(lambda peer, monitor: Machine(folder, icount="sleep", peer=peer, monitor=monitor)), rows, series)
    except (OSError, TimeoutError) as error:
        print(f"  BENCH   net: {error}", flush=True)
    return rows, series


def measure(folder, families):
    rows, series = [], {}
    if families == ["irq"]:
        print("  BENCH   irq", flush=True)
        return irq_latency(folder), series
    if families == ["size"]:
        print("  BENCH   size", flush=True)
        return size_rows(folder, "kernel_text"), series
    for family in families:
        for cores in CORES.get(family, ()):
            on_cores(folder, family, cores, rows, series)
    families = [family for family in families if family not in CORES]
    if not families:
        return rows, series
    if families == ["net"]:
        return net_figures(folder)
    if families == ["cost"]:
        print("  BENCH   cost", flush=True)
        return bench_cost.measure(folder, lambda monitor: all_up(folder, 2, monitor=monitor))
    machine = Machine(folder)
    if "system" in families:
        rows += boot_prompt(machine)
        machine.run("bench syscalls")
    for family in families:
        start = time.time()
        print(f"  BENCH   {family}", end="", flush=True)
        collect(machine.run(f"bench {family}"), rows, series)
        print(f" ({time.time() - start:.0f} s)", flush=True)
    machine.close()
    if "system" in families:
        rows += size_rows(folder, "kernel_text_smp")
    return rows, series


def peers():
    with open("user/bench/peers.csv", encoding="utf-8") as source:
        return list(csv.DictReader(line for line in source if not line.startswith("#")))


def write(build, rows, series):
    folder = os.path.join(build, "bench")
    os.makedirs(os.path.join(folder, "series"), exist_ok=True)
    with open(os.path.join(folder, "results.csv"), "w", encoding="utf-8", newline="") as target:
        table = csv.writer(target, lineterminator="\n")
        table.writerow(("key", "n", "median", "worst", "unit"))
        table.writerows(rows)
    for key, points in series.items():
        with open(os.path.join(folder, "series", key + ".csv"), "w", encoding="utf-8", newline="") as target:
            table = csv.writer(target, lineterminator="\n")
            table.writerow(("i", "instructions"))
            table.writerows(points)
    print(f"  BENCH   {os.path.join(folder, 'results.csv')}")


def show(rows, partial):
    """The table; gives how many figures are over their limit or missing (unless only a part was measured)."""
    known, bad, shown = peers(), 0, set()
    form = "{:<20} {:>6} {:>10} {:>10}  {:>9} {:>9}  {:<12} {:<14} {:<26}"
    print("\n" + form.format("key", "n", "median", "worst", "limit", "goal", "seL4", "Barrelfish", "Linux"))
    for peer in known:
        mine = [row for row in rows if row[0] == peer["key"]]
        shown.add(peer["key"])
        if partial and not mine:
            continue
        for _, n, median, worst, _ in mine or [("", "", "missing", "", "")]:
            over = not mine or (peer["limit"] and int(median) > int(peer["limit"]))
            met = mine and peer["goal"] and int(median) <= int(peer["goal"])
            bad += bool(over) and bool(peer["limit"])
            mark = " !" if over and peer["limit"] else " *" if met else ""
            print(form.format(peer["key"], n, median, worst, peer["limit"], peer["goal"], peer["sel4"], peer["barrelfish"],
                              peer["linux"]).rstrip() + mark)
    for row in rows:
        if row[0] not in shown:
            print(form.format(*row[:4], "", "", "", "", "").rstrip())
    print("\n* goal reached   ! over the limit or missing   what two readings of the counter count is subtracted")
    return bad


def apart(settings):
    """What of settings needs a folder of its own."""
    return {symbol: value for symbol, value in settings.items() if symbol not in ONE_FOLDER}


def main():
    parser = argparse.ArgumentParser(description="Guest instructions per operation.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--only", help="families, separated by commas")
    parser.add_argument("--strict", action="store_true", help="fail if a figure is over its limit")
    args = parser.parse_args()
    rows, series = [], {}
    for name, (settings, families) in VARIANTS.items():
        wanted = [family for family in families if not args.only or family in args.only.split(",")]
        if wanted:
            same = next(other for other, (others, _) in VARIANTS.items() if apart(others) == apart(settings))
            more_rows, more_series = measure(build_variant(args.build, name, same, settings), wanted)
            rows += more_rows
            for key, points in more_series.items():
                series.setdefault(key, []).extend(points)
    write(args.build, rows, series)
    bad = show(rows, args.only is not None)
    sys.exit(1 if bad and args.strict else 0)


if __name__ == "__main__":
    main()
