# SPDX-License-Identifier: BSD-2-Clause
# The doorbell handshake of two kernels (kernel/models/doorbell.pml) under SPIN: no wake-up is lost in any order of
# events, and each of the mistakes that the model knows loses one. Needs spin and a compiler; no machine is started.

import os
import shutil

import pytest
from spin import model

MODEL = os.path.abspath(os.path.join(os.path.dirname(__file__), *[".."] * 3, "kernel", "models", "doorbell.pml"))
MISTAKES = ["WORD_FIRST", "BELLS_FIRST", "NO_LOOP", "NO_SELF", "ACK_LAST", "BUFFERED"]

pytestmark = pytest.mark.skipif(not shutil.which("spin"), reason="there is no spin")


@pytest.mark.parametrize("rings", [1, 3, 5])
def test_doorbell_model(tmp_path, rings):
    errors, states = model(tmp_path, MODEL, f"RINGS={rings}")
    assert errors == 0 and states > 20 * 4 ** rings


@pytest.mark.parametrize("mistake", MISTAKES)
def test_doorbell_model_mistake(tmp_path, mistake):
    assert model(tmp_path, MODEL, "RINGS=4", mistake)[0] > 0
