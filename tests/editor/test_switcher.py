"""Switching without a gap: whatever is done while it plays, no step is larger than a fade of 10 ms allows."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.editor.playing.switcher import FADE_S, MATCHING_S, Switcher
from afxplugin.errors import SessionError

RATE_HZ = 48_000
FADE = round(FADE_S * RATE_HZ)
FREQUENCY_HZ = 331.0


def tones(count: int = 5, seconds: float = 0.7, channels: int = 1, rate_hz: int = RATE_HZ) -> dict[str, np.ndarray]:
    """Sines of one frequency, each with another amplitude and phase, as methods are of each other."""
    n = np.arange(round(seconds * rate_hz))
    made = {}
    for k in range(count):
        x = (0.2 + 0.1 * k) * np.sin(2 * np.pi * FREQUENCY_HZ / rate_hz * n + 0.4 * k)
        made[f"v{k}"] = np.tile(x, (channels, 1)).astype(np.float32)
    return made


def largest_step(amplitude: float, rate_hz: int = RATE_HZ) -> float:
    """Of a sine that is faded to another: its own slope, and the fade's steepest, π/2 over its length, times both."""
    own = 2 * np.pi * FREQUENCY_HZ / rate_hz * amplitude
    return 1.001 * (own + np.pi / 2 / (FADE_S * rate_hz) * 2 * amplitude)


def played(switcher: Switcher, frames: int, block: int = 480) -> np.ndarray:
    out = np.empty((switcher.channels, frames), np.float32)
    for start in range(0, frames, block):
        part = np.empty((switcher.channels, min(block, frames - start)), np.float32)
        switcher.fill(part)
        out[:, start : start + part.shape[1]] = part
    return out


def test_a_hundred_switches_give_no_gap_and_no_step() -> None:
    variants = tones()
    switcher = Switcher(variants, RATE_HZ)
    switcher.play()
    draw = np.random.default_rng(1)
    parts = [played(switcher, 2 * FADE)]
    switched = 0
    for _ in range(100):
        switcher.switch(str(draw.choice([name for name in switcher.names if name != switcher.name])))
        parts.append(played(switcher, int(draw.integers(100, 4000)), block=int(draw.integers(16, 700))))
        switched += 1
    heard = np.concatenate(parts, axis=1)[0]
    assert switched == 100
    step = np.abs(np.diff(heard)).max()
    assert step < largest_step(0.6), step
    assert step < 0.1  # a cut from one to another would be up to 1.2
    # No gap: the quietest tone has a peak of 0.2, so every stretch of a period and a half holds half of that.
    period = round(1.5 * RATE_HZ / FREQUENCY_HZ)
    body = heard[2 * FADE :]
    peaks = np.abs(body[: len(body) // period * period]).reshape(-1, period).max(axis=1)
    assert peaks.min() > 0.1, peaks.min()


def test_the_measure_finds_a_cut() -> None:
    """What the test above would say of switching without a fade."""
    variants = tones()
    cut = np.concatenate([variants["v0"][0, :1000], variants["v4"][0, 1000:2000]])
    assert np.abs(np.diff(cut)).max() > largest_step(0.6)


def test_a_switch_keeps_the_place_to_the_frame() -> None:
    variants = tones(seconds=1.0)
    switcher = Switcher(variants, RATE_HZ)
    switcher.play()
    played(switcher, 5000)
    switcher.switch("v3")
    played(switcher, 1000)
    heard = played(switcher, 2000)
    np.testing.assert_array_equal(heard, variants["v3"][:, 6000:8000])
    assert switcher.position_s == 8000 / RATE_HZ


def test_the_seam_of_the_loop_is_faded() -> None:
    variants = {"a": np.concatenate([np.full(5000, 0.5), np.full(5000, -0.5)])[None].astype(np.float32)}
    switcher = Switcher(variants, RATE_HZ)
    switcher.play()
    heard = played(switcher, 40_000)[0]
    length = 10_000 - FADE
    assert switcher.loop_s == length / RATE_HZ
    jumps = np.abs(np.diff(heard))
    seams = [k * length for k in (1, 2, 3)]
    assert jumps[seams[0] - 10 : seams[0] + FADE + 10].max() < np.pi / 2 / FADE * 1.001
    np.testing.assert_array_equal(heard[length + FADE : 2 * length], heard[FADE:length])  # the first began faded in
    assert heard[length - 1] == -0.5
    assert heard[length + FADE] == 0.5


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30))
def test_any_split_into_blocks_sounds_the_same(blocks: list[int]) -> None:
    def run(sizes: list[int]) -> np.ndarray:
        switcher = Switcher(tones(2, seconds=0.1), RATE_HZ, gains_db={"v1": -3.0})
        switcher.play()
        switcher.switch("v1")
        parts = []
        for size in sizes:
            part = np.empty((1, size), np.float32)
            switcher.fill(part)
            parts.append(part)
        return np.concatenate(parts, axis=1)

    np.testing.assert_allclose(run(blocks), run([sum(blocks)]), atol=2e-6)


def test_everything_that_can_be_done_makes_no_step() -> None:
    variants = tones(3)
    gains = {"v0": 6.0, "v1": 0.0, "v2": -6.0}
    switcher = Switcher(variants, RATE_HZ, gains_db=gains)
    switcher.play()
    draw = np.random.default_rng(2)
    parts = [played(switcher, 2 * FADE)]
    for k in range(200):
        match int(draw.integers(0, 6)):
            case 0:
                switcher.switch(f"v{draw.integers(0, 3)}")
            case 1:
                switcher.seek(float(draw.uniform(0.0, 2.0)))
            case 2:
                switcher.set_matched(bool(k % 2))
            case 3:
                switcher.stop()
            case 4:
                switcher.play()
            case _:
                switcher.replace({**variants, "v3": variants["v0"]} if k % 2 else variants, gains)
        parts.append(played(switcher, int(draw.integers(1, 1500)), block=128))
    heard = np.concatenate(parts, axis=1)[0]
    loudest = 0.4 * 10 ** (6.0 / 20.0)
    matching = loudest / (MATCHING_S * RATE_HZ)
    assert np.abs(np.diff(heard)).max() < largest_step(loudest) + matching + loudest / FADE


def test_loudness_is_matched_or_not() -> None:
    variants = {"a": np.full((1, 9000), 0.1, np.float32), "b": np.full((1, 9000), 0.4, np.float32)}
    switcher = Switcher(variants, RATE_HZ, gains_db={"b": -12.041199826559248})
    switcher.play()
    for name, matched, level in (("a", True, 0.1), ("b", True, 0.1), ("b", False, 0.4), ("a", False, 0.1)):
        switcher.switch(name)
        switcher.set_matched(matched)
        heard = played(switcher, 6000)
        assert heard[0, -1] == pytest.approx(level, rel=1e-5)
    assert np.abs(np.diff(heard)).max() < 0.01


def test_stopped_it_is_silent_and_goes_on_where_it_was() -> None:
    switcher = Switcher(tones(1, seconds=2.0), RATE_HZ)
    assert not played(switcher, 1000).any()
    assert switcher.position_s == 0.0
    switcher.play()
    assert switcher.is_playing
    played(switcher, 10_000)
    switcher.stop()
    tail = played(switcher, 2 * FADE)[0]
    assert np.abs(tail[FADE + 1 :]).max() == 0.0
    assert np.abs(np.diff(tail)).max() < largest_step(0.2)
    place = switcher.position_s
    assert not played(switcher, 5000).any()
    assert switcher.position_s == place
    switcher.seek(0.5)
    switcher.fill(np.empty((1, 10), np.float32))
    assert switcher.position_s == 0.5


def test_while_it_is_silent_a_switch_needs_no_fade() -> None:
    variants = tones(2)
    switcher = Switcher(variants, RATE_HZ)
    switcher.switch("v1")
    played(switcher, 100)
    switcher.play()
    heard = played(switcher, 3 * FADE)
    np.testing.assert_array_equal(heard[0, FADE + 1 :], variants["v1"][0, FADE + 1 : 3 * FADE])


def test_switching_faster_than_a_fade_ends_at_the_last() -> None:
    variants = tones(5)
    switcher = Switcher(variants, RATE_HZ)
    switcher.play()
    parts = [played(switcher, 2 * FADE)]
    for name in ("v1", "v4", "v2", "v3", "v1", "v4"):
        switcher.switch(name)
        parts.append(played(switcher, 37))
    parts.append(played(switcher, 3 * FADE))
    heard = np.concatenate(parts, axis=1)[0]
    assert np.abs(np.diff(heard)).max() < largest_step(0.6)
    at = heard.shape[0] - 10
    np.testing.assert_array_equal(heard[-10:], variants["v4"][0, at : at + 10])


def test_a_seek_is_not_lost_by_a_switch_that_follows() -> None:
    variants = tones(2)
    switcher = Switcher(variants, RATE_HZ)
    switcher.play()
    played(switcher, 1000)
    switcher.seek(0.25)
    switcher.switch("v1")
    played(switcher, FADE)
    assert switcher.position_s == pytest.approx(0.25 + FADE_S)


def test_peaks_are_those_of_what_was_played() -> None:
    variants = {"a": np.stack([np.full(9000, 0.25), np.full(9000, -0.75)]).astype(np.float32)}
    switcher = Switcher(variants, RATE_HZ)
    switcher.play()
    played(switcher, 2000)
    assert switcher.take_peaks() == (0.25, 0.75)
    assert switcher.take_peaks() == (0.0, 0.0)


def test_what_cannot_be_played_is_refused() -> None:
    with pytest.raises(SessionError, match="one or more of one shape"):
        Switcher({}, RATE_HZ)
    with pytest.raises(SessionError, match="one or more of one shape"):
        Switcher({"a": np.zeros((1, 5000), np.float32), "b": np.zeros((2, 5000), np.float32)}, RATE_HZ)
    with pytest.raises(SessionError, match="more than 960"):
        Switcher({"a": np.zeros((1, 960), np.float32)}, RATE_HZ)
    switcher = Switcher(tones(2), RATE_HZ)
    with pytest.raises(SessionError, match="'v9' cannot be played; allowed: v0, v1"):
        switcher.switch("v9")
    with pytest.raises(SessionError, match="2 channels are given; allowed: 1"):
        switcher.replace(tones(2, channels=2))
    assert switcher.names == ("v0", "v1")


def test_a_variant_that_went_is_replaced_by_the_first() -> None:
    switcher = Switcher(tones(3), RATE_HZ)
    switcher.switch("v2")
    switcher.replace(tones(2, seconds=0.3))
    assert switcher.name == "v0"
    switcher.play()
    played(switcher, 1000)
    assert switcher.loop_s == pytest.approx(0.3 - FADE_S)


def test_another_thread_may_switch_while_it_fills() -> None:
    switcher = Switcher(tones(4, channels=2), RATE_HZ)
    switcher.play()
    ended = threading.Event()

    def press() -> None:
        k = 0
        while not ended.is_set():
            switcher.switch(f"v{k % 4}")
            k += 1

    pressing = threading.Thread(target=press)
    pressing.start()
    try:
        heard = played(switcher, 3 * RATE_HZ, block=256)
    finally:
        ended.set()
        pressing.join()
    assert np.abs(np.diff(heard[:, 2 * FADE :], axis=1)).max() < largest_step(0.5)
    np.testing.assert_array_equal(heard[0], heard[1])


def test_filling_makes_no_memory_that_grows() -> None:
    import tracemalloc

    switcher = Switcher(tones(2, channels=2), RATE_HZ)
    switcher.play()
    out = np.empty((2, 256), np.float32)
    for _ in range(200):
        switcher.fill(out)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for k in range(2000):
        switcher.switch(f"v{k // 50 % 2}")
        switcher.fill(out)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 10_000
    assert peak - before < 100_000
