# SPDX-License-Identifier: BSD-2-Clause
#
# Many processes on all cores do random things with capabilities, and are killed while they do; again and again all stop, and what the
# cores' kernels and monitors have is compared (memory.py). The operations of each worker follow from the seed; how those of different cores
# fall together does not.

import copy
import os
import re

import pytest
from memory import Memory, ram_in_file
from test_cores import settled


class Stage:
    """A machine of `smp` cores whose memory can be looked into."""

    def __init__(self, boot, folder, smp):
        self.smp = smp
        self.path, extra = ram_in_file(str(folder), "256M")
        self.console = boot(f"storm-{smp}", smp=smp, mem="256M", boot="direct", extra=extra)
        self.console.boot(90)
        settled(self.console)
        self.memory = Memory(self.console, self.path, smp)
        self.console.command("spawns 40; storm 1000 1000 1", 60)  # services grow

    def free(self):
        """Pages that each core's mem has, while just that is asked."""
        return [int(re.search(r"storm: (\d+) pages free", self.console.command(f"oncore {core} storm free", 60)[0]).group(1))
                for core in range(self.smp)]

    def holdings(self):
        free = self.free()
        totals = self.memory.check().totals()
        return {core: (*totals[core], free[core]) for core in totals}

    def rest(self, wanted=None):
        """What it has when nothing changes any more, or when it is what is wanted. What has ended comes back a moment later; what nobody
        has collected, after ten seconds."""
        last = None
        for _ in range(25):
            found = self.holdings()
            if found == wanted or (wanted is None and found == last):
                break
            last = found
            self.console.command("sleep 0.5" if wanted else "sleep 0.1")
        return found

    def leaves_nothing(self, act):
        """Services may grow once, by a table, a page of slots or one of their reserve; what is missing at the third time leaks."""
        for _ in range(3):
            before = self.rest()
            act()
            after = self.rest(before)
            if after == before:
                return
        assert after == before, "capabilities, BlockStates, directory entries, pages in blocks, pages free"

    def close(self):
        os.unlink(self.path)


@pytest.fixture
def stage(boot, tmp_path):
    made = []

    def make(smp):
        made.append(Stage(boot, tmp_path, smp))
        return made[-1]
    yield make
    for one in made:
        one.close()


def storm(stage, operations, each, seed):
    """Runs it, with a look after `each` operations. The last picture."""
    console, picture, looks = stage.console, None, 0
    console.send(f"storm -wk {operations} {each} {seed}\r")
    while True:
        found = console.expect(r"storm: (quiet at (\d+)|done: ([^\r\n]*)|worker|\w+: \w+[^\r\n]*)[\r\n]", 120)
        if not found.group(2):
            break
        try:
            picture = stage.memory.check()
        except AssertionError as error:
            pytest.fail(f"seed {seed}, after {found.group(2)} operations: {error}", pytrace=False)
        looks += 1
        console.send("\r")
    assert found.group(3), console.tail()
    print(f"seed {seed}: {found.group(3)}; {looks} looks")
    console.expect("capelin> ")
    assert looks == operations // each and int(re.search(r"(\d+) kills", found.group(3)).group(1)) > 0, found.group(3)
    return picture


def damaged(picture, act):
    """Does a check find what `act` does to a copy of the picture?"""
    changed = copy.deepcopy(picture)
    act(changed)
    try:
        changed.check()
    except AssertionError:
        return True
    return False


def lose_state(picture):
    core = next(core for core in picture.states if picture.states[core])
    del picture.states[core][next(iter(picture.states[core]))]


def lose_mask(picture):
    monitor = next(monitor for monitor in picture.monitors.values() if monitor["directory"])
    monitor["directory"][next(iter(monitor["directory"]))] ^= 2


def stay_fenced(picture):
    core = next(core for core in picture.states if picture.states[core])
    block = next(iter(picture.states[core]))
    picture.states[core][block] = (picture.states[core][block][0], 1, 0)


def retype_twice(picture):
    frame = next(cap for cap in picture.everything if cap.type == "FRAME" and cap.bytes > 4096)
    other = copy.copy(frame)
    other.type, other.bytes = "DMAFRAME", frame.bytes - 4096
    picture.everything.append(other)


def allocate_twice(picture):
    ram = next(cap for cap in picture.everything if cap.type == "RAM" and cap.bytes > 4096)
    other = copy.copy(ram)
    other.base, other.block, other.block_bytes = ram.base + 4096, ram.base + 4096, ram.block_bytes
    picture.everything.append(other)


DAMAGE = (lose_state, lose_mask, stay_fenced, retype_twice, allocate_twice)


def test_random_capability_operations(stage):
    """5,000 of them on four cores; and the check sees what it is to see."""
    here = stage(4)
    stage_pictures = []
    here.leaves_nothing(lambda: stage_pictures.append(storm(here, 5000, 1000, 1 + len(stage_pictures))))
    assert all(damaged(stage_pictures[0], act) for act in DAMAGE), [act.__name__ for act in DAMAGE if not damaged(stage_pictures[0], act)]


def test_spawn_and_exit_across_cores(stage):
    """200 programs on four cores in turn leave nothing behind."""
    here = stage(4)
    here.leaves_nothing(lambda: spawns(here, 200))


def spawns(here, count):
    output, status = here.console.command(f"spawns {count}", 60 + count // 20)
    assert status == 0 and f"spawns: {count} on {here.smp} cores" in output, output


@pytest.mark.soak
@pytest.mark.parametrize("smp, operations, seed", [(2, 200000, 11), (4, 1000000, 12), (8, 200000, 13)])
def test_random_capability_operations_for_long(stage, smp, operations, seed):
    here = stage(smp)
    here.leaves_nothing(lambda: storm(here, 5000, 1000, 1))
    here.leaves_nothing(lambda: storm(here, operations, 1000, seed))


@pytest.mark.soak
def test_spawn_and_exit_across_cores_for_long(stage):
    here = stage(4)
    spawns(here, 200)
    here.leaves_nothing(lambda: spawns(here, 10000))
