"""A stranger's journal of a change: nothing is done of it, neither beside stems nor in the user's own folder."""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import pytest
import soundfile

from afxplugin.cli import main
from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore
from afxplugin.presets import journal as journal_module
from afxplugin.presets import staging as staging_module
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.journal import STAGING_NAME, has_safe_parent
from afxplugin.presets.staging import LOCK_NAME, Change
from afxplugin.presets.store import search_path, user_folder
from tests.presets.interrupted import store_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def victim(tmp_path):
    """A folder of somebody's, outside of all presets."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "profile").write_text("good")
    (folder / "thesis").write_text("years of work")
    return folder


@pytest.fixture
def presets(tmp_path, device, monkeypatch):
    """The folder of presets beside some stems, with a device; the user's own folder is an empty one."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    user_folder().mkdir(parents=True)
    device(tmp_path / "project" / "presets" / "green", name="Beside")
    return tmp_path / "project" / "presets"


@pytest.fixture
def own(presets):
    """The user's own folder."""
    assert presets
    return user_folder()


def put(new, old, *targets):
    return [{"target": target, "new": new, "old": old} for target in targets]


def link_moved_in(staging, victim):
    """The first move puts a link where the next ones pass."""
    (staging / "0.new").symlink_to(victim)
    (staging / "1.new").write_text("evil")
    return "journal.json", [*put(True, False, "d/l", "d/l/profile"), *put(False, False, "d/l/thesis")]


def link_moved_in_under_another_case(staging, victim):
    (staging / "0.new").symlink_to(victim)
    (staging / "1.new").write_text("evil")
    return "journal.json", [*put(True, False, "d/L", "D/l/profile"), *put(False, False, "d/l/thesis")]


def link_put_back(staging, victim):
    """The last step is taken back first: it puts a link where the others pass."""
    (staging / "0.old").write_text("evil")
    (staging / "2.old").symlink_to(victim)
    return "undo.json", [*put(True, True, "d/l/profile"), *put(True, False, "d/l/thesis"), *put(True, True, "d/l")]


def link_there(staging, victim):
    (staging.parent / "d").mkdir()
    (staging.parent / "d" / "l").symlink_to(victim)
    (staging / "0.new").write_text("evil")
    return "journal.json", [*put(True, False, "d/l/profile"), *put(False, False, "d/l/thesis")]


def link_there_to_take_back_through(staging, victim):
    (staging.parent / "d").mkdir()
    (staging.parent / "d" / "l").symlink_to(victim)
    (staging / "0.old").write_text("evil")
    return "undo.json", [*put(True, True, "d/l/profile"), *put(True, False, "d/l/thesis")]


def device_that_is_a_link(staging, victim):
    (staging.parent / "d").symlink_to(victim)
    (staging / "0.new").write_text("evil")
    return "journal.json", [*put(True, False, "d/profile"), *put(False, False, "d/thesis")]


def recorded_link(staging, victim):
    """A link that is to be made again, and a file below it."""
    (staging / "0.old").write_text("evil")
    steps = [*put(True, True, "d/l/profile"), *put(True, False, "d/l/thesis"), *put(False, False, "d/l")]
    steps[-1]["link"] = str(victim)
    return "undo.json", steps


def link_alone(staging, victim):
    """A link as a capture, of a file that is nobody else's."""
    (staging / "0.new").symlink_to(victim / "profile")
    return "journal.json", put(True, False, "green/profile")


def pipe_alone(staging, _):
    os.mkfifo(staging / "0.new")
    return "journal.json", put(True, False, "green/profile")


def up_and_out(staging, victim):
    (staging / "0.new").write_text("evil")
    return "journal.json", [*put(True, False, "d/../../../victim/profile"), *put(False, False, str(victim / "thesis"))]


ATTACKS = [
    link_moved_in, link_moved_in_under_another_case, link_put_back, link_there, link_there_to_take_back_through,
    device_that_is_a_link, recorded_link, link_alone, pipe_alone, up_and_out,
]  # fmt: skip


def attacked(folder, victim, attack):
    """Plant an attack; what there is, then."""
    staging = folder / STAGING_NAME
    staging.mkdir(parents=True)
    name, steps = attack(staging, victim)
    (staging / name).write_text(json.dumps({"steps": steps}))
    return everything(folder)


def everything(folder):
    """Every file with its content, link and folder below a folder, and when it has changed."""
    found = {}
    for path in sorted(folder.rglob("*")):
        said = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[path.relative_to(folder).as_posix()] = said, path.lstat().st_mtime_ns
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_written_beside_stems(presets, victim, attack):
    before = attacked(presets, victim, attack), everything(victim)
    found = PresetStore(search_path([presets.parent])).look()
    assert "Beside/Clean" in [preset.label for preset in found.presets]
    assert not [problem for problem in found.problems if "journal" in problem.reason]
    assert PresetStore(search_path([presets.parent])).find("Beside/Clean").label == "Beside/Clean"
    assert (everything(presets), everything(victim)) == before


def test_a_good_journal_beside_stems_is_not_ours_to_complete(presets):
    attacked(presets, presets, lambda *_: ("journal.json", put(False, False, "green/green.afx")))
    before = everything(presets)
    PresetStore(search_path([presets.parent])).look()
    PresetStore([presets]).look()
    assert everything(presets) == before


@pytest.mark.parametrize("lock", ["link", "pipe"])
def test_a_lock_beside_stems_is_not_opened(presets, victim, lock):
    (presets / STAGING_NAME).mkdir()
    (presets / STAGING_NAME / "journal.json").write_text('{"steps":[]}')
    plant_lock(presets, victim, lock)
    assert PresetStore(search_path([presets.parent])).find("Beside/Clean")
    assert (victim / "thesis").read_text() == "years of work"


def plant_lock(folder, victim, kind):
    if kind == "link":
        (folder / LOCK_NAME).symlink_to(victim / "thesis")
    else:
        os.mkfifo(folder / LOCK_NAME)


@pytest.mark.parametrize("lock", ["link", "pipe"])
def test_a_lock_in_the_own_folder_that_is_none(own, victim, lock):
    (own / STAGING_NAME).mkdir()
    (own / STAGING_NAME / "journal.json").write_text('{"steps":[]}')
    plant_lock(own, victim, lock)
    assert [problem.reason for problem in PresetStore([own]).look().problems] == ["not a plain file; remove it"]
    with pytest.raises(PresetError, match="^not a plain file; remove it: "), PresetFolder(own).locked():
        pass
    assert (victim / "thesis").read_text() == "years of work"


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_bad_journal_in_the_own_folder_is_a_problem_and_none_of_it_is_done(own, device, victim, attack):
    device(own / "green")
    before = attacked(own, victim, attack), everything(victim)
    found = PresetStore([own]).look()
    (problem,) = found.problems
    assert "remove its folder" in problem.reason
    assert [preset.name for preset in found.presets] == ["Clean", "Crunch"]
    with pytest.raises(PresetError, match="remove its folder"), PresetFolder(own).locked():
        pass
    (own / LOCK_NAME).unlink(missing_ok=True)
    after = everything(own), everything(victim)
    assert after == before


def test_a_link_that_appears_between_the_steps_is_not_followed(own, victim, monkeypatch):

    def plant(staging, _):
        for number in range(2):
            (staging / f"{number}.new").write_text("evil")
        return "journal.json", put(True, False, "a/x", "d/profile")

    def appearing(folder, target):
        if target.name == "x" and not (own / "d").is_symlink():
            (own / "d").symlink_to(victim)
        return has_safe_parent(folder, target)

    attacked(own, victim, plant)
    read = staging_module.read_journal(own, own / STAGING_NAME / "journal.json")
    monkeypatch.setattr(staging_module, "read_journal", lambda *_: read)
    monkeypatch.setattr(staging_module, "has_safe_parent", appearing)
    (problem,) = PresetStore([own]).look().problems
    assert "cannot be completed: a link, or no folder, is on the way to it" in problem.reason
    assert (victim / "profile").read_text() == "good"
    assert journal_module.has_safe_parent(own, own / "a" / "x")


def test_a_change_does_not_pass_a_link(own, victim):
    (own / "d").symlink_to(victim)
    with (
        pytest.raises(PresetError, match="a link, or no folder, is on the way"),
        PresetFolder(own).changing() as change,
    ):
        change.remove(own / "d" / "thesis")
    assert (victim / "thesis").is_file()
    assert not (own / STAGING_NAME).exists()


@pytest.mark.parametrize("moves", [0, 1, 2])
@pytest.mark.parametrize("undone", [False, True])
def test_a_removed_link_is_a_step_like_any_other(own, victim, monkeypatch, moves, undone):
    """One of ours, killed: a link is gone or is as it was, and what it leads to is untouched."""
    (own / "d").mkdir()
    (own / "d" / "l").symlink_to(victim / "profile")
    (own / "d" / "m").symlink_to("nowhere")
    make = staging_module._make

    def ending(folder, steps):
        make(folder, steps[:moves])
        raise KeyboardInterrupt

    monkeypatch.setattr(staging_module, "_make", ending)
    change = Change(own, purpose="both")
    change.remove(own / "d" / "l")
    change.write(own / "d" / "m", b"a file")
    with pytest.raises(KeyboardInterrupt):
        change.commit()
    monkeypatch.setattr(staging_module, "_make", make)
    if undone:
        (own / STAGING_NAME / "journal.json").rename(own / STAGING_NAME / "undo.json")
    assert store_of(own).look().problems == ()
    assert not (own / STAGING_NAME).exists()
    if undone:
        assert str((own / "d" / "l").readlink()) == str(victim / "profile")
        assert str((own / "d" / "m").readlink()) == "nowhere"
    else:
        assert not os.path.lexists(own / "d" / "l")
        assert not (own / "d" / "m").is_symlink()
        assert (own / "d" / "m").read_text() == "a file"
    assert (victim / "profile").read_text() == "good"


@pytest.mark.parametrize("attack", [link_moved_in, link_put_back])
def test_render_with_a_strangers_folder(presets, victim, attack, monkeypatch):
    """The command itself, in the folder of an unpacked archive."""
    before = attacked(presets, victim, attack), everything(victim)
    soundfile.write(presets.parent / "kick.wav", np.full(4800, 0.1), 48_000)
    monkeypatch.chdir(presets.parent)
    with pytest.raises(SystemExit) as ended:
        main(["render", "kick.wav", "--preset", "Beside/Clean", "--out", "o"])
    assert ended.value.code == 0
    assert (everything(presets), everything(victim)) == before
