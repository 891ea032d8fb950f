"""What a running batch adds to a manifest before and after each file gets its name: one JSON line each.

A manifest of thousands of entries is too long to be written for every stem. A line is on the disk before the file that
it describes appears, so a batch that is killed leaves no file that nothing explains. Lines are read and written with
the folder's lock held, and go into the manifest sooner or later.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from afxplugin.audio import share_with_folder
from afxplugin.files import read_regular
from afxplugin.render.stems import MOST_BYTES

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL_NAME = ".manifest.journal"
_LINE = TypeAdapter(dict[str, Any])


class Journal:
    """The journal of one folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL_NAME

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return os.path.lexists(self._path)

    def append(self, line: dict[str, Any], *, durable: bool) -> None:
        """Add a line, ``durable``: brought to the disk before this returns. Raises OSError where it cannot be."""
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(self._path, flags)
        except FileNotFoundError:
            descriptor = os.open(self._path, flags | os.O_CREAT, 0o666)
            share_with_folder(descriptor, self._path.parent)
        try:
            # It begins with the end of a line: what was before may be the half line of a program that was killed.
            rest = memoryview(b"\n" + json.dumps(line, separators=(",", ":")).encode())
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self) -> list[dict[str, Any]]:
        """Every whole line; none where there is no journal. Raises OSError where it cannot be read."""
        try:
            raw = read_regular(self._path, most_bytes=MOST_BYTES, what="a journal")
        except FileNotFoundError:
            return []
        lines: list[dict[str, Any]] = []
        for each in raw.split(b"\n"):
            with contextlib.suppress(ValidationError):
                lines.append(_LINE.validate_json(each))
        return lines

    def remove(self) -> None:
        """Let it go, once the manifest says what it says."""
        self._path.unlink(missing_ok=True)
