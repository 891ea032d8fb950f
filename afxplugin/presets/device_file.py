"""Reading ``device.toml``: one device, its capture, and the presets made of it.

schema = 1

[device]
name = "Green Overdrive"
description = "Diode clipper with drive and tone"   # optional, as is the licence
licence = "CC0-1.0"

[capture]
path = "green-overdrive.afx"     # relative to this file, with / between folders
sha256 = "…64 hex digits…"

[[preset]]                       # one or more; the first is the one that the device's name alone means
name = "Crunch"
knobs = { Drive = 6.5 }          # all that follows is optional
input_gain_db = 0.0
output_gain_db = -3.0
mix = 1.0
method = "auto"
oversampling = 1
filters = "linear"
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from afxplugin.errors import PresetError
from afxplugin.presets.preset import Preset

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
MAX_BYTES = 1 << 20
MAX_GAIN_DB = 120.0


@dataclass(frozen=True)
class Device:
    """A piece of gear with its presets; path is that of its device.toml."""

    name: str
    description: str
    licence: str
    path: Path
    presets: tuple[Preset, ...]


def _checked_name(name: str) -> str:
    if not name.strip() or "/" in name or not name.isprintable():
        raise ValueError("a name is needed: printable, not empty, without /")
    return name.strip()


def _checked_path(path: str) -> str:
    if path.startswith("/") or "\\" in path or ":" in path or "\0" in path:
        raise ValueError("a path relative to this file is needed, with / between folders")
    return path


Name = Annotated[str, Field(max_length=100), AfterValidator(_checked_name)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Gain = Annotated[Number, Field(ge=-MAX_GAIN_DB, le=MAX_GAIN_DB)]
Lagrange = Literal["lagrange1", "lagrange2", "lagrange3", "lagrange4", "lagrange5"]
Method = Literal["auto", "resample", "naive", "stn", "lidl", "apdl", "cidl", Lagrange]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Device(_Table):
    name: Name
    description: str = ""
    licence: str = ""


class _Capture(_Table):
    path: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_checked_path)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]


class _Preset(_Table):
    name: Name
    knobs: dict[str, Number] = {}
    input_gain_db: Gain = 0.0
    output_gain_db: Gain = 0.0
    mix: Annotated[Number, Field(ge=0.0, le=1.0)] = 1.0
    method: Method = "auto"
    oversampling: Literal[1, 2, 4, 8] = 1
    filters: Literal["linear", "low-latency"] = "linear"


class _File(_Table):
    schema_version: Annotated[Literal[1], Field(alias="schema")]
    device: _Device
    capture: _Capture
    preset: Annotated[list[_Preset], Field(min_length=1, max_length=1000)]


def read_device(path: Path) -> Device:
    """Read a device.toml; the capture is not opened. Raises PresetError naming the file, the key and the line."""
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise PresetError(f"{path}: not readable as TOML: {error}") from error
    if document.get("schema", SCHEMA) != SCHEMA:
        raise PresetError(f"{path}: schema: given {document['schema']!r}; schema {SCHEMA} is read")
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise PresetError(f"{path}{_explained(error, text)}") from error
    presets = tuple(_preset(entry, file, path) for entry in file.preset)
    names = [preset.name.casefold() for preset in presets]
    for k, name in enumerate(names):
        if name in names[:k]:
            raise PresetError(f"{path}: preset.{k}.name: {presets[k].name!r} given twice, distinct names are needed")
    return Device(file.device.name, file.device.description, file.device.licence, path, presets)


def _text(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise PresetError(f"{path}: cannot be read: not a file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise PresetError(f"{path}: larger than {MAX_BYTES >> 20} MB, the most that a device file may have")
        return data.decode("utf-8")
    except OSError as error:
        raise PresetError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise PresetError(f"{path}: not UTF-8 text: {error}") from error


def _preset(entry: _Preset, file: _File, path: Path) -> Preset:
    return Preset(
        device=file.device.name,
        capture_path=path.parent / file.capture.path,
        capture_sha256=file.capture.sha256.lower(),
        **entry.model_dump(),
    )


def _explained(error: ValidationError, text: str) -> str:
    """Say what is wrong with the first bad key: ", line 9: preset.0.mix: given 2; …"."""
    first = error.errors(include_url=False, include_context=False)[0]
    key = [part for part in first["loc"] if part != "schema_version"]
    line = line_of(text, key)
    given = "nothing" if first["type"] == "missing" else repr(first["input"])[:60]
    place = f", line {line}" if line else ""
    return f"{place}: {'.'.join(map(str, key))}: given {given}; {first['msg'].removeprefix('Value error, ')}"


def line_of(text: str, key: list[str | int]) -> int:
    """Return the line (from 1) of a key or, where it has none of its own, of the table it belongs to; 0 if unknown."""
    best, found = 0, 0
    table: list[str | int] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[(\[?)\s*([\w.\- \"]+?)\s*\]", line):
            table = [part.strip(' "') for part in header[2].split(".")]
            if header[1]:
                seen[header[2]] = seen.get(header[2], -1) + 1
                table.append(seen[header[2]])
            here = table
        elif entry := re.match(r"\s*\"?([\w\-]+)\"?\s*[=.]", line):
            here = [*table, entry[1]]
        else:
            continue
        if len(here) > found and here == key[: len(here)]:
            best, found = number, len(here)
    return best
