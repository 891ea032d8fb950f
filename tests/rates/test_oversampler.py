"""The streamed oversampler against its slow definition and its specification."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.rates import Filters, Oversampler, oversampler_latency_frames
from afxplugin.rates.design import half_band_low_pass
from afxplugin.rates.oversampler import align, down_reference, up_reference

ALL_FILTERS: tuple[Filters, ...] = ("linear", "low-latency")
FACTORS = [1, 2, 4, 8]
LENGTHS = [0, 1, 99, 255, 256, 257, 4_099]
both_filters = pytest.mark.parametrize("filters", ALL_FILTERS)
all_factors = pytest.mark.parametrize("factor", FACTORS)
raising_factors = pytest.mark.parametrize("factor", FACTORS[1:])


def snr_db(reference: np.ndarray, y: np.ndarray) -> float:
    return 10 * math.log10(float((reference**2).sum()) / max(float(((y - reference) ** 2).sum()), 1e-300))


def lines(y: np.ndarray) -> np.ndarray:
    """Amplitudes of the positive frequencies; the window's skirts are below -180 dB ten bins away."""
    window = np.kaiser(len(y), 24)
    return 2 * np.abs(np.fft.rfft(y * window)) / window.sum()


def tone(cycles: float, frames: int) -> np.ndarray:
    return np.sin(2 * np.pi * cycles * np.arange(frames)).astype(np.float32)


@both_filters
@all_factors
def test_equals_the_slow_definition(factor: int, filters: Filters, isa: str, noise: np.ndarray) -> None:
    stage = Oversampler(factor, filters=filters, isa=isa)
    x = noise[:1_000]
    assert snr_db(up_reference(x, factor, filters), stage.up(x)) >= 130  # measured 138 and more
    high = noise[: 1_000 * factor]
    assert snr_db(down_reference(high, factor, filters), stage.down(high)) >= 130


@both_filters
@all_factors
@pytest.mark.parametrize("chunk", [1, 17, 509])
def test_streaming_equals_one_shot(factor: int, filters: Filters, chunk: int, isa: str, noise: np.ndarray) -> None:
    stage = Oversampler(factor, filters=filters, isa=isa)
    for frames in LENGTHS:
        x = noise[:frames]
        stage.reset()
        up = stage.up(x)
        down = stage.down(up)
        stage.reset()
        ups = [stage.up(x[start : start + chunk]) for start in range(0, frames, chunk)]
        downs = [stage.down(part) for part in ups]
        np.testing.assert_array_equal(np.concatenate([up[:0], *ups]), up)
        np.testing.assert_array_equal(np.concatenate([down[:0], *downs]), down)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(FACTORS), st.sampled_from(ALL_FILTERS), st.lists(st.integers(0, 700), max_size=8))
def test_any_split_gives_the_same_bits(factor: int, filters: Filters, splits: list[int]) -> None:
    x = np.random.default_rng(2).standard_normal(700).astype(np.float32)
    stage = Oversampler(factor, filters=filters)
    whole = stage.down(stage.up(x))
    stage.reset()
    parts = [stage.down(stage.up(part)) for part in np.split(x, sorted(splits))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@all_factors
def test_linear_round_trip_is_a_pure_delay(factor: int) -> None:
    stage = Oversampler(factor)
    impulse = np.zeros(2_048, dtype=np.float32)
    impulse[500] = 1.0
    h = np.roll(stage.down(stage.up(impulse)).astype(np.float64), -500 - stage.latency_frames)
    response = np.fft.rfft(h)[1 : int(0.4535 * 2_048)]
    lag = -np.angle(response) / (2 * np.pi * np.arange(1, len(response) + 1) / 2_048)
    assert np.abs(lag).max() < 0.001
    assert np.abs(20 * np.log10(np.abs(response))).max() < 5e-4  # six passes, 1e-5 each, at the most


@raising_factors
def test_low_latency_round_trip_is_whole_at_1_khz(factor: int) -> None:
    stage = Oversampler(factor, filters="low-latency")
    impulse = np.zeros(4_096, dtype=np.float32)
    impulse[100] = 1.0
    h = stage.down(stage.up(impulse)).astype(np.float64)

    def phase(hz: float) -> float:
        turns = np.exp(-2j * np.pi * hz / 44_100 * (np.arange(4_096) - 100 - stage.latency_frames))
        return float(np.angle((h * turns).sum()))

    group_delay = -(phase(1_010) - phase(990)) / (2 * np.pi * 20 / 44_100)
    phase_delay = -phase(1_000) / (2 * np.pi * 1_000 / 44_100)
    assert abs(group_delay) < 0.001
    assert abs(phase_delay) < 0.02  # measured 0.005


def test_latency_is_known_without_building_one() -> None:
    table = {filters: [oversampler_latency_frames(factor, filters) for factor in FACTORS] for filters in ALL_FILTERS}
    assert table == {"linear": [0, 71, 77, 80], "low-latency": [0, 4, 5, 5]}
    for filters in ALL_FILTERS:
        for factor in FACTORS:
            assert Oversampler(factor, filters=filters).latency_frames == oversampler_latency_frames(factor, filters)
            assert align(factor, filters).latency_frames == oversampler_latency_frames(factor, filters)


@both_filters
@raising_factors
def test_images_are_below_the_stop_band(factor: int, filters: Filters) -> None:
    edge = 2 * half_band_low_pass(0, filters).pass_edge
    depth_db = 100 if filters == "linear" else 118
    for cycles in np.linspace(0.02, 0.999 * edge, 6):
        y = lines(Oversampler(factor, filters=filters).up(tone(cycles, 9_000))[600 * factor :])
        at = round(cycles / factor * 2 * (len(y) - 1))
        assert y[at - 2 : at + 3].max() == pytest.approx(1.0, abs=0.2)  # between two bins
        y[at - 20 : at + 21] = 0
        assert -20 * np.log10(y.max()) >= depth_db


@both_filters
@raising_factors
def test_aliases_are_below_the_stop_band(factor: int, filters: Filters) -> None:
    edge = 2 * half_band_low_pass(0, filters).pass_edge
    depth_db = 100 if filters == "linear" else 118
    for band in range(1, factor // 2 + 1):
        for offset in (-0.999 * edge, -0.5 * edge, 0.1, 0.7 * edge):
            cycles = abs(band + offset) / factor  # folds onto |offset| of the base rate, inside the pass band
            if cycles >= 0.5:
                continue
            y = lines(Oversampler(factor, filters=filters).down(tone(cycles, 9_000 * factor))[600:])
            inside = y[: int(edge * 2 * (len(y) - 1))]
            assert -20 * np.log10(inside.max()) >= depth_db


@both_filters
@all_factors
def test_constant_stays_constant_from_frame_0(factor: int, filters: Filters, isa: str) -> None:
    stage = Oversampler(factor, filters=filters, isa=isa)
    stage.reset(0.3, -0.2)
    up = stage.up(np.full(1_000, 0.3, dtype=np.float32))
    down = stage.down(np.full(1_000 * factor, -0.2, dtype=np.float32))
    assert np.abs(up - np.float32(0.3)).max() <= 2e-7
    assert np.abs(down + np.float32(0.2)).max() <= 2e-7


@raising_factors
def test_tails_end_in_silence_and_the_callers_denormals_stay(factor: int) -> None:
    stage = Oversampler(factor, filters="low-latency")
    stage.down(stage.up(np.ones(64, dtype=np.float32)))
    silence = np.zeros(20_000, dtype=np.float32)
    up = stage.up(silence)[-1_000:]
    down = stage.down(np.repeat(silence, factor))[-1_000:]
    assert not up.any()
    assert not down.any()
    assert np.array([1e-40], dtype=np.float32) * np.float32(0.5) > 0


def test_bad_requests_are_refused() -> None:
    for factor in (0, 3, 16, -2):
        with pytest.raises(ValueError, match="1, 2, 4, 8 are allowed"):
            Oversampler(factor)
        with pytest.raises(ValueError, match="1, 2, 4, 8 are allowed"):
            oversampler_latency_frames(factor)
    with pytest.raises(ValueError, match="'linear' and 'low-latency' are allowed"):
        Oversampler(2, filters="steep")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="multiples of 4 are allowed"):
        Oversampler(4).down(np.zeros(10))
    with pytest.raises(ValueError, match=r"shape \(2, 8\) was given"):
        Oversampler(4).up(np.zeros((2, 8)))
