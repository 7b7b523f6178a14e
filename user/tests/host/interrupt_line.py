# SPDX-License-Identifier: BSD-2-Clause
#
# A device's interrupt line that is stuck, through QEMU's qtest socket: for tests of what drivers do when interrupts come without end. Owns its
# socket and the thread that holds the line up, since the device itself lowers it whenever its driver has seen to it.

import os
import re
import socket
import struct
import threading

from physical import Physical

FIRST = 32  # the number of the first interrupt that is a line of its own (GIC)
CONFIGURE = 0xC00  # GICD_ICFGR: two bits each; the upper one says edge


def options(folder):
    """Options for QEMU, as Console takes them in extra."""
    return ["-qtest", f"unix:{os.path.join(folder, 'qtest')},server=on,wait=off", "-qtest-log", "/dev/null"]


def made_level(console, number):
    """Have the distributor take the line as one that interrupts for as long as it is up, whatever the device tree said."""
    pid = re.search(r"^(0\.\d+) .* gic_dist$", console.command("ps")[0], re.M).group(1)
    base = int(re.search(r"DevFrame\D+?(0x[0-9a-f]+)", console.command(f"caps {pid}")[0]).group(1), 16)
    at = base + CONFIGURE + number // 16 * 4
    with Physical(console) as memory:
        (bits,) = struct.unpack("<I", memory.read(at, 4))
        memory.write(at, struct.pack("<I", bits & ~(3 << number % 16 * 2)))


class StuckLine:
    """As a context: the interrupt's line is up. The machine was started with options(folder)."""

    def __init__(self, console, folder, number):
        tree = console.monitor.command("info qom-tree /machine/unattached")
        controller = re.search(r"/(device\[\d+\]) \((arm_gic|arm-gicv3)\)", tree).group(1)
        self.line = f"set_irq_in /machine/unattached/{controller} unnamed-gpio-in {number - FIRST}"
        self.path = os.path.join(folder, "qtest")

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(self.path)
        self.stop = threading.Event()
        self.level(1)
        self.thread = threading.Thread(target=self.hold, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        self.level(0)
        self.socket.close()

    def level(self, level):
        self.socket.sendall(f"{self.line} {level}\n".encode())
        answer = self.socket.recv(4096)
        assert answer.startswith(b"OK"), answer

    def hold(self):
        while not self.stop.is_set():
            self.level(1)
