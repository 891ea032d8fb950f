"""Knob positions to conditioning inputs."""

from __future__ import annotations

import numpy as np
import pytest

from afxplugin.captures import Architecture, Capture, Control, knob_vector
from afxplugin.errors import KnobError

DRIVE = Control(
    "Drive", unit="dB", low=0.0, high=40.0, default=20.0, breakpoints=((0.0, 0.0), (20.0, 0.8), (40.0, 1.0))
)
AMP = Capture(
    "Amp",
    Architecture("lstm", hidden=4, inputs=3),
    weights={},
    rate_hz=48000,
    controls=(DRIVE, Control("Tone")),
)
BARE = Capture("Bare", Architecture("lstm", hidden=4), weights={}, rate_hz=48000)


@pytest.mark.parametrize(
    ("knobs", "vector"),
    [
        ({}, [0.8, 0.5]),
        ({"drive": 10}, [0.4, 0.5]),
        ({"DRIVE": 30, "tone": 0.0}, [0.9, 0.0]),
        ({"Drive": 40, "Tone": 1}, [1.0, 1.0]),
    ],
)
def test_positions_follow_the_breakpoints(knobs, vector):
    given = knob_vector(AMP, knobs)
    assert given.dtype == np.float32
    assert given == pytest.approx(np.array(vector, np.float32))


def test_a_capture_without_knobs_has_an_empty_vector():
    assert knob_vector(BARE, {}).shape == (0,)


@pytest.mark.parametrize(
    ("capture", "knobs", "message"),
    [
        (AMP, {"Gain": 1}, "knob 'Gain': Amp does not have it; it has Drive, Tone"),
        (BARE, {"Gain": 1}, "knob 'Gain': Bare does not have it; it has none: it has no knobs"),
        (AMP, {"Drive": 41}, "knob Drive: given 41 dB, allowed 0 to 40 dB"),
        (AMP, {"Tone": -0.1}, "knob Tone: given -0.1, allowed 0 to 1"),
        (AMP, {"Tone": float("nan")}, "knob Tone: given nan, allowed 0 to 1"),
        (AMP, {"Tone": 0.1, "tone": 0.2}, "knob 'tone': given twice"),
    ],
)
def test_refusals(capture, knobs, message):
    with pytest.raises(KnobError) as caught:
        knob_vector(capture, knobs)
    assert message in str(caught.value)
