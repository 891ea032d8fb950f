"""Builds audio files of every container by hand, with any lie in their headers, apart from the code under test."""

from __future__ import annotations

import itertools
import math
import struct
from dataclasses import dataclass, field

import numpy as np
import soundfile

from afxplugin.audio import read_audio, read_info
from tests.audio import riff

RATE_HZ = 48_000
FRAMES = 480
_GUID = bytes.fromhex("000000001000800000aa00389b71")
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")


@dataclass(frozen=True)
class Coded:
    """How samples are written: kind int, float or unsigned; bits that count; bytes of the container; which side."""

    kind: str
    bits: int
    container: int
    side: str = "left"
    extensible: bool = False

    @property
    def step(self):
        return 0.0 if self.kind == "float" else 2.0 ** (1 - self.bits)


U8 = Coded("unsigned", 8, 1)
I16 = Coded("int", 16, 2)
I24 = Coded("int", 24, 3)
I32 = Coded("int", 32, 4)
F32 = Coded("float", 32, 4)
F64 = Coded("float", 64, 8)
PLAIN = {"u8": U8, "i16": I16, "i24": I24, "i32": I32, "f32": F32, "f64": F64}
PADDED = {
    "24 in 32, lower": Coded("int", 24, 4, "right"),
    "24 in 32, upper": Coded("int", 24, 4, "left"),
    "24 in 32, lower, top byte zero": Coded("int", 24, 4, "zero"),
    "20 in 32, lower": Coded("int", 20, 4, "right"),
    "20 in 32, upper": Coded("int", 20, 4, "left"),
    "16 in 32, lower": Coded("int", 16, 4, "right"),
    "16 in 24, lower": Coded("int", 16, 3, "right"),
    "16 in 24, upper": Coded("int", 16, 3, "left"),
    "12 in 16": Coded("int", 12, 2, "left"),
    "12 in 16, lower": Coded("int", 12, 2, "right"),
    "12 in 16, lower, top bits zero": Coded("int", 12, 2, "zero"),
    "14 in 16, lower": Coded("int", 14, 2, "right"),
    "18 in 24": Coded("int", 18, 3, "left"),
    "18 in 24, lower": Coded("int", 18, 3, "right"),
    "20 in 24": Coded("int", 20, 3, "left"),
    "20 in 24, lower": Coded("int", 20, 3, "right"),
    "24 in 32, extensible, upper": Coded("int", 24, 4, "left", extensible=True),
    "24 in 32, extensible, lower": Coded("int", 24, 4, "right", extensible=True),
    "20 in 24, extensible": Coded("int", 20, 3, "left", extensible=True),
    "20 in 24, extensible, lower": Coded("int", 20, 3, "right", extensible=True),
}


def tone(channels=1, frames=FRAMES):
    """(frames, channels) float64, loud, smooth and different in each channel."""
    n = np.arange(frames)[:, None]
    return 0.3 * np.sin(2 * np.pi * 220 * n / RATE_HZ + np.arange(channels)) + 0.01


def encode(x, coded, order):
    """Bytes of (frames, channels), and the float32 that they stand for."""
    if coded.kind == "float":
        values = x.astype(f"{order}f{coded.container}")
        return values.tobytes(), values.astype(np.float32)
    numbers = np.round(x * 2 ** (coded.bits - 1)).astype(np.int64)
    exact = (numbers.astype(np.float64) / 2 ** (coded.bits - 1)).astype(np.float32)
    if coded.kind == "unsigned":
        return (numbers + 128).astype(np.uint8).tobytes(), exact
    pad = 8 * coded.container - coded.bits
    numbers = {"left": numbers << pad, "right": numbers, "zero": numbers % 2**coded.bits}[coded.side]
    raw = (numbers % 2 ** (8 * coded.container)).reshape(-1)
    width = coded.container
    columns = [(raw >> (8 * byte)) & 0xFF for byte in range(width)]
    stacked = np.stack(columns if order == "<" else columns[::-1], axis=1)
    return stacked.astype(np.uint8).tobytes(), exact


def fmt_body(coded, channels, *, order="<", tag=None, align=None, byte_rate=None):
    align = channels * coded.container if align is None else align
    byte_rate = RATE_HZ * align if byte_rate is None else byte_rate
    tag = (3 if coded.kind == "float" else 1) if tag is None else tag
    bits = 8 * coded.container if coded.extensible else coded.bits
    outer = 0xFFFE if coded.extensible else tag
    body = struct.pack(order + "HHIIHH", outer, channels, RATE_HZ, byte_rate, align, bits)
    return body + (struct.pack("<HHIH", 22, coded.bits, 0, tag) + _GUID if coded.extensible else b"")


@dataclass
class Build:
    """One file to be: `size` is what its header announces for the samples (default: the truth)."""

    container: str
    coded: Coded = I24
    channels: int = 1
    size: int | None = None
    frames: int | None = None
    before: list[tuple[bytes, bytes]] = field(default_factory=list)
    after: list[tuple[bytes, bytes]] = field(default_factory=list)
    padded: bool = True
    behind: bytes = b""
    raw: bytes | None = None
    form_size: int | None = None
    offset: int = 0
    fmt: bytes | None = None
    front: bytes = b""

    @property
    def order(self):
        return ">" if self.container in ("RIFX", "AIFF", "AIFC", "CAF") else "<"

    def expected(self):
        return encode(tone(self.channels), self.coded, self.order)[1].T

    def bytes(self):
        raw = encode(tone(self.channels), self.coded, self.order)[0] if self.raw is None else self.raw
        build = {"AIFF": _aiff, "AIFC": _aiff, "CAF": _caf, "W64": _w64}.get(self.container, _riff)
        return self.front + build(self, raw) + self.behind


def _chunk(build, name, body, size=None):
    announced = len(body) if size is None else size
    pad = b"\0" * (len(body) % 2) if build.padded else b""
    return struct.pack(build.order + "4sI", name, announced) + body + pad


def _riff(build, raw):
    long = build.container in ("RF64", "BW64")
    fmt = fmt_body(build.coded, build.channels, order=build.order) if build.fmt is None else build.fmt
    head = b"".join(_chunk(build, *each) for each in build.before) + _chunk(build, b"fmt ", fmt)
    size = len(raw) if build.size is None else build.size
    tail = b"".join(_chunk(build, *each) for each in build.after)
    data = _chunk(build, b"data", raw, 0xFFFFFFFF if long else size)
    if long:
        total = 4 + 36 + len(head) + len(data) + len(tail)
        sizes = struct.pack("<QQQI", total, size % 2**64, 0, 0)
        head = struct.pack("<4sI", b"ds64", 28) + sizes + head
    body = b"WAVE" + head + data + tail
    name = {"RIFX": b"RIFX", "RF64": b"RF64", "BW64": b"BW64"}.get(build.container, b"RIFF")
    announced = (0xFFFFFFFF if long else len(body)) if build.form_size is None else build.form_size
    return struct.pack(build.order + "4sI", name, announced) + body


def _aiff(build, raw):
    coded = build.coded
    true_frames = len(raw) // (coded.container * build.channels)
    exponent = math.floor(math.log2(RATE_HZ))
    rate = struct.pack(">HQ", 16383 + exponent, RATE_HZ << (63 - exponent))
    common = struct.pack(">hIh", build.channels, true_frames if build.frames is None else build.frames, coded.bits)
    common += rate
    if build.container == "AIFC":
        common += {"float": b"fl32" if coded.container == 4 else b"fl64"}.get(coded.kind, b"NONE") + b"\0\0"
    size = 8 + (len(raw) if build.size is None else build.size)
    sound = struct.pack(">II", build.offset, 0) + raw
    body = build.container.encode() + b"".join(_chunk(build, *each) for each in build.before)
    body += _chunk(build, b"COMM", common) + _chunk(build, b"SSND", sound, size)
    body += b"".join(_chunk(build, *each) for each in build.after)
    return struct.pack(">4sI", b"FORM", len(body)) + body


def _caf(build, raw):
    coded = build.coded
    packet = coded.container * build.channels
    flags = 1 if coded.kind == "float" else 0
    desc = struct.pack(">d4sIIIII", RATE_HZ, b"lpcm", flags, packet, 1, build.channels, coded.bits)
    size = 4 + len(raw) if build.size is None else (build.size if build.size < 0 else 4 + build.size)
    head = b"caff" + struct.pack(">HH", 1, 0) + struct.pack(">4sq", b"desc", 32) + desc
    head += b"".join(struct.pack(">4sq", name, len(body)) + body for name, body in build.before)
    tail = b"".join(struct.pack(">4sq", name, len(body)) + body for name, body in build.after)
    return head + struct.pack(">4sqI", b"data", size, 0) + raw + tail


def _w64(build, raw):
    def chunk(name, body, size=None):
        announced = 24 + len(body) if size is None else size
        return name + _W64_TAIL + struct.pack("<q", announced) + body + bytes(-len(body) % 8)

    fmt = fmt_body(build.coded, build.channels)
    size = None if build.size is None else (build.size if build.size == -1 else 24 + build.size)
    body = b"wave" + _W64_TAIL + chunk(b"fmt ", fmt)
    body += b"".join(chunk(*each) for each in build.before) + chunk(b"data", raw, size)
    body += b"".join(chunk(*each) for each in build.after)
    return bytes.fromhex("726966662e91cf11a5d628db04c10000") + struct.pack("<q", 24 + len(body)) + body


RIFFS = ("WAV", "RF64", "BW64", "RIFX")
ALL = (*RIFFS, "W64", "AIFF", "AIFC", "CAF")
LIST = (b"LIST", b"INFO" + struct.pack("<4sI", b"INAM", 4) + b"abc\0" + b"\0")
XML = (b"iXML", b"<BWFXML/>")
ODD_CHUNK = {"AIFF": (b"NAME", b"abc"), "AIFC": (b"NAME", b"abc"), "CAF": (b"info", b"abcde"), "W64": XML}


def writable(formats, subtypes, endians=None):
    """What libsndfile writes of all combinations: tuples with as many parts as there are arguments."""
    combined = itertools.product(formats, subtypes, *([endians] if endians else []))
    return [each for each in combined if soundfile.check_format(*each)]


def odd_chunk(container):
    return ODD_CHUNK.get(container, XML)


def write(folder, build):
    path = folder / "stem"
    path.write_bytes(build.bytes())
    return path


def check(path, build, **options):
    info = read_info(path, **options)
    assert (info.rate_hz, info.channels, info.frames) == (48_000, build.channels, FRAMES)
    np.testing.assert_array_equal(read_audio(path, **options).x, build.expected())
    return info


def codings(container):
    return [c for c in PLAIN.values() if not (c is U8 and container in ("AIFF", "AIFC", "CAF"))
            and not (c.kind == "float" and container == "AIFF")]  # fmt: skip


TAILS = {
    "nothing": b"",
    "zeros": bytes(40),
    "a sector of zeros": bytes(4096),
    "ID3v1": b"TAG" + bytes(125),
    "ID3v2": b"ID3\x04\0\0\0\0\0\x0a" + bytes(10),
    "APE tag": b"APETAGEX" + bytes(24),
    "one byte": b"\x7f",
    "a chunk that is cut": struct.pack("<4sI", b"LIST", 10**6) + b"adtl",
    "an unknown chunk": struct.pack("<4sI", b"xyz ", 4) + b"abcd",
    "an unknown chunk and zeros": struct.pack("<4sI", b"xyz ", 4) + b"abcd" + bytes(600),
    "an unknown chunk and ID3v1": struct.pack("<4sI", b"xyz ", 4) + b"abcdTAG" + bytes(125),
    "a list and zeros": struct.pack("<4sI", b"LIST", 4) + b"INFO" + bytes(4000),
    "bext": struct.pack("<4sI", b"bext", 602) + riff.bext(time_reference=77),
    "rubbish": b"\xff\x00\x80rubbish" * 9,
}
