"""What a stem is, or in words why it cannot be read: what the list of stems shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.audio import read_info
from afxplugin.editor.state.stored_paths import is_foreign
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class StemInfo:
    """A stem's file: rate in Hz, channels, frames, format ("WAV") and coding ("PCM_24"); error in words, or None.

    The error is the reason alone: whoever shows it shows the stem beside it.
    """

    path: Path
    rate_hz: int = 0
    channels: int = 0
    frames: int = 0
    format: str = ""
    subtype: str = ""
    error: str | None = None

    @property
    def seconds(self) -> float:
        """Length in seconds; 0 where it cannot be read."""
        return self.frames / self.rate_hz if self.rate_hz else 0.0


def read_stem_info(path: Path) -> StemInfo:
    """Read what a stem is; raises nothing. Opens the file, so it belongs into a worker."""
    if is_foreign(path):
        return StemInfo(path, error="missing: a path of Windows, which this system does not have")
    try:
        info = read_info(path)
    except AfxError as error:
        return StemInfo(path, error=error.reason)
    return StemInfo(path, info.rate_hz, info.channels, info.frames, info.format, info.subtype)
