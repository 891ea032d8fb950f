"""The clipper against Lambert W at rest, an adaptive stiff solver in motion, and its own order of convergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.devices.diode_clipper import DiodeClipper
from tests.references.diode import moving_voltage, static_voltage

if TYPE_CHECKING:
    import pytest

CLIPPER = DiodeClipper()


def test_rests_at_the_lambert_w_voltage() -> None:
    sources = np.array([-25.0, -3.0, -0.4, -1e-3, 0.0, 1e-6, 0.05, 0.3, 0.5, 0.7, 1.0, 5.0, 25.0])
    held = np.repeat(sources[:, None], 2000, axis=1)
    v = CLIPPER.process(held, 705_600)[:, -1]
    np.testing.assert_allclose(v, static_voltage(CLIPPER, sources), rtol=0, atol=1e-9)


def test_one_conducting_diode_is_the_textbook_lambert_w() -> None:
    """The other diode's leakage is at most Is, so it moves the voltage by at most R·Is (5.5 µV)."""
    from scipy.special import lambertw

    drop, nvt = CLIPPER.resistance_ohm * CLIPPER.saturation_ampere, CLIPPER.thermal_volt
    u = np.linspace(0.0, 20.0, 101)
    one_diode = u + drop - nvt * np.real(lambertw(drop / nvt * np.exp((u + drop) / nvt)))
    v = CLIPPER.process(np.repeat(u[:, None], 2000, axis=1), 705_600)[:, -1]
    assert np.all(one_diode - v >= -1e-9)
    assert np.all(one_diode - v <= drop)


def test_follows_an_adaptive_stiff_solver() -> None:
    rate_hz, frames = 705_600 * 16, 22_579
    time_s = np.arange(frames) / rate_hz
    v = CLIPPER.process(12.0 * np.sin(2 * np.pi * 1000.0 * time_s)[None], rate_hz)[0]
    reference = moving_voltage(CLIPPER, lambda t: 12.0 * np.sin(2 * np.pi * 1000.0 * t), time_s[::32])
    assert np.max(np.abs(v[::32] - reference)) < 1e-5  # volts, of 0.63: the step's own error, second order


def test_is_linear_when_the_diodes_do_not_conduct() -> None:
    """Far below n·Vt the diodes are a conductance 2·Is/nVt: a first-order low-pass."""
    rate_hz, frames, pitch_hz = 705_600, 70_560, 5_000.0
    time_s = np.arange(frames) / rate_hz
    v = CLIPPER.process(1e-5 * np.sin(2 * np.pi * pitch_hz * time_s)[None], rate_hz)[0]
    tone = np.exp(-2j * np.pi * pitch_hz * time_s)
    tail = slice(frames // 2, None)
    measured = np.sum(v[tail] * tone[tail]) / np.sum(1e-5 * np.sin(2 * np.pi * pitch_hz * time_s[tail]) * tone[tail])
    leak = CLIPPER.resistance_ohm * 2.0 * CLIPPER.saturation_ampere / CLIPPER.thermal_volt
    expected = 1.0 / (1.0 + leak + 2j * np.pi * pitch_hz * CLIPPER.time_constant_s)
    assert abs(measured - expected) < 1e-3 * abs(expected)


def test_converges_with_the_second_order() -> None:
    def run(factor: int) -> np.ndarray:
        time_s = np.arange(441 * factor) / (44_100 * factor)
        return CLIPPER.process(8.0 * np.sin(2 * np.pi * 300.0 * time_s)[None], 44_100 * factor)[0][::factor]

    exact = run(512)
    errors = [float(np.sqrt(np.mean((run(factor) - exact) ** 2))) for factor in (8, 16, 32, 64)]
    ratios = np.array(errors[:-1]) / np.array(errors[1:])
    assert np.all((ratios > 3.8) & (ratios < 4.3)), ratios


def test_segments_side_by_side_equal_one_long_run(monkeypatch: pytest.MonkeyPatch) -> None:
    u = 6.0 * np.random.default_rng(3).standard_normal((2, 30_000))
    side_by_side = CLIPPER.process(u, 352_800)
    monkeypatch.setattr("afxplugin.devices.diode_clipper.MIN_SEGMENT_FRAMES", 30_000)
    np.testing.assert_allclose(side_by_side, CLIPPER.process(u, 352_800), rtol=0, atol=1e-12)
