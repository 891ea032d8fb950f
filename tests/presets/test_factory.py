"""The factory devices as their users meet them: up to date, equally loud, and their knobs turned without a click."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.captures import AnyCapture
from afxplugin.chain import Player
from afxplugin.measure.stems import guitar_di
from afxplugin.presets import Preset, PresetStore
from afxplugin.render.calibration import TARGET_LUFS, preset_loudness
from tests.conftest import ROOT

FOLDER = ROOT / "presets"
SWEEP_S = 10.0
BLOCK_FRAMES = 64  # how often the knob moves: as a plugin's automation does
SETTLED_S = 0.2


def presets() -> list[Preset]:
    return list(PresetStore([FOLDER]).list())


def devices() -> list[str]:
    return sorted({preset.device for preset in presets()})


def test_there_are_three_presets_of_each_device() -> None:
    assert sorted(preset.device for preset in presets()) == [
        device for device in ("Amber Blend", "Amber Overdrive", "Green Overdrive") for _ in range(3)
    ]


def test_files_are_up_to_date() -> None:
    """Hashes, calibrations and presets/README.md are what the captures and device files make them."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "build" / "factory_presets.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_a_person_wrote_stays_when_files_are_brought_up_to_date(tmp_path: Path) -> None:
    home = tmp_path / "green-overdrive"
    shutil.copytree(FOLDER / "green-overdrive", home)
    file = home / "device.toml"
    good = file.read_text(encoding="utf-8").replace("[[preset]]", "# mine\n[[preset]] # too", 1)
    stale = re.sub(r'sha256 = ".*"', f'sha256 = "{"0" * 64}"', good).replace("\ncalibration_gain_db = -8.0", "", 1)
    stale = stale.replace("output_gain_db = -8.0", "output_gain_db = 0.0", 1)
    assert stale != good
    file.write_text(stale, encoding="utf-8")
    script = runpy.run_path(str(ROOT / "build" / "factory_presets.py"))
    assert script["refreshed"](file) == good


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.label)
def test_presets_are_as_loud_as_each_other(preset: Preset) -> None:
    assert preset_loudness(preset) == pytest.approx(TARGET_LUFS, abs=0.05)


def swept(capture: AnyCapture, x: NDArray[np.float32], rate_hz: int, knob: str, every: int) -> NDArray[np.float64]:
    """The stem with a knob turned from 0 to 10 along it, told a new position every so many frames."""
    player = Player(capture, rate_hz=rate_hz, knobs={knob: 0.0}, channels=1)
    parts = []
    for start in range(0, x.shape[1], every):
        player.set_knob(knob, 10.0 * start / x.shape[1])
        parts.append(player.process(x[:, start : start + every]))
    return np.concatenate(parts, axis=1)[0].astype(np.float64)


def above_10_khz(y: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(y)
    spectrum[np.fft.rfftfreq(y.size, 1.0 / rate_hz) < 10_000.0] = 0.0
    return np.fft.irfft(spectrum, y.size)


def knobs() -> list[tuple[str, str]]:
    found = []
    for device in devices():
        capture = next(each for each in presets() if each.device == device).read_capture()
        found += [(device, control.name) for control in capture.controls]
    return found


@pytest.mark.parametrize(("device", "knob"), knobs())
def test_a_knob_turned_over_ten_seconds_makes_no_click(device: str, knob: str) -> None:
    """Positions that come every 64 frames, and are smoothed, against a position for every frame.

    What differs above 10 kHz, in any 10 ms, is at most 6 dB over what a static render has there.
    """
    capture, rate_hz = next(each for each in presets() if each.device == device).read_capture(), 48_000
    x = guitar_di(rate_hz, SWEEP_S).x.astype(np.float32)
    stepped, smooth = (swept(capture, x, rate_hz, knob, every) for every in (BLOCK_FRAMES, 1))
    assert np.isfinite(stepped).all()
    static = Player(capture, rate_hz=rate_hz, knobs={knob: 10.0}, channels=1).process(x)[0].astype(np.float64)
    settled = int(SETTLED_S * rate_hz)
    window = rate_hz // 100

    def loudest(y: NDArray[np.float64]) -> float:
        high = above_10_khz(y, rate_hz)[settled:]
        blocks = high[: high.size // window * window].reshape(-1, window)
        return float(np.sqrt(np.mean(blocks**2, axis=1)).max())

    assert 20.0 * np.log10(loudest(stepped - smooth) / loudest(static)) <= 6.0
    # Nor is what is left a click: nothing in the sweep stands out that the frame-by-frame one does not have.
    assert loudest(stepped) <= 2.0 * loudest(smooth)
