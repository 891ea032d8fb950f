"""The outline of a stem: lowest and highest samples at every zoom, from one pass over the file in constant memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from afxplugin.audio import AudioReader
from afxplugin.editor.workers import Control
from afxplugin.render.job import stem_stamp

if TYPE_CHECKING:
    from pathlib import Path

BASE_FRAMES: Final = 256
_BLOCK_FRAMES: Final = 1 << 16
_MOST_BYTES: Final = 128 << 20

Peaks = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Extremes of a file. levels[k]: (channels, bins, 2), lowest and highest of every 256 * 2^k frames.

    The last bin of a level may be of fewer frames. Samples that are not finite count as 0.
    """

    channels: int
    frames: int
    rate_hz: int
    levels: tuple[Peaks, ...]

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return sum(level.nbytes for level in self.levels)

    def columns(self, start_frame: float, frames_per_column: float, count: int) -> Peaks:
        """(channels, count, 2): extremes of ``count`` columns from ``start_frame`` on, as a painter wants them.

        A column holds the extremes of every bin that it touches, of the coarsest level that is no coarser than the
        column: at most a bin's width more than what lies in it, and never less. Outside the file: 0.
        """
        out = np.zeros((self.channels, count, 2), np.float32)
        if count == 0 or not self.levels:
            return out
        k = int(np.clip(np.floor(np.log2(max(frames_per_column, 1.0) / BASE_FRAMES)), 0, len(self.levels) - 1))
        level, width = self.levels[k], BASE_FRAMES << k
        edges = start_frame + frames_per_column * np.arange(count + 1)
        first = np.floor(edges[:-1] / width).astype(int)
        last = np.maximum(np.ceil(edges[1:] / width).astype(int), first + 1)
        inside = (edges[1:] > 0) & (edges[:-1] < self.frames)
        first, last = first.clip(0, level.shape[1] - 1), last.clip(1, level.shape[1])
        if not inside.any():
            return out
        # Columns overlap by a bin at most, which reduceat takes as pairs: every other of its results is wanted.
        pairs = np.stack([first, np.minimum(last, level.shape[1])], axis=1)[inside].ravel()
        # Only what is looked at is copied: a long stem's finest level takes megabytes.
        level = level[:, pairs.min() : pairs.max()]
        pairs -= pairs.min()
        low = np.concatenate([level[:, :, 0], level[:, -1:, 0]], axis=1)
        high = np.concatenate([level[:, :, 1], level[:, -1:, 1]], axis=1)
        out[:, inside, 0] = np.minimum.reduceat(low, pairs, axis=1)[:, ::2]
        out[:, inside, 1] = np.maximum.reduceat(high, pairs, axis=1)[:, ::2]
        return out


def read_pyramid(path: Path, control: Control | None = None) -> Pyramid:
    """Read a stem's outline, told how far and ended through ``control``. Raises AudioError, CancelledWorkError."""
    control = control or Control()
    parts: list[Peaks] = []
    with AudioReader(path) as reader:
        info = reader.info
        done = 0
        while (block := reader.read(_BLOCK_FRAMES)).shape[1]:
            control.check()
            parts.append(_extremes(block))
            done += block.shape[1]
            if len(parts) % 16 == 0:
                control.progress(done / info.frames, f"reading {path.name}")
    base = np.concatenate(parts, axis=1)
    levels = [base]
    while levels[-1].shape[1] > 1:
        levels.append(_halved(levels[-1]))
    control.progress(1.0, f"{path.name} is read")
    return Pyramid(info.channels, info.frames, info.rate_hz, tuple(levels))


def read_samples(path: Path, start_frame: int, frames: int) -> NDArray[np.float32]:
    """(channels, n) float32 of a stretch, for a zoom closer than the outline's 256 frames. Raises AudioError."""
    with AudioReader(path) as reader:
        first = max(0, min(start_frame, reader.info.frames))
        reader.seek(first)
        return np.nan_to_num(reader.read(frames), nan=0.0, posinf=0.0, neginf=0.0)


class Outlines:
    """Outlines that have been read, by path and the file's stamp: a stem that was edited is read again.

    The least used go where they take more than 128 MB together. For any thread.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int, int], Pyramid] = OrderedDict()

    def known(self, path: Path) -> Pyramid | None:
        """The outline where it has been read of the file as it is; None otherwise. Raises AudioError for no file."""
        key = (path, *stem_stamp(path))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def read(self, path: Path, control: Control | None = None) -> Pyramid:
        """The outline, read where it is not known. Errors as ``read_pyramid``."""
        found = self.known(path)
        if found is not None:
            return found
        key = (path, *stem_stamp(path))
        found = read_pyramid(path, control)
        with self._lock:
            for old in [each for each in self._kept if each[0] == path]:
                del self._kept[old]
            self._kept[key] = found
            while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > self._most_bytes:
                self._kept.popitem(last=False)
        return found


def _extremes(block: NDArray[np.float32]) -> Peaks:
    """(channels, bins, 2) of (channels, frames); blocks but the last are whole bins long."""
    if not np.isfinite(block).all():
        block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
    starts = np.arange(0, block.shape[1], BASE_FRAMES, dtype=np.int64)
    return np.stack([np.minimum.reduceat(block, starts, axis=1), np.maximum.reduceat(block, starts, axis=1)], axis=2)


def _halved(level: Peaks) -> Peaks:
    if level.shape[1] % 2:
        level = np.concatenate([level, level[:, -1:]], axis=1)
    low = np.minimum(level[:, ::2, 0], level[:, 1::2, 0])
    high = np.maximum(level[:, ::2, 1], level[:, 1::2, 1])
    return np.stack([low, high], axis=2)
