"""The part of a stem that is worth listening to: its loudest stretch, or the one asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import AudioReader
from afxplugin.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from afxplugin.audio.source import Truncated

LONGEST_S = 600.0
_HOPS_PER_SECOND = 10
_FADE_S = 0.01


@dataclass(frozen=True)
class Excerpt:
    """Part of a stem: x (channels, frames) float32 with 10 ms fades, from ``from_s`` on; ``notes`` on the stem."""

    x: NDArray[np.float32]
    rate_hz: int
    from_s: float
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.x.shape[1] / self.rate_hz


def read_excerpt(stem: Path, *, from_s: float | None, seconds: float, truncated: Truncated = "fail") -> Excerpt:
    """``seconds`` of a stem (less where it ends before), from ``from_s`` or, where that is None, the loudest.

    Raises AudioError where the stem cannot be read, RenderError where the stretch lies outside it or holds samples
    that are not finite.
    """
    if not 0.0 < seconds <= LONGEST_S:
        raise RenderError(f"seconds is {seconds:g}; allowed: above 0 to {LONGEST_S:g}")
    with AudioReader(stem, truncated=truncated) as reader:
        info = reader.info
        frames = min(info.frames, max(1, round(seconds * info.rate_hz)))
        if from_s is None:
            first = loudest_frame(reader, frames)
        elif 0.0 <= from_s < info.seconds:
            first = min(round(from_s * info.rate_hz), info.frames - 1)
        else:
            allowed = f"0 to below the stem's length of {info.seconds:.3f} s"
            raise RenderError(f"from is {from_s:g} s; allowed: {allowed}", path=stem)
        reader.seek(first)
        x = reader.read(frames)
    if not np.isfinite(x).all():
        reason = f"samples from {first / info.rate_hz:.3f} s on are not finite; allowed: numbers"
        raise RenderError(reason, path=stem)
    return Excerpt(_faded(x, info.rate_hz), info.rate_hz, first / info.rate_hz, info.notes)


def _look_nowhere() -> None:
    pass


def loudest_frame(reader: AudioReader, frames: int, *, look: Callable[[], None] = _look_nowhere) -> int:
    """First frame, on a grid of 100 ms, of the ``frames`` with most energy; constant memory but for one sum a hop.

    look: called with every hop, for whoever wants to end it by raising. Raises AudioError.
    """
    hop = max(1, reader.info.rate_hz // _HOPS_PER_SECOND)
    energies: list[float] = []
    while (block := reader.read(hop)).shape[1]:
        look()
        finite = np.where(np.isfinite(block), block, 0.0).astype(np.float64)
        energies.append(float(np.sum(finite**2)))
    so_far = np.concatenate(([0.0], np.cumsum(energies)))
    hops = min(len(energies), -(-frames // hop))
    start = int(np.argmax(so_far[hops:] - so_far[: len(so_far) - hops])) * hop
    return min(start, reader.info.frames - frames)


def _faded(x: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Raised-cosine fades, so that a cut in the middle of a note neither clicks nor rings in an ideal resampler."""
    length = min(round(_FADE_S * rate_hz), x.shape[1] // 2)
    fade = (0.5 - 0.5 * np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))).astype(np.float32)
    faded = x.copy()
    faded[:, :length] *= fade
    faded[:, x.shape[1] - length :] *= fade[::-1]
    return faded
