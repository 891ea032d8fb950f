"""What identifies a file: its size, the time of its last change, and a hash of its content."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Long enough that hashing runs without the GIL nearly all of the time, short enough to be stopped at once.
_BLOCK_BYTES = 1 << 20
_SMALL_BYTES = 256_000_000


@dataclass(frozen=True)
class FileFacts:
    """Size in bytes, time of the last change in ns, and sha256 (hex) of a file."""

    bytes: int
    mtime_ns: int
    sha256: str

    def as_dict(self) -> dict[str, int | str]:
        """The facts as plain JSON values."""
        return {"bytes": self.bytes, "mtime_ns": self.mtime_ns, "sha256": self.sha256}


def read_facts(path: Path, *, check: Callable[[], None] | None = None) -> FileFacts:
    """Read a whole file and say what identifies it. ``check`` is called for every MiB and may raise to end it.

    Raises:
        AudioError: the file cannot be read, or is no regular file.

    """
    with open_regular(path) as file:
        mtime_ns = os.fstat(file.fileno()).st_mtime_ns
        digest = hashlib.sha256()
        size = 0
        try:
            while block := file.read(_BLOCK_BYTES):
                if check is not None:
                    check()
                digest.update(block)
                size += len(block)
        except OSError as error:
            raise _unreadable(path, error) from error
    return FileFacts(size, mtime_ns, digest.hexdigest())


def read_small_file(path: Path) -> bytes:
    """All of a file; raises AudioError as `read_facts` does, and for more than 256 MB."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > _SMALL_BYTES:
            raise AudioError(f"is too large ({size} bytes); allowed: at most {_SMALL_BYTES}", path=path)
        try:
            return file.readall()
        except OSError as error:
            raise _unreadable(path, error) from error


def open_regular(path: Path) -> io.FileIO:
    """Open a regular file for reading, unbuffered; a pipe or device of its name does not hold the program up.

    Raises:
        AudioError: the file cannot be opened (its cause is the OSError), or is no regular file.

    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise AudioError("is not a regular file; allowed: a file", path=path)
    return io.FileIO(descriptor, "rb")


def _unreadable(path: Path, error: OSError | ValueError) -> AudioError:
    return AudioError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path=path)
