#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# `make check`: what can be said about the sources without running them. Each check prints what is wrong as
# `file:line: why` and counts as passed or failed; ends with `N passed, N failed`. `--format` rewrites instead.
#
#   check.py --build DIR [--objdump OBJDUMP] [CHECK...]        checks: see CHECKS at the end
#   check.py --format

import argparse
import json
import os
import re
import subprocess
import sys

SOURCES = (".c", ".h", ".S", ".py", ".sh", ".idl", ".mk", ".ld", ".def", ".config")
FOLDERS = (".ci", "arch", "configs", "doc", "drivers", "kernel", "lib", "scripts", "servers", "user")
ADDRESSES = re.compile(r"\b0x0*(?:8000000|9000000|a000000|80a0000|8010000|30890000|38800000|5a060000)(?:[uUlL]*)\b", re.I)
BOARDS = re.compile(r"\b(?:qemu|imx8\w*|colibri|apalis|raspi\w*|rpi\w*|rockchip\w*)\b", re.I)


def tracked(*suffixes):
    """Files of the tree, known to git or new, with one of the suffixes; a build folder is not of the tree."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True).stdout
    return [path for path in out.splitlines() if path.endswith(suffixes) and os.path.exists(path)
            and ("/" not in path or path.split("/", 1)[0] in FOLDERS)]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as source:
        return source.read()


def without_comments(text):
    """C text whose comments are blanks; line numbers stay."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r"/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)


def clang_format(paths, *options):
    return subprocess.run(["clang-format", *options, *paths], capture_output=True, text=True, check=False).stderr


# Checks: each yields messages ---------------------------------------------------------------------------

def check_licence(_):
    """Every source file says its licence near its top."""
    files = tracked(*SOURCES) + [path for path in tracked("Kconfig", "Makefile", ".ci/run")]
    for path in files:
        if "SPDX-License-Identifier: BSD-2-Clause" not in "\n".join(read(path).splitlines()[:4]) and os.path.getsize(path):
            yield f"{path}:1: no line `SPDX-License-Identifier: BSD-2-Clause`"


def check_format(_):
    """clang-format agrees with C sources and headers."""
    for line in clang_format(tracked(".c", ".h"), "--dry-run").splitlines():
        if "warning:" in line:
            yield line.replace("warning: code should be clang-formatted [-Wclang-format-violations]", "make format would change this")


def check_text(_):
    """No tabs where spaces belong, no blanks at line ends, a newline at the end."""
    for path in tracked(".c", ".h", ".S", ".py", ".sh", ".idl", ".md", ".def"):
        if path.startswith("user/tests/scripts/"):
            continue  # what a shell makes of tabs and blanks is what they are for
        text = read(path)
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip():
                yield f"{path}:{number}: blanks at the end of the line"
            if "\t" in line:
                yield f"{path}:{number}: a tab"
        if text and not text.endswith("\n"):
            yield f"{path}:{text.count(chr(10)) + 1}: no newline at the end"


def may_include(path, target):
    """Whether the file PATH may include the file TARGET, both in the tree: privilege is visible in the path."""
    top = path.split("/")
    kernel_side = lambda name: name.startswith("kernel/") or re.match(r"arch/\w+/kernel/", name)
    user_arch = re.match(r"arch/\w+/user/", target)
    if target.startswith("lib/abi/"):
        return True
    if kernel_side(path):
        return bool(kernel_side(target))
    if re.match(r"arch/\w+/user/", path):
        return bool(user_arch) or bool(re.match(r"lib/\w+/include/", target))
    if re.match(r"lib/\w+/include/", target) or re.match(r"arch/\w+/user/include/", target):
        return True
    if path.startswith("servers/init/") and target == "servers/monitor/monitor.h":
        return True  # one binary: init starts the monitor
    if top[0] in ("lib", "servers", "drivers", "user"):
        return target.startswith("/".join(top[:2]) + "/")
    return False


def check_includes(_):
    """Kernel and user code include only what their side may see; drivers and servers only themselves and lib."""
    roots = ["kernel/include", "arch/aarch64/kernel/include", "arch/aarch64/user/include"]
    roots += sorted(f"lib/{name}/include" for name in os.listdir("lib") if os.path.isdir(f"lib/{name}/include"))
    for path in tracked(".c", ".h", ".S"):
        if path.startswith("scripts/"):
            continue
        text = without_comments(read(path))
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not match:
                continue
            name = match.group(2)
            here = os.path.normpath(os.path.join(os.path.dirname(path), name))
            candidates = ([here] if match.group(1) == '"' else []) + [f"{root}/{name}" for root in roots] + [name]
            found = [candidate for candidate in candidates if os.path.exists(candidate)]
            if not found:
                continue
            test = path.endswith("_test.c") or "/sim/" in path or path.endswith("_fuzz.c")
            if not any(may_include(path, target) for target in found) and not test:
                yield f"{path}:{number}: may not include {found[0]}"


def check_boards(_):
    """kernel/, servers/ and lib/ know no board and no address of a device."""
    for path in tracked(".c", ".h", ".S"):
        if path.startswith(("kernel/", "servers/", "lib/")) and not path.endswith(("_test.c", "_fuzz.c")):
            for number, line in enumerate(without_comments(read(path)).split("\n"), 1):
                match = ADDRESSES.search(line) or BOARDS.search(line)
                if match:
                    yield f"{path}:{number}: {match.group(0)} belongs into a driver or the device tree"


def check_kconfig(_):
    """Every symbol that a person can set has a help text."""
    os.environ.setdefault("srctree", ".")
    import kconfiglib
    kconf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
    for symbol in kconf.unique_defined_syms + kconf.unique_choices:
        for node in symbol.nodes:
            if node.prompt and not node.help and not getattr(symbol, "choice", None):
                yield f"{node.filename}:{node.linenr}: {symbol.name or node.prompt[0]} has no help text"
        if getattr(symbol, "choice", None) is None and symbol.name and getattr(symbol, "orig_type", 0) in (kconfiglib.INT,) \
                and symbol.nodes[0].prompt and not symbol.ranges:
            yield f"{symbol.nodes[0].filename}:{symbol.nodes[0].linenr}: {symbol.name} has no range"


def check_floors(args):
    """The kernel's files call downwards only: no loop of files (calls through tables do not count)."""
    root = os.path.join(args.build, "obj/kernel")
    sources = [path for path in tracked(".c") if os.path.exists(os.path.join(root, path[:-2] + ".o"))]
    defines, calls = {}, {}
    for path in sources:
        out = subprocess.run([args.objdump, "-rt", os.path.join(root, path[:-2] + ".o")], capture_output=True, text=True,
                             check=True).stdout
        # A symbol: "... g     F .text.f  0000 f"; a call: "0010 R_AARCH64_CALL26  f".
        defines |= {name: path for name in re.findall(r"^\w+ [gw].{4} F \.text\S*\s+\w+ (?:\.hidden )?(\S+)$", out, re.M)}
        calls[path] = set(re.findall(r"R_AARCH64_(?:CALL|JUMP)26\s+(\w+)", out))
    graph = {path: {defines[name] for name in calls[path] if name in defines} - {path} for path in sources}
    for loop in components(graph):
        yield f"{min(loop)}:1: a loop of {len(loop)} files that call each other"
        for path in sorted(loop):
            for other in sorted(graph[path] & set(loop)):
                yield f"    {path} -> {other}: {', '.join(sorted(name for name in calls[path] if defines.get(name) == other))}"


def components(graph):
    """The strongly connected components with more than one node (Tarjan)."""
    index, low, stack, result = {}, {}, [], []
    sys.setrecursionlimit(10000)

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(component) > 1:
                result.append(component)

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return result


def check_ump(args):
    """The rings between cores are made of acquire and release instructions, in leaves that use no stack."""
    path = os.path.join(args.build, "obj/user/lib/messaging/ump.o")
    out = subprocess.run([args.objdump, "-d", "--no-show-raw-insn", "-j", ".text.guarded", path], capture_output=True, text=True,
                         check=True).stdout
    functions = {name: body for name, body in re.findall(r"^\w+ <(\w+)>:\n((?:.+\n)+)", out, re.M)}
    # What each must contain, in this order: the store before the question (STLR, DMB, LDAR), the question before the copy.
    expected = {"ump_put": ["stlr", "dmb", "ldar"], "ump_take": ["ldar", "ldp", "stlr"], "ump_credit": ["ldar"], "ump_look": ["ldar"],
                "ump_ask": ["stlr", "dmb", "ldar", "ldar", "ldp", "stlr"], "ump_await": ["ldar"],
                "ump_sleep": ["stlr", "dmb", "ldar"], "ump_room_wanted": ["stlr", "dmb", "ldar"], "ump_room_made": ["stlr", "dmb", "ldar"]}
    for name, words in expected.items():
        if not re.search(".*".join(rf"\b{word}\b" for word in words), functions.get(name, ""), re.S):
            yield f"lib/messaging/ump.c:1: {name} does not contain {', '.join(words)} in this order"
    for name, body in functions.items():
        if re.search(r"\bldapr|\bbl\b|\bblr\b", body):
            yield f"lib/messaging/ump.c:1: {name} contains a load that is too weak, or a call"
        if re.search(r"\b(?:sp|[xw](?:19|2[0-9]|30))\b", body):
            yield f"lib/messaging/ump.c:1: {name} uses the stack or a register that is not its own"


def check_cppcheck(args):
    """cppcheck finds no error and nothing to warn of in what runs with privilege, and in the libraries."""
    files = [path for path in tracked(".c") if path.startswith(("kernel/", "arch/", "lib/", "servers/", "drivers/", "user/"))
             and not path.endswith(("_test.c", "_fuzz.c"))]
    roots = [f"lib/{name}/include" for name in os.listdir("lib")] + [args.build + "/gen/include", "kernel/include", "arch/aarch64/kernel/include", "arch/aarch64/user/include"]
    command = ["cppcheck", "--quiet", "--enable=warning,portability", "--inline-suppr", "--std=c11", "-j2", "--platform=unix64",
               "-D_Noreturn=__attribute__((noreturn))", "--suppress=*:/usr/*", "--suppressions-list=scripts/cppcheck-suppressions", "--template={file}:{line}: {message} ({id})",
               "--template-location=", *(f"-I{root}" for root in roots if os.path.isdir(root)), *files]
    for line in subprocess.run(command, capture_output=True, text=True, check=False).stderr.splitlines():
        if line.strip() and re.match(r"\S+:\d+: ", line):
            yield line


def check_analyzer(args):
    """gcc -fanalyzer finds nothing in the kernel."""
    with open(os.path.join(args.build, "compile_commands.json"), encoding="utf-8") as database:
        entries = json.load(database)
    for entry in entries:
        if "/obj/kernel/" in entry["command"] and entry["file"].startswith(("kernel/", "arch/")) and entry["file"].endswith(".c"):
            # It cannot know that a result is only read when the error code says that there is one.
            command = entry["command"].split(" -MD ")[0] + " -fanalyzer -Wno-analyzer-null-dereference -Wno-error -o /dev/null "
            done = subprocess.run(command + entry["file"], shell=True, capture_output=True, text=True, check=False)
            yield from (line for line in done.stderr.splitlines() if "[-Wanalyzer" in line)


def check_scripts(_):
    """Python compiles and shell scripts parse."""
    for path in tracked(".py"):
        try:
            compile(read(path), path, "exec")
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: {error.msg}"
    for path in tracked(".sh", ".ci/run"):
        shell = "bash" if "bash" in read(path).split("\n", 1)[0] else "sh"
        done = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)
        if done.returncode:
            yield done.stderr.strip()


CHECKS = {"licence": check_licence, "format": check_format, "text": check_text, "includes": check_includes,
          "boards": check_boards, "kconfig": check_kconfig, "floors": check_floors, "scripts": check_scripts,
          "analyzer": check_analyzer, "ump": check_ump, "cppcheck": check_cppcheck}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--objdump", default="aarch64-linux-gnu-objdump")
    parser.add_argument("--format", action="store_true")
    parser.add_argument("checks", nargs="*")
    args = parser.parse_args()
    if args.format:
        clang_format(tracked(".c", ".h"), "-i")
        return
    failed = 0
    names = args.checks or list(CHECKS)
    for name in names:
        messages = list(CHECKS[name](args))
        failed += bool(messages)
        print(f"  {'CHECK' if not messages else 'FAIL':7} {name}: {CHECKS[name].__doc__.strip()}", flush=True)
        for message in messages[:40]:
            print("    " + message)
        if len(messages) > 40:
            print(f"    and {len(messages) - 40} more")
    print(f"{len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
