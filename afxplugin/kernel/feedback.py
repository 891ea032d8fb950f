"""Methods by name -> coefficients of the filter that keeps a recurrence in tune at another rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from afxplugin import _core
from afxplugin.errors import MethodError

if TYPE_CHECKING:
    from fractions import Fraction

Tap = Literal["fresh", "read"]

METHODS = ("naive", "stn", "lidl", "apdl", "cidl", *(f"lagrange{order}" for order in range(1, 8)))


@dataclass(frozen=True)
class Feedback:
    """With s[n] = F(x[n], r[n]) the fresh state: r[n] = sum_j b[j]·s[n - offset - j] - a·r[n - 1].

    tap: which state the output layer sees, the fresh s[n] or the r[n + 1] that the next frame will read.
    """

    offset: int
    b: tuple[float, ...]
    a: float = 0.0
    tap: Tap = "fresh"


def design_feedback(method: str, delay: Fraction) -> Feedback:
    """Filter of a method for delay = kernel rate / capture rate, in frames.

    naive, STN, LIDL, APDL, CIDL after Carson, Wright, Chowdhury, Välimäki & Bilbao, "Sample rate independent recurrent
    neural networks for audio effects processing" (DAFx 2024); lagrange1..7 after Carson, Wright & Bilbao,
    "Interpolation filters for sample rate independent neural networks" (ICASSP 2025). A delay of 1 gives naive's
    filter for every method, a whole delay one tap for all but naive and STN.

    Raises:
        MethodError: unknown method, a delay that is not positive, or APDL below a delay of 1.
    """
    name, order = _spelled(method)
    try:
        offset, b, a, tap = _core.design_feedback(name, order, delay.numerator, delay.denominator)
    except ValueError as error:
        raise MethodError(f"{method}: {error}") from None
    return Feedback(offset=offset, b=tuple(b), a=a, tap="read" if tap == "read" else "fresh")


def _spelled(method: str) -> tuple[str, int]:
    """Name and order as the core knows them: LIDL and CIDL are Lagrange's first and third order."""
    if method not in METHODS:
        raise MethodError(f"unknown method {method!r}, allowed are {', '.join(METHODS)}")
    orders = {"lidl": 1, "cidl": 3} | {f"lagrange{order}": order for order in range(1, 8)}
    return ("lagrange", orders[method]) if method in orders else (method, 0)
