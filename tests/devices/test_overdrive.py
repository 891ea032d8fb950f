"""The overdrive against its stages' transfer functions, its refinement, and its contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.devices.first_order import FirstOrderSection
from afxplugin.devices.overdrive import OverdriveCircuit, OverdriveDevice
from afxplugin.errors import KnobError, RateError

CIRCUIT = OverdriveCircuit()
Array = NDArray[np.float64]


def small_signal_response(drive: float, tone: float, frequency_hz: Array, rate_hz: int) -> NDArray[np.complex128]:
    """Response of the device to an impulse of 1 µV, far below where the diodes conduct."""
    x = np.zeros((1, 8192))
    x[0, 1000] = 1e-6
    y = OverdriveDevice(drive, tone).process(x, rate_hz)[0] / 1e-6
    delays = np.arange(8192) - 1000
    return np.exp(-2j * np.pi * np.outer(frequency_hz, delays) / rate_hz) @ y


def circuit_response(drive: float, tone: float, frequency_hz: Array) -> NDArray[np.complex128]:
    """The same from the component values, in the analogue domain, volts at full scale included."""
    clipper = CIRCUIT.clipper
    s = 2j * np.pi * frequency_hz
    rf_ohm = CIRCUIT.r1_ohm * (CIRCUIT.drive_gain(drive) - 1.0)
    stage = 1.0 + s * CIRCUIT.c1_farad * rf_ohm / (1.0 + s * CIRCUIT.c1_farad * CIRCUIT.r1_ohm)
    leak = clipper.resistance_ohm * 2.0 * clipper.saturation_ampere / clipper.thermal_volt
    limited = 1.0 / (1.0 + leak + s * clipper.resistance_ohm * clipper.capacitance_farad)
    return CIRCUIT.volts_at_full_scale * stage * limited * CIRCUIT.tone_stage(tone).response(frequency_hz)


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
@pytest.mark.parametrize(("drive", "tone"), [(0.0, 0.0), (0.0, 10.0), (5.0, 5.0), (10.0, 0.0), (10.0, 10.0)])
def test_small_signals_see_the_circuit_without_latency(drive: float, tone: float, rate_hz: int) -> None:
    frequency_hz = np.array([50.0, 100.0, 340.0, 1000.0, 3000.0, 8000.0, 15_000.0])
    measured = small_signal_response(drive, tone, frequency_hz, rate_hz)
    expected = circuit_response(drive, tone, frequency_hz)
    assert (
        np.max(np.abs(measured / expected - 1.0)) < 5e-3
    )  # magnitude and phase; the trapezoidal rule's warp at 15 kHz


def test_drive_goes_from_unity_to_thirty_decibels() -> None:
    pitch_hz = np.array([1000.0])
    clean, full = (abs(small_signal_response(drive, 10.0, pitch_hz, 44_100)[0]) for drive in (0.0, 10.0))
    assert 20.0 * np.log10(full / clean) >= 30.0
    assert CIRCUIT.drive_gain(0.0) == 1.0
    assert clean / CIRCUIT.volts_at_full_scale == pytest.approx(1.0, abs=0.03)


def test_tone_moves_the_corner() -> None:
    def corner_hz(tone: float) -> float:
        return CIRCUIT.tone_stage(tone).a0 / CIRCUIT.tone_stage(tone).a1 / (2.0 * np.pi)

    assert corner_hz(0.0) == pytest.approx(700.0, rel=1e-3)
    assert corner_hz(10.0) == pytest.approx(6000.0, rel=1e-3)
    assert corner_hz(5.0) == pytest.approx(np.sqrt(700.0 * 6000.0), rel=1e-3)


def test_first_order_section_is_the_bilinear_transform_of_its_response() -> None:
    section = FirstOrderSection(3e-4, 1.0, 2e-5, 1.0)
    rate_hz = 48_000.0
    b, a = section.discretise(rate_hz)
    frequency_hz = np.linspace(10.0, 20_000.0, 50)
    z = np.exp(-2j * np.pi * frequency_hz / rate_hz)
    warped_hz = rate_hz / np.pi * np.tan(np.pi * frequency_hz / rate_hz)
    np.testing.assert_allclose((b[0] + b[1] * z) / (a[0] + a[1] * z), section.response(warped_hz), rtol=1e-12)


def test_internal_rate_is_fine_enough_at_the_highest_drive() -> None:
    time_s = np.arange(8820) / 44_100
    pitches_hz = np.array([[110.0], [277.2], [329.6], [1244.5]])
    x = np.sin(2 * np.pi * pitches_hz * time_s).sum(axis=0, keepdims=True) / 8.0
    chosen = OverdriveDevice(10.0, 10.0).process(x, 44_100)
    doubled = OverdriveDevice(10.0, 10.0, oversampling=32).process(x, 44_100)
    change = np.sum((chosen - doubled) ** 2) / np.sum(doubled**2)
    assert 10.0 * np.log10(change) < -60.0


def test_output_is_the_same_at_twice_the_rate() -> None:
    """Both runs share the internal rate; only the band that they let out differs, and below 15 kHz nothing does."""
    from scipy.signal import resample

    time_s = np.arange(8820) / 44_100
    x = 0.4 * np.sin(2 * np.pi * 220.0 * time_s)[None] * np.hanning(8820)
    low = OverdriveDevice(8.0, 6.0).process(x, 44_100)[0]
    high = OverdriveDevice(8.0, 6.0).process(np.asarray(resample(x, 17_640, axis=1)), 88_200)[0]
    bins = int(15_000 / 5.0)
    spectra = np.fft.rfft(low)[:bins], 0.5 * np.fft.rfft(high)[:bins]
    error = np.sum(np.abs(spectra[0] - spectra[1]) ** 2) / np.sum(np.abs(spectra[0]) ** 2)
    assert 10.0 * np.log10(error) < -90.0


def test_many_settings_at_once_equal_one_by_one() -> None:
    x = 0.3 * np.random.default_rng(5).standard_normal((3, 3000))
    drive, tone = np.array([0.0, 4.0, 10.0]), np.array([10.0, 2.0, 5.0])
    together = OverdriveDevice(drive, tone).process(x, 44_100)
    for k in range(3):
        alone = OverdriveDevice(drive[k], tone[k]).process(x[k : k + 1], 44_100)
        np.testing.assert_allclose(together[k : k + 1], alone, rtol=0, atol=1e-9)


def test_level_scales_and_five_is_unity() -> None:
    x = 0.3 * np.random.default_rng(6).standard_normal((1, 2000))
    loud, unity, silent = (OverdriveDevice(3.0, 3.0, level).process(x, 44_100) for level in (10.0, 5.0, 0.0))
    np.testing.assert_allclose(loud, 2.0 * unity)
    assert not silent.any()


def test_silence_stays_silence() -> None:
    assert not OverdriveDevice(10.0, 10.0).process(np.zeros((2, 500)), 48_000).any()


@pytest.mark.parametrize("knobs", [{"drive": 10.5}, {"tone": -0.1}, {"level": float("nan")}, {"drive": [[1.0]]}])
def test_a_knob_outside_its_range_is_refused(knobs: dict[str, Any]) -> None:
    with pytest.raises(KnobError, match="allowed: 0 to 10"):
        OverdriveDevice(**knobs)


@pytest.mark.parametrize("rate_hz", [0, 7_000_000])
def test_an_impossible_rate_is_refused(rate_hz: int) -> None:
    with pytest.raises(RateError, match="allowed: 8000 to 384000"):
        OverdriveDevice().process(np.zeros((1, 10)), rate_hz)
