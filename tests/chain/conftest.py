"""Captures that the tests make themselves, and band-limited test signals."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.captures import Architecture, Capture, Control
from afxplugin.chain import with_eigenvalues


def lstm_capture(*, hidden: int, inputs: int, skip: float, seed: int, head: float, memory: float = 1.0) -> Capture:
    """A seeded LSTM at 44.1 kHz whose loop decays: small recurrent weights; memory holds the forget gates open."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int, scale: float) -> NDArray[np.float32]:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    bias = draw(4 * hidden, scale=0.1)
    bias[hidden : 2 * hidden] += (rng.uniform(0.0, 3.0, hidden) + 8.0 * (memory - 1.0)).astype(np.float32)
    weights = {
        "rec.weight_ih_l0": draw(4 * hidden, inputs, scale=0.7),
        "rec.weight_hh_l0": draw(4 * hidden, hidden, scale=0.6 * memory / np.sqrt(hidden)),
        "rec.bias_l0": bias,
        "head.weight": draw(1, hidden, scale=head / np.sqrt(hidden)),
        "head.bias": np.zeros(1, np.float32),
    }
    controls = tuple(Control(name=f"Knob {k}", low=0.0, high=1.0, default=0.5) for k in range(1, inputs))
    architecture = Architecture("lstm", hidden, 1, inputs)
    return with_eigenvalues(Capture("made", architecture, weights, 44_100, controls=controls, skip=skip))


@pytest.fixture(scope="session")
def identity() -> Capture:
    """The network adds nothing to its input, so that what a chain returns is what its stages did."""
    return lstm_capture(hidden=8, inputs=1, skip=1.0, seed=1, head=0.0, memory=0.2)


@pytest.fixture(scope="session")
def amp() -> Capture:
    """A clean amp: mostly linear, with memory."""
    return lstm_capture(hidden=12, inputs=1, skip=1.0, seed=2, head=0.4)


@pytest.fixture(scope="session")
def knobbed() -> Capture:
    """An amp with two knobs."""
    return lstm_capture(hidden=16, inputs=3, skip=1.0, seed=3, head=0.6)


def band_limited_noise(
    *, rate_hz: int, seconds: float, high_hz: float, seed: int, peak: float = 0.25
) -> NDArray[np.float64]:
    """(frames,) noise between 60 Hz and high_hz with faded ends, the same sound at every rate."""
    rng = np.random.default_rng(seed)
    bins = np.arange(1, int(high_hz * seconds))
    phase = rng.uniform(0.0, 2.0 * np.pi, bins.size)
    frames = round(seconds * rate_hz)
    spectrum = np.zeros(frames // 2 + 1, complex)
    spectrum[bins] = np.where(bins / seconds >= 60.0, np.exp(1j * phase), 0.0)
    x = np.fft.irfft(spectrum, frames)
    fade = np.minimum(1.0, np.minimum(np.arange(frames), np.arange(frames)[::-1]) / (0.02 * rate_hz))
    x *= np.sin(0.5 * np.pi * fade) ** 2
    return peak * x / np.abs(x).max()


@pytest.fixture(scope="session")
def noise():
    return band_limited_noise
