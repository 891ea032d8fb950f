"""Networks that the tests make themselves, seeded and scaled like real captures, and the instruction sets at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin import _core
from afxplugin.captures import GATES, Architecture, Capture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afxplugin.captures import Cell

ISAS = [name for name in ("baseline", "avx2", "avx512") if _core.isa_available(name)]


def make_capture(
    cell: Cell, hidden: int, *, layers: int = 1, inputs: int = 1, seed: int = 0, stored_state: bool = False
) -> Capture:
    """A seeded network whose recurrence decays in tens of milliseconds, as those of amplifiers do."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int, scale: float) -> NDArray[np.float32]:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    weights: dict[str, NDArray[np.float32]] = {}
    for k in range(layers):
        rows = GATES[cell] * hidden
        bias = draw(rows, scale=0.2)
        if cell == "lstm":
            bias[hidden : 2 * hidden] += rng.uniform(0.0, 4.0, hidden).astype(np.float32)
        weights[f"rec.weight_ih_l{k}"] = draw(
            rows, inputs if k == 0 else hidden, scale=0.8 if k == 0 else 0.8 / hidden**0.5
        )
        weights[f"rec.weight_hh_l{k}"] = draw(rows, hidden, scale=0.7 / hidden**0.5)
        weights[f"rec.bias_l{k}"] = bias
        if cell == "gru":
            weights[f"rec.bias_hn_l{k}"] = draw(hidden, scale=0.2)
    weights["head.weight"] = draw(1, hidden, scale=0.5 / hidden**0.5)
    weights["head.bias"] = draw(1, scale=0.05)
    if stored_state:
        weights["rec.h0"] = draw(layers * hidden, scale=0.5)
        weights["rec.c0"] = draw(layers * hidden, scale=0.5)
    return Capture("made", Architecture(cell, hidden, layers, inputs), weights, 44_100, skip=1.0)


def signal(frames: int, *, streams: int = 1, seed: int = 1) -> NDArray[np.float32]:
    """(streams, frames): noise under a swell, a different one for each stream."""
    rng = np.random.default_rng(seed)
    swell = np.sin(np.linspace(0.0, 3.0 * np.pi, frames)) ** 2
    return (0.3 * swell * rng.standard_normal((streams, frames))).astype(np.float32)


def snr_db(target: NDArray[np.floating], output: NDArray[np.floating]) -> float:
    """10·log10 of target energy over error energy."""
    error = np.asarray(target, np.float64) - np.asarray(output, np.float64)
    return float(10.0 * np.log10(np.sum(np.square(target, dtype=np.float64)) / max(np.sum(error**2), 1e-300)))
