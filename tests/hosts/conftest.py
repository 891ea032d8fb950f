"""Real hosts in tests: what AFX and AFX Live must give in any of them, and the presets that set them up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from afxplugin.captures import Capture, read_capture
from afxplugin.chain import Player
from afxplugin.errors import PluginError
from afxplugin.plugin.bundles import bundle_path, bundles_folder
from afxplugin.plugin.document import PluginSettings
from afxplugin.plugin.host_presets import write_host_presets
from tests.conftest import ROOT

Block = NDArray[np.float32]
RATES = (44_100, 48_000, 96_000)
BUNDLES = ((False, "AFX"), (True, "AFXLive"))
FRAMES = 12_000
SETTINGS = PluginSettings(knobs={"Drive": 4.1, "Tone": 2.1}, input_gain_db=-3.1, output_gain_db=4.7, mix=0.8)
MONO = replace(SETTINGS, mono=True)
LABEL = "Test/Warm"


@pytest.fixture(scope="session")
def bundles() -> Path:
    """Folder of our bundles; skips where they were not built."""
    try:
        bundle_path("AFX.vst3")
    except PluginError as error:
        pytest.skip(str(error))
    return bundles_folder()


@pytest.fixture(scope="session")
def overdrive() -> Capture:
    """The factory capture: two knobs, 44.1 kHz."""
    return read_capture(ROOT / "presets" / "green-overdrive" / "overdrive.afx")


def write_preset(
    capture: Capture, folder: Path, settings: PluginSettings = SETTINGS, *, live: bool = False, lv2: bool = False
) -> Path:
    """A preset file of AFX, with ``live`` of AFX Live: ``.vstpreset``, with ``lv2`` the bundle."""
    written = write_host_presets(capture, settings, label=LABEL, to=folder)
    return written[2 * live + lv2]


def noise(frames: int = FRAMES, *, seed: int = 0) -> Block:
    """(2, frames) of noise, two channels of their own."""
    return (0.1 * np.random.default_rng(seed).standard_normal((2, frames))).astype(np.float32)


def direct(
    capture: Capture, x: Block, rate_hz: int, settings: PluginSettings = SETTINGS, *, live: bool = False
) -> Block:
    """The plain chain on (2, frames), its latency removed: what any host must give."""
    player = Player(
        capture,
        rate_hz=rate_hz,
        method=settings.method,
        oversample=settings.oversample,
        filters="low-latency" if live else settings.filters,
        knobs=dict(settings.knobs),
        input_gain_db=settings.input_gain_db,
        output_gain_db=settings.output_gain_db,
        mix=float(np.float32(settings.mix)),
    )
    y = np.concatenate([player.process(x), player.flush()], axis=1)[:, player.latency_frames :]
    return np.repeat(y[:1], 2, axis=0) if settings.mono else y


def difference_db(y: Block, wanted: Block) -> float:
    """Peak of the difference below the peak of what is wanted, over the frames of both; -inf for the same bits."""
    frames = min(y.shape[1], wanted.shape[1])
    assert frames > FRAMES // 2
    assert np.isfinite(y).all()
    error = np.abs(y[:, :frames] - wanted[:, :frames]).max()
    return float(20.0 * np.log10(error / np.abs(wanted).max())) if error > 0.0 else -np.inf
