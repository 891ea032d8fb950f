"""Builds RIFF files by hand and walks them by hand, so that reader and writer are not checked against themselves."""

from __future__ import annotations

import struct


def chunk(name, body, *, size=None, pad=True):
    """One chunk; `size` lets its header lie, `pad` leaves out the byte that rounds an odd size up."""
    announced = len(body) if size is None else size
    return struct.pack("<4sI", name, announced) + body + (b"\0" * (len(body) % 2) if pad else b"")


def fmt(rate_hz=48_000, channels=1, bits=16, tag=1):
    block = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * block % 2**32, block, bits))


def wav(*chunks, size=None):
    body = b"WAVE" + b"".join(chunks)
    return struct.pack("<4sI", b"RIFF", len(body) if size is None else size) + body


def walk(raw):
    """Chunks of a RIFF or RF64 file: [(name, body), ...]; every rule of the container is asserted."""
    kind, size, form = struct.unpack_from("<4sI4s", raw)
    assert form == b"WAVE"
    at, found, data_bytes = 12, [], 0
    if kind == b"RF64":
        assert size == 0xFFFFFFFF
        assert raw[12:16] == b"ds64"
        size, data_bytes = struct.unpack_from("<QQ", raw, 20)
    assert size == len(raw) - 8
    while at < len(raw):
        name, length = struct.unpack_from("<4sI", raw, at)
        if name == b"data" and length == 0xFFFFFFFF:
            length = data_bytes
        assert at + 8 + length <= len(raw)
        found.append((name, raw[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    assert at == len(raw)
    return found


def bext(history=b"", *, time_reference=0, description=b"take 3"):
    """A version 1 broadcast extension (EBU Tech 3285)."""
    fixed = description.ljust(256, b"\0") + b"Recorder".ljust(32, b"\0") + b"REF0001".ljust(32, b"\0")
    fixed += b"2026-11-02" + b"10:20:30"
    fixed += struct.pack("<IIH", time_reference % 2**32, time_reference >> 32, 1) + bytes(64) + bytes(190)
    assert len(fixed) == 602
    return fixed + history


def cue(*positions):
    body = struct.pack("<I", len(positions))
    for number, position in enumerate(positions, start=1):
        body += struct.pack("<II4sIII", number, position, b"data", 0, 0, position)
    return body


def labels(text=b"verse\0", *, region_frames=None):
    body = b"adtl" + chunk(b"labl", struct.pack("<I", 1) + text)
    if region_frames is not None:
        body += chunk(b"ltxt", struct.pack("<II4sHHHH", 1, region_frames, b"rgn ", 0, 0, 0, 0))
    return body


def sampler(start, end):
    head = struct.pack("<9I", 0, 0, 20_833, 60, 0, 0, 0, 1, 0)
    return head + struct.pack("<6I", 0, 0, start, end, 0, 0)
