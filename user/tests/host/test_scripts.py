# SPDX-License-Identifier: BSD-2-Clause
#
# Every script in user/tests/scripts gives the same output and exit status at the console as with the host's sh.

import glob
import os
import re
import shutil
import subprocess
import tempfile

import pytest
from console import PROMPT, ROOT

SCRIPTS = sorted(glob.glob(os.path.join(ROOT, "user", "tests", "scripts", "*.sh")))
CTRL_D = "\x04"
LIMIT = 60


def name_of(path):
    return os.path.basename(path)[:-3]


def on_host(path):
    """What the host's sh makes of it, in an empty folder."""
    folder = tempfile.mkdtemp(prefix="capelin-script-")
    try:
        done = subprocess.run(["/bin/sh", path], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=LIMIT, check=False,
                              env={"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C"})
        return done.stdout.decode(), done.returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_file(machine, path, text):
    """Type a file's lines into cat; the console's line discipline takes them as they are."""
    machine.send(f"cat > {path}\r")
    machine.expect(r"\n")
    for line in text.splitlines():
        machine.send(line + "\r")
        machine.expect(r"\n", LIMIT)
    machine.send(CTRL_D)
    machine.expect(re.escape(PROMPT), LIMIT)


def test_the_corpus_is_large_enough():
    assert len(SCRIPTS) >= 100


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_script(machine, path):
    with open(path, encoding="utf-8") as source:
        put_file(machine, "/tmp/script", source.read())
    machine.command("mkdir -p /tmp/work && cd /tmp/work", LIMIT)
    machine.command("sh /tmp/script > /tmp/out 2> /tmp/err < /dev/null; echo $? > /tmp/status; cd /", LIMIT)
    output, _ = machine.command("cat /tmp/out; echo '<'end; cat /tmp/status", LIMIT)
    errors, _ = machine.command("cat /tmp/err; rm -rf /tmp/work", LIMIT)
    text, _, status = output.rpartition("<end\n")
    assert (text, int(status)) == on_host(path), errors
