"""The bytes and the JSON of a capture file, read so that no content can hang, exhaust or crash the program."""

from __future__ import annotations

import json
import re
import stat
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from pydantic import BaseModel, ValidationError

from afxplugin.errors import CaptureError, CaptureFormatError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 32 << 20  # the largest public captures are a few MB
MAX_DEPTH = 64  # far from the interpreter's recursion limit; real files nest about ten deep
_CHUNK = 1 << 20
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STRING = re.compile(rb'"[^"]*"')

Model = TypeVar("Model", bound=BaseModel)


def read_bytes(path: Path) -> bytes:
    """Return the whole file. Raises CaptureError if it cannot be read or is larger than any capture."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)  # before it is opened: opening a pipe would wait for a writer
        data = b""
        if regular:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CaptureError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not regular:
        raise CaptureError(f"{path}: cannot be read: not a file")
    if len(data) > MAX_BYTES:
        raise CaptureFormatError(f"{path}: larger than {MAX_BYTES >> 20} MB, the most that a capture may have")
    return data


def parse_json(data: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises CaptureFormatError for anything else: truncated, binary, nested too deep."""
    _check_depth(data)
    try:
        document: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise CaptureFormatError(f"not a capture: neither an .afx file nor readable as JSON ({error})") from error
    if not isinstance(document, dict):
        raise CaptureFormatError(f"not a capture: JSON {type(document).__name__} given, an object is needed")
    return cast("dict[str, Any]", document)


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before the recursive parser sees it, in one linear pass over the brackets outside strings.

    Text that is not JSON may be counted wrongly, but only from the first error on, where the parser stops too.
    """
    if b"\\" in data:
        data = _ESCAPE.sub(b"", data)
    octets = np.frombuffer(_STRING.sub(b'""', data), np.uint8)
    depth = 0
    for start in range(0, len(octets), _CHUNK):
        chunk = octets[start : start + _CHUNK] & 0xDF  # [ and {, ] and } differ in this bit alone
        steps = (chunk == ord("[")).astype(np.int32) - (chunk == ord("]"))
        levels = depth + np.cumsum(steps)
        if levels.size and int(levels.max()) > MAX_DEPTH:
            raise CaptureFormatError(f"not a capture: JSON nested deeper than {MAX_DEPTH} levels")
        depth = int(levels[-1]) if levels.size else depth


def validated(model: type[Model], value: object, *, where: str) -> Model:
    """Return value as the given schema. Raises CaptureFormatError naming the first key that does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in (where, *first["loc"]) if part != "")
        given = "nothing" if first["type"] == "missing" else shown(first["input"])
        raise CaptureFormatError(f"{key}: given {given}; {first['msg']}") from error


def shown(value: object) -> str:
    """Return value as text short enough for a message."""
    if isinstance(value, (dict, list)):
        return f"a {'list' if isinstance(value, list) else 'JSON object'} of {len(cast('list[object]', value))}"
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than the interpreter prints
        text = f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def plain_text(value: object) -> str:
    """Return metadata as one line of at most 200 printable characters; empty for what is neither text nor number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = value if isinstance(value, str) else shown(value)
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in text).strip()[:200]
