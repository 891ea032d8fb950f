"""Automation through the graph: the direct engine's bits, and moves that wait for what inserts hold back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from afxplugin.engine.lookup import find_plugin
from afxplugin.engine.process import check_installed
from afxplugin.engine.scripted import Graph
from afxplugin.errors import PluginError
from afxplugin.render import render
from afxplugin.render.automation import Automation, KnobEvent
from tests.render import material

LATE = "ZaMaximX2"  # a limiter, 10 ms late
KNOBS = ("Drive", "Tone")
EVENTS = (
    KnobEvent(0.0, "tone", 0.9, 1),
    KnobEvent(0.1, "DRIVE", 1.0, 2),
    KnobEvent(0.1, "Tone", 0.1, 3),
    *(KnobEvent(0.15 + 0.0071 * k, "Drive", 1.0 - k / 30.0, 4 + k) for k in range(30)),
    KnobEvent(0.45, "Tone", 1.0, 34),
)


@pytest.fixture(autouse=True)
def _graph() -> None:
    try:
        check_installed()
    except PluginError as error:
        pytest.skip(str(error))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    material.capture_file(tmp_path / "amp.afx", material.random_capture(knobs=KNOBS))
    return tmp_path


def rendered(folder: Path, stem: Path, name: str, **options: Any) -> np.ndarray:
    options = {
        "capture": folder / "amp.afx",
        "automate": Automation("moves.csv", EVENTS),
        "knobs": {"Drive": 0.2},
        **options,
    }
    batch = render(stem, out=folder / name, **options)
    assert batch.complete, batch.results
    return material.read(batch.results[0].output)


@pytest.mark.parametrize(
    ("rate_hz", "options"),
    [
        (44_100, {}),
        (44_100, {"oversample": 4, "mix": 0.7}),
        (48_000, {"start": "zero"}),
        (96_000, {"method": "cidl", "oversample": 2, "filters": "low-latency"}),
        (96_000, {"method": "resample", "tail_s": 0.1}),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_graph_and_direct_give_the_same_bits(
    folder: Path, rate_hz: int, options: dict[str, Any], channels: int
) -> None:
    x = material.riff(0.5, rate_hz=rate_hz, channels=channels)
    stem = material.stem_file(folder / "x.wav", x, rate_hz=rate_hz)
    direct = rendered(folder, stem, "direct", engine="direct", **options)
    np.testing.assert_array_equal(rendered(folder, stem, "graph", engine="graph", **options), direct)
    assert np.abs(direct - rendered(folder, stem, "still", automate=None, **options)).max() > 0.01


def test_knobs_beyond_those_that_the_plugin_shows_move_too(folder: Path) -> None:
    capture = material.capture_file(folder / "amp.afx", material.random_capture(knobs=("A", "B", "C", "D", "E")))
    stem = material.stem_file(folder / "x.wav", material.riff(0.3))
    moves = Automation("moves.csv", (KnobEvent(0.1, "E", 1.0, 1), KnobEvent(0.2, "A", 1.0, 2)))
    outputs = [
        rendered(folder, stem, engine, engine=engine, capture=capture, knobs={"E": 0.0}, automate=moves)
        for engine in ("direct", "graph")
    ]
    np.testing.assert_array_equal(outputs[1], outputs[0])


def test_moves_wait_for_the_inserts_before_the_capture(folder: Path) -> None:
    """As the insert by itself and then the capture; before its first frame the network may leave rest by a rounding."""
    try:
        find_plugin(LATE)
    except PluginError as error:
        pytest.skip(f"{error} (Debian: zam-plugins)")
    x = material.riff(0.5)
    stem = material.stem_file(folder / "x.wav", x)
    graph = Graph(rate_hz=48_000)
    graph.stem("x", stem)
    late = graph.plugin("limiter", LATE)
    limited = folder / "limited.wav"
    assert graph.render({late: limited})["limiter"].latency_frames == 480
    wanted = rendered(folder, limited, "wanted")
    heard = rendered(folder, stem, "heard", insert_before=[LATE])
    np.testing.assert_allclose(heard, wanted, atol=1e-6)
    after = rendered(folder, stem, "after", insert_after=[LATE], mix=0.5)
    assert after.shape == x.shape
