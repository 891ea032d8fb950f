"""The committed capture against its device: the acceptance figures of the factory capture, on audio it never heard.

A shorter pass than ``python -m afxplugin.train.evaluate``: the settings that were hardest, less of bass and riffs.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from afxplugin.captures import Capture, read_capture
from afxplugin.chain import plan_rates
from afxplugin.presets import read_device
from afxplugin.train.evaluate import FACTORY_CAPTURE, Figures, evaluate, make_test_audio, play

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 44_100
WORST_ESR = 0.01
WORST_ESR_NONLINEAR = 0.05
LEAST_STATIC_RATIO = 5.0


@pytest.fixture(scope="module")
def capture() -> Capture:
    return read_capture(FACTORY_CAPTURE)


def check(figures: list[Figures]) -> None:
    for f in figures:
        assert f.esr <= WORST_ESR, f
        assert f.esr_nonlinear <= WORST_ESR_NONLINEAR, f
        assert f.static_ratio >= LEAST_STATIC_RATIO, f


@pytest.fixture(scope="module")
def song() -> dict[str, NDArray[np.float64]]:
    return make_test_audio(RATE_HZ)


def test_it_is_close_to_the_device_on_a_plucked_guitar(capture: Capture, song: dict[str, NDArray[np.float64]]) -> None:
    check(evaluate(capture, {"guitar": song["guitar strings"]}, drives=(0.0, 10.0), tones=(0.0, 10.0)))


def test_it_is_close_to_the_device_on_a_plucked_bass(capture: Capture, song: dict[str, NDArray[np.float64]]) -> None:
    bars = song["bass strings"][: int(4.8 * RATE_HZ)]
    check(evaluate(capture, {"bass": bars}, drives=(2.5, 5.0), tones=(0.0, 10.0)))


def test_it_is_close_to_the_device_on_recorded_riffs(capture: Capture, reference: Path) -> None:
    files = sorted((reference / "audio").glob("input_riff*.wav"))
    assert files
    riffs = make_test_audio(RATE_HZ, files)
    excerpts = {path.stem: riffs[path.stem][: 2 * RATE_HZ] for path in files}
    check(evaluate(capture, excerpts, drives=(0.0, 5.0, 10.0), tones=(0.0, 10.0)))


def test_drive_goes_from_clean_to_thirty_decibels(capture: Capture) -> None:
    """Gain of a quiet 1 kHz sine, which even the highest drive leaves below the diodes."""
    x = 0.001 * np.sin(2 * np.pi * 1000.0 * np.arange(RATE_HZ // 2) / RATE_HZ)
    clean, full = (play(capture, x, drive=drive, tone=10.0)[RATE_HZ // 10 :] for drive in (0.0, 10.0))
    gain_db = 20.0 * np.log10(np.std(full) / np.std(clean))
    assert gain_db >= 30.0


def test_silence_rests_near_zero(capture: Capture) -> None:
    for drive in (0.0, 5.0, 10.0):
        assert np.max(np.abs(play(capture, np.zeros(4410), drive=drive, tone=5.0))) < 0.01


def test_the_loop_is_stable_at_every_session_rate(capture: Capture) -> None:
    assert capture.loop_eigenvalues is not None
    for session_hz in (44_100, 48_000, 88_200, 96_000, 192_000):
        assert plan_rates(capture, session_hz).stable


def test_the_device_file_names_it() -> None:
    device = read_device(FACTORY_CAPTURE.parent / "device.toml")
    assert device.name == "Green Overdrive"
    assert {preset.name for preset in device.presets} == {"Clean Push", "Crunch", "Lead"}
    for preset in device.presets:
        assert preset.capture_path == FACTORY_CAPTURE
        assert preset.capture_sha256 == hashlib.sha256(FACTORY_CAPTURE.read_bytes()).hexdigest()
        assert set(preset.knobs) == {"Drive", "Tone"}


def test_the_file_says_what_it_is(capture: Capture) -> None:
    assert capture.rate_hz == RATE_HZ
    assert not capture.rate_assumed
    assert [(c.name, c.low, c.high) for c in capture.controls] == [("Drive", 0.0, 10.0), ("Tone", 0.0, 10.0)]
    assert capture.origin.licence == "CC0-1.0"
    assert {"stages", "esr", "esr_nonlinear", "static_ratio"} <= set(capture.training)
