"""Where a stem is loudest: what is compared while nobody has chosen a stretch. Looked for once for each file."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from afxplugin.audio import AudioReader
from afxplugin.render.excerpt import loudest_frame
from afxplugin.render.job import stem_stamp

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.editor.workers import Control

_MOST: Final = 1000


class Loudest:
    """Stretches that have been found, by path, stamp of the file and length; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[Path, int, int, float], float] = OrderedDict()

    def start_s(self, path: Path, seconds: float, control: Control) -> float:
        """Where the loudest ``seconds`` of a stem begin: those that ``afx compare`` takes.

        Reads all of the file the first time. Raises AudioError, CancelledWorkError.
        """
        key = (path, *stem_stamp(path), seconds)
        with self._lock:
            if key in self._known:
                return self._known[key]
        with AudioReader(path) as reader:
            frames = min(reader.info.frames, max(1, round(seconds * reader.info.rate_hz)))
            found = loudest_frame(reader, frames, look=control.check) / reader.info.rate_hz
        with self._lock:
            self._known[key] = found
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found
