"""Devices and presets as their files tell of them: ``device.toml`` and ``preset.toml``.

schema = 2

[device]
name = "Green Overdrive"
description = "Diode clipper with drive and tone"   # optional, as are licence, author, link and tags
licence = "CC0-1.0"

[capture]
path = "green-overdrive.afx"     # relative to this file, with / between folders; in this folder or one beside it
sha256 = "…64 hex digits…"

[[knob]]                         # optional: the device's own knob in the place of one of the capture's
name = "Drive"
control = 1                      # the capture's first, or its name
low = 0.0
high = 10.0
taper = "audio"                  # or curve = [[0.0, 0.0], [7.0, 0.3], [10.0, 1.0]], to the control's own positions

[[preset]]                       # the first is the one that the device's name alone means
name = "Crunch"
knobs = { Drive = 6.5 }          # all that follows is optional
input_gain_db = 0.0
output_gain_db = -3.0
calibration_gain_db = -1.5       # how much of output_gain_db brings it to the loudness that all presets have
mix = 1.0
method = "auto"
oversampling = 1
filters = "linear"

# Presets may also stand apart in a preset.toml: schema = 2, device = "Green Overdrive", and [[preset]] tables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from afxplugin.presets.knob_map import KnobMap
from afxplugin.presets.names import name_key
from afxplugin.presets.preset import Preset
from afxplugin.presets.schema import LATEST, MAX_GAIN_DB
from afxplugin.presets.toml_file import MAX_BYTES, read_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SCHEMA = LATEST
DEVICE_NAME, PRESET_NAME = "device.toml", "preset.toml"
__all__ = ["MAX_BYTES", "MAX_GAIN_DB", "SCHEMA", "Device", "PresetFile", "build_device", "read_device"]


@dataclass(frozen=True)
class Device:
    """A piece of gear with its presets; path is that of its device.toml.

    capture_path: where the file says that it is. capture_licence, _author, _link: what the file says of the capture,
    beside what the capture says of itself.
    """

    name: str
    description: str
    licence: str
    path: Path
    presets: tuple[Preset, ...]
    capture_path: Path
    capture_sha256: str
    capture_rate_hz: int | None = None
    capture_licence: str = ""
    capture_author: str = ""
    capture_link: str = ""
    knob_maps: tuple[KnobMap, ...] = ()
    author: str = ""
    link: str = ""
    tags: tuple[str, ...] = ()

    def with_presets(self, entries: Iterable[Mapping[str, Any]], file: Path) -> Device:
        """This device with the presets of another file; where two have a name, the first stays."""
        known = {name_key(preset.name) for preset in self.presets}
        more = [self._preset(entry, file) for entry in entries if name_key(entry["name"]) not in known]
        return replace(self, presets=(*self.presets, *more))

    def _preset(self, entry: Mapping[str, Any], file: Path) -> Preset:
        told: dict[str, Any] = {**entry, "tags": tuple(entry.get("tags", ()))}
        return Preset(
            device=self.name,
            capture_path=self.capture_path,
            capture_sha256=self.capture_sha256,
            capture_rate_hz=self.capture_rate_hz,
            capture_link=self.capture_link,
            knob_maps=self.knob_maps,
            file=file,
            **told,
        )


@dataclass(frozen=True)
class PresetFile:
    """A preset.toml: presets of the device of this name, as its tables tell of them."""

    device: str
    entries: tuple[Mapping[str, Any], ...]
    path: Path


def read_device(path: Path) -> Device:
    """Read a device.toml; the capture is not opened. Raises PresetError naming the line, the key and the file."""
    return build_device(read_document(path, "device"), path)


def build_device(content: Mapping[str, Any], path: Path) -> Device:
    """The device of a file's checked content."""
    about, capture = content["device"], content["capture"]
    device = Device(
        name=about["name"],
        description=about["description"],
        licence=about["licence"],
        author=about.get("author", ""),
        link=about.get("link", ""),
        tags=tuple(about.get("tags", ())),
        path=path,
        presets=(),
        capture_path=path.parent / capture["path"],
        capture_sha256=capture["sha256"].lower(),
        capture_rate_hz=capture.get("rate_hz"),
        capture_licence=capture.get("licence", ""),
        capture_author=capture.get("author", ""),
        capture_link=capture.get("link", ""),
        knob_maps=tuple(build_knob(knob) for knob in content.get("knob", ())),
    )
    return device.with_presets(content["preset"], path)


def build_knob(knob: Mapping[str, Any]) -> KnobMap:
    """The knob of a checked table."""
    told: dict[str, Any] = dict(knob)
    if told["curve"] is not None:
        told["curve"] = tuple((float(x), float(y)) for x, y in told["curve"])
    return KnobMap(**told)


def build_presets(content: Mapping[str, Any], path: Path) -> PresetFile:
    """The presets of a preset.toml's checked content."""
    return PresetFile(content["device"], tuple(content["preset"]), path)
