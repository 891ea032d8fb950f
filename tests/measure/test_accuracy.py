"""Accuracy figures against values known in closed form, and the fast linear fit against a plain least-squares one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from afxplugin.measure.accuracy import esr, esr_without_linear, linear_fit, mae, mesr, mr_stft, snr_db

RATE_HZ = 48_000


def _noise(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


def _tone(frequency_hz, phase=0.0, frames=RATE_HZ):
    return np.sin(2 * np.pi * frequency_hz / RATE_HZ * np.arange(frames) + phase)


@pytest.mark.parametrize("gain", [0.0, 0.5, 0.999, 2.0, -1.0])
def test_esr_and_snr_of_a_wrong_gain(gain):
    t = _noise(0, 2, 1000)
    assert esr(target=t, output=gain * t) == pytest.approx((1 - gain) ** 2)
    assert snr_db(target=t, output=gain * t) == pytest.approx(-20 * math.log10(abs(1 - gain)))


def test_perfect_and_silent():
    t = _noise(0, 1000)
    assert esr(target=t, output=t) == 0.0
    assert snr_db(target=t, output=t) == math.inf
    assert mae(target=t, output=t) == mr_stft(target=_noise(0, 4096), output=_noise(0, 4096)) == 0.0
    assert math.isnan(esr(target=0 * t, output=0 * t))
    assert esr(target=0 * t, output=t) == math.inf


def test_mae_of_an_offset():
    t = _noise(0, 1000)
    assert mae(target=t, output=t - 0.25) == pytest.approx(0.25)


def test_pre_emphasis_weighs_errors_by_their_frequency():
    # The gain of 1 - a z^-1 is 1 + a^2 - 2 a cos(w), squared; whole periods, so that only the first frame is left over.
    t, a = _tone(1000), 0.85
    error = 0.01 * _tone(9000)
    w = 2 * np.pi * np.array([1000, 9000]) / RATE_HZ
    gains = 1 + a**2 - 2 * a * np.cos(w)
    expected = 1e-4 * gains[1] / gains[0]
    assert esr(target=t, output=t + error, pre_emphasis=a) == pytest.approx(expected, rel=1e-3)


def test_mesr_is_blind_to_delay_and_sees_gain():
    t = _tone(1234.5) + 0.3 * _tone(2469.0, 1.0)
    late = _tone(1234.5, -0.7) + 0.3 * _tone(2469.0, 1.0 - 1.4)
    assert esr(target=t, output=late) > 0.3
    assert mesr(target=t, output=late, frequency_hz=1234.5, rate_hz=RATE_HZ) < 1e-10
    assert mesr(target=t, output=0.5 * late, frequency_hz=1234.5, rate_hz=RATE_HZ) == pytest.approx(0.25)


def test_mr_stft_of_a_doubled_output():
    # Convergence |X - 2X| / |X| = 1 and a logarithm of 2 everywhere.
    t = _noise(1, 20_000)
    assert mr_stft(target=t, output=2 * t) == pytest.approx(1 + math.log(2), rel=1e-3)


@pytest.mark.parametrize(("frames", "taps"), [(400, 1), (400, 17), (400, 64), (40, 20)])
def test_linear_fit_is_the_least_squares_one(frames, taps):
    x, t = _noise(2, frames), _noise(3, frames)
    columns = np.stack([np.concatenate((np.zeros(k), x))[:frames] for k in range(taps)], axis=1)
    expected = columns @ np.linalg.lstsq(columns, t, rcond=1e-9)[0]
    np.testing.assert_allclose(linear_fit(target=t, input=x, taps=taps), expected, atol=1e-7)


@pytest.mark.parametrize("taps", [0, 51])
def test_linear_fit_needs_more_frames_than_coefficients(taps):
    with pytest.raises(ValueError, match="half as many"):
        linear_fit(target=np.ones(100), input=np.ones(100), taps=taps)


def test_linear_fit_of_an_input_that_lacks_most_of_the_band():
    x = _tone(100) + _tone(300, 1.0)
    t = np.convolve(x, [0.5, 0.2, -0.1])[:RATE_HZ]
    assert esr(target=t, output=linear_fit(target=t, input=x, taps=128)) < 1e-9


def test_esr_without_linear_forgives_nothing_and_rewards_no_tone():
    # For Gaussian noise x, x^3 - 3x is uncorrelated with any linear filter of x, with variance 6.
    x = _noise(4, 2, 200_000)
    linear = np.stack([np.convolve(row, [0.7, -0.2, 0.4])[: x.shape[1]] for row in x])
    distortion = 0.1 * (x**3 - 3 * x)
    target = linear + distortion
    assert esr(target=target, output=linear) < 0.1
    assert esr_without_linear(target=target, output=linear, input=x, taps=32) == pytest.approx(1, abs=0.01)
    half = linear + 0.5 * distortion
    assert esr_without_linear(target=target, output=half, input=x, taps=32) == pytest.approx(0.25, abs=0.01)
    assert esr_without_linear(target=target, output=1.1 * target, input=x, taps=32) > 0.09


@pytest.mark.parametrize("measure", [esr, mae, snr_db, mr_stft])
def test_shapes_that_differ_are_refused(measure):
    with pytest.raises(ValueError, match="same shape"):
        measure(target=np.zeros((2, 5000)), output=np.zeros((1, 5000)))
    with pytest.raises(ValueError, match="not empty"):
        measure(target=np.zeros(0), output=np.zeros(0))


def test_mr_stft_needs_a_window_of_each_size():
    with pytest.raises(ValueError, match="2048 or more"):
        mr_stft(target=np.ones(2047), output=np.ones(2047))
