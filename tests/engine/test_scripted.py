"""Graphs put together by a script."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import afxplugin as afx
from afxplugin.engine.nodes import NeuralHandle, PluginHandle
from afxplugin.errors import AfxError, GraphError, KnobError, MethodError, PluginError
from tests.render import material

RATE_HZ = 48_000


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    return material.stem_file(tmp_path / "stem.wav", material.riff(0.8, rate_hz=RATE_HZ), rate_hz=RATE_HZ)


def test_a_compressor_an_amp_and_a_room(third_party: Callable[[str], str], tmp_path: Path, stem: Path) -> None:
    third_party("ZamVerb")
    graph = afx.Graph(rate_hz=RATE_HZ)
    guitar = graph.stem("guitar", stem)
    compressor = graph.plugin("compressor", "ZamComp", after=guitar)
    compressor.set("Threshold", "-20")
    amp = graph.neural("amp", capture=material.random_capture(knobs=("Drive",)), knobs={"Drive": 0.7}, after=compressor)
    room = graph.plugin("room", "ZamVerb", after=amp)
    room.set("Wet / Dry", 0.3)
    room.automate("Master level", [0.5, 0.4, 0.5], rate_hz=4.0)
    assert compressor.parameters["Threshold"].text.startswith("-20")
    done = graph.render(tmp_path / "out.wav", tail_s=0.5)
    y = material.read(tmp_path / "out.wav")
    assert y.shape == (1, round(1.3 * RATE_HZ))
    assert done["room"].frames == y.shape[1]
    assert done["room"].latency_frames > 0
    assert np.abs(y[:, -2_000:]).max() > 1e-4  # the room's tail


def test_the_neural_stage_is_the_direct_path(host: None, tmp_path: Path, stem: Path) -> None:  # noqa: ARG001
    capture = material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=("Drive",)))
    graph = afx.Graph(rate_hz=RATE_HZ)
    graph.stem("guitar", stem)
    amp = graph.neural("amp", capture=capture)
    amp.set("drive", 0.25)
    amp.set("input_gain_db", 4.5)
    amp.set("mix", 0.9)
    graph.render(tmp_path / "graph.wav")
    batch = afx.render(
        stem, capture=capture, knobs={"Drive": 0.25}, input_gain_db=4.5, mix=0.9, out=tmp_path, template="direct"
    )
    assert batch.complete
    np.testing.assert_array_equal(material.read(tmp_path / "graph.wav"), material.read(tmp_path / "direct.wav"))


@pytest.mark.parametrize("preset", ["Amber Blend/Roar", "Green Overdrive/Crunch"])
def test_a_preset_is_the_direct_path(host: None, tmp_path: Path, stem: Path, preset: str) -> None:  # noqa: ARG001
    """With its calibration, one knob turned: a capture with knobs, and a blend of snapshots."""
    graph = afx.Graph(rate_hz=RATE_HZ)
    graph.stem("guitar", stem)
    graph.neural("amp", preset=preset).set("Drive", 3.25)
    graph.render(tmp_path / "graph.wav")
    assert afx.render(stem, preset=preset, knobs={"Drive": 3.25}, out=tmp_path, template="direct").complete
    np.testing.assert_array_equal(material.read(tmp_path / "graph.wav"), material.read(tmp_path / "direct.wav"))


def test_several_stems_and_outputs(fuse: str, tmp_path: Path) -> None:
    left = material.stem_file(tmp_path / "l.wav", material.riff(0.3, seed=1), rate_hz=RATE_HZ)
    right = material.stem_file(tmp_path / "r.wav", material.riff(0.5, channels=2, seed=2), rate_hz=RATE_HZ)
    graph = afx.Graph(rate_hz=RATE_HZ)
    one = graph.stem("one", left)
    two = graph.stem("two", right)
    slow = graph.plugin("slow", fuse, after=one)
    both = graph.mix("both", {slow: 0.5, two: 2.0})
    graph.render({both: tmp_path / "both.wav", slow: tmp_path / "slow.wav"})
    x = np.pad(np.repeat(material.read(left), 2, axis=0), ((0, 0), (0, 9_600)))
    np.testing.assert_array_equal(material.read(tmp_path / "slow.wav"), x)
    np.testing.assert_allclose(
        material.read(tmp_path / "both.wav"), 0.5 * x + 2.0 * material.read(right), rtol=0, atol=1e-6
    )


def test_automation_of_a_knob_is_heard(host: None, tmp_path: Path, stem: Path) -> None:  # noqa: ARG001
    def rendered(name: str, gains_db: list[float]) -> np.ndarray:
        graph = afx.Graph(rate_hz=RATE_HZ, block_frames=256)
        graph.stem("guitar", stem)
        graph.neural("amp", capture=material.identity_capture()).automate("output_gain_db", gains_db, rate_hz=2.5)
        graph.render(tmp_path / f"{name}.wav")
        return material.read(tmp_path / f"{name}.wav")

    flat, moved = rendered("flat", [0.0, 0.0]), rendered("moved", [0.0, -20.0])
    half = round(0.4 * RATE_HZ)
    np.testing.assert_allclose(moved[:, : half - 300], flat[:, : half - 300], atol=1e-6)
    np.testing.assert_allclose(moved[:, half + 2_000 :], 0.1 * flat[:, half + 2_000 :], atol=1e-5)


def test_everything_moves_while_it_plays(host: None, tmp_path: Path) -> None:  # noqa: ARG001
    x = np.full((1, 60 * RATE_HZ), 0.25, np.float32)
    stem = material.stem_file(tmp_path / "long.wav", x, rate_hz=RATE_HZ)
    graph = afx.Graph(rate_hz=RATE_HZ)
    guitar = graph.stem("guitar", stem)
    wire = graph.neural("wire", capture=material.identity_capture(), after=guitar)
    both = graph.mix("both", {wire: 1.0, guitar: 0.0})
    failed: list[BaseException] = []

    def move() -> None:
        try:
            while not graph.is_playing:
                time.sleep(0.001)
            wire.set("output_gain_db", -60.0)
            both.set(guitar, 0.123_456_789)
        except BaseException as error:
            failed.append(error)

    mover = threading.Thread(target=move)
    mover.start()
    graph.render(tmp_path / "out.wav")
    mover.join()
    y = material.read(tmp_path / "out.wav")
    assert failed == []
    assert y[0, -1] == pytest.approx(0.25 * (0.001 + 0.123_456_789), abs=1e-6)
    assert (both.gains["guitar"], wire.settings.output_gain_db) == (0.123_456_789, -60.0)
    with pytest.raises(GraphError, match="does not mix 'nobody'"):
        both.set("nobody", 1.0)


def test_a_file_that_exists_stays(fuse: str, tmp_path: Path, stem: Path) -> None:
    graph = afx.Graph(rate_hz=RATE_HZ)
    graph.stem("guitar", stem)
    graph.plugin("slow", fuse)
    graph.render(tmp_path / "out.wav")
    with pytest.raises(AfxError, match="exists already"):
        graph.render(tmp_path / "out.wav")
    graph.render(tmp_path / "out.wav", overwrite=True)


def wrong_rate(graph: afx.Graph, stem: Path) -> None:
    material.stem_file(stem.parent / "other.wav", material.riff(0.1, rate_hz=44_100), rate_hz=44_100)
    graph.stem("other", stem.parent / "other.wav")


def amp(graph: afx.Graph) -> NeuralHandle:
    return graph.neural("amp", capture=material.random_capture(knobs=("Drive",)))


def plugin(graph: afx.Graph) -> PluginHandle:
    return graph.plugin("p", str(Path(__file__).parent / "Any.vst3"))


MISTAKES: dict[str, tuple[Callable[[afx.Graph, Path], object], type[AfxError], str]] = {
    "rate": (wrong_rate, GraphError, "a stem at 44100 Hz; allowed: the graph's 48000 Hz"),
    "twice": (lambda g, s: g.stem("guitar", s), GraphError, "called 'guitar' already"),
    "after": (lambda g, s: g.mix("m", {"nobody": 1.0}), GraphError, "'nobody' is no node"),  # noqa: ARG005
    "no plugin": (lambda g, s: plugin(g), PluginError, "no such file or folder; allowed: VST3"),  # noqa: ARG005
    "knob": (lambda g, s: amp(g).set("Dirve", 0.1), KnobError, "Dirve"),  # noqa: ARG005
    "range": (lambda g, s: amp(g).set("Drive", 2.0), KnobError, "2"),  # noqa: ARG005
    "method": (lambda g, s: amp(g).set("method", "magic"), MethodError, "AFX has auto"),  # noqa: ARG005
    "gain": (lambda g, s: amp(g).set("input_gain_db", 70.0), MethodError, "-60 to 60 dB"),  # noqa: ARG005
    "curve": (lambda g, s: amp(g).automate("mix", [0.0, 2.0], rate_hz=1.0), GraphError, "allowed: its range"),  # noqa: ARG005
    "curve of": (lambda g, s: amp(g).automate("method", [0.0], rate_hz=1.0), KnobError, "does not move"),  # noqa: ARG005
    "both": (lambda g, s: g.neural("n", preset="x", capture="y"), GraphError, "one of the two"),  # noqa: ARG005
    "unfed": (lambda g, s: (g.input("mic"), g.render(s.parent / "y.wav")), GraphError, "no stem for mic"),
    "tail": (lambda g, s: g.render(s.parent / "y.wav", tail_s=-1.0), GraphError, "allowed: 0 to 3600 s"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told(host: None, stem: Path, mistake: str) -> None:  # noqa: ARG001
    make, kind, message = MISTAKES[mistake]
    graph = afx.Graph(rate_hz=RATE_HZ)
    graph.stem("guitar", stem)
    with pytest.raises(kind, match=message):
        make(graph, stem)
