#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Writes the initial ramdisk: a newc cpio archive (Linux, Documentation/driver-api/early-userspace,
# "buffer-format") that is the same, byte for byte, for the same files.
#
# The trick: the data of every file starts at a multiple of 4096 in the archive, so that proc can map
# the text of an ELF file straight from the ramdisk. The name of an entry is followed by as many NUL
# bytes as that takes, all counted in its name size. Readers take the name up to the first NUL, so the
# archive stays an ordinary one; the header, the padded name and the data need only be multiples of 4.
#
# A FILE that is there under several names is in the archive once: hard links, of which the last has the data.
#
#   mkcpio.py OUTPUT NAME:FILE...

import os
import sys

PAGE = 4096


def header(inode, mode, links, size, name_size):
    fields = (inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0)
    return b"070701" + b"".join(b"%08X" % field for field in fields)


def align(value, unit):
    return -value % unit


def entry(offset, inode, mode, name, data, links=1):
    """One entry at OFFSET of the archive. Only entries with data are padded to a page."""
    name = name.encode() + b"\0"
    start = offset + 110 + len(name)
    name += b"\0" * align(start, PAGE if data else 4)
    return header(inode, mode, links, len(data), len(name)) + name + data + b"\0" * align(len(data), 4)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: mkcpio.py OUTPUT NAME:FILE...")
    output, files = sys.argv[1], {}
    for argument in sys.argv[2:]:
        name, _, path = argument.partition(":")
        if name in files:
            sys.exit(f"mkcpio: {name} is there twice: {files[name]} and {path}")
        files[name] = path
    archive, inode = bytearray(), 1
    folders = sorted({folder for name in files for folder in parents(name)})
    for folder in folders:
        archive += entry(len(archive), inode, 0o040755, folder, b"")
        inode += 1
    names = {}
    for name, path in sorted(files.items()):
        names.setdefault(path, []).append(name)
    for path, links in names.items():
        with open(path, "rb") as source:
            data = source.read()
        mode = 0o100755 if data.startswith((b"\x7fELF", b"#!")) else 0o100644
        for name in links:
            archive += entry(len(archive), inode, mode, name, data if name == links[-1] else b"", len(links))
        inode += 1
    archive += entry(len(archive), 0, 0, "TRAILER!!!", b"")
    archive += b"\0" * align(len(archive), PAGE)
    with open(output, "wb") as target:
        target.write(archive)


def parents(name):
    while name := os.path.dirname(name):
        yield name


main()
