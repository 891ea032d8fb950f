"""Names of devices, presets and files: which are allowed, and which of them are the same."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from afxplugin.captures.document import plain_text

CAPTURE_SUFFIXES = frozenset({".afx", ".json", ".nam"})
MAX_FILE_NAME_BYTES = 200  # in UTF-8; file systems have 255, and a name may still get a digest
_MAX_PART_BYTES = 255
# Letters and marks that fonts leave blank; Python counts them as printable. Variation selectors 15 and 16, which choose
# between text and emoji, are allowed and do not count when names are compared.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\U000e0100-\U000e01ef]")
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_PORTABLE = re.compile(r'[<>:"/\\|?*\0]')
_WINDOWS_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE)


def name_key(name: str) -> str:
    """What two names share that look the same: without case, composition of accents, and blanks at the ends."""
    name = name.strip()
    if name.isascii():
        return name.lower()
    folded = unicodedata.normalize("NFD", _SELECTORS.sub("", name)).casefold()
    return unicodedata.normalize("NFC", folded)


def text_flaw(text: str, *, allowed: str = "") -> str:
    """The first character that cannot be seen for what it is, in words; empty where there is none."""
    for letter in text:
        if letter in allowed or (letter.isprintable() and not _BLANK.match(letter)):
            continue
        if letter in _BIDI:
            kind = "changes the direction of text"
        else:
            kind = "a control character" if unicodedata.category(letter) == "Cc" else "an invisible character"
        return f"U+{ord(letter):04X}, {kind}"
    return ""


def visible(text: str) -> str:
    """Text for a message: what cannot be seen is escaped."""
    return "".join(c if not text_flaw(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def checked_name(name: str) -> str:
    """A device's, preset's or knob's name, without blanks at its ends. Raises ValueError for one not to be typed."""
    flaw = text_flaw(name)
    if not name.strip() or "/" in name or flaw:
        told = f", not with {flaw}" if flaw else ""
        raise ValueError(f"a name is needed: printable, not empty, without /{told}")
    return name.strip()


def checked_text(text: str) -> str:
    """Text of any number of lines. Raises ValueError where something in it cannot be seen."""
    if flaw := text_flaw(text, allowed="\n\t"):
        raise ValueError(f"printable text is needed, not with {flaw}")
    return text


def checked_line(text: str) -> str:
    """One line of text. Raises ValueError for anything else."""
    if flaw := text_flaw(text):
        raise ValueError(f"one line of printable text is needed, not with {flaw}")
    return text


def checked_path(path: str) -> str:
    """A path, relative to a device's folder, that stays in the folder of presets which that is in.

    Raises ValueError for any other, and for one that not every system reads as relative.
    """
    if path.startswith("/") or "\\" in path or ":" in path or "\0" in path:
        raise ValueError("a path relative to this file is needed, with / between folders")
    if flaw := text_flaw(path):
        raise ValueError(f"a printable path is needed, not with {flaw}")
    depth = 0
    parts = path.split("/")
    for part in parts:
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < -1:
            raise ValueError(
                "it leads out of the folder of presets; allowed: a file in this device's folder or beside it"
            )
        if len(part.encode("utf-8", "replace")) > _MAX_PART_BYTES:
            raise ValueError(f"at most {_MAX_PART_BYTES} bytes between two / are allowed")
    if parts[-1] in ("", ".", ".."):
        raise ValueError("the path of a file is needed, not of a folder")
    return path


def file_name_flaw(name: str) -> str:
    """Why no file can have this name on every system, in words; empty where one can."""
    if flaw := text_flaw(name):
        return f"a file name with {flaw}"
    if found := _NOT_PORTABLE.search(name):
        return f"a file name with {found[0]!r}, which not every system allows"
    if not name.strip(". ") or name != name.strip() or name.endswith("."):
        return "a file name that is empty, begins with a space, or ends with a dot or space"
    if name.startswith("."):
        return "the name of a hidden file"
    if is_windows_device(name):
        return "a name that Windows keeps for a device"
    if len(name.encode("utf-8", "replace")) > MAX_FILE_NAME_BYTES:
        return f"a file name of more than {MAX_FILE_NAME_BYTES} bytes"
    return ""


def is_windows_device(name: str) -> bool:
    """Whether Windows takes a name, whatever its suffix, for a device's: CON, nul.txt, COM1."""
    return _WINDOWS_DEVICE.fullmatch(name.split(".", maxsplit=1)[0].strip()) is not None


def portable_name(name: str) -> str:
    """A capture's file name, by which some formats name their knob, in characters that any system takes."""
    path = PurePath(name)
    suffix = path.suffix if path.suffix.lower() in CAPTURE_SUFFIXES else ".json"
    stem = _NOT_PORTABLE.sub("-", _BLANK.sub(" ", plain_text(path.stem))).strip(". ") or "capture"
    if is_windows_device(stem):
        stem = f"{stem.split('.')[0].strip()}-{stem.partition('.')[2]}".strip(". ")
    while len((stem + suffix).encode()) > MAX_FILE_NAME_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". ") + suffix
