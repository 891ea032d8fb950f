"""Kept chunks held against their own rules, so that a count which is wrong in the source breaks nothing downstream."""

from __future__ import annotations

import struct
from typing import NamedTuple

from afxplugin.audio.bext import BEXT_BYTES
from afxplugin.audio.heads import counted

_CART_BYTES = 2048
_INST_BYTES = 7
_ACID_BYTES = 24


class Repaired(NamedTuple):
    """A body that follows the rules of its chunk, None where nothing can be kept; `note` says what was changed."""

    body: bytes | None
    note: str = ""


def repaired(name: bytes, body: bytes) -> Repaired:
    """Body of a little-endian chunk with its counts and sizes put right; the same bytes where they were right."""
    if name == b"cue ":
        return _cue(body)
    if name == b"smpl":
        return _sampler(body)
    if name == b"chna":
        return _tracks(body)
    if name == b"LIST":
        return _list(body)
    if name == b"acid":
        body = body[:_ACID_BYTES]  # its whole; what is odd behind it, libsndfile stumbles over
    least = {b"bext": BEXT_BYTES, b"cart": _CART_BYTES, b"inst": _INST_BYTES, b"acid": _ACID_BYTES}.get(name, 1)
    return Repaired(body if len(body) >= least else None)


def _corrected(name: str, count: int, kept: int, noun: str) -> str:
    there = "1 is there" if kept == 1 else f"{kept} are there"
    return f"its {name} chunk announces {counted(count, noun)}, {there}"


def _cue(body: bytes) -> Repaired:
    if len(body) < 4:
        return Repaired(None)
    (count,) = struct.unpack_from("<I", body)
    rest = len(body) - 4
    there = rest // 24
    # An exact number of points is there: the count is wrong. Else what is behind the points is none of them.
    kept = there if count > there or rest == 24 * there else count
    if kept == 0 and count:
        return Repaired(None)
    note = "" if kept == count else _corrected("cue", count, kept, "marker")
    return Repaired(struct.pack("<I", kept) + body[4 : 4 + 24 * kept], note)


def _sampler(body: bytes) -> Repaired:
    if len(body) < 36:
        return Repaired(None)
    count, extra = struct.unpack_from("<II", body, 28)
    there = (len(body) - 36) // 24
    kept = min(count, there)
    rest = body[36 + 24 * kept :][:extra]
    rest += bytes(len(rest) % 2)  # libsndfile skips no pad byte here
    note = "" if kept == count else _corrected("smpl", count, kept, "loop")
    return Repaired(body[:28] + struct.pack("<II", kept, len(rest)) + body[36 : 36 + 24 * kept] + rest, note)


def _tracks(body: bytes) -> Repaired:
    if len(body) < 4:
        return Repaired(None)
    tracks, count = struct.unpack_from("<HH", body)
    kept = min(count, (len(body) - 4) // 40)
    note = "" if kept == count else _corrected("chna", count, kept, "track")
    return Repaired(struct.pack("<HH", tracks, kept) + body[4:], note)


def _list(body: bytes) -> Repaired:
    """List with every part padded and none that leaves it; libsndfile reads no other."""
    kind, at, parts = body[:4], 4, [body[:4]]
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        if at + 8 + size > len(body) or not all(32 <= letter < 127 for letter in name):
            break
        parts.append(body[at : at + 8 + size] + bytes(size % 2))
        at += 8 + size + size % 2
        if size % 2 and body[at - 1 : at] != b"\0" and _is_part(body, at - 1):
            at -= 1  # not padded there
    if len(parts) == 1:
        return Repaired(None)
    cut = body[at:].strip(b"\0")
    name = kind.decode("ascii", "replace")
    note = f"the last {counted(len(body) - at, 'byte')} of its list {name} ignored; they are no part of it"
    return Repaired(b"".join(parts), note if cut else "")


def _is_part(body: bytes, at: int) -> bool:
    if at + 8 > len(body):
        return False
    name, size = struct.unpack_from("<4sI", body, at)
    return all(32 <= letter < 127 for letter in name) and at + 8 + size <= len(body)
