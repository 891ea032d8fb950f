"""What a stem is, or in words why it cannot be read: what the list of stems shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.audio import read_info
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class StemInfo:
    """A stem's file: rate in Hz, channels, frames, format ("WAV") and coding ("PCM_24"); error in words, or None."""

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
    try:
        info = read_info(path)
    except AfxError as error:
        return StemInfo(path, error=str(error))
    return StemInfo(path, info.rate_hz, info.channels, info.frames, info.format, info.subtype)


def find_audio(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Absolute paths of the stems that were dropped: files as they are, folders searched as ``afx render`` does.

    Raises RenderError where nothing is given, no folder holds audio, or a folder may not be searched.
    """
    from afxplugin.errors import RenderError
    from afxplugin.render.stems import find_stems

    search = find_stems([each.absolute() for each in paths], out=None)
    if not search.stems:
        raise RenderError(
            f"{search.empty_folders[0]}: no audio files in this folder; allowed: WAV, AIFF, FLAC and such"
        )
    return search.stems
