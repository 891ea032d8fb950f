"""Automation: one value a block, the one that the curve has where the block meets the plugin."""

from __future__ import annotations

import numpy as np
import pytest

from afxplugin.engine.automation import host_curve, thinned
from afxplugin.engine.description import Curve


def host_value(entries: np.ndarray, ppqn: int, block: int, *, rate_hz: int, block_frames: int) -> float:
    """What DawDreamer takes for a block: it sums the blocks' lengths in quarter notes at 120 beats a minute."""
    position = 0.0
    for _ in range(block):
        position += block_frames / (rate_hz * 60) * 120.0
    return float(entries[min(len(entries) - 1, int(position * ppqn))])


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 47_999])
@pytest.mark.parametrize("block_frames", [64, 480, 1024])
@pytest.mark.parametrize("late_frames", [0, 777])
def test_each_block_gets_the_value_of_its_moment(rate_hz: int, block_frames: int, late_frames: int) -> None:
    values = np.random.default_rng(1).random(50, dtype=np.float32)
    curve = Curve(tuple(values.tolist()), 100.0)
    made = host_curve(curve, rate_hz=rate_hz, block_frames=block_frames, late_frames=late_frames)
    for block in range(0, 2 * rate_hz // (3 * block_frames), 7):
        stem_s = (block * block_frames - late_frames) / rate_hz
        wanted = values[min(max(int(np.floor(stem_s * 100.0 + 1e-9)), 0), 49)]
        assert host_value(made.entries, made.ppqn, block, rate_hz=rate_hz, block_frames=block_frames) == wanted


def test_ten_minutes_take_little_room() -> None:
    curve = Curve((0.0,) * 6_000, 10.0)
    assert host_curve(curve, rate_hz=48_000, block_frames=1024, late_frames=0).entries.nbytes < 300_000


def test_a_constant_is_more_than_one_entry() -> None:
    assert len(host_curve(Curve((0.5,), 1.0), rate_hz=48_000, block_frames=1024, late_frames=0).entries) > 1


def test_dense_values_are_thinned_to_eight_a_block() -> None:
    values = np.linspace(0.0, 1.0, 48_000, dtype=np.float32)
    kept, rate_hz = thinned(values, rate_hz=48_000.0, block_frames=1024, graph_hz=48_000)
    assert rate_hz == 375.0
    assert len(kept) == 375
    np.testing.assert_array_equal(kept[:3], values[[0, 128, 256]])
    same, same_hz = thinned(values, rate_hz=10.0, block_frames=1024, graph_hz=48_000)
    assert same is values
    assert same_hz == 10.0
