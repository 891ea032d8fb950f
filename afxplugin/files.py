"""Paths as text, and reading regular files only: a pipe, device or folder is refused, and never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, cast

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: str | os.PathLike[str], *, buffering: int = -1) -> BinaryIO:
    """Open a regular file for reading; buffering as for ``open``.

    Raises OSError, its ``strerror`` a reason without the path, where there is none or something else is there.
    """
    # O_NONBLOCK: opening a pipe must not wait for its writer. Regular files do not heed it.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        mode = Path(path).stat().st_mode  # before it is opened: a device may do something then
        descriptor = os.open(path, flags) if stat.S_ISREG(mode) else None
    except ValueError as error:  # a name with a NUL
        raise OSError(errno.EINVAL, str(error), os.fspath(path)) from error
    if descriptor is not None:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return cast("BinaryIO", os.fdopen(descriptor, "rb", buffering=buffering))
        os.close(descriptor)
    raise OSError(errno.EINVAL, f"is {special_kind(mode)}, not a file", os.fspath(path))


def read_regular(
    path: str | os.PathLike[str], *, most_bytes: int | None = None, what: str = "a file of this kind"
) -> bytes:
    """Return all bytes of a regular file. Raises OSError as ``open_regular``, also for more than ``most_bytes``.

    what: the kind of file that has at most ``most_bytes``, for the reason: "a capture".
    """
    with open_regular(path) as file:
        data = file.read(-1 if most_bytes is None else most_bytes + 1)
    if most_bytes is not None and len(data) > most_bytes:
        raise OSError(errno.EFBIG, too_large(most_bytes, what), os.fspath(path))
    return data


def why(error: Exception) -> str:
    """What went wrong, an OSError's without the path."""
    return (isinstance(error, OSError) and error.strerror) or str(error)


def shown(path: str | os.PathLike[str]) -> str:
    """A path as text that can be printed and stored: bytes that are not UTF-8 become replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")


def special_kind(mode: int) -> str:
    """What is there where it is no file, by its mode: "a folder", "a pipe"; empty for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "a special file")


def too_large(most_bytes: int, what: str) -> str:
    """The reason to refuse a file of more than ``most_bytes``."""
    size = f"{most_bytes >> 20} MB" if most_bytes >= 1 << 20 else f"{most_bytes} bytes"
    return f"larger than {size}, the most that {what} may have"
