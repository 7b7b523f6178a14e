# SPDX-License-Identifier: BSD-2-Clause
#
# UMP's rings between two threads of the host under ThreadSanitizer, and its handshake in SPIN. Each proof is tried on
# mutants too: a wrong order that nothing reports would mean that the proof proves nothing. Nothing here needs a machine.

import os
import shutil
import subprocess

import pytest
from spin import model

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[".."] * 3))
FOLDER = os.path.join(ROOT, "lib", "messaging")
MODEL = os.path.join(FOLDER, "ump.pml")
HEADER, SOURCE = "include/messaging/ump.h", "ump.c"
FILES = [HEADER, SOURCE, "ump_race_test.c"]
MESSAGES = 400000  # in each phase and direction
MUTANT_MESSAGES = 60000

PUBLISH = "    atomic_store_explicit(&slot->sequence, number << 8 | tag, memory_order_seq_cst);\n"
FETCH = "uint64_t sequence = atomic_load_explicit(&slot->sequence, memory_order_acquire);"
SEND = "    uint64_t *to = slot->w, number = out->number;\n"
ACKNOWLEDGE = "    atomic_store_explicit(in->acknowledged, number, memory_order_release);\n"
CREDIT = "atomic_load_explicit(&out->control->acknowledged, memory_order_acquire)"
RECHECK = "    uint64_t number = atomic_load_explicit(&in->next->sequence, memory_order_seq_cst) >> 8;\n"
ARM = "    atomic_store_explicit(&in->control->asleep, 1, memory_order_seq_cst);\n"
BARRIER = "    UMP_STORE_THEN_LOAD();\n"
ASK = "    atomic_store_explicit(&out->control->waiting, 1, memory_order_seq_cst);\n"
ROOM = ("    if (atomic_load_explicit(&out->control->acknowledged, memory_order_seq_cst) == out->acknowledged) return 1;\n"
        "    atomic_store_explicit(&out->control->waiting, 0, memory_order_relaxed);\n    return 0;\n")
ASKED = "        sequence = atomic_load_explicit(&from->sequence, memory_order_acquire);\n"
ASK_SENDS = "    to->w[0] = w[0];\n    if (words > 1) to->w[1] = w[1];\n"
ASK_PUBLISH = "    ump_publish(&ump->out, to, sent, words);\n"
ASK_RINGS = "    if (ump_wanted(&ump->out)) return UMP_RING;\n"
WINDOW = "    for (volatile int i = 0; i < 200000; i++) {}\n"  # so that no run can miss it

# name: file, what is replaced, by what; "race", or in which phase a wake-up is lost
MUTANTS = {
    "publish_relaxed": (HEADER, PUBLISH, PUBLISH.replace("seq_cst", "relaxed"), "race"),
    "fetch_relaxed": (HEADER, FETCH, FETCH.replace("acquire", "relaxed"), "race"),
    "acknowledge_relaxed": (HEADER, ACKNOWLEDGE, ACKNOWLEDGE.replace("release", "relaxed"), "race"),
    "credit_relaxed": (SOURCE, CREDIT, CREDIT.replace("acquire", "relaxed"), "race"),
    "publish_before_payload": (HEADER, SEND, SEND + PUBLISH, "race"),
    "acknowledge_before_copy": (HEADER, "    uint64_t a = slot->w[0], b = slot->w[1], c = slot->w[2]",
                                ACKNOWLEDGE + "    uint64_t a = slot->w[0], b = slot->w[1], c = slot->w[2]", "race"),
    "one_slot_too_many": (SOURCE, "acknowledged + 1 + slot_count", "acknowledged + 2 + slot_count", "race"),
    "no_look_before_sleep": (SOURCE, ARM + BARRIER + RECHECK, WINDOW + ARM + "    uint64_t number = 0;\n", "in turns"),
    "look_before_flag": (SOURCE, ARM + BARRIER + RECHECK, RECHECK + WINDOW + ARM + BARRIER, "in turns"),
    "no_look_for_room": (SOURCE, ASK + BARRIER + ROOM, WINDOW.replace("200000", "20000000") + ASK + "    return 1;\n", "one way"),
    "ask_relaxed": (SOURCE, ASKED, ASKED.replace("acquire", "relaxed"), "race"),
    "ask_published_before_payload": (SOURCE, ASK_SENDS, ASK_PUBLISH + WINDOW + ASK_SENDS, "race"),
    "ask_does_not_ring": (SOURCE, ASK_RINGS, "", "asking, asleep"),
    "flag_cleared_after_bell": ("ump_race_test.c", "if (ump_wanted(&side->ump.out)) ring(side);",
                                "if (side->ump.out.control->asleep) {\n        ring(side);\n        sched_yield();\n"
                                "        ump_wanted(&side->ump.out);\n    }", "in turns"),
}


def build(folder, name):
    program = os.path.join(folder, name)
    command = ["gcc", "-std=gnu17", "-O1", "-g", "-fsanitize=thread", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(folder, "include"),
               "-I", os.path.join(ROOT, "lib/abi/include"), "-I", os.path.join(ROOT, "lib/threads/include"), os.path.join(folder, "ump_race_test.c"),
               os.path.join(folder, SOURCE), "-o", program, "-lpthread"]
    subprocess.run(command, check=True)
    return program


def run(program, messages, *phase, **options):
    env = dict(os.environ, TSAN_OPTIONS=" ".join(f"{key}={value}" for key, value in options.items()))
    command = [program, str(messages), *phase]
    if shutil.which("setarch"):  # ThreadSanitizer wants the addresses where it expects them
        command = ["setarch", "-R"] + command
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=280, check=False)


@pytest.fixture
def sources(tmp_path):
    for path in FILES:
        os.makedirs(os.path.dirname(tmp_path / path), exist_ok=True)
        shutil.copy(os.path.join(FOLDER, path), tmp_path / path)
    return str(tmp_path)


def test_ump_race(sources):
    done = run(build(sources, "race"), MESSAGES, halt_on_error=1)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    sent = [int(line.split(": ")[2].split()[0]) for line in done.stdout.splitlines()]
    sleeps = [int(line.split()[-2]) for line in done.stdout.splitlines()]
    assert sum(sent) >= 2000000 and sum(sleeps) > 1000


@pytest.mark.parametrize("name", MUTANTS)
def test_ump_mutant(sources, name):
    path, old, new, finder = MUTANTS[name]
    path = os.path.join(sources, path)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text.count(old) == 1, f"{name}: the source has changed"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))
    phase = [] if finder == "race" else [finder]
    done = run(build(sources, name), MUTANT_MESSAGES, *phase, halt_on_error=1, exitcode=66)
    # What is wrong shows as a race; or as a wrong word, if it happens first. A lost wake-up ends the wait of the test.
    if finder == "race":
        assert done.returncode == 66 and "data race" in done.stderr or done.returncode == 1 and "ump_race_test: " in done.stderr, done.stderr
    else:
        assert done.returncode == 2 and "a wake-up was lost" in done.stderr, done.stderr


@pytest.mark.skipif(not shutil.which("spin"), reason="there is no spin")
@pytest.mark.parametrize("slots,messages", [(1, 4), (2, 6), (3, 9), (4, 9)])
def test_ump_model(tmp_path, slots, messages):
    errors, states = model(tmp_path, MODEL, f"SLOTS={slots}", f"MESSAGES={messages}")
    assert errors == 0 and states > 1000


@pytest.mark.skipif(not shutil.which("spin"), reason="there is no spin")
@pytest.mark.parametrize("define", ["NO_RECHECK", "NO_ROOM_RECHECK", "BUFFERED", "ROOM_BUFFERED", "CLEAR_AFTER_RING"])
def test_ump_model_mutant(tmp_path, define):
    assert model(tmp_path, MODEL, define)[0] > 0
