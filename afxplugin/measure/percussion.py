"""Drum hits, each (2, frames) float64 in stereo as a pair of microphones above the kit would hear it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.measure.probes import faded, noise

if TYPE_CHECKING:
    from numpy.typing import NDArray


def kick(*, rate_hz: int, seed: int) -> NDArray[np.float64]:
    """Skin that falls from 165 to 48 Hz as its tension relaxes, with the beater's knock."""
    t = _time(0.45, rate_hz)
    low_hz, fall_hz, relax_s = 48.0, 117.0, 0.032
    phase = 2 * np.pi * (low_hz * t + fall_hz * relax_s * -np.expm1(-t / relax_s))
    knock = noise(rate_hz=rate_hz, seconds=0.45, seed=seed, low_hz=900, high_hz=4500, rms=0.25) * np.exp(-t / 0.004)
    body = np.sin(phase) * np.exp(-t / 0.13)
    return _placed(body + _risen(knock, rate_hz), rate_hz, pan=0.0)


def snare(*, rate_hz: int, seed: int) -> NDArray[np.float64]:
    """Two modes of the skin and the wires' rattle, which is different noise at either microphone."""
    t = _time(0.35, rate_hz)
    skin = 0.6 * np.sin(2 * np.pi * 184 * t) * np.exp(-t / 0.055)
    skin += 0.35 * np.sin(2 * np.pi * 331 * t) * np.exp(-t / 0.035)
    wires = [
        noise(rate_hz=rate_hz, seconds=0.35, seed=seed + side, low_hz=700, high_hz=11_000, rms=0.28) for side in (0, 1)
    ]
    rattle = _risen(np.stack(wires) * np.exp(-t / 0.07), rate_hz)
    return _placed(skin, rate_hz, pan=0.1) + faded_end(rattle, rate_hz)


def hat(*, rate_hz: int, seed: int, opened: bool) -> NDArray[np.float64]:
    """Hi-hat to the right, closed or open: metal noise from 6.5 to 16 kHz."""
    seconds, decay_s = (0.4, 0.13) if opened else (0.12, 0.022)
    t = _time(seconds, rate_hz)
    metal = noise(rate_hz=rate_hz, seconds=seconds, seed=seed, low_hz=6500, high_hz=16_000, rms=0.16)
    return _placed(_risen(metal * np.exp(-t / decay_s), rate_hz), rate_hz, pan=0.45)


def faded_end(x: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Copy of (..., frames) whose last 20 ms fall to silence."""
    y = x.copy()
    count = min(round(0.02 * rate_hz), y.shape[-1])
    y[..., y.shape[-1] - count :] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(count) + 1) / max(count, 1))
    return y


def _time(seconds: float, rate_hz: int) -> NDArray[np.float64]:
    return np.arange(round(seconds * rate_hz)) / rate_hz


def _risen(x: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Noise starts anywhere: half a millisecond brings it up from silence."""
    y = x.copy()
    head = round(0.0005 * rate_hz)
    y[..., : 2 * head] = faded(y[..., : 2 * head], rate_hz=rate_hz, seconds=0.0005)
    y[..., head : 2 * head] = x[..., head : 2 * head]
    return y


def _placed(x: NDArray[np.float64], rate_hz: int, *, pan: float) -> NDArray[np.float64]:
    """Mono to stereo with constant power: -1 left, 0 middle, 1 right."""
    angle = (pan + 1) * np.pi / 4
    return np.stack((np.cos(angle), np.sin(angle)))[:, None] * faded_end(x, rate_hz)
