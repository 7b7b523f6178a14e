#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Turns init's ELF file into an assembly source that the kernel is linked with, so that the kernel needs
# no reader of ELF or cpio. Gives, as kernel/include/init_image.h declares it:
#   init_image_segments[]      {u64 vaddr, image address, filesz, memsz, flags (1 = R, 2 = W, 4 = X)}
#   init_image_segment_count   u64;  init_image_entry: u64
#   init_image_start, _end     the bounds of the bytes, page-aligned, in section .initimage
# Every vaddr and every image address is a multiple of 4096; a segment that starts inside a page has its
# front filled with zeros. The last page of a segment is filled with zeros up to its end.
#
#   init_image.py ELF OUTPUT.S

import struct
import sys

PAGE = 4096
PT_LOAD, EM_AARCH64 = 1, 183
ELF_R, ELF_W, ELF_X = 4, 2, 1


def segments(data, path):
    """Entry point and the (offset, vaddr, filesz, memsz, flags) of each PT_LOAD."""
    if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != EM_AARCH64:
        sys.exit(f"init_image: {path} is not a little-endian 64-bit Arm ELF file")
    entry, phoff = struct.unpack_from("<QQ", data, 24)
    phentsize, phnum = struct.unpack_from("<HH", data, 54)
    result = []
    for index in range(phnum):
        kind, flags, offset, vaddr, _, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", data, phoff + index * phentsize)
        if kind != PT_LOAD or memsz == 0:
            continue
        if flags & ELF_W and flags & ELF_X:
            sys.exit(f"init_image: {path} has a segment that is writable and executable at {vaddr:#x}")
        result.append((offset, vaddr, filesz, memsz, flags))
    last = 0
    for _, vaddr, _, memsz, _ in result:
        if vaddr // PAGE * PAGE < last:
            sys.exit(f"init_image: {path} has two segments in the page of {vaddr:#x}: align them in user.ld")
        last = -(-(vaddr + memsz) // PAGE) * PAGE
    return entry, result


def main():
    path, output = sys.argv[1:]
    with open(path, "rb") as source:
        entry, loads = segments(source.read(), path)
    image, table = [], []
    for number, (offset, vaddr, filesz, memsz, flags) in enumerate(loads):
        lead = vaddr % PAGE
        rights = (1 if flags & ELF_R else 0) | (2 if flags & ELF_W else 0) | (4 if flags & ELF_X else 0)
        image += [f".Lsegment{number}:"] + ([f"    .zero {lead}"] if lead else [])
        if filesz:
            image.append(f'    .incbin "{path}", {offset:#x}, {filesz:#x}')
        image.append(f"    .balign {PAGE}, 0")
        where = f".Lsegment{number}" if filesz else "0"
        table.append(f"    .quad {vaddr - lead:#x}, {where}, {filesz + lead if filesz else 0:#x}, {memsz + lead:#x}, {rights}")
    text = f"""/* Made from {path.rsplit('/', 1)[-1]} by scripts/init_image.py. */

    .section .initimage, "a"
    .balign {PAGE}, 0
    .globl init_image_start
init_image_start:
{chr(10).join(image)}
    .globl init_image_end
init_image_end:

    .section .rodata.init_image, "a"
    .balign 8
    .globl init_image_segments, init_image_segment_count, init_image_entry
init_image_segments:
{chr(10).join(table)}
init_image_segment_count:
    .quad {len(loads)}
init_image_entry:
    .quad {entry:#x}
"""
    with open(output, "w", encoding="utf-8") as target:
        target.write(text)


main()
