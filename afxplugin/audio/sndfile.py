"""Samples that libsndfile decodes: of FLAC, and of what is coded in a WAV, AIFF or CAF file.

It is shown a view of the file, a clean header with the samples behind it, so that what is odd about the container is
none of its business. It never sees a file whose head we do not know: its MP3 decoder writes to the terminal.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from afxplugin.audio.coding import unreadable
from afxplugin.audio.layout import read_at, read_body

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afxplugin.audio.coding import Coding
    from afxplugin.audio.extent import Extent
    from afxplugin.audio.layout import Layout

_LARGEST_BODY = 64 * 2**20
_FLAC_HEADER_BYTES = 42  # the mark and the whole of STREAMINFO
_PACKETS_AT = 24  # of a CAF's packet table, seven bits of a number in a byte
_LONGEST_NUMBER = 5
_LARGEST_RIFF = 2**32 - 1024


class SndfileSamples:
    """Samples of an open file or view, decoded by libsndfile; the file stays the caller's.

    Raises:
        AudioError: libsndfile cannot read it; the reason is its own.

    """

    def __init__(self, source: BinaryIO | View) -> None:
        import soundfile  # slow to import  # pyright: ignore[reportMissingTypeStubs]

        source.seek(0)
        # By descriptor: libsndfile's own opening refuses names that are not UTF-8 or longer than its buffer.
        target: Any = source if isinstance(source, View) or sys.platform == "win32" else source.fileno()
        try:
            self._sound: Any = soundfile.SoundFile(target, closefd=False)
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise unreadable(str(getattr(error, "error_string", error)).rstrip(".")) from error
        self.rate_hz, self.channels = int(self._sound.samplerate), int(self._sound.channels)
        self.frames, self.subtype = int(self._sound.frames), str(self._sound.subtype)

    def read(self, frames: int) -> NDArray[np.float32]:
        """Next block, (channels, n) float32, C-contiguous; n below `frames` where the coding is damaged.

        Raises:
            OSError, RuntimeError: libsndfile cannot read on.

        """
        return np.ascontiguousarray(self._sound.read(frames, dtype="float32", always_2d=True).T)

    def seek(self, frame: int) -> None:
        """Let the next `read` start at a frame. Raises OSError or RuntimeError."""
        self._sound.seek(frame)

    def close(self) -> None:
        """Close the decoder."""
        self._sound.close()


class View:
    """A header of our own and, behind it, part of a file: read, seek and tell, as soundfile wants them."""

    def __init__(self, stream: BinaryIO, header: bytes, start: int, end: int) -> None:
        self._stream, self._header, self._start, self._end = stream, header, start, end
        self._at = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Set the position; as of io."""
        length = len(self._header) + self._end - self._start
        self._at = max(0, offset + (0, self._at, length)[whence])
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer at the end, and where the disk fails: libsndfile cannot be told of it."""
        head = self._header[self._at : self._at + size]
        at = self._start + max(0, self._at - len(self._header))
        try:
            raw = head + read_at(self._stream, at, max(0, min(size - len(head), self._end - at)))
        except OSError:
            raw = head
        self._at += len(raw)
        return raw


def open_flac(stream: BinaryIO, layout: Layout, *, frames: int | None = None) -> SndfileSamples:
    """Samples of a FLAC file, which may begin behind an ID3v2 tag; `frames` instead of how many its header says."""
    if frames is None and not layout.start:
        return SndfileSamples(stream)
    header = bytearray(read_at(stream, layout.start, _FLAC_HEADER_BYTES))
    if frames is not None and len(header) == _FLAC_HEADER_BYTES:
        # The lower half of byte 21 and the four bytes behind it (RFC 9639, 8.2).
        count = frames % 2**36 | (header[21] & 0xF0) << 32
        header[21:26] = count.to_bytes(5, "big")
    return SndfileSamples(View(stream, bytes(header), layout.start + len(header), layout.file_bytes))


def open_coded(stream: BinaryIO, layout: Layout, coding: Coding, extent: Extent) -> SndfileSamples:
    """Samples in a coding of libsndfile's, through a view with a clean header."""
    build = {"AIFF": _aiff_header, "CAF": _caf_header}.get(layout.kind, _wave_header)
    return SndfileSamples(View(stream, build(stream, layout, coding, extent), extent.start, extent.end))


def _wave_header(stream: BinaryIO, layout: Layout, _coding: Coding, extent: Extent) -> bytes:
    order = layout.order
    fmt = _packed(order + "4sI", b"fmt ", _body(stream, layout, b"fmt "))
    if 12 + len(fmt) + 8 + extent.there > _LARGEST_RIFF:
        sizes = struct.pack("<QQQI", 4 + 36 + len(fmt) + 8 + extent.there, extent.there, 0, 0)
        head = struct.pack("<4sI4s", b"RF64", 2**32 - 1, b"WAVE") + _packed("<4sI", b"ds64", sizes)
        return head + fmt + struct.pack("<4sI", b"data", 2**32 - 1)
    riff = struct.pack(order + "4sI", b"RIFX" if order == ">" else b"RIFF", 4 + len(fmt) + 8 + extent.there)
    return riff + b"WAVE" + fmt + struct.pack(order + "4sI", b"data", extent.there)


def _aiff_header(stream: BinaryIO, layout: Layout, coding: Coding, extent: Extent) -> bytes:
    common = bytearray(_body(stream, layout, b"COMM"))
    if coding.frame_bytes > 1 or coding.channels == 1:
        struct.pack_into(">I", common, 2, min(extent.there // coding.frame_bytes, 2**32 - 1))
    chunks = _packed(">4sI", b"FVER", struct.pack(">I", 0xA2805140)) + _packed(">4sI", b"COMM", bytes(common))
    there = min(extent.there, 2**32 - 2048)
    form = struct.pack(">4sI4s", b"FORM", 4 + len(chunks) + 16 + there, b"AIFC")
    return form + chunks + struct.pack(">4sIII", b"SSND", 8 + there, 0, 0)


def _caf_header(stream: BinaryIO, layout: Layout, _coding: Coding, extent: Extent) -> bytes:
    _check_packets(_body(stream, layout, b"pakt", tail=extent))
    chunks = b"".join(
        struct.pack(">4sq", name, len(body)) + body
        for name in (b"desc", b"kuki", b"pakt")
        if (body := _body(stream, layout, name, tail=extent))
    )
    return b"caff" + struct.pack(">HH", 1, 0) + chunks + struct.pack(">4sqI", b"data", 4 + extent.there, 0)


def _check_packets(table: bytes) -> None:
    """Refuse a packet table whose numbers leave it: libsndfile says so on the terminal."""
    at = _PACKETS_AT
    while at < len(table) and table[at] & 0x7F:
        length = 1
        while table[at + length - 1] & 0x80:
            length += 1
            if length > _LONGEST_NUMBER or at + length > len(table):
                raise unreadable("its packet table is damaged")
        at += length


def _body(stream: BinaryIO, layout: Layout, name: bytes, *, tail: Extent | None = None) -> bytes:
    spans = (*layout.spans, *(tail.tail if tail else ()))
    span = next((span for span in spans if span.id == name), None)
    if span is None or span.size > _LARGEST_BODY:
        return b""
    return read_body(stream, span) or b""


def _packed(header: str, name: bytes, body: bytes) -> bytes:
    return struct.pack(header, name, len(body)) + body + bytes(len(body) % 2)
