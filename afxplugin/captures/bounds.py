"""What a JSON text would cost once parsed, counted before it is: no text may take much more memory than its length.

A list costs 56 bytes and an object 64 or more where the text spends two or three; an escape in a string costs about 200
where the text spends six. So each is counted in one linear pass, and what no capture has is refused unparsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin.errors import CaptureFormatError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_DEPTH = 64  # far from the interpreter's recursion limit; real files nest about ten deep
MAX_VALUES = 3_000_000  # some 30 MB of weights as text; the largest network that is played has 0.4 million
MAX_CONTAINERS = 100_000  # one for each row of a matrix: a few thousand
MAX_STRINGS = 100_000
MAX_STRING_BYTES = 16 << 20
MAX_ESCAPES = 400_000  # an .afx header has one for each quotation mark of the JSON inside it
_CHUNK = 1 << 20


def check_bounds(text: bytes) -> None:
    """Raise CaptureFormatError for UTF-8 JSON that nests too deep or has more values than a capture.

    Text that is not JSON may be counted wrongly, but only from the first error on, where the parser stops too.
    """
    escapes = text.count(b"\\")
    _at_most(escapes, MAX_ESCAPES, "escaped characters")
    if escapes:  # of a run of backslashes each pair is one backslash; one left over escapes what follows
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    octets = np.frombuffer(text, np.uint8)
    depth = values = containers = quotes = inside = 0
    for start in range(0, len(octets), _CHUNK):
        chunk = octets[start : start + _CHUNK]
        marks = chunk == ord('"')
        within = ((np.cumsum(marks, dtype=np.int32) + quotes) & 1).astype(np.bool_)
        opening, closing, commas = _outside(chunk, within)
        depth = _depth(depth, opening, closing)
        quotes += int(np.count_nonzero(marks))
        inside += int(np.count_nonzero(within))
        containers += int(np.count_nonzero(opening))
        values += int(np.count_nonzero(commas))
        _at_most(containers, MAX_CONTAINERS, "lists and objects")
        _at_most(values, MAX_VALUES, "values")
        _at_most(quotes // 2, MAX_STRINGS, "texts")
        _at_most(inside >> 20, MAX_STRING_BYTES >> 20, "MB of text")


def _outside(chunk: NDArray[np.uint8], within: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], ...]:
    """Where brackets open, where they close and where commas are, outside strings."""
    folded = chunk & 0xDF  # [ and {, ] and } differ in this bit alone
    outside = ~within
    return (folded == ord("[")) & outside, (folded == ord("]")) & outside, (chunk == ord(",")) & outside


def _depth(depth: int, opening: NDArray[np.bool_], closing: NDArray[np.bool_]) -> int:
    levels = depth + np.cumsum(opening.astype(np.int32) - closing)
    if levels.size and int(levels.max()) > MAX_DEPTH:
        raise CaptureFormatError(f"not a capture: JSON nested deeper than {MAX_DEPTH} levels")
    return int(levels[-1]) if levels.size else depth


def _at_most(given: int, most: int, what: str) -> None:
    if given > most:
        raise CaptureFormatError(f"not a capture: JSON with more than {most} {what}, the most that a capture may have")
