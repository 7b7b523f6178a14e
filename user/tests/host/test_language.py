# SPDX-License-Identifier: BSD-2-Clause
#
# The shell's language at the console: what scripts of user/tests/scripts cannot show, as they only compare output: messages, Ctrl-C, jobs,
# lines that go on, keys, JSON.

import json
import re
import time

import pytest
from console import PROMPT

TAB, CTRL_C, CTRL_D, CTRL_G, CTRL_R, CTRL_U = "\t", "\x03", "\x04", "\x07", "\x12", "\x15"


def lines(machine, *typed):
    """Type lines that go on until the last one."""
    for line in typed[:-1]:
        machine.send(line + "\r")
        machine.expect(r"\n> ")
    machine.send(typed[-1] + "\r")
    machine.expect(r"\n")
    machine.expect(re.escape(PROMPT))
    return machine.before


def interrupted(machine, line, running=None):
    """Run a line, press Ctrl-C once `running` is among the processes; gives the exit status."""
    machine.send(line + "\r")
    machine.expect(r"\n")
    time.sleep(0.5)
    machine.send(CTRL_C)
    machine.expect(re.escape(PROMPT))
    machine.send("echo status $?\r")
    status = int(machine.expect(r"status (\d+)\r").group(1))
    machine.expect(re.escape(PROMPT))
    output, _ = machine.command("ps")
    assert running is None or not re.search(rf"\s{running}$", output, re.M), output
    return status


@pytest.mark.quick
def test_lines_go_on(machine):
    assert lines(machine, "for i in 1 2", "do echo $i", "done").split() == ["1", "2"]
    assert "a\nb" in lines(machine, 'echo "a', 'b"')
    assert "in here 5" in lines(machine, "cat <<E", "in here $((2+3))", "E")
    assert "yes" in lines(machine, "if true", "then echo yes; else", "echo no", "fi")
    assert "f of x" in lines(machine, "f() {", "echo f of $1; }; f x")
    machine.send("echo 'not this\r")
    machine.expect(r"\n> ")
    machine.send(CTRL_C)
    machine.expect(re.escape(PROMPT))
    assert machine.command("echo alive")[0] == "alive\n"


@pytest.mark.quick
@pytest.mark.parametrize("line, status, said", [
    ("fi", 2, "a command is expected, not 'fi'"),
    ("echo a | | b", 2, "a command is expected, not '|'"),
    ("echo ${x!}", 2, "'!' means nothing"),
    ("for 1x in a; do :; done", 2, "variable's name"),
    ("echo $((1/0))", 2, "division by zero"),
    ("echo $((2 3))", 2, "operator is expected"),
    ("echo ${nothing?is missing}", 2, "nothing: is missing"),
    ("cat < /none", 2, "cannot open /none: No such file"),
    ("echo x > /none/file", 2, "cannot create /none/file: No such file"),
    ("echo x > /tmp", 2, "cannot create /tmp: Is a directory"),
    ("echo x >&7", 2, "7: "),
    ("echo x >&word", 2, "no descriptor"),
    ("./none", 127, "no file './none'"),
    ("/tmp", 126, "cannot be run"),
    ("/etc/inventory", 126, "cannot be run"),
    ("no-such-command", 127, "'help' lists commands"),
    ("term", 126, "is a service"),
    ("cd /none", 1, "No such file"),
    ("cd /etc/inventory", 1, "Not a directory"),
    ("cd a b", 2, "usage: cd"),
    ("source /none", 127, "cannot read /none"),
    ("source", 2, "which file?"),
    ("shift 5", 2, "there are only"),
    ("export 1x=2", 2, "no name for a variable"),
    ("unset -- -x", 2, "no name for a variable"),
    ("readonly R=1; R=2", 2, "may only be read"),
    ("set -Z", 2, "no option -Z"),
    ("read", 2, "into which variable?"),
    ("read -z x", 2, "unknown option"),
    ("local x", 2, "no function"),
    ("return", 2, "no function"),
    ("break x", 2, "number"),
    ("trap 'x' TERM", 2, "only EXIT"),
    ("kill -STOP 0.99", 2, "no signals"),
    ("fg", 2, "no such job"),
    ("jobs -z", 2, "unknown arguments"),
    ("getopts a", 2, "which options"),
    ("exit x", 2, "from 0 to 255"),
    ("sh -Z", 2, "no option -Z"),
    ("sh /none", 127, "cannot read /none"),
    ("sh -c", 2, "which line?"),
    ("sh --subshell", 2, "own use"),
    ("sh /bin/ls", 127, "no script"),
    ("f() { f; }; f", 1, "more than 200 deep"),
])
def test_mistakes_say_what_is_expected(machine, line, status, said):
    """A mistake gives the rest of its line up, and the shell goes on."""
    machine.send(line + "\r")
    machine.expect(r"\n")
    machine.expect(re.escape(PROMPT))
    output = machine.before
    assert said in output, output
    assert machine.command(f"[ $? = {status} ]")[1] == 0, output


@pytest.mark.quick
def test_scripts_tell_the_line(machine):
    machine.command("printf 'echo a\\n\\nnosuch\\ncat < /none\\nif true; then\\nfi\\n' > /tmp/s")
    output, status = machine.command("sh /tmp/s")
    assert status == 2, output
    assert "/tmp/s: line 3: no command" in output and "/tmp/s: line 4: cannot open /none" in output, output
    assert re.search(r"/tmp/s: line 6: a command is expected, not 'fi'", output), output


@pytest.mark.quick
@pytest.mark.parametrize("line, running", [
    ("while true; do :; done", None),
    ("while true; do true; done", None),
    ("for i in 1 2 3; do spin; done", "spin"),
    ("yes | cat > /dev/null", "yes"),
    ("spin | cat", "spin"),
    ("sh -c 'spin; spin'", "spin"),
    ("( spin )", "spin"),
    ("f() { spin; echo never; }; f", "spin"),
    ("echo $(spin)", "spin"),
    ("spin && echo never", "spin"),
    ("read x", None),
    ("sleep 100; echo never", "sleep"),
    ("watch -n 0 true", "watch"),
])
def test_ctrl_c_ends_what_is_in_the_foreground(machine, line, running):
    assert interrupted(machine, line, running) == 130


@pytest.mark.quick
def test_ctrl_c_leaves_the_background_alone(machine):
    machine.command("sleep 100 & sh -c 'sleep 200' & true")
    for _ in range(40):  # until the second shell has come to its own
        output, _ = machine.command("ps")
        if len(re.findall(r"\ssleep$", output, re.M)) == 2:
            break
    assert interrupted(machine, "spin | cat", "spin") == 130
    output, _ = machine.command("ps")
    assert len(re.findall(r"\ssleep$", output, re.M)) == 2, output
    assert machine.command("kill %1 %2")[1] == 0
    machine.command("wait")
    output, _ = machine.command("ps")
    assert not re.search(r"\s(sleep|sh)$", output, re.M), output


@pytest.mark.quick
def test_programs_of_a_script_read_the_console(machine):
    machine.command("""printf 'echo name?; cat; head -n 1; sh -c "head -n 1"; (cat); echo end\n' > /tmp/s""")
    machine.send("sh /tmp/s\r")
    machine.expect(r"name\?\r*\n")
    for line, end in (("to cat", CTRL_D), ("to head", ""), ("to a shell in a shell", ""), ("to a subshell", CTRL_D)):
        machine.send(f"{line}\r")
        machine.expect(rf"{line}\r*\n{line}\r*\n")
        machine.send(end)
    machine.expect(r"end\r*\n" + re.escape(PROMPT))
    assert machine.command("sh -c 'cat & wait; echo waited'") == ("waited\n", 0)  # not in the background
    assert interrupted(machine, "sh -c 'cat; echo never'", "cat") == 130
    assert machine.command("rm /tmp/s")[1] == 0


@pytest.mark.quick
def test_jobs_and_fg(machine):
    machine.command("sleep 100 | cat & true")
    listed = json.loads(machine.command("jobs -j")[0])
    assert len(listed) == 1 and len(listed[0]["pids"]) == 2 and listed[0]["command"] == "sleep 100 | cat", listed
    assert machine.command("kill %1")[1] == 0
    machine.command("wait")
    machine.command("cat > /tmp/typed & true")
    machine.send("fg %1\r")
    machine.expect(r"cat > /tmp/typed\r*\n")
    machine.send("typed in the foreground\r")
    machine.expect("foreground\r*\n")
    machine.send(CTRL_D)
    machine.expect(re.escape(PROMPT))
    assert machine.command("cat /tmp/typed")[0] == "typed in the foreground\n"
    assert machine.command("exitcode 7 & wait $!")[1] == 7
    assert machine.command("( exit 5 ) & wait %1")[1] == 5


@pytest.mark.quick
def test_listing_commands_print_json(machine):
    processes = json.loads(machine.command("ps -j")[0])
    shell = next(process for process in processes if process["name"] == "shell")
    assert shell["state"] == "running" and shell["ram"] > 0
    assert {"term", "fs"} <= {service["name"] for service in json.loads(machine.command("names -j")[0])}
    assert json.loads(machine.command("names -j fs")[0])[0]["name"] == "fs"
    totals = json.loads(machine.command("free -j")[0])
    assert totals["total"] == sum(totals[part] for part in ("kernel", "boot", "ramdisk", "other", "used", "free"))
    assert json.loads(machine.command(f"free -j -p {shell['pid']}")[0])["used"] > 0
    assert any(account["pid"] == shell["pid"] for account in json.loads(machine.command("free -j -a")[0]))
    caps = json.loads(machine.command(f"caps -j {shell['pid']}")[0])
    assert {"Endpoint", "Frame"} <= {cap["type"] for cap in caps}, {cap["type"] for cap in caps}
    assert json.loads(machine.command("jobs -j")[0]) == []
    machine.command("mkdir -p /tmp/json; echo x > '/tmp/json/a \"b\"'")
    assert json.loads(machine.command("ls -j /tmp/json; rm -r /tmp/json")[0])[0]["name"] == 'a "b"'
    assert json.loads(machine.command("cores -j")[0])[0]["core"] == 0


@pytest.mark.quick
def test_keys(machine):
    machine.command("cd /tmp; mkdir -p folder; echo in a file > folder/file-one; cd folder")
    machine.send("cat fi" + TAB + "\r")
    machine.expect("in a file")
    machine.expect(re.escape(PROMPT))
    machine.send("cat /tmp/fol" + TAB + "fi" + TAB + "| cat\r")
    machine.expect("in a file")
    machine.expect(re.escape(PROMPT))
    machine.send("hello | hexd" + TAB + "\r")
    machine.expect("48 65 6c 6c 6f")
    machine.expect(re.escape(PROMPT))
    machine.send("func_name() { echo called; }\r")
    machine.expect(re.escape(PROMPT))
    machine.send("func_" + TAB + "\r")
    machine.expect("called")
    machine.expect(re.escape(PROMPT))
    machine.send("echo needle in the history\r")
    machine.expect(re.escape(PROMPT))
    machine.command("true")
    machine.send(CTRL_R + "need")
    machine.expect(r"\(need\) echo needle")
    machine.send("\r")
    machine.expect(r"\nneedle in the history")
    machine.expect(re.escape(PROMPT))
    machine.send(CTRL_R + "zzz" + CTRL_G + CTRL_U + "echo after\r")
    machine.expect(r"\nafter")
    machine.expect(re.escape(PROMPT))
    machine.command("cd /")


@pytest.mark.quick
def test_time_tells_microseconds(machine):
    output, status = machine.command("time exitcode 3")
    assert status == 3 and re.search(r"time: \d+ us", output), output


def test_want_of_memory(machine):
    """What gets too large is an error, and the shell goes on; what programs leave is free again."""
    for line in ("x=0123456789; while :; do x=$x$x; done", "echo $(yes)", "while :; do set -- $@ $@ 0123456789012345; done"):
        machine.send(line + "\r")
        machine.expect("out of memory", 120)
        machine.expect(re.escape(PROMPT), 60)
    assert machine.command("unset x; set --; hello")[1] == 0


def test_nested_shell(machine):
    machine.send("sh\r")
    machine.expect(r"\n")
    machine.send("echo nested $0; x=5\r")
    machine.expect(r"nested sh\r")
    machine.send("echo $x; exit 3\r")
    machine.expect(r"\n5\r")
    machine.expect(re.escape(PROMPT))
    machine.send("echo status $?\r")
    assert int(machine.expect(r"status (\d+)\r").group(1)) == 3
    machine.expect(re.escape(PROMPT))
