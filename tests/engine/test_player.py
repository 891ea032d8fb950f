"""A stem streamed through a graph: the bits that the host gives in one go, aligned to the frame, in constant memory."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from afxplugin.engine.description import Curve, GraphDescription, InputNode, MixNode, Node, PluginNode
from afxplugin.engine.player import GraphPlayer
from afxplugin.errors import BlockError, GraphError
from afxplugin.plugin.bundles import bundle_path

Float32 = NDArray[np.float32]
Noise = Callable[..., Float32]
RATE_HZ, BLOCK = 48_000, 512
STEM = InputNode("stem")


def graph(*nodes: Node, channels: int = 2, block_frames: int = BLOCK) -> GraphDescription:
    return GraphDescription(RATE_HZ, channels, (STEM, *nodes), (nodes[-1].name if nodes else "stem",), block_frames)


def play(described: GraphDescription, x: Float32, blocks: Sequence[int] = (16_384,)) -> tuple[Float32, int]:
    """Everything that comes out, and how late it is."""
    with GraphPlayer(described) as player:
        heard: list[Float32] = []
        at = turn = 0
        while at < x.shape[1]:
            size = blocks[turn % len(blocks)]
            heard.append(player.process(x[:, at : at + size]))
            at, turn = at + size, turn + 1
        heard.append(player.flush())
        y = np.concatenate(heard, axis=1)
        assert y.shape == (x.shape[0], x.shape[1] + player.latency_frames)
        return y, player.latency_frames


ONE_GO = """
import sys
import dawdreamer, numpy as np
plugin, folder, rate_hz, block = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
x = np.load(folder + "/x.npy")
engine = dawdreamer.RenderEngine(rate_hz, block)
source = engine.make_playback_processor("x", x)
processor = engine.make_plugin_processor("p", plugin)
engine.load_graph([(source, []), (processor, ["x"])])
engine.render((x.shape[1] + 0.5) / rate_hz)
np.save(folder + "/y.npy", engine.get_audio())
"""


def in_one_go(plugin: str, x: Float32, folder: Path) -> Float32:
    """What DawDreamer renders of a stem in memory; in a process of its own, whose arithmetic plugins may change."""
    frames = (x.shape[1] // BLOCK + 4) * BLOCK
    np.save(folder / "x.npy", np.pad(x, ((0, 0), (0, frames - x.shape[1]))))
    command = [sys.executable, "-c", ONE_GO, plugin, str(folder), str(RATE_HZ), str(BLOCK)]
    subprocess.run(command, check=True, capture_output=True)
    return np.load(folder / "y.npy")


THIRD_PARTY = [
    "ZamVerb", "ZamCompX2", "ZaMaximX2", "http://drobilla.net/plugins/mda/Delay",
    "http://calf.sourceforge.net/plugins/Reverb", "http://lsp-plug.in/plugins/lv2/limiter_stereo",
]  # fmt: skip


@pytest.mark.parametrize("name", THIRD_PARTY)
def test_streamed_is_the_same_bits_as_in_one_go(
    third_party: Callable[[str], str], noise: Noise, name: str, tmp_path: Path
) -> None:
    plugin = third_party(name)
    x = noise(2 * RATE_HZ + 37)
    y, _ = play(graph(PluginNode("p", "stem", plugin)), x, blocks=(1, 17, 16_384, 511, 40_000))
    np.testing.assert_array_equal(y, in_one_go(plugin, x, tmp_path)[:, : y.shape[1]])


@pytest.mark.parametrize("frames", [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 100_003])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_frame_passes_once(host: None, noise: Noise, frames: int, channels: int) -> None:  # noqa: ARG001
    x = noise(frames, channels=channels)
    y, late = play(graph(channels=channels), x)
    assert late == 0
    np.testing.assert_array_equal(y, x)


def test_reported_latency_is_what_comes_out_late(fuse: str, noise: Noise) -> None:
    x = noise(10_000)
    y, late = play(graph(PluginNode("a", "stem", fuse), PluginNode("b", "a", fuse)), x)
    assert late == 200
    np.testing.assert_array_equal(y[:, late:], x)


def test_parallel_paths_meet(fuse: str, noise: Noise) -> None:
    x = noise(10_000)
    mix = MixNode("mix", {"b": 0.5, "a": 0.25, "stem": -0.75})
    y, late = play(graph(PluginNode("a", "stem", fuse), PluginNode("b", "a", fuse), mix), x)
    assert late == 200
    np.testing.assert_allclose(y[:, late:], 0.0, atol=1e-7)


def test_a_limiter_and_the_stem_beside_it_meet(third_party: Callable[[str], str], noise: Noise) -> None:
    plugin = third_party("ZaMaximX2")
    x = noise(20_000, peak=0.01)
    x[:, 7_000] = 0.5
    y, late = play(graph(PluginNode("p", "stem", plugin), MixNode("mix", {"p": 0.0, "stem": 1.0})), x)
    assert late == 480
    np.testing.assert_array_equal(y[:, late:], x)


def test_mono_plugins_play_each_side(third_party: Callable[[str], str], noise: Noise) -> None:
    node = PluginNode("p", "stem", third_party("ZamComp"), None, {"Threshold": "-30"})
    x = noise(20_000)
    x[1] *= 0.1
    both, _ = play(graph(node, PluginNode("q", "p", node.plugin)), x)
    for side in range(2):
        alone, _ = play(graph(node, PluginNode("q", "p", node.plugin), channels=1), x[side : side + 1])
        np.testing.assert_array_equal(both[side], alone[0])


def test_a_mono_stem_that_becomes_stereo_is_noticed(third_party: Callable[[str], str], noise: Noise) -> None:
    x = noise(20_000, channels=1)
    for name, differs in (("ZamVerb", True), ("ZamCompX2", False)):
        with GraphPlayer(graph(PluginNode("p", "stem", third_party(name)), channels=1)) as player:
            y = np.concatenate([player.process(x), player.flush()], axis=1)
            assert y.shape[0] == 1
            assert player.side_differs is differs


def test_settings_reach_the_plugin(third_party: Callable[[str], str]) -> None:
    plugin = third_party("ZamVerb")
    node = PluginNode("p", "stem", plugin, None, {"wet / dry": "12.5", "Room": "3", "Master level": 0.25})
    with GraphPlayer(graph(node)) as player:
        found = {each.name: each for each in player.playing.parameters("p")}
    assert found["Wet / Dry"].value == pytest.approx(0.125, abs=1e-6)
    assert found["Room"].value == pytest.approx(0.5)
    assert found["Master level"].text.startswith("-15")
    assert "Buffer Size" not in found


def test_lv2_presets_and_choices(third_party: Callable[[str], str]) -> None:
    third_party("urn:zamaudio:ZaMaximX2")
    third_party("http://calf.sourceforge.net/plugins/Reverb")
    maximiser = PluginNode("m", "stem", "urn:zamaudio:ZaMaximX2", "Zero", {"Threshold": "-12"})
    reverb = PluginNode("r", "m", "http://calf.sourceforge.net/plugins/Reverb", None, {"Room size": "tunnel-like"})
    with GraphPlayer(graph(maximiser, reverb)) as player:
        found = {each.name: each.text for node in ("m", "r") for each in player.playing.parameters(node)}
    assert float(found["Release"]) == 25.0
    assert float(found["Threshold"]) == pytest.approx(-12.0, abs=1e-3)
    assert found["Room size"] == "Tunnel-like"


WRONG: dict[str, tuple[dict[str, float | str], str]] = {
    "name": ({"Treshold": 0.5}, "has no parameter 'Treshold'; close to it: Threshold"),
    "text": ({"Threshold": "loud"}, "Threshold is 'loud'; allowed: -80"),
    "range": ({"Threshold": "12"}, "allowed: -80.000000 to 0.000000 dB, or a number from 0 to 1"),
}


@pytest.mark.parametrize("why", WRONG)
def test_wrong_settings_are_told(third_party: Callable[[str], str], why: str) -> None:
    settings, message = WRONG[why]
    with pytest.raises(GraphError, match=message):
        GraphPlayer(graph(PluginNode("comp", "stem", third_party("ZamComp"), None, settings)))


def test_automation_moves_at_the_blocks(host: None, fuse: str) -> None:  # noqa: ARG001
    # Behind 100 frames of latency; the patch glides to a new gain within 20 ms.
    values = (np.array([0.0, 0.5, 0.25, 1.0]) + 1024.0) / 2048.0
    patch = PluginNode("g", "f", str(bundle_path("AfxPatch.vst3")), None, {}, {"Gain": Curve(tuple(values), 10.0)})
    x = np.ones((2, RATE_HZ // 2), np.float32)
    y, late = play(graph(PluginNode("f", "stem", fuse), patch), x)
    for k, gain in enumerate((0.0, 0.5, 0.25, 1.0, 1.0)):
        until = late + (k + 1) * RATE_HZ // 10
        np.testing.assert_allclose(y[:, until - 2_000 : until - 1], gain, atol=1e-4)


def test_parameters_move_while_it_plays(host: None) -> None:  # noqa: ARG001
    patch = PluginNode("g", "stem", str(bundle_path("AfxPatch.vst3")))
    x = np.ones((2, 100_000), np.float32)
    with GraphPlayer(graph(patch)) as player:
        first = player.process(x)
        player.playing.set_parameter("g", "Gain", (0.5 + 1024.0) / 2048.0)
        rest = [player.process(x) for _ in range(3)]
        y = np.concatenate([first, *rest, player.flush()], axis=1)
        with pytest.raises(GraphError, match="while it plays, allowed: a number"):
            player.playing.set_parameter("g", "Gain", "0.7")
        with pytest.raises(GraphError, match="is no plugin of this graph"):
            player.playing.set_parameter("stem", "Gain", 0.5)
    assert y[0, 0] == 1.0
    assert y[0, -1] == pytest.approx(0.5, abs=1e-6)


def test_memory_stays_bounded(third_party: Callable[[str], str], noise: Noise) -> None:
    described = graph(PluginNode("p", "stem", third_party("http://drobilla.net/plugins/mda/Delay")))
    block = noise(65_536)
    with GraphPlayer(described) as player:
        both = [psutil.Process(), psutil.Process(player.playing.pid)]
        for _ in range(8):
            player.process(block)
        before = sum(each.memory_info().rss for each in both)
        for _ in range(150):  # 205 s, 75 MB of samples
            player.process(block)
        assert sum(each.memory_info().rss for each in both) - before < 4_000_000


def test_nobody_polls(host: None) -> None:  # noqa: ARG001
    with GraphPlayer(graph(PluginNode("g", "stem", str(bundle_path("AfxPatch.vst3"))))) as player:
        player.process(np.zeros((2, 100), np.float32))
        child = psutil.Process(player.playing.pid)
        before = sum(child.cpu_times()[:2])
        time.sleep(1.0)
        assert sum(child.cpu_times()[:2]) - before < 0.05


def test_two_graphs_play_at_once(third_party: Callable[[str], str], noise: Noise) -> None:
    described = graph(PluginNode("p", "stem", third_party("http://calf.sourceforge.net/plugins/Reverb")))
    x = noise(100_000)
    alone, _ = play(described, x)
    heard: list[Float32] = []
    threads = [threading.Thread(target=lambda: heard.append(play(described, x)[0])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 2
    for y in heard:
        np.testing.assert_array_equal(y, alone)


def test_blocks_of_another_shape_are_refused(host: None) -> None:  # noqa: ARG001
    with GraphPlayer(graph()) as player, pytest.raises(BlockError, match=r"\(2, frames\)"):
        player.process(np.zeros((1, 10), np.float32))
