# SPDX-License-Identifier: BSD-2-Clause
#
# K18 with a real interrupt: the inventory gets a line for t_irq (user/tests/irq.c), a driver of the real-time clock.

import os
import re

DRIVER = b"driver t_irq match=arm,pl031 restart=always"
CASES = ("bound_twice", "not_acknowledged", "storm", "endpoint_gone", "left_ringing")


def ramdisk_with_driver(build, folder):
    """The build's ramdisk, with the driver's line in place of a comment of the inventory that is longer."""
    with open(os.path.join(build, "ramdisk.cpio"), "rb") as source:
        ramdisk = source.read()
    comment = re.search(rb"^# What init starts.*$", ramdisk, re.M).group(0)
    assert ramdisk.count(comment) == 1 and len(comment) > len(DRIVER)
    path = os.path.join(folder, "ramdisk.cpio")
    with open(path, "wb") as target:
        target.write(ramdisk.replace(comment, DRIVER.ljust(len(comment))))
    return path


def results(console, times):
    """Each case has told so often that it is all right; the shell goes on meanwhile."""
    for _ in range(60):
        output, status = console.command("dmesg")
        assert status == 0 and "FAILED" not in output, output
        if len(re.findall(r"t_irq: K18_left_ringing ok", output)) == times:
            return output
        console.command("sleep 1")
    raise AssertionError(output)


def test_K18_interrupts(boot, build, tmp_path):
    console = boot("interrupts", ramdisk=ramdisk_with_driver(build, tmp_path), boot="direct")
    console.boot(90)
    output = results(console, 1)
    for case in CASES:
        assert f"t_irq: K18_{case} ok" in output, output
    # The alarm rings, nobody acknowledges it: others do not notice.
    assert console.command("hello")[1] == 0
    # Its binding ends with the driver, and the interrupt that was active when it died comes again for its successor.
    pid = re.search(r"^(0\.\d+) .* t_irq$", console.command("ps")[0], re.M).group(1)
    assert console.command(f"kill {pid}")[1] == 0
    output = results(console, 2)
    for case in CASES:
        assert output.count(f"t_irq: K18_{case} ok") == 2, output
