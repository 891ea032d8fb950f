# pyright: basic
"""Minimax feedback filters: the largest error over part of the band as small as it can be. For comparison only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from afxplugin.errors import MethodError
from afxplugin.kernel.feedback import Feedback

if TYPE_CHECKING:
    from fractions import Fraction

FREQUENCIES = 256
DIRECTIONS = 64  # a circle taken as so many half-planes: 0.12 % off at most


def design_minimax(delay: Fraction, *, order: int, bandwidth: float) -> Feedback:
    """FIR of order + 1 taps, the first one frame back, that best delays by `delay` frames up to part of the band.

    Minimises the largest |sum_j w_j exp(-iω(1 + j)) - exp(-iω delay)| over 0 <= ω <= bandwidth·π with the weights
    summing to 1 (Carson, Wright & Bilbao, ICASSP 2025), as a linear programme over a grid of frequencies.

    Raises:
        MethodError: order outside 1..10, bandwidth outside 0..1, or a delay that is not positive.
    """
    if not (1 <= order <= 10 and 0 < bandwidth <= 1 and delay > 0):
        raise MethodError(
            f"minimax: order {order}, bandwidth {bandwidth}, delay {delay}; "
            "allowed are orders 1 to 10, bandwidths above 0 up to 1 and positive delays"
        )
    from scipy import optimize  # pyright: ignore[reportMissingTypeStubs]

    w = np.linspace(0, np.pi * bandwidth, FREQUENCIES)
    turn = np.exp(2j * np.pi * np.arange(DIRECTIONS) / DIRECTIONS)[:, None]
    columns = [np.real(turn * np.exp(-1j * w * (1 + j))).ravel() for j in range(order + 1)]
    target = np.real(turn * np.exp(-1j * w * float(delay))).ravel()
    rows = np.column_stack([*columns, -np.ones(target.size)])
    linprog = cast("Any", optimize).linprog
    solved = linprog(
        c=[0.0] * (order + 1) + [1.0],
        A_ub=rows,
        b_ub=target,
        A_eq=[[1.0] * (order + 1) + [0.0]],
        b_eq=[1.0],
        bounds=[(None, None)] * (order + 2),
        method="highs",
    )
    return Feedback(offset=1, b=tuple(float(v) for v in solved.x[:-1]))
