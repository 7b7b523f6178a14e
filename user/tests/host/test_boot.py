# SPDX-License-Identifier: BSD-2-Clause
#
# From power-on to the prompt and to power-off: on each kind of machine that is promised, through U-Boot and without it.

import os
import re

import pytest

# cpu, gic, el, mem, smp; one core is used, more may be there. Every value with every other one, by pairs.
MACHINES = [
    ("cortex-a53", 3, 1, "1G", 1),
    ("cortex-a53", 2, 2, "256M", 1),
    ("cortex-a53", 3, 2, "8G", 4),
    ("cortex-a72", 2, 1, "8G", 1),
    ("cortex-a72", 3, 2, "256M", 2),
    ("cortex-a72", 2, 2, "2G", 1),
    ("max", 3, 1, "256M", 1),
    ("max", 2, 1, "4G", 2),
    ("max", 3, 2, "8G", 1),
    ("max", 2, 2, "512M", 4),
]


@pytest.mark.quick
def test_banner(holder, machine):
    """The banner names version, processor, exception level and interrupt controller."""
    assert re.search(r"capelin \S+", holder.boot_text), holder.boot_text
    wanted = holder.machine
    assert re.search(rf"EL{wanted['el']}\b", holder.boot_text), holder.boot_text
    assert re.search(rf"GICv{wanted['gic']}\b", holder.boot_text), holder.boot_text


@pytest.mark.quick
def test_messages_carry_time(holder, machine):
    assert re.search(r"^\[ *\d+\.\d{6}\] ", holder.boot_text, re.M), holder.boot_text


@pytest.mark.parametrize("cpu, gic, el, mem, smp", MACHINES)
def test_machine(boot, cpu, gic, el, mem, smp):
    console = boot(f"boot-{cpu}-gic{gic}-el{el}-{mem}", cpu=cpu, gic=gic, el=el, mem=mem, smp=smp, boot="direct")
    text = console.boot(90)
    assert f"EL{el}" in text and f"GICv{gic}" in text, text
    output, status = console.command("hello")
    assert status == 0 and output, output
    output, status = console.command("free")
    total = int(re.search(r"total\s+(\d+) KiB", output).group(1))
    wanted = {"M": 1024, "G": 1024 * 1024}[mem[-1]] * int(mem[:-1])
    assert wanted * 0.97 <= total <= wanted, output
    console.send("poweroff\r")
    assert console.wait_end() == 0


@pytest.mark.parametrize("cpu, gic, el", [("cortex-a53", 3, 1), ("cortex-a72", 2, 2), ("max", 3, 2)])
def test_uboot(boot, cpu, gic, el):
    console = boot(f"uboot-{cpu}-gic{gic}-el{el}", cpu=cpu, gic=gic, el=el, boot="uboot")
    text = console.boot(90)
    assert "U-Boot" in text and f"EL{el}" in text, text
    console.send("poweroff\r")
    assert console.wait_end() == 0


def test_imx8mp_evk(boot):
    """NXP's board: another UART, another clock, RAM in two banks. Needs a QEMU that knows it, and the board's device tree."""
    tree = os.environ.get("IMX8MP_DTB")
    if not tree:
        pytest.skip("the device tree of the board is not here: IMX8MP_DTB=FILE names it")
    console = boot("imx8mp-evk", board="imx8mp-evk", dtb=tree, mem="3G")
    text = console.boot(90)
    assert "EL2" in text and "GICv3" in text, text
    output, status = console.command("names")
    assert status == 0 and "imx_uart" in output and "pl011" not in output, output
    output, status = console.command("echo " + "x" * 3000)
    assert status == 0 and "x" * 3000 in output.replace("\n", ""), output
    console.send("poweroff\r")
    assert console.wait_end() == 0


def test_reboot(boot):
    console = boot("reboot", boot="direct")
    console.boot()
    console.send("reboot\r")
    console.boot()
    output, status = console.command("echo again")
    assert "again" in output and status == 0
    console.send("poweroff\r")
    assert console.wait_end() == 0


def test_idle_sleeps(boot):
    """At the prompt the machine does nothing: almost all of its time is idle."""
    console = boot("idle", boot="direct")
    console.boot()
    console.command("sleep 2")
    output, _ = console.command("uptime")
    assert int(re.search(r"idle (\d+) %", output).group(1)) >= 60, output
