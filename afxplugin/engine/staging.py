"""A temporary folder for what a graph reads while it is built; those of processes that were killed are swept away."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

PREFIX: Final = "afx-graph-"
_TRIES: Final = 100


@contextlib.contextmanager
def staging_folder() -> Generator[Path]:
    """A private folder that goes with the context, or with the first graph that is built after this process died.

    The owner holds a lock on the folder itself, which ends with its process however that one ends.
    Raises OSError where there is no room for it.
    """
    _sweep()
    folder, descriptor = _locked_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked_folder() -> tuple[Path, int]:
    for _ in range(_TRIES):
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        descriptor = _lock(folder)
        if descriptor is not None:
            return folder, descriptor
    raise OSError("no temporary folder can be locked")


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the lock of a folder of this user's; None where another has it, or it is gone."""
    import fcntl  # graphs are played on Linux only

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Somebody who swept it in between held the lock until it was gone.
            if os.path.samestat(os.fstat(descriptor), folder.stat()):
                return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


@functools.cache
def _sweep() -> None:
    """Remove the folders whose owners are gone; once a process, for it looks through the temporary folder."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        descriptor = _lock(folder)
        if descriptor is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)
