"""Automation as the host takes it: one value a block, so that an hour of it costs a few kilobytes.

The host looks up a parameter's value where each block begins, at the position in quarter notes times ``ppqn``. At its
tempo of 120 beats a minute a block of B frames is 2 B / rate quarter notes long, so with ppqn = ceil(rate / B) a block
advances the position by s = 2 B ppqn / rate >= 2 entries. Entry j therefore serves the block nearest to (j + 1/2) / s,
whatever the rounding of the host's sum of block lengths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afxplugin.engine.description import Curve

QUARTERS_A_SECOND = 2


@dataclass(frozen=True)
class HostCurve:
    """Entries (n,) float32 from 0 to 1, at least 2 (a single one is a constant to the host), and their density."""

    entries: NDArray[np.float32]
    ppqn: int


def host_curve(curve: Curve, *, rate_hz: int, block_frames: int, late_frames: int) -> HostCurve:
    """A curve in stem time for a node whose input is ``late_frames`` behind the stem."""
    ppqn = math.ceil(rate_hz / block_frames)
    stride = QUARTERS_A_SECOND * block_frames * ppqn / rate_hz
    frames = len(curve.values) / curve.rate_hz * rate_hz + late_frames
    blocks = math.ceil(frames / block_frames) + 1
    block = np.rint((np.arange(math.ceil(blocks * stride) + 1) + 0.5) / stride)
    stem_s = (block * block_frames - late_frames) / rate_hz
    index = np.clip(np.floor(stem_s * curve.rate_hz + 1e-9), 0, len(curve.values) - 1).astype(np.int64)
    return HostCurve(np.asarray(curve.values, np.float32)[index], ppqn)


def thinned(
    values: NDArray[np.float32], *, rate_hz: float, block_frames: int, graph_hz: int
) -> tuple[NDArray[np.float32], float]:
    """Values no denser than eight a block, which is more than the host looks at: (values, rate_hz)."""
    most_hz = 8.0 * graph_hz / block_frames
    if rate_hz <= most_hz:
        return values, rate_hz
    kept = math.ceil(len(values) / rate_hz * most_hz)
    index = np.minimum((np.arange(kept) / most_hz * rate_hz).astype(np.int64), len(values) - 1)
    return values[index], most_hz
