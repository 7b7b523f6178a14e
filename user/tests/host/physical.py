# SPDX-License-Identifier: BSD-2-Clause
#
# Reading and writing a machine's physical memory from outside, through QEMU's gdb server: for tests that play a device which misbehaves. The machine
# stands still meanwhile. Owns its socket; needs no gdb.

import os
import socket


class Physical:
    """As a context: `with Physical(console) as memory: memory.write(address, bytes)`."""

    def __init__(self, console):
        self.console = console
        self.path = os.path.join(console.folder, "physical")

    def __enter__(self):
        self.console.monitor.command(f"gdbserver unix:{self.path},server=on,wait=off")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(self.path)
        self.got = b""
        assert self.ask("Qqemu.PhyMemMode:1") == "OK"
        return self

    def __exit__(self, *_):
        self.ask("D")
        self.socket.close()
        self.console.monitor.command("gdbserver none")
        self.console.monitor.command("cont")

    def ask(self, text):
        """One packet of gdb's remote protocol, and its answer; that the machine has stopped is none."""
        self.socket.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())
        while True:
            while b"#" not in self.got or len(self.got) < self.got.index(b"#") + 3:
                self.got += self.socket.recv(65536)
            end = self.got.index(b"#")
            answer = self.got[self.got.index(b"$") + 1:end].decode()
            self.got = self.got[end + 3:]
            self.socket.sendall(b"+")
            if not answer.startswith("T"):
                return answer

    def read(self, address, count):
        return bytes.fromhex(self.ask(f"m{address:x},{count:x}"))

    def write(self, address, data):
        assert self.ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"
