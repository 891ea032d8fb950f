"""Reading packs of strangers: everything is checked in memory before anything is written, and refused by name.

A member's name never becomes a path here: devices go into folders named after them, captures by their bare file name.
Names are checked all the same, for a pack with such names was made to harm somebody.
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from afxplugin.captures import AnyCapture, knob_positions
from afxplugin.captures.document import MAX_BYTES as MAX_CAPTURE_BYTES
from afxplugin.captures.document import parse_json
from afxplugin.captures.formats import parse_capture
from afxplugin.errors import AfxError, CaptureFormatError, PresetError
from afxplugin.presets.device_file import DEVICE_NAME, Device, build_device
from afxplugin.presets.knob_map import with_knob_maps
from afxplugin.presets.pack import MANIFEST_NAME, MAX_MEMBERS, MAX_PACK_BYTES, PACK_SCHEMA
from afxplugin.presets.store import CAPTURE_SUFFIXES
from afxplugin.presets.toml_file import MAX_BYTES as MAX_TOML_BYTES
from afxplugin.presets.toml_file import parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable


MAX_TOTAL_BYTES = 512 << 20
MAX_RATIO = 200  # real captures shrink to a half or a tenth
_MAX_DIRECTORY_BYTES = 1 << 20
_END = struct.Struct("<4s4H2LH")
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, RuntimeError, NotImplementedError,
    ValueError, IndexError, OSError,
)  # fmt: skip
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
    """Read and check a pack whole; nothing is written. Raises PresetError naming the pack and what is wrong with it."""
    try:
        size = path.stat().st_size
        if not stat.S_ISREG(path.stat().st_mode):
            raise PresetError(f"{path}: cannot be read: not a file")
        if size > MAX_PACK_BYTES:
            raise PresetError(f"{path}: {size >> 20} MB; a pack has at most {MAX_PACK_BYTES >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise PresetError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        return _devices(_members(data))
    except PresetError as error:
        raise PresetError(f"{path}: {error}") from error


def _members(data: bytes) -> dict[str, bytes]:
    """The content of all members by name, each of them checked."""
    import io

    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check_infos(infos)
            members: dict[str, bytes] = {}
            for info in infos:
                with archive.open(info) as file:
                    content = file.read(info.file_size + 1)
                if len(content) != info.file_size:
                    raise PresetError(
                        f"{info.filename!r}: is not of the {info.file_size} bytes that it is said to have"
                    )
                members[info.filename] = content
    except PresetError:
        raise
    except _BROKEN as error:
        raise PresetError(f"not a sound zip file: {error}") from error
    return members


def _check_directory(data: bytes) -> None:
    """Refuse what would cost memory or time before its members can be counted."""
    if len(data) < _END.size or not data.startswith(b"PK"):
        raise PresetError("not a pack: not a zip file")
    end = _END.unpack(data[-_END.size :])
    signature, entries, directory_bytes, directory_at = end[0], end[4], end[5], end[6]
    if signature != b"PK\5\6":
        raise PresetError("not a sound zip file: truncated, or with something after its end")
    if data[-_END.size - 20 :][:4] == b"PK\6\7":
        raise PresetError("a ZIP64 file; a pack needs no ZIP64")
    if entries > MAX_MEMBERS or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise PresetError(f"{entries} members; a pack has at most {MAX_MEMBERS}")
    if directory_at + directory_bytes != len(data) - _END.size:
        raise PresetError("not a sound zip file: its directory is not where it is said to be")


def _check_infos(infos: Iterable[zipfile.ZipInfo]) -> None:
    total, seen = 0, set[str]()
    for count, info in enumerate(infos, 1):
        _check_name(info)
        name = info.filename
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise PresetError(f"{name!r}: given twice")
        seen.add(folded)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise PresetError(
                f"{name!r}: {'a symbolic link' if kind == stat.S_IFLNK else 'no plain file'}, not allowed"
            )
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise PresetError(f"{name!r}: encrypted, or packed in another way than deflate")
        most = MAX_TOML_BYTES if name.endswith(".toml") else MAX_CAPTURE_BYTES
        if info.file_size > most:
            raise PresetError(f"{name!r}: {info.file_size} bytes; at most {most} are allowed")
        if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > 1 << 16:
            raise PresetError(f"{name!r}: {info.file_size} bytes out of {info.compress_size}, as no capture packs")
        total += info.file_size
        if total > MAX_TOTAL_BYTES or count > MAX_MEMBERS:
            raise PresetError(f"more than {MAX_TOTAL_BYTES >> 20} MB or {MAX_MEMBERS} members")


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    shown = repr(name[:80])
    if "\0" in name or not name.isprintable() or len(name.encode("utf-8", "replace")) > 300:
        raise PresetError(f"{shown}: a name with control characters, or too long a one")
    if "\\" in name or name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise PresetError(f"{shown}: an absolute path, or one of another system, is not allowed")
    if ".." in name.split("/"):
        raise PresetError(f"{shown}: leads out of the pack")
    if name == MANIFEST_NAME:
        return
    parts = name.split("/")
    fine = len(parts) == 2 and all(part and not part.startswith(".") and part == part.strip(" .") for part in parts)
    if not fine or (parts[1] != DEVICE_NAME and PurePosixPath(parts[1]).suffix.lower() not in CAPTURE_SUFFIXES):
        raise PresetError(f"{shown}: has no place in a pack; FOLDER/{DEVICE_NAME} and FOLDER/CAPTURE have")


def _devices(members: dict[str, bytes]) -> list[PackedDevice]:
    manifest = _manifest(members)
    given = set(members) - {MANIFEST_NAME}
    for name in sorted(given ^ set(manifest.files)):
        raise PresetError(f"{name!r}: {'not in its manifest' if name in given else 'in its manifest, but not in it'}")
    for name, file in manifest.files.items():
        if len(members[name]) != file.bytes or hashlib.sha256(members[name]).hexdigest() != file.sha256:
            raise PresetError(f"{name!r}: differs from its sha256 in the manifest")
    used = [name for device in manifest.devices for name in (device.file, device.capture.file) if name is not None]
    for name in sorted(given ^ set(used)):
        raise PresetError(f"{name!r}: {'belongs to no device' if name in given else 'is not in it'}")
    names = [device.name.casefold() for device in manifest.devices]
    if len(set(names)) != len(names) or len(set(used)) != len(used):
        raise PresetError("a device or file is given twice; distinct ones are needed")
    return [_device(told, members) for told in manifest.devices]


def _manifest(members: dict[str, bytes]) -> _Manifest:
    if MANIFEST_NAME not in members:
        raise PresetError(f"not a pack: it has no {MANIFEST_NAME}")
    try:
        document = parse_json(members[MANIFEST_NAME])
    except CaptureFormatError as error:
        raise PresetError(f"{MANIFEST_NAME}: not readable as a JSON object") from error
    schema = document.get("schema")
    if type(schema) is not int or schema != PACK_SCHEMA:
        newer = ", made by a newer version of the program" if type(schema) is int and schema > PACK_SCHEMA else ""
        raise PresetError(f"{MANIFEST_NAME}: schema {str(schema)[:40]}{newer}; schema {PACK_SCHEMA} is read")
    try:
        return _Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise PresetError(f"{MANIFEST_NAME}: {'.'.join(map(str, first['loc']))[:80]}: {first['msg']}") from error


def _device(told: _Device, members: dict[str, bytes]) -> PackedDevice:
    if PurePosixPath(told.file).name != DEVICE_NAME:
        raise PresetError(f"{told.file!r}: is not a {DEVICE_NAME}")
    try:
        text = members[told.file].decode("utf-8")
    except UnicodeDecodeError as error:
        raise PresetError(f"{told.file}: not UTF-8 text: {error}") from error
    content = parse_document(text, "device", where=told.file)
    device = build_device(content, Path(told.file))
    if device.name != told.name or device.capture_sha256 != told.capture.sha256:
        raise PresetError(f"{told.file}: says another name or capture than the manifest, {told.name[:80]!r}")
    if "/" in content["capture"]["path"]:
        raise PresetError(
            f"{told.file}: capture.path: given {content['capture']['path'][:80]!r}, a bare name is needed"
        )
    if told.capture.file is None:
        return PackedDevice(device, content, None)
    data = members[told.capture.file]
    if hashlib.sha256(data).hexdigest() != device.capture_sha256:
        raise PresetError(f"{told.capture.file!r}: is not the capture of {device.name!r}: its sha256 differs")
    _check_capture(device, data, told.capture.file)
    return PackedDevice(device, content, data)


def _check_capture(device: Device, data: bytes, file: str) -> AnyCapture:
    try:
        capture = parse_capture(data, name=device.capture_path.stem, rate_hz=device.capture_rate_hz)
        capture = with_knob_maps(capture, device.knob_maps)
        for preset in device.presets:
            knob_positions(capture, preset.knobs)
    except AfxError as error:
        raise PresetError(f"{file}: {error}") from error
    return capture
