#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# What of the kernel is large: bytes of text and data by source file, and the largest functions.
#
#   size.py --nm NM KERNEL.elf

import argparse
import collections
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("elf")
    args = parser.parse_args()
    out = subprocess.run([args.nm, "-S", "-l", "--size-sort", "-r", args.elf], capture_output=True, text=True, check=True).stdout
    files, functions = collections.Counter(), []
    for line in out.splitlines():
        words, _, place = line.partition("\t")
        _, size, kind, name = words.split()[:4]
        source = place.rsplit(":", 1)[0].lstrip("/").removeprefix(ROOT.lstrip("/") + "/") or "?"
        if kind in "tT":
            files[source] += int(size, 16)
            functions.append((int(size, 16), name, source))
    print("kernel text by file")
    for source, size in files.most_common():
        print(f"{size:8}  {source}")
    print(f"\nlargest functions of the kernel")
    for size, name, source in functions[:args.count]:
        print(f"{size:8}  {name:32} {source}")


main()
