"""By how much one signal lags another, to a small fraction of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import float_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_STEPS = 22  # 2 / 2^22 frames


def lag_frames(*, target: ArrayLike, output: ArrayLike, largest_lag_frames: int | None = None) -> float:
    """Frames by which `output` comes after `target`; negative where it comes before.

    The lag at which their cross-correlation is largest, over real numbers: first the best whole lag, then, on the part
    where both overlap (under a Hann window, so that its ends do not count), the top of the band-limited correlation
    sum_k Re(S_k exp(iω_k τ)) between frames, found by bisecting its slope. Exact for a pure delay however little of the
    band the signal fills; where the phase is not linear, the mean over frequency weighted with the cross-spectrum.

    Both are (frames,) of the same polarity, their lengths may differ; `largest_lag_frames` bounds the search.

    Raises:
        ValueError: a signal is empty or silent, or the two overlap by less than 16 frames at the best lag.

    """
    t, y = np.asarray(float_samples(target), np.float64), np.asarray(float_samples(output), np.float64)
    if t.ndim != 1 or y.ndim != 1 or not np.any(t) or not np.any(y):
        raise ValueError(f"given signals of shapes {t.shape} and {y.shape}; allowed: two of (frames,), neither silent")
    whole = _whole_lag(t, y, largest_lag_frames)
    overlap_t, overlap_y = t[max(0, -whole) :], y[max(0, whole) :]
    length = min(len(overlap_t), len(overlap_y))
    if length < 16:
        raise ValueError(f"the signals overlap by {length} frames at their best lag, {whole}; allowed: 16 or more")
    return whole + _fraction(overlap_t[:length], overlap_y[:length])


def _whole_lag(t: NDArray[np.float64], y: NDArray[np.float64], largest: int | None) -> int:
    size = 1 << (len(t) + len(y)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(t, size).conj() * np.fft.rfft(y, size), size)
    lags = np.arange(-(len(t) - 1), len(y))
    if largest is not None:
        lags = lags[np.abs(lags) <= largest]
    return int(lags[np.argmax(correlation[lags])])


def _fraction(t: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    window = np.hanning(len(t))
    size = 1 << (2 * len(t)).bit_length()
    cross = np.fft.rfft(t * window, size).conj() * np.fft.rfft(y * window, size)
    omega = 2 * np.pi * np.arange(len(cross)) / size

    def slope(lag: float) -> float:
        return float(-np.sum(omega * (cross * np.exp(1j * omega * lag)).imag))

    # The top lies within a frame of the best whole lag: there the slope goes from positive to negative.
    low, high = -1.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if slope(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
