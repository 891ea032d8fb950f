"""How late plugins are by measurement, beside what they report; and renders that an offset makes meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import afxplugin as afx
from afxplugin.engine import latency
from afxplugin.engine.alignment import align
from afxplugin.engine.description import GraphDescription, InputNode, MixNode, PluginNode
from afxplugin.engine.latency import measure_latency
from afxplugin.engine.lookup import Insert
from afxplugin.errors import GraphError, RateError
from tests.render import material

CALF = "http://calf.sourceforge.net/plugins/"
RATE_HZ = 48_000


def measured(plugin: str, rate_hz: int = RATE_HZ) -> latency.PluginLatency:
    return measure_latency(Insert(plugin), rate_hz=rate_hz)


def test_a_plugin_that_reports_its_latency_needs_no_offset(fuse: str) -> None:
    found = measured(fuse)
    assert (found.reported_frames, found.impulse_frames, found.band_frames, found.offset_frames) == (100, 100, 100, 0)


def test_a_plugin_that_keeps_its_latency_to_itself_is_found_out(fuse: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFX_TEST_FUSE", "silent")
    found = measured(fuse, 44_100)
    assert (found.rate_hz, found.reported_frames, found.offset_frames) == (44_100, 0, 100)


@pytest.mark.parametrize(
    ("name", "reported", "offset"),
    [
        (CALF + "MultibandLimiter", 0, 472),  # by cross-correlation with a guitar
        (CALF + "Limiter", 0, 239),  # 5 ms less a frame
        (CALF + "MultibandCompressor", 0, 0),  # crossovers that turn the phase, and no look-ahead
        ("http://lsp-plug.in/plugins/lv2/limiter_stereo", 240, 0),
        ("ZaMaximX2", 480, 0),
        ("ZamComp", 0, 0),
    ],
)
def test_plugins_of_others(third_party: Callable[[str], str], name: str, reported: int, offset: int) -> None:
    found = measured(third_party(name))
    assert found.reported_frames == reported
    assert found.offset_frames == pytest.approx(offset, abs=2)


def late(frames: int, shape: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros(frames), shape, np.zeros(RATE_HZ - frames - len(shape))])


NOISE = np.random.default_rng(0).standard_normal(20_000) * np.exp(-np.arange(20_000) / 5_000)
PULSE = np.ones(1)


@pytest.mark.parametrize(
    ("loud", "quiet", "why"),
    [
        (late(0, 0 * PULSE), late(0, 0 * PULSE), "nothing comes out"),
        (late(500, NOISE), late(500, NOISE), "smears an impulse"),
        (late(300, PULSE), late(500, PULSE), "not as late"),
        (late(20_000, PULSE), late(20_000, PULSE), "as an echo is"),
    ],
)
def test_what_cannot_be_told_is_told_so(
    monkeypatch: pytest.MonkeyPatch, loud: np.ndarray, quiet: np.ndarray, why: str
) -> None:
    answers = {latency.LEVELS[0]: (loud, 0), latency.LEVELS[1]: (quiet, 0)}
    monkeypatch.setattr(latency, "_response", lambda graph, level, stop: answers[level])  # noqa: ARG005
    found = measured("any")
    assert found.offset_frames is None
    assert why in found.reason


def test_a_gate_is_judged_by_what_it_lets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {latency.LEVELS[0]: (late(128, PULSE), 28), latency.LEVELS[1]: (late(0, 0 * PULSE), 28)}
    monkeypatch.setattr(latency, "_response", lambda graph, level, stop: answers[level])  # noqa: ARG005
    assert measured("any").offset_frames == 100


def test_a_rate_that_nothing_plays_is_refused() -> None:
    with pytest.raises(RateError):
        measured("any", 1_000)


def test_an_offset_adds_to_what_is_reported() -> None:
    stem = InputNode("stem")
    nodes = (stem, PluginNode("p", "stem", "x", offset_frames=-20), MixNode("mix", {"p": 1.0, "stem": 1.0}))
    graph = GraphDescription(RATE_HZ, 2, nodes, ("mix",))
    assert GraphDescription.from_dict(graph.as_dict()) == graph
    found = align(graph, {"p": 100})
    assert (found.late_frames["mix"], found.delay_frames["mix", "stem"]) == (80, 80)
    with pytest.raises(GraphError, match="offset of -20 frames for p, which reports 10; allowed: -10 and more"):
        align(graph, {"p": 10})
    with pytest.raises(GraphError, match="offset of 2000000 frames for p; allowed: -1048576 to 1048576"):
        GraphDescription(RATE_HZ, 2, (stem, PluginNode("p", "stem", "x", offset_frames=2_000_000)), ("p",))


def test_a_node_with_an_offset_is_in_time_and_meets_what_is_beside_it(
    fuse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFX_TEST_FUSE", "silent")
    x = material.riff(0.3, channels=2)
    graph = afx.Graph(rate_hz=RATE_HZ)
    stem = graph.stem("stem", material.stem_file(tmp_path / "x.wav", x))
    node = graph.plugin("late", fuse, offset_frames=100)
    graph.mix("nothing", {node: 1.0, stem: -1.0})
    made = graph.render({"late": tmp_path / "late.wav", "nothing": tmp_path / "nothing.wav"})
    assert made["late"].latency_frames == 100
    np.testing.assert_array_equal(material.read(tmp_path / "late.wav"), x)
    assert np.abs(material.read(tmp_path / "nothing.wav")).max() < 1e-6
    node.offset_frames = 0
    assert graph.render(tmp_path / "other.wav")["nothing"].latency_frames == 0
    with pytest.raises(GraphError, match="allowed: -1048576"):
        node.offset_frames = 1 << 21
