"""The broadcast extension chunk `bext` (EBU Tech 3285, section 2.3) and its coding history (EBU R 98)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

# Description, originator, its reference, date, time, time reference (two halves), version, UMID and the rest.
_FIXED = struct.Struct("<256s32s32s10s8sIIH64s190s")
BEXT_BYTES = _FIXED.size
_TIME_REFERENCE_OFFSET = 256 + 32 + 32 + 10 + 8


@dataclass(frozen=True)
class Bext:
    """What a `bext` chunk says; `time_reference` is in frames since midnight at the file's own rate."""

    description: str
    originator: str
    originator_reference: str
    origination_date: str
    origination_time: str
    time_reference: int
    version: int
    coding_history: str


def read_bext(body: bytes) -> Bext | None:
    """Fields of the body of a `bext` chunk, or None where it is shorter than the standard's fixed part."""
    if len(body) < _FIXED.size:
        return None
    texts = _FIXED.unpack_from(body)
    return Bext(
        description=_text(texts[0]),
        originator=_text(texts[1]),
        originator_reference=_text(texts[2]),
        origination_date=_text(texts[3]),
        origination_time=_text(texts[4]),
        time_reference=texts[5] | texts[6] << 32,
        version=texts[7],
        coding_history=_text(body[_FIXED.size :]),
    )


def rescale_time_reference(body: bytes, ratio: Fraction) -> bytes:
    """Body with its time reference times `ratio` (new rate / old rate), rounded; too short a body is unchanged."""
    if len(body) < _FIXED.size:
        return body
    (frames,) = struct.unpack_from("<Q", body, _TIME_REFERENCE_OFFSET)
    scaled = min(round(frames * ratio), 2**64 - 1)
    return body[:_TIME_REFERENCE_OFFSET] + struct.pack("<Q", scaled) + body[_TIME_REFERENCE_OFFSET + 8 :]


def append_history(body: bytes, line: str) -> bytes:
    """Body with a line added to its coding history; too short a body is unchanged.

    EBU R 98: one line per coding step, ended by CR LF; the bytes before it stay as they are.
    """
    if len(body) < _FIXED.size:
        return body
    fixed, history = body[: _FIXED.size], body[_FIXED.size :].rstrip(b"\0")
    if history and not history.endswith(b"\n"):
        history += b"\r\n"
    return fixed + history + line.encode("ascii", "replace") + b"\r\n"


def history_line(*, rate_hz: int, bits: int, channels: int, text: str) -> str:
    """One coding step in the words of EBU R 98; the mode is left out above two channels, for which it has no word."""
    mode = {1: ",M=mono", 2: ",M=stereo"}.get(channels, "")
    free = "".join(" " if letter in "\r\n\0" else letter for letter in text).replace(",", ";")
    return f"A=PCM,F={rate_hz},W={bits}{mode},T={free}"


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("latin-1")
