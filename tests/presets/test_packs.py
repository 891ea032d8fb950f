"""Packs: there and back, and what goes along by licence."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from afxplugin.errors import PresetError
from afxplugin.presets.folder import PresetFolder
from afxplugin.presets.install_pack import import_pack
from afxplugin.presets.licences import allows_sharing
from afxplugin.presets.pack import export_pack
from tests.presets.pack_material import files_in, licensed, store_at


@pytest.mark.usefixtures("pack")
def test_there_and_back(device, tmp_path):
    licensed(device, tmp_path / "from" / "brown", "All rights reserved", name="Brown Ämp")
    source, target = store_at(tmp_path, "from"), store_at(tmp_path, "to")
    names = ["Brown Ämp/Crunch", "green overdrive"]
    brown, green = export_pack(source, names, tmp_path / "two.afxpack")
    assert (brown.embedded, brown.presets, brown.licence) == (False, 1, "All rights reserved")
    assert (green.embedded, green.presets, green.licence) == (True, 2, "CC-BY-4.0")
    first = (tmp_path / "two.afxpack").read_bytes()
    export_pack(source, names, tmp_path / "two.afxpack", overwrite=True)
    assert (tmp_path / "two.afxpack").read_bytes() == first  # the same presets give the same bytes
    brown, green = import_pack(target, tmp_path / "two.afxpack", PresetFolder(tmp_path / "to"))
    assert (brown.added, brown.capture, brown.link) == (1, None, "https://x.org/y")
    assert (green.added, green.capture) == (2, tmp_path / "to" / "green-overdrive" / "green.afx")
    theirs = {preset.label: preset for preset in source.list()}
    for preset in target.list():
        other = replace(theirs[preset.label], capture_path=preset.capture_path)
        assert preset == other
    assert target.find("green overdrive/crunch").read_capture().name == "Green Overdrive"
    with pytest.raises(
        PresetError, match=r"Brown Ämp/Crunch: .*cannot be read: .*; it may be had at https://x.org/y: .*green.afx$"
    ):
        target.find("Brown Ämp/Crunch")
    (brown.home / "any name.afx").write_bytes((tmp_path / "from" / "brown" / "green.afx").read_bytes())
    assert target.find("Brown Ämp/Crunch").read_capture().name == "Brown Ämp"
    again = import_pack(target, tmp_path / "two.afxpack", PresetFolder(tmp_path / "to"))
    assert [(each.added, each.there) for each in again] == [(0, 1), (0, 2)]


def test_presets_of_a_device_that_is_there(tmp_path, pack):
    target = store_at(tmp_path, "to")
    import_pack(target, pack, PresetFolder(tmp_path / "to"))
    folder = PresetFolder(tmp_path / "to")
    with folder.locked():
        folder.remove_preset(target.find("Green Overdrive/Clean"))
    assert [preset.name for preset in target.list()] == ["Crunch"]
    (imported,) = import_pack(target, pack, folder)
    assert (imported.added, imported.there) == (1, 1)
    assert sorted(preset.name for preset in target.list()) == ["Clean", "Crunch"]


def test_what_is_in_the_way_is_refused_whole(device, tmp_path, pack):
    target, folder = store_at(tmp_path, "to"), PresetFolder(tmp_path / "to")
    device(tmp_path / "to" / "mine")  # another capture under the same name
    before = files_in(tmp_path / "to")
    with pytest.raises(PresetError, match="device 'Green Overdrive': is there with another capture"):
        import_pack(target, pack, folder)
    assert set(files_in(tmp_path / "to")) - {".presets.lock"} == set(before)


def test_other_settings_of_a_preset_are_refused(tmp_path, pack):
    target, folder = store_at(tmp_path, "to"), PresetFolder(tmp_path / "to")
    import_pack(target, pack, folder)
    file = tmp_path / "to" / "green-overdrive" / "preset.toml"
    file.write_text(file.read_text().replace("mix = 0.75", "mix = 0.5"))
    with pytest.raises(PresetError, match="preset 'Green Overdrive/Crunch': is there with other settings"):
        import_pack(target, pack, folder)


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("CC0-1.0", True), ("CC-BY-4.0", True), ("cc by-sa 4.0", True), ("CC-BY-NC-SA-4.0", True), ("MIT", True),
        ("Apache-2.0", True), ("BSD-3-Clause", True), ("GPL-3.0-or-later", True), ("GPLv3", True), ("0BSD", True),
        ("Public Domain", True), ("MIT License", True), ("CC-BY-3.0-DE", True),
        ("", False), ("All rights reserved", False), ("proprietary", False), ("t3k", False), ("MIT?", False),
        ("not CC0-1.0", False), ("Commercial", False), ("CC", False), ("personal use only", False), ("4.0", False),
    ],
)  # fmt: skip
def test_licences(licence, allowed):
    assert allows_sharing(licence) is allowed


def test_devices_whose_names_look_alike_get_folders_of_their_own(device, tmp_path):
    names = ["Green Amp", "green-amp", "Green, Amp!"]
    for k, name in enumerate(names[:2]):
        licensed(device, tmp_path / "from" / str(k), "MIT", name=name)
    export_pack(store_at(tmp_path, "from"), names[:2], tmp_path / "two.afxpack")
    target = store_at(tmp_path, "to")
    homes = [each.home for each in import_pack(target, tmp_path / "two.afxpack", PresetFolder(tmp_path / "to"))]
    assert len(set(homes)) == 2
    assert {device.name for device in target.look().devices} == set(names[:2])
    assert target.look().problems == ()


def test_a_capture_of_any_name_goes_there_and_back(device, tmp_path):
    """Files that this system takes and another does not are called something else in the pack."""
    names = ["aux.afx", "a?.nam", "green.data", "sub/x.afx", "../beside.json"]
    for k, path in enumerate(names):
        file = licensed(device, tmp_path / "from" / str(k), "MIT", name=f"Device {k}")
        target = file.parent / path
        target.parent.mkdir(exist_ok=True)
        (file.parent / "green.afx").rename(target)
        file.write_text(file.read_text().replace('"green.afx"', f'"{path}"'))
    export_pack(store_at(tmp_path, "from"), [f"Device {k}" for k in range(5)], tmp_path / "all.afxpack")
    target = store_at(tmp_path, "to")
    imported = import_pack(target, tmp_path / "all.afxpack", PresetFolder(tmp_path / "to"))
    found = [each.capture.name for each in imported if each.capture]
    assert found == ["aux-.afx", "a-.nam", "green.json", "x.afx", "beside.json"]
    for preset in target.list():
        assert target.located(preset).read_capture()


def test_a_file_that_is_no_capture_is_not_packed(device, tmp_path):
    """Whatever licence the device file claims for it, and though its sha256 is right."""
    file = device(tmp_path / "from" / "green")
    (file.parent / "green.afx").write_text('{"password": "secret"}')
    known = hashlib.sha256((file.parent / "green.afx").read_bytes()).hexdigest()
    text = file.read_text()
    start = text.index('sha256 = "')
    file.write_text(text[:start] + f'sha256 = "{known}"' + text[text.index("\n", start) :])
    with pytest.raises(PresetError, match=r"^device 'Green Overdrive': not a capture: .*green.afx$"):
        export_pack(store_at(tmp_path, "from"), ["Green Overdrive"], tmp_path / "out.afxpack")
    assert not (tmp_path / "out.afxpack").exists()
