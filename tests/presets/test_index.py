"""The index: the same answers with it, without it, and with a damaged one; files that change are read again."""

from __future__ import annotations

import os
import sqlite3

import pytest

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore
from afxplugin.presets import store as store_module
from afxplugin.presets.index import VERSION, Index
from tests.bench.presets import best_s, write_presets

QUERIES = [
    "",
    "clean",
    "CRU",
    "brown cle",
    "amp",
    "cc0",
    "drive",
    "über",
    "uber",
    "nothing at all",
    'a" OR "b',
    "*",
    "NEAR(",
]


@pytest.fixture
def folder(device, tmp_path):
    device(tmp_path / "presets" / "green")
    device(tmp_path / "presets" / "brown", name="Brown Amp")
    device(tmp_path / "presets" / "blue", name="Überamp")
    return tmp_path / "presets"


@pytest.fixture
def store(folder, tmp_path):
    return PresetStore([folder], index=Index(tmp_path / "cache" / "index.sqlite"))


def answers(store):
    return [sorted(preset.label for preset in store.search(query)) for query in QUERIES]


def test_the_same_answers_with_and_without(store, folder, tmp_path):
    (tmp_path / "file").write_text("")
    without = PresetStore([folder], index=Index(tmp_path / "file" / "index.sqlite"))  # no folder: never to be made
    expected = answers(without)
    assert expected[1] == ["Brown Amp/Clean", "Green Overdrive/Clean", "Überamp/Clean"]
    assert expected[3] == ["Brown Amp/Clean"]
    assert expected[7] == expected[8] == ["Überamp/Clean", "Überamp/Crunch"]
    assert answers(store) == answers(store) == expected
    assert store.list() == without.list()


def test_the_best_comes_first(store, folder):
    file = folder / "green" / "device.toml"
    text = file.read_text().replace("schema = 1", "schema = 2")
    file.write_text(text.replace('licence = "CC0-1.0"', 'description = "like a brown amp"'))
    assert store.search("brown")[0].device == "Brown Amp"
    assert {preset.device for preset in store.search("brown")} == {"Brown Amp", "Green Overdrive"}


def test_files_that_have_not_changed_are_not_read(store, monkeypatch):
    before = store.list()

    def parsed(path):
        raise AssertionError(path)

    monkeypatch.setattr(store_module, "_parsed", parsed)
    assert store.list() == before
    assert store.search("crunch")


def test_files_that_have_changed_are(store, folder):
    assert len(store.search("crunch")) == 3
    file = folder / "brown" / "device.toml"
    status = file.stat()
    file.write_text(file.read_text().replace("Crunch", "Sweeps"))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))  # same length, same time, same inode
    assert [preset.label for preset in store.search("sweeps")] == ["Brown Amp/Sweeps"]
    (folder / "blue" / "device.toml").unlink()
    assert [preset.label for preset in store.search("crunch")] == ["Green Overdrive/Crunch"]
    (folder / "green" / "device.toml").write_text("schema = 9")
    assert store.search("crunch") == []
    for _ in range(2):  # what is wrong with a file is remembered too
        with pytest.raises(PresetError, match="schemas 1 and 2 are read"):
            store.find("crunch")


@pytest.mark.parametrize("damage", ["garbage", "empty", "newer", "content", "truncated"])
def test_a_damaged_index_is_made_again(store, damage, tmp_path):
    expected, file = answers(store), tmp_path / "cache" / "index.sqlite"
    if damage == "garbage":
        file.write_bytes(b"not a database, but of some length " * 1000)
    elif damage == "empty":
        file.write_bytes(b"")
    elif damage == "truncated":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        statement = f"PRAGMA user_version = {VERSION + 1}"
        if damage == "content":
            statement = """UPDATE file SET content = '{"kind": "device", "content": {"device": 7}}'"""
        with sqlite3.connect(file) as database:
            database.execute(statement)
        database.close()
    assert answers(store) == expected
    assert answers(store) == expected


def test_a_locked_index_is_done_without(store, tmp_path):
    expected = answers(store)
    database = sqlite3.connect(tmp_path / "cache" / "index.sqlite", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    assert answers(store) == expected
    database.close()


def test_two_thousand_presets_are_found_quickly(tmp_path):
    """Faster by far than without the index, on any machine; tests/bench/presets.py says what it takes in seconds."""
    write_presets(tmp_path / "presets", 2000)
    (tmp_path / "file").write_text("")
    without = PresetStore([tmp_path / "presets"], index=Index(tmp_path / "file" / "none.sqlite"))
    store = PresetStore([tmp_path / "presets"], index=Index(tmp_path / "index.sqlite"))
    assert len(store.search("preset 3 kind2")) == len(without.search("preset 3 kind2")) == 120
    assert len(store.list()) == 2000
    plain = best_s(without.list, 2)
    assert best_s(store.list, 3) < plain / 2
    assert best_s(lambda: store.search("preset 3 kind2"), 3) < plain / 2
