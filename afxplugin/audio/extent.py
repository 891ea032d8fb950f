"""Where the samples of a file end: what its header announces, held against what follows there."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from afxplugin.audio.heads import counted, id3_bytes
from afxplugin.audio.layout import MOST_GUESSES, Span, read_at, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from afxplugin.audio.layout import Grammar, Layout

# What programs write that cannot come back to fill in the size: all ones, the largest signed number, and these less a
# header of theirs or rounded to a frame; SoX's, which is also mplayer's and espeak's, and SoX's for AIFF.
_UNKNOWN = ((0x7EFFFE00, 0x7F000100), (0x7FFFE000, 0x7FFFF100), (0x7FFFFF00, 0x80000100), (0xFFFFFF00, 0xFFFFFFFF))
_ENDLESS = 2**62
_TRAILER_BYTES = 2**20
_PADDING_BYTES = 2**20
_RUBBISH_BYTES = 1024
_COMPARED_FRAMES = 4096
_WRAPS_AT = 2**32
# What other programs hang on to the end of a file without a chunk around it.
_APPENDED = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN")


@dataclass(frozen=True)
class Extent:
    """Samples from byte `start` to byte `end`; `announced` bytes by the header, None where it says: unknown.

    `tail` are the chunks behind them; `notes` what was left out or looked for.
    """

    start: int
    end: int
    announced: int | None
    tail: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def there(self) -> int:
        """Bytes of samples in the file."""
        return self.end - self.start


def find_extent(
    stream: BinaryIO, layout: Layout, data: Span, frame_bytes: int, *, alike: Callable[[bytes, bytes], bool] | None
) -> Extent:
    """Where the samples lie that begin at `data`, with what its header announces (a negative size: unknown).

    `frame_bytes` is the length of a frame; `alike` says of the last bytes before the announced end and those behind it
    whether these go on with the same sound (None: nobody can say).
    """
    file_bytes, grammar = layout.file_bytes, layout.grammar
    assert grammar is not None
    start = min(data.offset, file_bytes)
    size = _unknown_as_none(data.size, frame_bytes)
    if data.size >= 0 and data.end <= file_bytes and (tail := _tail(stream, file_bytes, data, grammar)) is not None:
        # Right, even where it reads as unknown.
        return Extent(start, data.end, data.size, tuple(tail), _further(layout, tail, grammar.samples))
    end, tail = _trailer(stream, start, file_bytes, grammar)
    if size is None:
        return Extent(start, end, None, tuple(tail))
    announced_end = start + max(0, size)
    excess = end - announced_end
    if excess <= 0 or not size:
        return Extent(start, end, size, tuple(tail))
    if excess < frame_bytes or (excess == 1 and size % 2) or _is_appended(stream, announced_end, file_bytes):
        return Extent(start, announced_end, size, tuple(tail))
    if _is_zero(stream, announced_end, end):
        told = f"{counted(excess, 'zero byte')} after the announced end ignored"
        return Extent(start, announced_end, size, tuple(tail), (told,))
    if not tail and _is_outside(layout, announced_end, size, excess):
        frames = 64 if excess <= _RUBBISH_BYTES else _COMPARED_FRAMES
        whole = size // frame_bytes * frame_bytes
        first = max(0, whole - frames * frame_bytes)
        before = read_at(stream, start + first, whole - first)
        behind = read_at(stream, start + whole, min(end - start - whole, max(_RUBBISH_BYTES, frames * frame_bytes)))
        if alike is None or not alike(before, behind):
            told = f"{counted(excess, 'byte')} after the announced end ignored; they do not look like audio"
            return Extent(start, announced_end, size, (), (told,))
    return Extent(start, end, size, tuple(tail))


def _is_outside(layout: Layout, announced_end: int, size: int, excess: int) -> bool:
    """Whether what follows the announced end may be none of the file: little of it, or behind a header that agrees.

    Both sizes of a header wrap at 4 GB and then agree, and are wrong.
    """
    if excess <= min(_RUBBISH_BYTES, size // 8):
        return layout.form_end is None or layout.form_end <= announced_end + 1
    return layout.form_end is not None and abs(layout.form_end - announced_end) <= 8 and layout.file_bytes < _WRAPS_AT


def _further(layout: Layout, tail: list[Span], samples: bytes) -> tuple[str, ...]:
    more = sum(span.id == samples for span in tail)
    if not more:
        return ()
    name = samples.decode("ascii")
    if layout.data != layout.find(samples):  # an empty one was passed over, and told
        return (f"{counted(more, f'further {name} chunk')} left out",)
    told = f"a second {name} chunk was" if more == 1 else f"{more} further {name} chunks were"
    return (f"{told} left out; only the first is played",)


def _unknown_as_none(size: int, frame_bytes: int) -> int | None:
    if size == -1 or size >= _ENDLESS - 2**16:
        return None
    rounded = min(frame_bytes, 4096)
    return None if any(low - rounded < size <= high for low, high in _UNKNOWN) else size


def _tail(stream: BinaryIO, file_bytes: int, data: Span, grammar: Grammar) -> list[Span] | None:
    """Chunks right behind the samples, padded or not; None where something else follows, empty where nothing does."""
    padded = data.end + -data.size % grammar.align
    if file_bytes <= padded:
        # A pad byte may be anything, several are zeros; others are samples.
        rest = read_at(stream, data.end, file_bytes - data.end)
        return None if len(rest) > 1 and rest.strip(b"\0") else []
    for at in dict.fromkeys((padded, data.end)):
        if spans := _chunks(stream, file_bytes, at, grammar):
            return spans
    return None


def _chunks(stream: BinaryIO, file_bytes: int, at: int, grammar: Grammar) -> list[Span]:
    """Chunks from `at` on if they are some: of a known name, or leading just to the end of the file."""
    spans = walk(stream, file_bytes, at, grammar)
    if not spans:
        return []
    if spans[0].id in grammar.names - {grammar.samples} or _closes(stream, spans[-1], file_bytes, grammar):
        return spans
    return []


def _closes(stream: BinaryIO, last: Span, file_bytes: int, grammar: Grammar) -> bool:
    """Whether a last chunk ends just where the file does, or only a tag or zeros are behind it."""
    if last.size < 0 or last.end > file_bytes:
        return False
    padded = last.end + -last.size % grammar.align
    return file_bytes <= padded or _is_zero(stream, padded, file_bytes) or _is_appended(stream, last.end, file_bytes)


def _trailer(stream: BinaryIO, start: int, file_bytes: int, grammar: Grammar) -> tuple[int, list[Span]]:
    """End of samples of unknown length: the file's, or where chunks begin that lead just to the end of the file."""
    window = max(start, file_bytes - _TRAILER_BYTES)
    raw = read_at(stream, window, file_bytes - window)
    names = b"|".join(re.escape(name) for name in sorted(grammar.names - {grammar.samples, b"fmt ", b"COMM", b"desc"}))
    for match in itertools.islice(re.finditer(names, raw), MOST_GUESSES):
        spans = walk(stream, file_bytes, window + match.start(), grammar)
        if spans and _closes(stream, spans[-1], file_bytes, grammar):
            return window + match.start(), spans
    tagged = file_bytes - start >= 128 and read_at(stream, file_bytes - 128, 3) == b"TAG"
    return (file_bytes - 128 if tagged else file_bytes), []


def _is_appended(stream: BinaryIO, at: int, file_bytes: int) -> bool:
    head = read_at(stream, at, 11)
    for skipped in (0, 1):
        if not head[skipped:].startswith(_APPENDED):
            continue
        if head[skipped:].startswith(b"TAG"):
            return file_bytes - at - skipped == 128
        return not head[skipped:].startswith(b"ID3") or bool(id3_bytes(head[skipped:].ljust(10)))
    return False


def _is_zero(stream: BinaryIO, at: int, end: int) -> bool:
    return end - at <= _PADDING_BYTES and not read_at(stream, at, end - at).strip(b"\0")
