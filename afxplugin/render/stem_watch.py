"""Whether a stem is the same file, with the same content, after its render as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afxplugin.audio import FileFacts, read_facts
from afxplugin.errors import AudioError, RenderError
from afxplugin.files import why

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path


class StemWatch:
    """Watches a stem from before it is opened until it has been played.

    What the file system says of the file is compared, and its content, read once before and once after: a time can be
    set back, and is too coarse for changes in quick succession.
    check: called now and then while the file is read; may raise to end that.
    """

    def __init__(self, stem: Path, check: Callable[[], None]) -> None:
        self._stem, self._check = stem, check
        self._status = _status(stem)
        self._facts: FileFacts | None = None

    def begin(self) -> None:
        """Read the stem before it is played. Raises AudioError."""
        self._facts = read_facts(self._stem, check=self._check)

    def end(self) -> FileFacts:
        """Read it again; what identifies it. Raises RenderError where it has changed, AudioError."""
        facts = read_facts(self._stem, check=self._check)
        if facts != self._facts or _status(self._stem) != self._status:
            raise RenderError(
                "the stem was changed while it was rendered; nothing was written; allowed: render it again",
                path=self._stem,
            )
        return facts


def _status(stem: Path) -> tuple[int, ...]:
    """What changes with every change of a file, and where another file takes its place."""
    try:
        status: os.stat_result = stem.stat()
    except (OSError, ValueError) as error:
        raise AudioError(f"cannot be read: {why(error)}", path=stem) from error
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
