# SPDX-License-Identifier: BSD-2-Clause
#
# The pytest side of the tests on the target. Owns the running machine: tests share one that has booted, and get a
# fresh one if the last test left it dead. Marks: quick (the whole suite within 60 s on one machine), soak; a test without a mark is in the full suite.
# The machine of the main tests: options, or CAPELIN_SMP, CAPELIN_MEM ... in the environment.
#
#   python3 -m pytest user/tests/host --build build -m quick [--smp 1 --mem 1G --cpu max --gic 3 --el 1 --boot direct]

import os

import pytest
from console import Console, ConsoleError

MACHINE = ("smp", "mem", "cpu", "gic", "el", "boot")
DEFAULTS = {"smp": "1", "mem": "1G", "cpu": "cortex-a53", "gic": "3", "el": "1", "boot": "uboot"}


def pytest_addoption(parser):
    parser.addoption("--build", default=os.environ.get("O", "build"), help="the build folder")
    for name in MACHINE:
        default = os.environ.get("CAPELIN_" + name.upper(), DEFAULTS[name])
        parser.addoption("--" + name, default=default, help=f"machine of the main tests ({DEFAULTS[name]})")


def pytest_configure(config):
    config.addinivalue_line("markers", "quick: part of the suite that takes at most 60 s on one machine")
    config.addinivalue_line("markers", "soak: takes long; `make soak` runs it")


@pytest.fixture(scope="session")
def build(request):
    return os.path.abspath(request.config.getoption("--build"))


@pytest.fixture(scope="session")
def enabled(build):
    """The options of the build that are on: {"NET", "NET_TCP", ...}."""
    with open(os.path.join(build, ".config"), encoding="utf-8") as config:
        return {line[len("CONFIG_"):-len("=y")] for line in config.read().splitlines() if line.startswith("CONFIG_") and line.endswith("=y")}


class Holder:
    """A machine that tests share."""

    def __init__(self, build, machine, name="main", boot=Console.boot):
        self.build, self.machine, self.name, self.console, self.boots = build, machine, name, None, 0
        self.boot, self.boot_text = boot, ""

    def get(self):
        if self.console and not self.console.alive():
            self.drop()
        if not self.console:
            self.boots += 1
            console = Console(self.build, f"{self.name}-{self.boots}", **self.machine)
            try:
                self.boot_text = self.boot(console)
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
