"""How many frames a FLAC file really holds, by its last whole block (RFC 9639, section 9)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from afxplugin.audio.layout import read_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from afxplugin.audio.layout import Layout

_SEARCHED_BYTES = 2**19
_MOST_MARKS = 20_000
_CHECKED_BYTES = 4 * 2**20
_CODED_BLOCKS = (0, 192, 576, 1152, 2304, 4608, 0, 0, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768)


class Length(NamedTuple):
    """Frames that a header announces (0: unknown) and frames up to the end of the last whole block (None: not found).

    `sure` is false where the last block that is announced is cut, or has something unknown behind it.
    """

    announced: int
    there: int | None = None
    sure: bool = True


class _Block(NamedTuple):
    """Head of a block: its place, its first frame and the one behind its last."""

    at: int
    first: int
    end: int


def flac_length(stream: BinaryIO, layout: Layout) -> Length:
    """Length of a FLAC file by its header and by its end."""
    info = read_at(stream, layout.start + 8, 34)
    if len(info) < 34:
        return Length(0)
    smallest, largest = struct.unpack_from(">HH", info)
    announced = int.from_bytes(info[13:18], "big") % 2**36
    first = max(layout.start + 42, layout.file_bytes - _SEARCHED_BYTES)
    raw = read_at(stream, first, layout.file_bytes - first)
    # Bytes inside a block may look like the head of one: only the checksum over the whole of it settles that.
    later: list[_Block] = []
    checked_bytes = 0
    for block in _blocks(raw, largest if smallest == largest else 0):
        ends = [end for end in _ends(raw) if end > block.at]
        cuts = [cut for cut in later if cut.first == block.end]
        checked_bytes += sum(end - block.at for end in ends) + sum(cut.at - block.at for cut in cuts)
        if checked_bytes > _CHECKED_BYTES:
            break
        if any(_checksum16(raw[block.at : end]) == 0 for end in ends):
            return Length(announced, block.end)
        for cut in cuts:
            if _checksum16(raw[block.at : cut.at]) == 0:
                return Length(announced, block.end, sure=cut.end != announced)
        later.append(block)
    return Length(announced)


def _ends(raw: bytes) -> list[int]:
    """Where the last block may end: at the end of the file, or before a tag or zeros that were appended."""
    ends = [len(raw), raw.rfind(b"APETAGEX")]
    if raw[-128:-125] == b"TAG":
        ends.append(len(raw) - 128)
    zeros = len(raw.rstrip(b"\0"))
    return [*ends, *range(zeros, min(zeros + 3, len(raw)))]


def _blocks(raw: bytes, fixed: int) -> Iterator[_Block]:
    """What looks like the head of a block, the last first; `fixed` frames each, 0 where they differ."""
    at = len(raw)
    for _ in range(_MOST_MARKS):
        at = raw.rfind(b"\xff", 0, at)
        if at < 0:
            return
        head = _head(raw[at : at + 16], fixed)
        if head is not None:
            yield _Block(at, head[0], head[0] + head[1])


def _head(raw: bytes, fixed: int) -> tuple[int, int] | None:
    """First frame and number of frames of the block that begins with these bytes, or None where none does."""
    if len(raw) < 6 or raw[0] != 0xFF or raw[1] & 0xFE != 0xF8 or raw[3] & 1 or raw[2] >> 4 == 0 or raw[2] & 15 == 15:
        return None
    length = max(1, 8 - (~raw[4] & 0xFF).bit_length()) if raw[4] & 0x80 else 1
    number = raw[4] & (0x7F >> length if raw[4] & 0x80 else 0x7F)
    at = 4 + length
    if len(raw) < at + 5:
        return None
    for byte in raw[5:at]:
        number = number << 6 | byte & 0x3F
    size = raw[2] >> 4
    frames = _CODED_BLOCKS[size]
    if size in (6, 7):
        frames = int.from_bytes(raw[at : at + size - 5], "big") + 1
        at += size - 5
    at += {12: 1, 13: 2, 14: 2}.get(raw[2] & 15, 0)
    if len(raw) <= at or _checksum8(raw[: at + 1]) != 0:
        return None
    if raw[1] & 1:  # blocks of various sizes: the number is that of the frame
        return number, frames
    return (number * fixed, frames) if fixed else None


def _checksum8(raw: bytes) -> int:
    value = 0
    for byte in raw:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value


def _table16() -> list[int]:
    table: list[int] = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
        table.append(value)
    return table


_TABLE16 = _table16()


def _checksum16(raw: bytes) -> int:
    value = 0
    for byte in raw:
        value = (value << 8 & 0xFF00) ^ _TABLE16[value >> 8 ^ byte]
    return value
