"""What auto picks, what it says, latencies, and the stability check against slow references and real figures."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from afxplugin import _core
from afxplugin.captures import Capture, read_capture
from afxplugin.chain import plan_rates, with_eigenvalues
from afxplugin.errors import MethodError, RateError
from afxplugin.kernel.feedback import design_feedback
from afxplugin.kernel.linearise import linearise, loop_radius_reference

ALL_METHODS = ("naive", "stn", "lidl", "apdl", "cidl", "lagrange2", "lagrange4", "lagrange5")


def unstable(capture: Capture) -> Capture:
    """The same network, said to have a rest state from which every loop grows."""
    return replace(capture, loop_eigenvalues=np.array([[1.001 + 0.0j]]))


def test_auto_follows_the_table(amp: Capture) -> None:
    assert plan_rates(amp, 44_100).method == "direct"
    for rate_hz, delay in ((88_200, 2), (132_300, 3), (176_400, 4)):
        plan = plan_rates(amp, rate_hz)
        assert plan.method == "lidl"
        assert plan.delay == delay
        assert plan.kernel_hz == rate_hz
        assert plan.latency_frames == 0
    for rate_hz in (96_000, 192_000):
        plan = plan_rates(amp, rate_hz)
        assert plan.method == "lagrange5"
        assert plan.delay == Fraction(rate_hz, 44_100)
    for rate_hz in (8_000, 40_500, 44_099, 48_000, 88_199):
        plan = plan_rates(amp, rate_hz)
        assert plan.method == "resample"
        assert plan.kernel_hz == 44_100
        assert plan.latency_frames > 0
    for rate_hz in (40_500, 48_000):
        plan = plan_rates(amp, rate_hz, filters="low-latency")
        assert plan.method == "lagrange5"
        assert plan.latency_frames == 0


def test_auto_resamples_where_no_loop_is_stable(amp: Capture) -> None:
    for filters, rate_hz in (("linear", 100_000), ("low-latency", 40_500)):
        plan = plan_rates(unstable(amp), rate_hz, filters=filters)
        assert plan.method == "resample"
        assert "no interpolated delay line is stable" in plan.reason


def test_auto_never_oversamples_unless_asked(amp: Capture) -> None:
    for rate_hz in (44_100, 48_000, 88_200, 96_000, 192_000):
        assert plan_rates(amp, rate_hz).oversampling == 1
        plan = plan_rates(amp, rate_hz, oversample=4)
        assert plan.oversampling == 4
        assert plan.kernel_hz == 4 * (44_100 if plan.method == "resample" else rate_hz)


def test_latency_stays_within_what_was_promised(amp: Capture) -> None:
    """Round trips of 1.6 ms (linear) and 0.5 ms (low latency) between 44.1 and 48 kHz, stated in whole frames."""
    for session_hz, capture_hz in ((48_000, 44_100), (44_100, 48_000)):
        capture = replace(amp, rate_hz=capture_hz)
        for filters, limit_ms in (("linear", 1.6), ("low-latency", 0.5)):
            plan = plan_rates(capture, session_hz, method="resample", filters=filters)
            assert 0 < 1000 * plan.latency_frames / session_hz <= limit_ms


def test_the_reason_is_stated_in_words(amp: Capture) -> None:
    assert "ratio 1.088" in plan_rates(amp, 48_000).reason
    assert "rate are equal" in plan_rates(amp, 44_100).reason
    assert "closer to it than any interpolated delay line" in plan_rates(amp, 48_000).reason
    assert "lagrange5 is the highest stable order" in plan_rates(amp, 96_000).reason
    assert "delay line of 2 frames" in plan_rates(amp, 88_200).reason


@pytest.mark.parametrize("rate_hz", [0, -1, 7_999, 384_001, 7_000_000])
def test_rates_out_of_range_are_refused(rate_hz: int, amp: Capture) -> None:
    with pytest.raises(RateError, match=f"{rate_hz} Hz is given; 8000 to 384000 Hz are allowed"):
        plan_rates(amp, rate_hz)
    with pytest.raises(RateError, match="are allowed"):
        plan_rates(replace(amp, rate_hz=rate_hz), 48_000)


def test_apdl_below_one_is_refused_with_the_reason(amp: Capture) -> None:
    with pytest.raises(MethodError, match=r"(?i)apdl.*1"):
        plan_rates(amp, 40_500, method="apdl")
    assert plan_rates(amp, 40_500, method="apdl", oversample=2).method == "apdl"


def test_a_plan_is_plain_json(amp: Capture) -> None:
    plan = plan_rates(amp, 96_000).as_dict()
    keys = "session_hz capture_hz kernel_hz method oversampling filters latency_frames pole_radius tau_ms stable reason"
    assert list(plan) == keys.split()
    growing = plan_rates(unstable(amp), 40_500, method="lidl").as_dict()
    assert growing["stable"] is False
    assert growing["tau_ms"] is None


@pytest.mark.parametrize("rate_hz", [40_500, 48_000, 88_200, 96_000, 192_000, 300_000])
def test_pole_radii_equal_the_companion_matrix(rate_hz: int, amp: Capture, knobbed: Capture) -> None:
    for capture in (amp, knobbed):
        eigenvalues = linearise(capture).ravel()
        for method in ALL_METHODS:
            if method == "apdl" and rate_hz < 44_100:
                continue
            feedback = design_feedback(method, Fraction(rate_hz, 44_100))
            fast = _core.loop_radius(eigenvalues.tolist(), feedback.offset, list(feedback.b), feedback.a)
            assert fast == pytest.approx(loop_radius_reference(eigenvalues, feedback), abs=1e-7), method


def test_tau_is_the_decay_of_the_slowest_pole(amp: Capture) -> None:
    plan = plan_rates(amp, 96_000, method="cidl")
    assert plan.tau_ms == pytest.approx(-1000.0 / (96_000 * math.log(plan.pole_radius)))


CONFIGURATIONS = {
    "base": (44_100, "naive"),
    **{f"up48-L{p}": (48_000, f"lagrange{p}") for p in range(1, 6)},
    **{f"up96-L{p}": (96_000, f"lagrange{p}") for p in (3, 5)},
    **{f"dn-L{p}": (40_500, f"lagrange{p}") for p in range(1, 6)},
    "up48-AP": (48_000, "apdl"),
    "up96-AP": (96_000, "apdl"),
}


def test_pole_radii_of_real_captures(reference: Path) -> None:
    """Against radii that an independent implementation found (four digits)."""
    with (reference / "golden" / "pole_radius.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 8
    for row in rows:
        capture = read_capture(reference / "captures" / "guitarml" / f"{row['model']}.json", rate_hz=44_100)
        capture = with_eigenvalues(capture)
        for column, (rate_hz, method) in CONFIGURATIONS.items():
            plan = plan_rates(capture, rate_hz, method=method)
            assert plan.pole_radius == pytest.approx(float(row[column]), abs=1e-3), (row["model"], column)
