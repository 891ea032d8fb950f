"""Edits of TOML: everything else stays as its author wrote it, and what is costly is never given to tomlkit."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore
from afxplugin.presets import folder as folder_module
from afxplugin.presets.folder import PresetFolder, Table
from afxplugin.presets.toml_edit import MAX_KEYS, MAX_LINES, with_tables, without_table

ONE = """\
[[preset]] # first
name = "One"
# about one
[preset.knobs]
Drive = 1.0

"""
TWO = """\
[[preset]]
name   = 'Two'
knobs.Drive = 2.0 # dotted
# about two

"""
ABOUT_THREE = """\
# the last

# really
"""
THREE = """\
  [[preset]]
  name = "Three"
"""
HEAD = """\
# my presets
schema = 2
device = "Green Overdrive" # the green one

"""
HANDMADE = HEAD + ONE + TWO + ABOUT_THREE + THREE


@pytest.mark.parametrize(
    ("number", "left"),
    [
        (0, HEAD + TWO + ABOUT_THREE + THREE),
        (1, HEAD + ONE + ABOUT_THREE + THREE),
        (2, (HEAD + ONE + TWO + ABOUT_THREE)),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table_is_taken_out_and_the_rest_stays(number: int, left: str, newline: str) -> None:
    assert without_table(HANDMADE.replace("\n", newline), "preset", number) == left.replace("\n", newline)


def test_comments_after_the_last_table_stay() -> None:
    assert (
        without_table(HANDMADE + "# about three\n\n# end\n", "preset", 2)
        == HEAD + ONE + TWO + ABOUT_THREE + "\n# end\n"
    )


def test_the_only_table_is_taken_out() -> None:
    device = '[device]\nname = "x"\n\n'
    capture = '[capture]\npath = "y" # here\n'
    assert without_table(device + ONE, "preset", 0) == device.rstrip("\n") + "\n"
    assert without_table(device + ONE + "# of the capture\n" + capture, "preset", 0) == (
        device + "# of the capture\n" + capture
    )


def test_tables_between_those_of_the_array_move_behind_them() -> None:
    text = '# a\n[[preset]]\nname = "One"\n# b\n[[knob]]\nname = "k"\n# c\n[[preset]]\nname = "Two"\n[capture] # d\n'
    text += 'path = "y"\n[[preset]]\nname = "Three"\n'
    shorter = without_table(text, "preset", 1)
    assert [line for line in shorter.splitlines() if line.startswith("[")] == [
        "[[preset]]", "[[preset]]", "[[knob]]", "[capture] # d",
    ]  # fmt: skip
    expected = tomllib.loads(text)
    del expected["preset"][1]
    assert tomllib.loads(shorter) == expected
    assert all(comment in shorter for comment in ("# a", "# b", "# c"))


def test_tables_are_added_at_the_end() -> None:
    new = {"name": "New", "knobs": {"Drive": 0.1}, "tags": ["a"]}
    text = '\n[[preset]]\nname = "New"\nknobs = { Drive = 0.1 }\ntags = ["a"]\n'
    assert with_tables(HANDMADE, "preset", [new, new]) == HANDMADE + text + text
    assert with_tables(HANDMADE + "\n# end", "preset", [new]) == HANDMADE + "\n# end\n" + text
    windows = HANDMADE.replace("\n", "\r\n")
    assert with_tables(windows, "preset", [new]) == windows + text.replace("\n", "\r\n")
    assert without_table(with_tables(HANDMADE, "preset", [new]), "preset", 3) == HANDMADE


def test_tables_are_added_to_an_inline_array() -> None:
    text = 'schema = 2\npreset = [{ name = "One" }, # one\n]\n# end\n'
    longer = with_tables(text, "preset", [{"name": "Two", "mix": 0.5}])
    assert longer.startswith('schema = 2\npreset = [{ name = "One" }, # one\n')
    assert longer.endswith("# end\n")
    assert tomllib.loads(longer)["preset"] == [{"name": "One"}, {"name": "Two", "mix": 0.5}]
    assert without_table(longer, "preset", 0).endswith("# end\n")


def knob_lines(style: str, knobs: dict[str, int]) -> str:
    if style == "dotted":
        return "".join(f"knobs.{name} = {position}\n" for name, position in knobs.items())
    if style == "table":
        return "[preset.knobs] # knobs\n" + "".join(f"  {name} = {position}\n" for name, position in knobs.items())
    if style == "quoted":
        return "".join(f'knobs."{name}" = {position}\n' for name, position in knobs.items())
    return "knobs = { " + ", ".join(f"{name} = {position}" for name, position in knobs.items()) + " } # inline\n"


@st.composite
def presets(draw: st.DrawFn) -> str:
    name = draw(st.text(alphabet='ab"#[]\\= é', max_size=6)).replace("\\", "\\\\").replace('"', '\\"')
    quotes = draw(st.sampled_from(['"', '"""', '"""\n']))
    lines = [draw(st.sampled_from(["", " ", "\t"])) + "[[preset]]", f"name = {quotes}{name}{quotes.strip()}"]
    lines += draw(st.lists(st.sampled_from(["", "# c", "tags = [\n'x', # x\n'y']"]), max_size=3, unique=True))
    style = draw(st.sampled_from(["dotted", "table", "quoted", "inline"]))
    knobs = draw(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), max_size=3))
    after = draw(st.lists(st.sampled_from(["", "# after", "  "]), max_size=4))
    return "\n".join(lines) + "\n" + knob_lines(style, knobs) + "".join(f"{line}\n" for line in after)


@settings(max_examples=300, deadline=None)
@given(tables=st.lists(presets(), min_size=1, max_size=4), data=st.data())
def test_any_table_is_taken_out_alone(tables: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(tables) - 1))
    text = "x = 1\n\n" + "".join(tables)
    expected = tomllib.loads(text)
    del expected["preset"][number]
    if not expected["preset"]:
        del expected["preset"]
    shorter = without_table(text, "preset", number)
    assert tomllib.loads(shorter) == expected
    others = "".join(each for k, each in enumerate(tables) if k != number)
    assert shorter.startswith("x = 1\n")
    for line in others.splitlines():
        assert line.strip() in shorter


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("preset = [" + "[" * 100, "nested deeper than 16"),
        (".".join("a" * 1000) + " = 1\n[[preset]]\n", "a key of more than 16 parts"),
        ("[[preset]]\n" * 60_000, "keys and values"),
        ("[[preset]]\n" + "".join(f"knobs.k{k} = 1\n" for k in range(MAX_KEYS + 1)), "a table of 33 keys"),
        ("[[preset]]\n" + "\n" * MAX_LINES, "5000. lines; allowed in a file to edit: 50000"),
        ("[[preset]\n", "not readable as TOML"),
    ],
    ids=["nesting", "key parts", "tables", "dotted keys", "lines", "no TOML"],
)
def test_costly_text_never_gets_to_tomlkit(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_: str) -> None:
        raise AssertionError

    monkeypatch.setattr(tomlkit, "parse", parse)
    with pytest.raises(PresetError, match=reason):
        without_table(text, "preset", 0)
    with pytest.raises(PresetError, match=reason):
        with_tables("preset = [{}]\n" + text.replace("[[preset]]", "[[other]]"), "preset", [{"name": "x"}])


def test_what_tomlkit_trips_over_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_: str) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(tomlkit, "parse", parse)
    with pytest.raises(PresetError, match="tomlkit cannot edit it: RuntimeError: odd"):
        without_table(HANDMADE, "preset", 0)


def test_a_table_that_is_not_there() -> None:
    for name, number in (("preset", 3), ("knob", 0)):
        with pytest.raises(PresetError, match="tomlkit cannot edit it"):
            without_table(HANDMADE, name, number)


@pytest.mark.parametrize(
    "code",
    [
        "import afxplugin",
        "import afxplugin.cli; afxplugin.cli.main(['--help'])",
        "import afxplugin.cli; afxplugin.cli.main(['preset', 'list'])",
        "import afxplugin.presets.folder, afxplugin.presets.pack, afxplugin.editor.state.session_file",
    ],
)
def test_only_edits_import_tomlkit(code: str) -> None:
    program = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint('tomlkit' in sys.modules, 'done')"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "False done"


# The user's folder, which writes what the edits give.


class User:
    """A user's folder with a device and its preset.toml."""

    def __init__(self, path: Path, text: str) -> None:
        self.folder = PresetFolder(path)
        self.file = path / "green" / "preset.toml"
        self.file.write_text(text)

    def names(self) -> list[str]:
        return [preset.name for preset in PresetStore([self.folder.folder]).list() if preset.file == self.file]

    def add(self, entry: Table) -> None:
        with self.folder.changing() as change:
            self.folder.put_presets(change, self.file.parent, "Green Overdrive", [entry])

    def remove(self, name: str) -> None:
        preset = next(each for each in PresetStore([self.folder.folder]).list() if each.name == name)
        with self.folder.locked():
            self.folder.remove_preset(preset)


@pytest.fixture
def user(device: Callable[..., Path], tmp_path: Path) -> Callable[[str], User]:
    device(tmp_path / "user" / "green")
    return lambda text: User(tmp_path / "user", text)


def test_text_that_only_looks_like_a_header_is_not_cut(user: Callable[[str], User]) -> None:
    like = 'name = \'Two\'\ndescription = """\n[[preset]]\nname = \'x\'\n"""'
    odd = HANDMADE.replace("name   = 'Two'", like)
    for name in ("One", "Three"):
        mine = user(odd)
        mine.remove(name)
        assert like in mine.file.read_text()
    mine = user(odd)
    mine.remove("Two")
    assert mine.file.read_text() == HEAD + ONE + ABOUT_THREE + THREE


def test_presets_in_an_inline_array_are_added_and_removed(user: Callable[[str], User]) -> None:
    text = 'schema = 2\ndevice = "Green Overdrive"\npreset = [\n  { name = "One", knobs.Drive = 1.0 }, # the first\n'
    mine = user(text + '  { name = "Two" },\n]\n')
    mine.add({"name": "Three", "knobs": {"Drive": 3.0}, "description": 'a "b"'})
    mine.remove("Two")
    three = '{ name = "Three", knobs = { Drive = 3.0 }, description = "a \\"b\\"" }'
    assert mine.file.read_text() == f"{text}  {three},\n]\n"
    assert mine.names() == ["One", "Three"]


def test_a_file_too_long_to_edit_stays(user: Callable[[str], User]) -> None:
    long = HANDMADE + "#\n" * MAX_LINES
    mine = user(long)
    with pytest.raises(PresetError, match="'One' cannot be taken out: 500.. lines; allowed in a file to edit: 50000"):
        mine.remove("One")
    assert mine.file.read_text() == long


def test_an_edit_that_changes_anything_else_is_not_written(
    user: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = user(HANDMADE)
    for name in ("with_tables", "without_table"):
        monkeypatch.setattr(folder_module, name, lambda text, *_: text.replace('"One"', '"Ones"'))
    with pytest.raises(PresetError, match="cannot take presets by the program; edit the file"):
        mine.add({"name": "New"})
    with pytest.raises(PresetError, match="'Three' cannot be taken out by the program; edit the file"):
        mine.remove("Three")
    assert mine.file.read_text() == HANDMADE
