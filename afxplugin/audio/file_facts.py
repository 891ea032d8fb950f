"""What identifies a file: its size, the time of its last change, and a hash of its content."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.errors import AudioError
from afxplugin.files import open_regular, why

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
        AudioError: the file cannot be read, or is no regular file; its cause is the OSError.

    """
    try:
        file = open_regular(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
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


def _unreadable(path: Path, error: OSError) -> AudioError:
    return AudioError(f"cannot be read: {why(error)}", path=path)
