"""Paths as a session's file holds them: relative to it where that can be, and those of another system as they are.

Everything here is pure text work, on ``PurePath`` of either system, so that both can be tested on either.
"""

from __future__ import annotations

import ntpath
import posixpath
from pathlib import Path, PurePath, PureWindowsPath
from typing import TypeVar

AnyPath = TypeVar("AnyPath", bound=PurePath)


def of_windows(path: PurePath | str) -> bool:
    """Whether this is an absolute path of Windows: ``C:\\...``, ``C:/...``, or a server's share."""
    return PureWindowsPath(str(path)).is_absolute()


def is_foreign(path: PurePath) -> bool:
    """Whether a path is Windows's on a system that is not, where it leads nowhere; ``//a/b`` leads somewhere."""
    return not isinstance(path, PureWindowsPath) and of_windows(path) and not _has_two_slashes(path)


def resolved(stored: str, folder: AnyPath) -> AnyPath:
    """The absolute path that a file in ``folder`` calls ``stored``; one of another system stays as it is written."""
    made = type(folder)
    if isinstance(folder, PureWindowsPath):
        # pathlib knows the rest: another drive, the same drive from its root, a share.
        return made(ntpath.normpath(folder / stored))
    if of_windows(stored):
        return made(stored)
    return made(posixpath.normpath(folder / stored))


def stored(path: PurePath, folder: PurePath | None) -> str:
    """What a file in ``folder`` calls ``path``, with ``/`` between folders.

    In full where ``folder`` is None or on another drive. A path of another system is given back as it was read.
    """
    if is_foreign(path) or _has_two_slashes(path):
        return str(path)
    if folder is not None:
        windows = isinstance(path, PureWindowsPath)
        try:
            relative = (ntpath if windows else posixpath).relpath(path, folder)
        except ValueError:  # another drive
            return path.as_posix()
        return PureWindowsPath(relative).as_posix() if windows else relative
    return path.as_posix()


def file_name(path: PurePath) -> str:
    """The file's own name with its suffix, whichever system the path is of."""
    return PureWindowsPath(str(path)).name if is_foreign(path) else path.name


def file_stem(path: PurePath) -> str:
    """The file's own name without its suffix, whichever system the path is of."""
    return PureWindowsPath(str(path)).stem if is_foreign(path) else path.stem


def folders_of(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders that files stand in, each once; none for paths of another system."""
    return tuple(dict.fromkeys(path.parent for path in paths if not is_foreign(path)))


def _has_two_slashes(path: PurePath) -> bool:
    """``//server/share/x``: a share in a session of Windows, and a path like any other where there are no shares."""
    return not isinstance(path, PureWindowsPath) and str(path).startswith("//")
