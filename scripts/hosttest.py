#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Runs the host tests (cmocka) and the fuzzers, each with a time limit, prints one line for each and at
# the end `N passed, N failed`, counting test cases. What a failing program wrote is shown.
#
#   hosttest.py --build DIR --tests "A B" --fuzz "C" [--only NAME]
# Of a program that passes, lines that begin with `NAME: ` are shown. With SOAK in the environment the limit is hours.
# A fuzzer is called as `NAME SEED COUNT`; FUZZ_SEED and FUZZ_COUNT override the defaults.

import argparse
import os
import re
import subprocess
import sys

LIMIT = 3 * 3600 if "SOAK" in os.environ else 300


def run(path, *arguments):
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="STDOUT", ASAN_OPTIONS="detect_leaks=1:abort_on_error=0",
               UBSAN_OPTIONS="print_stacktrace=1")
    try:
        done = subprocess.run(["./" + path if not os.path.isabs(path) else path, *arguments], env=env, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
        return -1, (output.decode(errors="replace") if isinstance(output, bytes) else output) + f"\nno end within {LIMIT} s\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--tests", default="")
    parser.add_argument("--fuzz", default="")
    parser.add_argument("--only")
    args = parser.parse_args()
    passed = failed = 0
    jobs = [(name, ()) for name in args.tests.split()]
    seed, count = os.environ.get("FUZZ_SEED", "1"), os.environ.get("FUZZ_COUNT", "20000")
    jobs += [(name, (seed, count)) for name in args.fuzz.split()]
    for name, arguments in jobs:
        if args.only and name != args.only:
            continue
        status, output = run(os.path.join(args.build, "host", name), *arguments)
        good = len(re.findall(r"^\[       OK \]", output, re.M))
        bad = len(set(re.findall(r"^\[  FAILED  \] (\w+)$", output, re.M)))
        if status == 0:
            good = good or 1
        elif bad == 0:
            bad = 1
        passed, failed = passed + good, failed + bad
        print(f"  {'TEST' if status == 0 else 'FAIL':7} {name} {' '.join(arguments)}: {good} passed, {bad} failed", flush=True)
        if status:
            print(output)
        else:
            for line in re.findall(rf"^{name}: .*", output, re.M):
                print(f"          {line}", flush=True)
    print(f"host tests: {passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)  # nobody is called as ONLY says


main()
