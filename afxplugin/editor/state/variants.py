"""What is compared: ways of playing one capture at the session's rate, each with its plan or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from afxplugin.errors import AfxError, SessionError

if TYPE_CHECKING:
    from afxplugin.captures import AnyCapture
    from afxplugin.chain import RatePlan

REFERENCE: Final = "reference"
DEVICE: Final = "device"
AUTO: Final = "auto"


@dataclass(frozen=True)
class Variant:
    """A method with an oversampling.

    name: what a session calls it; key: the number key that chooses it, 1 to 9; about: what it does, in a sentence.
    """

    name: str
    label: str
    key: int
    method: str
    about: str
    oversample: int = 1


VARIANTS: Final = (
    Variant("naive", "Naive", 1, "naive", "the network runs at the session's rate as if it were its own"),
    Variant("stn", "STN", 2, "stn", "the network's state is mixed with its last one, so that it changes as slowly"),
    Variant("lidl", "LIDL", 3, "lidl", "the state comes from a delay line, read by linear interpolation"),
    Variant("apdl", "APDL", 4, "apdl", "the state comes from a delay line, read through an all-pass filter"),
    Variant("cidl", "CIDL", 5, "cidl", "the state comes from a delay line, read by cubic interpolation"),
    Variant("resample", "Resample", 6, "resample", "the network runs at its own rate between two resamplers"),
    Variant("auto", "Auto", 7, "auto", "the method that is predicted to be closest"),
    Variant("auto-2x", "Auto 2x", 8, "auto", "the same at twice the rate, against aliasing", 2),
    Variant("auto-4x", "Auto 4x", 9, "auto", "the same at four times the rate, against aliasing", 4),
)


@dataclass(frozen=True)
class PlannedVariant:
    """A variant at one session rate: its plan, or why there is none.

    playable: whether it may be chosen. reason: why it may not, else why the plan is as it is; in words, never empty.
    """

    variant: Variant
    session_hz: int
    plan: RatePlan | None
    playable: bool
    reason: str

    @property
    def name(self) -> str:
        """The variant's name."""
        return self.variant.name

    @property
    def latency_frames(self) -> int | None:
        """How late it is in the session, before the latency is removed; None where it cannot be played."""
        return None if self.plan is None else self.plan.latency_frames

    @property
    def latency_ms(self) -> float | None:
        """``latency_frames`` in time."""
        return None if self.plan is None else 1000.0 * self.plan.latency_frames / self.session_hz

    @property
    def pole_radius(self) -> float | None:
        """Of the slowest mode of the linearised loop, over all positions of the knobs."""
        return None if self.plan is None else self.plan.pole_radius


def find_variant(name: str) -> Variant:
    """The variant of this name. Raises SessionError for any other."""
    for variant in VARIANTS:
        if variant.name == name:
            return variant
    raise SessionError(f"variant {name!r} is unknown; allowed: {', '.join(each.name for each in VARIANTS)}")


def check_heard(name: str) -> None:
    """Raise SessionError for a name of nothing that can be heard: a variant's, "reference" or "device"."""
    if name not in (REFERENCE, DEVICE):
        find_variant(name)


def plan_variant(capture: AnyCapture, session_hz: int, variant: Variant, *, filters: str = "linear") -> PlannedVariant:
    """One variant at ``session_hz``. Raises nothing: what cannot be realised says so in its reason."""
    from afxplugin.chain import plan_rates

    try:
        plan = plan_rates(capture, session_hz, method=variant.method, oversample=variant.oversample, filters=filters)
    except AfxError as error:
        return PlannedVariant(variant, session_hz, None, playable=False, reason=str(error))
    told = plan.reason.removeprefix("asked for").removeprefix("; ")
    return PlannedVariant(variant, session_hz, plan, playable=plan.stable is not False, reason=told or variant.about)


def plan_variants(capture: AnyCapture, session_hz: int, *, filters: str = "linear") -> tuple[PlannedVariant, ...]:
    """All variants at ``session_hz``, in the order of their keys; quick where the capture stores its eigenvalues.

    filters: ``linear`` or ``low-latency``, what a preset asks for.
    """
    return tuple(plan_variant(capture, session_hz, each, filters=filters) for each in VARIANTS)
