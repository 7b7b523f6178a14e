# SPDX-License-Identifier: BSD-2-Clause
#
# What a person does with make before anything boots: choose, build, choose otherwise, build again. Each test has a build
# folder of its own.

import os
import re
import subprocess
import sys

import pexpect
import pytest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
LIMIT = 600


def clean_environment():
    """The environment without what the make that runs the tests has put there."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "O", "KCONFIG_CONFIG")}


def make(folder, *arguments, ok=True):
    command = ["make", "-C", ROOT, f"O={folder}", *arguments]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=LIMIT,
                          stdin=subprocess.DEVNULL)
    text = done.stdout + done.stderr
    assert (done.returncode == 0) == ok, text[-3000:]
    return text


def configuration(folder):
    with open(os.path.join(folder, ".config"), encoding="utf-8") as file:
        return dict(line.strip().split("=", 1) for line in file if line.startswith("CONFIG_"))


def configuration_change(folder, symbol, value):
    path = os.path.join(folder, ".config")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    changed = re.sub(rf"^(?:CONFIG_{symbol}=.*|# CONFIG_{symbol} is not set)$", f"CONFIG_{symbol}={value}", text, flags=re.M)
    assert changed != text, f"{symbol} is not in {path}, or has that value already"
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed)


def compiled(text):
    return re.findall(r"^  (?:CC|AS)\s+(\S+)", text, flags=re.M)


def test_without_configuration_the_default_is_used_and_said(tmp_path):
    text = make(tmp_path, "olddefconfig")
    assert "no configuration yet, using qemu_virt_defconfig" in text
    assert configuration(tmp_path)["CONFIG_PL011"] == "y"


@pytest.mark.parametrize(
    "symbol, value, says",
    [
        ("TIMESLICE_US", "99", ("TIMESLICE_US", "100")),
        ("TIMESLICE_US", "often", ("TIMESLICE_US", "often")),
        ("PL011", "perhaps", ("PL011", "perhaps")),
    ],
)
def test_a_wrong_value_is_an_error(tmp_path, symbol, value, says):
    make(tmp_path, "defconfig")
    configuration_change(tmp_path, symbol, value)
    text = make(tmp_path, "all", ok=False)
    assert not compiled(text)
    for word in says:
        assert word in text


def test_an_unknown_symbol_is_an_error(tmp_path):
    make(tmp_path, "defconfig")
    with open(tmp_path / ".config", "a", encoding="utf-8") as file:
        file.write("CONFIG_FASTER=y\n")
    assert "FASTER" in make(tmp_path, "all", ok=False)
    assert "dropped" in make(tmp_path, "olddefconfig")
    assert "FASTER" not in configuration(tmp_path)


def test_savedefconfig_says_all_that_differs(tmp_path):
    make(tmp_path, "randconfig", "SEED=7")
    before = configuration(tmp_path)
    make(tmp_path, "savedefconfig")
    os.replace(tmp_path / "defconfig", tmp_path / ".config")
    make(tmp_path, "olddefconfig")
    assert configuration(tmp_path) == before


def test_randconfig_repeats_by_its_seed(tmp_path):
    text = make(tmp_path, "randconfig")
    seed = re.search(r"SEED=(\d+)", text).group(1)
    first = configuration(tmp_path)
    make(tmp_path, "randconfig", "SEED=1" + seed)
    assert configuration(tmp_path) != first
    make(tmp_path, "randconfig", "SEED=" + seed)
    assert configuration(tmp_path) == first


def test_menuconfig(tmp_path):
    """Libraries, Regions, index of physical memory: one up; quit, save."""
    make(tmp_path, "defconfig")
    assert configuration(tmp_path)["CONFIG_REGIONS_PHYSICAL_TREE"] == "y"
    down, up, enter = "\x1b[B", "\x1b[A", "\r"
    environment = clean_environment() | {"TERM": "xterm", "ESCDELAY": "25"}
    child = pexpect.spawn("make", ["-C", ROOT, f"O={tmp_path}", "menuconfig"], env=environment, encoding="utf-8",
                          codec_errors="replace", timeout=120, dimensions=(40, 100))
    child.logfile_read = sys.stdout
    try:
        child.expect("Programs")
        for _ in range(3):
            child.send("j")
        child.send(enter)
        child.expect("Regions")
        child.send("jj" + enter)
        child.expect("Index of physical memory")
        child.send(enter)
        child.expect("Balanced tree")
        child.send("k" + enter)
        child.send("q")
        child.expect("Save")
        child.send("y")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert child.exitstatus == 0
    assert configuration(tmp_path)["CONFIG_REGIONS_PHYSICAL_LIST"] == "y"


def test_menuconfig_needs_a_terminal(tmp_path):
    assert "terminal" in make(tmp_path, "menuconfig", ok=False)


def test_what_is_built_again(tmp_path):
    """Nothing the second time; after a change of one option, or of one header, just what depends on it."""
    all_files = compiled(make(tmp_path, "-j2"))
    assert "kernel/mdb.c" in all_files
    assert compiled(make(tmp_path, "-j2")) == []

    configuration_change(tmp_path, "TIMESLICE_US", "20000")
    some = compiled(make(tmp_path, "-j2"))
    assert "arch/aarch64/kernel/timer.c" in some
    assert "kernel/mdb.c" not in some and len(some) < len(all_files) / 4, some

    header = os.path.join(ROOT, "kernel", "include", "kernel", "mdb.h")
    stat = os.stat(header)
    os.utime(header)
    try:
        some = compiled(make(tmp_path, "-j2"))
    finally:
        os.utime(header, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert "kernel/mdb.c" in some
    assert "kernel/string.c" not in some and not any(name.startswith("lib/") for name in some), some
