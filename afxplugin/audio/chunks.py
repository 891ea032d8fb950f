"""Chunks of a RIFF file that belong to the recording and not to its coding: they are kept when a stem is rendered."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO

from afxplugin.audio.bext import Bext, append_history, read_bext, rescale_time_reference
from afxplugin.audio.big_endian import little_endian
from afxplugin.audio.coding import EXTENSIBLE
from afxplugin.audio.layout import read_at, read_body
from afxplugin.audio.repair import repaired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from afxplugin.audio.layout import Layout, Span

# Broadcast extension, iXML, EBU Tech 3285 supplement 5 and ITU-R BS.2076 metadata, markers, sampler and loop data, XMP,
# ID3, AES46 cart data, SMPTE UMID, Samplitude's regions.
_KEPT = (
    b"bext", b"iXML", b"axml", b"chna", b"cue ", b"smpl", b"inst", b"acid", b"_PMX", b"id3 ", b"ID3 ", b"cart", b"umid",
    b"regn",
)  # fmt: skip
_KEPT_LISTS = (b"adtl", b"INFO")
# What says nothing of the recording: the coding, room kept free, and pictures of the samples that a program makes anew.
_SILENT = {
    "WAV": b"fmt ,data,fact,ds64,JUNK,junk,FLLR,filr,PAD ,PEAK,levl,ovwf,elm1,minf,mext,DGDA,LGWV,slnt,wavl",
    "AIFF": b"COMM,SSND,FVER,PEAK,CHAN",
    "CAF": b"desc,data,pakt,kuki,chan,free,peak,ovvw",
    "FLAC": b"fmt ",
}
_W64_KEPT = (b"bext", b"iXML", b"axml", b"_PMX", b"umid", b"cart", b"id3 ")
_NAMES = {b"VORB": "Vorbis comment", b"CUES": "cue sheet", b"PICT": "picture", b"mrkr": "markers", b"ID3v": "ID3"}
_LARGEST = 16 * 2**20
_CART_TIMERS = 684  # eight of a name and a frame (AES46, 4.1)


@dataclass(frozen=True)
class Chunk:
    """One chunk: its four letters and its body, byte for byte."""

    id: bytes
    body: bytes


@dataclass(frozen=True)
class Chunks:
    """What is kept of a source file, in its order.

    `rate_hz` is the rate of the source, to which its positions refer; `channel_mask` the speaker positions of an
    extensible WAV, or 0; `dropped` the names of chunks that should be kept and cannot be (truncated, malformed, above
    16 MiB, or of a container or kind that a WAV has no place for); `notes` what was put right in those that are.
    """

    rate_hz: int
    items: tuple[Chunk, ...] = ()
    channel_mask: int = 0
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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
        return replace(self, rate_hz=rate_hz, items=items)

    def with_history(self, line: str) -> Chunks:
        """Same chunks with a line added to the coding history of the broadcast extension, where there is one."""
        items = tuple(
            Chunk(chunk.id, append_history(chunk.body, line)) if chunk.id == b"bext" else chunk for chunk in self.items
        )
        return replace(self, items=items)


def read_chunks(stream: BinaryIO, layout: Layout, tail: Sequence[Span], rate_hz: int) -> Chunks:
    """Chunks to keep of an open file, `tail` being those behind its samples.

    Those of WAV, RF64, RIFX, W64 and what a FLAC file holds of the WAV that it was made from; an ID3v2 tag in front of
    any file. Of AIFF and CAF only the names of what is lost.
    """
    items: list[Chunk] = []
    dropped: list[str] = []
    notes: list[str] = []
    front = layout.spans if layout.data is None else layout.spans[: layout.spans.index(layout.data) + 1]
    behind = tail if layout.data is not None else ()
    silent = _SILENT.get(layout.kind, _SILENT["WAV"]).split(b",")
    for span in (*front, *behind):
        if span.id in silent or (span.id == b"VORB" and not _has_comments(stream, span)):
            continue
        chunk = _kept(stream, layout, span)
        fixed = None if chunk is None else repaired(chunk.id, chunk.body)
        if chunk is None or fixed is None or fixed.body is None:
            dropped.append(_NAMES.get(span.id) or _shown(stream, span))
            continue
        items.append(Chunk(chunk.id, fixed.body))
        notes += [fixed.note] if fixed.note else []
    return Chunks(rate_hz, tuple(items), _channel_mask(stream, layout), tuple(dict.fromkeys(dropped)), tuple(notes))


def _kept(stream: BinaryIO, layout: Layout, span: Span) -> Chunk | None:
    """The chunk as a WAV has it, or None where it cannot be kept."""
    if span.id == b"ID3v":
        body = read_body(stream, span) if span.size <= _LARGEST else None
        return None if body is None else Chunk(b"id3 ", body)
    kept = {"AIFF": (b"ID3 ",), "CAF": (), "W64": _W64_KEPT}.get(layout.kind, (*_KEPT, b"LIST"))
    body = read_body(stream, span) if span.id in kept and span.size <= _LARGEST else None
    if body is None or (span.id == b"LIST" and body[:4] not in _KEPT_LISTS):
        return None
    if layout.kind == "RIFX":
        body = little_endian(span.id, body)
    return None if body is None else Chunk(b"id3 " if span.id == b"ID3 " else span.id, body)


def _shown(stream: BinaryIO, span: Span) -> str:
    kind = (read_body(stream, span, most=4) or b"") if span.id == b"LIST" else b""
    return (span.id + b" " + kind).decode("ascii", "replace").strip()


def _has_comments(stream: BinaryIO, span: Span) -> bool:
    """Whether a Vorbis comment holds one beside the name of the program that wrote it."""
    (vendor,) = struct.unpack("<I", read_body(stream, span, most=4) or bytes(4)) if span.size >= 4 else (0,)
    count = read_at(stream, span.offset + 4 + vendor, 4) if vendor <= span.size - 8 else b""
    return bool(count.strip(b"\0"))


def _channel_mask(stream: BinaryIO, layout: Layout) -> int:
    span = layout.find(b"fmt ")
    if span is None or span.size < 40 or layout.kind == "FLAC":
        return 0
    raw = read_at(stream, span.offset, 40)
    if len(raw) < 40 or struct.unpack_from(layout.order + "H", raw)[0] != EXTENSIBLE:
        return 0
    return struct.unpack_from(layout.order + "I", raw, 20)[0]


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
    elif chunk.id == b"cart" and len(body) >= _CART_TIMERS + 64:
        for timer in range(_CART_TIMERS, _CART_TIMERS + 64, 8):
            _scale(body, timer + 4, ratio)
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
