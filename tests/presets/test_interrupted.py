"""A change of presets is made whole or not at all: killed at every step, on a full disk, and by a next writer."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys

import pytest

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore
from afxplugin.presets import staging as staging_module
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.install_pack import import_pack
from afxplugin.presets.pack import export_pack
from afxplugin.presets.removal import remove_named
from afxplugin.presets.staging import STAGING_NAME, Change
from tests.conftest import ROOT
from tests.presets.interrupted import operations, state, store_of, tree
from tests.presets.pack_material import licensed, store_at

OPERATIONS = ["import", "add", "add to", "remove", "remove preset"]


@pytest.fixture
def material(device, tmp_path):
    """A pack of three devices and a capture."""
    for name in ("Amber", "Blue", "Green Overdrive"):
        licensed(device, tmp_path / "from" / name, "MIT", name=name)
    (tmp_path / "m").mkdir()
    export_pack(store_at(tmp_path, "from"), ["Amber", "Blue", "Green Overdrive"], tmp_path / "m" / "three.afxpack")
    shutil.copy(tmp_path / "from" / "Blue" / "green.afx", tmp_path / "m")
    return tmp_path / "m"


@pytest.fixture
def own(material, tmp_path):
    """A folder that has one of the pack's devices, without one of its presets, and a preset of the user's."""
    folder = PresetFolder(tmp_path / "own")
    export_pack(store_at(tmp_path, "from"), ["Green Overdrive/Clean"], material / "one.afxpack")
    import_pack(store_of(folder.folder), material / "one.afxpack", folder)
    mine = folder.folder / "mine"
    mine.mkdir()
    (mine / "preset.toml").write_text('schema = 2\ndevice = "Green Overdrive"\n[[preset]]\nname = "Mine"\n')
    return folder.folder


@pytest.fixture
def own_of_several(own, device):
    """Two more devices, one of them with presets of a file of its own."""
    device(own / "brown", name="Brown")
    device(own / "red", name="Red")
    entries = "".join(f"[[preset]]\nname = '{name}'\n" for name in ("One", "Two", "Three"))
    (own / "red" / "preset.toml").write_text(f"schema = 2\ndevice = 'Red'\n{entries}")
    return own


def tries(operation, kind, own, material):
    done = subprocess.run(
        [sys.executable, "-m", "tests.presets.interrupted", operation, kind, str(own), str(material)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills itself in a child")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_killed_at_every_step(operation, own, material):
    before, (*killed, whole) = state(own), tries(operation, "kill", own, material)
    assert whole["ended"] == "past"
    assert len(killed) > 8
    assert {each["ended"] for each in killed} == {"killed"}
    whole_state = {key: whole[key] for key in ("labels", "problems", "tree")}
    for each in killed:
        assert each["problems"] == (whole["problems"] if each["labels"] == whole["labels"] else [])
        assert each["labels"] in (before["labels"], whole["labels"])
        if each["labels"] == before["labels"] != whole["labels"]:
            assert each["tree"] == before["tree"]
            assert "again" not in each  # repeating the command completes it
        assert each["finally"] == whole_state
    assert killed[0]["labels"] == before["labels"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fails in a child")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_full_disk_at_every_step(operation, own, material):
    before, (*failed, whole) = state(own), tries(operation, "full", own, material)
    assert whole["ended"] == "past"
    assert {each["ended"] for each in failed} <= {"refused", "done"}
    for each in failed:
        expected = before if each["ended"] == "refused" else whole
        assert {key: each[key] for key in before} == {key: expected[key] for key in before}
    assert [each["ended"] for each in failed].count("refused") > 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills itself in a child")
def test_a_removal_of_several_is_whole_and_repeating_it_completes_it(own_of_several, material):
    before, (*killed, whole) = state(own_of_several), tries("remove several", "kill", own_of_several, material)
    assert whole["labels"] == ["Red/Clean", "Red/Crunch", "Red/Three"]
    assert {each["ended"] for each in killed} == {"killed"}
    completed = 0
    for each in killed:
        assert each["labels"] in (before["labels"], whole["labels"])
        assert each["finally"]["tree"] == whole["tree"]
        completed += each["labels"] == whole["labels"]
        assert "again" not in each or each["labels"] == whole["labels"]  # ``state`` has completed it: all are unknown
    assert 3 < completed < len(killed)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fails in a child")
def test_a_removal_of_several_on_a_full_disk(own_of_several, material):
    before, (*failed, whole) = state(own_of_several), tries("remove several", "full", own_of_several, material)
    for each in failed:
        expected = before if each["ended"] == "refused" else whole
        assert {key: each[key] for key in before} == {key: expected[key] for key in before}
    assert [each["ended"] for each in failed].count("refused") > 3


@pytest.mark.parametrize("names", [["Green Overdrive", "nothing"], ["Red/One", "Factory/Clean"], ["nothing", "Red"]])
def test_one_name_that_cannot_be_removed_keeps_all(own_of_several, device, tmp_path, names):
    device(tmp_path / "factory" / "f", name="Factory")
    store = PresetStore([own_of_several, tmp_path / "factory"], own=own_of_several)
    before = tree(own_of_several), (own_of_several / "red" / "preset.toml").read_text()
    with pytest.raises(PresetError, match="unknown|not in your own folder"):
        remove_named(store, names, PresetFolder(own_of_several))
    assert (tree(own_of_several), (own_of_several / "red" / "preset.toml").read_text()) == before


def interrupted_removal(own, monkeypatch, *names):
    def ending(*_):
        raise KeyboardInterrupt

    make = staging_module._make
    monkeypatch.setattr(staging_module, "_make", ending)
    with pytest.raises(KeyboardInterrupt):
        remove_named(store_of(own), names, PresetFolder(own))
    monkeypatch.setattr(staging_module, "_make", make)


def test_the_removal_that_has_just_been_completed_is_no_error(own_of_several, monkeypatch):
    store, folder = store_of(own_of_several), PresetFolder(own_of_several)
    interrupted_removal(own_of_several, monkeypatch, "Brown", "Red/One")
    assert remove_named(store, ["red/one", "BROWN"], folder) is None
    assert {preset.device for preset in store.list()} == {"Green Overdrive", "Red"}
    with pytest.raises(PresetError, match="'red/one': unknown"):
        remove_named(store, ["red/one", "BROWN"], folder)


@pytest.mark.parametrize("names", [["Brown"], ["Red/One", "Brown", "nothing"]])
def test_another_removal_than_the_completed_one_has_unknown_names(own_of_several, monkeypatch, names):
    interrupted_removal(own_of_several, monkeypatch, "Brown", "Red/One")
    with pytest.raises(PresetError, match="unknown"):
        remove_named(store_of(own_of_several), names, PresetFolder(own_of_several))


def test_names_given_twice_or_within_each_other(own_of_several):
    names = ["Red/One", "red", "Red/Clean", "RED/one", "Red"]
    files, presets = remove_named(store_of(own_of_several), names, PresetFolder(own_of_several))
    assert len(files) == 3
    assert presets == []
    assert not (own_of_several / "red").exists()


def test_devices_that_share_a_capture_take_it_along_together(own_of_several):
    file = own_of_several / "red" / "device.toml"
    (file.parent / "green.afx").unlink()
    file.write_text(file.read_text().replace('"green.afx"', '"../brown/green.afx"'))
    files, _ = remove_named(store_of(own_of_several), ["Red", "Brown"], PresetFolder(own_of_several))
    assert own_of_several / "brown" / "green.afx" in files
    assert not (own_of_several / "brown").exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB; skips where none can be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs a file system of its own, which only root can mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_file_system_without_room(small_disk, own, material):
    """With 0, 1, 2 ... pages left, until the pack fits: all three devices or none of them."""
    ended, before = [], state(own)
    for pages in range(60):
        folder = small_disk / "own"
        shutil.copytree(own, folder)
        page = os.statvfs(small_disk).f_bsize
        with (small_disk / "filler").open("wb") as filler, contextlib.suppress(OSError):
            filler.write(bytes(os.statvfs(small_disk).f_bavail * page - pages * page))
        try:
            operations(folder, material)["import"]()
            ended.append("done")
        except PresetError as error:
            ended.append(error.reason)
            assert tree(folder) == before["tree"]
            assert [preset.label for preset in store_of(folder).list()] == before["labels"]
        else:
            assert len(store_of(folder).list()) == 7
        shutil.rmtree(folder)
        (small_disk / "filler").unlink()
        if ended[-1] == "done":
            break
    assert len(ended) > 3
    assert ended[-1] == "done"
    assert set(ended[:-1]) == {"cannot be written: No space left on device"}


def left_behind(own, monkeypatch, *, moves):
    """The folder as a program leaves it that ends after so many moves of a change of two files."""

    def ending(folder, steps):
        make(folder, steps[:moves])
        raise KeyboardInterrupt

    make = staging_module._make
    monkeypatch.setattr(staging_module, "_make", ending)
    change = Change(own)
    change.write(own / "red" / "preset.toml", b"schema = 2\ndevice = 'Green Overdrive'\n[[preset]]\nname = 'Red'\n")
    change.write(own / "mine" / "preset.toml", b"schema = 2\ndevice = 'Green Overdrive'\n[[preset]]\nname = 'New'\n")
    with pytest.raises(KeyboardInterrupt):
        change.commit()
    monkeypatch.undo()


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_a_reader_completes_what_a_writer_left(own, monkeypatch, moves):
    left_behind(own, monkeypatch, moves=moves)
    found = store_of(own).look()
    assert [preset.name for preset in found.presets] == ["Clean", "New", "Red"]
    assert found.problems == ()
    assert not (own / STAGING_NAME).exists()


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_what_cannot_be_moved_is_taken_back_even_when_that_is_interrupted(own, monkeypatch, moves):
    before = state(own)
    left_behind(own, monkeypatch, moves=moves)
    (own / STAGING_NAME / "journal.json").rename(own / STAGING_NAME / "undo.json")
    if moves:  # the first of the files that are taken back has been
        (own / "red" / "preset.toml").unlink()
    assert state(own) == before


def hostile(own, *targets):
    (own / STAGING_NAME).mkdir()
    (own / STAGING_NAME / "0.new").write_text("planted")
    steps = [{"target": target, "new": k == 0, "old": False} for k, target in enumerate(targets)]
    (own / STAGING_NAME / "journal.json").write_text(json.dumps({"steps": steps}))


@pytest.mark.parametrize(
    "target",
    [
        "../out.toml",
        "/tmp/out.toml",
        "link/out.toml",
        "a/../../out.toml",
        "out.toml",
        "a/%2e%2e/%2E./out.toml",
        "a%00/b",
        "",
    ],
)
def test_a_strangers_journal_moves_nothing_out_of_the_folder(own, tmp_path, target):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out.toml").write_text("mine")
    (tmp_path / "elsewhere" / "out.toml").write_text("mine")
    (own / "link").symlink_to(tmp_path / "elsewhere")
    hostile(own, target, target)
    found = store_of(own).look()
    (problem,) = found.problems
    assert problem.reason == "a journal whose files are not in this folder; remove its folder"
    assert [preset.name for preset in found.presets] == ["Clean", "Mine"]  # and hides none
    assert (tmp_path / "out.toml").read_text() == (tmp_path / "elsewhere" / "out.toml").read_text() == "mine"
    with pytest.raises(PresetError, match="remove its folder"), PresetFolder(own).locked():
        pass


@pytest.mark.parametrize("text", ["", "{}", "[" * 5000, '{"steps": 7}', '{"steps": [{"target": "a/b"}]}', "\0"])
def test_a_journal_that_is_none(own, text):
    hostile(own)
    (own / STAGING_NAME / "journal.json").write_text(text)
    (problem,) = store_of(own).look().problems
    assert "not a journal" in problem.reason


def test_a_staging_folder_that_is_a_link_or_a_file(own, tmp_path, material):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "journal.json").write_text("mine")
    for make in (lambda path: path.symlink_to(tmp_path / "elsewhere"), lambda path: path.write_text("")):
        make(own / STAGING_NAME)
        assert len(store_of(own).list()) >= 2
        operations(own, material)["import" if len(store_of(own).list()) == 2 else "remove"]()
    assert (tmp_path / "elsewhere" / "journal.json").read_text() == "mine"


def test_a_reader_does_not_wait_for_ever(own, monkeypatch):
    monkeypatch.setattr(staging_module, "_READER_WAIT_S", 0.05)
    left_behind(own, monkeypatch, moves=0)
    monkeypatch.setattr(staging_module, "_READER_WAIT_S", 0.05)
    with staging_module.FileLock(own / staging_module.LOCK_NAME):
        assert [preset.name for preset in store_of(own).list()] == ["Clean", "Mine"]
    assert [preset.name for preset in store_of(own).list()] == ["Clean", "New", "Red"]


def test_a_refused_pack_makes_no_folder(device, material, tmp_path):
    device(tmp_path / "factory" / "blue", name="BLUE")  # with another capture
    store = PresetStore([tmp_path / "user", tmp_path / "factory"])
    with pytest.raises(PresetError, match="'Blue': is there with another capture"):
        import_pack(store, material / "three.afxpack", PresetFolder(tmp_path / "user"))
    assert not (tmp_path / "user").exists()
