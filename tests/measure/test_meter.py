"""The native meter against the standard's own cases, its printed coefficients, and pyloudnorm."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from afxplugin._core import Meter
from afxplugin.audio import Audio
from afxplugin.measure.loudness import measure_loudness

RATES_HZ = (8_000, 11_025, 22_050, 44_100, 48_000, 88_200, 96_000, 192_000, 384_000)


def _tones(levels_db, seconds, *, rate_hz=48_000, frequency_hz=1_000.0):
    """One sine after another, of the given peak levels per channel: (channels, frames) float32."""
    parts = []
    for level_db, length in zip(levels_db, seconds, strict=True):
        n = np.arange(round(length * rate_hz))
        gains = 10 ** (np.atleast_1d(level_db) / 20)
        parts.append(gains[:, None] * np.sin(2 * np.pi * frequency_hz * n / rate_hz))
    return np.concatenate(parts, axis=1).astype(np.float32)


def _read(x, rate_hz=48_000, block=None):
    meter = Meter(rate_hz, x.shape[0])
    for start in range(0, x.shape[1], block or x.shape[1]):
        meter.process(x[:, start : start + (block or x.shape[1])])
    return meter


def _stereo(level_db):
    return [level_db, level_db]


# EBU Tech 3341 (2016), table 1, cases 1 to 6: expected readings within 0.1 LU.
EBU_CASES = {
    "1": ([_stereo(-23)], [20], -23.0),
    "2": ([_stereo(-33)], [20], -33.0),
    "3": ([_stereo(-36), _stereo(-23), _stereo(-36)], [10, 60, 10], -23.0),
    "4": ([_stereo(v) for v in (-72, -36, -23, -36, -72)], [10, 10, 60, 10, 10], -23.0),
    "5": ([_stereo(-26), _stereo(-20), _stereo(-26)], [20, 20.1, 20], -23.0),
    "6": ([[-28, -28, -24, -30, -30]], [20], -23.0),
}


@pytest.mark.parametrize("case", EBU_CASES)
def test_reads_what_the_ebu_expects(case):
    levels_db, seconds, expected = EBU_CASES[case]
    assert _read(_tones(levels_db, seconds)).loudness_lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_calibration_tone_of_the_standard_at_any_rate(rate_hz):
    # BS.1770-4, annex 1: a 0 dBFS sine of 997 Hz in one front channel reads -3.01 LKFS.
    x = _tones([[0.0]], [3], rate_hz=rate_hz, frequency_hz=997.0)
    # Near half the rate the bilinear transform bends the shelf: 0.03 LU at 8 kHz, less above.
    assert _read(x, rate_hz).loudness_lufs == pytest.approx(-3.01, abs=0.05)


def _standard_at_48k(x):
    """BS.1770-4 with the coefficients that it prints, gates applied to the blocks themselves."""
    y = lfilter([1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585], x)
    y = np.asarray(lfilter([1.0, -2.0, 1.0], [1, -1.99004745483398, 0.99007225036621], y))
    starts = range(0, x.shape[1] - 19_200 + 1, 4_800)
    powers = np.array([np.sum(np.mean(y[:, s : s + 19_200] ** 2, axis=1)) for s in starts])
    loud = powers[-0.691 + 10 * np.log10(powers) > -70]
    gate = -0.691 + 10 * np.log10(loud.mean()) - 10
    return -0.691 + 10 * np.log10(loud[-0.691 + 10 * np.log10(loud) > gate].mean())


def _program(seed, rate_hz, channels, seconds=6):
    """Noise whose level jumps each second, with a second of silence: every gate has work to do."""
    rng = np.random.default_rng(seed)
    levels = 10 ** (rng.uniform(-45, -8, seconds) / 20)
    levels[seconds // 2] = 0.0
    return (rng.standard_normal((channels, seconds * rate_hz)) * levels.repeat(rate_hz)).astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_follows_the_printed_coefficients_at_48k(seed):
    x = _program(seed, 48_000, 2)
    assert _read(x).loudness_lufs == pytest.approx(_standard_at_48k(x.astype(np.float64)), abs=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 5])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_agrees_with_pyloudnorm(rate_hz, channels):
    x = _program(rate_hz + channels, rate_hz, channels, seconds=3 if rate_hz > 96_000 else 6)
    expected = pyloudnorm.Meter(rate_hz, filter_class="DeMan").integrated_loudness(x.T.astype(np.float64))
    assert _read(x, rate_hz, block=4096).loudness_lufs == pytest.approx(expected, abs=0.01)


@given(cuts=st.lists(st.integers(0, 30_000), max_size=12))
@settings(max_examples=25, deadline=None)
def test_reads_the_same_however_the_stream_is_cut(cuts):
    x = _program(5, 11_025, 3)[:, :30_000]
    whole = _read(x, 11_025)
    meter = Meter(11_025, 3)
    edges = [0, *sorted(cuts), 30_000]
    for start, end in itertools.pairwise(edges):
        meter.process(x[:, start:end])
    assert (meter.loudness_lufs, meter.peak, meter.frames) == (whole.loudness_lufs, whole.peak, whole.frames)


@pytest.mark.parametrize("frames", [0, 1, 19_199])
def test_too_short_to_have_a_loudness(frames):
    meter = _read(np.ones((1, frames), np.float32), block=max(frames, 1))
    assert meter.loudness_lufs == -math.inf
    assert meter.frames == frames


def test_one_block_of_400_ms_is_enough():
    assert _read(_tones([[-20.0]], [0.4])).loudness_lufs > -30


def test_silence_and_what_lies_below_the_gate():
    assert _read(np.zeros((2, 96_000), np.float32)).loudness_lufs == -math.inf
    assert _read(_tones([_stereo(-71.0)], [2])).loudness_lufs == -math.inf


def test_peak_is_the_largest_magnitude_of_any_channel():
    x = np.zeros((3, 1000), np.float32)
    x[1, 700] = -1.25
    assert _read(x).peak == 1.25


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_first_bad_sample_is_found_and_poisons_nothing(bad):
    x = _tones([_stereo(-20.0)], [2])
    clean = _read(x)
    x[1, 50_007] = bad
    x[0, 50_008] = bad
    x[0, 90_000] = np.nan
    meter = _read(x, block=1000)
    assert meter.first_bad == (50_007, 1)
    assert meter.peak == clean.peak
    assert meter.loudness_lufs == pytest.approx(clean.loudness_lufs, abs=0.01)


def test_first_bad_names_the_lowest_channel_of_the_earliest_frame():
    x = np.zeros((2, 2000), np.float32)
    x[0, 1500] = x[1, 700] = x[0, 700] = np.nan
    assert _read(x).first_bad == (700, 0)
    assert _read(np.zeros((2, 10), np.float32)).first_bad is None


def test_reset_forgets_everything():
    meter = Meter(48_000, 1)
    meter.process(np.full((1, 48_000), np.nan, np.float32))
    meter.process(_tones([[-3.0]], [1]))
    meter.reset()
    assert (meter.peak, meter.frames, meter.first_bad, meter.loudness_lufs) == (0.0, 0, None, -math.inf)
    x = _tones([[-12.0]], [1])
    meter.process(x)
    assert meter.loudness_lufs == _read(x).loudness_lufs


def test_samples_beyond_any_scale_stay_finite():
    meter = _read(np.full((1, 48_000), 3e38, np.float32) * (-1) ** np.arange(48_000, dtype=np.float32))
    assert math.isfinite(meter.loudness_lufs)
    assert meter.peak == np.float32(3e38)


def test_a_view_of_a_longer_signal_is_read_in_place():
    x = _program(3, 48_000, 4)
    view = x[1:3, 1000:200_000]
    assert not view.flags.c_contiguous
    assert _read(view).loudness_lufs == _read(np.ascontiguousarray(view)).loudness_lufs


@pytest.mark.parametrize(("rate_hz", "channels"), [(0, 1), (7_999, 1), (384_001, 2), (48_000, 0), (48_000, 1025)])
def test_refuses_rates_and_channels_that_cannot_be(rate_hz, channels):
    with pytest.raises(ValueError, match="allowed"):
        Meter(rate_hz, channels)


def test_refuses_blocks_of_another_shape_or_type():
    meter = Meter(48_000, 2)
    with pytest.raises(ValueError, match=r"allowed: \(2, frames\)"):
        meter.process(np.zeros((1, 8), np.float32))
    with pytest.raises(ValueError, match="contiguous"):
        meter.process(np.zeros((8, 2), np.float32).T)
    with pytest.raises(TypeError):
        meter.process(np.zeros((2, 8)))


def test_measure_loudness_takes_either_precision():
    x = _program(7, 44_100, 2)
    assert measure_loudness(Audio(x, 44_100)) == measure_loudness(Audio(x.astype(np.float64), 44_100))
    assert measure_loudness(Audio(x, 44_100)) == _read(x, 44_100).loudness_lufs
