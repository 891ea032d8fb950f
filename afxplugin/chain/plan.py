"""The rate plan: how a capture of one rate is played in a session of another, decided by the core."""

from __future__ import annotations

import math
import operator
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from afxplugin import _core
from afxplugin.audio import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from afxplugin.captures.capture import Capture
from afxplugin.errors import MethodError, RateError
from afxplugin.kernel.linearise import MOST_S, linearise

if TYPE_CHECKING:
    from afxplugin.captures import AnyCapture

# What users choose from, in the order in which the plugins' parameters count; the core also knows lagrange6 and 7.
METHODS: Final = (
    "auto", "resample", "naive", "stn", "lidl", "apdl", "cidl",
    "lagrange1", "lagrange2", "lagrange3", "lagrange4", "lagrange5",
)  # fmt: skip
FILTERS: Final = ("linear", "low-latency")
OVERSAMPLING: Final = (1, 2, 4, 8)


class UnstablePlanWarning(UserWarning):
    """A loop that does not decay, by the forced method's doing or the capture's, or that could not be checked."""


@dataclass(frozen=True)
class RatePlan:
    """The path of the sound: rates in Hz, delay = kernel rate / capture rate, latency of all of it in session frames.

    pole_radius and tau_ms describe the slowest mode of the linearised loop, the worst over all knob positions;
    tau_ms is infinite where the loop does not decay. stable: whether it decays, and no slower than the capture itself
    at its own rate; None, as radius and tau, where that is unknown because the capture is too large to check.
    capture_decays: whether the capture does so by itself; None likewise. reason says in words why the method was taken.
    """

    session_hz: int
    capture_hz: int
    kernel_hz: int
    delay: Fraction
    method: str
    oversampling: int
    filters: str
    latency_frames: int
    pole_radius: float | None
    tau_ms: float | None
    stable: bool | None
    capture_decays: bool | None
    reason: str

    def as_dict(self) -> dict[str, object]:
        """For JSON: radius to 1e-5; tau_ms null where the loop does not decay; stable and both null where unknown."""
        tau_ms = self.tau_ms if self.tau_ms is not None and math.isfinite(self.tau_ms) else None
        return {
            "session_hz": self.session_hz,
            "capture_hz": self.capture_hz,
            "kernel_hz": self.kernel_hz,
            "method": self.method,
            "oversampling": self.oversampling,
            "filters": self.filters,
            "latency_frames": self.latency_frames,
            "pole_radius": None if self.pole_radius is None else round(self.pole_radius, 5),
            "tau_ms": None if tau_ms is None else round(tau_ms, 3),
            "stable": self.stable,
            "reason": self.reason,
        }


def check_rate(rate_hz: int) -> int:
    """``rate_hz`` as an int.

    Raises:
        RateError: not a whole number of Hz between 8 and 384 kHz.
    """
    try:
        whole = operator.index(rate_hz)
    except TypeError:
        raise RateError(f"a rate of {rate_hz!r} is given; whole numbers of Hz are allowed") from None
    if not LOWEST_RATE_HZ <= whole <= HIGHEST_RATE_HZ:
        raise RateError(f"a rate of {whole} Hz is given; {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz are allowed")
    return whole


def with_eigenvalues(capture: AnyCapture, *, most_s: float = MOST_S) -> AnyCapture:
    """``capture`` with the eigenvalues that the stability check needs; computed where its file did not store them.

    Empty where ``most_s`` seconds do not suffice: plans then call its stability unknown.
    """
    if capture.loop_eigenvalues is not None:
        return capture
    ends_s = time.monotonic() + most_s
    if isinstance(capture, Capture):
        return _linearised(capture, ends_s)
    snapshots = [replace(each, capture=_linearised(each.capture, ends_s)) for each in capture.snapshots]
    return replace(capture, snapshots=tuple(snapshots))


def _linearised(capture: Capture, ends_s: float) -> Capture:
    if capture.loop_eigenvalues is not None:
        return capture
    return replace(capture, loop_eigenvalues=linearise(capture, most_s=max(0.0, ends_s - time.monotonic())))


def design_plan(capture: AnyCapture, session_hz: int, *, method: str, oversample: int, filters: str) -> _core.Plan:
    """The core's plan, which a chain is built from; see :func:`plan_rates`."""
    eigenvalues = with_eigenvalues(capture).loop_eigenvalues
    assert eigenvalues is not None
    if filters not in FILTERS:
        raise MethodError(f"filters {filters!r} are given; {', '.join(FILTERS)} are known")
    if oversample not in OVERSAMPLING:
        raise MethodError(f"oversampling {oversample!r} is given; 1, 2, 4 and 8 are allowed")
    try:
        return _core.plan(
            session_hz=check_rate(session_hz),
            capture_hz=check_rate(capture.rate_hz),
            method=method,
            oversampling=oversample,
            filters=filters,
            eigenvalues=eigenvalues.ravel().tolist(),
        )
    except ValueError as error:
        raise error if isinstance(error, RateError) else MethodError(str(error)) from None


def describe_plan(plan: _core.Plan) -> RatePlan:
    """The core's plan as plain, picklable data."""
    return RatePlan(
        session_hz=plan.session_hz,
        capture_hz=plan.capture_hz,
        kernel_hz=plan.kernel_hz,
        delay=Fraction(*plan.delay),
        method=plan.method,
        oversampling=plan.oversampling,
        filters=plan.filters,
        latency_frames=plan.latency_frames,
        pole_radius=plan.pole_radius if plan.judged else None,
        tau_ms=1000.0 * plan.tau_s if plan.judged else None,
        stable=plan.stable if plan.judged else None,
        capture_decays=plan.capture_decays if plan.judged else None,
        reason=plan.reason,
    )


def plan_rates(
    capture: AnyCapture, session_hz: int, *, method: str = "auto", oversample: int = 1, filters: str = "linear"
) -> RatePlan:
    """Decides how ``capture`` is played in a session of ``session_hz``.

    method: auto, resample, naive, stn, lidl, apdl, cidl, lagrange1 to lagrange7. oversample: 1, 2, 4, 8.
    filters: linear or low-latency. ``auto`` weighs predicted error and the loop's stability and never oversamples
    unless asked; where the stability is unknown, or the capture itself does not decay, it resamples.

    Raises:
        RateError: a rate outside 8 to 384 kHz.
        MethodError: an unknown choice, or one that cannot be realised at these rates.
    """
    return describe_plan(design_plan(capture, session_hz, method=method, oversample=oversample, filters=filters))
