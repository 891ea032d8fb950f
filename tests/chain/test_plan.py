"""What auto picks, what it says, latencies, and the stability check against slow references and real figures."""

from __future__ import annotations

import csv
import json
import math
import re
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from afxplugin import _core
from afxplugin.captures import Architecture, Capture, read_capture
from afxplugin.captures.afx import afx_bytes
from afxplugin.captures.afx import read as read_afx
from afxplugin.chain import Player, UnstablePlanWarning, plan_rates, with_eigenvalues
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
    alternating = replace(amp, loop_eigenvalues=np.array([[-0.999 + 0.0j]]))
    plan = plan_rates(alternating, 40_500, filters="low-latency")
    assert plan.method == "resample"
    assert plan.stable
    assert "no interpolated delay line is stable at 40.5 kHz" in plan.reason


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 88_200, 96_000, 192_000])
@pytest.mark.parametrize("method", ["auto", "resample", "naive", "lidl", "cidl"])
def test_a_capture_that_does_not_decay_is_not_the_methods_fault(method: str, rate_hz: int, amp: Capture) -> None:
    plan = plan_rates(unstable(amp), rate_hz, method=method)
    assert (plan.stable, plan.capture_decays) == (False, False)
    assert "the capture itself does not decay" in plan.reason
    assert "UNSTABLE" not in plan.reason
    if method == "auto":
        assert plan.method == ("direct" if rate_hz == 44_100 else "resample")
    assert plan_rates(amp, rate_hz, method=method).capture_decays


def latch() -> Capture:
    """Two units that hold whatever they are pushed to: i and o open, g = tanh(x + 4 h), f = sigmoid(1)."""
    weights = {
        "rec.weight_ih_l0": np.repeat([0.0, 0.0, 1.0, 0.0], 2).astype(np.float32)[:, None],
        "rec.weight_hh_l0": np.concatenate([np.zeros((4, 2)), 4.0 * np.eye(2), np.zeros((2, 2))]).astype(np.float32),
        "rec.bias_l0": np.repeat([4.0, 1.0, 0.0, 4.0], 2).astype(np.float32),
        "head.weight": np.array([[1.0, 0.0]], np.float32),
        "head.bias": np.zeros(1, np.float32),
    }
    return Capture("latch", Architecture("lstm", 2), weights, 48_000)


def test_a_latch_warns_of_the_capture() -> None:
    for rate_hz, method in ((44_100, "resample"), (96_000, "resample"), (192_000, "resample"), (48_000, "direct")):
        with pytest.warns(UnstablePlanWarning, match=r"the capture itself does not decay.*\(latch\)"):
            assert Player(latch(), rate_hz=rate_hz).plan.method == method


def test_a_file_that_latches_is_told_of_the_capture(reference: Path) -> None:
    path = reference.parent / "inputs" / "latch.json"
    if not path.is_file():
        pytest.skip(f"no {path}")
    for rate_hz in (48_000, 96_000):
        plan = plan_rates(read_capture(path, rate_hz=44_100), rate_hz)
        assert plan.method == "resample"
        assert "the capture itself does not decay" in plan.reason


def unknown(capture: Capture) -> Capture:
    """The same network, too large to have been checked."""
    return replace(capture, loop_eigenvalues=np.empty((0, 24), complex))


def test_unknown_is_never_stable(amp: Capture) -> None:
    chosen = {44_100: "direct", 48_000: "resample", 88_200: "lidl", 96_000: "resample", 192_000: "resample"}
    for filters in ("linear", "low-latency"):
        for rate_hz, method in chosen.items():
            plan = plan_rates(unknown(amp), rate_hz, filters=filters)
            assert plan.method == method
            assert (plan.stable, plan.pole_radius, plan.tau_ms, plan.capture_decays) == (None, None, None, None)
            assert "stability unknown" in plan.reason
            told = json.loads(json.dumps(plan.as_dict(), allow_nan=False))
            assert (told["stable"], told["pole_radius"], told["tau_ms"]) == (None, None, None)
    assert not _core.plan(44_100, 44_100, "auto", 1, "linear", []).stable


def test_what_was_not_found_is_not_stored(amp: Capture) -> None:
    """Time depends on the machine: where there is more of it, the file is checked after all."""
    untold = with_eigenvalues(replace(amp, loop_eigenvalues=None), most_s=0.0)
    assert plan_rates(untold, 96_000).stable is None
    read = read_afx(afx_bytes(untold), name="made", sha256="", rate_hz=None)
    assert read.loop_eigenvalues is None
    assert plan_rates(read, 96_000).stable


def test_a_forced_delay_line_of_unknown_stability_warns(amp: Capture) -> None:
    for method, rate_hz in (("cidl", 48_000), ("lagrange5", 96_000), ("lidl", 40_500)):
        with pytest.warns(UnstablePlanWarning, match="stability unknown"):
            Player(unknown(amp), rate_hz=rate_hz, method=method).process(np.zeros((1, 10)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for method, rate_hz in (("auto", 48_000), ("resample", 48_000), ("lidl", 88_200), ("lidl", 48_000)):
            Player(unknown(amp), rate_hz=rate_hz, method=method)


def test_loops_of_means_decay_whatever_the_eigenvalues() -> None:
    """What the plan promises of a mean of past states, tried on eigenvalues all over the unit disc."""
    rng = np.random.default_rng(4)
    modes = 0.9999 * np.exp(2j * np.pi * rng.uniform(size=300))
    seen = set()
    for rate_hz in (40_500, 48_000, 88_200, 96_000, 192_000):
        for method in (m for m in ALL_METHODS if m != "apdl" or rate_hz >= 44_100):
            plan = _core.plan(rate_hz, 44_100, method, 1, "linear", [])
            seen.add(plan.decays_as_capture)
            if plan.decays_as_capture:
                feedback = design_feedback(method, Fraction(rate_hz, 44_100))
                assert loop_radius_reference(modes, feedback) < 1.0, (rate_hz, method)
    assert seen == {False, True}


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
    assert "rate are equal" in plan_rates(amp, 44_100).reason
    assert plan_rates(amp, 48_000).reason == "resampled to 44.1 kHz: closest to the capture at 48 kHz"
    assert "fewer aliases than resampling to 44.1 kHz" in plan_rates(amp, 96_000).reason
    assert "delay line of 2 frames" in plan_rates(amp, 88_200).reason
    assert "low latency is asked for" in plan_rates(amp, 48_000, filters="low-latency").reason


@pytest.mark.parametrize("oversample", [1, 2, 8])
@pytest.mark.parametrize("filters", ["linear", "low-latency"])
@pytest.mark.parametrize("rate_hz", [40_500, 44_100, 48_000, 88_200, 96_000, 192_000])
def test_reasons_claim_what_the_figures_beside_them_say(
    rate_hz: int, filters: str, oversample: int, amp: Capture
) -> None:
    plan = plan_rates(amp, rate_hz, filters=filters, oversample=oversample)
    resampled = plan_rates(amp, rate_hz, method="resample", filters=filters, oversample=oversample)
    assert "as close as" not in plan.reason
    assert "exact" not in plan.reason  # closeness is what is measured beside it, and a capture's own aliases bound it
    if "no latency" in plan.reason:
        assert plan.latency_frames == 0
    for frames in re.findall(r"latency (\d+) frames|resampling (\d+) frames", plan.reason):
        assert resampled.latency_frames == int("".join(frames))
    for frames in re.findall(r"a delay line takes (\d+) frames", plan.reason):
        assert plan.latency_frames == int(frames)
    if "closest" in plan.reason:
        assert plan.method == "resample"


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
