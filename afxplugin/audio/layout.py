"""Where the chunks of a WAV, RF64, AIFF, W64 or CAF file lie, read from the file itself.

libsndfile shortens a truncated file without a word and drops most chunks, so both are looked up here. Nothing in a
header is trusted: every offset is checked against the length of the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_CHUNKS = 4096
_UNKNOWN_32 = 0xFFFFFFFF
_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")


@dataclass(frozen=True)
class Span:
    """One chunk: its four letters, the offset of its body and the bytes that its header announces."""

    id: bytes
    offset: int
    size: int


@dataclass(frozen=True)
class Layout:
    """The chunks of a file.

    `kind` is WAV, RF64, RIFX, AIFF, W64, CAF or, where the container is none of these, empty; `file_bytes` is the
    length of the file; `data` the chunk of the samples, or None; `endless` says that its size is declared unknown.
    """

    kind: str
    spans: tuple[Span, ...]
    file_bytes: int
    data: Span | None = None
    endless: bool = False

    @property
    def missing_bytes(self) -> int:
        """How many bytes of samples are announced and not there."""
        if self.data is None or self.endless:
            return 0
        return max(0, self.data.offset + self.data.size - self.file_bytes)


def read_layout(stream: BinaryIO) -> Layout:
    """Walk the chunks of an open file; its position is left anywhere.

    Raises:
        OSError: the file cannot be read.

    """
    file_bytes = stream.seek(0, 2)
    stream.seek(0)
    head = stream.read(40)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _riff(stream, head, file_bytes)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        spans = tuple(_walk(stream, file_bytes, at=12, header=struct.Struct(">4sI"), pad_to=2))
        return Layout("AIFF", spans, file_bytes, _find(spans, b"SSND"))
    if head[:16] == _W64_RIFF:
        spans = tuple(_walk_w64(stream, file_bytes))
        return Layout("W64", spans, file_bytes, _find(spans, b"data"))
    if head[:4] == b"caff":
        spans = tuple(_walk(stream, file_bytes, at=8, header=struct.Struct(">4sq"), pad_to=1))
        data = _find(spans, b"data")
        return Layout("CAF", spans, file_bytes, data, endless=data is not None and data.size < 0)
    return Layout("", (), file_bytes)


def read_body(stream: BinaryIO, span: Span, *, most: int | None = None) -> bytes | None:
    """Bytes of a chunk, or its first `most`; None where the file ends inside them."""
    size = span.size if most is None else min(span.size, most)
    if span.offset + size > stream.seek(0, 2):
        return None  # before memory is asked for
    stream.seek(span.offset)
    body = stream.read(size)
    return body if len(body) == size else None


def _find(spans: tuple[Span, ...], name: bytes) -> Span | None:
    return next((span for span in spans if span.id == name), None)


def _riff(stream: BinaryIO, head: bytes, file_bytes: int) -> Layout:
    order = ">" if head[:4] == b"RIFX" else "<"
    kind = {b"RIFF": "WAV", b"RIFX": "RIFX"}.get(head[:4], "RF64")
    long_sizes = _ds64(stream) if kind == "RF64" else {}
    header = struct.Struct(order + "4sI")
    spans = tuple(_walk(stream, file_bytes, at=12, header=header, pad_to=2, long_sizes=long_sizes))
    data = _find(spans, b"data")
    # A program that wrote to a pipe could not come back to fill in the size: it says all ones, and the data ends with
    # the file.
    endless = data is not None and data.size == _UNKNOWN_32
    return Layout(kind, spans, file_bytes, data, endless)


def _ds64(stream: BinaryIO) -> dict[bytes, int]:
    """64-bit sizes of an RF64 file (EBU Tech 3306, section 4)."""
    stream.seek(12)
    raw = stream.read(36)
    if len(raw) < 36 or raw[:4] != b"ds64":
        return {}
    (data_bytes,) = struct.unpack_from("<Q", raw, 16)
    sizes = {b"data": int(data_bytes)}
    (entries,) = struct.unpack_from("<I", raw, 32)
    for _ in range(min(int(entries), _MOST_CHUNKS)):
        entry = stream.read(12)
        if len(entry) < 12:
            break
        name, size = struct.unpack("<4sQ", entry)
        sizes.setdefault(name, int(size))
    return sizes


def _walk(
    stream: BinaryIO,
    file_bytes: int,
    *,
    at: int,
    header: struct.Struct,
    pad_to: int,
    long_sizes: dict[bytes, int] | None = None,
) -> Iterator[Span]:
    for _ in range(_MOST_CHUNKS):
        if at + header.size > file_bytes:
            return
        stream.seek(at)
        raw = stream.read(header.size)
        if len(raw) < header.size:
            return
        name, size = header.unpack(raw)
        if not _is_name(name):
            return
        if size == _UNKNOWN_32 and long_sizes and name in long_sizes:
            size = long_sizes[name]
        yield Span(name, at + header.size, size)
        if size < 0:
            return
        at += header.size + size
        if size % pad_to and not _unpadded(stream, at):
            at += 1


def _is_name(name: bytes) -> bool:
    return all(32 <= letter < 127 for letter in name)


def _unpadded(stream: BinaryIO, at: int) -> bool:
    """Whether a chunk of odd size was written without its pad byte: then the next name starts at once."""
    stream.seek(at)
    names = stream.read(5)
    return len(names) == 5 and _is_name(names[:4]) and not _is_name(names[1:5])


def _walk_w64(stream: BinaryIO, file_bytes: int) -> Iterator[Span]:
    at = 40
    for _ in range(_MOST_CHUNKS):
        if at + 24 > file_bytes:
            return
        stream.seek(at)
        raw = stream.read(24)
        size = struct.unpack_from("<Q", raw, 16)[0] - 24 if len(raw) == 24 else -1
        if size < 0 or raw[4:16] != _W64_TAIL:
            return
        yield Span(raw[:4], at + 24, size)
        at += (24 + size + 7) // 8 * 8
