#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Makes dependencies on the configuration exact. Reads the dependency file that the compiler wrote,
# drops autoconf.h (which changes with every option) and adds instead the stamp of each CONFIG_ symbol
# that the source or one of its headers mentions. A symbol that was never set has no stamp: $(wildcard)
# makes that harmless, and the stamp appears when the symbol is first set.
#
#   fixdep.py DEPFILE TARGET GEN SAVEDCMD > TARGET.cmd

import re
import sys

SYMBOL = re.compile(rb"\bCONFIG_([A-Z0-9_]+)")


def main():
    depfile, target, gen, command = sys.argv[1:]
    text = open(depfile, encoding="utf-8").read().replace("\\\n", " ")
    deps = list(dict.fromkeys(text.split(":", 1)[1].split()))
    autoconf = gen + "/include/autoconf.h"
    deps = [dep for dep in deps if dep != autoconf]
    symbols = set()
    for dep in deps:
        if not dep.startswith("/usr/"):
            with open(dep, "rb") as source:
                symbols.update(SYMBOL.findall(source.read()))
    out = ["savedcmd_" + target + " := " + command, "", target + ": \\"]
    out += ["  " + dep + " \\" for dep in deps]
    for symbol in sorted(symbols):
        out.append(f"  $(wildcard {gen}/config/{symbol.decode().lower().replace('_', '/')}.h) \\")
    out += ["", *(dep + ":" for dep in deps[1:])]
    print("\n".join(out))


main()
