"""DawDreamer plays AFX and AFX Live as VST3: the bits of the plain chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from afxplugin.captures import Capture
from afxplugin.plugin.document import PluginSettings, preset_settings, with_knobs
from afxplugin.presets import PresetStore
from tests.conftest import ROOT
from tests.hosts.conftest import BUNDLES, MONO, RATES, SETTINGS, Block, direct, noise, write_preset

daw = pytest.importorskip("dawdreamer", reason="DawDreamer is not installed")
TAIL = 2_000  # frames, more than any latency


class Session:
    """Noise through one plugin; parameters by their names."""

    def __init__(self, bundle: Path, rate_hz: int, x: Block) -> None:
        self.rate_hz, self.frames = rate_hz, x.shape[1]
        self.engine = daw.RenderEngine(rate_hz, 512)
        self.plugin: Any = self.engine.make_plugin_processor("afx", str(bundle))
        self.engine.load_graph([(self.engine.make_playback_processor("in", x), []), (self.plugin, ["in"])])
        self.index = {p["name"]: p["index"] for p in self.plugin.get_parameters_description()}

    def render(self) -> Block:
        """(2, frames), the latency that the plugin reports taken off."""
        self.engine.render((self.frames + TAIL + 0.5) / self.rate_hz)  # half a frame: the product is cut, not rounded
        late = self.plugin.get_latency_samples()
        return np.array(self.engine.get_audio())[:, late : late + self.frames]

    def set(self, name: str, value: float) -> None:
        self.plugin.set_parameter(self.index[name], value)


@pytest.mark.parametrize(("live", "name"), BUNDLES)
@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("settings", [SETTINGS, MONO], ids=["stereo", "mono"])
def test_same_bits_as_the_chain(
    bundles: Path, overdrive: Capture, tmp_path: Path, rate_hz: int, name: str, settings: PluginSettings, live: bool
) -> None:
    x = noise()
    session = Session(bundles / f"{name}.vst3", rate_hz, x)
    session.plugin.load_vst3_preset(str(write_preset(overdrive, tmp_path, settings, live=live)))
    assert np.array_equal(session.render(), direct(overdrive, x, rate_hz, settings, live=live))
    assert (session.plugin.get_latency_samples() == 0) == live


@pytest.mark.parametrize("label", ["Amber Blend/Edge", "Amber Blend/Glow", "Green Overdrive/Lead"])
def test_factory_presets_play_as_they_are_rendered(bundles: Path, tmp_path: Path, label: str) -> None:
    """Conditioned by knobs or blended of snapshots: at its own setting, and after its first knob was turned."""
    preset = PresetStore([ROOT / "presets"]).find(label)
    capture, settings = preset.read_capture(), preset_settings(preset)
    x = noise()
    session = Session(bundles / "AFX.vst3", 48_000, x)
    session.plugin.load_vst3_preset(str(write_preset(capture, tmp_path, settings)))
    assert np.array_equal(session.render(), direct(capture, x, 48_000, settings))
    turned = with_knobs(settings, {"Drive": 7.5})
    session = Session(bundles / "AFX.vst3", 48_000, x)
    session.plugin.load_vst3_preset(str(write_preset(capture, tmp_path, settings)))
    session.set("Knob 1", 0.75)  # it moves there in 20 ms, after which the network forgets where it came from
    settled = slice(6_000, None)
    heard, wanted = (each[:, settled] for each in (session.render(), direct(capture, x, 48_000, turned)))
    assert np.abs(heard - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_parameters_play_what_they_say(bundles: Path, overdrive: Capture, tmp_path: Path) -> None:
    x = noise()
    session = Session(bundles / "AFX.vst3", 48_000, x)
    session.plugin.load_vst3_preset(str(write_preset(overdrive, tmp_path, PluginSettings())))
    session.set("Input gain", 0.75)  # of -60 to 60 dB
    session.set("Mix", 0.5)
    session.set("Method", 4 / 11)  # of twelve
    session.set("Oversampling", 1 / 3)  # of four
    session.set("Knob 1", 0.25)
    wanted = PluginSettings(method="lidl", oversample=2, knobs={"Drive": 2.5}, input_gain_db=30.0, mix=0.5)
    session.render()  # the values go to the plugin with its first block; another method comes in by a fade
    assert np.array_equal(session.render(), direct(overdrive, x, 48_000, wanted))


def test_bypass_passes_the_sound_as_late(bundles: Path, overdrive: Capture, tmp_path: Path) -> None:
    x = noise()
    session = Session(bundles / "AFX.vst3", 48_000, x)
    session.plugin.load_vst3_preset(str(write_preset(overdrive, tmp_path)))
    session.set("Bypass", 1.0)
    assert np.array_equal(session.render(), x)


def test_state_outlives_the_preset_file(bundles: Path, overdrive: Capture, tmp_path: Path) -> None:
    x, saved = noise(), tmp_path / "saved"
    first = Session(bundles / "AFX.vst3", 48_000, x)
    preset = write_preset(overdrive, tmp_path)
    first.plugin.load_vst3_preset(str(preset))
    first.render()
    first.plugin.save_state(str(saved))
    preset.unlink()
    second = Session(bundles / "AFX.vst3", 44_100, x)
    try:
        second.plugin.load_state(str(saved))
    except RuntimeError as error:  # it wants to see an editor afterwards, which none of our plugins has
        assert "ditor" in str(error) or "UI" in str(error), error  # noqa: PT017
    assert np.array_equal(second.render(), direct(overdrive, x, 44_100))
