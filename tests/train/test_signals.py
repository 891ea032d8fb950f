"""The training signal: the same from the same seed, in level, and as varied as it says."""

from __future__ import annotations

import numpy as np
import pytest

from afxplugin.train.signals import MAKERS, PULSE_SHARES, SHARES, Maker, make_segments

RATE_HZ = 44_100


def test_a_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, again, other = (make_segments(seed, 6, frames=8820, rate_hz=RATE_HZ) for seed in (7, 7, 8))
    assert first.dtype == np.float32
    assert first.shape == (6, 8820)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_levels_lie_between_minus_thirty_and_zero_decibels() -> None:
    peaks_db = 20.0 * np.log10(np.max(np.abs(make_segments(3, 60, frames=8820, rate_hz=RATE_HZ)), axis=1))
    assert peaks_db.min() >= -30.001
    assert peaks_db.max() <= 0.001
    assert np.ptp(peaks_db) > 15.0


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_every_kind_sounds_and_is_finite(maker: Maker) -> None:
    for seed in range(5):
        x = maker(np.random.default_rng(seed), 8820, RATE_HZ)
        assert x.shape == (8820,)
        assert np.isfinite(x).all()
        assert np.std(x) > 1e-6


@pytest.mark.parametrize("shares", [SHARES, PULSE_SHARES])
def test_shares_are_a_distribution_over_the_kinds(shares: tuple[float, ...]) -> None:
    assert len(shares) == len(MAKERS)
    assert sum(shares) == pytest.approx(1.0)


def test_pulses_are_far_above_what_lies_between_them() -> None:
    x = make_segments(9, 20, frames=8820, rate_hz=RATE_HZ, shares=PULSE_SHARES).astype(np.float64)
    crest_db = 20.0 * np.log10(np.max(np.abs(x), axis=1) / np.median(np.abs(x), axis=1))
    assert np.median(crest_db) > 26.0


def test_all_of_the_band_is_heard() -> None:
    """Of all octaves from 40 Hz to 10 kHz, none has less than 1/3000 of the energy of the loudest."""
    x = make_segments(5, 80, frames=8820, rate_hz=RATE_HZ).astype(np.float64)
    power = np.sum(np.abs(np.fft.rfft(x)) ** 2, axis=0)
    frequency_hz = np.fft.rfftfreq(8820, 1.0 / RATE_HZ)
    edges_hz = 40.0 * 2.0 ** np.arange(9)
    octaves = np.array([power[(frequency_hz >= a) & (frequency_hz < 2 * a)].sum() for a in edges_hz[:-1]])
    assert octaves.min() > octaves.max() / 3000.0
