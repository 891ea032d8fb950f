"""Finding presets by name, and the check that a capture is the one that its preset was made for."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from afxplugin.errors import PresetError
from afxplugin.presets import PresetStore, read_device
from afxplugin.presets import store as store_module


@pytest.fixture
def shelves(device, tmp_path):
    """Two folders of devices: a green and a brown one in the first, another green one, hidden by it, in the second."""
    device(tmp_path / "user" / "green")
    device(tmp_path / "user" / "brown", name="Brown Amp")
    device(tmp_path / "factory" / "green", name="green overdrive")
    return PresetStore([tmp_path / "user", tmp_path / "nowhere", tmp_path / "factory"])


def test_list(shelves):
    labels = [preset.label for preset in shelves.list()]
    assert labels == ["Brown Amp/Clean", "Brown Amp/Crunch", "Green Overdrive/Clean", "Green Overdrive/Crunch"]


@pytest.mark.parametrize("name", ["Green Overdrive/Crunch", "green overdrive/CRUNCH", "  Green Overdrive/Crunch "])
def test_find_by_label(shelves, name):
    assert shelves.find(name).label == "Green Overdrive/Crunch"


def test_a_devices_name_alone_means_its_first_preset(shelves):
    assert shelves.find("brown amp").label == "Brown Amp/Clean"


def test_find_by_a_presets_name_where_only_one_has_it(shelves, tmp_path):
    with pytest.raises(PresetError, match="preset 'crunch': fits Brown Amp/Crunch, Green Overdrive/Crunch; say which"):
        shelves.find("crunch")
    only = PresetStore([tmp_path / "factory"])
    assert only.find("crunch").label == "green overdrive/Crunch"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Green Overdrive/Crnch", "preset 'Green Overdrive/Crnch': unknown; did you mean Green Overdrive/Crunch"),
        ("Brwn Amp", "preset 'Brwn Amp': unknown; did you mean Brown Amp"),
        ("zzzz", "preset 'zzzz': unknown; there are Brown Amp/Clean, Brown Amp/Crunch, Green"),
    ],
)
def test_an_unknown_name_gets_those_that_come_close(shelves, name, message):
    with pytest.raises(PresetError) as caught:
        shelves.find(name)
    assert message in str(caught.value)


def test_an_empty_store(tmp_path):
    with pytest.raises(PresetError, match="preset 'a': unknown; there are none"):
        PresetStore([tmp_path]).find("a")


def test_a_broken_device_hides_no_other_and_is_named(shelves, tmp_path):
    (tmp_path / "user" / "green" / "device.toml").write_text("schema = 7")
    assert shelves.find("Brown Amp/Clean").name == "Clean"
    assert shelves.find("Green Overdrive/Clean").device == "green overdrive"  # the next folder's
    with pytest.raises(
        PresetError, match=r"unknown; .*\(1 device file\(s\) cannot be read; the first: .*schemas 1 and 2 are"
    ):
        shelves.find("zzzz")
    _, problems = shelves.devices()
    assert len(problems) == 1


def test_another_capture_than_the_presets_is_refused(shelves, tmp_path):
    preset = shelves.find("Brown Amp/Clean")
    assert preset.read_capture().name == "Brown Amp"
    other = tmp_path / "user" / "green" / "green.afx"
    preset.capture_path.write_bytes(other.read_bytes())
    message = "is not the capture that it was made for: given sha256"
    with pytest.raises(PresetError, match=message):
        shelves.find("Brown Amp/Clean")
    with pytest.raises(PresetError, match=message):
        preset.read_capture()
    preset.capture_path.unlink()
    with pytest.raises(PresetError, match=r"preset Brown Amp/Clean: .*cannot be read: No such file"):
        shelves.find("Brown Amp/Clean")
    with pytest.raises(PresetError, match=r"preset Brown Amp/Clean: .*cannot be read: No such file"):
        preset.read_capture()


def test_a_renamed_or_moved_capture_is_found_by_its_hash(shelves, tmp_path):
    green = tmp_path / "user" / "green" / "green.afx"
    brown = tmp_path / "user" / "brown" / "green.afx"
    green.rename(green.with_name("renamed.afx"))
    brown.rename(tmp_path / "factory" / "moved.json")
    assert shelves.find("Green Overdrive/Clean").read_capture().name == "Green Overdrive"
    found = shelves.find("Brown Amp/Crunch")
    assert (found.capture_path, found.read_capture().name) == (tmp_path / "factory" / "moved.json", "Brown Amp")
    (tmp_path / "factory" / "moved.json").write_bytes(b"{}")
    with pytest.raises(PresetError, match=r"preset Brown Amp/Crunch: .*cannot be read: No such file"):
        shelves.find("Brown Amp/Crunch")


def test_a_path_that_leads_away_is_not_searched(shelves, tmp_path):
    file = tmp_path / "user" / "brown" / "device.toml"
    file.write_text(file.read_text().replace('"green.afx"', '"../../elsewhere/deep/green.afx"'))
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "user" / "brown" / "green.afx").rename(tmp_path / "elsewhere" / "deep" / "x.afx")
    with pytest.raises(PresetError, match="cannot be read: No such file"):
        shelves.find("Brown Amp/Clean")
    (tmp_path / "elsewhere" / "deep" / "x.afx").rename(tmp_path / "elsewhere" / "deep" / "green.afx")
    assert shelves.find("Brown Amp/Clean")


def test_presets_apart_from_their_device(shelves, tmp_path):
    file = tmp_path / "user" / "mine" / "preset.toml"
    file.parent.mkdir()
    file.write_text(
        'schema = 2\ndevice = "brown amp"\n[[preset]]\nname = "Mine"\n[[preset]]\nname = "clean"\nmix = 0.5\n'
    )
    assert shelves.find("Brown Amp/Mine").capture_path == tmp_path / "user" / "brown" / "green.afx"
    assert shelves.find("Brown Amp/Clean").mix == 1.0  # the device's own comes first
    file.write_text('schema = 2\ndevice = "Purple"\n[[preset]]\nname = "Mine"\n')
    _, (problem,) = shelves.devices()
    assert str(problem) == f"{file}: device: there is no device 'Purple' on the search path"


def test_a_knob_that_the_capture_does_not_have(device, tmp_path):
    file = device(tmp_path / "green")
    file.write_text(file.read_text().replace("Drive = 6.5", "Gain = 6.5"))
    preset = PresetStore([tmp_path]).find("Crunch")
    with pytest.raises(PresetError, match=r"Green Overdrive/Crunch: knob 'Gain': .* does not have it; it has Drive"):
        preset.read_capture()


def test_presets_can_be_sent_to_a_worker(shelves):
    preset = shelves.find("Brown Amp/Crunch")
    assert pickle.loads(pickle.dumps(preset)) == preset


def test_the_search_path_is_user_then_factory_then_source_tree(monkeypatch, tmp_path):
    monkeypatch.setattr(store_module.platformdirs, "user_data_path", lambda *_, **__: tmp_path)
    root = Path(__file__).resolve().parents[2]
    assert PresetStore().paths == (tmp_path / "presets", root / "afxplugin" / "factory", root / "presets")


def test_every_preset_of_the_source_tree_is_sound():
    files = list((Path(__file__).resolve().parents[2] / "presets").glob("*/device.toml"))
    if not files:
        pytest.skip("this source tree holds no factory device")
    for file in files:
        for preset in read_device(file).presets:
            assert preset.read_capture().sha256 == preset.capture_sha256
