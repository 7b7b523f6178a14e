# SPDX-License-Identifier: BSD-2-Clause
#
# A machine's memory from outside, while it stands still: every core's capability database, its BlockStates, and its monitor's part of the
# protocol for capabilities across cores, read as the kernels and monitors have them and compared. Layouts come from the build's debug
# information. The machine needs its RAM in a file (ram_in_file) and is stopped while it is looked at.

import mmap
import os
import re
import shutil
import struct
import subprocess
import time

RAM_BASE = 0x40000000
DIRECT_MAP = 0xffff000000000000
IMAGE = 0xffffffff80000000
SLOT = struct.Struct("<BBBBIQQQQQQQ5QQII")  # struct slot up to `generation`
UNCLEAN, ZOMBIE, FREED = 1, 2, 4
GDB = ("gdb-multiarch", "-nx", "-batch", "-iex", "set debuginfod enabled off")


def layout(elf, expressions):
    """What gdb says that each of these C expressions is."""
    command = [*GDB]
    for expression in expressions:
        command += ["-ex", f"printf \"%lu\\n\", (unsigned long)({expression})"]
    done = subprocess.run([*command, elf], text=True, capture_output=True, timeout=60, check=True)
    values = [int(line) for line in done.stdout.split("\n") if line.strip().isdigit()]
    assert len(values) == len(expressions), done.stdout + done.stderr
    return dict(zip(expressions, values))


def ram_in_file(folder, mem):
    """(path, QEMU's arguments) of a machine whose RAM can be looked into."""
    path = os.path.join("/dev/shm" if os.path.isdir("/dev/shm") else folder, f"capelin-ram-{os.path.basename(folder)}-{os.getpid()}")
    return path, ["-object", f"memory-backend-file,id=ram,size={mem},mem-path={path},share=on", "-machine", "memory-backend=ram"]


def symbols(elf, names):
    """Addresses of symbols, of which there must be one each."""
    tool = shutil.which("aarch64-linux-gnu-nm") or "nm"
    found = {}
    for line in subprocess.run([tool, elf], text=True, capture_output=True, check=True).stdout.splitlines():
        words = line.split()
        if len(words) == 3 and words[2] in names:
            assert words[2] not in found, f"two symbols {words[2]}"
            found[words[2]] = int(words[0], 16)
    assert set(found) == set(names), set(names) - set(found)
    return found


def offsets(kind, fields):
    return {field: f"&((struct {kind} *)0)->{field}" for field in fields}


class Layout:
    """Where things are in this build."""

    def __init__(self, build):
        kernel, init = os.path.join(build, "debug", "kernel.elf"), os.path.join(build, "debug", "init")
        self.kernel = symbols(kernel, ("core", "mdb_roots", "mdb_counts", "states", "shared_count", "all_dispatchers"))
        self.init = symbols(init, ("dcap", "own_count", "freed_count"))
        wanted = [*offsets("dcb", ("all", "translation")).values(), *offsets("slot", ("generation", "cap.block_bytes", "end", "level")).values(),
                  "sizeof(struct slot)", "sizeof(struct block_state)", *offsets("block_state", ("fenced", "vacant")).values()]
        self.k = layout(kernel, wanted)
        assert self.k["&((struct slot *)0)->generation"] == SLOT.size - 4 and self.k["&((struct slot *)0)->end"] == 104
        wanted = [*offsets("dcap", ("me", "frees", "entries", "faults", "ops", "directory", "arenas")).values(), "sizeof(struct dcap)",
                  "sizeof(struct dcap_op)", "sizeof(struct dcap_entry)", "sizeof(struct dcap_arena)",
                  *offsets("dcap_entry", ("mask", "locked")).values(), *offsets("dcap_arena", ("home",)).values()]
        self.i = layout(init, wanted)
        types = re.findall(r"CAP_(\w+)", subprocess.run([*GDB, "-ex", "ptype enum cap_type", kernel], text=True, capture_output=True,
                                                        timeout=60, check=True).stdout)
        self.types = [name for name in types if name != "TYPE_COUNT"]

    def of_dcap(self, field):
        return self.i[f"&((struct dcap *)0)->{field}"]


class Capability:
    """One node of a core's database: an object, and how many capabilities of it there are."""

    __slots__ = ("core", "space", "type", "flags", "minor", "base", "bytes", "badge", "block", "block_bytes", "copies", "address")

    def __str__(self):
        flags = "".join(word for bit, word in ((UNCLEAN, " unclean"), (ZOMBIE, " zombie"), (FREED, " freed")) if self.flags & bit)
        return (f"core {self.core}: {self.type}{flags} {self.base:#x} + {self.bytes:#x} (block {self.block:#x} + {self.block_bytes:#x}), "
                f"{self.copies} of it")

    @property
    def end(self):
        return self.base + self.bytes


class Memory:
    """The machine that `console` runs; `path`: its RAM."""

    def __init__(self, console, path, cores):
        self.console, self.cores = console, cores
        self.layout = Layout(console.build)
        with open(path, "rb") as ram:
            self.ram = mmap.mmap(ram.fileno(), 0, prot=mmap.PROT_READ)
        self.image = {}
        self.given = set()  # blocks that every core's kernel gave to its init: the ramdisk, the monitors' frame

    # Reading ------------------------------------------------------------------------------------------------

    def words(self, address, count, form="Q"):
        return struct.unpack_from(f"<{count}{form}", self.ram, address - RAM_BASE)

    def kernel_address(self, core, virtual):
        return self.image[core] + virtual - IMAGE if virtual >= IMAGE else virtual & ~DIRECT_MAP

    def find_images(self):
        """Where each core's kernel is. A core that runs a program at this moment cannot say."""
        for core in range(self.cores):
            if core in self.image:
                continue
            self.console.monitor.command(f"cpu {core}")
            found = re.search(r"gpa: (0x[0-9a-f]+)", self.console.monitor.command(f"gva2gpa {IMAGE:#x}"))
            if found:
                self.image[core] = int(found.group(1), 16)
        return len(self.image) == self.cores

    def init_address(self, core, virtual):
        """Physical address of what init of this core has at `virtual`: its dispatcher is the core's first."""
        link = self.words(self.kernel_address(core, self.layout.kernel["all_dispatchers"]), 1)[0]
        dcb = self.kernel_address(core, link) - self.layout.k["&((struct dcb *)0)->all"]
        table = self.words(dcb + self.layout.k["&((struct dcb *)0)->translation"], 1)[0] & 0xfffffffff000
        for level in range(4):
            shift = 39 - 9 * level
            entry = self.words(table + 8 * (virtual >> shift & 511), 1)[0]
            assert entry & 1, f"core {core}: init has nothing at {virtual:#x}"
            if level == 3 or not entry & 2:
                return (entry & 0xfffffffff000 & ~((1 << shift) - 1)) | virtual & ((1 << shift) - 1)
            table = entry & 0xfffffffff000
        return None

    def bytes_of_init(self, core, virtual, count):
        parts = []
        while count:
            part = min(count, 4096 - virtual % 4096)
            at = self.init_address(core, virtual) - RAM_BASE
            parts.append(self.ram[at:at + part])
            virtual, count = virtual + part, count - part
        return b"".join(parts)

    def node(self, core, space, address):
        cap = Capability()
        (kind, cap.flags, _, cap.minor, _, cap.base, cap.bytes, cap.badge, cap.block, cap.block_bytes, _, _,
         left, right, parent, following, _, end, level, _) = SLOT.unpack_from(self.ram, address - RAM_BASE)
        cap.core, cap.space, cap.type, cap.address = core, space, self.layout.types[kind], address
        cap.copies = self.ring(core, address, following, cap)
        return cap, left, right, parent, end, level

    def ring(self, core, first, following, cap):
        """How many copies there are; they must name the same object."""
        count, at, before = 1, self.kernel_address(core, following), first
        while at != first:
            values = SLOT.unpack_from(self.ram, at - RAM_BASE)
            assert self.kernel_address(core, values[16]) == before, f"{cap}: its ring is broken"
            assert (values[5], values[6], values[8], values[9]) == (cap.base, cap.bytes, cap.block, cap.block_bytes), f"{cap}: a copy differs"
            assert values[18] == 0, f"{cap}: two nodes in a ring"
            before, at, count = at, self.kernel_address(core, values[15]), count + 1
            assert count < 1000000, f"{cap}: an endless ring"
        return count

    def capabilities(self, core):
        """A core's database in its order; the tree must be one."""
        found, roots = [], self.words(self.kernel_address(core, self.layout.kernel["mdb_roots"]), 5)
        for space, root in enumerate(roots):
            stack, at, above = [], root, 0
            while stack or at:
                while at:
                    cap, left, right, parent, end, level = self.node(core, space, self.kernel_address(core, at))
                    assert parent == above or not above, f"{cap}: another parent"
                    stack.append((cap, right, at, end, level))
                    above, at = at, left
                cap, at, above, end, level = stack.pop()
                assert level and end >= cap.end, f"{cap}: level {level}, end {end:#x}"
                found.append(cap)
        nodes, count = self.words(self.kernel_address(core, self.layout.kernel["mdb_counts"]) + 8, 2)
        assert (nodes, count) == (len(found), sum(cap.copies for cap in found)), f"core {core}: the counts of its database are wrong"
        return found

    def states(self, core):
        """{block: (bytes, fenced, vacant)}"""
        count = self.words(self.kernel_address(core, self.layout.kernel["shared_count"]), 1, "I")[0]
        at, size = self.kernel_address(core, self.layout.kernel["states"]), self.layout.k["sizeof(struct block_state)"]
        found = {}
        for i in range(count):
            base, extent, fenced, vacant = struct.unpack_from("<QQBB", self.ram, at + i * size - RAM_BASE)
            found[base] = (extent, fenced, vacant)
        assert list(found) == sorted(found) and len(found) == count, f"core {core}: BlockStates out of order"
        return found

    # The protocol's state ------------------------------------------------------------------------------------

    def monitor(self, core):
        """What the monitor knows: operations under way, directory {block: mask}, homes [(base, bytes, core)]."""
        data = self.bytes_of_init(core, self.layout.init["dcap"], self.layout.i["sizeof(struct dcap)"])
        number = lambda at, form: struct.unpack_from("<" + form, data, at)[0]
        sizes = self.layout.i
        busy = [i for i in range((self.layout.of_dcap("directory") - self.layout.of_dcap("ops")) // sizes["sizeof(struct dcap_op)"])
                if data[self.layout.of_dcap("ops") + i * sizes["sizeof(struct dcap_op)"]]]
        directory, locked = {}, []
        for i in range(number(self.layout.of_dcap("entries"), "H")):
            at = self.layout.of_dcap("directory") + i * sizes["sizeof(struct dcap_entry)"]
            directory[number(at, "Q")] = number(at + sizes["&((struct dcap_entry *)0)->mask"], "Q")
            if data[at + sizes["&((struct dcap_entry *)0)->locked"]]:
                locked.append(number(at, "Q"))
        homes = []
        for at in range(self.layout.of_dcap("arenas"), sizes["sizeof(struct dcap)"], sizes["sizeof(struct dcap_arena)"]):
            if at + sizes["sizeof(struct dcap_arena)"] <= len(data) and number(at + 8, "Q"):
                homes.append((number(at, "Q"), number(at + 8, "Q"), data[at + sizes["&((struct dcap_arena *)0)->home"]]))
        waiting = sum(struct.unpack("<I", self.bytes_of_init(core, self.layout.init[name], 4))[0] for name in ("own_count", "freed_count"))
        return {"busy": busy, "locked": locked, "directory": directory, "homes": homes, "waiting": waiting,
                "frees": data[self.layout.of_dcap("frees")], "faults": number(self.layout.of_dcap("faults"), "I")}

    # Checking --------------------------------------------------------------------------------------------------

    def sleeps(self, core):
        """Nobody's registers are in the processor, so nothing is half written: `current` is the first of struct core."""
        return self.words(self.kernel_address(core, self.layout.kernel["core"]), 1)[0] == 0

    def look(self):
        """Everything at one moment at which all cores sleep, or None."""
        self.console.monitor.command("stop")
        try:
            if not self.find_images() or not all(self.sleeps(core) for core in range(self.cores)):
                return None
            return Picture({core: self.capabilities(core) for core in range(self.cores)},
                           {core: self.states(core) for core in range(self.cores)},
                           {core: self.monitor(core) for core in range(self.cores)}, self.given)
        finally:
            self.console.monitor.command("cont")

    def check(self, seconds=20):
        """Wait until nothing is under way, then compare. Gives the picture; an AssertionError says what is wrong."""
        end, why = time.monotonic() + seconds, "the cores never sleep all at once"
        while time.monotonic() < end:
            picture = self.look()
            why = picture.busy() if picture else why
            if picture and not why:
                if not self.given:
                    self.given = {block for block, cores in picture.holders().items() if len(cores) == self.cores > 1
                                  and not any(block in states for states in picture.states.values())}
                    assert len(self.given) <= 3, self.given
                    continue
                picture.check()
                return picture
            time.sleep(0.02)
        raise AssertionError(f"it does not come to rest: {why}")


# What may be made from what, all of it in the same memory.
RAM_LIKE = ("RAM", "ARENA")
MAPPABLE = ("RAM", "ARENA", "FRAME", "DMAFRAME", "DEVFRAME", "VNODE1", "VNODE2", "VNODE3")


class Picture:
    """What all cores had at one moment."""

    def __init__(self, capabilities, states, monitors, given):
        self.capabilities, self.states, self.monitors = capabilities, states, monitors
        self.everything = [cap for found in capabilities.values() for cap in found
                           if cap.space == 0 and cap.block_bytes and cap.type != "KCB" and cap.block not in given]

    def busy(self):
        """What is under way, in words; empty: nothing."""
        for core, monitor in self.monitors.items():
            for what in ("busy", "locked", "waiting", "frees"):
                if monitor[what]:
                    return f"core {core}: {what} {monitor[what]}"
            for block, (_, _, vacant) in self.states[core].items():
                if vacant:
                    return f"core {core}: block {block:#x} is vacant"
            for cap in self.capabilities[core]:
                if cap.flags & (ZOMBIE | FREED):
                    return str(cap)
        return ""

    def home(self, address):
        """Whose arena it lies in: the smallest that holds it (core 0 has what nobody was given)."""
        for base, extent, core in self.monitors[0]["homes"]:
            if base <= address < base + extent:
                return core
        return 0

    def check(self):
        self.check_masks()
        self.check_alone()
        self.check_overlaps()

    def check_masks(self):
        """Invariants 1, 2, 6 and 7: the cores with a BlockState are the home's mask, no fence stands, nothing was impossible."""
        masks = {}
        for core, states in self.states.items():
            held = {cap.block for cap in self.capabilities[core] if cap.space == 0 and cap.block_bytes}
            for block, (_, fenced, _) in states.items():
                assert not fenced, f"core {core}: block {block:#x} is fenced"
                assert block in held, f"core {core}: a BlockState for {block:#x}, of which it has nothing"
                masks[block] = masks.get(block, 0) | 1 << core
        for core, monitor in self.monitors.items():
            assert not monitor["faults"], f"core {core}: {monitor['faults']} messages that cannot be"
            for block, mask in monitor["directory"].items():
                assert self.home(block) == core, f"core {core}: {block:#x} in its directory is not its own"
                assert masks.get(block) == mask, f"block {block:#x}: mask {mask:#x} at home, BlockStates {masks.get(block, 0):#x}"
        for block, mask in masks.items():
            known = self.monitors[self.home(block)]["directory"].get(block)
            assert known == mask, f"block {block:#x}: BlockStates {mask:#x}, and at its home {known}"

    def holders(self):
        """{block: {core: one capability of it there}}"""
        found = {}
        for cap in self.everything:
            found.setdefault(cap.block, {}).setdefault(cap.core, cap)
        return found

    def check_alone(self):
        """Invariant 2: who holds something without a BlockState is the only one."""
        for block, cores in self.holders().items():
            assert len(cores) == 1 or all(block in self.states[core] for core in cores), \
                f"block {block:#x} is shared, but not everybody knows: " + "; ".join(map(str, cores.values()))

    def check_overlaps(self):
        """Invariants 3 and 4: what overlaps, on whatever cores, is copies or an ancestor and its descendant; blocks do not overlap."""
        everything = sorted(self.everything, key=lambda cap: (cap.base, -cap.bytes, cap.type != "RAM", cap.type == "MAPPING"))
        open_, last = [], None
        for cap in everything:
            assert cap.block <= cap.base and cap.end <= cap.block + cap.block_bytes, f"{cap}: reaches over its block"
            if last is not None and last.block != cap.block:
                assert last.block + last.block_bytes <= cap.block, f"blocks overlap: {last}; {cap}"
            last = cap
            while open_ and open_[-1].end <= cap.base:
                open_.pop()
            for above in open_:
                assert cap.end <= above.end, f"they overlap: {above}; {cap}"
                assert may_contain(above, cap), f"neither made the other: {above}; {cap}"
            open_.append(cap)

    def totals(self):
        """What must be the same before and after: for each core capabilities, BlockStates, directory entries and pages of its blocks."""
        pages = dict.fromkeys(self.capabilities, 0)
        for block, extent in {(cap.block, cap.block_bytes) for cap in self.everything}:
            pages[self.home(block)] += extent // 4096
        return {core: (sum(cap.copies for cap in capabilities), len(self.states[core]), len(self.monitors[core]["directory"]), pages[core])
                for core, capabilities in self.capabilities.items()}


def may_contain(above, cap):
    """May `cap` lie within what `above` names?"""
    if above.type in RAM_LIKE:
        return True
    if above.type == cap.type and (above.base, above.bytes) == (cap.base, cap.bytes):
        return True  # copies, on other cores; mappings and endpoints of the same object
    if cap.type == "MAPPING":
        return above.type in MAPPABLE or above.type == "MAPPING"
    if above.type == "MAPPING":
        return may_follow_mapping(cap)
    return above.type == "DISPATCHER" and cap.type == "ENDPOINT"


def may_follow_mapping(cap):
    """Mappings of parts of a frame lie before smaller ones; RAM that is mapped as it is (VNODE_MAP_RAM) has nothing else in it."""
    return cap.type == "MAPPING"
