#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make stubs, dispatch and a reference page from an interface (lib/messaging/README.md has the grammar).

usage: idl.py --header OUT.h --client OUT.c --server OUT.c --doc OUT.md NAME.idl

This file reads and checks; idl_model.py says what each type is in C and on the wire, idl_c.py writes C.
Errors go to stderr as FILE:LINE: what is wrong.
"""
import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import idl_c  # noqa: E402
import idl_model as model  # noqa: E402

TOKEN = re.compile(r"(?P<space>[ \t\r]+)|(?P<newline>\n)|(?P<comment>#[^\n]*)|(?P<arrow>->)"
                   r"|(?P<number>0[xX][0-9a-fA-F]+|[0-9]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<punct>[{}()<>,;=])")
MAX_METHODS = 0x7f00
MAX_PAYLOAD = 1 << 20
MAX_CAPS = 32


class IdlError(Exception):
    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


class Token:
    def __init__(self, kind, text, line, comment):
        self.kind, self.text, self.line, self.comment = kind, text, line, comment


def tokens(source):
    """The tokens; each knows the comment lines that stand right above it."""
    line, at, comment, fresh, result = 1, 0, [], True, []
    while at < len(source):
        match = TOKEN.match(source, at)
        if not match:
            raise IdlError(line, f"unexpected character '{source[at]}'")
        kind, text, at = match.lastgroup, match.group(), match.end()
        if kind == "newline":
            if fresh:
                comment = []
            line, fresh = line + 1, True
        elif kind == "comment":
            if fresh or not result or result[-1].line != line:
                comment.append(text[1:].strip())
            fresh = False
        elif kind != "space":
            result.append(Token(kind, text, line, comment))
            comment, fresh = [], False
    result.append(Token("end", "end of file", line, []))
    return result


class Parser:
    def __init__(self, source):
        self.list, self.at = tokens(source), 0

    @property
    def next(self):
        return self.list[self.at]

    def take(self):
        token = self.next
        self.at += 1
        return token

    def expect(self, text):
        if self.next.text != text:
            raise IdlError(self.next.line, f"expected '{text}', found '{self.next.text}'")
        return self.take()

    def name(self, what):
        if self.next.kind != "name":
            raise IdlError(self.next.line, f"expected {what}, found '{self.next.text}'")
        return self.take()

    def maybe(self, text):
        if self.next.text == text and self.next.kind != "end":
            return self.take()
        return None

    def number(self, interface):
        token = self.take()
        if token.kind == "number":
            return int(token.text, 0)
        if token.kind == "name" and token.text in interface.consts:
            return interface.consts[token.text].value
        what = f"there is no const '{token.text}'" if token.kind == "name" else f"expected a number, found '{token.text}'"
        raise IdlError(token.line, what)

    def interface(self):
        start = self.expect("interface")
        result = model.Interface(self.name("the interface's name").text, start.comment)
        self.expect("{")
        while not self.maybe("}"):
            self.item(result)
        if self.next.kind != "end":
            raise IdlError(self.next.line, f"expected the end of the file, found '{self.next.text}'")
        return result

    def item(self, interface):
        token = self.take()
        parse = {"const": self.const, "enum": self.enum, "struct": self.struct, "call": self.call,
                 "birth": self.birth, "rebinds": self.rebinds, "repeat": self.repeat}.get(token.text)
        if not parse:
            raise IdlError(token.line, f"expected const, enum, struct, call, birth, rebinds, repeat or '}}', found '{token.text}'")
        parse(interface, token)

    def birth(self, interface, token):
        if interface.birth:
            raise IdlError(token.line, "a second birth slot")
        interface.birth = self.name("a slot of abi/slots.h").text
        self.expect(";")

    def rebinds(self, interface, token):
        interface.rebinds = True
        self.expect(";")

    def repeat(self, interface, token):
        if not interface.rebinds:
            raise IdlError(token.line, "only the calls of an interface that 'rebinds' can be repeated")
        call = self.expect("call")
        call.comment = token.comment
        self.call(interface, call)
        interface.methods[-1].repeat = True

    def const(self, interface, token):
        name = self.name("a name")
        unique(interface.consts, name)
        self.expect("=")
        interface.consts[name.text] = model.Const(name.text, self.number(interface), token.comment)
        self.expect(";")

    def enum(self, interface, token):
        name = self.name("a name")
        unique(interface.types, name)
        self.expect("{")
        values, value = {}, 0
        while not self.maybe("}"):
            item = self.name("a name")
            unique(values, item)
            if self.maybe("="):
                value = self.number(interface)
            if value > 0x7fffffff:
                raise IdlError(item.line, f"{item.text} does not fit into an enum")
            values[item.text] = value
            value += 1
            if not self.maybe(","):
                self.expect("}")
                break
        if not values:
            raise IdlError(name.line, f"enum {name.text} is empty")
        interface.types[name.text] = model.Enum(interface, name.text, values, token.comment)

    def struct(self, interface, token):
        name = self.name("a name")
        unique(interface.types, name)
        self.expect("{")
        fields = []
        while not self.maybe("}"):
            kind = self.type(interface)
            field = self.name("a field's name")
            unique({f.name: f for f in fields}, field)
            if not kind.in_struct:
                raise IdlError(field.line, f"{kind.idl} cannot be in a struct")
            fields.append(model.Param(field.text, kind))
            self.expect(";")
        if not fields:
            raise IdlError(name.line, f"struct {name.text} is empty")
        interface.types[name.text] = model.Struct(interface, name.text, fields, token.comment)

    def call(self, interface, token):
        name = self.name("the call's name")
        if name.text == "default" or name.text.startswith(("reply_", "client_")):
            raise IdlError(name.line, f"a call cannot be named '{name.text}'")
        unique({m.name: m for m in interface.methods}, name)
        args = self.params(interface)
        results = self.params(interface) if self.maybe("->") else []
        self.expect(";")
        seen = {}
        for param in args + results:
            if param.name in seen:
                raise IdlError(name.line, f"two parameters of {name.text} are named '{param.name}'")
            seen[param.name] = param
        method = model.Method(interface, name.text, len(interface.methods), args, results, token.comment)
        if len(interface.methods) >= MAX_METHODS:
            raise IdlError(name.line, "too many calls")
        for what, size in (("request", method.request), ("reply", method.reply)):
            if size.most > MAX_PAYLOAD:
                raise IdlError(name.line, f"the {what} of {name.text} may take {size.most} bytes; at most {MAX_PAYLOAD} go")
            if size.caps > MAX_CAPS:
                raise IdlError(name.line, f"the {what} of {name.text} may have {size.caps} capabilities; at most {MAX_CAPS} go")
        interface.methods.append(method)

    def params(self, interface):
        self.expect("(")
        result = []
        while not self.maybe(")"):
            kind = self.type(interface)
            result.append(model.Param(self.name("a parameter's name").text, kind))
            if not self.maybe(","):
                self.expect(")")
                break
        return result

    def type(self, interface):
        token = self.name("a type")
        if token.text in model.SCALARS:
            return model.SCALARS[token.text]
        if token.text in interface.types:
            return interface.types[token.text]
        if token.text == "cap":
            return model.Cap()
        if token.text in ("string", "bytes", "caps", "list"):
            return self.sized(interface, token)
        raise IdlError(token.line, f"there is no type '{token.text}' (structs and enums stand before their use)")

    def sized(self, interface, token):
        self.expect("<")
        element = None
        if token.text == "list":
            of = self.name("a struct's name")
            element = interface.types.get(of.text)
            if not isinstance(element, model.Struct):
                raise IdlError(of.line, f"there is no struct '{of.text}'")
            self.expect(",")
        most = self.number(interface)
        if most == 0:
            raise IdlError(token.line, f"{token.text} of at most 0")
        self.expect(">")
        return {"string": model.String, "bytes": model.Bytes, "caps": model.Caps}[token.text](most) \
            if not element else model.List(element, most)


def unique(names, token):
    if token.text in names:
        raise IdlError(token.line, f"'{token.text}' is there already")


def parse(source):
    interface = Parser(source).interface()
    if not interface.methods:
        raise IdlError(1, f"interface {interface.name} has no calls")
    return interface


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("header", "client", "server", "doc"):
        options.add_argument("--" + name, required=True)
    options.add_argument("idl")
    args = options.parse_args()
    try:
        with open(args.idl, encoding="utf-8") as file:
            interface = parse(file.read())
    except IdlError as error:
        sys.exit(f"{args.idl}:{error.line}: {error}")
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{args.idl}: {error}")
    base = os.path.splitext(os.path.basename(args.idl))[0]
    if interface.name != base:
        sys.exit(f"{args.idl}:1: interface {interface.name} belongs into {interface.name}.idl")
    for path, text in ((args.client, idl_c.client(interface)), (args.server, idl_c.server(interface)),
                       (args.doc, idl_c.reference(interface)), (args.header, idl_c.header(interface))):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
