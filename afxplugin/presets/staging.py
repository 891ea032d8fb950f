"""Changes of several files that come about together, whatever ends the program or fills the disk.

All new files are written in a hidden folder of the same file system first, and every old one that they replace gets a
second name there. Then a journal that lists the moves appears: from then on the change counts. Whoever next opens the
folder completes what a killed program left: without a journal the hidden folder goes, with one the moves that are
missing are made. A move that fails turns the journal into one by which all of them are taken back. Every step may be
repeated.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote_from_bytes, unquote_to_bytes

from filelock import FileLock, Timeout
from pydantic import BaseModel, Field, ValidationError

from afxplugin.audio import replace_file
from afxplugin.errors import PresetError
from afxplugin.files import why
from afxplugin.presets.places import leads_into
from afxplugin.presets.toml_file import read_text

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

LOCK_NAME = ".presets.lock"
STAGING_NAME = ".staging"
_JOURNAL, _UNDO = "journal.json", "undo.json"
_LOCK_POLL_S = 0.005
_READER_WAIT_S = 2.0  # a journal is there for as long as some renames take
_MAX_JOURNAL_BYTES = 4 << 20
_MAX_STEPS = 5000  # a pack has at most 1000 members


class _Step(BaseModel, extra="forbid", frozen=True):
    """A file to put in place (``new``) or to remove; ``old``: there is one now, which is kept meanwhile."""

    target: Annotated[str, Field(max_length=16_384)]  # relative, %-quoted: a name may hold bytes that are no Unicode
    new: bool
    old: bool

    def path(self, folder: Path) -> Path:
        """The file, in the folder of the journal."""
        return folder / os.fsdecode(unquote_to_bytes(self.target))


class _Journal(BaseModel, extra="forbid"):
    steps: Annotated[list[_Step], Field(max_length=_MAX_STEPS)]


class Change:
    """Files to write and to remove in a folder, all at once; only while the folder is ``locked``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._staging = folder / STAGING_NAME
        self._steps: list[_Step] = []

    def write(self, target: Path, data: bytes) -> None:
        """A file to put at ``target``, inside the folder, in the place of what may be there."""
        number = self._add(target, new=True)
        replace_file(self._staging / f"{number}.new", data)

    def remove(self, target: Path) -> None:
        """A file to remove, and the folders that it leaves empty."""
        self._add(target, new=False)

    def _add(self, target: Path, *, new: bool) -> int:
        number = len(self._steps)
        self._staging.mkdir(exist_ok=True)
        old = os.path.lexists(target)
        if old:
            _second_name(target, self._staging / f"{number}.old")
        quoted = quote_from_bytes(os.fsencode(target.relative_to(self.folder).as_posix()))
        self._steps.append(_Step(target=quoted, new=new, old=old))
        return number

    def commit(self) -> None:
        """Make the change. Raises OSError, with all as it was, where a file cannot be moved."""
        if not self._steps:
            return
        text = _Journal(steps=self._steps).model_dump_json()
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
def locked(folder: Path, *, wait_s: float) -> Generator[None]:
    """Alone with a folder of presets, which is as its last complete change left it.

    Raises Timeout where another program keeps it, OSError, PresetError where an unfinished change cannot be completed.
    """
    with FileLock(folder / LOCK_NAME).acquire(timeout=wait_s, poll_interval=_LOCK_POLL_S):
        _complete(folder)
        yield


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


def _complete(folder: Path) -> None:
    staging = folder / STAGING_NAME
    if not staging.is_dir() or staging.is_symlink():
        staging.unlink(missing_ok=True)  # none of ours; of a link, the link alone goes
        return
    if os.path.lexists(staging / _UNDO):
        _take_back(folder, _steps(folder, staging / _UNDO))
    elif os.path.lexists(staging / _JOURNAL):
        _make(folder, _steps(folder, staging / _JOURNAL))
    _clear(folder)


def _steps(folder: Path, journal: Path) -> list[_Step]:
    """The steps of a journal, none of which leads out of the folder, whoever wrote it."""
    text = read_text(journal, most_bytes=_MAX_JOURNAL_BYTES, what="a journal")
    try:
        found = _Journal.model_validate_json(text).steps
    except ValidationError as error:
        raise PresetError("not a journal of a change; remove its folder", path=journal) from error
    for step in found:
        parts = os.fsdecode(unquote_to_bytes(step.target)).split("/")
        plain = all(part not in ("", ".", "..") and "\0" not in part for part in parts) and parts[0] != STAGING_NAME
        if not plain or len(parts) < 2 or not leads_into(step.path(folder).parent, folder):
            raise PresetError("a journal whose files are not in this folder; remove its folder", path=journal)
    return found


def _make(folder: Path, steps: Sequence[_Step]) -> None:
    for number, step in enumerate(steps):
        target = step.path(folder)
        if not step.new:
            target.unlink(missing_ok=True)
            continue
        staged = folder / STAGING_NAME / f"{number}.new"
        if staged.exists():  # else it has been moved before
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
    _remove_empty(folder, [step for step in steps if not step.new])
    for parent in {step.path(folder).parent for step in steps} | {folder}:
        _sync(parent)


def _take_back(folder: Path, steps: Sequence[_Step]) -> None:
    for number, step in reversed(list(enumerate(steps))):
        target = step.path(folder)
        kept = folder / STAGING_NAME / f"{number}.old"
        if step.old:
            if os.path.lexists(kept):  # else it has been put back before
                target.parent.mkdir(parents=True, exist_ok=True)
                kept.replace(target)
        elif not os.path.lexists(folder / STAGING_NAME / f"{number}.new"):
            target.unlink(missing_ok=True)
    _remove_empty(folder, [step for step in steps if not step.old])


def _remove_empty(folder: Path, steps: Sequence[_Step]) -> None:
    for step in steps:
        for parent in step.path(folder).parents:
            if parent == folder:
                break
            with contextlib.suppress(OSError):  # something else is in it, or it is gone
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
