"""How the samples of a file are coded: what its `fmt `, COMM or `desc` chunk says, and where it contradicts itself."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

from afxplugin.audio.heads import ALLOWED, counted
from afxplugin.audio.layout import read_at
from afxplugin.errors import AudioError

if TYPE_CHECKING:
    from afxplugin.audio.layout import Layout

_MOST_CHANNELS = 1024
EXTENSIBLE = 0xFFFE
# The tail of the GUIDs that stand for a format tag: Microsoft's, and that of ambisonic B-format.
_GUID_TAILS = (bytes.fromhex("000000001000800000aa00389b71"), bytes.fromhex("00002107d3118644c8c1ca000000"))
# Codings that libsndfile decodes from a WAV; all others are refused by name, before it sees them.
_CODED_TAGS = {
    0x02: "MS_ADPCM",
    0x06: "ALAW",
    0x07: "ULAW",
    0x11: "IMA_ADPCM",
    0x14: "G723",
    0x31: "GSM610",
    0x40: "G721_32",
    0x38: "NMS_ADPCM",
}
_TAG_NAMES = {
    0x50: "MPEG layer 1 or 2", 0x55: "MP3", 0x92: "AC-3", 0xFF: "AAC", 0x1610: "AAC", 0x161: "Windows Media",
    0x162: "Windows Media", 0x163: "Windows Media", 0x674F: "Vorbis", 0x566F: "Vorbis", 0xF1AC: "FLAC",
}  # fmt: skip
_BLOCK_TAGS = (0x02, 0x11, 0x31)
_AIFC_INT = {b"NONE": ">", b"twos": ">", b"in24": ">", b"in32": ">", b"sowt": "<", b"42ni": "<", b"23ni": "<"}
_AIFC_BYTES = {b"in24": 3, b"42ni": 3, b"in32": 4, b"23ni": 4}
_AIFC_FLOAT = {b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8}
_LAW = {b"ulaw", b"ULAW", b"alaw", b"ALAW"}


@dataclass(frozen=True)
class Coding:
    """How samples are coded.

    `number` is what a sample is: int, unsigned, float, or coded (by libsndfile). `container` is its bytes, `bits` those
    that count, `shift` how many bits above them are none of it (0: they are the upper ones, as every standard has it).
    `frame_bytes` is the length of a frame, or of a block of `block_frames` for what is coded in blocks. `frames` is how
    many the header announces apart from the length of the samples, or None. `doubt` says that the header contradicts
    itself and `packed` which other length of a frame it may mean (0: none); the samples decide.
    """

    rate_hz: int
    channels: int
    number: Literal["int", "unsigned", "float", "coded"]
    container: int
    bits: int
    order: str
    subtype: str
    frame_bytes: int
    block_frames: int = 1
    frames: int | None = None
    shift: int = 0
    doubt: str = ""
    packed: int = 0
    notes: tuple[str, ...] = ()


def read_coding(stream: BinaryIO, layout: Layout) -> Coding:
    """Coding of a WAV, RF64, RIFX, W64, AIFF or CAF file.

    Raises:
        AudioError: the chunk that says it is absent or too short, of a coding that is not read, or contradicts itself.

    """
    name, least, read = {"AIFF": (b"COMM", 18, _aiff), "CAF": (b"desc", 32, _caf)}.get(
        layout.kind, (b"fmt ", 16, _wave)
    )
    span = layout.find(name)
    if span is None:
        raise unreadable(f"no chunk '{name.decode()}'")
    raw = read_at(stream, span.offset, min(max(span.size, 0), 64))
    if len(raw) < least:
        raise unreadable(f"chunk '{name.decode()}' of {len(raw)} bytes, {least} needed")
    coding = read(raw, layout)
    if not 1 <= coding.channels <= _MOST_CHANNELS:
        raise AudioError(f"{coding.channels} channels; allowed: 1 to {_MOST_CHANNELS}")
    if coding.frame_bytes < 1:
        raise unreadable(f"a block of {coding.frame_bytes} bytes")
    return coding


def unreadable(reason: str) -> AudioError:
    """The error for what has the head of an audio file and cannot be read as one."""
    return AudioError(f"not an audio file that can be read ({reason}); allowed: {ALLOWED}")


def _wave(raw: bytes, layout: Layout) -> Coding:
    tag, channels, rate_hz, byte_rate, align, bits = struct.unpack_from(layout.order + "HHIIHH", raw)
    valid = bits
    if tag == EXTENSIBLE and len(raw) >= 40:
        valid, _, tag = struct.unpack_from(layout.order + "HIH", raw, 18)
        if raw[26:40] not in _GUID_TAILS and layout.order == "<":
            raise AudioError(f"samples coded as {raw[24:40].hex()}; allowed: PCM, float, G.711, ADPCM, GSM")
        valid = valid if 0 < valid <= bits else bits
    if tag in _CODED_TAGS:
        return _coded_wave(raw, layout, tag, channels, rate_hz, align)
    if tag not in (1, 3):
        name = f" ({_TAG_NAMES[tag]})" if tag in _TAG_NAMES else ""
        raise AudioError(
            f"WAV with samples of coding {tag:#06x}{name}; allowed: PCM, float, G.711, ADPCM, GSM in {ALLOWED}"
        )
    own = -(-bits // 8)
    container = _container(channels, align, bits, own)
    if tag == 3:
        if container not in (4, 8) or own != container:
            raise _contradiction("float samples", align, bits)
        subtype = "FLOAT" if container == 4 else "DOUBLE"
        notes = _rate_note(byte_rate, rate_hz, channels * container)
        return Coding(
            rate_hz, channels, "float", container, bits, layout.order, subtype, container * channels, notes=notes
        )
    if not 1 <= container <= 4 or not bits:
        raise _contradiction("PCM samples", align, bits)
    return _pcm_wave(layout, channels, rate_hz, byte_rate, align, bits=bits, valid=valid, container=container)


def _container(channels: int, align: int, bits: int, own: int) -> int:
    """Bytes a sample takes: what the block align gives, unless that is none or too short for the bits."""
    if channels and align % channels == 0 and align // channels >= own:
        return align // channels
    if align in (0, own):  # left out, or that of one channel
        return own
    raise _contradiction("PCM samples", align, bits)


def _pcm_wave(
    layout: Layout, channels: int, rate_hz: int, byte_rate: int, align: int, *, bits: int, valid: int, container: int
) -> Coding:
    own = -(-bits // 8)
    frame_bytes = container * channels
    number = "unsigned" if container == 1 else "int"
    subtype = {1: "PCM_U8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}[container]
    doubt, packed = "", 0
    if container > own:
        doubt = f"{bits} bits a sample in a block align of {align} bytes for {counted(channels, 'channel')}"
        packed = own * channels if byte_rate == rate_hz * own * channels else 0
        if bits <= 8:  # unsigned in a byte of their own; what they are in two nobody says
            raise _contradiction("PCM samples", align, bits)
    notes = () if packed else _rate_note(byte_rate, rate_hz, frame_bytes)
    if align != frame_bytes:
        if byte_rate not in (0, rate_hz * frame_bytes, rate_hz * align):
            raise _contradiction("PCM samples", align, bits)
        notes = (
            f"block align is {align} bytes, {bits} bits and {counted(channels, 'channel')} take {frame_bytes}; "
            "played by these",
        )
    return Coding(
        rate_hz, channels, number, container, valid, layout.order, subtype, frame_bytes,
        doubt=doubt, packed=packed, notes=notes,
    )  # fmt: skip


def _rate_note(byte_rate: int, rate_hz: int, frame_bytes: int) -> tuple[str, ...]:
    expected = rate_hz * frame_bytes
    if byte_rate in (0, expected % 2**32):
        return ()
    return (f"its byte rate is {byte_rate}, rate and block align give {expected}; played by these",)


def _contradiction(what: str, align: int, bits: int) -> AudioError:
    return AudioError(f"{what} of {bits} bits with a block align of {align} bytes; allowed: lengths that agree")


def _coded_wave(raw: bytes, layout: Layout, tag: int, channels: int, rate_hz: int, align: int) -> Coding:
    block_frames = struct.unpack_from(layout.order + "H", raw, 18)[0] if tag in _BLOCK_TAGS and len(raw) >= 20 else 1
    if tag in (0x06, 0x07):
        align = channels
    return Coding(
        rate_hz, channels, "coded", 0, 0, layout.order, _CODED_TAGS[tag], align, max(block_frames, 1)
    )  # fmt: skip


def _aiff(raw: bytes, _layout: Layout) -> Coding:
    channels, frames, bits = struct.unpack_from(">hIh", raw)
    rate_hz = _rate(_extended(raw[8:18]))
    kind = raw[18:22] if len(raw) >= 22 else b"NONE"
    container = _AIFC_BYTES.get(kind, -(-bits // 8))
    if kind in _AIFC_FLOAT:
        container = _AIFC_FLOAT[kind]
        subtype = "FLOAT" if container == 4 else "DOUBLE"
        return Coding(
            rate_hz, channels, "float", container, 8 * container, ">", subtype, container * channels, frames=frames
        )
    if kind not in _AIFC_INT and kind != b"raw ":
        return Coding(rate_hz, channels, "coded", 0, 0, ">", "", channels if kind in _LAW else 1, frames=frames)
    if not 1 <= container <= 4 or bits > 8 * container:
        raise unreadable(f"samples of {bits} bits")
    number = "unsigned" if kind == b"raw " else "int"
    subtype = {1: "PCM_U8" if number == "unsigned" else "PCM_S8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}[container]
    if number == "unsigned" and container != 1:
        raise unreadable(f"unsigned samples of {bits} bits")
    return Coding(
        rate_hz, channels, number, container, bits, _AIFC_INT.get(kind, ">"), subtype, container * channels,
        frames=frames,
    )  # fmt: skip


def _caf(raw: bytes, _layout: Layout) -> Coding:
    (rate,) = struct.unpack_from(">d", raw)
    kind, flags, packet, per_packet, channels, bits = struct.unpack_from(">4sIIIII", raw, 8)
    rate_hz, order = _rate(rate), "<" if flags & 2 else ">"
    if kind != b"lpcm":
        law = kind in _LAW
        return Coding(rate_hz, channels, "coded", 0, 0, ">", "", channels if law else 1, max(per_packet, 1))
    own = -(-bits // 8)
    if not channels or packet % channels or not own or packet < own * channels or per_packet > 1:
        raise AudioError(
            f"PCM samples of {bits} bits in packets of {packet} bytes for {counted(channels, 'channel')}; "
            "allowed: lengths that agree"
        )
    container = packet // channels
    if flags & 1:
        if container not in (4, 8) or own != container:
            raise _contradiction("float samples", packet, bits)
        return Coding(
            rate_hz, channels, "float", container, bits, order, "FLOAT" if container == 4 else "DOUBLE", packet
        )
    if container > 4:
        raise _contradiction("PCM samples", packet, bits)
    subtype = {1: "PCM_S8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}[container]
    doubt = (
        f"{bits} bits a sample in packets of {packet} bytes for {counted(channels, 'channel')}"
        if container > own
        else ""
    )
    return Coding(rate_hz, channels, "int", container, bits, order, subtype, packet, doubt=doubt)


def _rate(rate: float) -> int:
    return round(rate) if math.isfinite(rate) and 0 <= rate < 2**32 else 0


def _extended(raw: bytes) -> float:
    """Value of an 80-bit IEEE 754 extended number, as AIFF writes its rate."""
    sign_exponent, mantissa = struct.unpack(">HQ", raw)
    return 0.0 if sign_exponent & 0x8000 else math.ldexp(mantissa, min(sign_exponent - 16383 - 63, 900))
