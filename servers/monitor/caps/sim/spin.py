#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
#
# Cross-checks the exhaustive search with SPIN: the same C, explored by another program. SPIN keeps the whole world in its state vector
# ("Matched"; packed, so that millions fit), without any reduction; both must find the same number of states. A host test: called as BUILD/host/caps_spin.
#
# With SOAK in the environment more and larger worlds are compared.

import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
SOURCES = "servers/monitor/caps"
FILES = ["messages", "directory", "operations", "remote", "arenas", "step", "sim/kernel", "sim/kernel_table", "sim/world",
         "sim/actions", "sim/cover", "sim/check", "sim/choices"]
# cores, actions of each, home, which actions, how many cores get lost
WORLDS = [(2, 1, 0, "all", 0), (2, 2, 1, "few", 0), (2, 3, 0, "more", 0), (3, 1, 0, "all", 0), (2, 2, 1, "few", 1)]
SOAK = [(2, 2, 0, "all", 0), (2, 2, 1, "all", 0), (2, 3, 1, "more", 0), (3, 2, 0, "few", 0), (2, 2, 0, "all", 1), (3, 1, 2, "all", 1)]
MEMORY = 4096  # MiB that SPIN may use

# What SPIN stores of a world: its words that are not 0, and where they are. Nothing is left out, but it is a tenth as long. Bytes by cores.
PACKED = {2: 440, 3: 600}

MODEL = """
c_decl {
\\#include "choices.h"
extern struct world spin_world;
extern unsigned char spin_packed[%(packed)d];
extern void spin_pack(void);
extern const char *spin_act(unsigned choice);
extern int spin_can(unsigned choice);
%(guards)s
}
c_track "&spin_world" "sizeof(struct world)" "UnMatched"
c_track "spin_packed" "%(packed)d" "Matched"

init {
    d_step { c_code { choices_start(&spin_world, %(budget)d, %(home)d, %(set)s, %(losses)d); spin_pack(); } };
    do
%(options)s
    od
}
"""
# Whether an action is possible is tried on a copy of the world: a guard must have no effects. SPIN believes that of no function, but of a macro.
GUARD = "\\\\#define CAN_%d spin_can(%d)"
OPTION = '    :: d_step { c_expr { CAN_%d }; c_code { const char *wrong = spin_act(%d); if (wrong) uerror((char *)wrong); } }'

GLUE = """
#include "choices.h"
#include <stdlib.h>
#include <string.h>
struct world spin_world;
unsigned char spin_packed[PACKED];
#define WORDS (sizeof(struct world) / 4)
_Static_assert(sizeof(struct world) % 4 == 0, "whole words");
/* Each word that is not 0, after how many that are. What does not fit ends the run. */
void spin_pack(void)
{
    unsigned char *to = spin_packed, *end = spin_packed + PACKED, zeros = 0;
    const char *from = (const char *)&spin_world;
    memset(spin_packed, 0, PACKED);
    for (unsigned i = 0; i < WORDS; i++, from += 4) {
        unsigned word;
        memcpy(&word, from, 4);
        if (word == 0 && zeros < 255) {
            zeros++;
            continue;
        }
        if (to + 5 > end) abort();
        *to++ = zeros;
        memcpy(to, &word, 4);
        to += 4;
        zeros = 0;
    }
}
/* The copy is good for the next choice, too, if this one was impossible. */
int spin_can(unsigned choice)
{
    static struct world copy;
    static unsigned char of[PACKED];
    static int good;
    if (!good || memcmp(of, spin_packed, PACKED) != 0) {
        copy = spin_world;
        memcpy(of, spin_packed, PACKED);
    }
    good = !choice_apply(&copy, &choices[choice]);
    return !good;
}
const char *spin_act(unsigned choice)
{
    world_check_start();
    choice_apply(&spin_world, &choices[choice]);
    spin_pack();
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


def states_of_spin(cores, budget, home, which, losses, choices):
    top, folder = os.getcwd(), os.path.join(HERE, "caps_spin.tmp")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "caps.pml"), "w", encoding="ascii") as model:
        options = "\n".join(OPTION % (i, i) for i in range(choices))
        model.write(MODEL % {"budget": budget, "home": home, "set": "CHOICES_" + which.upper(), "losses": losses, "options": options, "packed": PACKED[cores],
                             "guards": "\n".join(GUARD % (i, i) for i in range(choices))})
    with open(os.path.join(folder, "glue.c"), "w", encoding="ascii") as glue:
        glue.write(GLUE)
    run(["spin", "-a", "caps.pml"], folder)
    generated = os.path.abspath(os.path.join(HERE, "../gen/include"))
    include = [f"-I{top}/lib/abi/include", f"-I{generated}", "-include", f"{generated}/autoconf.h", f"-DDCAP_CORES={cores}", f"-DPACKED={PACKED[cores]}",
               "-include", f"{top}/{SOURCES}/sim/small.h", f"-I{top}/{SOURCES}/sim"]
    sources = [f"{top}/{SOURCES}/{name}.c" for name in FILES]
    run(["cc", "-O2", "-w", "-std=gnu17", *include, "-DNOREDUCE", "-DSAFETY", "-DVECTORSZ=65536", f"-DMEMLIM={MEMORY}", "-o", "pan", "pan.c",
         "glue.c", *sources], folder)
    out = run(["./pan", "-m2000000", "-n", "-E"], folder)
    found = re.search(r"^\s*(\d+(?:\.\d+)?(?:e\+\d+)?) states, stored", out, re.M)
    if not found or not re.search(r"errors: 0", out) or "search depth too small" in out:
        print(f"caps_spin: SPIN did not finish:\n{out}")
        sys.exit(1)
    # One of SPIN's states is the world before it has been made.
    used = re.search(r"([\d.]+)\s+total actual memory usage", out)
    return int(float(found.group(1))) - 1, float(used.group(1))


def main():
    bad = 0
    for cores, budget, home, which, losses in WORLDS + (SOAK if "SOAK" in os.environ else []):
        search = os.path.join(HERE, f"caps_search{cores}")
        out = run([search, str(budget), str(home), which, str(losses)], None)
        states = int(re.search(r": (\d+) states", out).group(1))
        choices = int(re.search(r"(\d+) choices", out).group(1))
        start = time.monotonic()
        spin, megabytes = states_of_spin(cores, budget, home, which, losses, choices)
        seconds = time.monotonic() - start
        bad += states != spin
        world = f"{cores} cores, {budget} actions each ({which}), home {home}, lost {losses}"
        print(f"[ {'      OK' if states == spin else ' FAILED '} ] {world}")
        print(f"caps_spin: {world}: {states} states, SPIN finds {spin} "
              f"({megabytes:.0f} MiB, {seconds:.0f} s)")
    sys.exit(1 if bad else 0)


main()
