"""A device's knobs over its capture's controls: composition of curves, names, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afxplugin.captures import Architecture, Capture, Control, conditioning
from afxplugin.captures.knobs import check_controls
from afxplugin.errors import PresetError
from afxplugin.presets.knob_map import KnobMap, with_knob_maps

BENT = Control("Drive", "", 0.0, 10.0, 5.0, ((0.0, -1.0), (4.0, 0.0), (10.0, 3.0)))
PLAIN = Control("Knob", "", 0.0, 1.0, 0.5, ((0.0, 0.0), (1.0, 1.0)))


def capture(*controls: Control) -> Capture:
    return Capture("Amp", Architecture("lstm", 2, inputs=1 + len(controls)), {}, 44100, controls=controls)


def moved(knob: KnobMap, control: Control = BENT) -> Control:
    (made,) = with_knob_maps(capture(control), [knob]).controls
    check_controls((made,), inputs=2)
    return made


@pytest.mark.parametrize("control", [BENT, PLAIN])
@pytest.mark.parametrize(
    ("knob", "inner"),
    [
        (KnobMap("Gain", 1, low=-20.0, high=20.0), ((-20.0, 0.0), (20.0, 1.0))),
        (KnobMap("Gain", 1, taper="audio"), ((0.0, 0.0), (5.0, 0.15), (10.0, 1.0))),
        (KnobMap("Gain", 1, taper="reverse-audio"), ((0.0, 0.0), (5.0, 0.85), (10.0, 1.0))),
    ],
)
def test_composition_is_exact_everywhere(control, knob, inner):
    made = moved(knob, control)
    for position in np.linspace(made.low, made.high, 401):
        share = np.interp(position, *zip(*inner, strict=True))
        expected = conditioning(control, float(control.low + share * (control.high - control.low)))
        assert conditioning(made, float(position)) == pytest.approx(expected, abs=1e-12)


def test_a_falling_curve_turns_the_knob_round():
    made = moved(KnobMap("Clean", "drive", "%", 0.0, 100.0, curve=((0.0, 10.0), (50.0, 4.0), (100.0, 0.0))))
    assert [conditioning(made, p) for p in (0.0, 50.0, 100.0)] == [3.0, 0.0, -1.0]
    assert (made.name, made.unit, made.low, made.high) == ("Clean", "%", 0.0, 100.0)
    assert made.default == pytest.approx(50.0 - 50.0 / 6.0)  # where the capture's own default is


@settings(max_examples=200, deadline=None)
@given(
    x=st.lists(st.floats(-100, 100), min_size=2, max_size=8, unique=True).map(sorted),
    y=st.lists(st.floats(0, 10), min_size=8, max_size=8, unique=True).map(sorted),
    falling=st.booleans(),
)
def test_any_monotone_curve_stays_monotone(x, y, falling):
    y = y[: len(x)]
    if min(np.diff(x)) < 1e-3 or min(np.diff(y)) < 1e-3:
        return
    points = tuple(zip(x, y[::-1] if falling else y, strict=True))
    made = moved(KnobMap("Gain", "Drive", "", x[0], x[-1], curve=points))
    values = np.array([conditioning(made, float(p)) for p in np.clip(np.linspace(x[0], x[-1], 101), x[0], x[-1])])
    assert (np.diff(-values if falling else values) > 0).all()


def test_controls_that_no_knob_moves_stay():
    made = with_knob_maps(capture(PLAIN, BENT), [KnobMap("Gain", "DRIVE")])
    assert [each.name for each in made.controls] == ["Knob", "Gain"]
    assert made.controls[0] == PLAIN
    whole = capture(PLAIN)
    assert with_knob_maps(whole, []) is whole


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ([KnobMap("Gain", 3)], "knob Gain: Amp has no control 3; it has 1 Knob, 2 Drive"),
        ([KnobMap("Gain")], "has no control 'Gain'; it has 1 Knob, 2 Drive"),
        ([KnobMap("A", 2), KnobMap("B", "drive")], "knob B: moves the control Drive as A does"),
        ([KnobMap("drive", 1)], "knobs drive, Drive: distinct names are needed"),
        ([KnobMap("A", 1, curve=((0.0, 0.0), (10.0, 1.1)))], "its curve reaches from 0 to 1.1; the control Knob has 0"),
    ],
)
def test_what_is_refused(knobs, message):
    with pytest.raises(PresetError, match=message):
        with_knob_maps(capture(PLAIN, BENT), knobs)
