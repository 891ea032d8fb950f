"""Names of rendered files: a template filled in, made safe for the file system, short enough for it."""

from __future__ import annotations

import hashlib
import os
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from afxplugin.errors import RenderError

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = ("stem", "preset", "capture", "method", "rate", "date")
DEFAULT_TEMPLATE = "{stem} [{preset}]"
SUFFIX = ".wav"
# What ext4, APFS, NTFS and most others allow for one name; the writer's temporary name must fit as well.
NAME_LIMIT_BYTES = 255
_DIGEST_CHARACTERS = 8


@dataclass(frozen=True)
class NameFields:
    """What a template may ask for; ``preset`` is the capture's name where no preset is used."""

    stem: str
    preset: str
    capture: str
    method: str
    rate: str
    date: str


def check_template(template: str) -> None:
    """Raise RenderError unless every field of ``template`` is known and something remains to name a file."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise RenderError(f"template {template!r}: {error}; fields are written {{stem}}") from error
    for _, name, spec, conversion in parts:
        if name is not None and (name not in FIELDS or spec or conversion):
            allowed = ", ".join(f"{{{each}}}" for each in FIELDS)
            raise RenderError(f"template {template!r}: unknown field {{{name}}}; allowed: {allowed}")
    if not template.strip():
        raise RenderError("the template is empty; the default is " + repr(DEFAULT_TEMPLATE))


def output_name(template: str, fields: NameFields) -> str:
    """File name for one stem: at most 255 bytes, no path separators or control characters.

    A name that would be too long loses bytes of its stem part, which then ends in ``~`` and a digest of the whole
    stem name, so that long names that differ late stay apart.
    """
    values = {name: getattr(fields, name) for name in FIELDS}
    name = clean(template.format_map(values))
    excess = _bytes(name) - (NAME_LIMIT_BYTES - len(SUFFIX))
    if excess > 0:
        values["stem"] = shorten(fields.stem, _bytes(fields.stem) - excess)
        name = clean(template.format_map(values))
    return shorten(name, NAME_LIMIT_BYTES - len(SUFFIX)) + SUFFIX


def clean(text: str) -> str:
    """``text`` without what cannot or should not stand in a file name."""
    kept = "".join("-" if each in "/\\" else each for each in text if each >= " " and each != "\x7f").strip()
    return kept if kept.strip(".") else "untitled"


def shorten(text: str, limit_bytes: int) -> str:
    """``text`` cut to ``limit_bytes`` of UTF-8 on a character boundary, a digest of the whole at its end."""
    raw = os.fsencode(text)
    if len(raw) <= limit_bytes:
        return text
    digest = "~" + hashlib.sha256(raw).hexdigest()[:_DIGEST_CHARACTERS]
    kept = raw[: max(0, limit_bytes - len(digest))]
    return kept.decode("utf-8", "ignore").rstrip() + digest


def shown(path: Path | str) -> str:
    """A path as text that can be printed and stored: bytes that are not UTF-8 become replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")


def _bytes(text: str) -> int:
    return len(os.fsencode(text))
