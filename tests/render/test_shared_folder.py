"""One output folder, two users: each can lock, read and add to the manifest, whatever their umasks."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from afxplugin.render import render
from afxplugin.render.folder_lock import LOCK_NAME, FolderLock
from tests.render import material

pytestmark = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can work as two users")
AMP = material.random_capture()
ANNA, BERT, BOTH = 60_001, 60_002, 60_003


def as_user(user: int, work: Callable[[], None], *, umask: int = 0o022) -> None:
    """Do something in a forked process of a user who is a member of the group of both."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([BOTH])
            os.setgid(user)
            os.setuid(user)
            os.umask(umask)
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may search, with two stems."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    for name in ("a.wav", "b.wav"):
        material.stem_file(folder / name)
    # All that is imported late must be before the user changes: the program's own folder may be closed to them.
    render([folder / "a.wav", folder / "absent.wav"], capture=AMP, out=folder / "warm")
    render(folder / "a.wav", capture=AMP, out=folder / "warm", resume=True)
    (folder / "out").mkdir()
    yield folder
    shutil.rmtree(folder)


def batch(folder: Path, name: str) -> Callable[[], None]:
    def work() -> None:
        result = render(folder / name, capture=AMP, out=folder / "out", jobs=1)
        assert result.complete, (result.results, result.problems)

    return work


@pytest.mark.parametrize(("mode", "group"), [(0o2775, BOTH), (0o775, BOTH), (0o777, 0)])
@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_second_user_adds_to_the_manifest(shared: Path, mode: int, group: int, umask: int) -> None:
    os.chown(shared / "out", 0, group)
    (shared / "out").chmod(mode)
    as_user(ANNA, batch(shared, "a.wav"), umask=umask)
    as_user(BERT, batch(shared, "b.wav"), umask=umask)
    as_user(ANNA, lambda: None)
    told = {
        entry["output"]: entry["status"]
        for entry in json.loads((shared / "out" / "manifest.json").read_text()).values()
    }
    assert told == {"a [Amp].wav": "done", "b [Amp].wav": "done"}
    assert material.leftovers(shared / "out") == []


def test_lock_of_another_user_that_can_only_be_read_will_do(shared: Path) -> None:
    """As the version before made them."""
    (shared / "out").chmod(0o777)
    lock = shared / "out" / LOCK_NAME
    lock.touch()
    lock.chmod(0o644)
    as_user(BERT, batch(shared, "b.wav"))


def test_lock_in_a_folder_where_files_are_their_owners(shared: Path) -> None:
    (shared / "out").chmod(0o1777)

    def work() -> None:
        with FolderLock(shared / "out").held():
            pass

    as_user(ANNA, work)
    as_user(BERT, work)


def test_folder_where_the_manifest_is_another_users_says_so(shared: Path) -> None:
    (shared / "out").chmod(0o1777)
    as_user(ANNA, batch(shared, "a.wav"))

    def work() -> None:
        (result,) = render(shared / "b.wav", capture=AMP, out=shared / "out", jobs=1).results
        assert result.error == (
            "cannot write the manifest: the folder's sticky bit keeps you from replacing another user's manifest; "
            f"allowed: an output folder of your own: {shared / 'out' / 'manifest.json'}"
        )

    as_user(BERT, work)


def test_lock_excludes(shared: Path) -> None:
    ready, go_on = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with FolderLock(shared / "out").held():
            os.write(ready[1], b"x")
            os.read(go_on[0], 1)
            (shared / "first").touch()
        os._exit(0)
    os.read(ready[0], 1)
    os.write(go_on[1], b"x")
    with FolderLock(shared / "out").held():
        assert (shared / "first").exists()
    os.waitpid(child, 0)
