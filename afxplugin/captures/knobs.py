"""Knob positions in the user's units -> the network's conditioning inputs."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures.document import shown
from afxplugin.errors import CaptureError, KnobError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from afxplugin.captures.blend import AnyCapture
    from afxplugin.captures.capture import Control


def knob_positions(capture: AnyCapture, knobs: Mapping[str, float]) -> list[float]:
    """Return the position of every knob, in the order of the controls; those not named stand at their default.

    Names match whatever their case. Raises KnobError for a knob that the capture does not have, one named twice, or a
    position outside its range: nothing is clamped.
    """
    given: dict[str, float] = {}
    names = {control.name.casefold(): control.name for control in capture.controls}
    for name, position in knobs.items():
        if name.casefold() not in names:
            allowed = ", ".join(names.values()) or "none: it has no knobs"
            raise KnobError(f"knob {shown(name)}: {capture.name} does not have it; it has {allowed}")
        if name.casefold() in given:
            raise KnobError(f"knob {shown(name)}: given twice")
        given[name.casefold()] = position
    positions = [given.get(control.name.casefold(), control.default) for control in capture.controls]
    for control, position in zip(capture.controls, positions, strict=True):
        check_position(control, position)
    return positions


def knob_vector(capture: AnyCapture, knobs: Mapping[str, float]) -> NDArray[np.float32]:
    """Return the conditioning (inputs - 1,) float32 for these positions; see :func:`knob_positions`."""
    positions = knob_positions(capture, knobs)
    return np.array([conditioning(c, p) for c, p in zip(capture.controls, positions, strict=True)], dtype=np.float32)


def conditioning(control: Control, position: float) -> float:
    """Return the value of the network's input for a knob position. Raises KnobError outside the knob's range."""
    check_position(control, position)
    positions, values = zip(*control.breakpoints, strict=True)
    return float(np.interp(position, positions, values))


def check_position(control: Control, position: float) -> None:
    """Raise KnobError for a position outside the knob's range."""
    if not control.low <= position <= control.high:  # false for NaN too
        unit = f" {control.unit}" if control.unit else ""
        raise KnobError(
            f"knob {control.name}: given {position:g}{unit}, allowed {control.low:g} to {control.high:g}{unit}"
        )


def check_controls(controls: tuple[Control, ...], *, inputs: int) -> None:
    """Raise CaptureError unless each conditioning input has one knob, distinctly named, with a curve over its range."""
    if len(controls) != inputs - 1:
        raise CaptureError(f"controls: given {len(controls)}, needs {inputs - 1}, one for each input after the audio")
    if len({control.name.casefold() for control in controls}) != len(controls):
        raise CaptureError(f"controls: given {[control.name for control in controls]}, needs distinct names")
    for control in controls:
        if not control.name:
            raise CaptureError("controls: given a control without a name, needs one")
        numbers = [control.low, control.high, control.default, *(n for point in control.breakpoints for n in point)]
        if not all(map(math.isfinite, numbers)):
            raise CaptureError(f"control {control.name}: given {numbers}, needs finite numbers")
        if not control.low <= control.default <= control.high or control.low >= control.high:
            raise CaptureError(
                f"control {control.name}: given {control.low:g} to {control.high:g} with default {control.default:g}, "
                "needs low < high and the default between them"
            )
        positions = [position for position, _ in control.breakpoints]
        if any(a >= b for a, b in itertools.pairwise(positions)):
            raise CaptureError(f"control {control.name}: given breakpoints at {positions}, needs increasing positions")
        if len(positions) < 2 or positions[0] > control.low or positions[-1] < control.high:
            raise CaptureError(
                f"control {control.name}: given breakpoints at {positions}, "
                f"needs at least two from {control.low:g} to {control.high:g}"
            )
