"""The rate plan: how a capture of one rate is played in a session of another, decided by the core."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from afxplugin import _core
from afxplugin.audio import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from afxplugin.captures.capture import Capture
from afxplugin.errors import MethodError, RateError
from afxplugin.kernel.linearise import linearise

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
    """A method was forced whose loop does not decay as the capture itself does."""


@dataclass(frozen=True)
class RatePlan:
    """The path of the sound: rates in Hz, delay = kernel rate / capture rate, latency of all of it in session frames.

    pole_radius and tau_ms describe the slowest mode of the linearised loop, the worst over all knob positions;
    tau_ms is infinite where the loop does not decay. reason says in words why the method was taken.
    """

    session_hz: int
    capture_hz: int
    kernel_hz: int
    delay: Fraction
    method: str
    oversampling: int
    filters: str
    latency_frames: int
    pole_radius: float
    tau_ms: float
    stable: bool
    reason: str

    def as_dict(self) -> dict[str, object]:
        """For JSON: radius to 1e-5, tau_ms null where the loop does not decay."""
        return {
            "session_hz": self.session_hz,
            "capture_hz": self.capture_hz,
            "kernel_hz": self.kernel_hz,
            "method": self.method,
            "oversampling": self.oversampling,
            "filters": self.filters,
            "latency_frames": self.latency_frames,
            "pole_radius": round(self.pole_radius, 5),
            "tau_ms": round(self.tau_ms, 3) if math.isfinite(self.tau_ms) else None,
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


def with_eigenvalues(capture: AnyCapture) -> AnyCapture:
    """``capture`` with the eigenvalues that the stability check needs; computed where its file did not store them."""
    if capture.loop_eigenvalues is not None:
        return capture
    if isinstance(capture, Capture):
        return _linearised(capture)
    snapshots = [replace(each, capture=_linearised(each.capture)) for each in capture.snapshots]
    return replace(capture, snapshots=tuple(snapshots))


def _linearised(capture: Capture) -> Capture:
    return capture if capture.loop_eigenvalues is not None else replace(capture, loop_eigenvalues=linearise(capture))


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
        pole_radius=plan.pole_radius,
        tau_ms=1000.0 * plan.tau_s,
        stable=plan.stable,
        reason=plan.reason,
    )


def plan_rates(
    capture: AnyCapture, session_hz: int, *, method: str = "auto", oversample: int = 1, filters: str = "linear"
) -> RatePlan:
    """Decides how ``capture`` is played in a session of ``session_hz``.

    method: auto, resample, naive, stn, lidl, apdl, cidl, lagrange1 to lagrange7. oversample: 1, 2, 4, 8.
    filters: linear or low-latency. ``auto`` weighs predicted error and the loop's stability and never oversamples
    unless asked.

    Raises:
        RateError: a rate outside 8 to 384 kHz.
        MethodError: an unknown choice, or one that cannot be realised at these rates.
    """
    return describe_plan(design_plan(capture, session_hz, method=method, oversample=oversample, filters=filters))
