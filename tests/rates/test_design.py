"""The core's coefficients are those of design.py, and those meet their specifications and a second opinion (scipy)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.signal
import scipy.signal.windows
import scipy.special

from afxplugin import _core
from afxplugin.rates import design, resampler_half_length
from afxplugin.rates.design import Filters, LowPass

ALL_FILTERS: tuple[Filters, ...] = ("linear", "low-latency")
RATES = [(44_100, 48_000), (48_000, 44_100), (8_000, 384_000), (96_000, 44_100)]


def response(h: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    return np.exp(-2j * np.pi * np.outer(frequencies, np.arange(len(h)))) @ h


def all_pass_response(stage: int, f: np.ndarray) -> np.ndarray:
    coefficients = design.design_half_band_iir(design.half_band_low_pass(stage, "low-latency"))
    delay = np.exp(-2j * np.pi * f)
    branches = [np.ones_like(delay), delay.copy()]
    for i, a in enumerate(coefficients):
        branches[i % 2] *= (a + delay**2) / (1 + a * delay**2)
    return 0.5 * (branches[0] + branches[1])


@pytest.mark.parametrize("filters", ALL_FILTERS)
@pytest.mark.parametrize(("in_hz", "out_hz"), RATES)
def test_core_resampling_filter_is_the_reference_design(in_hz: int, out_hz: int, filters: Filters) -> None:
    spec = design.resampler_low_pass(in_hz, out_hz, filters)
    half = design.kaiser_half_length(spec, in_hz)
    t = np.linspace(-1.01 * half, 1.01 * half, 501)
    core = np.array([_core.resampler_response(in_hz, out_hz, filters, float(at)) for at in t])
    np.testing.assert_allclose(core, design.kaiser_sinc(t, spec, in_hz), rtol=0, atol=1e-14)
    assert resampler_half_length(in_hz, out_hz, filters) == pytest.approx(half, rel=1e-14)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_core_half_bands_are_the_reference_designs(stage: int) -> None:
    fir = design.design_half_band_fir(design.half_band_low_pass(stage, "linear"))
    np.testing.assert_allclose(_core.half_band_fir(stage), fir[::2], rtol=0, atol=1e-14)
    iir = design.design_half_band_iir(design.half_band_low_pass(stage, "low-latency"))
    # The core sums the nome's series, which cancels a little for wide transitions; the reference takes means.
    np.testing.assert_allclose(_core.half_band_iir(stage), iir, rtol=0, atol=2e-12)


@pytest.mark.parametrize(("filters", "order"), [("linear", 11_032), ("low-latency", 3_318)])
def test_length_is_that_of_the_published_orders(filters: Filters, order: int) -> None:
    # Orders at 44.1 kHz x 160 = 7.056 MHz, rounded up to even.
    exact = 2 * resampler_half_length(44_100, 48_000, filters) * 160
    assert order - 2 < exact <= order


@pytest.mark.parametrize(
    ("filters", "attenuation_db", "ripple_db"), [("linear", 99.5, 1e-4), ("low-latency", 118.8, 2e-5)]
)
def test_resampling_filter_meets_its_edges(filters: Filters, attenuation_db: float, ripple_db: float) -> None:
    # Kaiser's order is optimistic by 0.5 dB for 100 dB and by 1.2 dB for 120 dB, and is kept all the same.
    spec = design.resampler_low_pass(44_100, 48_000, filters)
    half = design.kaiser_half_length(spec, 44_100)
    fine = 64
    t = np.arange(-math.floor(half * fine), math.floor(half * fine) + 1) / fine
    gain = np.abs(np.fft.rfft(design.kaiser_sinc(t, spec, 44_100) / fine, 1 << 19))
    f = np.arange(len(gain)) / (1 << 19) * fine * 44_100
    assert -20 * np.log10(gain[f >= spec.stop_edge].max()) >= attenuation_db
    assert np.abs(20 * np.log10(gain[f <= spec.pass_edge])).max() <= ripple_db


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_linear_half_band_meets_100_db(stage: int) -> None:
    spec = design.half_band_low_pass(stage, "linear")
    h = design.design_half_band_fir(spec)
    stop = response(h, np.linspace(spec.stop_edge, 0.5, 4001))
    passed = response(h, np.linspace(0, spec.pass_edge, 4001))
    assert -20 * np.log10(np.abs(stop).max()) >= 100.0
    assert np.abs(np.abs(passed) - 1).max() <= 1e-5
    assert h[::2].sum() == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("stage", [0, 1, 2])
def test_low_latency_half_band_meets_118_db(stage: int) -> None:
    spec = design.half_band_low_pass(stage, "low-latency")
    stop = all_pass_response(stage, np.linspace(spec.stop_edge, 0.5, 20_001))
    f = np.linspace(0, 0.25, 20_001)
    assert -20 * np.log10(np.abs(stop).max()) >= 118.0
    power = np.abs(all_pass_response(stage, f)) ** 2 + np.abs(all_pass_response(stage, 0.5 - f)) ** 2
    np.testing.assert_allclose(power, 1.0, rtol=0, atol=1e-12)


def test_first_low_latency_stage_is_of_order_13() -> None:
    spec = design.half_band_low_pass(0, "low-latency")
    assert spec.pass_edge * 88_200 == pytest.approx(16_000)
    assert len(design.design_half_band_iir(spec)) == 6


def test_kaiser_window_agrees_with_scipy() -> None:
    n = 201
    ours = design.kaiser_window(np.linspace(-1, 1, n), 100.0)
    np.testing.assert_allclose(ours, scipy.signal.windows.kaiser(n, design.kaiser_beta(100.0)), rtol=0, atol=1e-14)
    assert design.kaiser_beta(100.0) == pytest.approx(scipy.signal.kaiser_beta(100.0))


def test_nome_agrees_with_complete_elliptic_integrals() -> None:
    for k in (0.05, 0.4, 0.9):
        q = math.exp(-math.pi * scipy.special.ellipk(1 - k * k) / scipy.special.ellipk(k * k))
        assert design.elliptic_nome(k) == pytest.approx(q, rel=1e-13)


def test_half_band_poles_agree_with_a_general_elliptic_design() -> None:
    # A depth at which the pass-band ripple of the general design is still well conditioned.
    spec = LowPass(0.2, 0.3, 50.0)
    ours = design.design_half_band_iir(spec)
    order = 2 * len(ours) + 1
    k1 = 4 * design.elliptic_nome(math.tan(math.pi * 0.2) ** 2) ** (order / 2)
    depth_db, ripple_db = 10 * math.log10(1 + 1 / k1), 10 * math.log10(1 + k1)
    denominator = np.asarray(scipy.signal.ellip(order, ripple_db, depth_db, 0.4)[1])  # pyright: ignore[reportOptionalSubscript]
    poles = np.roots(denominator)
    np.testing.assert_allclose(poles.real, 0, atol=1e-5)
    upper = np.sort(np.abs(poles[poles.imag > 1e-3]) ** 2)
    np.testing.assert_allclose(ours, upper, rtol=1e-4)


def test_fractional_allpass_has_the_delay_asked_for() -> None:
    for delay in (0.5, 0.94, 1.49):
        a = design.design_fractional_allpass(delay, 0.1)
        assert design.allpass_group_delay(a, 0.1) == pytest.approx(delay, rel=1e-12)
