#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# `make map`: a picture of the running system. Boots the build's image, waits until all cores are up, runs what DO= asks for at the
# shell, then `map`, and has Graphviz draw what that says:
#   BUILD/map.dot, BUILD/map.svg
#
#   map.py --build DIR [machine options of qemu.py] [--do 'COMMAND']

import argparse
import json
import os
import re
import subprocess
import sys
import time

import pexpect

import qemu

PROMPT = "capelin> "
LIMIT = 180  # seconds, for the slowest machine that builds this
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


class Machine:
    """A machine at whose shell lines are typed."""

    def __init__(self, args):
        line = qemu.from_arguments(args, serial="chardev:console", extra=["-chardev", "stdio,id=console,signal=off", "-monitor", "none"])
        try:
            self.child = pexpect.spawn(line[0], line[1:], encoding="utf-8", codec_errors="replace", echo=False,
                                       dimensions=(24, 200), timeout=LIMIT)
        except pexpect.ExceptionPexpect as error:
            sys.exit(f"map: {error}")
        self.child.delaybeforesend = None
        self.lines = 0
        self.wait(re.escape(PROMPT))

    def wait(self, pattern):
        try:
            self.child.expect(pattern)
        except pexpect.TIMEOUT:
            self.fail(f"no {pattern!r} within {LIMIT} s")
        except pexpect.EOF:
            self.fail("the machine ended")
        return ESCAPES.sub("", self.child.before or "")

    def fail(self, why):
        text = ESCAPES.sub("", self.child.before or "")
        self.child.close(force=True)
        sys.exit(f"map: {why}; the last that was said:\n{text[-3000:]}")

    def run(self, line):
        """What a line says; it must succeed."""
        self.lines += 1
        self.child.send(f"{line}\necho status $? of {self.lines}\n".replace("\n", "\r"))
        self.wait(rf"{re.escape(line.splitlines()[-1])}\r*\n")
        output = self.wait(rf"status \d+ of {self.lines}\r*\n")
        status = re.search(r"status (\d+) of", self.child.after).group(1)
        if status != "0":
            self.fail(f"'{line}' ended with {status}")
        self.wait(re.escape(PROMPT))
        return output.split(PROMPT)[0]

    def close(self):
        self.child.close(force=True)


def cores_wait(machine):
    end = time.monotonic() + LIMIT
    while any(core["state"] in ("off", "starting") for core in json.loads(machine.run("cores -j"))):
        if time.monotonic() > end:
            machine.fail("not all cores came up")


def draw(machine, do):
    cores_wait(machine)
    if do:
        machine.run(do)
    output = machine.run("map")
    found = re.search(r"^digraph .*?^\}$", output, re.S | re.M)
    if not found:
        machine.fail("'map' gave no drawing")
    return found.group(0) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Draw the running system.")
    qemu.arguments(parser)
    parser.add_argument("--do", default="", help="a line for the shell before the drawing is made")
    args = parser.parse_args()
    args.net = args.net or qemu.usual_net(args)
    if "\n" in args.do or "\r" in args.do:
        sys.exit("map: DO is one line")
    print(f"  MAP     {qemu.describe(args)}", flush=True)
    machine = Machine(args)
    try:
        drawing = draw(machine, args.do)
    finally:
        machine.close()
    source, picture = os.path.join(args.build, "map.dot"), os.path.join(args.build, "map.svg")
    with open(source, "w", encoding="utf-8") as target:
        target.write(drawing)
    done = subprocess.run(["dot", "-Tsvg", "-o", picture + ".tmp", source], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"map: dot does not take {source}: {done.stderr.strip()}")
    os.replace(picture + ".tmp", picture)
    print(f"  DOT     {picture}", flush=True)


if __name__ == "__main__":
    main()
