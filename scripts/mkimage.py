#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Makes what the machine boots from: a FIT (kernel and ramdisk with SHA-256 hashes; the DTB is the one
# that the boot loader has), a disk with an MBR and one FAT partition that holds it, and the boot
# loader's environment for QEMU's second flash bank, so that nobody types anything. Needs no root.
#
#   mkimage.py --kernel Image --ramdisk ramdisk.cpio --out DIR --load ADDRESS --fit-address ADDRESS

import argparse
import os
import struct
import subprocess
import sys

MIB = 1 << 20
FLASH_SIZE = 64 * MIB
ENV_SIZE = 0x40000          # U-Boot's CONFIG_ENV_SIZE for qemu_arm64

ITS = """/dts-v1/;
/ {{
    description = "Capelin";
    #address-cells = <2>;
    images {{
        kernel {{
            description = "CPU driver and init";
            data = /incbin/("{kernel}");
            type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
            load = <{load_high:#x} {load_low:#x}>;
            entry = <{load_high:#x} {load_low:#x}>;
            hash-1 {{ algo = "sha256"; }};
        }};
        ramdisk {{
            description = "programs and inventory";
            data = /incbin/("{ramdisk}");
            type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none";
            hash-1 {{ algo = "sha256"; }};
        }};
    }};
    configurations {{
        default = "capelin";
        capelin {{ kernel = "kernel"; ramdisk = "ramdisk"; }};
    }};
}};
"""

# bootm returns only if it refuses the image. `iminfo` comes first because bootm would find a damaged
# ramdisk only after it has moved the kernel, and would then reset, for ever.
ENV = """bootdelay=-2
stdin=serial
stdout=serial
stderr=serial
fdt_high=0xffffffffffffffff
bootcmd=if load virtio 0:1 {fit:#x} capelin.itb; then if iminfo {fit:#x}; then bootm {fit:#x}#capelin {fit:#x}:ramdisk ${{fdtcontroladdr}}; echo "capelin: U-Boot could not start capelin.itb, see above"; else echo "capelin: the boot image capelin.itb is damaged: build it again with make"; fi; else echo "capelin: there is no readable capelin.itb on the disk"; fi; poweroff
"""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"mkimage: {' '.join(command)}:\n{done.stdout}{done.stderr}")


def make_fit(args, fit):
    its = os.path.join(args.out, "capelin.its")
    with open(its, "w", encoding="utf-8") as target:
        target.write(ITS.format(kernel=os.path.abspath(args.kernel), ramdisk=os.path.abspath(args.ramdisk),
                                load_high=args.load >> 32, load_low=args.load & 0xffffffff))
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    run("mkimage", "-f", its, fit)


def make_disk(fit, disk):
    """An MBR with one FAT partition from 1 MiB to the end (U-Boot refuses a FAT without a table)."""
    size = max(33 * MIB, -(-os.path.getsize(fit) // MIB) * MIB + 8 * MIB)
    first, count = MIB // 512, (size - MIB) // 512
    mbr = bytearray(512)
    mbr[446:462] = struct.pack("<B3sB3sII", 0x80, b"\xfe\xff\xff", 0x0c, b"\xfe\xff\xff", first, count)
    mbr[510:512] = b"\x55\xaa"
    with open(disk, "wb") as target:
        target.write(mbr)
        target.truncate(size)
    # A fixed serial number and date: the same files give the same disk.
    run("mformat", "-i", f"{disk}@@1M", "-T", str(count), "-h", "16", "-s", "63", "-N", "0", "-v", "CAPELIN", "::")
    run("mcopy", "-i", f"{disk}@@1M", fit, "::capelin.itb")


def make_env(args):
    text, image = os.path.join(args.out, "env.txt"), os.path.join(args.out, "env.img")
    with open(text, "w", encoding="utf-8") as target:
        target.write(ENV.format(fit=args.fit_address))
    run("mkenvimage", "-s", hex(ENV_SIZE), "-o", image, text)
    os.truncate(image, FLASH_SIZE)


def main():
    parser = argparse.ArgumentParser()
    for name in ("--kernel", "--ramdisk", "--out"):
        parser.add_argument(name, required=True)
    for name in ("--load", "--fit-address"):
        parser.add_argument(name, required=True, type=lambda text: int(text, 0))
    args = parser.parse_args()
    fit, disk = os.path.join(args.out, "capelin.itb"), os.path.join(args.out, "disk.img")
    make_fit(args, fit)
    make_env(args)
    make_disk(fit, disk + ".tmp")
    os.replace(disk + ".tmp", disk)
    print(f"  FIT     capelin.itb   (kernel {os.path.getsize(args.kernel) // 1024} KB, "
          f"ramdisk {os.path.getsize(args.ramdisk) // 1024} KB)", flush=True)


main()
