# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# gdb commands that read the kernels' own structures; nothing has to run for them, so they work on a machine that hangs. Each core's
# kernel is seen through that core's MMU: gdb's thread N + 1 is core N. Cores that are off are left out.
#
#   dispatchers            every process: state, priority, registers that matter, how full its rings are
#   channels               who may send to whom: every endpoint capability by receiver, and who waits for room
#   caps [why ADDRESS]     every capability, in the MDB's order; with an address those that name it, and who holds them

import gdb

STATES = ("new", "ready", "blocked", "paused", "stopped")
EXITS = ("", "exited", "killed", "faulted", "double fault", "lost a part")
SPACES = ("mem", "irq", "id", "bell", "none")
ZOMBIE, FREED, UNCLEAN = 2, 4, 1


def value(text):
    return gdb.parse_and_eval(text)


def cores():
    """Each core whose kernel is up, selected while the caller looks at it."""
    before = gdb.selected_thread()
    threads = sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num)
    try:
        for thread in threads:
            thread.switch()
            try:
                core = int(value("kernel_core"))
            except gdb.error:  # its MMU is off
                continue
            if len(threads) > 1:
                print(f"core {core}")
            yield core
    finally:
        before.switch()


def dcb_type():
    return gdb.lookup_type("struct dcb").pointer()


def dcbs():
    """Every dispatcher, oldest first."""
    head = value("&all_dispatchers")
    offset = int(value("(unsigned long)&((struct dcb *)0)->all"))
    link = head["next"]
    while int(link) != int(head):
        yield gdb.Value(int(link) - offset).cast(dcb_type())
        link = link["next"]


def type_names():
    return {int(field.enumval): field.name[4:] for field in gdb.lookup_type("enum cap_type").fields()}


def place(address):
    """An address as a symbol, if gdb knows one."""
    text = gdb.execute(f"info symbol {address:#x}", to_string=True).strip()
    return f"{address:#x}" + ("" if text.startswith("No symbol") else f" <{text.split(' in section')[0]}>")


class Dispatchers(gdb.Command):
    """Every dispatcher of every core."""

    def __init__(self):
        super().__init__("dispatchers", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        for _ in cores():
            self.core()

    def core(self):
        current = int(value("core.current"))
        for dcb in dcbs():
            state = "running" if int(dcb) == current else STATES[int(dcb["state"])]
            ended = EXITS[int(dcb["exit_kind"])]
            context = dcb["context"]
            print(f"{int(dcb['number']):4} {state:8} {ended:12} priority {int(dcb['priority'])}  dcb {int(dcb):#x}")
            print(f"       pc {place(int(context['pc']))} lr {place(int(context['x'][30]))} sp {int(context['sp']):#x}")
            if int(dcb["frame"]):
                self.frame(dcb)

    @staticmethod
    def frame(dcb):
        frame = dcb["frame"].dereference()
        rings = []
        for number in range(8):
            ring = dcb["ring"][number]
            if int(ring["slots"]):
                used = (int(ring["head"]) - int(frame["ring"][number]["tail"])) & 0xffffffff
                rings.append(f"{number}: {used}/{int(ring['slots'])}")
        print(f"       disabled {int(frame['disabled'])} pending {int(frame['pending'])} deadline {int(dcb['deadline'])} "
              f"rings {', '.join(rings) or 'none'}")
        print(f"       last thread: pc {int(frame['enabled']['pc']):#x} lr {int(frame['enabled']['x'][30]):#x} "
              f"saved {int(frame['enabled_saved'])}")


def nodes(node):
    """The MDB's nodes below `node`, in order; a stack, since gdb's Python recurses slowly."""
    stack = []
    while stack or int(node):
        while int(node):
            stack.append(node)
            node = node["child"][0]
        node = stack.pop()
        yield node
        node = node["child"][1]


def copies(node):
    """All capabilities of an object, itself first."""
    slot = node
    while True:
        yield slot
        slot = slot["next"]
        if int(slot) == int(node):
            return


def holder(slot):
    """Whose slot this is: a dispatcher's own, or the CNode that it lies in, by physical address."""
    number = int(slot["holder"])
    if number:
        return f"dispatcher {int(slot['holder']['number'])}"
    return f"slot {int(slot):#x}"


class Caps(gdb.Command):
    """Every capability of every core; `caps why ADDRESS`: those that name a physical address."""

    def __init__(self):
        super().__init__("caps", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words, wanted = argument.split(), None
        if words[:1] == ["why"] and len(words) == 2:
            wanted = int(gdb.parse_and_eval(words[1]))
        elif words:
            raise gdb.GdbError("usage: caps [why ADDRESS]")
        for _ in cores():
            self.core(wanted)

    def core(self, wanted):
        names, shown = type_names(), 0
        for space, name in enumerate(SPACES):
            for node in nodes(value(f"mdb_roots[{space}]")):
                cap = node["cap"]
                base, size = int(cap["base"]), int(cap["bytes"])
                if wanted is not None and (space != 0 or not base <= wanted < base + size):
                    continue
                for slot in copies(node):
                    self.show(slot, names)
                    shown += 1
        print(f"{shown} capabilities")

    @staticmethod
    def show(slot, names):
        cap = slot["cap"]
        flags = int(cap["flags"])
        marks = "".join(word for bit, word in ((UNCLEAN, " unclean"), (ZOMBIE, " zombie"), (FREED, " freed")) if flags & bit)
        badge = f" badge {int(cap['badge']):#x}" if int(cap["badge"]) else ""
        print(f"{int(cap['base']):#14x} {int(cap['bytes']):#10x} {names[int(cap['type'])]:10} rights {int(cap['rights'])}"
              f"{badge}{marks}  {holder(slot)}")


class Channels(gdb.Command):
    """Endpoints by their receiver, and who waits for room."""

    def __init__(self):
        super().__init__("channels", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        for _ in cores():
            self.core()

    @staticmethod
    def core():
        endpoint = int(value("CAP_ENDPOINT"))
        receivers = {int(dcb): int(dcb["number"]) for dcb in dcbs()}
        physical = {}
        for dcb in dcbs():
            physical.setdefault(int(dcb) & 0xffffffffff, int(dcb["number"]))
        for node in nodes(value("mdb_roots[0]")):
            cap = node["cap"]
            if int(cap["type"]) != endpoint or not int(cap["minor"]):
                continue
            count = sum(1 for _ in copies(node))
            number = physical.get(int(cap["base"]) & 0xffffffffff, "?")
            print(f"to {number:>4} ring {int(cap['minor']) & 7} badge {int(cap['badge']):#18x} "
                  f"{'hang-up ' if int(cap['minor']) & 8 else ''}{count} cop{'y' if count == 1 else 'ies'}")
        for dcb in dcbs():
            for index in range(4):
                wait = dcb["waits"][index]
                if int(wait["receiver"]):
                    print(f"dispatcher {int(dcb['number'])} waits for room at {receivers.get(int(wait['receiver']), '?')}")


Dispatchers()
Caps()
Channels()
