"""Where the chunks of a WAV, RF64, AIFF, W64, CAF or FLAC file lie, read from the file itself.

Nothing in a header is trusted: chunks are looked for with and without their pad byte, and the samples behind a chunk
whose size is wrong.
"""

from __future__ import annotations

import itertools
import re
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from afxplugin.audio.heads import id3_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CHUNKS = 4096
_SEARCHED_BYTES = 2**20
MOST_GUESSES = 16  # places tried that look like the head of a chunk
_ALL_ONES = 0xFFFFFFFF
_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_W64_OTHER = {
    bytes.fromhex("5662f7ab2d39d21186c700c04f8edb8a"): b"mrkr",
    bytes.fromhex("bc945f925a52d21186dc00c04f8edb8a"): b"list",
}
_FLAC_BLOCKS = {2: b"APPL", 4: b"VORB", 5: b"CUES", 6: b"PICT"}
_RIFF_NAMES = (
    b"fmt ,data,fact,LIST,JUNK,junk,FLLR,filr,PAD ,PEAK,bext,iXML,axml,chna,cue ,smpl,inst,acid,_PMX,id3 ,ID3 ,cart,"
    b"umid,regn,levl,link,plst,wavl,slnt,DISP,afsp,minf,elm1,ovwf,DGDA,SAUR,LGWV,ResU,strc,tlst,clm ,mext,qlty,dbmd,"
    b"bxml,sxml,ds64,note,labl,ltxt,SNDM,SMED,CSET,Trkn"
)
_AIFF_NAMES = (
    b"COMM,SSND,MARK,INST,MIDI,AESD,APPL,COMT,NAME,AUTH,(c) ,ANNO,FVER,CHAN,ID3 ,id3 ,PEAK,SAXL,basc,trns,cate"
)
_CAF_NAMES = b"desc,data,pakt,kuki,chan,free,info,strg,mark,regn,inst,midi,ovvw,peak,edct,umid,uuid"


@dataclass(frozen=True)
class Span:
    """One chunk: its four letters, the offset of its body and the bytes that its header announces."""

    id: bytes
    offset: int
    size: int

    @property
    def end(self) -> int:
        """Where its body ends, if its header is right."""
        return self.offset + self.size


@dataclass(frozen=True)
class Grammar:
    """How the chunks of a container are headed: `header` unpacks name and size (none: W64's); `align` rounds sizes."""

    header: struct.Struct | None
    align: int
    names: frozenset[bytes]
    samples: bytes = b"data"

    @property
    def header_bytes(self) -> int:
        """Length of a chunk's header."""
        return 24 if self.header is None else self.header.size

    def parse(self, raw: bytes) -> tuple[bytes, int] | None:
        """Name and size of the body from the bytes of a header, or None where they are not a header."""
        if len(raw) < self.header_bytes:
            return None
        if self.header is None:
            name = raw[:4] if raw[4:16] == _W64_TAIL else _W64_OTHER.get(raw[:16], b"")
            (size,) = struct.unpack_from("<q", raw, 16)
            return (name, size - 24 if size != -1 else -1) if name and _is_name(name) else None
        name, size = self.header.unpack(raw[: self.header_bytes])
        return (name, size) if _is_name(name) else None


@dataclass(frozen=True)
class Layout:
    """The chunks of a file.

    `kind` is WAV, RF64, BW64, RIFX, AIFF, W64, CAF, FLAC or, where the container is none of these, empty; `start` where
    it begins (behind an ID3v2 tag); `form_end` where it ends by its own first header, None where that does not say;
    `file_bytes` the length of the file; `data` the chunk of the samples as announced, or None; `notes` what was odd.
    """

    kind: str
    spans: tuple[Span, ...]
    file_bytes: int
    data: Span | None = None
    start: int = 0
    form_end: int | None = None
    grammar: Grammar | None = None
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> str:
        """Byte order of its numbers, as struct writes it."""
        return ">" if self.kind in ("RIFX", "AIFF", "CAF", "FLAC") else "<"

    def find(self, name: bytes) -> Span | None:
        """First chunk of a name."""
        return next((span for span in self.spans if span.id == name), None)


def _grammar(header: str, align: int, names: bytes, samples: bytes = b"data") -> Grammar:
    return Grammar(struct.Struct(header) if header else None, align, frozenset(names.split(b",")), samples)


_RIFF = _grammar("<4sI", 2, _RIFF_NAMES)
_RIFX = _grammar(">4sI", 2, _RIFF_NAMES)
_AIFF = _grammar(">4sI", 2, _AIFF_NAMES, b"SSND")
_W64 = _grammar("", 8, _RIFF_NAMES + b",mrkr,list")
_CAF = _grammar(">4sq", 1, _CAF_NAMES)


def read_layout(stream: BinaryIO) -> Layout:
    """Walk the chunks of an open file; its position is left anywhere.

    Raises:
        OSError: the file cannot be read.

    """
    file_bytes = stream.seek(0, 2)
    start = id3_bytes(read_at(stream, 0, 10))
    head = read_at(stream, start, 40)
    if not _is_container(head):
        start, head = _behind_padding(stream, start)
    layout = _container(stream, head, start, file_bytes)
    if start and layout.kind:
        layout = replace(layout, spans=(Span(b"ID3v", 0, id3_bytes(read_at(stream, 0, 10))), *layout.spans))
    return layout


def _is_container(head: bytes) -> bool:
    riff = head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE"
    aiff = head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")
    return riff or aiff or (head[:16] == _W64_RIFF and len(head) >= 24) or head[:4] in (b"caff", b"fLaC")


def _behind_padding(stream: BinaryIO, start: int) -> tuple[int, bytes]:
    """Some taggers leave zeros between their tag and the file, which the tag does not count."""
    if start:
        raw = read_at(stream, start, 2**16)
        shift = len(raw) - len(raw.lstrip(b"\0"))
        head = read_at(stream, start + shift, 40)
        if _is_container(head):
            return start + shift, head
    return 0, read_at(stream, 0, 40)


def _container(stream: BinaryIO, head: bytes, start: int, file_bytes: int) -> Layout:
    if not _is_container(head):
        return Layout("", (), file_bytes)
    if head[:4] == b"fLaC":
        return Layout("FLAC", _flac(stream, start + 4, file_bytes), file_bytes, start=start)
    if head[:4] == b"caff":
        return _walked(stream, "CAF", _CAF, Layout("", (), file_bytes, start=start), at=8)
    if head[:4] == b"FORM":
        end = start + 8 + struct.unpack_from(">I", head, 4)[0]
        return _walked(stream, "AIFF", _AIFF, Layout("", (), file_bytes, start=start, form_end=end), at=12)
    if head[:16] == _W64_RIFF:
        end = start + struct.unpack_from("<Q", head, 16)[0]
        return _walked(stream, "W64", _W64, Layout("", (), file_bytes, start=start, form_end=end), at=40)
    kind = {b"RIFF": "WAV", b"RIFX": "RIFX", b"RF64": "RF64", b"BW64": "BW64"}[head[:4]]
    size = struct.unpack_from(">I" if kind == "RIFX" else "<I", head, 4)[0]
    long_sizes = _ds64(stream, start) if kind in ("RF64", "BW64") else {}
    if size == _ALL_ONES:
        size = long_sizes.get(b"RIFF", size)
    about = Layout("", (), file_bytes, start=start, form_end=start + 8 + size)
    return _walked(stream, kind, _RIFX if kind == "RIFX" else _RIFF, about, at=12, long_sizes=long_sizes)


def _walked(
    stream: BinaryIO,
    kind: str,
    grammar: Grammar,
    about: Layout,
    *,
    at: int,
    long_sizes: Mapping[bytes, int] | None = None,
) -> Layout:
    """Chunks from `at` on behind the container's start, the samples searched for where the walk misses them."""
    spans = walk(stream, about.file_bytes, about.start + at, grammar, long_sizes=long_sizes)
    data, notes = _first_samples(spans, kind, grammar.samples)
    if data is None and spans and spans[-1].id not in (b"fmt ", b"COMM"):
        found = _search(stream, about.file_bytes, spans[-1], grammar, long_sizes or {})
        if found:
            told = spans[-1].id.decode("ascii").strip()
            notes = (f"the size of its chunk {told} is wrong; the samples were found behind it",)
            spans = [*spans[:-1], *found]
            data = next(span for span in found if span.id == grammar.samples)
    return replace(about, kind=kind, spans=tuple(spans), data=data, grammar=grammar, notes=notes)


def _first_samples(spans: list[Span], kind: str, name: bytes) -> tuple[Span | None, tuple[str, ...]]:
    """First chunk of samples that is not empty, with a note where that is not the first; else the first, or None."""
    found = [span for span in spans if span.id == name]
    words = {"AIFF": 8, "CAF": 4}.get(kind, 0)  # in front of the samples
    for number, span in enumerate(found):
        if not 0 <= span.size <= words:
            told = (
                f"its first {name.decode('ascii')} chunk is empty; the {'second' if number == 1 else 'next'} is played"
            )
            return span, (told,) if number else ()
    return (found[0] if found else None), ()


def walk(
    stream: BinaryIO, file_bytes: int, at: int, grammar: Grammar, *, long_sizes: Mapping[bytes, int] | None = None
) -> list[Span]:
    """Chunks from `at` on, as far as there are any; `long_sizes` are those of chunks that announce all ones."""
    spans: list[Span] = []
    while len(spans) < _MOST_CHUNKS:
        parsed = grammar.parse(read_at(stream, at, grammar.header_bytes))
        if parsed is None:
            break
        name, size = parsed
        if size == _ALL_ONES and long_sizes and name in long_sizes:
            size = long_sizes[name]
        if name == b"desc" and not spans:
            size = 32  # always (Apple, CAF specification), whatever it says
        spans.append(Span(name, at + grammar.header_bytes, size))
        if size < 0 or spans[-1].end > file_bytes:
            break
        at = _next(stream, spans[-1].end, size, grammar)
    return spans


def read_at(stream: BinaryIO, at: int, size: int) -> bytes:
    """Up to `size` bytes at `at`, fewer where the file ends."""
    stream.seek(at)
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_body(stream: BinaryIO, span: Span, *, most: int | None = None) -> bytes | None:
    """Bytes of a chunk, or its first `most`; None where the file ends inside them."""
    size = span.size if most is None else min(span.size, most)
    if size < 0 or span.offset + size > stream.seek(0, 2):
        return None  # before memory is asked for
    body = read_at(stream, span.offset, size)
    return body if len(body) == size else None


def _next(stream: BinaryIO, end: int, size: int, grammar: Grammar) -> int:
    """Where the chunk after one that ends at `end` begins: padded as the container asks, or not, or too much."""
    padded = end + -size % grammar.align
    places = [padded, end, end + 1]
    heads = [grammar.parse(read_at(stream, place, grammar.header_bytes)) for place in places]
    for place, head in zip(places, heads, strict=True):
        if head is not None and head[0] in grammar.names:
            return place
    return end if heads[0] is None and heads[1] is not None else padded


def _is_name(name: bytes) -> bool:
    return all(32 <= letter < 127 for letter in name)


def _search(
    stream: BinaryIO, file_bytes: int, culprit: Span, grammar: Grammar, long_sizes: Mapping[bytes, int]
) -> list[Span] | None:
    """Chunks from the samples' on, within the first megabyte behind the header of a chunk whose size is wrong."""
    raw = read_at(stream, culprit.offset, _SEARCHED_BYTES)
    for match in itertools.islice(re.finditer(re.escape(grammar.samples), raw), MOST_GUESSES):
        found = walk(stream, file_bytes, culprit.offset + match.start(), grammar, long_sizes=long_sizes)
        # The letters alone might stand in a text: an end at that of the file, or another chunk there, or all ones.
        if found and (abs(file_bytes - found[0].end) <= 1 or len(found) > 1 or found[0].size in (-1, _ALL_ONES)):
            return found
    return None


def _ds64(stream: BinaryIO, start: int) -> dict[bytes, int]:
    """64-bit sizes of an RF64 file (EBU Tech 3306, section 4); -1 where they are not known."""
    raw = read_at(stream, start + 12, 36)
    if len(raw) < 36 or raw[:4] != b"ds64":
        return {}
    riff_bytes, data_bytes = struct.unpack_from("<QQ", raw, 8)
    # A program that could not come back to fill it in left nought or all ones.
    sizes = {b"RIFF": int(riff_bytes), b"data": int(data_bytes) if 0 < data_bytes < 2**62 else -1}
    (entries,) = struct.unpack_from("<I", raw, 32)
    table = read_at(stream, start + 48, 12 * min(int(entries), _MOST_CHUNKS))
    for at in range(0, len(table) - 11, 12):
        name, size = struct.unpack_from("<4sQ", table, at)
        sizes.setdefault(name, int(size))
    return sizes


def _flac(stream: BinaryIO, at: int, file_bytes: int) -> tuple[Span, ...]:
    """Metadata blocks that hold more than the coding (RFC 9639, 8): comments, cue sheet, pictures, foreign chunks."""
    spans: list[Span] = []
    for _ in range(_MOST_CHUNKS):
        head = read_at(stream, at, 8)
        if len(head) < 4:
            break
        size = int.from_bytes(head[1:4], "big")
        name = _FLAC_BLOCKS.get(head[0] & 0x7F)
        if name == b"APPL" and head[4:8] == b"riff" and size >= 12 and at + 4 + size <= file_bytes:
            # flac --keep-foreign-metadata: one chunk of the WAV it came from, with its header.
            inner, length = struct.unpack("<4sI", read_at(stream, at + 8, 8))
            if inner not in (b"RIFF", b"RF64", b"data") and length <= size - 12:
                spans.append(Span(inner, at + 16, length))
        elif name is not None:
            spans.append(Span(name, at + 4, size))
        at += 4 + size
        if head[0] & 0x80:
            break
    return tuple(spans)
