"""Reading small files whole, and only files: a pipe would be waited on for ever, a device never ends."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from afxplugin.errors import SessionError

if TYPE_CHECKING:
    from pathlib import Path


def special_kind(mode: int) -> str:
    """What a file's mode says it is, where that is no file: "a folder", "a pipe"; empty for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    kinds = (
        (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
    )  # fmt: skip
    return next((name for test, name in kinds if test(mode)), "a special file")


def read_regular(path: Path, *, most_bytes: int, what: str) -> bytes:
    """Read a file of at most ``most_bytes``; never waits for a writer. what: what is allowed here, "a session's file".

    Raises SessionError for what is no regular file or is larger, OSError and ValueError as ``os.open``.
    """
    # Looked at before it is opened: opening alone already does something to some devices.
    _check(path, path.stat().st_mode, what)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        _check(path, os.fstat(file.fileno()).st_mode, what)
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise SessionError(f"larger than {most_bytes >> 20} MB, the most that {what} may have", path=path)
    return data


def _check(path: Path, mode: int, what: str) -> None:
    if kind := special_kind(mode):
        raise SessionError(f"{kind}, not a file; allowed: {what}", path=path)
