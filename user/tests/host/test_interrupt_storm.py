# SPDX-License-Identifier: BSD-2-Clause
#
# A device that interrupts without end: its line is stuck. Drivers outrank programs, so nobody else would run; the driver leaves the
# interrupt masked and looks at its device now and then (lib/driver/interrupt.c).

import re

import nicpeer
from interrupt_line import StuckLine, made_level, options
from test_nic import driver_pid, exchange, finish, peer, ramdisk_without_stack  # noqa: F401  (peer is a fixture)

BEGINS = "interrupts without end: masked"
ENDS = "interrupts have an end again"


def interrupt_of(console, driver):
    pid = re.search(rf"^(0\.\d+) .* {driver}$", console.command("ps")[0], re.M).group(1)
    return int(re.search(r"Irq +--- (\d+)", console.command(f"caps {pid}")[0]).group(1))


def log_says(console, text, times=1):
    for _ in range(200):
        log = console.command("dmesg")[0]
        if log.count(text) >= times:
            return log
        console.command("sleep 0.1")
    raise AssertionError(log)


def test_U7_nic_interrupts_without_end(boot, build, tmp_path, peer):  # noqa: F811
    """The shell, other programs and even the card's own traffic go on; so they do with a driver that is started in the storm."""
    console = boot("storm-nic", ramdisk=ramdisk_without_stack(build, tmp_path), boot="direct", net=peer.backend, extra=options(tmp_path))
    console.boot(90)
    console.send("test/nicecho &\r")
    console.expect(r"nicecho: opened nic", 30)
    exchange(peer, range(100), lambda number: 60)
    number = interrupt_of(console, "virtio_net")
    made_level(console, number)
    with StuckLine(console, tmp_path, number):
        log_says(console, f"nic: {BEGINS}")
        assert "Hello from Capelin" in console.command("hello")[0]
        exchange(peer, range(300), lambda number: 60 + number)
        console.command(f"kill {driver_pid(console)}")
        console.expect(r"nicecho: opened nic", 30)
        made_level(console, number)  # the new driver has had it configured as the device tree says
        log_says(console, f"nic: {BEGINS}", 2)
        exchange(peer, range(300), lambda number: 60 + number)
    log_says(console, f"nic: {ENDS}")
    exchange(peer, range(300), lambda number: 60 + number)
    counts = finish(console, peer)
    assert counts["opened"] == 2 and counts["lost"] == 0 and counts["driver resets"] == 0


def test_U7_uart_interrupts_without_end(boot, tmp_path):
    """The console's own line: what is typed is read, and what is written comes out."""
    console = boot("storm-uart", boot="direct", extra=options(tmp_path))
    console.boot(90)
    with StuckLine(console, tmp_path, interrupt_of(console, "pl011")):
        log_says(console, f"pl011: {BEGINS}")
        for i in range(20):
            assert console.command(f"echo {i} | cat")[0] == f"{i}\n"
