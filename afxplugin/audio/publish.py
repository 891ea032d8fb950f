"""Giving a finished file its name in one step, so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import secrets
import stat
import sys
from pathlib import Path

_PREFIX, _SUFFIX = ".afx-", ".part"
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES)


def create_hidden(folder: Path) -> tuple[int, Path]:
    """Create a hidden file of a short random name and lock it: (descriptor, path).

    Its name does not contain that of the target, which may already be as long as the file system allows. The lock ends
    with the process, however it ends, and tells `remove_abandoned` which files still have a writer.

    Raises:
        OSError: the folder does not exist or cannot be written.

    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        try:
            descriptor = os.open(path, flags, 0o666)
        except FileExistsError:
            continue
        # Between its creation and its lock another program may take the file for abandoned: then that one holds the
        # lock and is about to remove the file, or has removed it. Either way another file is needed.
        if _lock(descriptor) is not _Lock.HELD_BY_ANOTHER and os.fstat(descriptor).st_nlink:
            return descriptor, path
        os.close(descriptor)


def share_with_folder(descriptor: int, folder: Path) -> None:
    """Let everybody who may write in a folder read and write a new file of it, whatever the umask says.

    For files that several users of one folder change in turn. Nothing happens where the system does not allow it.
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        here, there = os.fstat(descriptor), folder.stat()
        if there.st_mode & stat.S_IWGRP and here.st_gid != there.st_gid:
            with contextlib.suppress(OSError):
                os.fchown(descriptor, -1, there.st_gid)
        shared = (0o060 if there.st_mode & stat.S_IWGRP else 0) | (0o006 if there.st_mode & stat.S_IWOTH else 0)
        if here.st_mode & shared != shared:
            os.fchmod(descriptor, stat.S_IMODE(here.st_mode) | shared)


def publish(hidden: Path, target: Path, *, overwrite: bool) -> None:
    """Let the file appear as `target`, at once and whole.

    Raises:
        FileExistsError: `target` exists and `overwrite` is false; of several writers exactly one succeeds.
        OSError: the folder cannot be written.

    """
    if overwrite:
        hidden.replace(target)
    elif sys.platform == "win32":
        hidden.rename(target)  # refuses an existing target there
    else:
        try:
            os.link(hidden, target)
            hidden.unlink()
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if not _rename_to_free_name(hidden, target):
                _reserve_and_replace(hidden, target)
    _sync_folder(target.parent)


def replace_file(target: Path, data: bytes) -> None:
    """Write a small file whole or not at all, in the place of what may stand there.

    Raises:
        OSError: the folder cannot be written.

    """
    descriptor, hidden = create_hidden(target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            publish(hidden, target, overwrite=True)
    finally:
        hidden.unlink(missing_ok=True)


def remove_abandoned(folder: str | os.PathLike[str]) -> int:
    """Remove the temporary files that a killed program left in a folder; return how many.

    Files that have a writer stay. A folder that cannot be read has none.
    """
    removed = 0
    with contextlib.suppress(OSError):
        for path in sorted(Path(folder).glob(f"{_PREFIX}*{_SUFFIX}")):
            removed += _remove_if_abandoned(path)
    return removed


def _remove_if_abandoned(path: Path) -> bool:
    with contextlib.suppress(OSError):
        # No link is followed, and a pipe of such a name does not hold us up.
        extra = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, os.O_RDWR | extra)
        try:
            if _lock(descriptor) is _Lock.OURS:
                path.unlink()
                return True
        finally:
            os.close(descriptor)
    return False


def _rename_to_free_name(hidden: Path, target: Path) -> bool:
    """Rename in one step unless the name is taken (FileExistsError); False where the system cannot (Linux can)."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    here, no_replace = -100, 1  # AT_FDCWD, RENAME_NOREPLACE
    old, new = os.fsencode(hidden), os.fsencode(target)
    if rename(here, ctypes.c_char_p(old), here, ctypes.c_char_p(new), ctypes.c_uint(no_replace)) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, *_NO_LINKS):
        return False
    raise OSError(code, os.strerror(code), os.fspath(hidden), None, os.fspath(target))


def _reserve_and_replace(hidden: Path, target: Path) -> None:
    """Without either (some network shares): whoever creates the name may replace it.

    A program that is killed in between leaves an empty file.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        hidden.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


class _Lock(enum.Enum):
    OURS = enum.auto()
    HELD_BY_ANOTHER = enum.auto()
    NOT_SUPPORTED = enum.auto()  # by the file system: nothing can be said of a writer


def _lock(descriptor: int) -> _Lock:
    if sys.platform == "win32":
        return _Lock.OURS  # an open file cannot be removed there, which says the same
    import fcntl  # not on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _Lock.HELD_BY_ANOTHER
    except OSError:
        return _Lock.NOT_SUPPORTED
    return _Lock.OURS


def _sync_folder(folder: Path) -> None:
    """Bring the new name itself to the disk, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
