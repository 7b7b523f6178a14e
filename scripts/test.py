#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# Runs the tests: those of the host first, then those that drive the target's console (pytest in
# user/tests/host, through scripts/qemu.py). Ends with one line, `N passed, N failed`, the sum of both.
#
#   test.py --build DIR --tests "A B" --fuzz "C" [--suite all|quick|soak] [--only NAME]
# The quick suite leaves the host tests out: it is what the matrix runs on each configuration.

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = "user/tests/host"
MARKS = {"all": "not soak", "quick": "quick", "soak": "soak"}
LIMITS = {"all": 1500, "quick": 180, "soak": 6 * 3600}


def host_tests(args):
    """(passed, failed) of the host tests, whose output goes through."""
    command = [sys.executable, os.path.join(HERE, "hosttest.py"), "--build", args.build, "--tests", args.tests,
               "--fuzz", args.fuzz] + (["--only", args.only] if args.only else [])
    env = dict(os.environ, FUZZ_COUNT="2000000", SOAK="1") if args.suite == "soak" else None
    counts = (0, 1)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        for line in process.stdout:
            if line.startswith("host tests:"):
                words = line.split()
                counts = (int(words[2]), int(words[4]))
            print(line, end="", flush=True)
    return counts


def target_tests(args):
    """(passed, failed) of pytest; a hang counts as a failure."""
    if not os.path.isdir(TARGET):
        print(f"test: there is no {TARGET}")
        return 0, 1
    report = os.path.abspath(os.path.join(args.build, "test-report.xml"))
    if os.path.exists(report):
        os.unlink(report)
    command = ["timeout", "--kill-after=10", str(LIMITS[args.suite]), "/usr/bin/python3", "-m", "pytest", TARGET,
               "-p", "no:cacheprovider", "-q", "-m", MARKS[args.suite], "--build", os.path.abspath(args.build), "--junitxml", report]
    if args.only:
        command += ["-k", args.only]
    status = subprocess.run(command, check=False).returncode
    if status == 124:
        print(f"test: the target tests did not end within {LIMITS[args.suite]} s")
    passed = failed = 0
    if os.path.exists(report):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            bad = int(suite.get("failures")) + int(suite.get("errors"))
            failed += bad
            passed += int(suite.get("tests")) - bad - int(suite.get("skipped"))
    # 5: pytest found nothing to run, which is right when one host test was asked for.
    if status and not failed and not (status == 5 and args.only):
        failed = 1
    return passed, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--tests", default="")
    parser.add_argument("--fuzz", default="")
    parser.add_argument("--suite", choices=MARKS, default="all")
    parser.add_argument("--only")
    args = parser.parse_args()
    passed, failed = (0, 0) if args.suite == "quick" else host_tests(args)
    more = target_tests(args)
    passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or not passed else 0)


main()
