"""Test signals at any rate: each (frames,) float64, and where it is random, of a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sine(
    *, rate_hz: int, seconds: float, frequency_hz: float, amplitude: float = 1.0, phase_rad: float = 0.0
) -> NDArray[np.float64]:
    """Sine of constant amplitude; it starts and ends where its phase happens to be."""
    n = np.arange(round(seconds * rate_hz))
    return amplitude * np.sin(2 * np.pi * frequency_hz / rate_hz * n + phase_rad)


def log_sweep(
    *, rate_hz: int, seconds: float, low_hz: float = 20.0, high_hz: float = 20_000.0, amplitude: float = 1.0
) -> NDArray[np.float64]:
    """Sine that rises by the same number of octaves each second, with faded ends of 10 ms.

    A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine technique" (AES Convention
    108, 2000). `high_hz` is brought down to 0.45 of the rate where it lies above.
    """
    high_hz = min(high_hz, 0.45 * rate_hz)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    growth = np.log(high_hz / low_hz) / seconds
    return amplitude * faded(np.sin(2 * np.pi * low_hz / growth * np.expm1(growth * t)), rate_hz=rate_hz, seconds=0.01)


def noise(
    *, rate_hz: int, seconds: float, seed: int, low_hz: float = 0.0, high_hz: float = 20_000.0, rms: float = 0.1
) -> NDArray[np.float64]:
    """Noise with a flat spectrum from `low_hz` to `high_hz` and nothing outside, periodic over its length.

    The same seed and length give the same waveform at any rate that holds the band: its components are drawn one by one
    upwards from `low_hz`, and left out from 0.45 of the rate on.
    """
    frames = round(seconds * rate_hz)
    first, last = int(np.ceil(low_hz * seconds)), int(high_hz * seconds)
    rng = np.random.Generator(np.random.PCG64(seed))
    components = rng.standard_normal((max(0, last - first + 1), 2)) @ np.array([1.0, 1.0j])
    spectrum = np.zeros(frames // 2 + 1, np.complex128)
    kept = max(0, min(last, int(0.45 * rate_hz * seconds), frames // 2) - first + 1)
    spectrum[first : first + kept] = components[:kept]
    spectrum[0] = 0.0
    x = np.fft.irfft(spectrum, frames)
    # The level that all components together would have, so that it does not depend on the rate either.
    power = 2 * np.sum(np.abs(components[1 if first == 0 else 0 :]) ** 2) / frames**2
    return x * (rms / np.sqrt(power)) if power > 0 else x


def impulse(*, rate_hz: int, seconds: float, at_frame: int = 0, amplitude: float = 1.0) -> NDArray[np.float64]:
    """Silence with one sample of `amplitude` at `at_frame`."""
    x = np.zeros(round(seconds * rate_hz))
    x[at_frame] = amplitude
    return x


def faded(x: NDArray[np.float64], *, rate_hz: int, seconds: float) -> NDArray[np.float64]:
    """Copy of (..., frames) whose first and last `seconds` rise from and fall to silence like half a cosine."""
    y = x.copy()
    count = min(round(seconds * rate_hz), y.shape[-1])
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / max(count, 1))
    y[..., :count] *= rise
    y[..., y.shape[-1] - count :] *= rise[::-1]
    return y
