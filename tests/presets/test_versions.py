"""Files of every version of the schema are read, to the same content, for ever; the schemas are published."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from afxplugin.presets import PresetStore, read_device
from afxplugin.presets.index import Index
from afxplugin.presets.knob_map import KnobMap
from afxplugin.presets.preset import Preset
from afxplugin.presets.schema import MODELS, json_schema
from afxplugin.presets.toml_file import read_document

FILES = Path(__file__).parent / "files"
SHA256 = "c5207ff01f8ce947ba9fd47dda9ec712a5cce5644769416a606ecf31c00c6aad"


def test_version_1():
    device = read_device(FILES / "device-1.toml")
    assert (device.name, device.description, device.licence) == ("Green Overdrive", "Diode clipper", "CC0-1.0")
    path = FILES / "sub" / "overdrive.afx"
    assert (device.capture_path, device.capture_sha256, device.knob_maps) == (path, SHA256, ())
    assert device.presets == (
        Preset(
            "Crunch", "Green Overdrive", path, SHA256, {"Drive": 5.5, "Tone": 6.0}, -3.0, 1.5, 0.75, "lagrange5", 4,
            "low-latency",
        ),
        Preset("Lead", "Green Overdrive", path, SHA256),
    )  # fmt: skip


def test_version_2(tmp_path):
    (tmp_path / "green").mkdir()
    shutil.copy(FILES / "device-2.toml", tmp_path / "green" / "device.toml")
    shutil.copy(FILES / "preset-2.toml", tmp_path / "green" / "preset.toml")
    ((device,), problems) = PresetStore([tmp_path], index=Index(tmp_path / "i.sqlite")).devices()
    assert problems == []
    assert (device.name, device.author, device.link) == ("Grüner Verzerrer", "A. Author", "https://example.org/green")
    assert device.tags == ("overdrive", "simulated")
    assert device.capture_path == tmp_path / "green" / "TS_DriveKnob.json"
    told = (device.capture_rate_hz, device.capture_licence, device.capture_author, device.capture_link)
    assert told == (44100, "CC-BY-4.0", "C. Capturer", "https://example.org/capture")
    curve = ((-10.0, 0.0), (0.0, 0.25), (10.0, 1.0))
    assert device.knob_maps == (
        KnobMap("Drive", 1, "dB", -10.0, 10.0, 2.5, "linear", curve),
        KnobMap("Tone", "Treble", "", 0.0, 10.0, None, "audio", None),
    )
    assert [preset.name for preset in device.presets] == ["Crunch", "Lead", "Clean"]
    crunch, lead, clean = device.presets
    assert (crunch.description, crunch.tags, crunch.knobs) == ("Half way", ("rhythm",), {"Drive": -2.5})
    assert (crunch.output_gain_db, crunch.calibration_gain_db) == (-4.5, -3.0)
    assert (lead.knobs, clean.mix, clean.file.name) == ({"Drive": 9.0}, 0.5, "preset.toml")
    assert (lead.knob_maps, lead.capture_rate_hz) == (device.knob_maps, 44100)


def test_every_version_has_its_files():
    kept = {(kind, version) for kind, models in MODELS.items() for version in models}
    found = {tuple(file.stem.split("-")) for file in FILES.glob("*-*.toml")}
    assert found == {(kind, str(version)) for kind, version in kept}
    for kind, version in kept:
        assert read_document(FILES / f"{kind}-{version}.toml", kind)["preset"]


@pytest.mark.parametrize(("kind", "version"), [(k, v) for k, models in MODELS.items() for v in models])
def test_published_schemas(kind, version):
    schema = json_schema(kind, version)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$id"] == f"urn:afxplugin:{kind}.toml:{version}"
    assert schema["properties"]["schema"]["const"] == version
    assert schema["additionalProperties"] is False
    keys = set(re.findall(r"^(?:\[+)?(\w+)", (FILES / f"{kind}-{version}.toml").read_text(), re.MULTILINE)) - {"As"}
    known = set(schema["properties"]) | {k for each in schema["$defs"].values() for k in each["properties"]}
    assert keys <= known
