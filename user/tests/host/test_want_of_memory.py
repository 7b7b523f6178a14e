# SPDX-License-Identifier: BSD-2-Clause
#
# Each utility with too little memory: it does all that it was asked, or says that there is not enough and ends with a status that is
# neither 0 nor that of a fault. Nothing is left of it.

import re

import pytest

LIMITS = (64, 284, 288, 512, 2048, 4096, 6144, 65536)  # KiB
PREPARE = "rm -rf /tmp/m; mkdir -p /tmp/m/d/e /tmp/m/g; : > /tmp/m/b; seq 1500 > /tmp/m/lines"

# Command; whether it has to fail where it could be started. Those that ask for no memory of their own need not.
UTILITIES = (
    ("ls -lR /etc", True), ("cat /tmp/m/lines", True), ("/bin/echo x", False), ("cp /tmp/m/lines /tmp/m/a", True), ("cp -r /etc /tmp/m/x", True),
    ("mv /tmp/m/b /tmp/m/c", False), ("rm -r /tmp/m/d", True), ("mkdir -p /tmp/m/e/f", False), ("rmdir /tmp/m/g", False), ("/bin/pwd", False),
    ("touch /tmp/m/h", True), ("head -n 2 /tmp/m/lines", True), ("tail -n 1400 /tmp/m/lines", True), ("wc /tmp/m/lines", True),
    ("grep -c 1 /tmp/m/lines", True), ("sort -r /tmp/m/lines", True), ("hexdump -n 100 /tmp/m/lines", True), ("sleep 0", False), ("date -d @0", False),
    ("env -i A=1 /bin/echo x", True), ("/bin/true", False), ("/bin/false", False), ("/bin/test 1 = 1", False), ("watch -n 0 -c 1 /bin/true", True),
    ("seq 3", False), ("tee /tmp/m/i < /tmp/m/lines", True), ("sh -c 'echo x; seq 2 | sort'", True),
    # With much to hold it fails in the middle: after it has begun, with more than what starting takes.
    ("sort /tmp/many /tmp/many /tmp/many /tmp/many /tmp/many /tmp/many /tmp/many", True), ("tail -n 1000000 /tmp/many", True),
    ("tr '\\n' x < /tmp/many | sort", True),
)


def run(machine, line, limit):
    """Exit status, what it said, and what it wrote: all of it if it is little, its size and end."""
    machine.command(PREPARE)
    said, status = machine.command(f"({f'ulimit {limit}; ' if limit else ''}{line}) > /tmp/out 2> /tmp/err; s=$?; cat /tmp/err; exitcode $s", 60)
    wrote, _ = machine.command("wc /tmp/out; tail -c 200 /tmp/out")
    return status, said, wrote


def in_use(machine):
    """Processes and their memory, and what lies about in /tmp."""
    return machine.accounts(), machine.command("ls /tmp")[0]


def check(machine, line, fails):
    expected = run(machine, line, 0)
    assert run(machine, line, LIMITS[-1]) == expected
    outcomes = {limit: run(machine, line, limit) for limit in LIMITS[:-1]}
    began = 0
    for limit, (status, said, wrote) in outcomes.items():
        if (status, said, wrote) == expected:
            continue
        assert 0 < status < 127 and re.search("out of memory|quota is used up", said, re.I) and "thread" not in said, (limit, status, said, wrote)
        began += "sh: line 1: cannot start" not in said
    assert outcomes[LIMITS[0]][0] == 126, outcomes  # it cannot even be started
    assert began > 0 or not fails, outcomes


@pytest.mark.parametrize("line, fails", UTILITIES, ids=[line[:30] for line, _ in UTILITIES])
def test_want_of_memory(machine, line, fails):
    machine.command("ulimit; seq 30000 > /tmp/many")
    for _ in range(4):  # the first ones may make a service fill up its reserve
        before = in_use(machine)
        check(machine, line, fails)
        after = in_use(machine)
        if before == after:
            break
    machine.command("rm -r /tmp/m /tmp/many /tmp/out /tmp/err")
    assert before == after


@pytest.mark.quick
def test_ulimit(machine):
    assert machine.command("ulimit; (ulimit 4096; ulimit; sh -c ulimit; ulimit -v 2048; ulimit -v); ulimit") == ("unlimited\n4096\n4096\n2048\nunlimited\n", 0)
    assert machine.command("(ulimit 4096; /bin/true) && (ulimit 4096; memhog 8)")[1] == 1
    for line, status, said in (("(ulimit 4096; ulimit 4097)", 1, "only become less"), ("(ulimit 4096; ulimit unlimited)", 1, "only become less"),
                               ("ulimit x", 2, "how many KiB"), ("ulimit 0", 2, "how many KiB"), ("ulimit 1 2", 2, "how many KiB"),
                               ("(ulimit 16; hello)", 126, "cannot start 'hello': quota is used up"),
                               ("(ulimit 4096; cp /bin/hello /tmp/h; /tmp/h; ulimit 64; /tmp/h)", 126, "quota is used up")):
        output, got = machine.command(line)
        assert got == status and said in output, (line, got, output)
    machine.command("rm -f /tmp/h")
