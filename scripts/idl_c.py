# SPDX-License-Identifier: BSD-2-Clause
"""Write the C and the reference page of an interface (idl.py). lib/messaging/README.md says what the C looks like."""
from idl_model import Bytes, Cap, Caps, Enum, List, Scalar, String, Struct

STACK_WORDS = 96  # a stub's buffer on the stack; larger ones come from malloc
NOTICE = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Made by scripts/idl.py from {0}.idl. */\n"


def declarations(params, role):
    """C parameters. role: "in" (stub's and handler's arguments, reply functions), "result" (stub), "fill" (handler)."""
    result = []
    for p in params:
        k, x = p.kind, p.c
        if isinstance(k, (Scalar, Enum, Cap)):
            c = "cptr_t" if isinstance(k, Cap) else k.c
            result.append(f"{c} {x}" if role == "in" else f"{c} *{x}")
        elif isinstance(k, Struct):
            result.append(f"const {k.c} *{x}" if role == "in" else f"{k.c} *{x}")
        elif isinstance(k, String):
            result += {"in": [f"const char *{x}"], "fill": [f"char *{x}"],
                       "result": [f"char *{x}", f"size_t {p.name}_capacity"]}[role]
        elif isinstance(k, Bytes):
            result += {"in": [f"const void *{x}", f"size_t {p.name}_bytes"],
                       "fill": [f"void *{x}", f"size_t *{p.name}_bytes"],
                       "result": [f"void *{x}", f"size_t {p.name}_capacity", f"size_t *{p.name}_bytes"]}[role]
        else:
            c = k.element.c if isinstance(k, List) else "cptr_t"
            result += {"in": [f"const {c} *{x}", f"uint32_t {p.name}_count"],
                       "fill": [f"{c} *{x}", f"uint32_t *{p.name}_count"],
                       "result": [f"{c} *{x}", f"uint32_t {p.name}_capacity", f"uint32_t *{p.name}_count"]}[role]
    return result


def stub_signature(i, m):
    return f"err_t {m.function}(" + ", ".join(
        [f"struct {i.name}_client *client"] + declarations(m.args, "in") + declarations(m.results, "result")) + ")"


def reply_signature(i, m):
    return f"void {i.name}_reply_{m.name}(" + ", ".join(
        ["struct reply *reply", "err_t error"] + declarations(m.results, "in")) + ")"


def c_comment(text, indent=""):
    if not text:
        return []
    if len(text) == 1 and len(text[0]) < 110:
        return [f"{indent}/* {text[0]} */"]
    return [f"{indent}/*"] + [f"{indent} * {line}".rstrip() for line in text] + [f"{indent} */"]


def named(i, name):
    return f"CHANNEL_REBINDING({name})" if i.rebinds else f"CHANNEL_NAMED({name})"


def header(i):
    guard = f"IDL_{i.upper}_H"
    out = [NOTICE.format(i.name) + f"#ifndef {guard}", f"#define {guard}", "", "#include <messaging/channel.h>",
           "#include <messaging/rpc.h>", "#include <messaging/server.h>", "#include <stdbool.h>", ""]
    out += c_comment(i.comment)
    for const in i.consts.values():
        out += c_comment(const.comment) + [f"#define {i.upper}_{const.name} {const.value}"]
    for kind in i.types.values():
        out += [""] + c_comment(kind.comment)
        if isinstance(kind, Enum):
            out += [kind.c + " {"] + [f"    {kind.prefix}{n} = {v}," for n, v in kind.values.items()] + ["};"]
        else:
            out += [kind.c + " {"] + [f"    {text}" for _, text in kind.layout] + ["};"]
            out += [f"_Static_assert(sizeof({kind.c}) == {kind.size}, \"layout of {kind.name}\");"]
    out += ["", f"struct {i.name}_client {{", "    struct channel channel;", "};",
            f"#define {i.upper}_CLIENT_SLOT(cptr) {{CHANNEL_SLOT(cptr)}}",
            f"#define {i.upper}_CLIENT_NAMED(name) {{{named(i, 'name')}}}",
            f"struct {i.name}_client *{i.name}_default(void);"]
    for verb, kind in (("bind", "err_t"), ("rebind", "err_t"), ("close", "void")):
        call = f"channel_{verb}(&client->channel);"
        out += [f"static inline {kind} {i.name}_client_{verb}(struct {i.name}_client *client)", "{",
                f"    {'return ' if kind == 'err_t' else ''}{call}", "}"]
    for m in i.methods:
        out += [""] + c_comment(m.comment) + [stub_signature(i, m) + ";"]
    out += ["", f"extern const struct interface {i.name}_interface;", f"struct {i.name}_ops {{"]
    for m in i.methods:
        params = ["struct call *call"] + declarations(m.args, "in") + declarations(m.results, "fill")
        out += [f"    err_t (*{m.c})(" + ", ".join(params) + ");"]
    out += ["};", f"#define {i.upper}_SERVICE(ops_, ...) "
            f"{{.interface = &{i.name}_interface, .ops = (ops_), ##__VA_ARGS__}}", ""]
    out += [reply_signature(i, m) + ";" for m in i.methods]
    return "\n".join(out + ["", "#endif", ""])


def validators(i):
    out = []
    for kind in i.types.values():
        if isinstance(kind, Enum):
            test = f"return value <= {kind.most};" if kind.dense else \
                "return " + " || ".join(f"value == {v}" for v in sorted(set(kind.values.values()))) + ";"
            out += [f"static inline bool {kind.check}(uint64_t value)", "{", f"    {test}", "}", ""]
        elif kind.checks("s"):
            out += [f"static inline bool {kind.check}(const {kind.c} *s)", "{",
                    "    return " + " &&\n           ".join(kind.checks("s")) + ";", "}", ""]
    return out


def read(p, suffix):
    """Statements that read parameter p from `in` into variables named NAME + suffix."""
    k, x = p.kind, p.c + suffix
    if isinstance(k, Scalar):
        return [f"{k.c} {x} = ({k.c})reader_word(&in, {k.most});"]
    if isinstance(k, Enum):
        check = [] if k.dense else [f"if (!{k.check}((uint64_t){x}))", "    in.failed = true;"]
        return [f"{k.c} {x} = ({k.c})reader_word(&in, {k.most});"] + check
    if isinstance(k, Struct):
        check = [f"if ({x} && !{k.check}({x}))", "    in.failed = true;"] if k.checks("s") else []
        return [f"const {k.c} *{x} = reader_words(&in, {k.words_most});"] + check
    if isinstance(k, String):
        return [f"size_t {p.name}_length{suffix};",
                f"const char *{x} = reader_string(&in, {k.n}, &{p.name}_length{suffix});"]
    if isinstance(k, Bytes):
        return [f"size_t {p.name}_bytes{suffix};",
                f"const void *{x} = reader_bytes(&in, {k.n}, &{p.name}_bytes{suffix});"]
    if isinstance(k, List):
        count = f"{p.name}_count{suffix}"
        check = [f"for (uint32_t i = 0; i < {count}; i++) {{", f"    if (!{k.element.check}(&{x}[i]))",
                 "        in.failed = true;", "}"] if k.element.checks("s") else []
        return [f"uint32_t {count};",
                f"const {k.element.c} *{x} = reader_list(&in, {k.n}, sizeof *{x}, &{count});"] + check
    if isinstance(k, Cap):
        return [f"cptr_t {x} = reader_cap(&in);"]
    return [f"uint32_t {p.name}_count{suffix};",
            f"const cptr_t *{x} = reader_caps(&in, {k.n}, &{p.name}_count{suffix});"]


def write(p):
    """Statements that write the value of p, in the form that declarations(..., "in") has."""
    k, x = p.kind, p.c
    if isinstance(k, (Scalar, Enum)):
        return [f"writer_word(&out, (uint64_t){x});"]
    if isinstance(k, Struct):
        return [f"writer_struct(&out, {x}, sizeof *{x});"]
    if isinstance(k, String):
        return [f"writer_string(&out, {x}, {p.name}_length);"]
    if isinstance(k, Bytes):
        return [f"writer_bytes(&out, {x}, {p.name}_bytes);"]
    if isinstance(k, List):
        return [f"writer_list(&out, {x}, {p.name}_count, sizeof *{x});"]
    if isinstance(k, Cap):
        return [f"writer_cap(&out, {x});"]
    return [f"writer_caps(&out, {x}, {p.name}_count);"]


def limits(params, refuse):
    """Statements that refuse values which are too long, before they are written."""
    out = []
    for p in params:
        k = p.kind
        if isinstance(k, String):
            out += [f"size_t {p.name}_length = strlen({p.c});", f"if ({p.name}_length > {k.n})", "    " + refuse("TOO_LONG")]
        elif isinstance(k, Bytes):
            out += [f"if ({p.name}_bytes > {k.n})", "    " + refuse("TOO_LONG")]
        elif isinstance(k, (List, Caps)):
            out += [f"if ({p.name}_count > {k.n})", "    " + refuse("TOO_MANY")]
    return out


def size_of(params, extra, value):
    """An expression for the words of a payload; `value(p)` is the length of a parameter of no fixed size."""
    total, parts = extra + sum(p.kind.words_most for p in params if p.kind.fixed and not isinstance(p.kind, Caps)), []
    for p in params:
        if isinstance(p.kind, Caps):
            total += 1
        elif isinstance(p.kind, String):
            parts.append(f"message_string_words({value(p)})")
        elif isinstance(p.kind, Bytes):
            parts.append(f"message_bytes_words({value(p)})")
        elif isinstance(p.kind, List):
            parts.append(f"1 + {value(p)} * {p.kind.element.size // 8}")
    return " + ".join([str(total)] + parts)


def sent_length(p):
    return {String: f"{p.name}_length", Bytes: f"{p.name}_bytes", List: f"{p.name}_count"}[type(p.kind)]


def received_length(p):
    return f"({p.name}_capacity < {p.kind.n} ? {p.name}_capacity : {p.kind.n})"


def indent(lines, by=1):
    return ["    " * by + line if line else line for line in lines]


def short_headers(m):
    """The headers of a short call, without an id."""
    return (f"MESSAGE_HEADER({m.number}, 0, {m.request.most})", f"MESSAGE_HEADER({m.number} | MESSAGE_REPLY, 0, {m.reply.most})")


def short_stub(i, m):
    request, reply_header = short_headers(m)
    out = [stub_signature(i, m), "{", "    uint64_t w[8];"]
    if m.repeat:
        out += ["    uint32_t tries = 0;", "again:;"]
    if m.args:
        out += ["    struct writer out = {w + 1, w + 1, NULL, 0};"]
    for p in m.args:
        out += indent(write(p))
    out += [f"    err_t error = rpc_short(&client->channel, w, {request},", f"                            {reply_header});"]
    if m.repeat:
        out += ["    if (error == ERR_PEER_DEAD && channel_repeat(&client->channel, &tries))", "        goto again;"]
    if m.results:
        out += ["    if (error)", "        return error;",
                f"    struct reader in = {{w + 2, w + 1, w + 1 + {m.reply.most // 8}, NULL, 0, 0, false}};"]
        for p in m.results:
            out += indent(read(p, "_in"))
        out += ["    if (!reader_end(&in))", "        return ERR_MESSAGE;"]
        out += [line for p in m.results for line in indent(deliver(p))]
    return out + ["    return error;", "}", ""]


def stub(i, m):
    if m.short:
        return short_stub(i, m)
    most = max(8, 1 + max(m.request.most, m.reply.most) // 8)  # eight are always sent from and received into
    dynamic = most > STACK_WORDS
    out = [stub_signature(i, m), "{"]
    out += indent(limits(m.args, lambda e: f"return ERR_{e};"))
    out += [f"    uint64_t stack[{min(most, STACK_WORDS)}];"]
    if dynamic:
        caps = 8 * (max(m.request.caps, m.reply.caps) - 1)
        out += [f"    size_t request_words = {size_of(m.args, 0, sent_length)};",
                f"    size_t reply_words = {size_of(m.results, 1, received_length)};",
                "    size_t words = request_words > reply_words ? request_words : reply_words;"]
        if caps > 0:
            out += [f"    if (words < {caps})", f"        words = {caps};"]
            out += ["    reply_words = words;"] if m.reply.caps > 1 else []
        out += [f"    uint64_t *w = message_buffer(stack, {STACK_WORDS}, 1 + words);", "    if (!w)",
                "        return ERR_NO_MEMORY;"]
        room = "(uint32_t)(reply_words * 8)"
    else:
        out += ["    uint64_t *w = stack;"]
        room = str(m.reply.most)
    if m.request.caps:
        out += [f"    cptr_t caps[{m.request.caps}];"]
    if m.reply.caps:
        out += [f"    cptr_t reply_caps[{m.reply.caps}];"]
    if m.repeat:
        out += ["    uint32_t tries = 0;", "again:;"]
    out += [f"    struct writer out = {{w + 1, w + 1, {'caps' if m.request.caps else 'NULL'}, 0}};"]
    for p in m.args:
        out += indent(write(p))
    fields = ["w = w", f"method = {m.number}", "request_bytes = writer_end(&out)", f"reply_room = {room}",
              f"cap_count = {'out.cap_count' if m.request.caps else 0}", f"reply_cap_room = {m.reply.caps}"]
    fields += ["caps = caps"] if m.request.caps else []
    fields += ["reply_caps = reply_caps"] if m.reply.caps else []
    out += ["    struct rpc rpc;"] + [f"    rpc.{field};" for field in fields]
    out += ["    err_t error = rpc_call(&client->channel, &rpc);"]
    if m.repeat:
        out += ["    if (error == ERR_PEER_DEAD && channel_repeat(&client->channel, &tries))", "        goto again;"]
    release = ["    message_buffer_free(stack, w);"] if dynamic else []
    out += ["    if (error) {"] + indent(release) + ["        return error;", "    }"]
    caps = "reply_caps, rpc.reply_cap_count" if m.reply.caps else "NULL, rpc.reply_cap_count"
    out += [f"    struct reader in = {{w + 2, w + 1, w + 1 + rpc.reply_bytes / 8, {caps}, 0, false}};"]
    for p in m.results:
        out += indent(read(p, "_in"))
    out += ["    if (!reader_end(&in))", "        error = ERR_MESSAGE;"]
    out += indent(fits(m.results))
    if m.reply.caps:
        out += ["    if (error)", "        rpc_drop_caps(&rpc);"]
    if m.results:
        out += ["    if (!error) {"] + [line for p in m.results for line in indent(deliver(p), 2)] + ["    }"]
    return out + release + ["    return error;", "}", ""]


def fits(results):
    out = []
    for p in results:
        if isinstance(p.kind, (String, Bytes)):
            length = f"{p.name}_length_in + 1" if isinstance(p.kind, String) else f"{p.name}_bytes_in"
            out += [f"if (!error && {p.c} && {length} > {p.name}_capacity)", "    error = ERR_TOO_LONG;"]
        elif isinstance(p.kind, (List, Caps)):
            out += [f"if (!error && {p.c} && {p.name}_count_in > {p.name}_capacity)", "    error = ERR_TOO_LONG;"]
    return out


def deliver(p):
    """Statements that give a checked result to the caller."""
    k, x = p.kind, p.c
    if isinstance(k, (Scalar, Enum)):
        return [f"if ({x})", f"    *{x} = {x}_in;"]
    if isinstance(k, Struct):
        return [f"if ({x})", f"    *{x} = *{x}_in;"]
    if isinstance(k, String):
        return [f"if ({x})", f"    memcpy({x}, {x}_in, {p.name}_length_in + 1);"]
    if isinstance(k, Bytes):
        return [f"if ({x} && {p.name}_bytes_in)", f"    memcpy({x}, {x}_in, {p.name}_bytes_in);",
                f"if ({p.name}_bytes)", f"    *{p.name}_bytes = {p.name}_bytes_in;"]
    if isinstance(k, Cap):
        return [f"if ({x})", f"    *{x} = {x}_in;", "else", f"    cap_free({x}_in);"]
    out = [f"if ({x} && {p.name}_count_in)", f"    memcpy({x}, {x}_in, {p.name}_count_in * sizeof *{x});"]
    if isinstance(k, Caps):
        out += [f"for (uint32_t i = 0; !{x} && i < {p.name}_count_in; i++)", f"    cap_free({x}_in[i]);"]
    return out + [f"if ({p.name}_count)", f"    *{p.name}_count = {p.name}_count_in;"]


def client(i):
    quoted = f'"{i.name}"'
    slot = named(i, quoted)
    if i.birth:
        slot = f"CHANNEL_BIRTH({i.birth}, {quoted})" if i.rebinds else f"CHANNEL_SLOT({i.birth})"
    out = [NOTICE.format(i.name) + "#include <abi/slots.h>", "#include <caps/caps.h>", f"#include <idl/{i.name}.h>",
           "#include <messaging/marshal.h>", ""]
    out += validators(i)
    out += [f"struct {i.name}_client *{i.name}_default(void)", "{",
            f"    static struct {i.name}_client client = {{{slot}}};", "    return &client;", "}", ""]
    for m in i.methods:
        out += stub(i, m)
    return "\n".join(out)


def room(m):
    """Statements before a handler runs: a place for each result. Those of no fixed size are made where they stay or above."""
    out, at = [], 2
    for p in m.results:
        k, x = p.kind, p.c
        if isinstance(k, (Scalar, Enum)):
            out += [f"{k.c} {x} = 0;"]
        elif isinstance(k, Cap):
            out += [f"cptr_t {x} = 0;"]
        elif isinstance(k, Caps):
            out += [f"cptr_t {x}[{k.n}];", f"uint32_t {p.name}_count = 0;"]
        elif isinstance(k, Struct):
            out += [f"{k.c} *{x} = (void *)(call->reply + {at});", f"memset({x}, 0, sizeof *{x});"]
        elif isinstance(k, String):
            out += [f"char *{x} = (char *)(call->reply + {at + 1});", f"*{x} = 0;"]
        elif isinstance(k, Bytes):
            out += [f"void *{x} = call->reply + {at + 1};", f"size_t {p.name}_bytes = 0;"]
        else:
            out += [f"{k.element.c} *{x} = (void *)(call->reply + {at + 1});", f"memset({x}, 0, {k.n} * sizeof *{x});",
                    f"uint32_t {p.name}_count = 0;"]
        at += k.words_most
    return out


def handler_arguments(m):
    result = ["call"]
    for p in m.args:
        result.append(p.c)
        if isinstance(p.kind, Bytes):
            result.append(f"{p.name}_bytes")
        elif isinstance(p.kind, (List, Caps)):
            result.append(f"{p.name}_count")
    for p in m.results:
        result.append(("&" if isinstance(p.kind, (Scalar, Enum, Cap)) else "") + p.c)
        if isinstance(p.kind, Bytes):
            result.append(f"&{p.name}_bytes")
        elif isinstance(p.kind, (List, Caps)):
            result.append(f"&{p.name}_count")
    return ", ".join(result)


def dispatch(i, m):
    out = [f"static err_t dispatch_{m.name}(struct call *call)", "{",
           f"    const struct {i.name}_ops *ops = call->service->ops;"]
    if not m.short:
        out += ["    struct reader in = {call->request, call->request, call->request + call->request_bytes / 8,",
                "                        call->request_caps, call->request_cap_count, 0, false};"]
    elif m.args:  # the table has only this one length
        out += [f"    struct reader in = {{call->request, call->request, call->request + {m.request.most // 8}, NULL, 0, 0, false}};"]
    for p in m.args:
        out += indent(read(p, ""))
    if m.args or not m.short:
        out += ["    if (!reader_end(&in))", "        return ERR_MESSAGE;"]
    out += [f"    if (!ops->{m.c})", "        return ERR_UNSUPPORTED;"]
    if m.short and not m.results:
        return out + [f"    return ops->{m.c}({handler_arguments(m)});", "}", ""]
    out += indent(room(m))
    out += [f"    err_t error = ops->{m.c}({handler_arguments(m)});", "    if (error || call->deferred)",
            "        return error;"]
    for p in m.results:
        if isinstance(p.kind, String):
            out += [f"    size_t {p.name}_length = strnlen({p.c}, {p.kind.n});"]
        elif isinstance(p.kind, Bytes):
            out += [f"    if ({p.name}_bytes > {p.kind.n})", "        return ERR_TOO_LONG;"]
        elif isinstance(p.kind, (List, Caps)):
            out += [f"    if ({p.name}_count > {p.kind.n})", "        return ERR_TOO_MANY;"]
    out += ["    struct writer out = {call->reply + 2, call->reply + 1, call->reply_caps, 0};"]
    for p in m.results:
        out += indent(write(p))
    return out + ["    call->reply_bytes = writer_end(&out);", "    call->reply_cap_count = out.cap_count;",
                  "    return ERR_OK;", "}", ""]


def reply(i, m):
    out = [reply_signature(i, m), "{", "    if (error) {", "        reply_error(reply, error);", "        return;", "    }"]
    for line in limits(m.results, lambda e: f"REFUSE(ERR_{e});"):
        out += [f"    {line}"]
    words = max(8, 1 + m.reply.most // 8)
    dynamic = words > STACK_WORDS
    out += [f"    uint64_t stack[{min(words, STACK_WORDS)}];"]
    if dynamic:
        out += [f"    size_t words = {size_of(m.results, 1, sent_length)};"]
        if m.reply.caps > 1:
            out += [f"    if (words < {8 * (m.reply.caps - 1)})", f"        words = {8 * (m.reply.caps - 1)};"]
        out += [f"    uint64_t *w = message_buffer(stack, {STACK_WORDS}, 1 + words);", "    if (!w)",
                "        REFUSE(ERR_NO_MEMORY);"]
    else:
        out += ["    uint64_t *w = stack;"]
    if m.reply.caps:
        out += [f"    cptr_t caps[{m.reply.caps}];"]
    out += ["    w[1] = ERR_OK;", f"    struct writer out = {{w + 2, w + 1, {'caps' if m.reply.caps else 'NULL'}, 0}};"]
    for p in m.results:
        out += indent(write(p))
    caps = "caps, out.cap_count" if m.reply.caps else "NULL, 0"
    out += ["    uint32_t bytes = writer_end(&out);", f"    reply_send(reply, w, bytes, {caps});"]
    return out + (["    message_buffer_free(stack, w);"] if dynamic else []) + ["}", ""]


def server(i):
    out = [NOTICE.format(i.name) + f"#include <idl/{i.name}.h>", "#include <messaging/marshal.h>", "",
           "#define REFUSE(error_) \\", "    do { \\", "        reply_error(reply, error_); \\", "        return; \\",
           "    } while (0)", ""]
    out += validators(i)
    for m in i.methods:
        out += dispatch(i, m)
    for m in i.methods:
        out += reply(i, m)
    out += [f"static const struct method methods[] = {{"]
    for m in i.methods:
        out += [f"    {{\"{m.name}\", {m.request.least}, {m.request.most}, {m.reply.most}, {m.request.caps}, "
                f"{m.reply.caps}, dispatch_{m.name},", f"     {', '.join(short_headers(m)) if m.short else 'METHOD_LONG, METHOD_LONG'}}},"]
    out += ["};", "", f"const struct interface {i.name}_interface = {{\"{i.name}\", {len(i.methods)}, methods}};", ""]
    return "\n".join(out)


def reference(i):
    out = [f"# Interface {i.name}", ""] + i.comment + [""]
    if i.birth:
        out += [f"Every process is born with a channel to it, in `{i.birth}`.", ""]
    if i.consts:
        out += ["| constant | value | |", "|---|---|---|"]
        out += [f"| `{i.upper}_{c.name}` | {c.value} | {' '.join(c.comment)} |" for c in i.consts.values()] + [""]
    for kind in i.types.values():
        out += [f"## {kind.c}", ""] + kind.comment + ([""] if kind.comment else [])
        if isinstance(kind, Enum):
            out += [", ".join(f"`{kind.prefix}{n}` = {v}" for n, v in kind.values.items()), ""]
        else:
            out += [f"- `{f.kind.idl} {f.name}`" for f in kind.fields] + [""]
    if i.rebinds:
        out += ["A client whose channel has died binds again by itself.", ""]
    for m in i.methods:
        args = ", ".join(f"{p.kind.idl} {p.name}" for p in m.args)
        results = ", ".join(f"{p.kind.idl} {p.name}" for p in m.results)
        out += [f"## {m.name}({args})" + (f" → ({results})" if results else ""), ""]
        out += m.comment + ([""] if m.comment else [])
        if m.repeat:
            out += ["The stub repeats it if the service dies meanwhile.", ""]
        out += ["```c", stub_signature(i, m), "```", "",
                f"Method {m.number}; request of {m.request.least} to {m.request.most} bytes and at most {m.request.caps} "
                f"capabilities, reply of at most {m.reply.most} bytes and {m.reply.caps} capabilities.", ""]
    return "\n".join(out)
