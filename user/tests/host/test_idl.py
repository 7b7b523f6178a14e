# SPDX-License-Identifier: BSD-2-Clause
#
# The IDL generator: what is wrong with an interface is said with its line; nothing is written then.

import os
import subprocess
import sys

import pytest

ROOT = os.path.join(os.path.dirname(__file__), *[".."] * 3)

BAD = [
    ("interfac x {\n}", 1, "expected 'interface', found 'interfac'"),
    ("interface x {\n  call a();", 2, "expected const, enum, struct, call, birth, rebinds, repeat or '}', found 'end of file'"),
    ("interface x {\n}", 1, "interface x has no calls"),
    ("interface x {\n call a();\n}\nmore", 4, "expected the end of the file, found 'more'"),
    ("interface x {\n call a(\n  u33 b);\n}", 3, "there is no type 'u33'"),
    ("interface x {\n call a() -> (entry e);\n struct entry { u8 a; }\n}", 2, "there is no type 'entry'"),
    ("interface x {\n call a();\n call a();\n}", 3, "'a' is there already"),
    ("interface x {\n call a(u8 b, u8 b);\n}", 2, "two parameters of a are named 'b'"),
    ("interface x {\n call a(u8 b) -> (u8 b);\n}", 2, "two parameters of a are named 'b'"),
    ("interface x {\n call a(u8 b;\n}", 2, "expected ')', found ';'"),
    ("interface x {\n call a()\n call b();\n}", 3, "expected ';', found 'call'"),
    ("interface x {\n struct s { bytes<4> b; }\n call a();\n}", 2, "bytes<4> cannot be in a struct"),
    ("interface x {\n struct s { }\n call a();\n}", 2, "struct s is empty"),
    ("interface x {\n enum e { }\n call a();\n}", 2, "enum e is empty"),
    ("interface x {\n enum e { A = 0x80000000 }\n call a();\n}", 2, "A does not fit into an enum"),
    ("interface x {\n call a(string<0> b);\n}", 2, "string of at most 0"),
    ("interface x {\n call a(string<MANY> b);\n}", 2, "there is no const 'MANY'"),
    ("interface x {\n call a(list<u8, 3> b);\n}", 2, "there is no struct 'u8'"),
    ("interface x {\n call a(bytes<2000000> b);\n}", 2, "the request of a may take 2000008 bytes"),
    ("interface x {\n call a() -> (caps<32> b, cap c);\n}", 2, "the reply of a may have 33 capabilities"),
    ("interface x {\n call default();\n}", 2, "a call cannot be named 'default'"),
    ("interface x {\n call reply_a();\n}", 2, "a call cannot be named 'reply_a'"),
    ("interface x {\n birth SLOT_A;\n birth SLOT_B;\n call a();\n}", 3, "a second birth slot"),
    ("interface x {\n repeat call a();\n}", 2, "only the calls of an interface that 'rebinds' can be repeated"),
    ("interface x {\n rebinds;\n repeat birth S;\n}", 3, "expected 'call', found 'birth'"),
    ("interface x {\n call a$();\n}", 2, "unexpected character '$'"),
    ("interface y {\n call a();\n}", 1, "interface y belongs into y.idl"),
]


def generate(folder, text):
    source = folder / "x.idl"
    source.write_text(text)
    out = [f"--{name}={folder / name}" for name in ("header", "client", "server", "doc")]
    result = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "idl.py"), *out, str(source)],
                            capture_output=True, text=True, check=False)
    return result, [name for name in ("header", "client", "server", "doc") if (folder / name).exists()]


@pytest.mark.parametrize("text,line,error", BAD)
def test_errors_name_the_line(tmp_path, text, line, error):
    result, written = generate(tmp_path, text)
    assert result.returncode != 0
    assert f"x.idl:{line}: {error}" in result.stderr
    assert not written


def test_the_same_source_gives_the_same_output(tmp_path):
    text = "interface x {\n  # One.\n  call a(u8 b) -> (string<7> c);\n}\n"
    first, written = generate(tmp_path, text)
    assert first.returncode == 0 and len(written) == 4
    before = {name: (tmp_path / name).read_text() for name in written}
    generate(tmp_path, text)
    assert before == {name: (tmp_path / name).read_text() for name in written}
    assert "/* One. */" in before["header"]


def test_a_missing_file_is_said(tmp_path):
    result = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "idl.py"), "--header=/dev/null", "--client=/dev/null",
                             "--server=/dev/null", "--doc=/dev/null", str(tmp_path / "none.idl")],
                            capture_output=True, text=True, check=False)
    assert result.returncode != 0 and "none.idl" in result.stderr
