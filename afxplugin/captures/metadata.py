"""What a capture's file says beside its sound: read where it makes sense, left out with a note where it does not.

No such entry may keep a capture from being played.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from afxplugin.captures.capture import Calibration
from afxplugin.captures.document import plain_text, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

_DBU, _LUFS = ("dbu",), ("lufs", "lkfs", "db")
_MOST_DB = 200.0  # no device, interface or reference is as far from 0


@dataclass(frozen=True)
class Metadata:
    """One object of a file's metadata; ``where`` names it in notes, which are appended to ``notes``."""

    values: dict[str, Any]
    notes: list[str]
    where: str = "metadata"

    @classmethod
    def of(cls, value: object, notes: list[str], *, where: str = "metadata") -> Metadata:
        """Of whatever stands under the key ``where``: null is nothing, anything but an object is ignored."""
        if isinstance(value, dict):
            return cls(cast("dict[str, Any]", value), notes, where)
        if value is not None:
            notes.append(f"{where} is {shown(value)}, not an object; it is ignored")
        return cls({}, notes, where)

    def text(self, *keys: str) -> str:
        """Return the first of these that is there as one line of text; empty where none is."""
        for key in keys:
            value = self.values.get(key)
            text = plain_text(value)
            if text:
                return text
            if value not in (None, ""):
                self._ignored(key, value, "text")
        return ""

    def dbu(self, key: str) -> float | None:
        """Return a level in dBu; "12.5 dBu" is read."""
        return self._level(key, _DBU, "a level in dBu")

    def lufs(self, key: str) -> float | None:
        """Return a loudness in LUFS."""
        return self._level(key, _LUFS, "a loudness in LUFS")

    def _level(self, key: str, units: Iterable[str], what: str) -> float | None:
        value = self.values.get(key)
        if value is None or value == "":
            return None
        level = _number(value, units)
        if level is None:
            self._ignored(key, value, what)
        return level

    def _ignored(self, key: str, value: object, needed: str) -> None:
        self.notes.append(f"{self.where}.{key} is {shown(value)}, not {needed}; it is ignored")


def calibration(metadata: Metadata, *, keys: tuple[str, str, str]) -> Calibration:
    """Return the levels under the keys for input, output (dBu) and loudness (LUFS)."""
    into, out, loudness = keys
    return Calibration(
        input_dbu=metadata.dbu(into), output_dbu=metadata.dbu(out), loudness_lufs=metadata.lufs(loudness)
    )


def _number(value: object, units: Iterable[str]) -> float | None:
    """A finite number of dB, or a text of one with its unit; None for anything else."""
    if isinstance(value, str):
        text = value[:40].strip().casefold().replace("\u2212", "-")  # a typeset minus
        for unit in units:
            text = text.removesuffix(unit)
        if text.count(",") == 1 and "." not in text:  # a decimal comma
            text = text.replace(",", ".")
        value = text.strip()
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= _MOST_DB else None
