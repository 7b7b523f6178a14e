# SPDX-License-Identifier: BSD-2-Clause
#
# One machine in QEMU and its serial console. Owns the QEMU process and the socket of its monitor; keeps the log of
# everything the machine said in BUILD/tests/. Every wait has a time limit, and one that runs out ends with a report of
# what each dispatcher was doing, not with silence.

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pexpect

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import qemu  # noqa: E402  (scripts/qemu.py is the only place that knows how QEMU is called)

PROMPT = "capelin> "
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]")


class ConsoleError(Exception):
    """The machine did not say what was waited for."""


def plain(text):
    """Console output without escape sequences and carriage returns."""
    return ESCAPES.sub("", text).replace("\r", "")


class Monitor:
    """QEMU's human monitor on a socket."""

    def __init__(self, path, timeout=10):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.read()

    def read(self):
        text = ""
        while not text.endswith("(qemu) "):
            part = self.socket.recv(65536).decode(errors="replace")
            if not part:
                break
            text += part
        return text

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return plain(self.read()).split("\n", 1)[-1].rsplit("(qemu) ", 1)[0]

    def close(self):
        self.socket.close()


class Console:
    """A machine that runs the build's image.

    name names the log; the rest are the arguments of qemu.command (smp, mem, cpu, gic, el, boot, disk, ...).
    """

    count = 0

    def __init__(self, build, name, extra=(), **machine):
        self.build = os.path.abspath(build)
        self.folder = tempfile.mkdtemp(prefix="capelin-test-")
        os.makedirs(os.path.join(self.build, "tests"), exist_ok=True)
        self.log_path = os.path.join(self.build, "tests", name + ".log")
        self.log = open(self.log_path, "w", encoding="utf-8", errors="replace", newline="")
        monitor = os.path.join(self.folder, "monitor")
        line = qemu.command(self.build, serial="chardev:console", extra=[
            "-chardev", "stdio,id=console,signal=off", "-monitor", f"unix:{monitor},server=on,wait=off",
            *extra], **machine)
        self.marker = 0
        self.keepers = set()
        self.child = pexpect.spawn(line[0], line[1:], timeout=30, encoding="utf-8", codec_errors="replace",
                                   dimensions=(24, 200), echo=False)
        self.child.delaybeforesend = None
        self.child.logfile_read = self.log
        try:
            self.monitor = Monitor(monitor)
        except OSError:
            self.monitor = None  # QEMU has ended already; the first wait tells

    # Waiting and typing ---------------------------------------------------------------------------------

    def send(self, text):
        """Type; `\\r` is the Enter key. What is longer than a terminal's buffer goes out beside the reading: QEMU stops
        reading the console while nobody takes what it writes there."""
        if len(text) < 1000:
            self.child.send(text)
        else:
            threading.Thread(target=self.child.send, args=(text,), daemon=True).start()

    def expect(self, pattern, timeout=20):
        """Wait for a regular expression; gives the match. Text before it is in .before."""
        try:
            self.child.expect(pattern, timeout=timeout)
        except pexpect.TIMEOUT:
            raise ConsoleError(f"no {pattern!r} within {timeout} s\n{self.report()}") from None
        except pexpect.EOF:
            raise ConsoleError(f"the machine ended before {pattern!r}\n{self.tail()}") from None
        return self.child.match

    @property
    def before(self):
        return plain(self.child.before or "")

    def boot(self, timeout=60):
        """Wait for the shell's first prompt; gives what the machine said until then."""
        self.expect(re.escape(PROMPT), timeout)
        return self.before

    def boot_cores(self, timeout=90):
        """Wait for the first prompt, and then until every core is up; gives the same."""
        text = self.boot(timeout)
        end = time.monotonic() + timeout
        while not all(core["state"] == "up" for core in json.loads(self.command("cores -j")[0])):
            if time.monotonic() > end:
                raise ConsoleError(f"not every core came up within {timeout} s\n{self.report()}")
        return text

    def accounts(self):
        """What `free -a` says once the memory of who has ended is back. What a service has left to its successor stays on its account:
        those who still have some after a while are not waited for again."""
        for _ in range(100):
            output, status = self.command("free -a")
            ended = set(re.findall(r"^(\S+) .* ended$", output, re.M))
            if status == 0 and ended <= self.keepers:
                return output
            time.sleep(0.05)
        self.keepers = ended
        return output

    def command(self, line, timeout=20):
        """Run a line at the shell; gives its output and its exit status."""
        self.marker += 1
        self.send(f"{line}; echo status $? at {self.marker}\r")
        match = self.expect(rf"status (\d+) at {self.marker}\r*\n", timeout)
        output = self.before
        self.expect(re.escape(PROMPT), timeout)
        echoed = f"at {self.marker}\n"
        return output.rsplit(echoed, 1)[-1], int(match.group(1))

    def alive(self):
        return self.child.isalive()

    def used(self):
        """Seconds of the host's processor that the machine has taken."""
        with open(f"/proc/{self.child.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_end(self, timeout=20):
        """Wait until the machine has switched itself off; gives QEMU's exit status."""
        try:
            self.child.expect(pexpect.EOF, timeout=timeout)
        except pexpect.TIMEOUT:
            raise ConsoleError(f"still running after {timeout} s\n{self.report()}") from None
        self.child.close()
        return self.child.exitstatus

    def close(self):
        if self.monitor:
            self.monitor.close()
        self.child.close(force=True)
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What went wrong --------------------------------------------------------------------------------------

    def tail(self, lines=40):
        """The last lines of the log, addresses replaced by names."""
        self.log.flush()
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            text = plain(log.read())
        last = "\n".join(text.splitlines()[-lines:])
        script = os.path.join(ROOT, "scripts", "symbolise.py")
        done = subprocess.run([sys.executable, script, "--build", self.build], input=last, text=True, capture_output=True,
                              timeout=60, check=False)
        return "--- last lines of the console\n" + (done.stdout or last)

    def report(self):
        """Why it hangs: every dispatcher's state from outside, then the end of the log."""
        parts = []
        if self.monitor and self.child.isalive():
            try:
                self.monitor.command("stop")
                registers = self.monitor.command("info registers -a").splitlines()
                parts.append("\n".join(["--- registers"] + [line for line in registers if not re.match(r"[QX ]*[QX]\d\d=", line)]))
                parts.append("--- dispatchers\n" + self.dispatchers())
                self.monitor.command("cont")
            except (OSError, subprocess.TimeoutExpired) as error:
                parts.append(f"(the monitor does not answer: {error})")
        return "\n".join([*parts, self.tail()])

    def dispatchers(self):
        """Ask gdb, which reads the kernel's lists without the kernel's help."""
        gdb = shutil.which("gdb-multiarch")
        if not gdb:
            return "(gdb-multiarch is not installed)"
        path = os.path.join(self.folder, "gdb")
        self.monitor.command(f"gdbserver unix:{path},server=on,wait=off")
        elf = os.path.join(self.build, "debug", "kernel.elf")
        done = subprocess.run([gdb, "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", f"target remote {path}",
                               "-ex", f"source {ROOT}/scripts/gdb/capelin.py", "-ex", "dispatchers", "-ex", "channels",
                               "-ex", "detach", elf], text=True, capture_output=True, timeout=60, check=False)
        self.monitor.command("gdbserver none")
        return done.stdout[-60000:] + done.stderr[-1000:]


@contextlib.contextmanager
def cores_up(build, name, **machine):
    """A machine whose cores are all up, as long as the block lasts."""
    console = Console(build, name, boot="direct", **machine)
    try:
        console.boot_cores()
        yield console
    finally:
        console.close()
