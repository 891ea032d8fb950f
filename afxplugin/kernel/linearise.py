"""The recurrence linearised at rest: what tells whether a loop through a feedback filter decays.

Near the state s* at which silence rests, s[n] - s* = J (r[n] - s*), J the Jacobian of F(0, ·). Along each eigenvector
of J the loop is a scalar one, whose poles are the roots of a short polynomial (:func:`loop_radius_reference`).
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures.knobs import conditioning
from afxplugin.errors import CaptureWeightError
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.jacobian import jacobian
from afxplugin.kernel.kernel import Kernel
from afxplugin.kernel.reference import PlainNetwork, plain_network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from afxplugin.captures.capture import Capture
    from afxplugin.kernel.feedback import Feedback

MOST_GRID_POINTS = 125
# Of silence before Newton's method takes over: decay times are tens of milliseconds. If it fails, longer.
APPROACHES_FRAMES = (4_800, 38_400, 201_600)
NEWTON_STEPS = 8
NEAR = 0.1  # Newton's answer counts if it lies no farther from where silence had led; else silence leads on


def linearise(capture: Capture, *, grid: int = 5) -> NDArray[np.complex128]:
    """Eigenvalues (knob grid points, states) of the recurrence at rest, states = layers · H, for an LSTM twice that.

    grid: positions per knob, fewer where several knobs would make more than 125 points; one point without knobs.
    Raises CaptureWeightError where the recurrence has no finite state of rest.
    """
    network, kernel = plain_network(capture), Kernel(capture, design_feedback("naive", Fraction(1)))
    jacobians: list[NDArray[np.float64]] = []
    for point in knob_grid(capture, grid=grid):
        jacobians.append(jacobian(network, rest_state(network, kernel, point), point))
    return np.linalg.eigvals(np.stack(jacobians)).astype(complex)


def knob_grid(capture: Capture, *, grid: int = 5) -> list[tuple[float, ...]]:
    """Conditioning vectors over an even grid of all knobs' positions."""
    while grid > 2 and grid ** len(capture.controls) > MOST_GRID_POINTS:
        grid -= 1
    axes = [[conditioning(c, float(p)) for p in np.linspace(c.low, c.high, grid)] for c in capture.controls]
    return list(itertools.product(*axes))[:MOST_GRID_POINTS]


def rest_state(network: PlainNetwork, kernel: Kernel, knobs: Sequence[float] = ()) -> NDArray[np.float64]:
    """State (layers, parts, H) with F(0, s) = s that silence leads to, or where it was last seen if it never rests.

    Frames of silence in the compiled kernel, which plays the same network, then Newton's method. Raises
    CaptureWeightError where the state grows without bound.
    """
    return _rest(network, knobs, (_settled(kernel, knobs, frames) for frames in APPROACHES_FRAMES))


def rest_state_reference(network: PlainNetwork, knobs: Sequence[float] = ()) -> NDArray[np.float64]:
    """What ``rest_state`` finds, by the plain recurrence instead of the kernel's."""
    silence, state = np.array([0.0, *knobs]), np.asarray(network.start, np.float64)

    def approaches() -> Iterator[NDArray[np.float64]]:
        nonlocal state
        for already, frames in itertools.pairwise((0, *APPROACHES_FRAMES)):
            for _ in range(frames - already):
                state = np.asarray(network.step(silence, state), np.float64)
            yield state

    return _rest(network, knobs, approaches())


def _settled(kernel: Kernel, knobs: Sequence[float], frames: int) -> NDArray[np.float64]:
    kernel.settle(knobs, most_frames=frames)
    return np.asarray(kernel.rest_state, np.float64)


def _rest(
    network: PlainNetwork, knobs: Sequence[float], approaches: Iterable[NDArray[np.float64]]
) -> NDArray[np.float64]:
    state = np.asarray(network.start, np.float64)
    for state in approaches:
        if not np.isfinite(state).all():
            raise CaptureWeightError("the recurrence grows without bound on silence; it cannot be played")
        found = _newton(network, np.array([0.0, *knobs]), state)
        if found is not None and np.abs(found - state).max() < NEAR:
            return found
    return state  # it never rests, so the loop is linearised where it was last seen


def _newton(
    network: PlainNetwork, silence: NDArray[np.float64], state: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    for _ in range(NEWTON_STEPS):
        residual = (network.step(silence, state) - state).ravel()
        if np.abs(residual).max() < 1e-13:
            return state
        system = np.eye(residual.size) - jacobian(network, state, silence[1:])
        try:
            state = state + np.linalg.solve(system, residual).reshape(state.shape)
        except np.linalg.LinAlgError:
            return None
    return state if np.abs(network.step(silence, state) - state).max() < 1e-10 else None


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
