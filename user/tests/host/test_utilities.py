# SPDX-License-Identifier: BSD-2-Clause
#
# The utilities at the console: --help, wrong arguments, files that are not there, and what the compared scripts do not show.

import re

import pytest

UTILITIES = ("basename cat chmod cp cut date dirname env exitcode false grep head hexdump ls mkdir mv pwd rm rmdir seq sleep sort tail tee "
             "touch tr true uniq watch wc yes").split()
SHARED = ("[", "echo", "printf", "test")  # the shell has them, too


@pytest.mark.quick
@pytest.mark.parametrize("name", [*UTILITIES, *SHARED])
def test_help(machine, name):
    output, status = machine.command(f"/bin/{name} --help")
    assert status == 0 and output.startswith(f"usage: {'test' if name == '[' else name}"), output


@pytest.mark.quick
@pytest.mark.parametrize("line, status, said", [
    ("basename", 2, "usage: basename"), ("cat -z", 2, "unknown option '-z'"), ("cat /none", 1, "/none: No such file"),
    ("cat /tmp", 1, "Is a directory"), ("chmod", 2, "which mode"), ("chmod 755", 2, "which file"), ("chmod 9 /tmp", 2, "is no mode"),
    ("chmod 755 /none", 1, "/none: No such file"), ("cp", 2, "what, and where to"), ("cp /none", 2, "where to"),
    ("cp /none /tmp/x", 1, "/none: No such file"), ("cp /bin /tmp/x", 1, "only -r copies"), ("cp -r /tmp /tmp/x", 1, "into itself"),
    ("cp /etc/inventory /none/x", 1, "/none/x: No such file"), ("cp /etc/inventory /bin/ls /none", 1, "no directory"),
    ("cut -f", 2, "needs a value"), ("cut x", 2, "which parts"), ("cut -f x", 2, "is no list"), ("cut -f 3-1", 2, "is no list"),
    ("date x", 2, "begins with a +"), ("date -d x", 2, "is no time"), ("dirname", 2, "which path"), ("env -z", 2, "unknown option"),
    ("env none", 127, "no program 'none'"), ("/bin/exitcode", 2, "which exit status"), ("exitcode 256", 2, "not a number"),
    ("grep", 2, "which pattern"), ("grep x /none", 2, "/none: No such file"), ("grep x /tmp", 2, "only -r searches"), ("grep '[' /etc/inventory", 2, "is no pattern"),
    ("grep nothing-like-it /etc/inventory", 1, ""), ("head -n x", 2, "not a number"), ("head /none", 1, "/none: No such file"), ("head -n", 2, "needs a value"),
    ("hexdump /none", 1, "/none: No such file"), ("ls /none", 1, "/none: No such file"), ("ls -z", 2, "unknown option"), ("mkdir", 2, "which directory"),
    ("mkdir /tmp", 1, "/tmp: File exists"), ("mkdir /none/x", 1, "No such file"), ("mkdir -m 8 /tmp/x", 2, "is no mode"), ("mv", 2, "what, and where to"),
    ("mv /none /tmp/x", 1, "/none: No such file"), ("rm", 2, "which file"), ("rm /none", 1, "/none: No such file"), ("rm /tmp", 1, "only -r removes"),
    ("grep -z x", 2, "unknown option '-z'"), ("grep -m x a", 2, "not a number"), ("echo b > /tmp/n; echo a >> /tmp/n; sort -c /tmp/n", 1, "line 2 is not in order"),
    ("sort -k 1x /etc/inventory", 2, "no fields"), ("sort -z", 2, "unknown option"), ("cp -z", 2, "unknown option"), ("mv -z", 2, "unknown option"),
    ("mv /none /none2 /tmp", 1, "/none: No such file"), ("mv a", 2, "where to"), ("rm -z", 2, "unknown option"), ("rm -f /none", 0, ""),
    ("mkdir -z", 2, "unknown option"), ("rmdir -z", 2, "unknown option"), ("touch -z", 2, "unknown option"), ("touch -c /none", 0, ""),
    ("head -z", 2, "unknown option"), ("head /tmp", 1, "Is a directory"), ("tail -z", 2, "unknown option"), ("wc -z", 2, "unknown option"),
    ("wc /tmp", 1, "Is a directory"), ("sort /tmp", 2, "Is a directory"), ("tail /tmp", 1, "Is a directory"), ("hexdump /tmp", 1, "Is a directory"), ("hexdump -z", 2, "unknown option"), ("hexdump -n x", 2, "not a number"), ("date -z", 2, "unknown option"),
    ("seq 1 2 3 4", 2, "too many"), ("seq -z 1", 2, "unknown option"), ("tee -z", 2, "unknown option"), ("watch -z true", 2, "unknown option"),
    ("watch -n 0 -c 1 none", 127, "no command or program 'none'"), ("env -u", 2, "needs a value"), ("env A=1 none", 127, "no program 'none'"),
    ("/bin/pwd -z", 2, "unknown option"), ("basename -z", 2, "unknown option"), ("uniq -z", 2, "unknown option"), ("cut -z", 2, "unknown option"),
    ("sleep -1", 2, "not a number"), ("sleep 1 2", 2, "how long"), ("test 1 -eq", 2, "test: "), ("test ! -e /none", 0, ""), ("test -f /none", 1, ""),
    ("rm -r /", 1, "refused"), ("rm -r .", 1, "refused"), ("rmdir", 2, "which directory"), ("rmdir /none", 1, "No such file"), ("rmdir /bin", 1, "not empty"),
    ("seq", 2, "which number"), ("seq x", 2, "not a number"), ("seq 1 0 2", 2, "never end"), ("sleep", 2, "how long"), ("sleep x", 2, "not a number"),
    ("sleep 1.x", 2, "fraction"), ("sort /none", 2, "/none: No such file"), ("sort -k 0 /etc/inventory", 2, "no fields"), ("sort -t ab /etc/inventory", 2, "one character"),
    ("tail /none", 1, "/none: No such file"), ("tail -c", 2, "needs a value"), ("tee /none/x < /dev/null", 1, "/none/x: No such file"),
    ("touch", 2, "which file"), ("touch /none/x", 1, "No such file"), ("tr", 2, "which characters"), ("tr a", 2, "which characters"),
    ("tr z-a b < /dev/null", 2, "backwards"), ("uniq /none", 1, "/none: No such file"), ("uniq a b", 2, "one file"), ("watch", 2, "which command"),
    ("watch -n x true", 2, "not a number"), ("wc /none", 1, "/none: No such file"), ("tools", 2, "usage: tools"), ("tools none", 2, "usage: tools"),
    ("[ a = b", 2, "']' expected"), ("test a b c", 2, "test: "), ("test x -eq 1", 2, "no whole number"), ("test -e", 0, ""), ("/bin/test 1 -gt 2", 1, ""),
    ("printf", 2, "which format"), ("printf '%z' 1", 1, "not a conversion"), ("printf '%d\\n' x", 1, "not a number"), ("pwd -z", 2, "takes no arguments"),
])
def test_wrong_arguments_and_missing_files(machine, line, status, said):
    output, got = machine.command(line)
    assert got == status and said in output, (got, output)


@pytest.mark.quick
@pytest.mark.parametrize("line, expected", [
    ("ls -l /etc/inventory", r"-rw-r--r-- +\d+ +\d+ \d{4}-\d\d-\d\d \d\d:\d\d /etc/inventory\n"),
    ("ls -ld /tmp", r"drwxrwxrwx .* /tmp\n"),
    ("ls -F / | head -n 1", r"bin/\n"),
    ("ls -R /etc", r"/etc:\ninventory\n"),
    ("printf 'ab\\001c' | hexdump", r"00000000  61 62 01 63 .*\|ab\.c\|\n00000004\n"),
    ("head -c 48 /dev/null | hexdump", r"00000000\n"),
    ("printf '%64s' '' | hexdump", r"00000000  20 20 .*\n\*\n00000040\n"),
    ("date -d @86399 '+%Y-%m-%d %H:%M:%S'", r"1970-01-01 23:59:59\n"),
    ("date +%s", r"\d+\n"),
    ("watch -n 0 -c 2 echo tick", r"(?s).*tick\n.*tick\n"),
    ("env -i A=1 env | grep -v PWD", r"A=1\n"),
    ("yes | head -n 2", r"y\ny\n"),
    ("yes a b | head -n 1", r"a b\n"),
    ("yes | cat | head -n 1", r"y\n"),
    ("seq 100000000 | head -n 1", r"1\n"),
    *((f"yes | {filter} | head -c 4 | wc -c", r"4\n") for filter in (  # each ends when nobody reads any more
        "grep y", "grep -o y", "tr a b", "cut -c 1-3", "tail -n +1", "head -c 999999999999", "cat -n", "tee")),
    ("seq 99999999 | hexdump | head -c 4 | wc -c", r"4\n"),
    ("tools seq 2", r"1\n2\n"),
    ("args one 'two three'", r"(?s)argv\[0\] = \[args\]\nargv\[1\] = \[one\]\nargv\[2\] = \[two three\]\n.*environment: \[PATH="),
    ("cat /etc/inventory | wc -c; wc -c < /etc/inventory", r"(\d+)\n\1\n"),
    ("cp /bin/tools /tmp/true; /tmp/true; echo $?; rm /tmp/true", r"0\n"),
    ("printf 'the cat\\ncats and cat\\n' > /tmp/n; grep -o 'cat[a-z]*' /tmp/n; grep -on 'a.' /tmp/n; grep -oc a /tmp/n; grep -m 1 cat /tmp/n",
     r"cat\ncats\ncat\n1:at\n2:at\n2:an\n2:at\n2\nthe cat\n"),
    ("grep -ow cat /tmp/n; grep -w cats /tmp/n; grep -w at /tmp/n; grep -oFie CAT -e the /tmp/n; grep -o '^[a-z]' /tmp/n; grep -ov x /tmp/n; grep -xc 'the cat' /tmp/n",
     r"cat\ncat\ncats and cat\nthe\ncat\ncat\ncat\nt\nc\n1\n"),
    ("printf 'b 2\\na 10\\na 9\\nb 1\\n' > /tmp/n; sort -k1,1 -k2,2n /tmp/n; sort -k1,1r -k2n /tmp/n; sort -rk1,1 -k2n /tmp/n",
     r"a 9\na 10\nb 1\nb 2\n" + 2 * r"b 1\nb 2\na 9\na 10\n"),
    ("seq 12 > /tmp/n; sort -nc /tmp/n && sort -rnu /tmp/n /tmp/n | head -n 1", r"12\n"),
    ("seq 3 | tail -f -n 1", r"3\n"),
    ("seq 0.5 0.5 1.5; seq -w 9 10; seq -s , 3; seq 3 -1 1", r"0.5\n1.0\n1.5\n09\n10\n1,2,3\n3\n2\n1\n"),
    ("seq 3 > /tmp/n; grep -c . /tmp/n; grep -rl 2 /tmp/n", r"3\n/tmp/n\n"),
])
def test_output(machine, line, expected):
    output, status = machine.command(line)
    assert status == 0 and re.fullmatch(expected + (r"(?s:.*)" if "environment" in expected else ""), output), output


@pytest.mark.quick
def test_sleep_and_time(machine):
    output, status = machine.command("time sleep 0.2")
    assert status == 0 and int(re.search(r"time: (\d+) us", output).group(1)) >= 200000, output


@pytest.mark.quick
def test_tail_follows_a_file(machine):
    machine.command("echo first > /tmp/log; tail -f /tmp/log & true")
    machine.expect("first\r*\n")
    machine.send("echo second | tr a-z A-Z >> /tmp/log\r")
    machine.expect("SECOND\r*\n")
    machine.command("kill %1; wait; rm /tmp/log")
    assert machine.command("hello")[1] == 0


def test_large_files(machine):
    output, status = machine.command("yes | head -c 3000000 > /tmp/big; wc -c < /tmp/big; rm /tmp/big", 120)
    assert output == "3000000\n" and status == 0, output


FULL = "No space left on device"
WRITERS = (  # of what writes files: command, exit status, who says it
    ("echo x >> /tmp/d/rest", 1, "echo: standard output"), ("printf x >> /tmp/d/rest", 1, "printf: standard output"),
    ("pwd >> /tmp/d/rest", 1, "pwd: standard output"), ("help >> /tmp/d/rest", 1, "help: standard output"),
    ("ps -j >> /tmp/d/rest", 1, "ps: standard output"), ("/bin/echo x >> /tmp/d/rest", 1, "echo: standard output"),
    ("cat /bin/tools >> /tmp/d/rest", 1, "cat: standard output"), ("seq 9999 >> /tmp/d/rest", 1, "seq: standard output"),
    ("head -c 9999 /bin/tools >> /tmp/d/rest", 1, "head: standard output"), ("tail -n 1 /tmp/lines >> /tmp/d/rest", 1, "tail: standard output"),
    ("wc /tmp/lines >> /tmp/d/rest", 1, "wc: standard output"), ("grep 1 /tmp/lines >> /tmp/d/rest", 1, "grep: standard output"),
    ("sort /tmp/lines >> /tmp/d/rest", 2, "sort: standard output"), ("sort -o /tmp/d/rest /tmp/lines", 2, "sort: /tmp/d/rest"),
    ("hexdump /tmp/lines >> /tmp/d/rest", 1, "hexdump: standard output"), ("date >> /tmp/d/rest", 1, "date: standard output"),
    ("env >> /tmp/d/rest", 1, "env: standard output"), ("ls -lR / >> /tmp/d/rest", 1, "ls: standard output"),
    ("watch -n 0 -c 1 true >> /tmp/d/rest", 1, "watch: standard output"), ("tee -a /tmp/d/rest < /tmp/lines > /dev/null", 1, "tee: /tmp/d/rest"),
    ("cp /tmp/lines /tmp/d/rest", 1, "cp: /tmp/d/rest"), ("cp -r /bin /tmp/copies", 1, "cp: /tmp/copies"),
    ("mkdir /tmp/m", 1, "mkdir: /tmp/m"), ("mkdir -p /tmp/m/n", 1, "mkdir: /tmp/m"), ("touch /tmp/t", 1, "touch: /tmp/t"),
    ("echo x > /tmp/new", 2, "cannot create /tmp/new"), ("time cat /bin/tools >> /tmp/d/rest", 1, "cat: standard output"),
    ("cat /bin/tools >> /tmp/d/rest || exitcode 9", 9, "cat: standard output"), ("sh -c 'echo x >> /tmp/d/rest'", 1, "sh: line 1: echo: standard output"),
)


def fill(machine):
    """Fill the file system to the last byte; /tmp/kept and /tmp/lines are from before."""
    machine.command("mkdir /tmp/d; : > /tmp/d/rest; echo kept > /tmp/kept; seq 300 > /tmp/lines; yes | head -c 1000000 > /tmp/part")
    machine.command("for i in 1 2 3 4 5 6 7 8; do cat /tmp/part; done > /tmp/many; rm /tmp/part", 60)
    output, _ = machine.command("i=0; while cp /tmp/many /tmp/d/$i; do i=$((i + 1)); done", 300)
    assert FULL in output, output
    for line in ("yes > /tmp/d/rest", "i=0; while mkdir /tmp/d/d$i; do i=$((i + 1)); done", "yes >> /tmp/d/rest"):
        output, _ = machine.command(line, 60)
        assert FULL in output, output


def test_want_of_space(machine):
    """On a file system that is full each that writes says so, in words and with its exit status; what needs no room works, nothing is
    lost that was there, and with room everything works again."""
    fill(machine)
    wrong = []
    for line, status, said in WRITERS:
        output, got = machine.command(line, 60)
        if got != status or said not in output or FULL not in output:
            wrong.append((line, got, output))
    assert not wrong, wrong
    assert machine.command("cat /tmp/kept; wc -l < /tmp/lines; ls /tmp/d/rest; cd /tmp/d; pwd; cd /; test -f /tmp/kept") == (
        "kept\n300\n/tmp/d/rest\n/tmp/d\n", 0)
    # Pipes have room that is kept aside for them, and so have what a person brings the shell back with.
    assert machine.command("seq 300 | sort -n | tail -n 1; yes | head -c 300000 | wc -c; (echo one; echo two) | cat; x=$(echo three); echo $x", 60) == (
        "300\n300000\none\ntwo\nthree\n", 0)
    # A new name may need room, too; the file has one name, whatever becomes of it.
    output, _ = machine.command("mv /tmp/kept /tmp/tpek; mv /tmp/tpek /tmp/kept 2> /dev/null; cat /tmp/kept /tmp/tpek 2> /dev/null")
    assert output == "kept\n" or FULL in output and output.endswith("\nkept\n"), output
    assert machine.command("rm -r /tmp/d /tmp/many", 60)[1] == 0
    assert machine.command("echo again > /tmp/x && cat /tmp/x; mkdir /tmp/m && rmdir /tmp/m; cp -r /etc /tmp/etc && ls /tmp/etc") == (
        "again\ninventory\n", 0)
    assert machine.command("sort -rno /tmp/lines /tmp/lines && head -n 1 /tmp/lines; seq 5 | tee /tmp/x | wc -l") == ("300\n5\n", 0)
    assert machine.command("rm -rf /tmp/*")[1] == 0
