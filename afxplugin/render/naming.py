"""Names of rendered files: a template filled in, made safe for the file system, short enough for it."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import string
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from afxplugin.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable

FIELDS = ("stem", "preset", "capture", "method", "rate", "date", "folder", "suffix")
DEFAULT_TEMPLATE = "{stem} [{preset}]"
SUFFIX = ".wav"
# What ext4, APFS, NTFS and most others allow for one name; the writer's temporary name must fit as well.
NAME_LIMIT_BYTES = 255
_DIGEST_CHARACTERS = 8
_ESCAPED = re.compile(rb"\\(\\|x[0-9a-f]{2})")


@dataclass(frozen=True)
class NameFields:
    """What a template may ask for; ``preset`` is the capture's name where no preset is used.

    folder: see ``folder_labels``. suffix: of the stem's file, without its dot.
    """

    stem: str
    preset: str
    capture: str
    method: str
    rate: str
    date: str
    folder: str = ""
    suffix: str = ""


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


def folder_labels(stems: Iterable[Path]) -> dict[Path, str]:
    """What ``{folder}`` says for the folder of each stem, by the folder as given in the stem's path.

    That is the folder's name. Where folders of one name hold stems, as ``songA/audio`` and ``songB/audio`` do, it is
    their path below what they have in common: ``songA - audio`` and ``songB - audio``.
    """
    absolute = {folder: Path(os.path.normpath(folder.absolute())) for folder in {stem.parent for stem in stems}}
    by_name: dict[str, set[Path]] = defaultdict(set)
    for path in absolute.values():
        by_name[path.name].add(path)
    labels: dict[Path, str] = {}
    for folder, path in absolute.items():
        namesakes = by_name[path.name]
        below = _common_parts(namesakes) if len(namesakes) > 1 else len(path.parts) - 1
        labels[folder] = " - ".join(path.parts[below:]) or path.name
    return labels


def _common_parts(paths: Iterable[Path]) -> int:
    """How many parts all paths begin with."""
    aligned = zip(*(path.parts for path in paths), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda parts: len(set(parts)) == 1, aligned))


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


def spelled(path: Path | str) -> str:
    """A path as text that stands for it alone, as keys and manifests need it; ``unspelled`` gives it back.

    Bytes that are not UTF-8 become ``\\xff``, and backslashes are doubled; any other name is its own spelling.
    """
    text = path.as_posix() if isinstance(path, Path) else path
    return os.fsencode(text).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def unspelled(text: str) -> str:
    """The name that ``spelled`` turned into ``text``."""
    raw = text.encode("utf-8", "surrogatepass")
    return os.fsdecode(_ESCAPED.sub(lambda found: _unescaped(found.group(1)), raw))


def _unescaped(escape: bytes) -> bytes:
    return escape if escape == b"\\" else bytes([int(escape[1:], 16)])


def _bytes(text: str) -> int:
    return len(os.fsencode(text))
