#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# `make gdb`: QEMU stopped at reset in the background, gdb in front of it with the kernel's symbols and
# the commands of scripts/gdb/. The two talk through sockets in the build folder, so that several can run
# at once. The serial console is in BUILD/serial.log; `make console` in another terminal types into it.
#
#   debug.py [machine options of qemu.py] [--console]

import argparse
import glob
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import time
import tty

import qemu


def console(path):
    """Join this terminal and the serial console until Ctrl-] or the machine's end."""
    link = socket.socket(socket.AF_UNIX)
    try:
        link.connect(path)
    except OSError:
        sys.exit("capelin: no machine is running under `make gdb`")
    print("capelin: on the console of `make gdb`; leave with Ctrl-]", flush=True)
    saved = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        while True:
            ready, _, _ = select.select([0, link], [], [])
            if link in ready:
                data = link.recv(4096)
                if not data:
                    break
                os.write(1, data)
            if 0 in ready:
                data = os.read(0, 4096)
                if not data or b"\x1d" in data:
                    break
                link.sendall(data)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, saved)
        print()


def main():
    parser = argparse.ArgumentParser()
    qemu.arguments(parser)
    parser.add_argument("--console", action="store_true")
    parser.add_argument("--batch", metavar="FILE", help="run gdb on a command file and end, for tests")
    args = parser.parse_args()
    serial, stub = (os.path.join(args.build, name) for name in ("serial.sock", "gdb.sock"))
    if args.console:
        console(serial)
        return
    for path in (serial, stub):
        if os.path.exists(path):
            os.unlink(path)
    extra = ["-S", "-chardev", f"socket,id=gdb,path={stub},server=on,wait=off", "-gdb", "chardev:gdb",
             "-chardev", f"socket,id=serial,path={serial},server=on,wait=off,logfile={os.path.join(args.build, 'serial.log')}"]
    line = qemu.from_arguments(args, serial="chardev:serial", extra=extra)
    # In a session of its own: Ctrl-C stops the guest through gdb and must not reach QEMU.
    machine = subprocess.Popen(line, stdin=subprocess.DEVNULL, start_new_session=True)
    command = ["gdb-multiarch", "-q", "-iex", "set auto-load safe-path /", "-ex", "set confirm off", "-ex", "set architecture aarch64",
               "-ex", f"target remote {stub}"]
    for script in sorted(glob.glob("scripts/gdb/*.py")):
        command += ["-ex", f"source {script}"]
    command += ["-batch", "-x", args.batch] if args.batch else []
    command.append(os.path.join(args.build, "debug", "kernel.elf"))
    try:
        for _ in range(100):
            if os.path.exists(stub) or machine.poll() is not None:
                break
            time.sleep(0.05)
        print(f"capelin: the console is in {args.build}/serial.log; to type: make console, in another terminal", flush=True)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        env = dict(os.environ, CAPELIN_BUILD=os.path.abspath(args.build))
        status = subprocess.run(command, env=env, check=False,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)).returncode
    finally:
        machine.terminate()
        machine.wait()
    sys.exit(status)


main()
