"""What a TOML text may cost is seen before it is parsed, and only in what is not quoted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from afxplugin.editor.state.session_file import _MOST_BYTES, _MOST_LINES, _MOST_MARKS, read_session
from afxplugin.editor.state.settings import Settings, read_settings
from afxplugin.errors import PresetError, SessionError
from afxplugin.presets.toml_file import MAX_MARKS, line_of, parse_toml, read_text
from afxplugin.presets.toml_limits import MAX_DIGITS, MAX_KEY_PARTS, MAX_LINES, MAX_NESTING, costly
from tests.conftest import ROOT

MEASURE = """
import json, resource, sys
from pathlib import Path
from afxplugin.errors import AfxError
from afxplugin.presets import read_device
from afxplugin.editor.state.session_file import read_session
read = read_device if sys.argv[1] == "device" else read_session
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read(Path(sys.argv[2]))
    told = ""
except AfxError as error:
    told = str(error)
print(json.dumps([(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, told]))
"""

BOMBS = {
    "one key": "a" + ".a" * 20_000 + " = 1\n",
    "one quoted key": '"a"' + " . 'a'" * 20_000 + " = 1\n",
    "one table": "[a" + ".a" * 20_000 + "]\n",
    "key in a table in a list": "x = [{ a" + ".a" * 20_000 + " = 1 }]\n",
    "brackets": "x = " + "[" * 500_000,
    "tables in each other": "x = " + "{a=" * 200_000,
    "tables": "".join(f"[a{k}]\n" for k in range(110_000)),
    "keys": "".join(f"a{k}=1\n" for k in range(89_000)),
    "lists": "x = [" + "[]," * 300_000 + "]\n",
    "whole number": "x = " + "1" * 1_000_000,
    "fraction": "schema_hz = 0." + "1" * 1_000_000,
    "exponent": "x = 1e" + "1" * 1_000_000,
    "hexadecimal number": "x = 0x" + "fE" * 500_000,
    "binary number": "x = 0b" + "1_0" * 300_000,
    "fraction of a time": "x = 12:00:00." + "1" * 1_000_000,
    "lines": "#\n" * 500_000,
    "lines in a string": 'x = """' + "\n" * 1_000_000 + '"""\n',
}

# Sessions as large as they may be.
LARGE_BOMBS = {
    "whole number": lambda room: "session_hz = " + "1" * room,
    "fraction": lambda room: "session_hz = 0." + "1" * room,
    "hexadecimal number": lambda room: "session_hz = 0x" + "1" * room,
    "lines": lambda room: "#\n" * (room // 2),
    "lines in a string": lambda room: 'x = """' + "\n" * room + '"""\n',
    "long header in a string": lambda room: 'x = """\n[' + "ab." * (room // 3) + ']\n"""\n',
    "strings": lambda room: 'ab""' * (room // 4),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no such measure there")
@pytest.mark.parametrize("kind", ["device", "session"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_file_takes_little_memory(tmp_path, kind, bomb):
    """At most 300 MB for a file of at most 1 MB, where one key of 40 kB has taken 1.6 GB."""
    file = tmp_path / "bomb.toml"
    file.write_text("schema = 1\n" + BOMBS[bomb])
    assert file.stat().st_size < 1 << 20
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, kind, str(file)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    grown_mb, told = json.loads(done.stdout)
    assert told
    assert grown_mb < 300


@pytest.mark.skipif(sys.platform == "win32", reason="no such measure there")
@pytest.mark.parametrize("bomb", LARGE_BOMBS)
def test_a_large_session_takes_little_memory(tmp_path, bomb):
    file = tmp_path / "bomb.afxsession"
    file.write_text("schema = 1\n" + LARGE_BOMBS[bomb](_MOST_BYTES - 100))
    assert file.stat().st_size <= _MOST_BYTES
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, "session", str(file)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    grown_mb, told = json.loads(done.stdout)
    assert told
    assert grown_mb < 300


def test_the_limits_are_where_they_are_said_to_be():
    parts, marks = ".".join("a" * MAX_KEY_PARTS), MAX_MARKS
    assert costly(f"{parts} = 1", most_marks=marks) == ""
    assert costly(f"{parts}.a = 1", most_marks=marks) == "a key of more than 16 parts; allowed: 16"
    assert costly("x = " + "[" * MAX_NESTING + "]" * MAX_NESTING, most_marks=marks) == ""
    assert "nested deeper than 16 levels" in costly("x = " + "[" * 17 + "]" * 17, most_marks=marks)
    for kind in ("{}", "-{}", "0.{}", "1e+{}", "0x{}", "0o{}", "12:00:00.{}", "[1, {}]"):
        assert costly(f"x = {kind.format('1' * MAX_DIGITS)}", most_marks=marks) == ""
        too_long = costly(f"x = {kind.format('1' * (MAX_DIGITS + 1))}", most_marks=marks)
        assert too_long == "a number of more than 100 digits; allowed: 100"
        assert costly(f"x = '{kind.format('1' * 1000)}' # {'1' * 1000}", most_marks=marks) == ""
    assert costly("\n" * MAX_LINES, most_marks=marks) == ""
    assert costly("\n" * MAX_LINES + "#", most_marks=marks) == "100001 lines; allowed: 100000"
    assert costly("\n" * MAX_LINES + "#", most_marks=marks, most_lines=_MOST_LINES) == ""
    assert costly("a = 1\nb = [2, 3]\n", most_marks=4) == ""
    assert costly("a = 1\nb = [2, 3]\n", most_marks=3) == "4 keys and values; allowed: 3"


QUOTED = [
    '"{}"', "'{}'", '"""{}"""', "'''{}'''", '"""{}""""', '"""{}"""""', "'''{}''''", "'''{}'''''", '"""\n{}\\""""',
    '"\\"{}"', '"\\\\{}"', '"#{}"', '"""\\\\{}"""', '"""a"b""c{}"""', "'''a'b''c{}'''", '1 # {}',
]  # fmt: skip
COSTLY = ".".join("a" * 40)


@pytest.mark.parametrize("quotes", QUOTED)
def test_what_is_quoted_costs_nothing_and_hides_nothing(quotes):
    quoted = f"x = {quotes.format(COSTLY + '[' * 99)}\n"
    tomllib.loads(quoted)
    assert costly(quoted, most_marks=MAX_MARKS) == ""
    assert "parts" in costly(f"{quoted}{COSTLY} = 1\n", most_marks=MAX_MARKS)
    if "#" not in quotes:  # a comment ends with its line only
        in_a_table = f"x = {{ y = {quotes.format('z')}, {COSTLY} = 1 }}\n"
        tomllib.loads(in_a_table)
        assert "parts" in costly(in_a_table, most_marks=MAX_MARKS)


PIECES = [
    '"',
    '""',
    '"""',
    "'",
    "''",
    "'''",
    "\\",
    "\n",
    "#",
    "a",
    " ",
    "=",
    ".",
    "[",
    "]",
    "{",
    "}",
    ",",
    "1",
    "a=",
    "b=",
]


@settings(max_examples=1500, deadline=None)
@given(start=st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example('x = """\\\\"""')
@example("x = ''''''")
def test_no_text_before_a_costly_key_hides_it(start):
    """Whatever the parser reads up to a line, the key on that line is seen."""
    text = f"{start}\n{COSTLY} = 1\n"
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    depth = 0
    while isinstance(document, dict) and document:
        document, depth = document.get("a", next(iter(document.values()))), depth + 1
    if depth >= 40:
        assert "parts" in costly(text, most_marks=MAX_MARKS)


def test_reading_text(tmp_path):
    file = tmp_path / "x.toml"
    file.write_bytes(b"x" * 10)
    assert read_text(file, most_bytes=10) == "x" * 10
    with pytest.raises(
        PresetError, match="^cannot be read: larger than 9 bytes, the most that a device file may have: "
    ):
        read_text(file, most_bytes=9)
    with pytest.raises(PresetError, match="^not readable as TOML: "):
        parse_toml("x = ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SessionError, match="cannot be read: is a pipe, not a file"):
        read_session(tmp_path / "pipe")
    told = read_settings(tmp_path / "pipe")
    assert told.settings == Settings()
    assert "cannot be read: is a pipe, not a file" in str(told.problem)


def test_settings_of_a_costly_text_are_the_defaults(tmp_path):
    (tmp_path / "editor.toml").write_text(f"theme = 'dark'\n{COSTLY} = 1\n")
    told = read_settings(tmp_path / "editor.toml")
    assert told.settings == Settings()
    assert "a key of more than 16 parts" in str(told.problem)


def test_lines_are_found_without_splitting_the_text():
    text = "x = 1\n" + "#" * 100_000 + "\n\n[[stem]]\npath = 'a'\r\n[[stem]]\npath = 'b'"
    assert [line_of(text, key) for key in (["x"], ["stem", 0, "path"], ["stem", 1, "path"], ["y"])] == [1, 5, 7, 0]


def test_the_largest_session_with_long_paths_is_within_the_limits(tmp_path):
    paths = [f"{'name of a folder/' * 15}{k}.wav" for k in range(10_000)]
    stems = "".join(f"[[stem]]\npath = '{path}'\n\n" for path in paths)
    queue = "".join(f"[[queue]]\nstem = '{path}'\npreset = 'A/B'\nmix = 0.5\nvariant = 'auto'\n\n" for path in paths)
    (tmp_path / "many.afxsession").write_text(f"schema = 1\n{stems}{queue}")
    session = read_session(tmp_path / "many.afxsession")
    assert (len(session.stems), len(session.queue)) == (10_000, 10_000)


def test_a_session_of_ten_thousand_stems_is_within_the_limits():
    queue = "[[queue]]\nstem = 'a.wav'\npreset = 'A/B'\nknobs = { a = 1.5, b = 2.5 }\nmix = 0.5\nvariant = 'auto'\n"
    text = "schema = 1\n" + "".join(f"[[stem]]\npath = 's{k}.wav'\n" for k in range(10_000)) + queue * 10_000
    assert len(parse_toml(text, most_marks=_MOST_MARKS)["stem"]) == 10_000
