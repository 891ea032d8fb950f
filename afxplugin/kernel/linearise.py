"""The recurrence linearised at rest: what tells whether a loop through a feedback filter decays.

Near the state s* at which silence rests, s[n] - s* = J (r[n] - s*), J the Jacobian of F(0, ·). Along each eigenvector
of J the loop is a scalar one, whose poles are the roots of a short polynomial (:func:`loop_radius_reference`).
"""

from __future__ import annotations

import itertools
import time
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

MOST_GRID_POINTS = 128
MOST_WORK = 1 << 29  # grid points · states³ of a layer · layers: some seconds
MOST_S = 60.0  # a safety net for slow machines: beyond it the stability is unknown
# Of silence before Newton's method takes over: decay times are tens of milliseconds. If it fails, longer.
APPROACHES_FRAMES = (4_800, 38_400, 201_600)
NEWTON_STEPS = 8
NEAR = 0.1  # Newton's answer counts if it lies no farther from where silence had led; else silence leads on


def linearise(capture: Capture, *, grid: int = 5, most_s: float = MOST_S) -> NDArray[np.complex128]:
    """Eigenvalues (knob grid points, states) of the recurrence at rest, states = layers · H, for an LSTM twice that.

    grid: positions per knob, fewer where several knobs would make more than 128 points or the network is large (see
    knob_grid); one point without knobs. most_s: after so many seconds the result is (0, states): unknown.
    Raises CaptureWeightError where the recurrence has no finite state of rest.
    """
    ends_s = time.monotonic() + most_s
    network, kernel = plain_network(capture), Kernel(capture, design_feedback("naive", Fraction(1)))
    found: list[NDArray[np.complex128]] = []
    for point in knob_grid(capture, grid=grid):
        if time.monotonic() >= ends_s:
            return np.empty((0, network.start.size), complex)
        state = rest_state(network, kernel, point, ends_s=ends_s)
        found.append(eigenvalues_by_layer(jacobian(network, state, point), layers=len(network.layers)))
    return np.stack(found)


def eigenvalues_by_layer(matrix: NDArray[np.float64], *, layers: int) -> NDArray[np.complex128]:
    """Eigenvalues (states,) of a Jacobian (states, states), layer by layer: no layer depends on those above it.

    So the matrix is block triangular, and its eigenvalues are those of the blocks on its diagonal. Between them Ctrl-C
    is heard: the largest block takes about 0.1 s.
    """
    size = len(matrix) // layers
    blocks = [matrix[k : k + size, k : k + size] for k in range(0, len(matrix), size)]
    return np.concatenate([np.linalg.eigvals(block).astype(complex) for block in blocks])


def knob_grid(capture: Capture, *, grid: int = 5) -> list[tuple[float, ...]]:
    """Conditioning vectors over an even grid of all knobs' positions.

    As many as MOST_GRID_POINTS and, in operations, MOST_WORK allow: two positions per knob at least, or where even
    those are too many the default, all knobs low, all high, and each knob alone low and high, as far as that goes.
    """
    shape, controls = capture.architecture, capture.controls
    states = shape.hidden * (2 if shape.cell == "lstm" else 1)
    most = max(1, min(MOST_GRID_POINTS, MOST_WORK // (shape.layers * states**3)))
    while grid > 2 and grid ** len(controls) > most:
        grid -= 1
    if grid ** len(controls) <= most:
        axes = [[float(p) for p in np.linspace(c.low, c.high, grid)] for c in controls]
        positions = list(itertools.product(*axes))
    else:
        positions = _outline([(c.default, c.low, c.high) for c in controls])[:most]
    return [tuple(conditioning(c, p) for c, p in zip(controls, at, strict=True)) for at in positions]


def _outline(knobs: Sequence[tuple[float, float, float]]) -> list[tuple[float, ...]]:
    """Positions for knobs given as (default, low, high): the most telling first."""
    middle, low, high = zip(*knobs, strict=True)
    alone = [(*middle[:k], end, *middle[k + 1 :]) for k in range(len(knobs)) for end in knobs[k][1:]]
    return [middle, low, high, *alone]


def rest_state(
    network: PlainNetwork, kernel: Kernel, knobs: Sequence[float] = (), *, ends_s: float = np.inf
) -> NDArray[np.float64]:
    """State (layers, parts, H) with F(0, s) = s that silence leads to, or where it was last seen if it never rests.

    Frames of silence in the compiled kernel, which plays the same network, then Newton's method. ends_s: of
    time.monotonic, from which on nothing slower is tried. Raises CaptureWeightError where the state grows without
    bound.
    """
    approaches = (frames for frames in APPROACHES_FRAMES if frames == APPROACHES_FRAMES[0] or time.monotonic() < ends_s)
    return _rest(network, knobs, (_settled(kernel, knobs, frames) for frames in approaches))


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
