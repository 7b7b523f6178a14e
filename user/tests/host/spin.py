# SPDX-License-Identifier: BSD-2-Clause
#
# A model of a protocol, tried in every order of events by SPIN.

import subprocess


def model(folder, path, *defines):
    """Builds and runs it in `folder`; the number of errors that SPIN finds, and of states that it has seen."""
    options = ["-D" + define for define in defines]
    subprocess.run(["spin", *options, "-a", path], cwd=folder, check=True, capture_output=True)
    subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"], cwd=folder, check=True)
    out = subprocess.run(["./pan", "-m1000000"], cwd=folder, check=False, capture_output=True, text=True).stdout
    assert "max search depth too small" not in out
    errors = int(out.split("errors: ")[1].split()[0])
    states = int(next(line for line in out.splitlines() if "states, stored" in line).split()[0])
    return errors, states
