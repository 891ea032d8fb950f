"""Reading packs of strangers: everything is checked in memory before anything is written.

A member's name never becomes a path here: devices go into folders named after them, captures by their bare file name.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from afxplugin.captures import AnyCapture, knob_positions
from afxplugin.captures.document import parse_json, shown
from afxplugin.captures.formats import parse_capture
from afxplugin.errors import AfxError, CaptureFormatError, PresetError
from afxplugin.files import open_regular, why
from afxplugin.presets.device_file import DEVICE_NAME, Device, build_device
from afxplugin.presets.knob_map import with_knob_maps
from afxplugin.presets.names import CAPTURE_SUFFIXES, file_name_flaw, name_key, visible
from afxplugin.presets.pack import MANIFEST_NAME, MAX_MEMBERS, MAX_PACK_BYTES, PACK_SCHEMA
from afxplugin.presets.toml_file import parse_document
from afxplugin.presets.zip_members import read_members

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(max_length=2000)]


class _File(BaseModel):
    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, strict=True)]


class _Capture(BaseModel):
    sha256: Sha256
    file: Text | None = None
    licence: Text = ""
    author: Text = ""
    link: Text = ""


class _Device(BaseModel):
    name: Text
    file: Text
    capture: _Capture


class _Manifest(BaseModel):
    devices: Annotated[list[_Device], Field(min_length=1, max_length=MAX_MEMBERS)]
    files: Annotated[dict[str, _File], Field(max_length=MAX_MEMBERS)]


@dataclass(frozen=True)
class PackedDevice:
    """A device of a pack, its file's content, and its capture's bytes where they are embedded."""

    device: Device
    content: dict[str, Any]
    capture: bytes | None


def read_pack(path: Path) -> list[PackedDevice]:
    """Read and check a pack whole; nothing is written. Raises PresetError with what is wrong, the pack's path last."""
    data = _read(path)
    try:
        return _devices(read_members(data))
    except PresetError as error:
        raise PresetError(error.reason, path=path) from error


def _read(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(MAX_PACK_BYTES + 1) if size <= MAX_PACK_BYTES else b""
    except OSError as error:
        raise PresetError(f"cannot be read: {why(error)}", path=path) from error
    size = max(size, len(data))
    if size > MAX_PACK_BYTES:
        raise PresetError(f"{size >> 20} MB; a pack has at most {MAX_PACK_BYTES >> 20} MB", path=path)
    return data


def _devices(members: dict[str, bytes]) -> list[PackedDevice]:
    manifest = _manifest(members)
    given = set(members) - {MANIFEST_NAME}
    for name in sorted(given ^ set(manifest.files)):
        told = "not in its manifest" if name in given else "in its manifest, but not in it"
        raise PresetError(f"{told}: member {name[:80]!r}")
    for name, file in manifest.files.items():
        if len(members[name]) != file.bytes or hashlib.sha256(members[name]).hexdigest() != file.sha256:
            raise PresetError(f"differs from its sha256 in the manifest: member {name!r}")
    used = [name for device in manifest.devices for name in (device.file, device.capture.file) if name is not None]
    for name in sorted(given ^ set(used)):
        told = "belongs to no device" if name in given else "is not in it"
        raise PresetError(f"{told}: member {name[:80]!r}")
    names = [name_key(device.name) for device in manifest.devices]
    if len(set(names)) != len(names) or len(set(used)) != len(used):
        raise PresetError("a device or file is given twice, or in another spelling; distinct ones are needed")
    return [_device(told, members) for told in manifest.devices]


def _manifest(members: dict[str, bytes]) -> _Manifest:
    if MANIFEST_NAME not in members:
        raise PresetError(f"not a pack: it has no {MANIFEST_NAME}")
    try:
        document = parse_json(members[MANIFEST_NAME])
    except CaptureFormatError as error:
        raise PresetError(f"not readable as a JSON object: member {MANIFEST_NAME!r}") from error
    schema = document.get("schema")
    if type(schema) is not int or schema != PACK_SCHEMA:
        newer = ", made by a newer version of the program" if type(schema) is int and schema > PACK_SCHEMA else ""
        raise PresetError(f"schema {shown(schema)}{newer}; schema {PACK_SCHEMA} is read: member {MANIFEST_NAME!r}")
    try:
        return _Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = visible(".".join(map(str, first["loc"]))[:80])
        raise PresetError(f"{key}: {first['msg']}: member {MANIFEST_NAME!r}") from error


def _device(told: _Device, members: dict[str, bytes]) -> PackedDevice:
    if PurePosixPath(told.file).name != DEVICE_NAME:
        raise PresetError(f"is not a {DEVICE_NAME}: member {told.file[:80]!r}")
    try:
        content = parse_document(members[told.file].decode("utf-8"), "device")
    except UnicodeDecodeError as error:
        raise PresetError(f"not UTF-8 text: {error}: member {told.file!r}") from error
    except PresetError as error:
        raise PresetError(f"{error.reason}: member {told.file!r}") from error
    device = build_device(content, Path(told.file))
    if device.name != told.name or device.capture_sha256 != told.capture.sha256:
        raise PresetError(f"another name or capture than in the manifest, {told.name[:80]!r}: member {told.file!r}")
    _check_capture_path(content["capture"]["path"], told)
    if told.capture.file is None:
        return PackedDevice(device, content, None)
    data = members[told.capture.file]
    if hashlib.sha256(data).hexdigest() != device.capture_sha256:
        raise PresetError(f"not the capture of {device.name!r}, its sha256 differs: member {told.capture.file!r}")
    _check_capture(device, data, told.capture.file)
    return PackedDevice(device, content, data)


def _check_capture_path(path: str, told: _Device) -> None:
    """A capture becomes a file of this name in the device's folder, so any system must take it."""
    flaw = "" if PurePosixPath(path).suffix.lower() in CAPTURE_SUFFIXES else "no suffix of a capture"
    if "/" in path or (flaw := file_name_flaw(path) or flaw):
        why = "a path" if "/" in path else flaw
        allowed = f"a bare name is needed, with {', '.join(sorted(CAPTURE_SUFFIXES))}"
        raise PresetError(f"capture.path: given {path[:80]!r}, {why}; {allowed}: member {told.file!r}")
    member = told.capture.file
    if member is not None and member != f"{PurePosixPath(told.file).parent}/{path}":
        raise PresetError(f"capture.path: given {path!r}, but the manifest has {member[:80]!r}: member {told.file!r}")


def _check_capture(device: Device, data: bytes, file: str) -> AnyCapture:
    try:
        capture = parse_capture(data, name=device.capture_path.stem, rate_hz=device.capture_rate_hz)
        capture = with_knob_maps(capture, device.knob_maps)
        for preset in device.presets:
            knob_positions(capture, preset.knobs)
    except AfxError as error:
        raise PresetError(f"{error.reason}: member {file!r}") from error
    return capture
