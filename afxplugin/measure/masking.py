"""Noise-to-mask ratio: how far the difference of two signals stands above what the ear hears beside the first.

The ear model is the basic FFT version of ITU-R BS.1387 in the form of P. Kabal, "An examination and interpretation of
ITU-R BS.1387: Perceptual evaluation of audio quality" (McGill University, 2003), without spreading in time, as used for
aliasing by V. Zheleznov and S. Bilbao (DAFx 2024) and A. Carson, A. Wright, S. Bilbao (DAFx 2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import float_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_FRAME = 2048
_HOP = 1024
_BARK_STEP = 0.25
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 18_000.0
_FULL_SCALE_DB, _FULL_SCALE_HZ = 92.0, 1019.5
_LEAST_POWER = 1e-12
_POWER_LAW = 0.4  # with which spread patterns of several bands add up
_LOWER_SLOPE = 10 ** (-2.7 * _BARK_STEP)  # 27 dB per Bark towards lower bands


def nmr_db(*, target: ArrayLike, output: ArrayLike, rate_hz: int) -> float:
    """Noise-to-mask ratio in dB; below about -10 the difference is not heard, 0 and above it is.

    Both are (frames,) with full scale ±1, taken to sound at 92 dB SPL for a full-scale sine. Noise is the difference of
    the magnitude spectra, so delay does not count. Frames of 2048, hop 1024; meant for 44.1 and 48 kHz, at higher rates
    the frames are shorter in time.

    Raises:
        ValueError: the shapes differ, or there are fewer than 2048 frames.

    """
    t, y = np.asarray(float_samples(target), np.float64), np.asarray(float_samples(output), np.float64)
    if t.shape != y.shape or t.ndim != 1 or len(t) < _FRAME:
        raise ValueError(
            f"given signals of shapes {t.shape} and {y.shape}; allowed: two of (frames,), {_FRAME} or more"
        )
    ear = _ear(rate_hz)
    wanted, came = _magnitudes(t) * ear.gain, _magnitudes(y) * ear.gain
    noise = np.maximum((wanted - came) ** 2 @ ear.grouping.T, _LEAST_POWER)
    signal = np.maximum(wanted**2 @ ear.grouping.T, _LEAST_POWER)
    mask = _spread(signal + ear.internal_noise, ear.centres_hz) / ear.spread_of_ones * ear.offset
    return float(10 * np.log10(np.mean(noise / mask)))


@dataclass(frozen=True)
class _Ear:
    """The model at one rate: per bin the gain of the outer and middle ear, per band all else."""

    gain: NDArray[np.float64]
    grouping: NDArray[np.float64]  # (bands, bins): the share of each bin that belongs to each band
    centres_hz: NDArray[np.float64]
    internal_noise: NDArray[np.float64]
    spread_of_ones: NDArray[np.float64]
    offset: NDArray[np.float64]


@lru_cache(maxsize=8)
def _ear(rate_hz: int) -> _Ear:
    edges_hz, centres_hz = _bands()
    bin_hz = rate_hz / _FRAME
    bins = np.arange(_FRAME // 2 + 1, dtype=np.float64)
    upper = np.minimum(edges_hz[1:, None], (bins + 0.5) * bin_hz)
    lower = np.maximum(edges_hz[:-1, None], (bins - 0.5) * bin_hz)
    bark = np.arange(len(centres_hz)) * _BARK_STEP
    return _Ear(
        gain=_calibration(rate_hz) * _outer_ear(bins * bin_hz),
        grouping=np.maximum(0.0, upper - lower) / bin_hz,
        centres_hz=centres_hz,
        internal_noise=10 ** (0.1456 * (centres_hz / 1000) ** -0.8),
        spread_of_ones=_spread(np.ones((1, len(centres_hz))), centres_hz),
        offset=10 ** (-np.where(bark <= 12, 3.0, 0.25 * bark) / 10),
    )


def _bands() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges (110,) and centres (109,) in Hz of bands a quarter of a Bark wide; z = 7 asinh(f / 650)."""
    lowest, highest = 7 * np.arcsinh(np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 650)
    bands = int(np.ceil((highest - lowest) / _BARK_STEP))
    bark = np.minimum(lowest + _BARK_STEP * np.arange(bands + 1), highest)
    return 650 * np.sinh(bark / 7), 650 * np.sinh((bark[1:] + bark[:-1]) / 14)


def _outer_ear(frequency_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gain of outer and middle ear; none at 0 Hz."""
    f = np.maximum(frequency_hz, 1e-9) / 1000
    gain_db = -2.184 * f**-0.8 + 6.5 * np.exp(-0.6 * (f - 3.3) ** 2) - 0.001 * f**3.6
    return 10 ** (gain_db / 20)


def _calibration(rate_hz: int) -> float:
    """Factor by which a full-scale sine of 1019.5 Hz has its largest bin at 92 dB, wherever it falls between bins."""
    place = _FULL_SCALE_HZ * _FRAME / rate_hz
    distance = min(place - np.floor(place), np.ceil(place) - place) * (_FRAME - 1) / _FRAME
    peak = np.sinc(distance) / (1 - distance**2)  # of a Hann window's transform, re its top
    return float(10 ** (_FULL_SCALE_DB / 20) / (peak / 4 * (_FRAME - 1)))


def _magnitudes(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """(frames of the transform, bins) under a symmetric Hann window."""
    parts = np.lib.stride_tricks.sliding_window_view(x, _FRAME)[::_HOP]
    return np.abs(np.fft.rfft(parts * np.hanning(_FRAME), axis=-1))


def _spread(power: NDArray[np.float64], centres_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Excitation (..., bands) of the bands' powers: each spreads to its neighbours, more upwards the louder it is.

    Kabal's recursions: the lower skirt falls by the same factor everywhere, the upper one by a factor of the band that
    it starts from. Each band's skirts are scaled so that they and itself add up to its own power.
    """
    bands = power.shape[-1]
    index = np.arange(bands)
    upper_slope = 10 ** ((-2.4 - 23 / centres_hz) * _BARK_STEP) * power ** (0.2 * _BARK_STEP)
    lower_sum = (1 - _LOWER_SLOPE ** (index + 1)) / (1 - _LOWER_SLOPE)
    upper_sum = (1 - upper_slope ** (bands - index)) / (1 - upper_slope)
    own = (power / (lower_sum + upper_sum - 1)) ** _POWER_LAW
    upper = upper_slope**_POWER_LAW
    lower = _LOWER_SLOPE**_POWER_LAW
    total = own.copy()
    for band in range(bands - 2, -1, -1):
        total[..., band] += lower * total[..., band + 1]
    skirt = own
    for distance in range(1, bands):
        skirt = skirt[..., :-1] * upper[..., : bands - distance]
        total[..., distance:] += skirt
    return total ** (1 / _POWER_LAW)
