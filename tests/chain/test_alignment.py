"""What comes out lines up with what went in, to the frame, for every method, rate, oversampling and filter set."""

from __future__ import annotations

import warnings
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.captures import Capture
from afxplugin.chain import Player
from afxplugin.errors import MethodError
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.reference import process_plain
from afxplugin.measure.alignment import lag_frames
from afxplugin.rates.fft import resample_fft

METHODS = (
    "auto",
    "resample",
    "naive",
    "stn",
    "lidl",
    "apdl",
    "cidl",
    "lagrange1",
    "lagrange2",
    "lagrange4",
    "lagrange5",
)
RATES_HZ = (32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
OVERSAMPLING = (1, 2, 4, 8)
FILTERS = ("linear", "low-latency")
ALLOWED_LAG = 0.05  # frames

Floats = NDArray[np.floating]


def band_lag_frames(target: Floats, output: Floats, *, rate_hz: int, low_hz: float, high_hz: float) -> float:
    """Lag of what lies within a band."""
    return lag_frames(target=band(target, rate_hz, low_hz, high_hz), output=band(output, rate_hz, low_hz, high_hz))


def band(x: Floats, rate_hz: int, low_hz: float, high_hz: float) -> Floats:
    """The part of x within a band."""
    spectrum = np.fft.rfft(x)
    f = np.fft.rfftfreq(x.size, 1.0 / rate_hz)
    spectrum[(f < low_hz) | (f > high_hz)] = 0.0
    return np.fft.irfft(spectrum, x.size)


def played(capture: Capture, x: Floats, **path) -> NDArray[np.float32]:
    """x through the capture with the latency taken off, as a render does."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # naive and high orders may be forced into instability: alignment holds all the same
        player = Player(capture, **path)
    out = np.concatenate([player.process(x[None]), player.flush()], axis=1)[0]
    return out[player.latency_frames :]


@pytest.mark.parametrize(("filters", "oversample", "rate_hz"), list(product(FILTERS, OVERSAMPLING, RATES_HZ)))
def test_an_identity_capture_gives_back_its_input(
    filters: str, oversample: int, rate_hz: int, identity: Capture, noise
) -> None:
    high_hz = min(0.22 * min(rate_hz, 44_100), 10_000.0)
    x = noise(rate_hz=rate_hz, seconds=0.15, high_hz=high_hz, seed=11)
    for method in METHODS:
        try:
            y = played(identity, x, method=method, rate_hz=rate_hz, oversample=oversample, filters=filters)
        except MethodError:
            assert method == "apdl"
            assert oversample * rate_hz < 44_100
            continue
        # The low-latency half-band filters delay 1 kHz by whole frames and lows and highs by a little more or less.
        linear_phase = filters == "linear" or oversample == 1
        low, high = (100.0, high_hz) if linear_phase else (700.0, 1_400.0)
        lag = band_lag_frames(x, y, rate_hz=rate_hz, low_hz=low, high_hz=high)
        assert abs(lag) < ALLOWED_LAG, (method, lag)
        if linear_phase:
            assert np.abs(y - x).max() < 2e-4 * np.abs(x).max(), method


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 88_200, 96_000])
@pytest.mark.parametrize("filters", FILTERS)
def test_a_clean_amp_lines_up_with_the_slow_reference(rate_hz: int, filters: str, amp: Capture, noise) -> None:
    """Reference: FFT conversion to the capture's rate, the plain float64 recurrence there, FFT conversion back."""
    x = noise(rate_hz=rate_hz, seconds=0.5, high_hz=8_000.0, seed=12, peak=0.05)
    base = resample_fft(x, rate_hz, 44_100)
    run = process_plain(amp, design_feedback("naive", Fraction(1)), base, start="settled")
    slow = resample_fft(run - run[0], 44_100, rate_hz)
    for method, oversample in product(("auto", "resample", "lidl", "cidl", "lagrange5"), OVERSAMPLING):
        y = played(amp, x, method=method, rate_hz=rate_hz, oversample=oversample, filters=filters)
        lag = band_lag_frames(slow, y - run[0], rate_hz=rate_hz, low_hz=700.0, high_hz=1_400.0)
        assert abs(lag) < ALLOWED_LAG, (method, oversample, lag)
