"""Harmonics, aliasing and masking of tones whose spectrum is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.measure import masking
from afxplugin.measure.aliasing import asr_db
from afxplugin.measure.harmonics import analyse_harmonics
from afxplugin.measure.masking import nmr_db

RATE_HZ = 44_100


def _tone(frequency_hz, amplitude=1.0, phase=0.0, frames=RATE_HZ, rate_hz=RATE_HZ):
    return amplitude * np.cos(2 * np.pi * frequency_hz / rate_hz * np.arange(frames) + phase)


@given(frequency_hz=st.floats(20, 10_000), seed=st.integers(0, 100), rate_hz=st.sampled_from([8_000, 44_100, 96_000]))
@settings(max_examples=30, deadline=None)
def test_every_harmonic_is_read_with_its_phase(frequency_hz, seed, rate_hz):
    rng = np.random.default_rng(seed)
    frequency_hz = min(frequency_hz, 0.49 * rate_hz)
    count = min(math.ceil(rate_hz / 2 / frequency_hz) - 1, 12)
    amplitudes, phases = rng.uniform(0.001, 1, count), rng.uniform(-np.pi, np.pi, count)
    x = 0.25 + sum(
        _tone(m * frequency_hz, amplitude, phase, rate_hz, rate_hz)
        for m, (amplitude, phase) in enumerate(zip(amplitudes, phases, strict=True), start=1)
    )
    found = analyse_harmonics(x, frequency_hz=frequency_hz, rate_hz=rate_hz)
    expected = np.zeros(len(found.amplitudes), np.complex128)
    expected[0] = 0.25
    expected[1 : count + 1] = amplitudes * np.exp(1j * phases)
    # A harmonic within 12 bins of half the rate meets its own image.
    clear = np.arange(len(expected)) * frequency_hz < rate_hz / 2 - 12
    # The first reading errs by 1e-6 in each of up to 2400 harmonics, the second by 1e-6 of these in step: 2.4e-9.
    # What is misread near half the rate, at most all of the harmonic, reaches the others by the window's 1e-6.
    misread = np.sum(np.abs(expected[~clear]))
    np.testing.assert_allclose(found.amplitudes[clear], expected[clear], atol=1e-8 + 1e-6 * misread)
    if np.all(clear):
        np.testing.assert_allclose(found.signal(), x, atol=1e-8 * len(expected))


def test_a_cubic_makes_the_third_harmonic_of_the_textbook():
    # cos^3 = 3/4 cos + 1/4 cos of three times the angle.
    found = analyse_harmonics(_tone(997.0) ** 3, frequency_hz=997.0, rate_hz=RATE_HZ)
    np.testing.assert_allclose(np.abs(found.amplitudes[:5]), [0, 0.75, 0, 0.25, 0], atol=1e-9)


@pytest.mark.parametrize("level_db", [-20, -60, -100, -140])
def test_asr_of_a_known_alias(level_db):
    x = _tone(1234.5) + _tone(2469.0, 0.5) + _tone(7777.7, math.sqrt(1.25) * 10 ** (level_db / 20), 0.3)
    assert asr_db(x, frequency_hz=1234.5, rate_hz=RATE_HZ) == pytest.approx(level_db, abs=0.05)


def test_only_the_last_second_counts():
    x = np.concatenate((np.random.default_rng(0).standard_normal(5000), _tone(1234.5)))
    assert asr_db(x, frequency_hz=1234.5, rate_hz=RATE_HZ) < -100


def test_asr_of_an_alias_that_a_square_law_folds_back():
    # cos(w)^2 = 1/2 + 1/2 cos(2w): at 15 kHz the second half is an alias at 14.1 kHz, and DC is signal: 0.125 / 0.25.
    x = _tone(15_000.0) ** 2
    assert asr_db(x, frequency_hz=15_000.0, rate_hz=RATE_HZ) == pytest.approx(10 * math.log10(0.125 / 0.25), abs=0.01)


@pytest.mark.parametrize(
    ("frequency_hz", "frames"), [(11.0, RATE_HZ), (RATE_HZ / 2, RATE_HZ), (1000.0, 0), (100.0, 500)]
)
def test_tones_that_cannot_be_read_are_refused(frequency_hz, frames):
    with pytest.raises(ValueError, match="allowed: 12 periods or more, below half the rate"):
        analyse_harmonics(np.zeros(frames), frequency_hz=frequency_hz, rate_hz=RATE_HZ)


def _plain_spread(power, centres):
    """Every band's skirts, one after another."""
    total = np.zeros(109)
    for m in range(109):
        fall = np.where(
            np.arange(109) < m, 27.0, 24 + 230 / centres[m] - 2 * math.log10(power[m])
        )  # 0.2 dB per dB of level is 2 log10 of the power
        skirt = 10 ** (-fall * 0.25 * np.abs(np.arange(109) - m) / 10)
        total += (power[m] * skirt / skirt.sum()) ** 0.4
    return total**2.5


def _plain_nmr_db(target, output, rate_hz):
    """The same model as a table of formulas: no recursion, no shared code."""
    bark = lambda hz: 7 * math.asinh(hz / 650)  # noqa: E731
    hertz = lambda z: 650 * math.sinh(z / 7)  # noqa: E731
    edges = [min(bark(80) + 0.25 * i, bark(18_000)) for i in range(110)]
    centres = [hertz((a + b) / 2) for a, b in itertools.pairwise(edges)]
    n = np.arange(2048)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 2047)
    bins_hz = np.arange(1025) * rate_hz / 2048
    # Full scale: the largest bin of a sine of 1019.5 Hz is at 92 dB. Here by transforming one.
    full = np.abs(np.fft.rfft(window * np.exp(2j * np.pi * 1019.5 / rate_hz * n).real))
    scale = 10 ** (92 / 20) / full.max()
    with np.errstate(divide="ignore"):
        khz = bins_hz / 1000
        ear_db = -2.184 * khz**-0.8 + 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) - 0.001 * khz**3.6

    shares = np.zeros((109, 1025))
    for m, k in itertools.product(range(109), range(1025)):
        low, high = bins_hz[k] - rate_hz / 4096, bins_hz[k] + rate_hz / 4096
        shares[m, k] = max(0, min(high, hertz(edges[m + 1])) - max(low, hertz(edges[m]))) / (rate_hz / 2048)

    def banded(power):
        return np.maximum(shares @ power, 1e-12)

    ratios = []
    for start in range(0, len(target) - 2047, 1024):
        wanted, came = (
            scale * np.abs(np.fft.rfft(window * x[start : start + 2048])) * 10 ** (ear_db / 20)
            for x in (target, output)
        )
        inner = 10 ** (0.1456 * (np.array(centres) / 1000) ** -0.8)
        excitation = _plain_spread(banded(wanted**2) + inner, centres) / _plain_spread(np.ones(109), centres)
        offset_db = np.array([3.0 if 0.25 * m <= 12 else 0.0625 * m for m in range(109)])
        ratios.append(banded((wanted - came) ** 2) / (excitation * 10 ** (-offset_db / 10)))
    return 10 * math.log10(np.mean(ratios))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
@pytest.mark.parametrize("frequency_hz", [110.0, 1046.5, 4186.0])
def test_nmr_of_a_clipped_sine_is_that_of_the_plain_formulas(frequency_hz, rate_hz):
    x = np.clip(_tone(frequency_hz, 2.0, frames=5000, rate_hz=rate_hz), -0.5, 0.5)
    wanted = analyse_harmonics(
        np.clip(_tone(frequency_hz, 2.0, frames=rate_hz, rate_hz=rate_hz), -0.5, 0.5),
        frequency_hz=frequency_hz,
        rate_hz=rate_hz,
    ).signal()[:5000]
    expected = _plain_nmr_db(wanted, x, rate_hz)
    # Of a real sine the largest bin also holds a trace of its mirror image, which Kabal's formula leaves out.
    assert nmr_db(target=wanted, output=x, rate_hz=rate_hz) == pytest.approx(expected, abs=0.01)


def test_full_scale_is_92_db():
    loudest = np.max(masking._magnitudes(_tone(1019.5, frames=2048, rate_hz=48_000))) * masking._calibration(48_000)
    assert 20 * math.log10(loudest) == pytest.approx(92, abs=0.01)


def test_bands_are_those_of_the_standard():
    # BS.1387-2, table 6: first, fortieth and last band, Hz.
    edges_hz, centres_hz = masking._bands()
    assert len(centres_hz) == 109
    np.testing.assert_allclose(edges_hz[[0, 1, 39, 108, 109]], [80, 103.445, 1408.094, 17_385.420, 18_000], atol=2e-3)
    np.testing.assert_allclose(centres_hz[[0, 39, 108]], [91.708, 1436.014, 17_690.045], atol=2e-3)


def test_twice_the_noise_in_a_silent_band_is_6_db_more():
    target = _tone(440.0, 0.1)
    figures = [nmr_db(target=target, output=target + _tone(9000.0, level), rate_hz=RATE_HZ) for level in (1e-3, 2e-3)]
    assert figures[1] - figures[0] == pytest.approx(20 * math.log10(2), abs=0.05)


def test_noise_beside_the_tone_is_masked_and_noise_far_away_is_not():
    target = _tone(1000.0, 0.1)
    near, far = (nmr_db(target=target, output=target + _tone(f, 1e-3), rate_hz=RATE_HZ) for f in (1100.0, 5000.0))
    assert far > near + 20
    above, below = (nmr_db(target=target, output=target + _tone(f, 1e-3), rate_hz=RATE_HZ) for f in (1300.0, 750.0))
    assert below > above  # masking reaches further up than down


def test_no_noise_is_far_below_the_mask():
    x = _tone(440.0, 0.1)
    assert nmr_db(target=x, output=x, rate_hz=RATE_HZ) < -100


@pytest.mark.parametrize("shape", [(2047,), (2, 4096)])
def test_nmr_takes_one_channel_of_2048_frames_or_more(shape):
    with pytest.raises(ValueError, match="2048 or more"):
        nmr_db(target=np.zeros(shape), output=np.zeros(shape), rate_hz=RATE_HZ)
