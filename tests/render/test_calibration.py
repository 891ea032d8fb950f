"""Loudness calibration: presets come out equally loud on the reference, and renders may leave it out."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
import pytest

from afxplugin.captures import Calibration, Capture
from afxplugin.chain import Player, with_eigenvalues
from afxplugin.engine.process import check_installed
from afxplugin.errors import PluginError, RenderError
from afxplugin.presets import PresetStore
from afxplugin.presets.addition import Addition, add_draft, draft_preset
from afxplugin.presets.folder import PresetFolder
from afxplugin.render import render
from afxplugin.render.calibration import (
    TARGET_LUFS,
    calibrated,
    calibration_gain_db,
    check_preset,
    preset_loudness,
    reference_di,
    reference_loudness,
)
from tests.render import material

AMP = replace(
    with_eigenvalues(material.random_capture(knobs=("Drive", "Tone"))), calibration=Calibration(input_dbu=12.5)
)
WIRE = with_eigenvalues(material.identity_capture())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "afxplugin" / "presets"


def add(capture: Path, *, device: str = "Amp", preset: str = "Default", **settings: Any) -> Any:
    store = PresetStore()
    draft = calibrated(draft_preset(store, Addition(device, preset, capture, settings=settings)))
    return add_draft(store, draft, PresetFolder(store.paths[0]))


@pytest.mark.parametrize(("rate_hz", "lufs"), [(44_100, -22.93), (48_000, -22.90)])
def test_the_reference_is_the_same_for_ever(rate_hz: int, lufs: float) -> None:
    """Other notes or levels would calibrate presets made later otherwise than those made before."""
    x = reference_di(rate_hz)
    assert x.shape == (1, round(4.8 * rate_hz))
    assert float(np.abs(x).max()) == pytest.approx(10 ** (-6 / 20), abs=1e-6)
    assert pyloudnorm.Meter(rate_hz).integrated_loudness(x[0].astype(np.float64)) == pytest.approx(lufs, abs=0.15)
    assert reference_loudness(replace(WIRE, rate_hz=rate_hz)) == pytest.approx(lufs, abs=0.02)


def test_presets_come_out_equally_loud(tmp_path: Path) -> None:
    amp, wire = material.capture_file(tmp_path / "amp.afx", AMP), material.capture_file(tmp_path / "wire.afx", WIRE)
    presets = [
        add(amp, knobs={"Drive": 0.1}),
        add(amp, preset="Loud", knobs={"Drive": 1.0}, input_gain_db=12.0),
        add(amp, preset="Half", mix=0.5),
        add(wire, device="Wire"),
    ]
    for preset in presets:
        assert preset.output_gain_db == preset.calibration_gain_db != 0.0
        assert preset_loudness(preset) == pytest.approx(TARGET_LUFS, abs=0.01)
    louder = add(wire, device="Wire", preset="Louder", output_gain_db=3.0)
    assert louder.output_gain_db == pytest.approx(louder.calibration_gain_db + 3.0)
    assert preset_loudness(louder) == pytest.approx(TARGET_LUFS + 3.0, abs=0.01)


def test_what_is_heard_is_what_was_measured(tmp_path: Path) -> None:
    preset = add(material.capture_file(tmp_path / "amp.afx", AMP), input_gain_db=-3.0)
    player = Player(
        preset.read_capture(), rate_hz=48_000, input_gain_db=-3.0, output_gain_db=preset.output_gain_db, channels=1
    )
    y = player.process(reference_di(48_000))[0].astype(np.float64)
    assert pyloudnorm.Meter(48_000).integrated_loudness(y) == pytest.approx(TARGET_LUFS, abs=0.1)


def test_silence_and_what_is_not_finite() -> None:
    silent = replace(WIRE, skip=0.0)
    assert reference_loudness(silent) == -math.inf
    assert calibration_gain_db(silent) == 0.0
    assert calibration_gain_db(replace(WIRE, output_gain_db=-20.0)) == pytest.approx(24.9, abs=0.1)
    assert calibration_gain_db(replace(WIRE, output_gain_db=-60.0)) == 0.0  # below the gate of -70 LUFS
    wild = replace(WIRE, weights={**WIRE.weights, "head.bias": np.array([9e29], np.float32)}, output_gain_db=199.0)
    with pytest.raises(RenderError, match=r"the output stops being finite at frame 0, .*\(Wire\); nothing is added"):
        calibration_gain_db(wild)


def rendered(stem: Path, out: Path, **options: Any) -> tuple[Any, Any]:
    assert render(stem, out=out, overwrite=True, **options).complete
    (entry,) = json.loads((out / "manifest.json").read_text()).values()
    (out / "manifest.json").unlink()
    return material.read(next(out.glob("*.wav"))), entry


def test_renders_apply_it_leave_it_out_and_say_so(tmp_path: Path, home: Path) -> None:
    amp = material.capture_file(tmp_path / "amp.afx", AMP)
    gain_db = add(amp, preset="Loud", output_gain_db=2.0).calibration_gain_db
    stem = material.stem_file(tmp_path / "stems" / "x.wav")
    with_it, told = rendered(stem, tmp_path / "a", preset="Amp/Loud")
    without, left_out = rendered(stem, tmp_path / "b", preset="Amp/Loud", calibration=False, output_gain_db=1.0)
    plain, direct = rendered(stem, tmp_path / "c", capture=amp)
    assert told["options"]["calibration_gain_db"] == gain_db
    assert told["options"]["output_gain_db"] == pytest.approx(gain_db + 2.0)
    assert told["capture"]["input_dbu"] == 12.5
    assert left_out["options"]["output_gain_db"] == pytest.approx(3.0)
    assert "calibration_gain_db" not in left_out["options"] | direct["options"]
    assert direct["options"]["output_gain_db"] == 0.0
    np.testing.assert_allclose(with_it, plain * 10 ** ((gain_db + 2.0) / 20), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(without, plain * 10 ** (3.0 / 20), rtol=1e-5, atol=1e-7)
    assert home.is_dir()


@pytest.mark.parametrize("engine", ["direct", "graph"])
def test_the_interfaces_level_sets_the_input_gain(tmp_path: Path, engine: str) -> None:
    if engine == "graph":
        try:
            check_installed()
        except PluginError as error:
            pytest.skip(str(error))
    amp = material.capture_file(tmp_path / "amp.afx", AMP)
    stem = material.stem_file(tmp_path / "x.wav")
    calibrated_, told = rendered(stem, tmp_path / "a", capture=amp, input_dbu=8.0, input_gain_db=1.0, engine=engine)
    by_hand, plain = rendered(stem, tmp_path / "b", capture=amp, input_gain_db=-3.5, engine=engine)
    np.testing.assert_array_equal(calibrated_, by_hand)
    assert told["options"]["input_dbu"] == 8.0
    assert told["options"]["input_level_gain_db"] == -4.5
    assert told["options"]["input_gain_db"] == plain["options"]["input_gain_db"] == -3.5
    assert not {"input_dbu", "input_level_gain_db"} & set(plain["options"])


@pytest.mark.parametrize(
    ("capture", "input_dbu", "message"),
    [
        (
            WIRE,
            12.0,
            "input level is 12 dBu, but .* does not state which level it was captured with; allowed: an input",
        ),
        (AMP, 61.0, "input level is 61 dBu; allowed: -60 to 60 dBu"),
        (AMP, math.nan, "input level is nan dBu; allowed: -60 to 60 dBu"),
    ],
)
def test_levels_that_cannot_be_met_are_refused(
    tmp_path: Path, capture: Capture, input_dbu: float, message: str
) -> None:
    stem = material.stem_file(tmp_path / "x.wav")
    with pytest.raises(RenderError, match=message):
        render(stem, capture=capture, input_dbu=input_dbu, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_devices_knobs_are_part_of_the_job(tmp_path: Path, home: Path) -> None:
    add(material.capture_file(tmp_path / "amp.afx", AMP), knobs={"Drive": 0.5})
    stem = material.stem_file(tmp_path / "x.wav")
    file = home / "amp" / "device.toml"
    (home / "amp" / "preset.toml").write_text(
        (home / "amp" / "preset.toml").read_text().replace("Drive = 0.5", "Drive = 5.0")
    )
    keys = []
    for taper in ("linear", "audio", "audio"):
        text = file.read_text().partition("\n[[knob]]")[0]
        file.write_text(f'{text}\n[[knob]]\nname = "Drive"\ntaper = "{taper}"\n')
        batch = render(stem, preset="Amp", out=tmp_path / "out", overwrite=True)
        assert batch.complete
        keys.append((batch.results[0].key, batch.results[0].peak))
    assert keys[0] != keys[1] == keys[2]
    assert keys[0][1] != keys[1][1]


def test_presets_beside_the_stems(tmp_path: Path, home: Path) -> None:
    add(material.capture_file(tmp_path / "amp.afx", AMP), device="Session Amp")
    stem = material.stem_file(tmp_path / "song" / "x.wav")
    home.rename(stem.parent / "presets")
    assert render(stem, preset="Session Amp", out=tmp_path / "a").complete
    assert render(stem.parent, preset="Session Amp", out=tmp_path / "b").complete


def test_checks_of_presets(tmp_path: Path, home: Path) -> None:
    preset = add(material.capture_file(tmp_path / "amp.afx", AMP))
    store = PresetStore()
    assert check_preset(store, preset) == []
    assert check_preset(store, replace(preset, knobs={"Gain": 1.0}))[0].startswith("preset Amp/Default: knob 'Gain'")
    (home / "amp" / "amp.afx").rename(home / "amp" / "else.afx")
    assert check_preset(store, preset) == []
    (home / "amp" / "else.afx").write_bytes(b"")
    assert "cannot be read: No such file" in check_preset(store, preset)[0]
    assert isinstance(AMP, Capture)
