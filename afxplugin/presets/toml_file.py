"""Reading a device or preset file into plain, checked data; what is wrong is told with line, key and file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomli  # tomllib compiled: three times as fast
from pydantic import ValidationError

from afxplugin.captures.document import shown
from afxplugin.errors import PresetError
from afxplugin.files import read_regular, why
from afxplugin.presets.names import name_key, visible
from afxplugin.presets.schema import LATEST, MODELS
from afxplugin.presets.toml_limits import MAX_LINES, costly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 1 << 20
MAX_MARKS = 100_000  # of keys, tables and values; 1000 presets with 16 knobs each have half of them


_LONGEST_KEY = 4096
_HEADER = re.compile(r"[ \t]*\[(\[?)([^\[\]\n]+)\]")  # linear: a long line in a text may look like one
_ENTRY = re.compile(r"[ \t]*\"?([\w\-]+)\"?[ \t]*[=.]")


def read_document(path: Path, kind: str) -> dict[str, Any]:
    """The content of a ``device`` or ``preset`` file, defaults filled in. Raises PresetError naming line, key, file."""
    return parse_document(read_text(path), kind, path=path)


def parse_document(text: str, kind: str, *, path: Path | None = None) -> dict[str, Any]:
    """``read_document`` of a text; ``path`` is the file that a PresetError is about."""
    document = parse_toml(text, path=path)
    models = MODELS[kind]
    schema = document.get("schema", LATEST)
    if type(schema) is not int or schema not in models:
        known = " and ".join(map(str, models))
        line = f"line {number}: " if (number := line_of(text, ["schema"])) else ""
        verb = "schemas {} are" if len(models) > 1 else "schema {} is"
        raise PresetError(f"{line}schema: given {shown(schema)}; {verb.format(known)} read", path=path)
    try:
        file = models[schema].model_validate(document)
    except ValidationError as error:
        raise PresetError(explained(error, text), path=path) from error
    content = file.model_dump(exclude={"schema_version"})
    known_keys: set[str] = set()
    for k, preset in enumerate(content["preset"]):
        if name_key(preset["name"]) in known_keys:
            line = line_of(text, ["preset", k, "name"])
            raise PresetError(
                f"line {line}: preset.{k}.name: {preset['name']!r} given twice, distinct names are needed", path=path
            )
        known_keys.add(name_key(preset["name"]))
    return content


def parse_toml(
    text: str, *, path: Path | None = None, most_marks: int = MAX_MARKS, most_lines: int = MAX_LINES
) -> dict[str, Any]:
    """Parse TOML of at most ``most_lines`` that costs about 1 kB for each of ``most_marks`` keys, tables and values.

    Raises PresetError for a text that is not TOML or would cost more.
    """
    if reason := costly(text, most_marks=most_marks, most_lines=most_lines):
        raise PresetError(f"not readable as TOML: {reason}", path=path)
    try:
        return tomli.loads(text)
    except (ValueError, RecursionError) as error:
        raise PresetError(f"not readable as TOML: {error}", path=path) from error


def read_text(path: Path, *, most_bytes: int = MAX_BYTES, what: str = "a device file") -> str:
    """A regular file of at most ``most_bytes`` as text; a pipe is not waited for. Raises PresetError."""
    try:
        return read_regular(path, most_bytes=most_bytes, what=what).decode("utf-8")
    except OSError as error:
        raise PresetError(f"cannot be read: {why(error)}", path=path) from error
    except UnicodeDecodeError as error:
        raise PresetError(f"not UTF-8 text: {error}", path=path) from error
    except MemoryError as error:
        raise PresetError("cannot be read: out of memory", path=path) from error


def explained(error: ValidationError, text: str) -> str:
    """Say what is wrong with the first bad key: "line 9: preset.0.mix: given 2; …"."""
    first = error.errors(include_url=False, include_context=False)[0]
    key = [part for part in first["loc"] if part != "schema_version"]
    line = line_of(text, key)
    given = "nothing" if first["type"] == "missing" else shown(first["input"])
    place = f"line {line}: " if line else ""
    name = visible(".".join(map(str, key))[:200])
    return f"{place}{name}: given {given}; {first['msg'].removeprefix('Value error, ')}"


def line_of(text: str, key: list[str | int]) -> int:
    """Return the line (from 1) of a key or, where it has none of its own, of the table it belongs to; 0 if unknown."""
    best, found = 0, 0
    table: list[str | int] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(_line_starts(text), 1):
        if header := _HEADER.match(line):
            table = [part.strip(' \t"') for part in header[2].split(".")]
            if header[1]:
                seen[header[2]] = seen.get(header[2], -1) + 1
                table.append(seen[header[2]])
            here = table
        elif entry := _ENTRY.match(line):
            here = [*table, entry[1]]
        else:
            continue
        if len(here) > found and here == key[: len(here)]:
            best, found = number, len(here)
    return best


def _line_starts(text: str) -> Iterator[str]:
    """The lines of a text, one at a time, each as far as a key may reach."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start : min(end, start + _LONGEST_KEY)]
        start = end + 1
