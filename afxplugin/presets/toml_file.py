"""Reading a device or preset file into plain, checked data; what is wrong is told with file, line and key."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Any

import tomli  # tomllib compiled: three times as fast; and a key of many parts does not fill the memory
from pydantic import ValidationError

from afxplugin.errors import PresetError
from afxplugin.presets.schema import LATEST, MODELS

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1 << 20


def read_document(path: Path, kind: str) -> dict[str, Any]:
    """The content of a ``device`` or ``preset`` file, defaults filled in. Raises PresetError naming file, line, key."""
    return parse_document(read_text(path), kind, where=str(path))


def parse_document(text: str, kind: str, *, where: str) -> dict[str, Any]:
    """``read_document`` of a text; ``where`` begins every message."""
    try:
        document = tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise PresetError(f"{where}: not readable as TOML: {error}") from error
    models = MODELS[kind]
    schema = document.get("schema", LATEST)
    if type(schema) is not int or schema not in models:
        known = " and ".join(map(str, models))
        line = f", line {number}" if (number := line_of(text, ["schema"])) else ""
        verb = "schemas {} are" if len(models) > 1 else "schema {} is"
        raise PresetError(f"{where}{line}: schema: given {str(schema)[:60]}; {verb.format(known)} read")
    try:
        file = models[schema].model_validate(document)
    except ValidationError as error:
        raise PresetError(f"{where}{explained(error, text)}") from error
    content = file.model_dump(exclude={"schema_version"})
    names = [preset["name"].casefold() for preset in content["preset"]]
    for k, name in enumerate(names):
        if name in names[:k]:
            line = line_of(text, ["preset", k, "name"])
            given = content["preset"][k]["name"]
            raise PresetError(
                f"{where}, line {line}: preset.{k}.name: {given!r} given twice, distinct names are needed"
            )
    return content


def read_text(path: Path) -> str:
    """A file of at most 1 MB as text. Raises PresetError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PresetError(f"{path}: cannot be read: not a file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise PresetError(f"{path}: larger than {MAX_BYTES >> 20} MB, the most that a device file may have")
        return data.decode("utf-8")
    except OSError as error:
        raise PresetError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise PresetError(f"{path}: not UTF-8 text: {error}") from error


def explained(error: ValidationError, text: str) -> str:
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
