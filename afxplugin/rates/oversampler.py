"""Streamed oversampling by cascaded half-band stages, and its slow definition.

Going up, each stage stuffs a zero behind every frame and filters with twice `design.design_half_band_fir` or `_iir`;
going down it filters and keeps the last of every two frames. Between the two the signal is padded at the top rate, by
whole frames and for low latency by a fractional all-pass, so that the round trip is a whole number of base frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afxplugin import _core
from afxplugin.audio import float_samples
from afxplugin.rates.design import (
    Filters,
    allpass_group_delay,
    design_fractional_allpass,
    design_half_band_fir,
    design_half_band_iir,
    half_band_low_pass,
)
from afxplugin.rates.resampler import one_channel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ALIGN_CYCLES = 1_000 / 44_100  # per base frame: where the low-latency round trip is whole
SMALLEST_FRACTION = 0.5  # frames left to the all-pass, where whole ones can make up the rest


def oversampler_latency_frames(factor: int, filters: Filters = "linear") -> int:
    """Latency of up followed by down in base frames; factor 1, 2, 4 or 8, else ValueError."""
    return _core.oversampler_latency_frames(factor, filters)


class Oversampler:
    """One channel to factor times its rate and back, by the compiled core; any split into calls gives the same bits."""

    def __init__(self, factor: int, *, filters: Filters = "linear", isa: str | None = None) -> None:
        """Raise ValueError unless factor is 1, 2, 4 or 8."""
        self._core = _core.Oversampler(factor, filters, isa)

    def up(self, x: ArrayLike) -> NDArray[np.float32]:
        """(frames,) -> (factor * frames,)."""
        return self._core.up(one_channel(x))

    def down(self, x: ArrayLike) -> NDArray[np.float32]:
        """(factor * frames,) -> (frames,); raises ValueError where factor does not divide the length."""
        return self._core.down(one_channel(x))

    def reset(self, up_fill: float = 0.0, down_fill: float = 0.0) -> None:
        """As if the inputs of up and of down had been these constants for ever."""
        self._core.reset(up_fill, down_fill)

    @property
    def latency_frames(self) -> int:
        """Latency of up followed by down in base frames: exact for linear, at 1 kHz of 44.1 kHz for low latency."""
        return self._core.latency_frames


@dataclass(frozen=True)
class Alignment:
    """What stands between up and down: whole frames and a fraction of one at the top rate."""

    latency_frames: int
    whole: int
    fraction: float


def align(factor: int, filters: Filters) -> Alignment:
    """Pad the stages' own round trip to the next whole number of base frames.

    A stage delays by half its order (linear), or by the mean of its chains' delays (all-pass: H = (A0 + z⁻¹A1)/2 has
    the mean of their phases, each chain running at the lower rate), once up and once down, less the one frame that
    keeping the last of each pair gives back.
    """
    delay = 0.0
    for stage in range(factor.bit_length() - 1):
        higher = 2 ** (stage + 1)
        spec = half_band_low_pass(stage, filters)
        if filters == "linear":
            once = (len(design_half_band_fir(spec)) - 1) / 2
        else:
            omega = 2 * math.pi * ALIGN_CYCLES / higher
            once = 0.5 + sum(allpass_group_delay(a, 2 * omega) for a in design_half_band_iir(spec))
        delay += (2 * once - 1) * factor / higher
    latency_frames = math.ceil(delay / factor)
    missing = latency_frames * factor - delay
    whole = int(missing) if filters == "linear" else int(max(0.0, missing - SMALLEST_FRACTION))
    return Alignment(latency_frames, whole, missing - whole)


def up_reference(x: ArrayLike, factor: int, filters: Filters) -> NDArray[np.float64]:
    """(frames,) -> (factor * frames,) in float64, silence before."""
    y = np.asarray(float_samples(x), dtype=np.float64)
    for stage in range(factor.bit_length() - 1):
        stuffed = np.zeros(2 * len(y))
        stuffed[::2] = 2 * y
        y = _half_band(stuffed, stage, filters)
    return y


def down_reference(x: ArrayLike, factor: int, filters: Filters) -> NDArray[np.float64]:
    """(factor * frames,) -> (frames,) in float64, silence before."""
    y = np.asarray(float_samples(x), dtype=np.float64)
    alignment = align(factor, filters)
    y = np.concatenate([np.zeros(alignment.whole), y])[: len(y)]
    if factor > 1 and filters == "low-latency":
        omega = 2 * math.pi * ALIGN_CYCLES / factor
        y = _allpass(y, design_fractional_allpass(alignment.fraction, omega), step=1)
    for stage in reversed(range(factor.bit_length() - 1)):
        y = _half_band(y, stage, filters)[1::2]
    return y


def _half_band(x: NDArray[np.float64], stage: int, filters: Filters) -> NDArray[np.float64]:
    if filters == "linear":
        return np.convolve(x, design_half_band_fir(half_band_low_pass(stage, filters)))[: len(x)]
    coefficients = design_half_band_iir(half_band_low_pass(stage, filters))
    even, odd = x, np.concatenate([[0.0], x])[: len(x)]
    for i, a in enumerate(coefficients):
        if i % 2 == 0:
            even = _allpass(even, a, step=2)
        else:
            odd = _allpass(odd, a, step=2)
    return 0.5 * (even + odd)


def _allpass(x: NDArray[np.float64], a: float, step: int) -> NDArray[np.float64]:
    """(a + z^-step) / (1 + a z^-step): y[n] = a x[n] + x[n - step] - a y[n - step]."""
    y = np.zeros(len(x))
    for n in range(len(x)):
        y[n] = a * x[n] + (x[n - step] - a * y[n - step] if n >= step else 0.0)
    return y
