#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The only place that knows how QEMU is called: `make run`, `make gdb`, the tests and the benchmarks all
# take their command line from command(). Owns no state; QEMU never outlives the caller of run().
#
#   qemu.py run|show --build DIR [--smp N] [--mem SIZE] [--cpu TYPE] [--gic 2|3] [--el 1|2]
#                    [--boot uboot|direct] [--icount] [--board virt|imx8mp-evk --dtb FILE]
#                    [--net none|user|tap] [--virtio modern|legacy] [EXTRA...]
# From Python: import qemu; qemu.command("build", smp=2, boot="direct")

import argparse
import os
import re
import shlex
import signal
import subprocess
import sys

import qemu_net

QEMU = os.environ.get("QEMU", "qemu-system-aarch64")
UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"
CPUS = ("cortex-a53", "cortex-a72", "max")
BOARDS = ("virt", "imx8mp-evk")


MEM_LEAST = 64  # U-Boot and the image need that much
DEFAULTS = {"smp": "1", "mem": "1G", "cpu": "cortex-a53", "gic": "3", "el": "1", "boot": "uboot", "net": "none", "virtio": "modern"}


def default(name):
    """The machine that nobody described: the matrix sets it through the environment (CAPELIN_SMP ...)."""
    return os.environ.get("CAPELIN_" + name.upper(), DEFAULTS[name])


def megabytes(mem):
    """MiB that QEMU's -m means: a number, of MiB without a suffix; 0 if it is none."""
    found = re.fullmatch(r"(\d+)([MG]?)", str(mem), re.IGNORECASE)
    return int(found.group(1)) * (1024 if found.group(2).upper() == "G" else 1) if found else 0


def command(build, smp=None, mem=None, cpu=None, gic=None, el=None, boot=None, icount=False,
            serial="mon:stdio", disk=None, env=None, kernel=None, ramdisk=None, dtb=None, board="virt",
            net=None, virtio=None, ports=None, extra=()):
    """The command as a list.

    smp, mem, cpu, gic, el, boot: as in `make run`; None means the default.
    serial: QEMU's -serial argument. disk, env, kernel, ramdisk: other files than the build's, for tests
    that damage them. icount: count instructions; "sleep": and an idle machine waits for its timers in real time. dtb: another device tree (boot="direct" only). board: see BOARDS. net, virtio, ports: as qemu_net.arguments() takes
    them. extra: arguments at the end; with boot="bare" nothing else is loaded.
    """
    if board == "imx8mp-evk":
        if net not in (None, "none"):
            raise ValueError("NET: this release has no driver for the network of imx8mp-evk")
        return imx_command(build, smp, mem, icount, serial, dtb, extra)
    smp, mem, cpu = smp or default("smp"), mem or default("mem"), cpu or default("cpu")
    gic, el, boot = gic or default("gic"), el or default("el"), boot or default("boot")
    if cpu not in CPUS:
        raise ValueError(f"CPU={cpu}: choose from {', '.join(CPUS)}")
    if str(gic) not in ("2", "3"):
        raise ValueError(f"GIC={gic}: choose 2 or 3")
    if str(el) not in ("1", "2"):
        raise ValueError(f"EL={el}: choose 1 or 2")
    if boot not in ("uboot", "direct", "bare"):
        raise ValueError(f"BOOT={boot}: choose uboot or direct")
    if not str(smp).isdigit() or not 1 <= int(smp) <= (8 if str(gic) == "2" else 64):
        raise ValueError(f"SMP={smp}: 1 to {'8 with GICv2' if str(gic) == '2' else '64'}")
    if megabytes(mem) < MEM_LEAST:
        raise ValueError(f"MEM={mem}: a number of MiB or GiB such as 512M or 2G, at least {MEM_LEAST}M")
    path = lambda name: os.path.join(build, name)
    machine = f"virt,gic-version={gic},virtualization={'on' if str(el) == '2' else 'off'}"
    line = [QEMU, "-M", machine, "-cpu", cpu, "-smp", str(smp), "-m", str(mem),
            "-display", "none", "-serial", serial, *qemu_net.arguments(net or default("net"), virtio or default("virtio"), ports)]
    if icount:
        line += ["-accel", "tcg", "-icount", f"shift=0,sleep={'on' if icount == 'sleep' else 'off'}"]
    if boot == "direct":
        line += ["-kernel", kernel or path("Image"), "-initrd", ramdisk or path("ramdisk.cpio")]
        if dtb:
            line += ["-dtb", dtb]
    elif boot == "uboot":
        line += ["-bios", UBOOT,
                 "-drive", f"if=pflash,index=1,format=raw,readonly=on,file={env or path('env.img')}",
                 "-drive", f"if=none,id=boot,format=raw,snapshot=on,file={disk or path('disk.img')}",
                 "-device", "virtio-blk-device,drive=boot"]
    return qemu_net.wrapper(net or default("net")) + line + list(extra)


def imx_command(build, smp=None, mem=None, icount=False, serial="mon:stdio", dtb=None, extra=()):
    """NXP's i.MX 8M Plus evaluation kit: four Cortex-A53 at EL2, GICv3, its console on the second UART. Unlike virt, QEMU (10.0
    and later) makes no device tree for it: dtb is the board's, as Linux and U-Boot have it."""
    if not dtb or not os.path.isfile(dtb):
        raise ValueError("BOARD=imx8mp-evk needs DTB=FILE, the board's device tree: imx8mp-evk.dtb of Debian's linux-image for arm64")
    smp, mem = smp or default("smp"), mem or "3G"
    if not str(smp).isdigit() or not 1 <= int(smp) <= 4:
        raise ValueError(f"SMP={smp}: the board has 1 to 4")
    machines = subprocess.run([QEMU, "-M", "help"], capture_output=True, text=True, check=False).stdout
    if "imx8mp-evk" not in machines:
        raise ValueError(f"{QEMU} does not know imx8mp-evk: QEMU 10.0 or later does (QEMU=PATH chooses one)")
    line = [QEMU, "-M", "imx8mp-evk", "-smp", str(smp), "-m", str(mem), "-display", "none", "-serial", "null", "-serial", serial,
            "-kernel", os.path.join(build, "Image"), "-initrd", os.path.join(build, "ramdisk.cpio"), "-dtb", dtb]
    if icount:
        line += ["-accel", "tcg", "-icount", "shift=0,sleep=off"]
    return line + list(extra)


def run(line):
    """Run QEMU on this terminal and return its exit status; Ctrl-C goes to the guest."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(line, check=False).returncode
    except FileNotFoundError:
        sys.exit(f"capelin: {line[0]} is missing: install qemu-system-arm (make deps)")


def arguments(parser):
    """Add the options that describe a machine."""
    parser.add_argument("--build", default="build")
    for name in DEFAULTS:
        parser.add_argument("--" + name)
    parser.add_argument("--icount", action="store_true")
    parser.add_argument("--board", choices=BOARDS, default="virt")
    parser.add_argument("--dtb")


def from_arguments(args, **more):
    extra = list(more.pop("extra", [])) + shlex.split(os.environ.get("QEMU_EXTRA", ""))
    try:
        return command(args.build, smp=args.smp, mem=args.mem, cpu=args.cpu, gic=args.gic, el=args.el,
                       boot=args.boot, icount=args.icount, dtb=args.dtb, board=args.board, net=args.net, virtio=args.virtio,
                       extra=extra, **more)
    except ValueError as error:
        sys.exit(f"capelin: {error}")


def usual_net(args):
    """What `make run` does without NET: the user's network if the build has one; none where figures are counted."""
    try:
        with open(os.path.join(args.build, ".config"), encoding="utf-8") as config:
            built = "CONFIG_NET=y\n" in config.readlines()
    except OSError:
        built = False
    return "user" if built and not args.icount and args.board == "virt" else None


def describe(args):
    if args.board != "virt":
        return f"{args.board}, SMP={args.smp or default('smp')}, {args.mem or '3G'}"
    value = {name: getattr(args, name) or default(name) for name in DEFAULTS}
    cores = value["smp"] + (" core" if value["smp"] == "1" else " cores")
    return f"virt, {cores}, {value['mem']}, {value['cpu']}, GICv{value['gic']}, EL{value['el']}"


def main():
    parser = argparse.ArgumentParser(description="Start Capelin in QEMU.")
    parser.add_argument("what", choices=("run", "show"))
    arguments(parser)
    args, extra = parser.parse_known_args()
    args.net = args.net or usual_net(args)
    try:
        ports = qemu_net.chosen_ports() if args.net == "user" and args.what == "run" else []
    except ValueError as error:
        sys.exit(f"capelin: {error}")
    line = from_arguments(args, extra=extra, ports=ports)
    if args.what == "show":
        print(shlex.join(line))
        return
    print(f"  QEMU    {describe(args)}; leave with `poweroff`, or Ctrl-A x", flush=True)
    for text in qemu_net.describe(args.net, ports):
        print(text, flush=True)
    sys.exit(run(line))


if __name__ == "__main__":
    main()
