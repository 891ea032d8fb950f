"""Training pairs: input and device output line up, and each error is weighed as the acceptance weighs it."""

from __future__ import annotations

import numpy as np
import pytest

from afxplugin.devices import OverdriveDevice
from afxplugin.measure.accuracy import esr_without_linear
from afxplugin.train.data import FLOOR_POWER, LARGEST_WEIGHT, LINEAR_ALLOWANCE, Segments, make_data


@pytest.fixture(scope="module")
def data() -> Segments:
    return make_data(11, 20, frames=4410, rate_hz=44_100)


def test_targets_are_the_device_at_the_knobs_of_their_segment(data: Segments) -> None:
    for k in (0, 17):
        device = OverdriveDevice(10.0 * float(data.knobs[k, 0]), 10.0 * float(data.knobs[k, 1]))
        expected = device.process(data.x[k : k + 1].astype(np.float64), 44_100)[0]
        np.testing.assert_allclose(data.y[k], expected, rtol=0, atol=1e-6)


def test_the_same_seed_gives_the_same_data(data: Segments) -> None:
    again = make_data(11, 20, frames=4410, rate_hz=44_100)
    for name in ("x", "y", "knobs", "scale"):
        np.testing.assert_array_equal(getattr(data, name), getattr(again, name))


def test_knobs_reach_both_ends_and_stand_anywhere_between() -> None:
    knobs = make_data(1, 60, frames=64 * 4, rate_hz=44_100).knobs
    assert (knobs.min(), knobs.max()) == (0.0, 1.0)
    assert np.mean((knobs > 0.0) & (knobs < 1.0)) > 0.3


def test_knobs_can_be_given() -> None:
    given = make_data(1, 60, frames=64 * 4, rate_hz=44_100, drives=(0.25, 0.75), tone=0.7).knobs
    assert set(given[:, 0].tolist()) == {0.25, 0.75}
    assert set(given[:, 1].tolist()) == {np.float32(0.7).item()}


def test_scale_is_the_stricter_allowance(data: Segments) -> None:
    for x, y, scale in zip(data.x, data.y, data.scale, strict=True):
        power = float(np.mean(y.astype(np.float64) ** 2))
        # Silence as the output: its error is the target's power, so this measure is power over nonlinear power.
        nonlinear = power / esr_without_linear(target=y, output=np.zeros_like(y), input=x, taps=64)
        least = max(power / LARGEST_WEIGHT, FLOOR_POWER)
        assert scale == pytest.approx(max(min(power, LINEAR_ALLOWANCE * nonlinear), least), rel=1e-3)
