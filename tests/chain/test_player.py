"""Streaming: any split into blocks, any number of channels, starts, knobs, mix."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import Capture
from afxplugin.chain import Player
from afxplugin.errors import BlockError, KnobError, MethodError, RateError, RenderError
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.reference import process_plain

PATHS = [
    {"rate_hz": 44_100},
    {"rate_hz": 48_000},
    {"rate_hz": 96_000},
    {"rate_hz": 88_200, "oversample": 2},
    {"rate_hz": 48_000, "oversample": 4, "method": "resample"},
    {"rate_hz": 48_000, "filters": "low-latency", "method": "resample", "oversample": 2},
    {"rate_hz": 96_000, "filters": "low-latency", "oversample": 8, "method": "cidl"},
    {"rate_hz": 47_999, "method": "resample"},
]


def stream(player: Player, x: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Plays x in blocks of the given sizes, over and over, and the rest of the latency."""
    out, at, turn = [], 0, 0
    while at < x.shape[1]:
        size = sizes[turn % len(sizes)]
        out.append(player.process(x[:, at : at + size]))
        at, turn = at + size, turn + 1
    out.append(player.flush())
    return np.concatenate(out, axis=1)


def test_a_block_comes_out_as_long_as_it_went_in(amp: Capture) -> None:
    player = Player(amp, rate_hz=48_000)
    for frames in (0, 1, 17, 5000):
        assert player.process(np.zeros((2, frames))).shape == (2, frames)
    assert player.flush().shape == (2, player.latency_frames)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_blocks_channels_and_resets_give_the_same_bits(path: dict, amp: Capture, noise) -> None:
    mono = noise(rate_hz=path["rate_hz"], seconds=0.2, high_hz=10_000.0, seed=5)[None]
    once = stream(Player(amp, **path), mono, [mono.shape[1]])
    for sizes in ([1], [17], [64], [4096], [1, 300, 7, 1000]):
        assert np.array_equal(stream(Player(amp, **path), mono, sizes), once), sizes
    player = Player(amp, **path)
    five = stream(player, np.concatenate([mono, -mono, mono, 0.5 * mono, mono]), [777])
    for channel in (0, 2, 4):
        assert np.array_equal(five[channel], once[0])
    player.reset()
    assert np.array_equal(stream(player, mono, [100]), once)


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12), path=st.sampled_from(PATHS))
def test_any_split_gives_the_same_bits(sizes: list[int], path: dict, amp: Capture) -> None:
    x = np.random.default_rng(7).uniform(-0.5, 0.5, (2, 3000)).astype(np.float32)
    assert np.array_equal(stream(Player(amp, **path), x, sizes), stream(Player(amp, **path), x, [3000]))


@pytest.mark.parametrize(
    "method", ["naive", "stn", "lidl", "apdl", "cidl", "lagrange2", "lagrange5", "resample", "auto"]
)
def test_equal_rates_make_every_method_naive(method: str, amp: Capture, noise) -> None:
    x = noise(rate_hz=44_100, seconds=0.3, high_hz=12_000.0, seed=6)[None]
    naive = Player(amp, rate_hz=44_100, method="naive").process(x)
    assert np.array_equal(Player(amp, rate_hz=44_100, method=method).process(x), naive)


@pytest.mark.parametrize("rate_hz", [88_200, 176_400, 132_300])
def test_whole_ratios_make_delay_lines_equal(rate_hz: int, amp: Capture, noise) -> None:
    x = noise(rate_hz=rate_hz, seconds=0.2, high_hz=12_000.0, seed=6)[None]
    lidl = Player(amp, rate_hz=rate_hz, method="lidl").process(x)
    for method in ("apdl", "cidl", "lagrange5", "auto"):
        assert np.array_equal(Player(amp, rate_hz=rate_hz, method=method).process(x), lidl), method


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 40_500])
def test_delay_lines_are_the_slow_reference_with_gains(rate_hz: int, amp: Capture, noise) -> None:
    capture = replace(amp, input_gain_db=-3.0, output_gain_db=2.0)
    x = noise(rate_hz=rate_hz, seconds=0.1, high_hz=9_000.0, seed=8)[None]
    player = Player(capture, rate_hz=rate_hz, method="cidl", start="zero", input_gain_db=6.0, output_gain_db=-4.0)
    feedback = design_feedback("cidl", Fraction(rate_hz, 44_100))
    slow = 10 ** (-2 / 20) * process_plain(capture, feedback, 10 ** (3 / 20) * x[0])
    assert np.abs(player.process(x) - slow).max() < 1e-5 * np.abs(slow).max()


def test_silence_stays_silent_from_a_settled_start(amp: Capture, knobbed: Capture) -> None:
    for capture in (amp, knobbed):
        for path in PATHS:
            player = Player(capture, **path)
            y = stream(player, np.zeros((1, 4000), np.float32), [512])
            assert np.abs(y - y[0, -1]).max() < 1e-4, path


def test_zero_start_is_not_settled(amp: Capture) -> None:
    x = np.zeros((1, 4000), np.float32)
    settled = Player(amp, rate_hz=44_100).process(x)
    zero = Player(amp, rate_hz=44_100, start="zero").process(x)
    assert np.abs(zero[0, 0] - settled[0, 0]) > 1e-3
    assert np.abs(zero[0, -1] - settled[0, -1]) < 1e-3


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_the_dry_path_lines_up_with_the_wet(path: dict, identity: Capture, noise) -> None:
    """Through an identity capture every mix is the same sound: nothing combs."""
    x = noise(rate_hz=path["rate_hz"], seconds=0.2, high_hz=8_000.0, seed=9)[None]
    wet = stream(Player(identity, **path), x, [500])
    for mix in (0.0, 0.5):
        mixed = stream(Player(identity, mix=mix, **path), x, [500])
        assert np.abs(mixed - wet).max() < 2e-4 * np.abs(x).max()


def test_a_moving_knob_does_not_click(knobbed: Capture) -> None:
    """Second differences through a knob's jump stay near those of the sine itself; without smoothing they leap."""
    rate_hz = 48_000
    x = 0.2 * np.sin(2 * np.pi * 110.0 * np.arange(rate_hz) / rate_hz)[None].astype(np.float32)

    def roughness(y: np.ndarray) -> float:
        return float(np.abs(np.diff(y, n=2)).max())

    player = Player(knobbed, rate_hz=rate_hz, knobs={"Knob 1": 0.0})
    before = player.process(x)
    player.set_knob("Knob 1", 1.0)
    moving = player.process(x)
    after = player.process(x)
    assert np.abs(after[0, -4800:] - before[0, -4800:]).max() > 1e-3, "the knob does something"
    assert roughness(moving) < 3.0 * max(roughness(before[:, 9600:]), roughness(after[:, 9600:]))
    jumped = np.concatenate([before[:, -100:], after[:, :100]], axis=1)
    assert roughness(jumped) > 3.0 * roughness(moving)


def test_a_moving_knob_gives_the_same_bits_in_any_blocks(knobbed: Capture, noise) -> None:
    x = noise(rate_hz=48_000, seconds=0.1, high_hz=8_000.0, seed=4)[None]

    def play(size: int) -> np.ndarray:
        player = Player(knobbed, rate_hz=48_000)
        player.process(x[:, :1000])
        player.set_knob("knob 2", 0.9)
        return stream(player, x, [size])

    assert np.array_equal(play(13), play(4800))


def test_knobs_start_where_they_are_set(knobbed: Capture) -> None:
    x = np.zeros((1, 2000), np.float32)
    moved = Player(knobbed, rate_hz=44_100)
    moved.set_knob("Knob 1", 1.0)
    started = Player(knobbed, rate_hz=44_100, knobs={"Knob 1": 1.0})
    assert np.array_equal(moved.process(x), started.process(x))
    assert started.knobs == {"Knob 1": 1.0, "Knob 2": 0.5}


def test_what_is_not_allowed_is_named(amp: Capture, knobbed: Capture) -> None:
    with pytest.raises(RateError, match="7000000 Hz is given; 8000 to 384000 Hz"):
        Player(amp, rate_hz=7_000_000)
    with pytest.raises(RateError, match="whole numbers"):
        Player(amp, rate_hz=44_100.5)  # pyright: ignore[reportArgumentType]
    with pytest.raises(MethodError, match="'magic' is given; auto, resample, naive"):
        Player(amp, rate_hz=48_000, method="magic")
    with pytest.raises(MethodError, match=r"APDL|apdl"):
        Player(amp, rate_hz=40_000, method="apdl")
    with pytest.raises(MethodError, match="oversampling 3 is given; 1, 2, 4 and 8"):
        Player(amp, rate_hz=48_000, oversample=3)
    with pytest.raises(MethodError, match="'steep' are given; linear, low-latency"):
        Player(amp, rate_hz=48_000, filters="steep")
    with pytest.raises(MethodError, match="settled and zero"):
        Player(amp, rate_hz=48_000, start="warm")  # pyright: ignore[reportArgumentType]
    with pytest.raises(MethodError, match="mix of 1.5"):
        Player(amp, rate_hz=48_000, mix=1.5)
    with pytest.raises(MethodError, match="input gain of nan dB"):
        Player(amp, rate_hz=48_000, input_gain_db=float("nan"))
    with pytest.raises(KnobError, match="Treble"):
        Player(knobbed, rate_hz=48_000, knobs={"Treble": 0.1})
    with pytest.raises(BlockError, match="channels, frames"):
        Player(amp, rate_hz=48_000).process(np.zeros(100))
    player = Player(amp, rate_hz=48_000)
    player.process(np.zeros((2, 10)))
    with pytest.raises(BlockError, match="1 channels are given; this stream has 2"):
        player.process(np.zeros((1, 10)))
    with pytest.raises(BlockError, match="0 channels"):
        Player(amp, rate_hz=48_000, channels=0)


def test_a_forced_unstable_method_warns_and_plays(amp: Capture) -> None:
    with pytest.warns(UserWarning, match="UNSTABLE"):
        player = Player(amp, rate_hz=48_000, method="lagrange7")
    assert not player.plan.stable
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Player(amp, rate_hz=48_000)


@pytest.mark.parametrize("rate_hz", [44_100, 88_200])
def test_output_that_is_not_finite_is_told_with_its_frame(rate_hz: int, amp: Capture) -> None:
    """A capture whose skip path takes loud samples beyond float32."""
    wild = replace(amp, skip=1e30, output_gain_db=169.54)  # 3e38
    player = Player(wild, rate_hz=rate_hz)
    x = np.full((2, 900), 0.5)
    assert np.isfinite(player.process(x)).all()
    x[1, 37] = 2.0
    with pytest.raises(RenderError, match=rf"stops being finite at frame 937, channel 2; .* at {rate_hz} Hz.*\(made\)"):
        player.process(x)
    player.reset()
    with pytest.raises(RenderError, match="stops being finite at frame 37, channel 2"):
        player.process(x)


def test_output_that_is_not_finite_is_told_when_it_comes_late(amp: Capture) -> None:
    player = Player(replace(amp, skip=1e30, output_gain_db=169.54), rate_hz=48_000)
    x = np.zeros((1, player.latency_frames // 4))
    x[0, -1] = 3.0
    player.process(x)
    with pytest.raises(RenderError, match=r"stops being finite at frame \d+, channel 1; resample at 48000 Hz"):
        player.flush()


def test_no_allocation_while_playing(run_native: Callable[[Path], str]) -> None:
    assert "the counter counts" in run_native(Path(__file__).with_name("allocations.cpp"))
