"""Changes of several files that come about together, whatever ends the program or fills the disk.

All new files are written in a hidden folder of the same file system first, and every old one that they replace gets a
second name there. Then a journal that lists the moves appears: from then on the change counts. Whoever next opens the
folder to write, or whose own folder it is, completes what a killed program left: without a journal the hidden folder
goes, with one the moves that are missing are made. A move that fails turns the journal into one by which all of them
are taken back. Every step may be repeated. Nobody touches what is in the hidden folder of anybody else's presets.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from afxplugin.audio import replace_file
from afxplugin.errors import PresetError
from afxplugin.files import why
from afxplugin.presets.journal import STAGING_NAME, Journal, Step, has_safe_parent, quoted, read_journal

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

LOCK_NAME = ".presets.lock"
_JOURNAL, _UNDO = "journal.json", "undo.json"
_LOCK_POLL_S = 0.005
_READER_WAIT_S = 2.0  # a journal is there for as long as some renames take


class Change:
    """Files to write and to remove in a folder, all at once; only while the folder is ``locked``.

    purpose: what ``locked`` gives to whoever completes the change.
    """

    def __init__(self, folder: Path, *, purpose: str = "") -> None:
        self.folder = folder
        self._purpose = purpose
        self._staging = folder / STAGING_NAME
        self._steps: list[Step] = []

    def write(self, target: Path, data: bytes) -> None:
        """A file to put at ``target``, inside the folder, in the place of what may be there."""
        number = self._add(target, new=True)
        replace_file(self._staging / f"{number}.new", data)

    def remove(self, target: Path) -> None:
        """A file to remove, and the folders that it leaves empty."""
        self._add(target, new=False)

    def _add(self, target: Path, *, new: bool) -> int:
        number = len(self._steps)
        _check_parent(self.folder, target)
        self._staging.mkdir(exist_ok=True)
        link = quoted(str(target.readlink())) if target.is_symlink() else None
        old = link is None and os.path.lexists(target)
        if old:
            _second_name(target, self._staging / f"{number}.old")
        relative = target.relative_to(self.folder).as_posix()
        self._steps.append(Step(target=quoted(relative), new=new, old=old, link=link))
        return number

    def commit(self) -> None:
        """Make the change. Raises OSError, with all as it was, where a file cannot be moved."""
        if not self._steps:
            return
        text = Journal(steps=self._steps, purpose=self._purpose).model_dump_json()
        replace_file(self._staging / _JOURNAL, text.encode())
        try:
            _make(self.folder, self._steps)
        except OSError:
            (self._staging / _JOURNAL).replace(self._staging / _UNDO)
            _take_back(self.folder, self._steps)
            _clear(self.folder)
            raise
        _clear(self.folder)

    def discard(self) -> None:
        """Forget the change, unless its journal is there already."""
        if not is_unfinished(self.folder):
            with contextlib.suppress(OSError):
                _clear(self.folder)


@contextlib.contextmanager
def locked(folder: Path, *, wait_s: float) -> Generator[str]:
    """Alone with a folder of presets, which is as its last complete change left it; only for a folder of the user's.

    Gives the purpose of the change that had to be completed; empty where there was none, or where it was taken back.
    Raises Timeout where another program keeps it, OSError, PresetError where an unfinished change cannot be completed.
    """
    lock = folder / LOCK_NAME
    if os.path.lexists(lock) and not stat.S_ISREG(lock.lstat().st_mode):  # to lock a link empties what it leads to
        raise PresetError("not a plain file; remove it", path=lock)
    with FileLock(lock).acquire(timeout=wait_s, poll_interval=_LOCK_POLL_S):
        yield _complete(folder)


def is_unfinished(folder: Path) -> bool:
    """Whether a change of this folder counts but is not complete."""
    return any(os.path.lexists(folder / STAGING_NAME / name) for name in (_JOURNAL, _UNDO))


def completed(folder: Path) -> PresetError | None:
    """Complete the change that a killed program left; what keeps it from being completed, None where nothing does.

    A change that another program is making is waited for, though not for long.
    """
    try:
        with locked(folder, wait_s=_READER_WAIT_S):
            return None
    except Timeout:
        return None
    except PresetError as problem:
        return problem
    except OSError as error:
        return PresetError(f"an interrupted change of presets cannot be completed: {why(error)}", path=folder)


def _complete(folder: Path) -> str:
    """Complete what was left. Returns the purpose of a change that has been made by this."""
    staging = folder / STAGING_NAME
    if not staging.is_dir() or staging.is_symlink():
        staging.unlink(missing_ok=True)  # none of ours; of a link, the link alone goes
        return ""
    purpose = ""
    if os.path.lexists(staging / _UNDO):
        _take_back(folder, read_journal(folder, staging / _UNDO).steps)
    elif os.path.lexists(staging / _JOURNAL):
        journal = read_journal(folder, staging / _JOURNAL)
        _make(folder, journal.steps)
        purpose = journal.purpose
    _clear(folder)
    return purpose


def _make(folder: Path, steps: Sequence[Step]) -> None:
    for number, step in enumerate(steps):
        target = step.path(folder)
        _check_parent(folder, target)
        if not step.new:
            target.unlink(missing_ok=True)
            continue
        staged = folder / STAGING_NAME / f"{number}.new"
        if os.path.lexists(staged):  # else it has been moved before
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
    _remove_empty(folder, [step for step in steps if not step.new])
    for parent in {step.path(folder).parent for step in steps} | {folder}:
        _sync(parent)


def _take_back(folder: Path, steps: Sequence[Step]) -> None:
    for number, step in reversed(list(enumerate(steps))):
        target = step.path(folder)
        _check_parent(folder, target)
        kept = folder / STAGING_NAME / f"{number}.old"
        if step.old:
            if os.path.lexists(kept):  # else it has been put back before
                target.parent.mkdir(parents=True, exist_ok=True)
                kept.replace(target)
        elif step.link is not None:
            if not target.is_symlink():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                target.symlink_to(step.link_text())
        elif step.new and not os.path.lexists(folder / STAGING_NAME / f"{number}.new"):
            target.unlink(missing_ok=True)
    _remove_empty(folder, [step for step in steps if not step.old and step.link is None])


def _check_parent(folder: Path, target: Path) -> None:
    """Raise OSError where a link, or what is no folder, is on the way to a file."""
    if not has_safe_parent(folder, target):
        raise OSError(errno.ENOTDIR, "a link, or no folder, is on the way to it", os.fspath(target))


def _remove_empty(folder: Path, steps: Sequence[Step]) -> None:
    for step in steps:
        for parent in step.path(folder).parents:
            if parent == folder:
                break
            with contextlib.suppress(OSError):  # something else is in it, or it is gone
                _check_parent(folder, parent)
                parent.rmdir()


def _clear(folder: Path) -> None:
    """Remove the hidden folder; the journal first, for without it what is left means nothing."""
    staging = folder / STAGING_NAME
    for name in (_JOURNAL, _UNDO):
        (staging / name).unlink(missing_ok=True)
    shutil.rmtree(staging, ignore_errors=True)


def _second_name(target: Path, name: Path) -> None:
    """Keep what is at ``target``: by a hard link, or a copy where the file system has none."""
    try:
        os.link(target, name, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(target, name, follow_symlinks=False)


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EACCES, errno.EISDIR, errno.EPERM):
            raise
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EBADF, errno.EACCES):
            raise
    finally:
        os.close(descriptor)
