"""Putting a checked pack into the user's folder: all of it, or, where something is in its way, nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.errors import PresetError
from afxplugin.presets.folder import Table, knob_table, preset_entry, preset_table
from afxplugin.presets.unpack import PackedDevice, read_pack

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.presets.device_file import Device
    from afxplugin.presets.folder import PresetFolder
    from afxplugin.presets.store import PresetStore


@dataclass(frozen=True)
class Imported:
    """What came of a device of a pack: presets added, presets there already, and where its capture is.

    capture: None where it is neither in the pack nor on the search path; it belongs into ``home`` then.
    """

    device: str
    added: int
    there: int
    capture: Path | None
    sha256: str
    licence: str
    link: str
    home: Path


def import_pack(store: PresetStore, path: Path, folder: PresetFolder) -> list[Imported]:
    """Check a pack and add its devices and presets; what is there already and the same is passed over.

    Raises PresetError, with nothing written, for a pack that is not sound, a device that is there with another capture
    or other knobs, or a preset that is there with other settings.
    """
    packed = read_pack(path)
    with folder.locked():
        there = {device.name.casefold(): device for device in store.look().devices}
        plans = [(each, *_planned(each, there.get(each.device.name.casefold()), path)) for each in packed]
        homes = {each.device.name: folder.home(each.device.name) for each in packed}
        return [_install(store, folder, each, new, same, homes[each.device.name]) for each, new, same in plans]


def _planned(packed: PackedDevice, there: Device | None, path: Path) -> tuple[list[Table], int]:
    """Presets to add, and how many are there already."""
    device = packed.device
    entries = [preset_table(entry) for entry in packed.content["preset"]]
    if there is None:
        return entries, 0
    if there.capture_sha256 != device.capture_sha256 or there.knob_maps != device.knob_maps:
        raise PresetError(
            f"{path}: device {device.name!r}: is there with another capture or other knobs; remove it first"
        )
    known = {preset.name.casefold(): preset_entry(preset) for preset in there.presets}
    for entry in entries:
        other = known.get(entry["name"].casefold())
        if other is not None and {**other, "name": entry["name"]} != entry:
            label = f"{device.name}/{entry['name']}"
            raise PresetError(f"{path}: preset {label!r}: is there with other settings; remove it first")
    new = [entry for entry in entries if entry["name"].casefold() not in known]
    return new, len(entries) - len(new)


def _install(
    store: PresetStore, folder: PresetFolder, packed: PackedDevice, new: list[Table], same: int, home: Path
) -> Imported:
    device = packed.device
    if device.name.casefold() not in {each.name.casefold() for each in store.look().devices}:
        about, capture = (
            {key: value for key, value in packed.content[table].items() if value not in ("", None, [])}
            for table in ("device", "capture")
        )
        knobs = [knob_table(knob) for knob in device.knob_maps]
        home = folder.write_device(about, capture, knobs, packed.capture)
    if new:
        folder.write_presets(device.name, new)
    found = store.find_capture(device.capture_sha256, near=home)
    told = (device.capture_sha256, device.capture_licence, device.capture_link)
    return Imported(device.name, len(new), same, found, *told, home)
