"""Putting a checked pack into the user's folder: all of it, or, where something is in its way, nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.errors import PresetError
from afxplugin.presets.folder import DeviceTables, Table, knob_table, preset_entry, preset_table
from afxplugin.presets.names import name_key
from afxplugin.presets.unpack import PackedDevice, read_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    Raises PresetError, with nothing changed, for a pack that is not sound, a device that is there with another capture
    or other knobs, a preset that is there with other settings, or a folder that cannot be written, as on a full disk.
    """
    packed = read_pack(path)
    _plans(store, packed, path)  # what cannot be added does not even make the folder
    homes: dict[Path, str] = {}
    with folder.changing() as change:
        plans = _plans(store, packed, path)
        for plan in plans:
            name = plan.packed.device.name
            plan.home = folder.home(name, homes)
            homes[plan.home] = name
            if plan.is_new:
                folder.put_device(change, plan.home, _tables(plan.packed), plan.entries, plan.packed.capture)
            elif plan.entries:
                folder.put_presets(change, plan.home, name, plan.entries)
    return [_imported(store, plan) for plan in plans]


@dataclass
class _Plan:
    """What is to be added of a device of a pack; ``same``: how many of its presets are there already."""

    packed: PackedDevice
    is_new: bool
    entries: list[Table]
    same: int
    home: Path = field(default_factory=Path)


def _plans(store: PresetStore, packed: Sequence[PackedDevice], path: Path) -> list[_Plan]:
    there = {name_key(device.name): device for device in store.look().devices}
    return [_plan(each, there.get(name_key(each.device.name)), path) for each in packed]


def _plan(packed: PackedDevice, there: Device | None, path: Path) -> _Plan:
    device = packed.device
    entries = [preset_table(entry) for entry in packed.content["preset"]]
    if there is None:
        return _Plan(packed, is_new=True, entries=entries, same=0)
    if there.capture_sha256 != device.capture_sha256 or there.knob_maps != device.knob_maps:
        raise PresetError(
            f"device {device.name!r}: is there with another capture or other knobs; remove it first", path=path
        )
    known = {name_key(preset.name): preset_entry(preset) for preset in there.presets}
    for entry in entries:
        other = known.get(name_key(entry["name"]))
        if other is not None and {**other, "name": entry["name"]} != entry:
            label = f"{device.name}/{entry['name']}"
            raise PresetError(f"preset {label!r}: is there with other settings; remove it first", path=path)
    new = [entry for entry in entries if name_key(entry["name"]) not in known]
    return _Plan(packed, is_new=False, entries=new, same=len(entries) - len(new))


def _tables(packed: PackedDevice) -> DeviceTables:
    about, capture = (
        {key: value for key, value in packed.content[table].items() if value not in ("", None, [])}
        for table in ("device", "capture")
    )
    return DeviceTables(about, capture, [knob_table(knob) for knob in packed.device.knob_maps])


def _imported(store: PresetStore, plan: _Plan) -> Imported:
    device = plan.packed.device
    found = store.find_capture(device.capture_sha256, near=plan.home)
    told = (device.capture_sha256, device.capture_licence, device.capture_link)
    return Imported(device.name, len(plan.entries), plan.same, found, *told, plan.home)
