#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
#
# Cross-checks the exhaustive search with SPIN: the same C, explored by another program. SPIN keeps the whole world in its state vector
# ("Matched"), without any reduction; both must find the same number of states. A host test: called as BUILD/host/caps_spin.
#
# With SOAK in the environment larger worlds are compared as well.

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
SOURCES = "servers/monitor/caps"
FILES = ["messages", "directory", "operations", "remote", "arenas", "step", "sim/kernel", "sim/kernel_table", "sim/world",
         "sim/actions", "sim/cover", "sim/check", "sim/choices"]
# cores, actions of each, home, which actions
WORLDS = [(2, 1, 0, "all"), (2, 2, 0, "few"), (2, 2, 1, "few"), (3, 1, 0, "few")]
SOAK = [(3, 1, 0, "all")]

MODEL = """
c_decl {
\\#include "choices.h"
extern struct world spin_world;
extern const char *spin_act(unsigned choice);
}
c_track "&spin_world" "sizeof(struct world)" "Matched"

init {
    d_step { c_code { choices_start(&spin_world, %(budget)d, %(home)d, %(set)s); } };
    do
%(options)s
    od
}
"""
# An action that is impossible leaves the world as it was: no new state.
OPTION = '    :: d_step { c_code { const char *wrong = spin_act(%d); if (wrong) uerror((char *)wrong); } }'

GLUE = """
#include "choices.h"
struct world spin_world;
const char *spin_act(unsigned choice)
{
    world_check_start();
    if (!choice_apply(&spin_world, &choices[choice])) return NULL;
    world_check_start();
    const char *wrong = world_check(&spin_world);
    return wrong != NULL || !world_quiet(&spin_world) ? wrong : world_check_quiet(&spin_world);
}
"""


def run(command, folder):
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        print(f"caps_spin: {' '.join(command)} failed:\n{done.stdout}")
        sys.exit(1)
    return done.stdout


def states_of_spin(cores, budget, home, which, choices):
    top, folder = os.getcwd(), os.path.join(HERE, "caps_spin.tmp")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "caps.pml"), "w", encoding="ascii") as model:
        options = "\n".join(OPTION % i for i in range(choices))
        model.write(MODEL % {"budget": budget, "home": home, "set": "CHOICES_" + which.upper(), "options": options})
    with open(os.path.join(folder, "glue.c"), "w", encoding="ascii") as glue:
        glue.write(GLUE)
    run(["spin", "-a", "caps.pml"], folder)
    generated = os.path.abspath(os.path.join(HERE, "../gen/include"))
    include = [f"-I{top}/lib/abi/include", f"-I{generated}", "-include", f"{generated}/autoconf.h", f"-DDCAP_CORES={cores}",
               "-include", f"{top}/{SOURCES}/sim/small.h", f"-I{top}/{SOURCES}/sim"]
    sources = [f"{top}/{SOURCES}/{name}.c" for name in FILES]
    run(["cc", "-O2", "-w", "-std=gnu17", *include, "-DNOREDUCE", "-DSAFETY", "-DVECTORSZ=65536", "-DMEMLIM=6000", "-o", "pan", "pan.c",
         "glue.c", *sources], folder)
    out = run(["./pan", "-m2000000", "-n"], folder)
    found = re.search(r"^\s*(\d+(?:\.\d+)?(?:e\+\d+)?) states, stored", out, re.M)
    if not found or not re.search(r"errors: 0", out) or "search depth too small" in out:
        print(f"caps_spin: SPIN did not finish:\n{out}")
        sys.exit(1)
    # One of SPIN's states is the world before it has been made.
    return int(float(found.group(1))) - 1


def main():
    bad = 0
    for cores, budget, home, which in WORLDS + (SOAK if "SOAK" in os.environ else []):
        search = os.path.join(HERE, f"caps_search{cores}")
        out = run([search, str(budget), str(home), which], None)
        states = int(re.search(r": (\d+) states", out).group(1))
        choices = int(re.search(r"(\d+) choices", out).group(1))
        spin = states_of_spin(cores, budget, home, which, choices)
        bad += states != spin
        print(f"[ {'      OK' if states == spin else ' FAILED '} ] {cores} cores, {budget} actions each ({which}), home {home}")
        print(f"caps_spin: {cores} cores, {budget} actions each ({which}), home {home}: {states} states, SPIN finds {spin}")
    sys.exit(1 if bad else 0)


main()
