"""Streamed conversion between two rates, and its slow definition.

    y[m] = Σ_k x[k] h(m in/out - delay - k)

with h the Kaiser-windowed sinc of `design.kaiser_sinc`, centred on 0 and scaled, for each fraction of a frame at which
an output can stand, so that its taps sum to 1: a constant input gives that constant, with no ripple from images.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from afxplugin import _core
from afxplugin.audio import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, float_samples
from afxplugin.errors import BlockError, RateError
from afxplugin.rates.design import Filters, kaiser_half_length, kaiser_sinc, resampler_low_pass

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def check_rate(rate_hz: int) -> int:
    """Give the rate back; raise RateError unless it is 8 to 384 kHz."""
    if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
        message = f"sample rate of {rate_hz} Hz was given, {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz are allowed"
        raise RateError(message)
    return rate_hz


def resampler_half_length(in_hz: int, out_hz: int, filters: Filters = "linear") -> float:
    """Half the length of the filter in input frames, the smallest delay a Resampler can have. Raises RateError."""
    return _core.resampler_half_length(check_rate(in_hz), check_rate(out_hz), filters)


def one_channel(x: ArrayLike) -> NDArray[np.float32]:
    """Give (frames,) float32 of one channel, contiguous; raise BlockError for another shape or type of samples."""
    frames = np.ascontiguousarray(float_samples(x), dtype=np.float32)
    if frames.ndim != 1:
        message = f"one channel at a time: an array of shape {frames.shape} was given, (frames,) is allowed"
        raise BlockError(message)
    return frames


class Resampler:
    """One channel between two rates, streamed by the compiled core; any split into calls gives the same bits.

    Output m comes with the call that brings input floor(m in/out). `delay` counts input frames, is exact also for
    fractions, and is by default the smallest whole number that holds half the filter.
    """

    def __init__(
        self,
        in_hz: int,
        out_hz: int,
        *,
        filters: Filters = "linear",
        delay: Fraction | None = None,
        isa: str | None = None,
    ) -> None:
        """Raise RateError for rates outside 8 to 384 kHz, ValueError for a delay below half the filter."""
        self.delay = Fraction(math.ceil(resampler_half_length(in_hz, out_hz, filters))) if delay is None else delay
        self._core = _core.Resampler(in_hz, out_hz, filters, self.delay.numerator, self.delay.denominator, isa)

    def process(self, x: ArrayLike) -> NDArray[np.float32]:
        """Feed (frames,), return the (m,) outputs that became due."""
        return self._core.process(one_channel(x))

    def reset(self, fill: float = 0.0) -> None:
        """Back to frame 0, as if the input had been `fill` for ever."""
        self._core.reset(fill)


def resample_reference(
    x: ArrayLike, in_hz: int, out_hz: int, filters: Filters, delay: Fraction, fill: float = 0.0
) -> NDArray[np.float64]:
    """The sum above evaluated term by term in float64: (frames,) -> (outputs due by the last frame,)."""
    signal = np.asarray(float_samples(x), dtype=np.float64)
    spec = resampler_low_pass(in_hz, out_hz, filters)
    half = kaiser_half_length(spec, in_hz)
    outputs = -(-len(signal) * out_hz // in_hz)
    y = np.zeros(outputs)
    for m in range(outputs):
        position = Fraction(m * in_hz, out_hz) - delay
        first = math.ceil(position - Fraction(half))
        k = np.arange(first, math.floor(position + Fraction(half)) + 1)
        # Whole frames are taken out before rounding to float64, so that late outputs are as exact as early ones.
        t = np.asarray(float(position - first) - (k - first), dtype=np.float64)
        h = kaiser_sinc(t, spec, in_hz)
        past = np.where(k >= 0, signal[np.maximum(k, 0)], fill)
        y[m] = np.dot(past, h) / h.sum()
    return y
