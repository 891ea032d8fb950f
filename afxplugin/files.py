"""Small files read whole. Only regular files are opened: a pipe, device or folder is refused and never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file for reading.

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
            return os.fdopen(descriptor, "rb")
        os.close(descriptor)
    raise OSError(errno.EINVAL, f"is {_kind(mode)}; allowed: a regular file", os.fspath(path))


def read_regular(path: str | os.PathLike[str], *, most_bytes: int) -> bytes:
    """Return all bytes of a regular file. Raises OSError as ``open_regular``, also for more than ``most_bytes``."""
    with open_regular(path) as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise OSError(errno.EFBIG, f"is larger than {_size(most_bytes)}", os.fspath(path))
    return data


def why(error: OSError) -> str:
    """What went wrong, without the path."""
    return error.strerror or str(error)


def _kind(mode: int) -> str:
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "no file")


def _size(count: int) -> str:
    return f"{count >> 20} MB" if count >= 1 << 20 else f"{count} bytes"
