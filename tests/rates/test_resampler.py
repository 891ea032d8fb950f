"""The streamed resampler against its slow definition, its specification, and python-soxr."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.errors import RateError
from afxplugin.rates import Filters, Resampler, resampler_half_length
from afxplugin.rates.design import resampler_low_pass
from afxplugin.rates.resampler import resample_reference

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL_FILTERS: tuple[Filters, ...] = ("linear", "low-latency")
PAIRS = [(44_100, 48_000), (48_000, 44_100), (48_000, 96_000), (44_100, 192_000), (8_000, 384_000), (47_999, 44_100)]
LENGTHS = [0, 1, 99, 100, 101, 997, 4_099, 48_001]
CHUNKS = [1, 17, 509, 44_100]


def in_chunks(stage: Resampler, x: np.ndarray, chunk: int) -> np.ndarray:
    stage.reset()
    parts = [stage.process(x[start : start + chunk]) for start in range(0, len(x), chunk)]
    return np.concatenate([np.zeros(0, dtype=np.float32), *parts])


def snr_db(reference: np.ndarray, y: np.ndarray) -> float:
    return 10 * math.log10(float((reference**2).sum()) / float(((y - reference) ** 2).sum()))


def tone(hz: float, rate_hz: int, frames: int) -> NDArray[np.complex128]:
    return np.exp(2j * np.pi * hz / rate_hz * np.arange(frames))


def resample_complex(x: NDArray[np.complex128], in_hz: int, out_hz: int, filters: Filters) -> NDArray[np.complex128]:
    parts = [Resampler(in_hz, out_hz, filters=filters).process(part) for part in (x.real, x.imag)]
    return parts[0].astype(np.float64) + 1j * parts[1].astype(np.float64)


@pytest.mark.parametrize("filters", ALL_FILTERS)
@pytest.mark.parametrize(("in_hz", "out_hz"), [*PAIRS, (384_000, 8_000), (44_100, 48_001)])
def test_equals_the_slow_definition(in_hz: int, out_hz: int, filters: Filters, isa: str, noise: np.ndarray) -> None:
    x = noise[: min(8_000, 1_200 * in_hz // out_hz)]
    delay = Fraction(math.ceil(2 * resampler_half_length(in_hz, out_hz, filters)), 2)
    stage = Resampler(in_hz, out_hz, filters=filters, delay=delay, isa=isa)
    stage.reset(0.125)
    y = stage.process(x)
    # Measured 132 dB (of 1800 taps a sum) to 144 dB: float32 coefficients and sums.
    assert snr_db(resample_reference(x, in_hz, out_hz, filters, delay, fill=0.125), y) >= 128


@pytest.mark.parametrize("delay", [Fraction(40), Fraction(81, 2), Fraction(1234, 29), Fraction(400)])
def test_any_rational_delay_is_exact(delay: Fraction, noise: np.ndarray) -> None:
    y = Resampler(44_100, 48_000, delay=delay).process(noise[:2_000])
    assert snr_db(resample_reference(noise[:2_000], 44_100, 48_000, "linear", delay), y) >= 128


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize(("in_hz", "out_hz"), PAIRS)
def test_streaming_equals_one_shot(in_hz: int, out_hz: int, chunk: int, isa: str, noise: np.ndarray) -> None:
    stage = Resampler(in_hz, out_hz, isa=isa)
    for frames in LENGTHS if chunk > 1 else LENGTHS[:-1]:
        stage.reset()
        whole = stage.process(noise[:frames])
        np.testing.assert_array_equal(in_chunks(stage, noise[:frames], chunk), whole)


@settings(max_examples=40, deadline=None)
@given(
    rates=st.tuples(st.integers(8_000, 384_000), st.integers(8_000, 384_000)),
    filters=st.sampled_from(ALL_FILTERS),
    splits=st.lists(st.integers(0, 1_500), max_size=8),
)
def test_any_split_gives_the_same_bits(rates: tuple[int, int], filters: Filters, splits: list[int]) -> None:
    in_hz, out_hz = rates
    x = np.random.default_rng(in_hz).standard_normal(2_000).astype(np.float32)
    stage = Resampler(in_hz, out_hz, filters=filters)
    whole = stage.process(x)
    stage.reset()
    parts = [stage.process(part) for part in np.split(x, sorted(splits))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert len(whole) == -(-len(x) * out_hz // in_hz)


def test_output_m_comes_with_input_floor_m_in_over_out(noise: np.ndarray) -> None:
    for in_hz, out_hz in PAIRS:
        stage = Resampler(in_hz, out_hz)
        produced = 0
        for frame in range(700):
            produced += len(stage.process(noise[frame : frame + 1]))
            assert produced == (frame * out_hz + out_hz - 1) // in_hz + 1


def test_ten_minutes_do_not_drift() -> None:
    stage = Resampler(48_000, 44_100, delay=Fraction(48))
    block = np.arange(48_000)
    wave = np.sin(2 * np.pi * 997 * block / 48_000).astype(np.float32)  # whole periods a second
    for _ in range(599):
        stage.process(wave)
    y = stage.process(wave)
    expected = np.sin(2 * np.pi * 997 * (np.arange(44_100) / 44_100 - 48 / 48_000))
    assert len(y) == 44_100
    assert snr_db(expected, y) >= 95  # measured 101: the pass band's ripple


@pytest.mark.parametrize("filters", ALL_FILTERS)
@pytest.mark.parametrize(("in_hz", "out_hz"), PAIRS)
def test_pass_band_is_flat_and_images_are_low(in_hz: int, out_hz: int, filters: Filters) -> None:
    # Kaiser's estimate is 0.5 dB (linear) and 1.2 dB (low latency) optimistic; float32 adds a little of its own.
    depth_db = 99.4 if filters == "linear" else 116.5
    edge = resampler_low_pass(in_hz, out_hz, filters).pass_edge
    frames = 16_384
    for hz in np.linspace(edge / 50, edge, 7):
        y = resample_complex(tone(hz, in_hz, math.ceil(1.2 * frames * in_hz / out_hz) + 2_000), in_hz, out_hz, filters)
        y = y[-frames:] * np.conj(tone(hz, out_hz, frames))
        spectrum = np.abs(np.fft.fft(y * np.kaiser(frames, 20))) / np.kaiser(frames, 20).sum()
        assert abs(spectrum[0] - 1) <= 10 ** (-depth_db / 20)
        assert spectrum[16:-16].max() <= 10 ** (-depth_db / 20)


@pytest.mark.parametrize("filters", ALL_FILTERS)
@pytest.mark.parametrize(("in_hz", "out_hz"), [(96_000, 44_100), (192_000, 48_000), (96_001, 44_100)])
def test_stop_band_is_deep(in_hz: int, out_hz: int, filters: Filters) -> None:
    depth_db = 99.4 if filters == "linear" else 116.5
    spec = resampler_low_pass(in_hz, out_hz, filters)
    for hz in np.linspace(spec.stop_edge, in_hz - spec.stop_edge, 9):  # complex tones: across half the rate
        y = resample_complex(tone(hz, in_hz, 20_000), in_hz, out_hz, filters)[2_000:]
        window = np.kaiser(len(y), 20)
        assert np.abs(np.fft.fft(y * window)).max() / window.sum() <= 10 ** (-depth_db / 20)


@pytest.mark.parametrize("filters", ALL_FILTERS)
@pytest.mark.parametrize(("in_hz", "out_hz"), [*PAIRS, (384_000, 8_000), (383_998, 8_000)])
def test_constant_stays_constant(in_hz: int, out_hz: int, filters: Filters, isa: str) -> None:
    stage = Resampler(in_hz, out_hz, filters=filters, isa=isa)
    stage.reset(0.3)
    y = stage.process(np.full(3_000, 0.3, dtype=np.float32))
    assert np.abs(y / np.float32(0.3) - 1).max() <= 3e-7  # measured 2.4e-7, two steps of float32


@pytest.mark.parametrize(("in_hz", "out_hz"), [(44_100, 48_000), (48_000, 44_100), (44_100, 192_000)])
def test_soxr_agrees_within_the_band(in_hz: int, out_hz: int) -> None:
    rng = np.random.default_rng(5)
    t = np.arange(in_hz) / in_hz
    # Up to 14 kHz: from there soxr's own pass band falls, by 4e-4 at 19 kHz.
    x = sum(0.05 * np.sin(2 * np.pi * hz * t + rng.uniform(0, 6)) for hz in np.linspace(50, 14_000, 24))
    ours = Resampler(in_hz, out_hz, delay=Fraction(50)).process(x)
    theirs = soxr.resample(np.concatenate([np.zeros(50), x]), in_hz, out_hz, quality="VHQ")[: len(ours)]
    trim = slice(2_000, -2_000)
    assert snr_db(theirs[trim], ours[trim]) >= 105


def test_bad_requests_are_refused() -> None:
    for rates in ((0, 48_000), (7_999, 48_000), (48_000, 384_001), (-1, 44_100)):
        with pytest.raises(RateError, match="8000 to 384000"):
            Resampler(*rates)
    with pytest.raises(ValueError, match=r"34\.000 input frames was given, 34\.474"):
        Resampler(44_100, 48_000, delay=Fraction(34))
    with pytest.raises(ValueError, match="'linear' and 'low-latency' are allowed"):
        Resampler(44_100, 48_000, filters="steep")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="'mmx' was given"):
        Resampler(44_100, 48_000, isa="mmx")
    with pytest.raises(ValueError, match=r"shape \(2, 9\) was given"):
        Resampler(44_100, 48_000).process(np.zeros((2, 9)))


def test_not_a_number_leaves_with_the_filter(noise: np.ndarray) -> None:
    x = noise[:2_000].copy()
    x[500] = np.nan
    y = Resampler(44_100, 48_000).process(x)
    bad = np.flatnonzero(~np.isfinite(y))
    # Rows are padded to a multiple of 16 taps, so up to 15 frames longer than the filter.
    assert bad.size > 0
    assert bad[-1] <= (500 + 2 * 35 + 16) * 160 / 147 + 1
