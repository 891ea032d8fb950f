"""Packs: devices with presets in one file, to take along. This writes them; ``unpack`` reads them.

A zip: ``manifest.json`` names every other member with its sha256 and size, and every device; a device has a folder with
its ``device.toml`` and, where its licence allows passing it on, its capture. Else the capture is referred to by sha256
and link. The same presets give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from afxplugin.audio import remove_abandoned, replace_file
from afxplugin.captures.document import read_bytes
from afxplugin.captures.formats import parse_capture
from afxplugin.errors import AfxError, PresetError
from afxplugin.files import why
from afxplugin.presets.device_file import DEVICE_NAME, SCHEMA
from afxplugin.presets.folder import folder_name, knob_table, preset_entry
from afxplugin.presets.licences import allows_sharing
from afxplugin.presets.names import name_key, portable_name
from afxplugin.presets.toml_text import device_text, table_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from afxplugin.presets.device_file import Device
    from afxplugin.presets.preset import Preset
    from afxplugin.presets.store import PresetStore

PACK_SCHEMA = 1
MANIFEST_NAME = "manifest.json"
MAX_PACK_BYTES = 256 << 20
MAX_MEMBERS = 1000
MAX_MANIFEST_BYTES = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Packed:
    """A device in a pack: how many of its presets, its capture's licence, and whether the capture is in it."""

    device: str
    presets: int
    licence: str
    link: str
    embedded: bool


def export_pack(store: PresetStore, names: Sequence[str], target: Path, *, overwrite: bool = False) -> list[Packed]:
    """Write devices (all their presets) and single presets ("Device/Preset") as one pack.

    Raises PresetError for an unknown name, a capture that is not to be found, a target that exists or is not writable.
    """
    if target.exists() and not overwrite:
        raise PresetError("exists already; allowed: another name, or --overwrite", path=target)
    files: dict[str, bytes] = {}
    told: list[dict[str, Any]] = []
    packed: list[Packed] = []
    for device, presets in _chosen(store, names):
        entry, members, summary = _device(store, device, presets)
        files |= members
        told.append(entry)
        packed.append(summary)
    manifest = {
        "schema": PACK_SCHEMA,
        "devices": told,
        "files": {name: {"sha256": _sha256(data), "bytes": len(data)} for name, data in files.items()},
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    told_bytes = text.encode("utf-8", "replace")
    data = _zipped({MANIFEST_NAME: told_bytes, **files})
    if len(data) > MAX_PACK_BYTES or len(files) >= MAX_MEMBERS or len(told_bytes) > MAX_MANIFEST_BYTES:
        raise PresetError(
            f"{len(data) >> 20} MB in {len(files) + 1} files, {len(told_bytes)} bytes of manifest; "
            f"a pack has at most {MAX_PACK_BYTES >> 20} MB in {MAX_MEMBERS}, {MAX_MANIFEST_BYTES} of manifest",
            path=target,
        )
    try:
        remove_abandoned(target.parent)
        replace_file(target, data)
    except OSError as error:
        raise PresetError(f"cannot be written: {why(error)}", path=target) from error
    return packed


def _chosen(store: PresetStore, names: Sequence[str]) -> list[tuple[Device, list[Preset]]]:
    found = store.look()
    devices = {name_key(device.name): device for device in found.devices}
    chosen: dict[str, dict[str, Preset]] = {}
    for name in names:
        wanted = name_key(name)
        if wanted in devices:
            several = devices[wanted].presets
        else:
            several = [preset for preset in found.presets if name_key(preset.label) == wanted]
            several = several or [store.find(name)]
        for preset in several:
            chosen.setdefault(name_key(preset.device), {})[preset.name] = preset
        if wanted in devices:
            chosen.setdefault(wanted, {})
    return [(devices[name], list(presets.values())) for name, presets in chosen.items()]


def _device(
    store: PresetStore, device: Device, presets: Sequence[Preset]
) -> tuple[dict[str, Any], dict[str, bytes], Packed]:
    """A device's entry in the manifest, its files, and what there is to tell of it."""
    path = store.capture_file(device)
    data = read_bytes(path)
    if _sha256(data) != device.capture_sha256:
        raise PresetError(f"device {device.name!r}: its capture has changed meanwhile", path=path)
    try:  # what is no capture does not go along, whatever the device file says of it
        capture = parse_capture(data, name=device.capture_path.stem, rate_hz=device.capture_rate_hz)
    except AfxError as error:
        raise PresetError(f"device {device.name!r}: {error.reason}", path=path) from error
    # What the capture says of itself counts; the device file, which anybody may have written, only where it is silent.
    licence = capture.origin.licence or device.capture_licence or device.licence
    author = capture.origin.author or device.capture_author or device.author
    link = capture.origin.link or device.capture_link or device.link
    embedded = allows_sharing(licence)
    home, file = folder_name(device.name, unique=True), portable_name(device.capture_path.name)
    source = {"path": file, "sha256": device.capture_sha256, "rate_hz": device.capture_rate_hz}
    source |= {"licence": licence, "author": author, "link": link}
    about = {"name": device.name, "description": device.description, "licence": device.licence}
    about |= {"author": device.author, "link": device.link, "tags": list(device.tags)}
    text = device_text(SCHEMA, _told(about), _told(source), [knob_table(knob) for knob in device.knob_maps])
    text += "".join(table_text("[[preset]]", preset_entry(preset)) for preset in presets)
    members = {f"{home}/{DEVICE_NAME}": text.encode()} | ({f"{home}/{file}": data} if embedded else {})
    entry = {
        "name": device.name,
        "file": f"{home}/{DEVICE_NAME}",
        "capture": {
            "sha256": device.capture_sha256,
            "file": f"{home}/{file}" if embedded else None,
            "licence": licence,
            "author": author,
            "link": link,
        },
    }
    return entry, members, Packed(device.name, len(presets), licence, link, embedded)


def _told(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value not in ("", None, [])}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()
