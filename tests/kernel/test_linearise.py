"""The recurrence at rest: the compiled approach and the written-out derivative against the plain, slow ones."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.captures import CaptureRateWarning, Control, read_capture
from afxplugin.errors import CaptureWeightError
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.jacobian import jacobian, jacobian_reference
from afxplugin.kernel.kernel import Kernel
from afxplugin.kernel.linearise import MOST_WORK, knob_grid, linearise, rest_state, rest_state_reference
from afxplugin.kernel.reference import plain_network
from tests.conftest import ROOT
from tests.kernel.networks import make_capture

if TYPE_CHECKING:
    from afxplugin.captures import Capture, Cell

NETWORKS: list[tuple[Cell, int, int]] = [
    ("lstm", 1, 1), ("lstm", 3, 2), ("gru", 1, 1), ("gru", 2, 3), ("rnn", 1, 2), ("rnn", 2, 1),
    ("lstm", 3, 1), ("gru", 3, 2), ("rnn", 3, 1),
]  # fmt: skip
# Captures whose cells drift for minutes: the largest radius, which the plain recurrence takes that long to find.
RESTLESS = {"broadcast_lstm_student": 0.9999970683, "broadcast_lstm_teacher": 0.9999989952}


def radii_reference(capture: Capture, *, grid: int = 2) -> np.ndarray:
    """(points, states) moduli in order, from the plain recurrence and the complex step."""
    network = plain_network(capture)
    points = knob_grid(capture, grid=grid)
    jacobians = [jacobian_reference(network, rest_state_reference(network, p), p) for p in points]
    return np.sort(np.abs([np.linalg.eigvals(each) for each in jacobians]), axis=1)


@pytest.mark.parametrize(("cell", "layers", "inputs"), NETWORKS)
def test_the_derivative_is_that_of_the_complex_step(cell: Cell, layers: int, inputs: int) -> None:
    network = plain_network(make_capture(cell, 7, layers=layers, inputs=inputs, seed=layers))
    rng = np.random.default_rng(5)
    state, knobs = rng.standard_normal(network.start.shape), rng.standard_normal(inputs - 1)
    found = jacobian(network, state, knobs)
    np.testing.assert_allclose(found, jacobian_reference(network, state, knobs), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("cell", "layers", "stored_state"),
    [
        ("lstm", 1, False),
        ("lstm", 1, True),
        ("lstm", 2, False),
        ("gru", 1, False),
        ("rnn", 2, False),
        ("lstm", 3, False),
        ("gru", 3, False),
        ("rnn", 3, False),
    ],
)
def test_made_networks_have_the_radii_of_the_plain_recurrence(cell: Cell, layers: int, stored_state: bool) -> None:
    capture = make_capture(cell, 12, layers=layers, seed=3, stored_state=stored_state)
    np.testing.assert_allclose(np.sort(np.abs(linearise(capture)), axis=1), radii_reference(capture), rtol=0, atol=1e-9)


def with_knobs(capture: Capture) -> Capture:
    """Knobs of different ranges for its inputs, none of them with its default in the middle."""
    names = range(1, capture.architecture.inputs)
    controls = tuple(Control(f"Knob {k}", low=-k, high=2.0 * k, default=0.25 * k) for k in names)
    curve = {c.name: ((c.low, c.low), (c.high, c.high)) for c in controls}
    return replace(capture, controls=tuple(replace(c, breakpoints=curve[c.name]) for c in controls))


def test_knobs_of_small_networks_are_looked_at_all_over() -> None:
    for knobs, points in ((1, 5), (2, 25), (3, 125), (4, 81), (5, 32), (6, 64), (7, 128)):
        capture = with_knobs(make_capture("lstm", 16, inputs=knobs + 1))
        grid = knob_grid(capture)
        assert len(set(grid)) == len(grid) == points
        assert tuple(c.low for c in capture.controls) in grid
        assert tuple(c.high for c in capture.controls) in grid


@pytest.mark.parametrize(
    ("cell", "hidden", "layers"), [("lstm", 128, 1), ("lstm", 128, 2), ("lstm", 128, 3), ("gru", 128, 3)]
)
@pytest.mark.parametrize("knobs", [0, 3, 5, 7])
def test_large_networks_are_looked_at_where_it_tells_most(cell: Cell, hidden: int, layers: int, knobs: int) -> None:
    capture = with_knobs(make_capture(cell, hidden, layers=layers, inputs=knobs + 1))
    grid = knob_grid(capture)
    states = hidden * (2 if cell == "lstm" else 1)
    assert 1 <= len(grid) * layers * states**3 <= MOST_WORK
    assert len(set(grid)) == len(grid)
    if len(grid) < 2**knobs and cell == "lstm":
        middle = tuple(c.default for c in capture.controls)
        assert grid[:3] == [middle, tuple(c.low for c in capture.controls), tuple(c.high for c in capture.controls)]


def test_eigenvalues_are_found_layer_by_layer_within_the_work_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One small matrix at a time, so that Ctrl-C is heard between them."""
    sizes: list[int] = []
    solve = np.linalg.eigvals

    def counted(matrix: np.ndarray) -> np.ndarray:
        assert matrix.ndim == 2
        sizes.append(len(matrix))
        return solve(matrix)

    monkeypatch.setattr(np.linalg, "eigvals", counted)
    monkeypatch.setattr("afxplugin.kernel.linearise.MOST_WORK", 10 * 3 * 16**3)
    capture = with_knobs(make_capture("lstm", 8, layers=3, inputs=8))
    found = linearise(capture)
    assert found.shape == (10, 48)
    assert sizes == [16] * 30
    network, kernel = plain_network(capture), Kernel(capture, design_feedback("naive", Fraction(1)))
    for row, point in zip(found, knob_grid(capture), strict=True):
        whole = solve(jacobian_reference(network, rest_state(network, kernel, point), point))
        np.testing.assert_allclose(np.sort(np.abs(row)), np.sort(np.abs(whole)), rtol=0, atol=1e-9)


def test_without_time_the_stability_is_unknown() -> None:
    capture = with_knobs(make_capture("gru", 8, layers=2, inputs=3))
    assert linearise(capture, most_s=0.0).shape == (0, 16)
    assert linearise(capture, most_s=math.inf).shape == (25, 16)


def read(path: Path) -> Capture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CaptureRateWarning)
        return read_capture(path)


def test_the_factory_capture_has_the_radii_of_the_plain_recurrence() -> None:
    capture = read(ROOT / "presets" / "green-overdrive" / "overdrive.afx")
    radii = np.sort(np.abs(linearise(capture, grid=2)), axis=1)
    np.testing.assert_allclose(radii, radii_reference(capture), rtol=0, atol=1e-9)
    assert capture.loop_eigenvalues is not None
    stored = np.sort(np.abs(capture.loop_eigenvalues), axis=1)
    np.testing.assert_allclose(np.sort(np.abs(linearise(capture)), axis=1), stored, rtol=0, atol=1e-6)


@pytest.mark.parametrize("folder", ["aidax", "guitarml"])
def test_real_captures_have_the_radii_of_the_plain_recurrence(reference: Path, folder: str) -> None:
    for path in sorted((reference / "captures" / folder).glob("*.json")):
        if path.stem not in RESTLESS:
            capture = read(path)
            radii = np.sort(np.abs(linearise(capture, grid=2)), axis=1)
            np.testing.assert_allclose(radii, radii_reference(capture), rtol=0, atol=1e-6, err_msg=path.name)


@pytest.mark.parametrize("name", RESTLESS)
def test_captures_that_never_rest_have_their_slowest_mode(reference: Path, name: str) -> None:
    capture = read(reference / "captures" / "guitarml" / f"{name}.json")
    assert np.abs(linearise(capture)).max() == pytest.approx(RESTLESS[name], abs=1e-6)


def test_a_network_that_is_no_number_is_refused() -> None:
    capture = make_capture("lstm", 4)
    capture.weights["rec.bias_l0"][3] = np.inf
    with pytest.raises(CaptureWeightError):
        linearise(capture)
