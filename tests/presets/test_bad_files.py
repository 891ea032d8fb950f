"""One bad file never stops the others: it is a problem with a name, and everything else is found and played."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from afxplugin.cli import main
from afxplugin.editor.state.catalogue import read_catalogue
from afxplugin.presets import PresetStore, toml_file
from afxplugin.presets import store as store_module
from afxplugin.presets.index import Index
from afxplugin.presets.toml_text import value_text

GOOD = ["Brown Amp/Clean", "Brown Amp/Crunch", "Green Overdrive/Clean", "Green Overdrive/Crunch"]
HUGE = "0x" + "f" * 6000  # more digits than the interpreter writes out


@pytest.fixture
def folder(device, tmp_path):
    """A good device before and one behind the bad one, by name."""
    device(tmp_path / "presets" / "a", name="Brown Amp")
    device(tmp_path / "presets" / "z")
    (tmp_path / "presets" / "m").mkdir()
    return tmp_path / "presets"


def text_of(folder, old="", new=""):
    text = (folder / "z" / "device.toml").read_text().replace("Green", "Red")
    assert old in text
    return text.replace(old, new)


CONTENTS = {
    "key of 999 parts": lambda f: "a" + ".a" * 998 + " = 1\n" + text_of(f),
    "key of 40 kB": lambda f: "a" + ".a" * 20_000 + " = 1\n" + text_of(f),
    "deep lists": lambda f: text_of(f, "schema = 1", "schema = 1\nx = " + "[" * 400 + "]" * 400),
    "deep tables": lambda f: text_of(f, "schema = 1", "schema = 1\nx = " + "{a=" * 300 + "1" + "}" * 300),
    "huge schema": lambda f: text_of(f, "schema = 1", f"schema = {HUGE}"),
    "huge number": lambda f: text_of(f, '"Red Overdrive"', HUGE),
    "many digits": lambda f: text_of(f, "mix = 0.75", "mix = " + "9" * 5000),
    "date as a name": lambda f: text_of(f, '"Red Overdrive"', "1979-05-27"),
    "not TOML": lambda _: "schema = ",
    "empty": lambda _: "",
    "surrogate": lambda f: text_of(f, "Red Overdrive", "\\ud800"),
    "text of another program": lambda _: "<html>",
    "long lines that look like tables": lambda f: text_of(
        f, 'licence = "CC0-1.0"', 'x = """\n' + ("[" + " " * 100_000 + "\n" + "\n" * 100_000) * 2 + '"""'
    ),
    "too long": lambda _: "#" * ((1 << 20) + 1),
}


def looked(folder):
    """What is found, twice: as read and as remembered."""
    index = Index(folder.parent / "index.sqlite")
    first, again = (PresetStore([folder], index=index).look() for _ in range(2))
    assert [str(each) for each in first.problems] == [str(each) for each in again.problems]
    assert [preset.label for preset in first.presets] == [preset.label for preset in again.presets] == GOOD
    return first.problems


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("file", ["device.toml", "preset.toml"])
def test_bad_contents(folder, name, file):
    bad = folder / "m" / file
    bad.write_text(CONTENTS[name](folder), encoding="utf-8")
    (problem,) = looked(folder)
    assert problem.path == str(bad)
    assert problem.reason
    assert len(problem.reason) < 500
    store = PresetStore([folder])
    assert store.find("Brown Amp/Crunch").read_capture()
    assert [preset.label for preset in store.search("clean")] == GOOD[::2]


def fifo(path):
    os.mkfifo(path)


def circle(path):
    path.symlink_to(path)


def socket_file(path):
    os.mknod(path, 0o600 | stat.S_IFSOCK)


KINDS = {
    "folder": lambda path: path.mkdir(),
    "pipe": fifo,
    "link in a circle": circle,
    "link to nowhere": lambda path: path.symlink_to(path.with_name("nowhere")),
    "link to a pipe": lambda path: (os.mkfifo(path.with_name("p")), path.symlink_to(path.with_name("p"))),
    "link to a device": lambda path: path.symlink_to("/dev/zero"),
    "socket": socket_file,
    "not UTF-8": lambda path: path.write_bytes(b"schema = 2 # \xff"),
    "NUL": lambda path: path.write_bytes(bytes(1000)),
    "UTF-16": lambda path: path.write_text("schema = 2", encoding="utf-16"),
    "2 GB": lambda path: (path.touch(), os.truncate(path, 2 << 30)),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="none of these kinds of file there")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", ["device.toml", "preset.toml"])
def test_bad_kinds_of_file(folder, kind, file):
    bad = folder / "m" / file
    KINDS[kind](bad)
    (problem,) = looked(folder)
    assert problem.path == str(bad)
    assert problem.reason.startswith(("cannot be read: ", "not UTF-8 text: ", "not readable as TOML: "))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no links in a circle there")
def test_a_folder_that_is_a_link_in_a_circle(folder):
    (folder / "n").symlink_to(folder / "n")
    assert {Path(str(problem.path)).name for problem in looked(folder)} <= {"device.toml", "preset.toml"}


@pytest.mark.parametrize(
    "error",
    [RecursionError("too deep"), MemoryError(), PermissionError(errno.EACCES, "denied"), OSError(errno.EIO, "x"),
     UnicodeDecodeError("utf-8", b"", 0, 1, "x"), KeyError("x"), AssertionError(), AttributeError("x")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
@pytest.mark.parametrize("where", ["read_text", "parse_toml"])
def test_any_exception_is_this_files_problem_and_is_not_remembered(folder, monkeypatch, error, where):
    bad = folder / "m" / "device.toml"
    bad.write_text(text_of(folder))
    plain = getattr(toml_file, where)

    def failing(first, **more):
        if more.get("path", first) == bad:
            raise error
        return plain(first, **more)

    monkeypatch.setattr(toml_file, where, failing)
    (problem,) = looked(folder)
    assert problem.path == str(bad)
    assert problem.reason
    monkeypatch.undo()
    found = PresetStore([folder], index=Index(folder.parent / "index.sqlite")).look()
    assert found.problems == ()
    assert "Red Overdrive/Clean" in [preset.label for preset in found.presets]


def test_a_folder_that_cannot_be_listed_is_named(folder, tmp_path, device, monkeypatch):
    device(tmp_path / "factory" / "red", name="Red")
    scandir = os.scandir

    def refusing(path):
        if Path(path) == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(store_module.os, "scandir", refusing)
    found = PresetStore([folder, tmp_path / "factory"]).look()
    assert [str(problem) for problem in found.problems] == [f"cannot be read: Permission denied: {folder}"]
    assert [device.name for device in found.devices] == ["Red"]


def test_content_that_was_remembered_wrongly_is_read_again(folder, monkeypatch):
    index = Index(folder.parent / "index.sqlite")
    PresetStore([folder], index=index).look()
    for content in ("[" * 5000 + "]" * 5000, '{"kind": "device"}', '{"kind": "device", "content": []}', "7"):
        with index._open() as database:
            assert database is not None
            database.execute("UPDATE file SET content = ?", (content,))
        assert [preset.label for preset in PresetStore([folder], index=index).list()] == GOOD
    monkeypatch.setattr(store_module, "build_device", lambda *_: 1 / 0)
    found = PresetStore([folder], index=index).look()
    assert [problem.reason for problem in found.problems] == ["cannot be read: ZeroDivisionError: division by zero"] * 2


def test_every_face_goes_on(folder, monkeypatch, capsys, tmp_path):
    """The commands and the editor's catalogue, with the file of the report and one with lines of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "data" / "afxplugin").mkdir(parents=True)
    folder.rename(tmp_path / "data" / "afxplugin" / "presets")
    own = tmp_path / "data" / "afxplugin" / "presets"
    (own / "m" / "device.toml").write_text("a" + ".a" * 998 + " = 1\n" + text_of(own))
    text = text_of(own, "schema = 1", "schema = 2").replace("Red", "Two Lines")
    told = value_text("one\nFake/Preset  all yours")
    (own / "z" / "device.toml").write_text(text.replace('licence = "CC0-1.0"', f"description = {told}"))

    def afx(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["preset", *arguments])
        return ended.value.code, *capsys.readouterr()

    status, out, err = afx("list")
    assert status == 0
    assert "a key of more than 16 parts" in err
    assert "Brown Amp/Crunch" in out
    assert not any(line.startswith("Fake/Preset") for line in out.splitlines())
    assert "Two Lines Overdrive/Clean" in afx("search", "two", "clean")[1]
    status, out, _ = afx("show", "Two Lines Overdrive/Clean")
    assert (status, "  description   one Fake/Preset  all yours" in out) == (0, False)
    assert "one Fake/Preset all yours" in out
    assert afx("show", "Brown Amp/Crunch")[0] == 0
    status, out, _ = afx("verify", "--json")
    assert (status, len(json.loads(out)["problems"])) == (1, 1)
    catalogue = read_catalogue()
    assert catalogue.card("Brown Amp/Crunch")
    assert any("a key of more than 16 parts" in problem for problem in catalogue.problems)
