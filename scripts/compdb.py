#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Prints compile_commands.json from the commands that the build has recorded beside each object.
#
#   compdb.py BUILD > compile_commands.json

import json
import os
import re
import sys


def main():
    entries = []
    for folder, _, files in os.walk(os.path.join(sys.argv[1], "obj")):
        for name in sorted(files):
            if not name.endswith(".o.cmd"):
                continue
            first = open(os.path.join(folder, name), encoding="utf-8").readline()
            command = first.split(":=", 1)[1].strip().replace("$(hash)", "#").replace("$$", "$")
            match = re.search(r"-o \S+ (\S+\.[cS])$", command)
            if match:
                entries.append({"directory": os.getcwd(), "command": command, "file": match.group(1)})
    json.dump(sorted(entries, key=lambda entry: entry["command"]), sys.stdout, indent=1)


main()
