# SPDX-License-Identifier: BSD-2-Clause
"""The parts of an interface, and for each type what it is in C and how large on the wire (idl.py)."""

KEYWORDS = set("auto break case char const continue default do double else enum extern float for goto if inline int long "
               "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile "
               "while bool true false asm typeof".split())


# What generated functions name their own variables.
LOCALS = set("call caps client error i in ops out reply reply_caps reply_words request_words rpc stack w words".split())

SHORT_WORDS = 6  # of payload, error code included: a slot of UMP with the header


def c_name(name):
    return name + "_" if name in KEYWORDS else name


def words(size):
    return (size + 7) // 8


class Type:
    """words_least/words_most: on the wire. fixed: always as long. c: its C type (scalars, structs)."""
    in_struct = False
    fixed = True
    caps = 0

    @property
    def words_least(self):
        return self.words_most if self.fixed else 1


class Scalar(Type):
    in_struct = True
    words_most = 1

    def __init__(self, idl, c, size, most):
        self.idl, self.c, self.size, self.align, self.most = idl, c, size, size, most

    def valid(self, value):
        """A C expression that `value`, a field of a struct, is valid; None: it always is."""
        return f"*(const uint8_t *)&{value} <= 1" if self.idl == "bool" else None


SCALARS = {s.idl: s for s in (
    Scalar("u8", "uint8_t", 1, "UINT8_MAX"), Scalar("u16", "uint16_t", 2, "UINT16_MAX"),
    Scalar("u32", "uint32_t", 4, "UINT32_MAX"), Scalar("u64", "uint64_t", 8, "UINT64_MAX"),
    Scalar("i64", "int64_t", 8, "UINT64_MAX"), Scalar("bool", "bool", 1, "1"), Scalar("err", "err_t", 4, "UINT32_MAX"))}


class Enum(Type):
    in_struct = True
    words_most = 1
    size = align = 4

    def __init__(self, interface, name, values, comment):
        self.idl = self.name = name
        self.c = f"enum {interface.name}_{name}"
        self.values, self.comment = values, comment
        self.most = max(values.values())
        self.dense = sorted(values.values()) == list(range(self.most + 1))
        self.prefix = f"{interface.name}_{name}_".upper()
        self.check = f"valid_{interface.name}_{name}"

    def valid(self, value):
        return f"{self.check}((uint64_t)(uint32_t){value})"


class Struct(Type):
    in_struct = True

    def __init__(self, interface, name, fields, comment):
        self.idl = self.name = name
        self.c = f"struct {interface.name}_{name}"
        self.fields, self.comment = fields, comment
        self.check = f"valid_{interface.name}_{name}"
        self.layout, self.align, offset, holes = [], 1, 0, 0
        for field in fields:
            kind = field.kind
            hole = -offset % kind.align
            if hole:
                self.layout.append((None, f"uint8_t reserved_{holes}[{hole}];"))
                holes += 1
            self.layout.append((field, kind.declare(c_name(field.name)) if isinstance(kind, String)
                                else f"{kind.c} {c_name(field.name)};"))
            offset += hole + kind.size
            self.align = max(self.align, kind.align)
        hole = -offset % 8
        if hole:
            self.layout.append((None, f"uint8_t reserved_{holes}[{hole}];"))
        self.size = offset + hole
        self.words_most = self.size // 8

    def checks(self, value):
        found = [f.kind.valid(f"{value}->{c_name(f.name)}") for f in self.fields]
        return [c for c in found if c]

    def valid(self, value):
        return f"{self.check}(&{value})" if self.checks("s") else None


class String(Type):
    in_struct = True
    fixed = False
    align = 1

    def __init__(self, most):
        self.n, self.idl, self.size = most, f"string<{most}>", most + 1
        self.words_most = 1 + words(most + 1)

    words_least = 2

    def declare(self, name):
        return f"char {name}[{self.size}];"

    def valid(self, value):
        return f"!{value}[{self.n}]"


class Bytes(Type):
    fixed = False

    def __init__(self, most):
        self.n, self.idl = most, f"bytes<{most}>"
        self.words_most = 1 + words(most)


class List(Type):
    fixed = False

    def __init__(self, element, most):
        self.element, self.n, self.idl = element, most, f"list<{element.name}, {most}>"
        self.words_most = 1 + most * element.size // 8


class Cap(Type):
    idl, words_most, caps = "cap", 1, 1


class Caps(Type):
    words_most = 1

    def __init__(self, most):
        self.n, self.idl, self.caps = most, f"caps<{most}>", most


class Param:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind
        self.c = name + "_" if name in KEYWORDS | LOCALS else name


class Const:
    def __init__(self, name, value, comment):
        self.name, self.value, self.comment = name, value, comment


class Size:
    """Of a payload: least and most bytes, capabilities at most. `extra` words stand in front (a reply's error code)."""

    def __init__(self, params, extra):
        self.caps = sum(p.kind.caps for p in params)
        caps_words = 0 if self.caps <= 1 else 8 * (self.caps - 1)
        self.least = 8 * (extra + sum(p.kind.words_least for p in params))
        self.most = 8 * max(extra + sum(p.kind.words_most for p in params), caps_words)
        self.fixed = all(p.kind.fixed for p in params) and caps_words == 0


class Method:
    def __init__(self, interface, name, number, args, results, comment):
        self.name, self.number, self.args, self.results, self.comment = name, number, args, results, comment
        self.c = c_name(name)
        self.function = f"{interface.name}_{name}"
        self.request, self.reply = Size(args, 0), Size(results, 1)
        self.repeat = False
        # Always as many words, in one message each way, without capabilities: rpc_short() in messaging/rpc.h.
        self.short = (all(p.kind.fixed and not p.kind.caps for p in args + results)
                      and max(self.request.most, self.reply.most) <= 8 * SHORT_WORDS)


class Interface:
    def __init__(self, name, comment):
        self.name, self.comment, self.birth, self.rebinds = name, comment, None, False
        self.consts, self.types, self.methods = {}, {}, []
        self.upper = name.upper()
