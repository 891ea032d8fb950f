"""pedalboard plays AFX and AFX Live as VST3, latency compensated; its state, blocks, rates and lifetimes."""

from __future__ import annotations

import contextlib
import gc
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from afxplugin.captures import Capture
from afxplugin.plugin.document import PluginSettings
from tests.hosts.conftest import BUNDLES, MONO, RATES, SETTINGS, difference_db, direct, noise, write_preset

pedalboard = pytest.importorskip("pedalboard", reason="pedalboard is not installed")


def load(bundles: Path, name: str = "AFX") -> Any:
    return pedalboard.load_plugin(str(bundles / f"{name}.vst3"))


@pytest.fixture
def playing(bundles: Path, overdrive: Capture, tmp_path: Path) -> Any:
    """AFX with the preset loaded, whose file is gone."""
    plugin = load(bundles)
    preset = write_preset(overdrive, tmp_path)
    plugin.load_preset(str(preset))
    preset.unlink()
    return plugin


@pytest.mark.parametrize(("live", "name"), BUNDLES)
@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("settings", [SETTINGS, MONO], ids=["stereo", "mono"])
def test_same_sound_as_the_chain(
    bundles: Path, overdrive: Capture, tmp_path: Path, rate_hz: int, name: str, settings: PluginSettings, live: bool
) -> None:
    plugin = load(bundles, name)
    plugin.load_preset(str(write_preset(overdrive, tmp_path, settings, live=live)))
    x = noise()
    y = plugin(x, rate_hz, buffer_size=512)
    assert y.shape == x.shape
    assert difference_db(y, direct(overdrive, x, rate_hz, settings, live=live)) < -120.0


@pytest.mark.parametrize("block", [1, 17, 64, 8192])
def test_any_block_size(playing: Any, overdrive: Capture, block: int) -> None:
    x = noise(6_500)
    assert difference_db(playing(x, 48_000, buffer_size=block), direct(overdrive, x, 48_000)) < -120.0


def test_the_rate_changes_in_place(playing: Any, overdrive: Capture) -> None:
    x = noise()
    for rate_hz in (*RATES, 44_100):
        assert difference_db(playing(x, rate_hz), direct(overdrive, x, rate_hz)) < -120.0, rate_hz


def test_a_second_instance_plays_the_state_of_the_first(playing: Any, bundles: Path, overdrive: Capture) -> None:
    playing.input_gain_db = 6.0
    x = noise()
    y = playing(x, 48_000)  # the value goes to the plugin with its first block
    second = load(bundles)
    second.raw_state = playing.raw_state
    assert second.input_gain_db == pytest.approx(6.0, abs=0.01)
    assert np.array_equal(second(x, 48_000), y)
    assert difference_db(y, direct(overdrive, x, 48_000, replace(SETTINGS, input_gain_db=6.0))) < -120.0


def test_what_a_preset_brought_is_shown_and_can_be_changed(playing: Any, overdrive: Capture) -> None:
    # Where the host still shows the mix from before the preset, 100 %, setting it to 100 % does nothing.
    shown = (playing.mix, playing.input_gain_db, playing.output_gain_db, playing.knob_1, playing.knob_2)
    assert shown == pytest.approx((0.8, -3.1, 4.7, 0.41, 0.21), abs=1e-3)
    playing.mix = 1.0
    x = noise()
    assert difference_db(playing(x, 48_000), direct(overdrive, x, 48_000, replace(SETTINGS, mix=1.0))) < -120.0


def broken(state: bytes, generator: random.Random) -> bytes:
    """Cut off, other bytes, or bytes changed: mostly within the document's base64."""
    kind = generator.randrange(3)
    if kind == 0:
        return state[: generator.randrange(len(state))]
    if kind == 1:
        return generator.randbytes(generator.randrange(1, 4000))
    changed = bytearray(state)
    for _ in range(generator.randrange(1, 5)):
        changed[generator.randrange(len(changed))] = generator.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("face", ["raw_state", "preset_data"])
def test_broken_states_keep_the_sound(playing: Any, overdrive: Capture, face: str) -> None:
    generator = random.Random(0)
    good, x = getattr(playing, face), noise(8_000)
    wanted = direct(overdrive, x, 48_000)
    changed = 0
    for _ in range(40):
        with contextlib.suppress(RuntimeError, ValueError):  # it says so itself where the host's own wrapping is broken
            setattr(playing, face, broken(good, generator))
        y = playing(x, 48_000)
        assert np.isfinite(y).all()
        if difference_db(y, wanted) >= -120.0:  # a changed byte may leave a sound state with another number in it
            changed += 1
            setattr(playing, face, good)
    assert changed <= 2
    assert difference_db(playing(x, 48_000), wanted) < -120.0


def test_loading_and_unloading_leaves_nothing_behind(bundles: Path, overdrive: Capture, tmp_path: Path) -> None:
    preset, x = str(write_preset(overdrive, tmp_path)), noise(256)
    others = {each.id for each in psutil.Process().threads()}  # of other tests, and may end meanwhile

    def cycles(count: int) -> tuple[int, int]:
        for _ in range(count):
            plugin = load(bundles)
            plugin.load_preset(preset)
            plugin(x, 48_000)
        del plugin
        gc.collect()
        ours = {each.id for each in psutil.Process().threads()} - others
        return psutil.Process().memory_info().rss, len(ours)

    settled, threads = cycles(60)  # until then the allocator's pools grow
    grown, threads_now = cycles(45)
    assert threads_now == threads  # every engine has a thread of its own
    assert grown - settled < 45 * 30_000  # an engine with this capture holds 300 kB


def test_parameters_that_are_set_are_heard(playing: Any, overdrive: Capture) -> None:
    playing.method, playing.knob_1, playing.mix = "cidl", 0.25, 0.5
    x = noise()
    playing(x, 48_000)  # the values go to the plugin with its first block; another method comes in by a fade
    wanted = PluginSettings(
        method="cidl", knobs={"Drive": 2.5, "Tone": 2.1}, input_gain_db=-3.1, output_gain_db=4.7, mix=0.5
    )
    assert difference_db(playing(x, 48_000), direct(overdrive, x, 48_000, wanted)) < -120.0
