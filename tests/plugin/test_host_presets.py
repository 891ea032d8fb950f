"""Presets for DAWs: what they hold, where they stand, and that the plugin takes their state."""

from __future__ import annotations

import ctypes
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures import Capture
from afxplugin.chain import Player
from afxplugin.engine.turtle import read_turtle
from afxplugin.errors import KnobError, MethodError, PluginError
from afxplugin.plugin.document import (
    PluginSettings,
    capture_document,
    parameter_values,
    preset_settings,
    with_knobs,
)
from afxplugin.plugin.host_presets import write_host_presets
from afxplugin.presets import PresetStore
from tests.plugin.conftest import Engine, document_of, noise

PSET = "http://lv2plug.in/ns/ext/presets#"
SETTINGS = PluginSettings(knobs={"Drive": 7.3}, input_gain_db=-3.1, mix=0.5, method="resample", filters="low-latency")


def vst3_state(path: Path) -> dict[str, str]:
    """Keys and values of a .vstpreset, read by DPF's own rules: pairs of strings between markers, ended by 0xFE."""
    data = path.read_bytes()
    begin, end = data.index(b"__dpf_state_begin__"), data.index(b"\xfe")
    strings = data[begin:end].decode().split("\0")[:-1]
    pairs = [text for text in strings if not text.startswith("__dpf")]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def test_every_plugin_and_format_gets_the_preset(
    overdrive: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    written = write_host_presets(overdrive, SETTINGS, label="Gitarre/Größer", source=tmp_path / "amps" / "it.afx")
    slug = "gitarre-gr-er-" + hashlib.sha256("Gitarre/Größer".encode()).hexdigest()[:6]
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        ".vst3/presets/afxplugin/AFX/Gitarre - Größer.vstpreset",
        f".lv2/AFX-{slug}.preset.lv2",
        ".vst3/presets/afxplugin/AFX Live/Gitarre - Größer.vstpreset",
        f".lv2/AFXLive-{slug}.preset.lv2",
    ]
    state = vst3_state(written[0])
    assert json.loads(state["capture"])["path"] == "../../../../amps/it.afx"
    assert (np.float32(state["input_gain"]), state["method"], state["filters"]) == (np.float32(-3.1), "1", "1")
    live = vst3_state(written[2])
    assert live["method"] == "0"  # AFX Live does not resample
    assert "oversampling" not in live


def test_the_lv2_preset_says_what_it_applies_to(overdrive: Capture, tmp_path: Path) -> None:
    bundle = write_host_presets(overdrive, SETTINGS, label='A "quoted" one', to=tmp_path)[1]
    manifest = read_turtle((bundle / "manifest.ttl").read_text(), "file:///b/")
    subject = "urn:afxplugin:afx:preset:a-quoted-one-" + hashlib.sha256(b'A "quoted" one').hexdigest()[:6]
    assert (subject, "http://lv2plug.in/ns/lv2core#appliesTo", "urn:afxplugin:afx") in manifest
    triples = read_turtle((bundle / "preset.ttl").read_text(), "file:///b/")
    assert (subject, "http://www.w3.org/2000/01/rdf-schema#label", 'A "quoted" one') in triples
    values = [value for _, predicate, value in triples if predicate == f"{PSET}value"]
    assert len(values) == len(parameter_values(overdrive, SETTINGS))
    state = next(value for _, predicate, value in triples if predicate == "urn:distrho:capture")
    assert json.loads(state)["name"] == overdrive.name


def test_the_plugin_takes_the_document(library: ctypes.CDLL, overdrive: Capture) -> None:
    settings = PluginSettings(knobs={"Tone": 1.7}, start="zero")
    engine = Engine(library)
    assert engine.load(capture_document(overdrive, settings)) == ""
    for symbol, value in parameter_values(overdrive, settings).items():
        engine[symbol] = value
    engine.activate()
    x, late = noise(1000), engine.latency_frames
    player = Player(overdrive, rate_hz=48_000, knobs={"Tone": 1.7}, start="zero")
    wanted = np.concatenate([player.process(x), player.flush()], axis=1)[:, player.latency_frames :]
    assert np.array_equal(engine.run(np.pad(x, ((0, 0), (0, late))))[:, late:], wanted)


def test_factory_presets_fit_the_plugin(library: ctypes.CDLL) -> None:
    for preset in PresetStore().list():
        capture = preset.read_capture()
        settings = with_knobs(preset_settings(preset), {capture.controls[0].name.lower(): 3.0})
        assert Engine(library).load(capture_document(capture, settings)) == ""
        assert parameter_values(capture, settings)["knob1"] == np.float32(0.3)


def test_what_the_plugin_does_not_have_is_refused(overdrive: Capture, tmp_path: Path) -> None:
    for settings, error, why in (
        (replace(SETTINGS, input_gain_db=61.0), MethodError, "AFX has -60 to 60 dB"),
        (replace(SETTINGS, mix=2.0), MethodError, "0 \\(dry\\) to 1 \\(wet\\)"),
        (replace(SETTINGS, oversample=3), MethodError, "1, 2, 4, 8"),
        (replace(SETTINGS, knobs={"Gain": 1.0}), KnobError, "it has Drive, Tone"),
    ):
        with pytest.raises(error, match=why):
            write_host_presets(overdrive, settings, label="x", to=tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "AFX").write_text("")
    with pytest.raises(PluginError, match="cannot be written"):
        write_host_presets(overdrive, SETTINGS, label="x", to=tmp_path)


def test_both_writers_of_the_document_agree(overdrive: Capture) -> None:
    ours = json.loads(capture_document(overdrive, PluginSettings(knobs={"Drive": 7.3}), path="amps/it.afx"))
    assert ours == json.loads(document_of(overdrive, knobs={"Drive": 7.3}))
