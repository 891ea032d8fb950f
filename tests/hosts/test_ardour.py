"""Ardour 7 plays AFX as VST3 and LV2: the sound of the plain chain, aligned to the frame, also from a saved session."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures import Capture
from afxplugin.chain import plan_rates
from afxplugin.plugin.document import PluginSettings
from afxplugin.plugin.host_presets import write_host_presets
from tests.hosts.ardour import NAME, Ardour, add_audio, find_ardour
from tests.hosts.conftest import LABEL, RATES, SETTINGS, Block, difference_db, direct, noise

LV2_URI = "urn:afxplugin:afx"


@pytest.fixture(scope="module")
def ardour(bundles: Path, overdrive: Capture, tmp_path_factory: pytest.TempPathFactory) -> Ardour:
    """Ardour in a home with AFX and a preset, installed as a user has them and scanned once."""
    home = tmp_path_factory.mktemp("home")
    ardour = find_ardour(home)
    shutil.copytree(bundles / "AFX.vst3", home / ".vst3" / "AFX.vst3")
    shutil.copytree(bundles / "AFX.lv2", home / ".lv2" / "AFX.lv2")
    install_presets(home, overdrive)
    ardour.scan(home / ".vst3" / "AFX.vst3")
    return ardour


def install_presets(home: Path, capture: Capture) -> None:
    vst3, lv2, *_ = write_host_presets(capture, SETTINGS, label=LABEL, to=home / "written")
    target = home / ".vst3" / "presets" / "afxplugin" / "AFX" / vst3.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(vst3, target)
    shutil.copytree(lv2, home / ".lv2" / lv2.name, dirs_exist_ok=True)


def session(ardour: Ardour, folder: Path, x: Block, rate_hz: int, *, kind: str = "vst3", tracks: str = "wet") -> Path:
    """A session with the audio on its tracks, AFX with the preset on the first."""
    plugin, preset = ("AFX", LABEL.replace("/", " - ")) if kind == "vst3" else (LV2_URI, LABEL)
    ardour.lua("make_session.lua", folder, NAME, rate_hz, kind, plugin, preset, x.shape[0], tracks)
    add_audio(folder, x, rate_hz)
    return folder


def after_silence(capture: Capture, x: Block, y: Block, rate_hz: int, settings: PluginSettings = SETTINGS) -> Block:
    """The plain chain where silence has run before the stem, as it has in a host that counts in; x, y: (2, frames).

    The network is then at rest by itself, and a resampler between the rates meets the stem's first frame at any of its
    phases: the one that the beginning of y shows is taken.
    """
    plan = plan_rates(capture, rate_hz, method=settings.method)
    phases = rate_hz // math.gcd(rate_hz, capture.rate_hz) if plan.method == "resample" else 1

    def late(frames: int, silence: int) -> Block:
        return direct(capture, np.pad(x[:, :frames], ((0, 0), (silence, 0))), rate_hz, settings)[:, silence:]

    def difference(phase: int) -> float:
        return float(np.abs(late(600, phase) - y[:, :600])[:, :400].max())

    best = min(range(phases), key=difference) if phases > 1 else 0
    return late(x.shape[1], 4 * rate_hz // phases * phases + best)


@pytest.mark.parametrize("rate_hz", RATES)
def test_wet_and_dry_are_aligned(ardour: Ardour, overdrive: Capture, tmp_path: Path, rate_hz: int) -> None:
    x = noise()
    y = ardour.export(session(ardour, tmp_path / NAME, x, rate_hz, tracks="wet+dry"), tmp_path / "out.wav")
    wet = y[:, : x.shape[1]] - x
    assert difference_db(y, after_silence(overdrive, x, wet, rate_hz) + x) < -120.0


def test_a_saved_session_on_a_mono_track_needs_no_other_file(
    ardour: Ardour, overdrive: Capture, tmp_path: Path
) -> None:
    x, rate_hz = noise(), 48_000
    folder = session(ardour, tmp_path / NAME, x[:1], rate_hz)
    presets = ardour.home / ".vst3" / "presets"
    presets.rename(ardour.home / "moved")
    try:
        ardour.lua("resave_session.lua", folder, NAME, rate_hz)
        y = ardour.export(folder, tmp_path / "out.wav")
    finally:
        (ardour.home / "moved").rename(presets)
    assert difference_db(y, after_silence(overdrive, np.repeat(x[:1], 2, axis=0), y, rate_hz)) < -120.0


def test_as_lv2(ardour: Ardour, overdrive: Capture, tmp_path: Path) -> None:
    x = noise()
    y = ardour.export(session(ardour, tmp_path / NAME, x, 44_100, kind="lv2", tracks="wet+dry"), tmp_path / "out.wav")
    wet = y[:, : x.shape[1]] - x
    assert difference_db(y, after_silence(overdrive, x, wet, 44_100) + x) < -120.0
