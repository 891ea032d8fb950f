"""Adding a preset: what is asked for, held against the capture and against what is there, then written.

In two steps, so that whoever can play captures may calibrate the loudness between them: ``draft_preset`` reads and
checks and writes nothing, ``add_draft`` writes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from afxplugin.captures import AnyCapture, knob_positions, read_capture
from afxplugin.captures.document import read_bytes
from afxplugin.errors import PresetError
from afxplugin.presets.folder import DeviceTables, PresetFolder, Table, knob_table, preset_table
from afxplugin.presets.knob_map import KnobMap, with_knob_maps
from afxplugin.presets.names import checked_name, name_key, portable_name
from afxplugin.presets.schema import Capture2, Device2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from afxplugin.presets.device_file import Device
    from afxplugin.presets.preset import Preset
    from afxplugin.presets.store import PresetStore

DEFAULT_PRESET = "Default"


@dataclass(frozen=True)
class Addition:
    """A preset to add. capture None: to a device that is there already.

    knobs: the device's own, over the capture's controls; one without a control is that of the same name, else the next
    one left. settings: what a ``[[preset]]`` table may say beside its name. about: what a ``[device]`` table may.
    """

    device: str
    preset: str = DEFAULT_PRESET
    capture: Path | None = None
    capture_rate_hz: int | None = None
    knobs: tuple[KnobMap, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    about: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Draft:
    """A preset that can be added: its table, its capture with the device's knobs, the device where that is new."""

    device: str
    entry: Table
    capture: AnyCapture
    new_device: Table | None = None
    new_capture: Table | None = None
    new_knobs: tuple[Table, ...] = ()
    source: Path | None = None

    def calibrated(self, gain_db: float) -> Draft:
        """This draft with a calibration as part of its output gain."""
        entry = {**self.entry, "calibration_gain_db": gain_db}
        entry["output_gain_db"] = self.entry.get("output_gain_db", 0.0) + gain_db
        return replace(self, entry=preset_table(entry))


def draft_preset(store: PresetStore, addition: Addition) -> Draft:
    """Hold what is asked for against the capture and against the devices there are; nothing is written.

    Raises PresetError, CaptureError, KnobError for what cannot be added.
    """
    name = _name(addition.device, "a device")
    there = _device_there(store, name)
    if addition.capture is None:
        if there is None:
            store.device(name)  # says which come close
            raise AssertionError
        return _to_device(store, addition, there)
    if there is None:
        return _with_device(addition, name, read_capture(addition.capture, rate_hz=addition.capture_rate_hz))
    if there.capture_sha256 != hashlib.sha256(read_bytes(addition.capture)).hexdigest():
        raise PresetError(
            f"device {there.name!r}: is there with another capture ({there.capture_path.name}); choose another --device"
        )
    return _to_device(store, addition, there)


def _device_there(store: PresetStore, name: str) -> Device | None:
    return next((each for each in store.look().devices if name_key(each.name) == name_key(name)), None)


def _with_device(addition: Addition, name: str, capture: AnyCapture) -> Draft:
    assert addition.capture is not None
    knobs = numbered_knobs(addition.knobs, capture)
    moved = with_knob_maps(capture, knobs)
    entry = _entry(addition, moved)
    about = {"name": name, **{key: value for key, value in addition.about.items() if value}}
    source: dict[str, Any] = {"path": portable_name(addition.capture.name), "sha256": capture.sha256}
    if addition.capture_rate_hz is not None:
        source["rate_hz"] = addition.capture_rate_hz
    for key in ("licence", "author", "link"):
        if told := getattr(capture.origin, key):
            source[key] = told
    try:
        Device2.model_validate(about)
        Capture2.model_validate(source)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise PresetError(
            f"device {name!r}: {first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
        ) from error
    tables = tuple(knob_table(knob) for knob in knobs)
    return Draft(name, entry, moved, about, source, tables, addition.capture)


def _to_device(store: PresetStore, addition: Addition, device: Device) -> Draft:
    if name_key(addition.preset) in {name_key(preset.name) for preset in device.presets}:
        raise PresetError(
            f"preset {device.name}/{addition.preset.strip()}: is there already; choose another --preset, or remove it"
        )
    bare = device.with_presets([{"name": "\0"}], device.path).presets[-1]
    located = store.located(replace(bare, name=addition.preset))
    if not _says_the_same(addition, device, located):
        raise PresetError(
            f"device {device.name!r}: is there already, with its knobs, rate and licence; allowed: a preset of it, "
            "or another --device"
        )
    capture = located.read_capture()
    return Draft(device.name, _entry(addition, capture), capture)


def _says_the_same(addition: Addition, device: Device, preset: Preset) -> bool:
    """Whether what is asked for of a new device is what the one that is there has, as when a command is repeated."""
    about = {key: value for key, value in addition.about.items() if value}
    if any(value != getattr(device, key) for key, value in about.items()):
        return False
    if addition.capture_rate_hz not in (None, device.capture_rate_hz):
        return False
    if not addition.knobs:
        return True
    return numbered_knobs(addition.knobs, replace(preset, knob_maps=()).read_capture()) == device.knob_maps


def _entry(addition: Addition, capture: AnyCapture) -> Table:
    settings = dict(addition.settings)
    knob_positions(capture, settings.get("knobs", {}))
    names = {control.name.casefold(): control.name for control in capture.controls}
    settings["knobs"] = {names[name.casefold()]: float(value) for name, value in settings.get("knobs", {}).items()}
    try:
        return preset_table({**settings, "name": _name(addition.preset, "a preset")})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise PresetError(f"preset {addition.preset!r}: {first['loc'][0]}: {first['msg']}") from error


def add_draft(store: PresetStore, draft: Draft, folder: PresetFolder) -> Preset:
    """Write a preset, with its device where that is new. What another program added meanwhile is respected.

    Raises PresetError where it cannot be written or is there by now.
    """
    entry, name = draft.entry, draft.device
    with folder.changing() as change:
        there = _device_there(store, name)
        if there is None:
            if draft.new_device is None or draft.new_capture is None or draft.source is None:
                raise PresetError(f"device {name!r}: is not there any more")
            data = read_bytes(draft.source)
            if hashlib.sha256(data).hexdigest() != draft.capture.sha256:
                raise PresetError(f"device {name!r}: its capture has changed meanwhile", path=draft.source)
            tables = DeviceTables(draft.new_device, draft.new_capture, draft.new_knobs)
            folder.put_device(change, folder.home(name), tables, [entry], data)
        elif there.capture_sha256 != draft.capture.sha256:
            raise PresetError(f"device {name!r}: has been added meanwhile with another capture")
        elif name_key(entry["name"]) in {name_key(preset.name) for preset in there.presets}:
            raise PresetError(f"preset {there.name}/{entry['name']}: is there already")
        else:
            folder.put_presets(change, folder.home(name), name, [entry])
    for preset in store.device(name).presets:
        if preset.name == entry["name"]:
            return preset
    raise PresetError("is not on the search path, so that what was added is not found", path=folder.folder)


def numbered_knobs(knobs: Sequence[KnobMap], capture: AnyCapture) -> tuple[KnobMap, ...]:
    """Knobs with the numbers of the controls that they move, which hold whatever the capture's file is called.

    Raises PresetError for more knobs than the capture has controls.
    """
    names = [control.name.casefold() for control in capture.controls]
    chosen: list[int | str | None] = []
    for knob in knobs:
        wanted = knob.name if knob.control is None else knob.control
        known = isinstance(wanted, str) and wanted.casefold() in names
        chosen.append(names.index(str(wanted).casefold()) + 1 if known else knob.control)
    left = [k for k in range(1, len(names) + 1) if k not in chosen]
    numbered: list[KnobMap] = []
    for knob, control in zip(knobs, chosen, strict=True):
        if control is None and not left:
            has = ", ".join(each.name for each in capture.controls) or "none"
            raise PresetError(f"knob {knob.name}: {capture.name} has no control left for it; it has {has}")
        numbered.append(replace(knob, control=left.pop(0) if control is None else control))
    return tuple(numbered)


def _name(name: str, what: str) -> str:
    try:
        if len(name) > 100:
            raise ValueError("at most 100 characters are allowed")
        return checked_name(name)
    except ValueError as error:
        raise PresetError(f"{what} called {name[:60]!r}: {error}") from error
