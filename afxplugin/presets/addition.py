"""Adding a preset: what is asked for, held against the capture and against what is there, then written.

In two steps, so that whoever can play captures may calibrate the loudness between them: ``draft_preset`` reads and
checks and writes nothing, ``add_draft`` writes.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from afxplugin.captures import AnyCapture, knob_positions, read_capture
from afxplugin.captures.document import plain_text, read_bytes
from afxplugin.errors import PresetError
from afxplugin.presets.folder import PresetFolder, Table, knob_table, preset_table
from afxplugin.presets.knob_map import KnobMap, with_knob_maps
from afxplugin.presets.schema import Capture2, Device2, checked_name
from afxplugin.presets.store import CAPTURE_SUFFIXES, PresetStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from afxplugin.presets.device_file import Device
    from afxplugin.presets.preset import Preset

DEFAULT_PRESET = "Default"
_ALLOWED_NAME = re.compile(r"[\\/:\0]")


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
    there = {device.name.casefold(): device for device in store.look().devices}.get(name.casefold())
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


def _with_device(addition: Addition, name: str, capture: AnyCapture) -> Draft:
    assert addition.capture is not None
    knobs = numbered_knobs(addition.knobs, capture)
    moved = with_knob_maps(capture, knobs)
    entry = _entry(addition, moved)
    about = {"name": name, **{key: value for key, value in addition.about.items() if value}}
    source: dict[str, Any] = {"path": _file_name(addition.capture), "sha256": capture.sha256}
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
    if addition.knobs or addition.about or addition.capture_rate_hz is not None:
        raise PresetError(
            f"device {device.name!r}: is there already, with its knobs, rate and licence; allowed: a preset of it, "
            "or another --device"
        )
    if addition.preset.strip().casefold() in {preset.name.casefold() for preset in device.presets}:
        raise PresetError(
            f"preset {device.name}/{addition.preset.strip()}: is there already; choose another --preset, or remove it"
        )
    bare = device.with_presets([{"name": "\0"}], device.path).presets[-1]
    capture = store.located(replace(bare, name=addition.preset)).read_capture()
    return Draft(device.name, _entry(addition, capture), capture)


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
    with folder.locked():
        there = {device.name.casefold(): device for device in store.look().devices}.get(draft.device.casefold())
        if there is None:
            if draft.new_device is None or draft.new_capture is None or draft.source is None:
                raise PresetError(f"device {draft.device!r}: is not there any more")
            data = read_bytes(draft.source)
            folder.write_device(draft.new_device, draft.new_capture, draft.new_knobs, data)
        elif there.capture_sha256 != draft.capture.sha256:
            raise PresetError(f"device {draft.device!r}: has been added meanwhile with another capture")
        elif draft.entry["name"].casefold() in {preset.name.casefold() for preset in there.presets}:
            raise PresetError(f"preset {there.name}/{draft.entry['name']}: is there already")
        folder.write_presets(draft.device, [draft.entry])
        for preset in store.device(draft.device).presets:
            if preset.name == draft.entry["name"]:
                return preset
    raise PresetError(f"{folder.folder}: is not on the search path, so that what was added is not found")


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


def _file_name(capture: Path) -> str:
    """The capture's own file name, by which some formats name their knob, in characters that any system takes."""
    suffix = capture.suffix if capture.suffix.lower() in CAPTURE_SUFFIXES else ".json"
    stem = _ALLOWED_NAME.sub("-", plain_text(capture.stem)).strip(". ") or "capture"
    while len((stem + suffix).encode()) > 200:
        stem = stem[:-1]
    return stem + suffix
