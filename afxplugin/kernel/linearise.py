"""The recurrence linearised at rest: what tells whether a loop through a feedback filter decays.

Near the state s* at which silence rests, s[n] - s* = J (r[n] - s*), J the Jacobian of F(0, ·). Along each eigenvector
of J the loop is a scalar one, whose poles are the roots of a short polynomial (:func:`loop_radius_reference`).
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from afxplugin.captures.knobs import conditioning
from afxplugin.errors import CaptureWeightError
from afxplugin.kernel.reference import PlainLayer, PlainNetwork, plain_network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afxplugin.captures.capture import Capture
    from afxplugin.kernel.feedback import Feedback

MOST_GRID_POINTS = 125
APPROACH_FRAMES = 2_000  # of silence before Newton's method takes over: decay times are tens of milliseconds
APPROACHES = 100
NEWTON_STEPS = 8
NEAR = 0.1  # Newton's answer counts if it lies no farther from where silence had led; else silence leads on


def linearise(capture: Capture, *, grid: int = 5) -> NDArray[np.complex128]:
    """Eigenvalues (knob grid points, states) of the recurrence at rest, states = layers · H, for an LSTM twice that.

    grid: positions per knob, fewer where several knobs would make more than 125 points; one point without knobs.
    Raises CaptureWeightError where the recurrence has no finite state of rest.
    """
    network = plain_network(capture)
    points = knob_grid(capture, grid=grid)
    return np.stack([np.linalg.eigvals(_jacobian(network, rest_state(network, p), p)) for p in points]).astype(complex)


def knob_grid(capture: Capture, *, grid: int = 5) -> list[tuple[float, ...]]:
    """Conditioning vectors over an even grid of all knobs' positions."""
    while grid > 2 and grid ** len(capture.controls) > MOST_GRID_POINTS:
        grid -= 1
    axes = [[conditioning(c, float(p)) for p in np.linspace(c.low, c.high, grid)] for c in capture.controls]
    return list(itertools.product(*axes))[:MOST_GRID_POINTS]


def rest_state(network: PlainNetwork, knobs: Sequence[float] = ()) -> NDArray[np.float64]:
    """State (layers, parts, H) with F(0, s) = s that silence leads to: some frames of it, then Newton's method."""
    silence = np.array([0.0, *knobs])
    state = np.asarray(network.start, np.float64)
    for _ in range(APPROACHES):
        for _ in range(APPROACH_FRAMES):
            state = np.asarray(network.step(silence, state), np.float64)
        if not np.isfinite(state).all():
            break
        found = _newton(network, silence, state)
        if found is not None and np.abs(found - state).max() < NEAR:
            return found
    if np.isfinite(state).all():
        return state  # it never rests, so the loop is linearised where it was last seen
    raise CaptureWeightError("the recurrence grows without bound on silence; it cannot be played")


def _newton(
    network: PlainNetwork, silence: NDArray[np.float64], state: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    for _ in range(NEWTON_STEPS):
        residual = (network.step(silence, state) - state).ravel()
        if np.abs(residual).max() < 1e-13:
            return state
        system = np.eye(residual.size) - _jacobian(network, state, silence[1:])
        try:
            state = state + np.linalg.solve(system, residual).reshape(state.shape)
        except np.linalg.LinAlgError:
            return None
    return state if np.abs(network.step(silence, state) - state).max() < 1e-10 else None


def _jacobian(
    network: PlainNetwork, state: NDArray[np.float64], knobs: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Derivative (states, states) of F(0, ·), by the complex step: exact, because nothing is subtracted.

    Squire & Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).
    """
    # All directions at once, as columns: (layers, parts, H, directions).
    nudged: Any = state[..., None] + 1e-30j * np.eye(state.size).reshape(*state.shape, state.size)
    silence = np.array([0.0, *knobs])[:, None]
    columns = replace(network, layers=tuple(map(_as_columns, network.layers)))
    return np.asarray(columns.step(silence, nudged).imag.reshape(state.size, state.size) / 1e-30, np.float64)


def _as_columns(layer: PlainLayer) -> PlainLayer:
    return replace(layer, bias=layer.bias[:, None], bias_hn=layer.bias_hn[:, None])


def loop_radius_reference(eigenvalues: NDArray[np.complex128], feedback: Feedback) -> float:
    """Largest root modulus of z^m + a·z^(m-1) = lambda · sum_j b[j]·z^(m-offset-j), by companion matrices.

    m is the longest delay, offset + len(b) - 1. eigenvalues: any shape.
    """
    longest = feedback.offset + len(feedback.b) - 1
    radius = 0.0
    for eigenvalue in np.ravel(eigenvalues):
        polynomial = np.zeros(longest + 1, complex)
        polynomial[0] = 1.0
        polynomial[1] += feedback.a
        for j, tap in enumerate(feedback.b):
            polynomial[feedback.offset + j] -= eigenvalue * tap
        radius = max(radius, float(np.abs(np.roots(polynomial)).max(initial=0.0)))
    return radius
