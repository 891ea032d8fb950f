"""The evaluation's own parts: its test audio, and figures of a capture whose error is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.audio import AudioWriter
from afxplugin.captures import Architecture, Capture, Control
from afxplugin.chain import with_eigenvalues
from afxplugin.devices import OverdriveDevice
from afxplugin.errors import RateError
from afxplugin.train.evaluate import PEAK, Subject, describe, evaluate, make_test_audio

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 44_100


@pytest.fixture
def wire() -> Capture:
    """A capture with the overdrive's knobs that passes its input on unchanged."""
    weights = {
        "rec.weight_ih_l0": np.zeros((32, 3), np.float32),
        "rec.weight_hh_l0": np.zeros((32, 8), np.float32),
        "rec.bias_l0": np.zeros(32, np.float32),
        "head.weight": np.zeros((1, 8), np.float32),
        "head.bias": np.zeros(1, np.float32),
    }
    curve = ((0.0, 0.0), (10.0, 1.0))
    controls = tuple(Control(name, high=10.0, default=5.0, breakpoints=curve) for name in ("Drive", "Tone"))
    shape = Architecture("lstm", 8, 1, 3)
    return with_eigenvalues(Capture("wire", shape, weights, RATE_HZ, controls=controls, skip=1.0))


def write_riff(path: Path, x: NDArray[np.float64], rate_hz: int) -> None:
    with AudioWriter(path, rate_hz=rate_hz, channels=1) as writer:
        writer.write(x[None])


def test_figures_of_a_wire_are_those_of_its_input(wire: Capture) -> None:
    x = make_test_audio(RATE_HZ, seconds=1.0)["guitar strings"]
    (figures,) = evaluate(wire, {"guitar": x}, Subject("wire.afx", tones=(5.0,)), drives=(5.0,))
    target = OverdriveDevice(5.0, 5.0).process(x[None], RATE_HZ)[0]
    assert figures.esr == pytest.approx(np.sum((target - x) ** 2) / np.sum(target**2), rel=1e-5)
    assert figures.esr_static < figures.esr
    assert figures.esr_nonlinear > figures.esr
    assert not figures.between
    between = replace(figures, drive=6.25, esr=0.5)
    told = describe([figures, between])
    assert f"worst ESR at settings trained at {100 * figures.esr:.3f} %" in told
    assert "worst ESR at settings between 50.000 %" in told


def test_audio_peaks_at_minus_six_decibels(tmp_path: Path) -> None:
    riff = tmp_path / "riff.wav"
    write_riff(riff, np.linspace(-0.1, 0.2, 4410), RATE_HZ)
    signals = make_test_audio(RATE_HZ, [riff], seconds=1.0)
    assert set(signals) == {"guitar strings", "bass strings", "riff"}
    for x in signals.values():
        assert np.max(np.abs(x)) == pytest.approx(PEAK)


def test_a_riff_at_another_rate_is_refused(tmp_path: Path) -> None:
    riff = tmp_path / "riff.wav"
    write_riff(riff, np.full(480, 0.1), 48_000)
    with pytest.raises(RateError, match="given 48000 Hz; needed 44100 Hz"):
        make_test_audio(RATE_HZ, [riff], seconds=1.0)
