#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Puts names to the addresses in a serial log: reads it on stdin (or from a file), writes it on stdout with
# `function+0x14 file.c:9` behind each code address that it knows. Kernel addresses are those of the high half; a user
# address belongs to the program that the last line of the form `NAME (CORE.NUMBER)...` named.
#
#   symbolise.py [--build DIR] [--program NAME] [LOG]

import argparse
import bisect
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CROSS = os.environ.get("CROSS_COMPILE", "aarch64-linux-gnu-")
ADDRESS = re.compile(r"\b0x([0-9a-f]{5,16})\b")
PROGRAM = re.compile(r"(?:^|[\s:])([\w.-]+) \((\d+\.\d+)\)")
# Registers and addresses of data are left alone: only these lines hold code addresses.
CODE_LINE = re.compile(r"^\s*(#\d+|at|from|pc|lr|elr|x30)?\b|backtrace|called|pc[ =:]|lr[ =:]", re.I)


class Image:
    """The functions of one ELF file."""

    def __init__(self, path):
        self.path, self.starts, self.names = path, [], []
        output = subprocess.run([CROSS + "nm", "-nC", "--defined-only", path], text=True, capture_output=True,
                                check=False).stdout
        for line in output.splitlines():
            address, kind, name = line.split(" ", 2)
            if kind in "tTwW" and not name.startswith("$"):
                self.starts.append(int(address, 16))
                self.names.append(name)
        self.cache = {}

    def name(self, address):
        """`function+offset file:line`, or None if no function holds the address."""
        if address not in self.cache:
            self.cache[address] = self.find(address)
        return self.cache[address]

    def find(self, address):
        index = bisect.bisect_right(self.starts, address) - 1
        if index < 0 or address - self.starts[index] > 0x10000:
            return None
        line = subprocess.run([CROSS + "addr2line", "-e", self.path, hex(address)], text=True, capture_output=True,
                              check=False).stdout.strip()
        line = re.sub(r" \(discriminator \d+\)", "", line)
        line = line.lstrip("/").removeprefix(ROOT.lstrip("/") + "/")
        place = "" if line.startswith("?") else " " + line
        return f"{self.names[index]}+{address - self.starts[index]:#x}{place}"


class Symboliser:
    def __init__(self, build, program=None):
        self.build, self.program, self.images = build, program, {}

    def image(self, name):
        if name not in self.images:
            path = os.path.join(self.build, "debug", name)
            self.images[name] = Image(path) if os.path.isfile(path) else None
        return self.images[name]

    def line(self, text):
        named = PROGRAM.search(text)
        if named and self.image(named.group(1)):
            self.program = named.group(1)
        found = []
        for match in ADDRESS.finditer(text) if CODE_LINE.search(text) else ():
            address = int(match.group(1), 16)
            image = self.image("kernel.elf") if address >> 63 else self.program and self.image(self.program)
            name = image.name(address) if image else None
            if name and name.split("+")[0] + "+" in text:
                name = name.partition(" ")[2]  # the report names functions itself, but no lines
            if name:
                found.append(name)
        return text + ("   <" + "; ".join(found) + ">" if found else "")


def main():
    parser = argparse.ArgumentParser(description="Put names to the addresses in a serial log.")
    parser.add_argument("--build", default="build")
    parser.add_argument("--program", help="the program that user addresses belong to at first")
    parser.add_argument("log", nargs="?")
    args = parser.parse_args()
    symboliser = Symboliser(args.build, args.program)
    with open(args.log, encoding="utf-8", errors="replace") if args.log else sys.stdin as source:
        for line in source:
            print(symboliser.line(line.rstrip("\r\n")), flush=True)


if __name__ == "__main__":
    main()
