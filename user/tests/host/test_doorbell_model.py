# SPDX-License-Identifier: BSD-2-Clause
# The doorbell handshake of two kernels (kernel/models/doorbell.pml) under SPIN: no wake-up is lost in any order of
# events, and each of the mistakes that the model knows loses one. Needs spin and a compiler; no machine is started.

import os
import shutil
import subprocess

import pytest

MODEL = os.path.join(os.path.dirname(__file__), "..", "..", "..", "kernel", "models", "doorbell.pml")
MISTAKES = ["WORD_FIRST", "BELLS_FIRST", "NO_LOOP", "NO_SELF", "ACK_LAST", "BUFFERED"]

pytestmark = pytest.mark.skipif(not shutil.which("spin"), reason="there is no spin")


def model(folder, *defines):
    """Errors that SPIN finds, and states that it has seen."""
    options = ["-D" + define for define in defines]
    subprocess.run(["spin", *options, "-a", os.path.abspath(MODEL)], cwd=folder, check=True, capture_output=True)
    subprocess.run(["gcc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"], cwd=folder, check=True)
    out = subprocess.run(["./pan", "-m1000000"], cwd=folder, check=False, capture_output=True, text=True).stdout
    assert "max search depth too small" not in out
    errors = int(out.split("errors: ")[1].split()[0])
    states = int(next(line for line in out.splitlines() if "states, stored" in line).split()[0])
    return errors, states


@pytest.mark.parametrize("rings", [1, 3, 5])
def test_doorbell_model(tmp_path, rings):
    errors, states = model(tmp_path, f"RINGS={rings}")
    assert errors == 0 and states > 20 * 4 ** rings


@pytest.mark.parametrize("mistake", MISTAKES)
def test_doorbell_model_mistake(tmp_path, mistake):
    assert model(tmp_path, "RINGS=4", mistake)[0] > 0
