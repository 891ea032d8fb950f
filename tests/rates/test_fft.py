"""Whole-signal conversion by FFT against scipy's, and against what it must do to a tone."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from afxplugin.rates import resample_fft


@pytest.mark.parametrize("frames", [441, 882, 1000, 1001])
@pytest.mark.parametrize(("in_hz", "out_hz"), [(44_100, 48_000), (48_000, 44_100), (44_100, 88_200), (96_000, 48_000)])
def test_agrees_with_scipy(frames: int, in_hz: int, out_hz: int) -> None:
    x = np.random.default_rng(frames).standard_normal((2, frames))
    y = resample_fft(x, in_hz, out_hz)
    assert y.shape == (2, frames * out_hz // in_hz)
    np.testing.assert_allclose(y, scipy.signal.resample(x, y.shape[1], axis=1), rtol=0, atol=1e-12)


def test_tone_of_whole_periods_stays_that_tone() -> None:
    x = np.sin(2 * np.pi * 1000 * np.arange(44_100) / 44_100)
    y = resample_fft(x, 44_100, 48_000)
    np.testing.assert_allclose(y, np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000), rtol=0, atol=1e-11)


def test_nothing_gives_nothing() -> None:
    assert resample_fft(np.zeros((2, 0)), 44_100, 48_000).shape == (2, 0)
