#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Makes the reference pages that come from the ABI's headers: system calls and errors, and an index of these, the
# capability types (scripts/captable.py) and the interfaces (scripts/idl.py). The headers' comments are the text.
#
#   refdoc.py --abi lib/abi/include/abi --out DIR

import argparse
import glob
import os
import re

DEFINE = re.compile(r"^#define (\w+(?:\([^)]*\))?)[ \t]*(.*?)[ \t]*(?:/\*(.*?)(\*/)?)?$")


def strip_comment(lines):
    """The text of a block comment, one paragraph a line of output."""
    text = [re.sub(r"^\s*/?\*+/?\s?", "", line).replace("*/", "").rstrip() for line in lines]
    return "\n".join(text).strip()


def read_items(path):
    """The header as a list of ("text", str) and ("define", name, value, comment)."""
    items, lines, at = [], open(path, encoding="utf-8").read().splitlines(), 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith("/*"):
            start = at
            while "*/" not in lines[at]:
                at += 1
            items.append(("text", strip_comment(lines[start:at + 1])))
        elif line.startswith("#define"):
            found = DEFINE.match(line)
            name, value, comment, closed = found.groups()
            while comment is not None and not closed:
                at += 1
                comment += " " + lines[at].strip().replace("*/", "")
                closed = "*/" in lines[at]
            if value or comment:
                items.append(("define", name, value, (comment or "").strip()))
        at += 1
    return items


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def syscall_page(path):
    out = ["# System calls", "", "Made from `lib/abi/include/abi/syscall.h`.", ""]
    in_table = False
    for item in read_items(path):
        if item[0] == "text":
            if item[1].startswith("SPDX"):
                continue
            out += ["", item[1] if "\n" not in item[1] else "```\n" + item[1] + "\n```", ""]
            in_table = False
            continue
        if not in_table:
            out += ["", "| name | value | arguments, results, meaning |", "|---|---|---|"]
            in_table = True
        out.append(f"| `{item[1]}` | `{escape(item[2])}` | {escape(item[3])} |")
    return "\n".join(out) + "\n"


def error_page(path):
    out = ["# Errors", "", "Made from `lib/abi/include/abi/errors.h`. The kernel's come first, then those of libraries",
           "and services.", "", "| code | name | text |", "|---|---|---|"]
    for number, (name, text) in enumerate(re.findall(r'X\((\w+),\s*"(.*?)"\)', open(path, encoding="utf-8").read())):
        out.append(f"| {number} | `{name}` | {text} |")
    return "\n".join(out) + "\n"


def index_page(out):
    lines = ["# Reference", "", "Made from the sources by the build; do not edit.", "",
             "- [System calls](syscalls.md)", "- [Errors](errors.md)"]
    if os.path.exists(os.path.join(out, "captypes.md")):
        lines.append("- [Capability types](captypes.md)")
    for path in sorted(glob.glob(os.path.join(out, "idl", "*.md"))):
        name = os.path.splitext(os.path.basename(path))[0]
        lines.append(f"- [Interface of {name}](idl/{name}.md)")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Make the reference pages.")
    parser.add_argument("--abi", default="lib/abi/include/abi")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    pages = {"syscalls.md": syscall_page(args.abi + "/syscall.h"), "errors.md": error_page(args.abi + "/errors.h")}
    for name, text in pages.items():
        with open(os.path.join(args.out, name), "w", encoding="utf-8") as page:
            page.write(text)
    with open(os.path.join(args.out, "README.md"), "w", encoding="utf-8") as page:
        page.write(index_page(args.out))


if __name__ == "__main__":
    main()
