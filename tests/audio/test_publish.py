"""Hidden files while they are written: theirs alone, whatever another program sweeps meanwhile."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from afxplugin.audio import create_hidden, publish, remove_abandoned, share_with_folder

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files that are open cannot be removed there")


@pytest.mark.parametrize("moment", ["before the lock", "after the lock"])
def test_file_that_is_swept_before_it_is_locked_is_not_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A sweeper that found the new file first: it has its lock, or has it removed already."""
    import fcntl

    true_open = os.open
    swept: list[tuple[int, str]] = []

    def opened(path: Any, flags: int, mode: int = 0o777) -> int:
        descriptor = true_open(path, flags, mode)
        if flags & os.O_CREAT and not swept:
            other = true_open(path, os.O_RDWR)
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            swept.append((other, path))
            if moment == "before the lock":
                os.unlink(path)  # noqa: PTH108
                os.close(other)
        return descriptor

    monkeypatch.setattr(os, "open", opened)
    descriptor, path = create_hidden(tmp_path)
    ((other, taken),) = swept
    if moment == "after the lock":
        os.unlink(taken)  # noqa: PTH108
        os.close(other)
    assert path.exists()
    assert os.fstat(descriptor).st_nlink == 1
    assert remove_abandoned(tmp_path) == 0
    os.close(descriptor)
    assert remove_abandoned(tmp_path) == 1


def test_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import fcntl

    def refuse(descriptor: int, how: int) -> None:
        del descriptor, how
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    descriptor, path = create_hidden(tmp_path)
    assert remove_abandoned(tmp_path) == 0  # nobody can say whether it has a writer
    assert path.exists()
    os.close(descriptor)


SWEEPER = """
import sys
from afxplugin.audio import remove_abandoned
print("ready", flush=True)
while not sys.stdin.closed:
    for _ in range(50):
        remove_abandoned(sys.argv[1])
    print("swept", flush=True)
"""


def test_no_file_with_a_writer_is_ever_swept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SWEEPER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE) as sweeper:
        assert sweeper.stdout is not None
        sweeper.stdout.readline()
        lost = 0
        for _ in range(4_000):
            descriptor, path = create_hidden(tmp_path)
            os.write(descriptor, b"x")
            lost += not (path.exists() and os.fstat(descriptor).st_nlink)
            path.unlink(missing_ok=True)
            os.close(descriptor)
        assert sweeper.poll() is None
        sweeper.kill()
    assert lost == 0


def test_pipes_and_links_of_such_names_are_left(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".afx-0.part")
    (tmp_path / "kept").touch()
    (tmp_path / ".afx-1.part").symlink_to("kept")
    assert remove_abandoned(tmp_path) <= 1
    assert (tmp_path / "kept").exists()


@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o600), (0o775, 0o660), (0o777, 0o666), (0o707, 0o606)])
def test_file_is_shared_as_its_folder_is(tmp_path: Path, folder: int, file: int) -> None:
    tmp_path.chmod(folder)
    descriptor = os.open(tmp_path / "x", os.O_RDWR | os.O_CREAT, 0o600)
    share_with_folder(descriptor, tmp_path)
    assert stat.S_IMODE(os.fstat(descriptor).st_mode) == file
    os.close(descriptor)


@pytest.fixture(params=["rename", "reserve"])
def without_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system without hard links, and what it can do instead."""

    def refuse(*given: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", *given)

    monkeypatch.setattr(os, "link", refuse)
    if request.param == "reserve":
        monkeypatch.setattr(publish, "_rename_to_free_name", lambda *_: False)
    elif sys.platform == "linux":
        monkeypatch.setattr(publish, "_reserve_and_replace", refuse)
    return request.param


@pytest.mark.usefixtures("without_links")
def test_file_gets_a_free_name_and_no_other_without_links(tmp_path: Path) -> None:
    hidden, target = tmp_path / "hidden", tmp_path / "n\u00e4me"
    hidden.write_bytes(b"new")
    publish.publish(hidden, target, overwrite=False)
    assert target.read_bytes() == b"new"
    assert not hidden.exists()
    hidden.write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        publish.publish(hidden, target, overwrite=False)
    assert target.read_bytes() == b"new"
    assert hidden.read_bytes() == b"newer"


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, errno.EPERM, None])
def test_system_that_cannot_rename_to_a_free_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int | None
) -> None:
    """code: what it answers; None: its library has no such function."""
    import ctypes

    def rename(*given: object) -> int:
        del given
        ctypes.set_errno(code or 0)
        return -1

    library = SimpleNamespace() if code is None else SimpleNamespace(renameat2=rename)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: library)
    (tmp_path / "hidden").touch()
    assert not publish._rename_to_free_name(tmp_path / "hidden", tmp_path / "name")
