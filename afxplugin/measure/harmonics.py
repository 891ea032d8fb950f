"""Harmonics of a system's response to a sine, each read exactly although it falls between two bins of the transform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import float_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SIDELOBES_DB = 120.0


@dataclass(frozen=True)
class Harmonics:
    """DC and the harmonics of a tone below half the rate.

    `amplitudes[0]` is DC (real); harmonic m is Re(amplitudes[m] exp(2πi m frequency_hz n / rate_hz)), n counted from
    the first of the `frames` that were analysed.
    """

    frequency_hz: float
    rate_hz: int
    frames: int
    amplitudes: NDArray[np.complex128]

    def signal(self) -> NDArray[np.float64]:
        """Sum of DC and harmonics, (frames,): the response without what aliased."""
        turn = np.exp(2j * np.pi * self.frequency_hz / self.rate_hz * np.arange(self.frames))
        total = np.zeros(self.frames, np.complex128)
        for amplitude in self.amplitudes[:0:-1]:
            total += amplitude
            total *= turn
        return self.amplitudes[0].real + total.real


def last_second(x: ArrayLike, rate_hz: int) -> NDArray[np.float64]:
    """Last second of (frames,), or all of it where it is shorter: what a tone is judged by once it has settled."""
    return np.asarray(float_samples(x), np.float64)[-rate_hz:]


def analyse_harmonics(x: ArrayLike, *, frequency_hz: float, rate_hz: int) -> Harmonics:
    """Read the harmonics of the last second of the response (frames,) to a sine.

    A Chebyshev window of 120 dB keeps every other component out of a harmonic's bin, and the value of its transform at
    the distance between harmonic and bin corrects the amplitude. A. Carson, A. Wright, S. Bilbao, "Anti-aliasing of
    neural distortion effects via model fine tuning" (DAFx 2025). Done again with what is left, which takes the window's
    own leakage of 1e-6 down to rounding. Harmonics must be 12 bins apart: a second of a tone of 12 Hz or more. Aliases
    that fall onto a harmonic, as where rate / frequency is whole, cannot be told from it, nor can a harmonic within 12
    bins of half the rate from its own image.

    Raises:
        ValueError: the tone is not between 12 bins and half the rate.

    """
    y = last_second(x, rate_hz)
    frames = len(y)
    if not 12 * rate_hz / max(frames, 1) <= frequency_hz < rate_hz / 2:
        raise ValueError(
            f"given a tone of {frequency_hz} Hz over {frames} frames at {rate_hz} Hz; "
            "allowed: 12 periods or more, below half the rate"
        )
    first = Harmonics(frequency_hz, rate_hz, frames, _read(y, frequency_hz / rate_hz))
    rest = _read(y - first.signal(), frequency_hz / rate_hz)
    return Harmonics(frequency_hz, rate_hz, frames, first.amplitudes + rest)


def _read(y: NDArray[np.float64], cycles: float) -> NDArray[np.complex128]:
    """Amplitudes of DC and the harmonics of a tone of so many cycles per frame."""
    frames = len(y)
    spectrum = np.fft.rfft(y * chebyshev_window(frames))
    places = np.arange(int(np.ceil(0.5 / cycles))) * cycles * frames
    bins = np.minimum(np.round(places).astype(int), len(spectrum) - 1)
    amplitudes = spectrum[bins] / _transform(frames)(places - bins)
    amplitudes[1:] *= 2
    amplitudes[0] = amplitudes[0].real
    return amplitudes


@lru_cache(maxsize=8)
def _transform(frames: int) -> np.polynomial.Chebyshev:
    """Transform of the window at distances up to a bin: a polynomial of degree 24 through it, exact to rounding."""
    turns = 2j * np.pi / frames * np.arange(frames)

    def at(distances: NDArray[np.float64]) -> NDArray[np.complex128]:
        return np.array([np.dot(chebyshev_window(frames), np.exp(distance * turns)) for distance in distances])

    return np.polynomial.Chebyshev.interpolate(at, 24, domain=[-1, 1])


@lru_cache(maxsize=8)
def chebyshev_window(frames: int) -> NDArray[np.float64]:
    """Periodic window (frames,) whose transform is 120 dB down outside its main lobe, 12 bins to either side."""
    from scipy.signal.windows import chebwin

    window: NDArray[np.float64] = chebwin(frames, _SIDELOBES_DB, sym=False)
    window.setflags(write=False)
    return window
