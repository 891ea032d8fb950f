"""Removing devices and presets by name from the user's own folder: all of them or, where one is unknown, none."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from afxplugin.errors import PresetError
from afxplugin.presets.names import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from afxplugin.presets.device_file import Device
    from afxplugin.presets.folder import PresetFolder
    from afxplugin.presets.preset import Preset
    from afxplugin.presets.store import Found, PresetStore


def remove_named(
    store: PresetStore, names: Sequence[str], folder: PresetFolder
) -> tuple[list[Path], list[Preset]] | None:
    """Remove devices, with their presets and captures, and presets, in one change.

    A capture that a device which stays has too stays with it. Returns the files and, apart from these, the presets that
    have been removed; None where this very removal had been interrupted and was just completed.
    Raises PresetError, with nothing changed, for a name that is unknown or not of this folder.
    """
    keys = sorted({name_key(name) for name in names})
    purpose = "remove " + hashlib.sha256("\n".join(keys).encode("utf-8", "replace")).hexdigest()
    with folder.locked() as completed:
        try:
            found = store.look()
            devices, presets = _resolved(store, found, names)
        except PresetError:
            if completed == purpose:
                return None
            raise
        files = folder.remove_all(
            [(device.path, _capture_of(device, devices, found)) for device in devices], presets, purpose=purpose
        )
    return files, [preset for preset in presets if preset.file not in files]


def _resolved(store: PresetStore, found: Found, names: Sequence[str]) -> tuple[list[Device], list[Preset]]:
    """What the names are of, each once."""
    devices: dict[Path, Device] = {}
    presets: dict[tuple[Path, str], Preset] = {}
    for name in names:
        device = next((each for each in found.devices if name_key(each.name) == name_key(name)), None)
        if device is not None:
            devices[device.path] = device
            continue
        preset = next((each for each in found.presets if name_key(each.label) == name_key(name)), None)
        preset = preset or store.find(name)  # says which come close
        presets[preset.file, preset.name] = preset
    return list(devices.values()), list(presets.values())


def _capture_of(device: Device, removed: Sequence[Device], found: Found) -> Path | None:
    """The capture that goes with a device; None where a device that stays has the same file."""
    kept = [each for each in found.devices if all(each.path != gone.path for gone in removed)]
    paths = {os.path.realpath(each.capture_path) for each in kept}
    return None if os.path.realpath(device.capture_path) in paths else device.capture_path
