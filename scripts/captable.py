#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
"""Make abi/captypes.h and the reference page of capability types from lib/abi/caps.def.

usage: captable.py --header OUT --doc OUT caps.def

The enum is CAP_ and the name in capitals (CAP_RAM, CAP_DEVFRAME). In the "made from" column names before a
"by OPERATION" are made by that invocation alone; the others are sources that CAP_RETYPE accepts.
"""
import argparse
import os
import sys

SPACES = ["mem", "irq", "id", "bell", "none"]
RIGHTS = {"r": 1, "w": 2, "x": 4}
SIZES = {"-": "CAP_SIZE_NONE", "l1": "CAP_SIZE_L1", "pages": "CAP_SIZE_PAGES", "any": "CAP_SIZE_ANY"}
COLUMNS = ["name", "made from", "size rule", "rights", "copy", "leaves its core", "space", "text"]


def fail(path, number, text):
    sys.exit(f"{path}:{number}: {text}")


def parse(path):
    types = []
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split("|")]
            if len(fields) != len(COLUMNS):
                fail(path, number, f"{len(fields)} columns instead of {len(COLUMNS)}")
            entry = dict(zip(COLUMNS, fields))
            entry["number"] = number
            entry["retype"] = [] if entry["made from"] in ("-", "kernel at boot") else sources(entry["made from"])
            types.append(entry)
    names = [entry["name"] for entry in types]
    for entry in types:
        check(path, entry, names)
    return types


def sources(text):
    """The types that CAP_RETYPE makes it from: those after the last "by"."""
    names = []
    for word in (part.strip() for part in text.split(",")):
        if " by " in word:
            names = []
        else:
            names.append(word)
    return names


def check(path, entry, names):
    number = entry["number"]
    if names.count(entry["name"]) != 1:
        fail(path, number, f"type {entry['name']} is declared twice")
    for source in entry["retype"]:
        if source not in names:
            fail(path, number, f"made from unknown type {source}")
    if entry["space"] not in SPACES:
        fail(path, number, f"unknown space {entry['space']}")
    for column in ("copy", "leaves its core"):
        if entry[column] not in ("yes", "no"):
            fail(path, number, f"{column} is yes or no")
    if entry["rights"] != "-" and set(entry["rights"]) - set(RIGHTS):
        fail(path, number, "rights are letters of rwx, or -")
    rule = entry["size rule"]
    if rule not in SIZES and not (rule.startswith("fixed:") and rule[6:].isdigit()):
        fail(path, number, f"unknown size rule {rule}")


def rights_mask(entry):
    return sum(bit for letter, bit in RIGHTS.items() if letter in entry["rights"])


def constant(entry):
    return "CAP_" + entry["name"].upper()


def header(types, out):
    index = {entry["name"]: n for n, entry in enumerate(types)}
    lines = [
        "/* SPDX-License-Identifier: BSD-2-Clause */",
        "/* Made from lib/abi/caps.def by scripts/captable.py. */",
        "#ifndef ABI_CAPTYPES_H",
        "#define ABI_CAPTYPES_H",
        "",
        "#include <stdint.h>",
        "",
        "enum cap_type {",
    ]
    lines += [f"    {constant(entry)} = {n}, /* {entry['text']} */" for n, entry in enumerate(types)]
    lines += [f"    CAP_TYPE_COUNT = {len(types)}", "};", ""]
    lines += [f"#define CAP_RIGHT_{name} {bit}"
              for name, bit in (("READ", 1), ("WRITE", 2), ("EXECUTE", 4))]
    lines += ["", "enum cap_space {"]
    lines += [f"    CAP_SPACE_{space.upper()} = {n}," for n, space in enumerate(SPACES)]
    lines += ["    CAP_SPACE_COUNT", "};", ""]
    lines += ["enum cap_size {",
              "    CAP_SIZE_NONE,  /* has no size */",
              "    CAP_SIZE_FIXED, /* cap_type_info.fixed bytes */",
              "    CAP_SIZE_L1,    /* slots of an L1CNode: a power of two */",
              "    CAP_SIZE_PAGES, /* any number of pages */",
              "    CAP_SIZE_ANY    /* any number of numbers */",
              "};", "",
              "struct cap_type_info {",
              "    uint32_t made_from;   /* bit n: CAP_RETYPE makes it from type n */",
              "    uint16_t fixed;       /* bytes, with CAP_SIZE_FIXED */",
              "    uint8_t size;         /* enum cap_size */",
              "    uint8_t rights;       /* CAP_RIGHT_* that mean something */",
              "    uint8_t copyable;     /* may be copied and sent */",
              "    uint8_t leaves_core;  /* may be sent to another core */",
              "    uint8_t space;        /* enum cap_space */",
              "    uint8_t reserved;",
              "};", "",
              "/* The initialiser of a const struct cap_type_info [CAP_TYPE_COUNT]. */",
              "#define CAP_TYPE_INFO_INIT \\",
              "    { \\"]
    for entry in types:
        mask = sum(1 << index[source] for source in entry["retype"])
        rule = entry["size rule"]
        fixed = int(rule[6:]) if rule.startswith("fixed:") else 0
        size = "CAP_SIZE_FIXED" if fixed else SIZES[rule]
        lines.append(f"        [{constant(entry)}] = {{0x{mask:x}, {fixed}, {size}, {rights_mask(entry)}, "
                     f"{int(entry['copy'] == 'yes')}, {int(entry['leaves its core'] == 'yes')}, "
                     f"CAP_SPACE_{entry['space'].upper()}, 0}}, \\")
    lines += ["    }", "", "/* The initialiser of a const char *const [CAP_TYPE_COUNT]. */",
              "#define CAP_TYPE_NAMES_INIT \\", "    { \\"]
    lines += [f"        [{constant(entry)}] = \"{entry['name']}\", \\" for entry in types]
    lines += ["    }", "", "#endif", ""]
    write(out, "\n".join(lines))


def document(types, out):
    lines = ["# Capability types", "",
             "Made from `lib/abi/caps.def`. Types are listed in the order in which the MDB sorts them.", "",
             "| type | what it is | made from | size | rights | copies | leaves its core | space |",
             "|---|---|---|---|---|---|---|---|"]
    for entry in types:
        size = entry["size rule"].replace("fixed:", "") if entry["size rule"] != "l1" else "2^5 to 2^16 slots"
        lines.append(f"| {entry['name']} | {entry['text']} | {entry['made from']} | {size} | {entry['rights']} | "
                     f"{entry['copy']} | {entry['leaves its core']} | {entry['space']} |")
    write(out, "\n".join(lines) + "\n")


def write(path, text):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--header", required=True)
    parser.add_argument("--doc", required=True)
    parser.add_argument("table")
    arguments = parser.parse_args()
    types = parse(arguments.table)
    header(types, arguments.header)
    document(types, arguments.doc)


if __name__ == "__main__":
    main()
