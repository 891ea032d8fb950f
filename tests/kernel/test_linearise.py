"""The recurrence at rest: the compiled approach and the written-out derivative against the plain, slow ones."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.captures import CaptureRateWarning, read_capture
from afxplugin.errors import CaptureWeightError
from afxplugin.kernel.jacobian import jacobian, jacobian_reference
from afxplugin.kernel.linearise import knob_grid, linearise, rest_state_reference
from afxplugin.kernel.reference import plain_network
from tests.conftest import ROOT
from tests.kernel.networks import make_capture

if TYPE_CHECKING:
    from afxplugin.captures import Capture, Cell

NETWORKS: list[tuple[Cell, int, int]] = [
    ("lstm", 1, 1), ("lstm", 3, 2), ("gru", 1, 1), ("gru", 2, 3), ("rnn", 1, 2), ("rnn", 2, 1),
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
    [("lstm", 1, False), ("lstm", 1, True), ("lstm", 2, False), ("gru", 1, False), ("rnn", 2, False)],
)
def test_made_networks_have_the_radii_of_the_plain_recurrence(cell: Cell, layers: int, stored_state: bool) -> None:
    capture = make_capture(cell, 12, layers=layers, seed=3, stored_state=stored_state)
    np.testing.assert_allclose(np.sort(np.abs(linearise(capture)), axis=1), radii_reference(capture), rtol=0, atol=1e-9)


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
