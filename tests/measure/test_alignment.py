"""Lags of signals that are delayed exactly, by their formula or by their spectrum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.measure.alignment import lag_frames


def _delayed(x, lag):
    """Band-limited delay of a signal with silent ends."""
    spectrum = np.fft.rfft(x)
    omega = 2 * np.pi * np.arange(len(spectrum)) / len(x)
    turn = np.exp(-1j * omega * lag)
    turn[-1] = np.cos(np.pi * lag)
    return np.fft.irfft(spectrum * turn, len(x))


def _burst(seed, *, highest, frames=8192):
    """Noise up to a fraction of half the rate, that fades in from silence and out again."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(frames) * np.hanning(frames) ** 2)
    spectrum[int(highest * len(spectrum)) :] = 0
    return np.fft.irfft(spectrum, frames)


@given(lag=st.floats(-300, 300), highest=st.sampled_from([0.01, 0.1, 0.5, 0.95]), seed=st.integers(0, 20))
@settings(max_examples=40, deadline=None)
def test_fractional_delays_of_signals_of_any_width(lag, highest, seed):
    x = _burst(seed, highest=highest)
    assert lag_frames(target=x, output=_delayed(x, lag)) == pytest.approx(lag, abs=0.01)


@pytest.mark.parametrize("lag", [-100, -1, 0, 1, 7])
def test_whole_delays_of_noise_that_fills_the_signal(lag):
    x = np.random.default_rng(1).standard_normal(5000)
    assert lag_frames(target=x[200:4800], output=x[200 - lag : 4800 - lag]) == pytest.approx(lag, abs=1e-3)


def test_gain_and_distortion_do_not_move_it():
    x = _burst(3, highest=0.3)
    y = np.tanh(3 * _delayed(x, 5.25) / np.max(np.abs(x)))
    assert lag_frames(target=x, output=y) == pytest.approx(5.25, abs=0.01)


def test_lengths_may_differ():
    x = _burst(4, highest=0.5)
    assert lag_frames(target=x, output=np.concatenate((np.zeros(1000), x))) == pytest.approx(1000, abs=1e-3)
    assert lag_frames(target=np.concatenate((np.zeros(77), x)), output=x) == pytest.approx(-77, abs=1e-3)


def test_a_bound_picks_the_right_period_of_a_tone():
    x = np.sin(2 * np.pi * np.arange(4000) / 50)
    late = np.sin(2 * np.pi * (np.arange(4000) - 10.3) / 50)
    assert lag_frames(target=x, output=late, largest_lag_frames=25) == pytest.approx(10.3, abs=0.01)


@pytest.mark.parametrize("y", [np.zeros(100), np.zeros(0), np.zeros((2, 100))])
def test_silence_has_no_lag(y):
    with pytest.raises(ValueError, match="neither silent"):
        lag_frames(target=np.ones(100), output=y)


def test_signals_that_hardly_overlap_are_refused():
    x = np.zeros(100)
    x[3] = 1.0
    with pytest.raises(ValueError, match="16 or more"):
        lag_frames(target=x, output=x[::-1].copy())
