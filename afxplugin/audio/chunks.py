"""Chunks of a RIFF file that belong to the recording and not to its coding: they are kept when a stem is rendered."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from afxplugin.audio.bext import Bext, append_history, read_bext, rescale_time_reference
from afxplugin.audio.layout import Layout, read_body

# Broadcast extension, iXML, EBU Tech 3285 supplement 5 and ITU-R BS.2076 metadata, markers, sampler and loop data, XMP.
_KEPT = (b"bext", b"iXML", b"axml", b"chna", b"cue ", b"smpl", b"inst", b"acid", b"_PMX")
_KEPT_LISTS = (b"adtl", b"INFO")
_LARGEST = 16 * 2**20


@dataclass(frozen=True)
class Chunk:
    """One chunk: its four letters and its body, byte for byte."""

    id: bytes
    body: bytes


@dataclass(frozen=True)
class Chunks:
    """What is kept of a source file, in its order.

    `rate_hz` is the rate of the source, to which its positions refer; `channel_mask` the speaker positions of an
    extensible WAV, or 0; `dropped` the names of chunks that should be kept and cannot be (truncated, or above 16 MiB).
    """

    rate_hz: int
    items: tuple[Chunk, ...] = ()
    channel_mask: int = 0
    dropped: tuple[str, ...] = ()

    @property
    def bext(self) -> Bext | None:
        """What the broadcast extension says, or None."""
        return next((read_bext(chunk.body) for chunk in self.items if chunk.id == b"bext"), None)

    def at_rate(self, rate_hz: int) -> Chunks:
        """Same chunks for a file of another rate: time reference, markers and loops scaled and rounded to a frame."""
        ratio = Fraction(rate_hz, self.rate_hz)
        if ratio == 1:
            return self
        items = tuple(Chunk(chunk.id, _rescaled(chunk, ratio)) for chunk in self.items)
        return Chunks(rate_hz, items, self.channel_mask, self.dropped)

    def with_history(self, line: str) -> Chunks:
        """Same chunks with a line added to the coding history of the broadcast extension, where there is one."""
        items = tuple(
            Chunk(chunk.id, append_history(chunk.body, line)) if chunk.id == b"bext" else chunk for chunk in self.items
        )
        return Chunks(self.rate_hz, items, self.channel_mask, self.dropped)


def read_chunks(stream: BinaryIO, layout: Layout, rate_hz: int) -> Chunks:
    """Chunks to keep of an open WAV or RF64 file; none for other containers."""
    items: list[Chunk] = []
    dropped: list[str] = []
    mask = 0
    if layout.kind in ("WAV", "RF64"):
        for span in layout.spans:
            if span.id == b"fmt " and span.size >= 40:
                mask = struct.unpack_from("<I", read_body(stream, span, most=40) or bytes(40), 20)[0]
            if span.id not in _KEPT and span.id != b"LIST":
                continue
            body = read_body(stream, span) if span.size <= _LARGEST else None
            if body is None:
                dropped.append(span.id.decode("ascii"))
            elif span.id != b"LIST" or body[:4] in _KEPT_LISTS:
                items.append(Chunk(span.id, body))
    return Chunks(rate_hz, tuple(items), mask, tuple(dropped))


def _rescaled(chunk: Chunk, ratio: Fraction) -> bytes:
    body = bytearray(chunk.body)
    if chunk.id == b"bext":
        return rescale_time_reference(chunk.body, ratio)
    if chunk.id == b"cue " and len(body) >= 4:
        for start in _entries(body, count_at=0, first=4):
            _scale(body, start + 4, ratio)
            _scale(body, start + 20, ratio)
    elif chunk.id == b"smpl" and len(body) >= 36:
        _scale(body, 8, 1 / ratio)  # the period of a sample, in nanoseconds
        for start in _entries(body, count_at=28, first=36):
            _scale(body, start + 8, ratio)
            _scale(body, start + 12, ratio)
    elif chunk.id == b"LIST" and body.startswith(b"adtl"):
        _rescale_regions(body, ratio)
    return bytes(body)


def _entries(body: bytearray, *, count_at: int, first: int) -> range:
    """Offsets of the 24-byte entries that a cue or sampler chunk announces and really has."""
    (count,) = struct.unpack_from("<I", body, count_at)
    return range(first, first + 24 * min(count, (len(body) - first) // 24), 24)


def _rescale_regions(body: bytearray, ratio: Fraction) -> None:
    """Scale the lengths of `ltxt`, the labelled regions of an associated-data list."""
    at = 4
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        if name == b"ltxt" and size >= 8 and at + 16 <= len(body):
            _scale(body, at + 12, ratio)
        at += 8 + size + size % 2


def _scale(body: bytearray, at: int, ratio: Fraction) -> None:
    (value,) = struct.unpack_from("<I", body, at)
    struct.pack_into("<I", body, at, min(round(value * ratio), 2**32 - 1))
