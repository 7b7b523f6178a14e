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
    ("tools seq 2", r"1\n2\n"),
    ("args one 'two three'", r"(?s)argv\[0\] = \[args\]\nargv\[1\] = \[one\]\nargv\[2\] = \[two three\]\n.*environment: \[PATH="),
    ("cat /etc/inventory | wc -c; wc -c < /etc/inventory", r"(\d+)\n\1\n"),
    ("cp /bin/tools /tmp/true; /tmp/true; echo $?; rm /tmp/true", r"0\n"),
    ("seq 3 > /tmp/n; grep -c . /tmp/n; grep -rl 2 /tmp/n", r"3\n/tmp/n\n"),
])
def test_output(machine, line, expected):
    output, status = machine.command(line)
    assert status == 0 and re.fullmatch(expected + (r"(?s:.*)" if "environment" in expected else ""), output), output


@pytest.mark.quick
def test_sleep_and_time(machine):
    output, status = machine.command("time sleep 0.2")
    assert status == 0 and int(re.search(r"time: (\d+) us", output).group(1)) >= 200000, output


def test_large_files(machine):
    output, status = machine.command("yes | head -c 3000000 > /tmp/big; wc -c < /tmp/big; rm /tmp/big", 120)
    assert output == "3000000\n" and status == 0, output


def test_want_of_space(machine):
    """A file system that is full is an error of the writer, and nothing is lost that was there."""
    machine.command("echo kept > /tmp/kept")
    output, status = machine.command("yes 0123456789012345678901234567890123456789 > /tmp/full", 300)
    assert status != 0
    assert machine.command("cat /tmp/kept; rm /tmp/full /tmp/kept")[0] == "kept\n"
    assert machine.command("echo again > /tmp/x && cat /tmp/x && rm /tmp/x")[0] == "again\n"
