# SPDX-License-Identifier: BSD-2-Clause
#
# K23, U6: what is booted is damaged or lacks something. It must say what, and then halt or switch off; never go on, never hang
# in silence.

import os
import re
import shutil
import struct
import subprocess
import time

import pytest
import qemu
from console import ConsoleError


def damaged_copy(path, folder, where, text=b"\xff\xfe\xfd\xfc"):
    copy = os.path.join(folder, os.path.basename(path))
    shutil.copyfile(path, copy)
    with open(copy, "r+b") as target:
        target.seek(where)
        target.write(text)
    return copy


def stops_with(console, pattern, timeout=60):
    """Says something like that, never reaches a prompt, and is quiet afterwards."""
    console.expect(pattern, timeout)
    said = console.before + str(console.child.match.group(0))
    assert "capelin> " not in said
    return said


def test_K23_damaged_fit(boot, build, tmp_path):
    disk = os.path.join(build, "disk.img")
    with open(disk, "rb") as image, open(os.path.join(build, "Image"), "rb") as kernel:
        probe = kernel.read()[8192:8192 + 64]
        where = image.read().find(probe)
    assert where > 0
    console = boot("damaged-fit", disk=damaged_copy(disk, tmp_path, where), boot="uboot")
    stops_with(console, r"[Bb]ad [Dd]ata [Hh]ash|[Hh]ash.*[Ee]rror|error!", 60)
    console.expect("capelin: the boot image .* is damaged", 30)
    console.wait_end(30)


def test_K23_no_image_on_disk(boot, build, tmp_path):
    disk = os.path.join(tmp_path, "disk.img")
    with open(disk, "wb") as target:
        target.truncate(40 << 20)
    console = boot("no-image", disk=disk, boot="uboot")
    console.expect("capelin: there is no readable", 60)
    console.wait_end(30)


def ramdisk(build):
    with open(os.path.join(build, "ramdisk.cpio"), "rb") as source:
        return source.read()


@pytest.mark.parametrize("name, damage", [
    ("magic", lambda data: b"xxxxxx" + data[6:]),
    ("size", lambda data: data[:54] + b"ffffffff" + data[62:]),
    ("cut", lambda data: data[:1000]),
    ("name", lambda data: data[:94] + b"fffffff0" + data[102:]),
    ("empty", lambda data: b"\0" * 4096),
])
def test_U6_broken_ramdisk(boot, build, tmp_path, name, damage):
    path = os.path.join(tmp_path, "ramdisk.cpio")
    with open(path, "wb") as target:
        target.write(damage(ramdisk(build)))
    console = boot(f"ramdisk-{name}", ramdisk=path, boot="direct")
    stops_with(console, r"init: (the ramdisk is broken|no etc/inventory)[^\n]*\n")
    console.expect("halted", 20)


KERNEL, TREE, RAMDISK, STUB = 0x40200000, 0x48000000, 0x4a000000, 0x44000000


def tree_options(tmp_path, build, edit, **machine):
    """
    The options that hand the kernel QEMU's own tree of that machine after `edit` of its text. QEMU would mend a tree that it loads itself, so
    kernel, tree and ramdisk are put into memory, and a stub of three instructions stands in for the boot loader.
    """
    tree, changed, stub = (os.path.join(tmp_path, name) for name in ("virt.dtb", "changed.dtb", "stub.bin"))
    line = qemu.command(build, boot="bare", serial="null", **machine)
    line[line.index("-M") + 1] += f",dumpdtb={tree}"
    subprocess.run(line, check=True, capture_output=True, timeout=30)
    text = subprocess.run(["dtc", "-I", "dtb", "-O", "dts", tree], check=True, capture_output=True, text=True).stdout
    edited = edit(text)
    assert edited != text
    subprocess.run(["dtc", "-I", "dts", "-O", "dtb", "-o", changed], input=edited, check=True, capture_output=True, text=True)
    ramdisk = os.path.join(build, "ramdisk.cpio")
    for name, value in (("start", RAMDISK), ("end", RAMDISK + os.path.getsize(ramdisk))):
        subprocess.run(["fdtput", "-t", "x", changed, "/chosen", "linux,initrd-" + name, "0", f"{value:x}"], check=True)
    with open(stub, "wb") as target:  # ldr x0, tree; ldr x4, kernel; br x4
        target.write(struct.pack("<4I2Q", 0x58000080, 0x580000A4, 0xD61F0080, 0xD503201F, TREE, KERNEL))
    load = lambda path, address: ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    return [*load(os.path.join(build, "Image"), KERNEL), *load(changed, TREE), *load(ramdisk, RAMDISK), *load(stub, STUB),
            "-device", f"loader,addr={STUB:#x},cpu-num=0"]


def without_node(name):
    def edit(text):
        start = re.search(rf"^\t{name}[^\n]*{{\n", text, re.M)
        end = text.index("\n\t};\n", start.start())
        return text[:start.start()] + text[end + 5:]
    return edit


@pytest.mark.parametrize("name, node, says", [
    ("memory", "memory@", r"memory"),
    ("gic", "intc@", r"GIC|interrupt controller"),
])
def test_K23_tree_without(boot, build, tmp_path, name, node, says):
    def edit(text):
        text = without_node(node)(text)
        return re.sub(r"interrupt-parent = <[^>]*>;|msi-(map|parent) = <[^>]*>;", "", text) if name == "gic" else text
    console = boot(f"tree-{name}", boot="bare", extra=tree_options(tmp_path, build, edit))
    stops_with(console, rf"(?i){says}[^\n]*\n")
    console.expect("halted", 20)


def test_tree_as_it_is(boot, build, tmp_path):
    """The stub works: with a tree that lacks nothing the shell comes."""
    console = boot("tree-whole", boot="bare", extra=tree_options(tmp_path, build, lambda text: text + "\n"))
    console.boot()


def test_K23_tree_without_console(boot, build, tmp_path):
    """Nothing to say it on: it goes on, and then has nothing to do; or it halts. It does not fault for ever."""
    console = boot("tree-console", boot="bare", extra=tree_options(tmp_path, build, without_node("pl011@")))
    with pytest.raises(ConsoleError):
        console.expect("capelin> ", 8)
    deadline = time.monotonic() + 120
    while True:
        before = console.used()
        time.sleep(2)
        if console.used() - before < 0.1:
            break
        assert time.monotonic() < deadline, "it never comes to rest\n" + console.report()
    assert console.alive()


def test_K23_memory_that_is_absurd(boot, build, tmp_path):
    """A bank that wraps around the address space is refused or cut."""
    def edit(text):
        return re.sub(r"(memory@40000000 {[^}]*reg = )<[^>]*>", r"\1<0x00 0x40000000 0xffffffff 0xfffff000>", text)
    console = boot("tree-absurd", boot="bare", extra=tree_options(tmp_path, build, edit))
    console.expect(r"(?i)memory[^\n]*\n", 60)
    console.expect(r"halted|capelin> ", 60)
