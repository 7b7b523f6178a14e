# SPDX-License-Identifier: BSD-2-Clause
#
# The pytest side of the tests on the target. Owns the running machine: tests share one that has booted, and get a
# fresh one if the last test left it dead. Marks: quick (the whole suite within 60 s on one machine), full, soak.
#
#   python3 -m pytest user/tests/host --build build [-m quick] [--smp 1 --mem 1G --cpu max --gic 3 --el 1 --boot direct]

import os

import pytest
from console import Console, ConsoleError
from tap import parse

TALLY = {"passed": 0, "failed": 0, "skipped": 0}
MACHINE = ("smp", "mem", "cpu", "gic", "el", "boot")
DEFAULTS = {"smp": "1", "mem": "1G", "cpu": "cortex-a53", "gic": "3", "el": "1", "boot": "uboot"}


def pytest_addoption(parser):
    parser.addoption("--build", default=os.environ.get("O", "build"), help="the build folder")
    for name in MACHINE:
        parser.addoption("--" + name, default=DEFAULTS[name], help=f"machine of the main tests ({DEFAULTS[name]})")


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: part of the suite that takes at most 60 s on one machine")
    config.addinivalue_line("markers", "full: only in the full suite")
    config.addinivalue_line("markers", "soak: takes long; only with -m soak or SOAK=1")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("SOAK") == "1" or "soak" in (config.getoption("-m") or ""):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="soak only"))


@pytest.fixture(scope="session")
def build(request):
    return os.path.abspath(request.config.getoption("--build"))


class Holder:
    """The machine that tests share."""

    def __init__(self, build, machine):
        self.build, self.machine, self.console, self.boots = build, machine, None, 0
        self.boot_text = ""

    def get(self):
        if self.console and not self.console.alive():
            self.drop()
        if not self.console:
            self.boots += 1
            console = Console(self.build, f"main-{self.boots}", **self.machine)
            try:
                self.boot_text = console.boot()
            except ConsoleError:
                console.close()
                raise
            self.console = console
        return self.console

    def drop(self):
        if self.console:
            self.console.close()
            self.console = None


@pytest.fixture(scope="session")
def holder(request, build):
    held = Holder(build, {name: request.config.getoption("--" + name) for name in MACHINE})
    yield held
    held.drop()


@pytest.fixture
def machine(holder):
    """A console at the prompt. A test that fails or hangs costs the next one a boot, nothing else."""
    console = holder.get()
    yield console
    if not console.alive():
        holder.drop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed and "holder" in item.fixturenames:
        item.funcargs["holder"].drop()


@pytest.fixture
def boot(request, build):
    """Start other machines: boot("name", cpu="max", ...); they end with the test."""
    started = []

    def start(name, **machine):
        console = Console(build, name, **machine)
        started.append(console)
        return console

    yield start
    for console in started:
        console.close()


@pytest.fixture
def run_tests(machine):
    """Run an on-target test program and fail with what failed in it; every test of it counts by itself."""
    def run(line, timeout=60):
        output, status = machine.command(line, timeout)
        results, problems = parse(output)
        bad = [f"{name}: {text}" for name, passed, text in results if not passed] + problems
        if not bad and status != 0:
            bad.append(f"exit status {status}")
        TALLY["passed"] += sum(passed for _, passed, _ in results)
        TALLY["failed"] += sum(not passed for _, passed, _ in results)
        assert not bad, "\n".join([line + ":"] + bad + [output[-3000:]])
    return run


def pytest_terminal_summary(terminalreporter):
    """One count of everything, tests in programs on the target included."""
    stats = terminalreporter.stats
    passed = len(stats.get("passed", [])) + TALLY["passed"]
    failed = len(stats.get("failed", [])) + len(stats.get("error", [])) + TALLY["failed"]
    terminalreporter.write_line(f"target tests: {passed} passed, {failed} failed")
