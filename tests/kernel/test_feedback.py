"""Feedback filters against what defines them, not against their formulas."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from afxplugin.errors import MethodError
from afxplugin.kernel.feedback import METHODS, Feedback, design_feedback
from afxplugin.kernel.minimax import design_minimax

DELAYS = [
    Fraction(147, 160),
    Fraction(160, 147),
    Fraction(320, 147),
    Fraction(640, 147),
    Fraction(11, 2),
    Fraction(80, 441),
]
ORDERS = {"lidl": 1, "cidl": 3} | {f"lagrange{p}": p for p in range(1, 8)}


def response(feedback: Feedback, w: float) -> complex:
    """r/s at the frequency w: sum_j b_j exp(-iw(e + j)) / (1 + a exp(-iw))."""
    turns = np.exp(-1j * w * (feedback.offset + np.arange(len(feedback.b))))
    return complex(np.dot(feedback.b, turns) / (1.0 + feedback.a * np.exp(-1j * w)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("delay", DELAYS)
def test_a_resting_state_passes(method: str, delay: Fraction) -> None:
    if method == "apdl" and delay < 1:
        return
    assert response(design_feedback(method, delay), 0.0) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_delay_one_is_naive(method: str) -> None:
    assert design_feedback(method, Fraction(1)) == Feedback(offset=1, b=(1.0,))


@pytest.mark.parametrize("whole", [2, 3, 4, 8, 384])
@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("naive", "stn")])
def test_a_whole_delay_is_one_tap(method: str, whole: int) -> None:
    assert design_feedback(method, Fraction(whole)) == Feedback(offset=whole, b=(1.0,))


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("method", ORDERS)
def test_lagrange_delays_polynomials_of_its_order_exactly(method: str, delay: Fraction) -> None:
    feedback = design_feedback(method, delay)
    taps = -(feedback.offset + np.arange(len(feedback.b)))
    for degree in range(ORDERS[method] + 1):
        assert np.dot(feedback.b, (taps / 8.0) ** degree) == pytest.approx((-float(delay) / 8.0) ** degree, abs=1e-9)
    assert len(feedback.b) == ORDERS[method] + 1
    assert feedback.offset >= 1


@pytest.mark.parametrize(("delay", "offset"), [(Fraction(320, 147), 1), (Fraction(640, 147), 3), (Fraction(11, 2), 4)])
def test_cidl_reads_one_whole_frame_before_the_delay(delay: Fraction, offset: int) -> None:
    assert design_feedback("cidl", delay).offset == offset


@pytest.mark.parametrize("delay", [d for d in DELAYS if d > 1])
def test_apdl_passes_all_frequencies_with_the_delay_at_low_ones(delay: Fraction) -> None:
    feedback = design_feedback("apdl", delay)
    for w in np.linspace(0.01, 3.1, 17):
        assert abs(response(feedback, w)) == pytest.approx(1.0, abs=1e-12)
    assert -np.angle(response(feedback, 1e-4)) / 1e-4 == pytest.approx(float(delay), abs=1e-6)


@pytest.mark.parametrize("delay", DELAYS)
def test_stn_moves_a_state_by_a_part_of_the_step(delay: Fraction) -> None:
    feedback = design_feedback("stn", delay)
    assert (feedback.offset, feedback.tap) == (1, "read")
    assert feedback.b == pytest.approx((1.0 / delay,))
    assert feedback.a == pytest.approx(1.0 / delay - 1.0)


def test_apdl_below_one_is_refused_with_the_reason() -> None:
    with pytest.raises(MethodError, match=r"apdl.*147/160.*does not exist yet.*allowed are 1 and above"):
        design_feedback("apdl", Fraction(147, 160))


@pytest.mark.parametrize(("method", "delay"), [("lagrange8", 2), ("", 2), ("LIDL", 2), ("naive", 0), ("cidl", -1)])
def test_what_cannot_be_is_refused(method: str, delay: int) -> None:
    with pytest.raises(MethodError, match=r"allowed|must be positive"):
        design_feedback(method, Fraction(delay))


@pytest.mark.parametrize("order", [1, 3, 5])
@pytest.mark.parametrize("delay", [Fraction(160, 147), Fraction(147, 160)])
def test_minimax_has_a_smaller_largest_error_than_lagrange(order: int, delay: Fraction) -> None:
    w = np.linspace(1e-6, np.pi / 2, 400)

    def largest(feedback: Feedback) -> float:
        return max(abs(response(feedback, v) - np.exp(-1j * v * float(delay))) for v in w)

    minimax = design_minimax(delay, order=order, bandwidth=0.5)
    assert sum(minimax.b) == pytest.approx(1.0, abs=1e-9)
    assert largest(minimax) < largest(design_feedback(f"lagrange{order}", delay))


@pytest.mark.parametrize(("order", "bandwidth"), [(0, 0.5), (11, 0.5), (3, 0.0), (3, 1.5)])
def test_minimax_refuses_what_it_has_no_design_for(order: int, bandwidth: float) -> None:
    with pytest.raises(MethodError, match="orders 1 to 10"):
        design_minimax(Fraction(2), order=order, bandwidth=bandwidth)
