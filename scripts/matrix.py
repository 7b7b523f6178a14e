#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Builds and boots many configurations. Each file configs/matrix/AXIS.config is an axis: sections
# [VALUE], and under each the symbols (CONFIG_X=...) and machine settings (SMP=2, EL=2 ...) that VALUE
# means. configs/matrix/exclusions has one impossible combination a line: AXIS=VALUE AXIS=VALUE # why.
# Quick: every value of every axis occurs. Otherwise: every pair of values of two axes occurs.
#
#   matrix.py --build DIR [--quick] [--only NAME] [--list]

import argparse
import glob
import itertools
import os
import random
import subprocess
import sys
import time

BUILD_LIMIT, SUITE_LIMIT = 900, 200


def read_axes():
    axes = {}
    for path in sorted(glob.glob("configs/matrix/*.config")):
        values, value = {}, None
        for line in open(path, encoding="utf-8"):
            line = line.rstrip()
            if line.startswith("[") and line.endswith("]"):
                value = values.setdefault(line[1:-1], [])
            elif "=" in line and not line.startswith("#") or line.startswith("# CONFIG_"):
                if value is None:
                    sys.exit(f"matrix: {path}: {line} stands before the first [VALUE]")
                value.append(line)
        axes[os.path.basename(path)[:-len(".config")]] = values
    return axes


def read_exclusions(axes):
    result = []
    for line in open("configs/matrix/exclusions", encoding="utf-8"):
        pairs = [word.split("=", 1) for word in line.split("#")[0].split()]
        for axis, value in pairs:
            if value not in axes.get(axis, {}):
                sys.exit(f"matrix: exclusions: there is no {axis}={value}")
        if pairs:
            result.append(dict(pairs))
    return result


def choose(axes, exclusions, strength):
    """A list of {axis: value} in which each possible combination of STRENGTH values occurs; greedy, always the same."""
    rng = random.Random(1)
    names = sorted(axes)
    excluded = lambda config: any(all(config.get(axis) == value for axis, value in pairs.items()) for pairs in exclusions)
    todo = {frozenset(zip(some, values)) for some in itertools.combinations(names, min(strength, len(names)))
            for values in itertools.product(*(axes[name] for name in some))}
    todo = {pairs for pairs in todo if not excluded(dict(pairs))}
    first = {name: next(iter(axes[name])) for name in names}
    chosen = [] if excluded(first) else [first]
    while True:
        for config in chosen[-1:]:
            todo = {pairs for pairs in todo if not pairs <= config.items()}
        if not todo:
            return chosen
        best, gain, wanted = None, 0, sorted(todo, key=sorted)
        for _ in range(400):
            config = dict(rng.choice(wanted))
            for name in names:
                config.setdefault(name, rng.choice(sorted(axes[name])))
            new = sum(pairs <= config.items() for pairs in todo)
            if new > gain and not excluded(config):
                best, gain = config, new
        if best is None:
            sys.exit(f"matrix: the exclusions leave no room for {sorted(map(sorted, todo))[0]}")
        chosen.append(best)


def run(command, log, limit, env=None):
    """Exit status and seconds; the output is added to LOG."""
    start = time.time()
    with open(log, "a", encoding="utf-8") as output:
        print("$", " ".join(command), file=output, flush=True)
        status = subprocess.run(["timeout", "--kill-after=10", str(limit), *command], stdout=output, stderr=output,
                                stdin=subprocess.DEVNULL, env=env, check=False).returncode
    return status, time.time() - start


def one(name, config, axes, build):
    """Build and boot one configuration; a row of the table."""
    folder = os.path.join(build, "matrix", name)
    os.makedirs(folder, exist_ok=True)
    log, fragment = os.path.join(folder, "log"), os.path.join(folder, "fragment")
    open(log, "w", encoding="utf-8").close()
    lines = [line for axis, value in config.items() for line in axes[axis][value]]
    with open(fragment, "w", encoding="utf-8") as target:
        target.write("\n".join(line for line in lines if "CONFIG_" in line) + "\n")
    machine = [line for line in lines if "CONFIG_" not in line]
    cache = os.environ.get("CAPELIN_DL") or os.path.abspath(os.path.join(build, "third_party", "dl"))
    env = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "O", "QUICK", "ONLY")}
    env |= {"CAPELIN_DL": cache, "KCONFIG_CONFIG": os.path.join(folder, ".config"), "srctree": "."}
    status, _ = run(["make", f"O={folder}", "qemu_virt_defconfig"], log, 60, env)
    status = status or run(["/usr/bin/python3", "scripts/kconfig.py", "merge", fragment], log, 60, env)[0]
    if status:
        return "configuration", 0, 0, log
    status, built = run(["make", f"O={folder}", f"-j{os.cpu_count()}"], log, BUILD_LIMIT, env)
    if status:
        return "build", built, 0, log
    status, booted = run(["scripts/quick_suite.sh", f"O={folder}", *machine], log, SUITE_LIMIT, env)
    return ("suite" if status else "ok"), built, booted, log


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    axes = read_axes()
    configs = choose(axes, read_exclusions(axes), 1 if args.quick else 2)
    named = {"-".join(config[axis] for axis in sorted(config)): config for config in configs}
    rows, failed = [], 0
    for name, config in named.items():
        if args.only and args.only not in name:
            continue
        if args.list:
            print(name)
            continue
        state, built, booted, log = one(name, config, axes, args.build)
        failed += state != "ok"
        rows.append((name, state, built, booted))
        print(f"  MATRIX  {name}: {state if state == 'ok' else state + ' failed, see ' + log}", flush=True)
        if state != "ok":
            print("".join("          " + line for line in open(log, encoding="utf-8", errors="replace").readlines()[-25:]), flush=True)
    if args.list:
        return
    width = max((len(row[0]) for row in rows), default=10)
    print(f"\n{'configuration':{width}}  {'result':13} {'build s':>7} {'suite s':>7}")
    for name, state, built, booted in rows:
        print(f"{name:{width}}  {state:13} {built:7.0f} {booted:7.0f}")
    print(f"matrix: {len(rows) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not rows else 0)


main()
