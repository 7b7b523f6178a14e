#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
# Copyright The Capelin authors
#
# The only door to Kconfiglib. Owns reading and writing of the configuration and the files made from
# it. Kconfiglib only warns about a value out of range, an unknown symbol or an unmet dependency and
# then quietly takes a default; here each of them is an error that names the symbol and the reason.
#
#   kconfig.py COMMAND [ARGUMENT...]      (KCONFIG_CONFIG: the configuration; srctree: the sources)

import contextlib
import os
import random
import re
import sys

os.environ.setdefault("KCONFIG_WARN_UNDEF", "y")
os.environ.setdefault("KCONFIG_WARN_UNDEF_ASSIGN", "y")

try:
    import kconfiglib
    from kconfiglib import BOOL, HEX, INT, STRING, TRISTATE, expr_str
except ImportError:
    sys.exit("capelin: Kconfiglib is missing for /usr/bin/python3: install python3-kconfiglib (make deps)")

KINDS = {BOOL: "a bool", TRISTATE: "a tristate", INT: "an integer", HEX: "a hex number", STRING: "a string"}
ASSIGNMENT = re.compile(r"^(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)$")


def fail(messages):
    for message in messages:
        print("capelin: configuration: " + message, file=sys.stderr)
    sys.exit(1)


def load_tree():
    """Parse the Kconfig files; anything that they themselves do wrong is an error."""
    try:
        kconf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=False)
    except kconfiglib.KconfigError as error:
        fail([str(error)])
    if kconf.warnings:
        fail(kconf.warnings)
    return kconf


def assignments(path):
    """The assignments of a file as (line number, symbol, value), in order."""
    try:
        lines = open(path, encoding="utf-8").read().splitlines()
    except OSError as error:
        fail([f"{path}: {error.strerror}"])
    result, bad = [], []
    for number, line in enumerate(lines, 1):
        match = ASSIGNMENT.match(line.strip())
        if match:
            value = match.group(2)
            if value is not None and value.startswith('"'):
                value = kconfiglib.unescape(value[1:-1])
            result.append((number, match.group(1) or match.group(3), "n" if value is None else value))
        elif line.strip() and not line.lstrip().startswith("#"):
            bad.append(f"{path}:{number}: not an assignment: {line.strip()}")
    if bad:
        fail(bad)
    return result


def prompts(symbol):
    return [node for node in symbol.nodes if node.prompt]


def ranges(symbol):
    return [f"{low.str_value}..{high.str_value}" for low, high, cond in symbol.ranges
            if kconfiglib.expr_value(cond)]


def reason(symbol, value):
    """Why SYMBOL did not take VALUE, in words."""
    name = symbol.name
    if symbol.orig_type in (INT, HEX):
        try:
            number = int(value, 10 if symbol.orig_type == INT else 16)
        except ValueError:
            return f"{name}={value}: the value must be {KINDS[symbol.orig_type]}"
        for low, high, cond in symbol.ranges:
            base = 10 if symbol.orig_type == INT else 16
            if kconfiglib.expr_value(cond) and not int(low.str_value, base) <= number <= int(high.str_value, base):
                return f"{name}={value}: out of range, allowed is {low.str_value}..{high.str_value}"
    if symbol.orig_type == BOOL and value not in ("y", "n"):
        return f"{name}={value}: the value must be y or n"
    if kconfiglib.expr_value(symbol.direct_dep) == 0 and symbol.direct_dep is not symbol.kconfig.y:
        return f"{name}={value}: unmet dependency: {name} depends on {expr_str(symbol.direct_dep)}"
    if not prompts(symbol):
        return f"{name}={value}: {name} is computed and cannot be set"
    if symbol.choice and symbol.choice.selection is not symbol:
        other = symbol.choice.selection.name if symbol.choice.selection else "nothing"
        return f"{name}={value}: only one of its choice may be y, and {other} is"
    if kconfiglib.expr_value(symbol.rev_dep):
        return f"{name}={value}: it is selected by {expr_str(symbol.rev_dep)}"
    conditions = " || ".join(expr_str(node.prompt[1]) for node in prompts(symbol))
    return f"{name}={value}: not taken, its prompt needs {conditions}; it is {symbol.str_value}"


def problems(kconf, path, tolerate_computed=False):
    """What the loaded configuration did not take of the file PATH."""
    found, seen = [], {}
    for number, name, value in assignments(path):
        where = f"{path}:{number}: "
        symbol = kconf.syms.get(name)
        if symbol is None or not symbol.nodes:
            found.append(f"{where}unknown symbol {name} (set to {value})")
            continue
        if name in seen and seen[name][1] != value:
            found.append(f"{where}{name}={value}: already set to {seen[name][1]} in line {seen[name][0]}")
            continue
        seen[name] = (number, value)
        actual = symbol.str_value
        same = actual == value
        if not same and symbol.orig_type == HEX:
            with contextlib.suppress(ValueError):
                same = int(actual, 16) == int(value, 16)
        if not same and not (tolerate_computed and not prompts(symbol)):
            found.append(where + reason(symbol, value))
    return found


def load(kconf, path, replace=True):
    kconf.load_config(path, replace=replace)


def out():
    return os.environ["KCONFIG_CONFIG"]


def save(kconf, what):
    os.makedirs(os.path.dirname(os.path.abspath(out())), exist_ok=True)
    kconf.write_config(out(), save_old=False)
    print(f"  CONFIG  {what}")


def load_current(kconf):
    if not os.path.exists(out()):
        fail([f"there is no {out()} yet; start with: make defconfig"])
    load(kconf, out())


# Commands -----------------------------------------------------------------------------------------------

def cmd_sync(gen):
    """Make GEN/config.mk, GEN/include/autoconf.h and one stamp per symbol under GEN/config/."""
    kconf = load_tree()
    load_current(kconf)
    found = problems(kconf, out(), tolerate_computed=True)
    if found:
        fail(found + ["run `make olddefconfig` to take the nearest valid configuration, or `make menuconfig`"])
    os.makedirs(gen + "/include", exist_ok=True)
    kconf.sync_deps(gen + "/config")
    kconf.write_autoconf(gen + "/include/autoconf.h",
                         header="/* Made from the configuration by scripts/kconfig.py. */\n")
    with open(gen + "/config.mk", "w", encoding="utf-8") as mk:
        mk.write("# Made from the configuration by scripts/kconfig.py.\n")
        for symbol in kconf.unique_defined_syms:
            if symbol.config_string and symbol.str_value != "n":
                value = symbol.str_value.replace("$", "$$").replace("#", "\\#")
                mk.write(f"CONFIG_{symbol.name} := {value}\n")


def cmd_defconfig(path):
    kconf = load_tree()
    load(kconf, path)
    found = problems(kconf, path)
    if found:
        fail(found)
    save(kconf, path)


def cmd_olddefconfig():
    kconf = load_tree()
    load_current(kconf)
    for note in problems(kconf, out(), tolerate_computed=True):
        print("capelin: dropped: " + note)
    save(kconf, out())


def cmd_savedefconfig(path):
    kconf = load_tree()
    load_current(kconf)
    kconf.write_min_config(path)
    print(f"  CONFIG  wrote {path}")


def cmd_merge(*fragments):
    """Add fragments to the current configuration."""
    kconf = load_tree()
    load_current(kconf)
    for path in fragments:
        load(kconf, path, replace=False)
    found = [problem for path in fragments for problem in problems(kconf, path)]
    if found:
        fail(found)
    save(kconf, " + ".join(fragments))


def cmd_all(value):
    kconf = load_tree()
    kconf.warn = False
    for symbol in kconf.unique_defined_syms:
        if symbol.orig_type == BOOL and not symbol.choice:
            symbol.set_value(2 if value == "y" else 0)
    if value == "y":
        for choice in kconf.unique_choices:
            choice.set_value(2)
    save(kconf, f"all{'yes' if value == 'y' else 'no'}config")


def cmd_random(seed=""):
    seed = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    print(f"capelin: randconfig with SEED={seed}")
    rng = random.Random(seed)
    kconf = load_tree()
    kconf.warn = False
    # Two passes, so that symbols whose dependencies come later in the tree get their turn.
    for _ in range(2):
        for symbol in kconf.unique_defined_syms:
            if symbol.choice or not prompts(symbol):
                continue
            if symbol.orig_type == BOOL:
                symbol.set_value(rng.choice((0, 2)))
            elif symbol.orig_type == INT:   # hex symbols are addresses: those stay
                for low, high, cond in symbol.ranges:
                    if kconfiglib.expr_value(cond):
                        symbol.set_value(str(rng.randint(int(low.str_value), int(high.str_value))))
                        break
        for choice in kconf.unique_choices:
            visible = [symbol for symbol in choice.syms if symbol.visibility]
            if visible:
                rng.choice(visible).set_value(2)
    save(kconf, f"randconfig SEED={seed}")


def cmd_menu():
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        fail(["menuconfig needs a terminal; without one use NAME_defconfig, FRAGMENT.config or edit " + out()])
    import menuconfig
    kconf = load_tree()
    menuconfig.menuconfig(kconf)


def cmd_get(name):
    kconf = load_tree()
    load_current(kconf)
    symbol = kconf.syms.get(name)
    if symbol is None:
        fail([f"unknown symbol {name}"])
    print(symbol.str_value)


COMMANDS = {
    "sync": cmd_sync, "defconfig": cmd_defconfig, "olddefconfig": cmd_olddefconfig,
    "savedefconfig": cmd_savedefconfig, "merge": cmd_merge, "all": cmd_all, "random": cmd_random,
    "menu": cmd_menu, "get": cmd_get,
}


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit("usage: kconfig.py {" + ",".join(COMMANDS) + "} [ARGUMENT...]")
    os.environ["KCONFIG_CONFIG"] = os.path.abspath(os.environ.get("KCONFIG_CONFIG", ".config"))
    COMMANDS[sys.argv[1]](*sys.argv[2:])


if __name__ == "__main__":
    main()
