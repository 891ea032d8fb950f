"""The bytes and the JSON of a capture file, read so that no content can hang, exhaust or crash the program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from afxplugin.captures.bounds import check_bounds
from afxplugin.captures.foreign import foreign_file, foreign_text
from afxplugin.errors import CaptureError, CaptureFormatError
from afxplugin.files import open_regular, too_large, why

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 32 << 20  # the largest public captures are a few MB
MAX_NOTES = 20  # of one capture
_LITERALS = ("true", "false", "null", "NaN", "Infinity", "-Infinity")

Model = TypeVar("Model", bound=BaseModel)


def read_bytes(path: Path) -> bytes:
    """Return the whole file. Raises CaptureError if it cannot be read or is larger than any capture."""
    try:
        with open_regular(path) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CaptureError(f"cannot be read: {why(error)}", path=path) from error
    if len(data) > MAX_BYTES:
        kind = foreign_file(data)
        size = too_large(MAX_BYTES, "a capture")
        raise CaptureFormatError(f"not a capture: {kind}; {size}" if kind else size, path=path)
    return data


def parse_json(data: bytes) -> dict[str, Any]:
    """Parse a JSON object in any UTF. Raises CaptureFormatError for anything else: truncated, binary, too much."""
    return parse_noted(data, [])


def parse_noted(data: bytes, notes: list[str]) -> dict[str, Any]:
    """``parse_json``; appends to ``notes`` what had to be assumed of the encoding."""
    encoding = json.detect_encoding(data)
    if not encoding.startswith("utf-8"):
        data, encoding = _decoded(data, encoding, notes).encode("utf-8"), "utf-8"
    foreign = foreign_start(data)
    if foreign:
        raise CaptureFormatError(f"not a capture: {foreign}")
    check_bounds(data)
    text = _decoded(data, encoding, notes)
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise CaptureFormatError(f"not a capture: {_damage(text, error)}") from error
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits, for one
        raise CaptureFormatError(f"not a capture: not readable as JSON ({error})") from error
    if not isinstance(document, dict):
        raise CaptureFormatError(f"not a capture: JSON {type(document).__name__} given, an object is needed")
    return cast("dict[str, Any]", document)


def foreign_start(data: bytes) -> str:
    """Return what a text in any UTF is that does not begin as a JSON object or list does; empty for one that does."""
    encoding = json.detect_encoding(data)
    if not encoding.startswith("utf-8"):
        data = data[: 1 << 16].decode(encoding, "replace").encode("utf-8")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n\v\f")[:4096]
    return "" if start.startswith((b"{", b"[")) else foreign_text(start.decode("utf-8", "replace"))


def _decoded(data: bytes, encoding: str, notes: list[str]) -> str:
    """The text without its byte order mark; bytes that do not fit the encoding are replaced and noted."""
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        name = encoding.upper().removesuffix("-SIG")
        notes.append(f"the text is not {name} throughout; characters that do not fit are replaced")
        return data.decode(encoding, "replace").removeprefix("\ufeff")


def _damage(text: str, error: json.JSONDecodeError) -> str:
    rest = text[error.pos : error.pos + 40].rstrip()
    cut_off = not rest or error.msg.startswith("Unterminated string")
    cut_off = cut_off or any(word.startswith(rest) for word in _LITERALS) or rest.lower() in (".", "e", "e-", "e+")
    if cut_off or (error.msg.startswith("Invalid \\") and len(rest) < 6):  # inside \uXXXX
        return f"JSON that ends in the middle, after {len(text)} characters (an incomplete download?)"
    return f"JSON that is damaged at line {error.lineno} column {error.colno} ({error.msg})"


def validated(model: type[Model], value: object, *, where: str) -> Model:
    """Return value as the given schema. Raises CaptureFormatError naming the first key that does not fit.

    Lists in a schema are bounded (max_length): each item that does not fit costs about 1 kB.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(plain_text(str(part))[:60] for part in (where, *first["loc"]) if part != "")
        given = "nothing" if first["type"] == "missing" else shown(first["input"])
        raise CaptureFormatError(f"{key}: given {given}; {first['msg']}") from error


def shown(value: object) -> str:
    """Return value as text short enough for a message."""
    if isinstance(value, (dict, list)):
        return f"a {'list' if isinstance(value, list) else 'JSON object'} of {len(cast('list[object]', value))}"
    try:
        text = repr(value[:60] if isinstance(value, str) else value)
    except ValueError:  # an integer of more digits than the interpreter prints
        text = f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def plain_text(value: object) -> str:
    """Return metadata as one line of at most 200 printable characters; empty for what is neither text nor number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = value[:1000] if isinstance(value, str) else shown(value)
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200]
