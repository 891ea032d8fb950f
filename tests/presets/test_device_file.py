"""device.toml: what it means, and how a mistake in it is named."""

from __future__ import annotations

import textwrap

import pytest

from afxplugin.errors import PresetError
from afxplugin.presets import Preset, device_file, read_device


def test_a_device(device, tmp_path):
    file = device(tmp_path / "green", path="sub/green.afx")
    green = read_device(file)
    assert (green.name, green.description, green.licence, green.path) == ("Green Overdrive", "", "CC0-1.0", file)
    clean, crunch = green.presets
    path = tmp_path / "green" / "sub" / "green.afx"
    assert clean == Preset("Clean", "Green Overdrive", path, clean.capture_sha256)
    assert (clean.knobs, clean.mix, clean.method, clean.oversampling, clean.filters) == ({}, 1.0, "auto", 1, "linear")
    assert crunch == Preset(
        "Crunch",
        "Green Overdrive",
        path,
        clean.capture_sha256,
        knobs={"Drive": 6.5},
        input_gain_db=-3.0,
        output_gain_db=1.5,
        mix=0.75,
        method="cidl",
        oversampling=4,
        filters="low-latency",
    )
    assert crunch.label == "Green Overdrive/Crunch"


def test_the_documented_example_is_one(tmp_path):
    file = tmp_path / "device.toml"
    example = textwrap.dedent(device_file.__doc__.partition("\n")[2]).replace("…64 hex digits…", "ab" * 32)
    file.write_text(example, encoding="utf-8")
    (preset,) = read_device(file).presets
    assert (preset.label, preset.knobs) == ("Green Overdrive/Crunch", {"Drive": 6.5})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("schema = 1", "schema = 3", "line 1: schema: given 3; schemas 1 and 2 are read"),
        ("schema = 1", "", "schema: given nothing"),
        ("schema = 1", "schema = ", "not readable as TOML: Invalid value (at line 1"),
        ("schema = 1", "schema = " + "[" * 100_000, "not readable as TOML"),
        ("schema = 1", "a" + ".a" * 400_000 + " = 1", "not readable as TOML"),
        ("[device]", "[gear]", "device: given nothing"),
        ('name = "Green Overdrive"\n', "", "line 3: device.name: given nothing"),
        ('"Green Overdrive"', '"a/b"', "line 4: device.name: given 'a/b'; a name is needed: printable, not empty"),
        ('"Green Overdrive"', '" "', "line 4: device.name: given ' '; a name is needed"),
        ('licence = "CC0-1.0"', 'license = "CC0"', "line 5: device.license: given 'CC0'; Extra inputs"),
        ('"green.afx"', '"/etc/green.afx"', "line 8: capture.path: given '/etc/green.afx'; a path relative to this"),
        ('"green.afx"', '"a\\\\green.afx"', "line 8: capture.path:"),
        ('"green.afx"', "7", "line 8: capture.path: given 7; Input should be a valid string"),
        ("sha256 = ", 'sha256 = "12" # ', "line 9: capture.sha256: given '12'; String should match pattern"),
        (
            'name = "Clean"',
            'name = "crunch"',
            "line 15: preset.1.name: 'Crunch' given twice, distinct names are needed",
        ),
        ("{ Drive = 6.5 }", "{ Drive = nan }", "line 16: preset.1.knobs.Drive: given nan; Input should be a finite"),
        ("{ Drive = 6.5 }", "{ Drive = true }", "line 16: preset.1.knobs.Drive: given True; Input should be a valid"),
        ("{ Drive = 6.5 }", "6.5", "line 16: preset.1.knobs: given 6.5; Input should be a valid dictionary"),
        ("input_gain_db = -3", "input_gain_db = 1e9", "line 17: preset.1.input_gain_db: given 1000000000.0; Input"),
        ("mix = 0.75", "mix = 2", "line 19: preset.1.mix: given 2; Input should be less than or equal to 1"),
        ("mix = 0.75", 'mix = "wet"', "line 19: preset.1.mix: given 'wet'; Input should be a valid number"),
        ('"cidl"', '"magic"', "line 20: preset.1.method: given 'magic'; Input should be 'auto', 'resample',"),
        (
            "oversampling = 4",
            "oversampling = 3",
            "line 21: preset.1.oversampling: given 3; Input should be 1, 2, 4 or 8",
        ),
        (
            '"low-latency"',
            '"best"',
            "line 22: preset.1.filters: given 'best'; Input should be 'linear' or 'low-latency'",
        ),
    ],
)
def test_mistakes_are_named_with_file_key_and_line(device, tmp_path, old, new, message):
    file = device(tmp_path)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PresetError) as caught:
        read_device(file)
    assert caught.value.reason.startswith(message)
    assert str(caught.value) == f"{caught.value.reason}: {file}"


def test_unreadable_files(tmp_path):
    with pytest.raises(PresetError, match=r"^cannot be read: No such file or directory: .*device\.toml$"):
        read_device(tmp_path / "device.toml")
    with pytest.raises(PresetError, match="cannot be read: is a folder, not a file"):
        read_device(tmp_path)
    (tmp_path / "device.toml").write_bytes(b"schema = 1 # \xff")
    with pytest.raises(PresetError, match="not UTF-8 text"):
        read_device(tmp_path / "device.toml")
    (tmp_path / "device.toml").write_bytes(b"#" * (device_file.MAX_BYTES + 1))
    with pytest.raises(PresetError, match="larger than 1 MB, the most that a device file may have"):
        read_device(tmp_path / "device.toml")
