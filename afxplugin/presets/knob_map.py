"""A device's own knobs over the controls of its capture: other names, ranges, units and tapers.

conditioning(position) = g(f(position)): f, the device's, from the knob's position to that of the capture's control; g,
the capture's, from there to the network's input. Both are lines between breakpoints and f is strictly monotone, so
their composition is again lines between breakpoints: those of f, and those of g taken back through f.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures.knobs import conditioning
from afxplugin.errors import PresetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.captures import AnyCapture, Control

# Where a 15 % logarithmic potentiometer, made of two straight tracks, stands at half of its way (its "A" and "C" laws).
TAPERS = {"linear": 0.5, "audio": 0.15, "reverse-audio": 0.85}
_APART = 1e-6  # breakpoints closer than this share of the range are one: the core keeps positions as float32


@dataclass(frozen=True)
class KnobMap:
    """One knob of a device, as its file tells of it.

    control: the capture's control, by name or by number from 1; None: of the same name. low, high, default: in units;
    default None: where the capture's own default is. curve: (position, control position) pairs, else taper.
    """

    name: str
    control: str | int | None = None
    unit: str = ""
    low: float = 0.0
    high: float = 10.0
    default: float | None = None
    taper: str = "linear"
    curve: tuple[tuple[float, float], ...] | None = None


def with_knob_maps(capture: AnyCapture, maps: Sequence[KnobMap]) -> AnyCapture:
    """``capture`` with the device's knobs in the place of those controls that they move.

    What is stored of its stability stays: the knobs reach no input that the capture's own controls do not.
    Raises PresetError for a control that the capture does not have, or a curve that leaves the control's range.
    """
    controls = list(capture.controls)
    taken: dict[int, str] = {}
    for knob in maps:
        k = _number(capture, knob)
        if k in taken:
            raise PresetError(f"knob {knob.name}: moves the control {capture.controls[k].name} as {taken[k]} does")
        taken[k] = knob.name
        controls[k] = _moved(knob, capture.controls[k])
    names = [control.name.casefold() for control in controls]
    if len(set(names)) != len(names):
        raise PresetError(f"knobs {', '.join(control.name for control in controls)}: distinct names are needed")
    return replace(capture, controls=tuple(controls)) if maps else capture


def _number(capture: AnyCapture, knob: KnobMap) -> int:
    wanted = knob.name if knob.control is None else knob.control
    if isinstance(wanted, int):
        if wanted <= len(capture.controls):
            return wanted - 1
    else:
        for k, control in enumerate(capture.controls):
            if control.name.casefold() == wanted.casefold():
                return k
    names = ", ".join(f"{k} {control.name}" for k, control in enumerate(capture.controls, 1)) or "none"
    raise PresetError(f"knob {knob.name}: {capture.name} has no control {wanted!r}; it has {names}")


def _moved(knob: KnobMap, control: Control) -> Control:
    if knob.curve is None:
        middle = control.low + TAPERS[knob.taper] * (control.high - control.low)
        half = 0.5 * (knob.low + knob.high)
        curve = ((knob.low, control.low), (half, middle), (knob.high, control.high))
    else:
        curve = knob.curve
    x, y = (np.array(column, np.float64) for column in zip(*curve, strict=True))
    if y.min() < control.low or y.max() > control.high:
        raise PresetError(
            f"knob {knob.name}: its curve reaches from {y.min():g} to {y.max():g}; "
            f"the control {control.name} has {control.low:g} to {control.high:g}"
        )
    rising = slice(None) if y[-1] > y[0] else slice(None, None, -1)

    def back(position: float) -> float:
        return float(np.interp(position, y[rising], x[rising]))

    inner = [back(position) for position, _ in control.breakpoints if y.min() < position < y.max()]
    positions: list[float] = []
    for position in sorted([*map(float, x), *inner]):
        if not positions or position - positions[-1] > _APART * (knob.high - knob.low):
            positions.append(position)
    positions[-1] = knob.high
    points = [(at, conditioning(control, _clipped(float(np.interp(at, x, y)), control))) for at in positions]
    default = back(control.default) if knob.default is None else knob.default
    return replace(
        control,
        name=knob.name,
        unit=knob.unit,
        low=knob.low,
        high=knob.high,
        default=default,
        breakpoints=tuple(points),
    )


def _clipped(position: float, control: Control) -> float:
    """Rounding alone can leave the range."""
    return min(max(position, control.low), control.high)
