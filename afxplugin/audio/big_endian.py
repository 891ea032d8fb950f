"""Chunks of a RIFX file, whose numbers are big-endian, as those of a RIFF."""

from __future__ import annotations

import struct

# Fields at the start of a body, then those of the entries that follow, as struct writes them.
_FIELDS = {b"bext": ("338sIIH64s5h", ""), b"cue ": ("I", "II4sIII"), b"smpl": ("9I", "6I")}
_WITHOUT_NUMBERS = (b"iXML", b"axml", b"_PMX", b"id3 ", b"ID3 ")


def little_endian(name: bytes, body: bytes) -> bytes | None:
    """Body of a chunk with its numbers turned round; None where it is not known which bytes are numbers."""
    if name in _WITHOUT_NUMBERS:
        return body
    if name not in _FIELDS:
        return None
    fields, entry = _FIELDS[name]
    parts: list[bytes] = []
    at = 0
    while fields and at + struct.calcsize("<" + fields) <= len(body):
        parts.append(struct.pack("<" + fields, *struct.unpack_from(">" + fields, body, at)))
        at += struct.calcsize("<" + fields)
        fields = entry
    return b"".join(parts) + body[at:]
