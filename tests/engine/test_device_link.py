"""What a device's callback does, without a device: these tests are the device and the graph."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin._core import DeviceLink, Ring

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rings between processes are made on Linux only")
Block = NDArray[np.float32]


class Rig:
    """A link with a graph that changes nothing and runs when it is told to."""

    def __init__(self, *, channels: int = 1, inputs: int = 1, first_input: int = 0, prefill: int = 384) -> None:
        self.to_graph, self.from_graph = Ring(channels, 1024), Ring(2, 1024)
        self.link = DeviceLink(
            self.to_graph, self.from_graph, input_channels=inputs, output_channels=2, first_input=first_input,
            block_frames=128, prefill_frames=prefill,
        )  # fmt: skip
        self.heard: list[Block] = []
        self.run_graph()

    def run_graph(self) -> None:
        x = self.to_graph.read(1 << 16)
        self.from_graph.write(np.ascontiguousarray(np.broadcast_to(x, (2, x.shape[1]))))

    def callback(self, x: Block, *, flags: int = 0) -> None:
        self.heard.append(self.link.process(np.ascontiguousarray(x), 2, flags))

    @property
    def left(self) -> Block:
        return np.concatenate(self.heard)[:, 0]


def ramp(frames: int) -> Block:
    """(frames, 1): frame n is n + 1, so that silence is told from every one of them."""
    return (np.arange(frames, dtype=np.float32) + 1.0)[:, None]


def test_the_callback_allocates_nothing(run_native: Callable[[Path], str]) -> None:
    assert run_native(Path(__file__).with_name("device_link.cpp")).endswith("done\n")


@pytest.mark.parametrize("sizes", [(128,), (64,), (1, 127, 300, 20)])
@pytest.mark.parametrize("prefill", [128, 384, 500])
def test_what_goes_in_comes_out_later_by_the_prefill(sizes: tuple[int, ...], prefill: int) -> None:
    rig = Rig(prefill=prefill)
    x, at = ramp(5000), 0
    while at < 4096:
        size = min(sizes[len(rig.heard) % len(sizes)], prefill)
        rig.callback(x[at : at + size])
        rig.run_graph()
        at += size
    np.testing.assert_array_equal(rig.left[:prefill], 0.0)
    np.testing.assert_array_equal(rig.left[prefill:], x[: at - prefill, 0])
    stats = rig.link.stats()
    assert (stats.frames, stats.underruns, stats.overruns) == (at, 0, 0)
    assert stats.callbacks == len(rig.heard)


def test_a_mono_instrument_is_the_chosen_channel_and_a_stereo_one_the_next_as_well() -> None:
    x = np.stack([np.full(384, level, np.float32) for level in (1.0, 2.0, 3.0)], axis=1)
    mono = Rig(inputs=3, first_input=1, prefill=128)
    stereo = Rig(channels=2, inputs=3, first_input=1, prefill=128)
    for rig in (mono, stereo):
        for at in range(0, 384, 128):
            rig.callback(x[at : at + 128])
            rig.run_graph()
    assert mono.heard[-1][0].tolist() == [2.0, 2.0]
    assert stereo.heard[-1][0].tolist() == [2.0, 3.0]
    assert mono.link.take_peaks() == (2.0, 2.0, 2.0)
    assert mono.link.take_peaks() == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("late_blocks", [2, 3, 4, 6])
def test_after_an_underrun_the_latency_is_what_it_was(late_blocks: int) -> None:
    rig = Rig()
    x = ramp(128 * 40)
    for k in range(40):
        rig.callback(x[128 * k : 128 * (k + 1)])
        if not 10 <= k < 10 + late_blocks:
            rig.run_graph()
    late = 128 * (late_blocks - 2)  # a block is due three callbacks after it came, and the graph runs between them
    expected = np.concatenate([np.zeros(384, np.float32), x[:-384, 0]])
    silent = rig.left == 0.0
    np.testing.assert_array_equal(rig.left[~silent], expected[~silent])
    assert int(silent.sum()) == 384 + late
    stats = rig.link.stats()
    assert (stats.underruns, stats.underrun_frames, stats.overruns) == (late_blocks - 2, late, 0)


def test_after_an_overrun_too() -> None:
    rig = Rig()
    x = ramp(128 * 80)
    for k in range(80):
        rig.callback(x[128 * k : 128 * (k + 1)])
        if not 10 <= k < 50:
            rig.run_graph()
    expected = np.concatenate([np.zeros(384, np.float32), x[:-384, 0]])
    silent = rig.left == 0.0
    np.testing.assert_array_equal(rig.left[~silent], expected[~silent])
    assert not silent[128 * 54 :].any()
    stats = rig.link.stats()
    assert stats.overruns == 41 - 1024 // 128  # the ring takes 8 blocks; in the last callback it is full still
    assert stats.overrun_frames == 128 * stats.overruns


def test_what_the_device_lost_is_counted() -> None:
    rig = Rig()
    for flags in (1, 2, 4, 8, 6, 16):
        rig.callback(ramp(128), flags=flags)
        rig.run_graph()
    stats = rig.link.stats()
    assert (stats.input_underflows, stats.input_overflows) == (1, 2)
    assert (stats.output_underflows, stats.output_overflows) == (2, 1)


def test_responses_are_timed() -> None:
    rig = Rig()
    for _ in range(50):
        rig.callback(ramp(128))
        rig.run_graph()
    stats = rig.link.stats()
    assert stats.responses == 49
    assert 0.0 < stats.response_mean_ns <= stats.response_highest_ns < 1e9
    assert stats.response_median_ns <= stats.response_99_ns
    assert 0.0 < stats.callback_mean_ns <= stats.callback_highest_ns
    assert stats.last_callback_ns > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first_input": 1}, "input channel 2"),
        ({"prefill_frames": 100}, "one block"),
        ({"prefill_frames": 513}, "to 512"),
        ({"output_channels": 0}, "an output"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, int], message: str) -> None:
    given = {"input_channels": 1, "output_channels": 2, "first_input": 0, "block_frames": 128, "prefill_frames": 384}
    with pytest.raises(ValueError, match=message):
        DeviceLink(Ring(1, 1024), Ring(2, 1024), **(given | changes))
