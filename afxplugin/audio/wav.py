"""The bytes of a WAV or RF64 file: its header, and samples coded as float, 24 or 16 bits.

Written here and not by libsndfile, which keeps neither markers nor iXML. The header is a function of the number of
frames and always of the same length, so it is written first for no frames, and again when the number is known.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from afxplugin.audio.chunks import Chunk

Subtype = Literal["float", "24", "16"]
BITS: dict[Subtype, int] = {"float": 32, "24": 24, "16": 16}
LARGEST_RIFF = 2**32 - 2  # all ones would mean: the size stands in ds64
_UNKNOWN = 0xFFFFFFFF
_XML = (b"iXML", b"axml", b"_PMX")
_TAG_PCM, _TAG_FLOAT, _TAG_EXTENSIBLE = 1, 3, 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")


def wav_header(
    *, rate_hz: int, channels: int, subtype: Subtype, frames: int, chunks: Sequence[Chunk] = (), channel_mask: int = 0
) -> bytes:
    """Everything before the first sample: RIFF, or RF64 where the file passes 4 GB (EBU Tech 3306).

    Room for the 64-bit sizes is always kept by a JUNK chunk, as the standard advises, so the length of the header
    does not depend on `frames`.
    """
    data_bytes = frames * channels * BITS[subtype] // 8
    body = _format(rate_hz, channels, subtype, channel_mask)
    fact_frames = min(frames, _UNKNOWN)
    body += _packed(b"fact", struct.pack("<I", fact_frames)) if subtype == "float" or channels > 2 else b""
    kept = b"".join(_packed(chunk.id, chunk.body) for chunk in chunks)
    riff_bytes = 4 + 36 + len(body) + len(kept) + 8 + data_bytes + data_bytes % 2
    if riff_bytes <= LARGEST_RIFF:
        head = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + _packed(b"JUNK", bytes(28))
        return head + body + kept + struct.pack("<4sI", b"data", data_bytes)
    body += b"".join(_packed(chunk.id, _even(chunk)) for chunk in chunks)
    sizes = struct.pack("<QQQI", riff_bytes, data_bytes, frames, 0)
    head = struct.pack("<4sI4s", b"RF64", _UNKNOWN, b"WAVE") + _packed(b"ds64", sizes)
    return head + body + struct.pack("<4sI", b"data", _UNKNOWN)


def encode_float(x: NDArray[np.float32] | NDArray[np.float64]) -> bytes:
    """Little-endian float32 of (frames, channels), never clipped."""
    with np.errstate(over="ignore"):  # beyond float32's range becomes infinite, as any conversion makes it
        return x.astype("<f4").tobytes()


def encode_integer(
    x: NDArray[np.float32] | NDArray[np.float64], *, bits: int, dither: np.random.Generator
) -> tuple[bytes, int]:
    """Little-endian integers of 16 or 24 bits from (frames, channels), with the number of clipped samples.

    The dither is triangular, of two steps from peak to peak, which makes mean and variance of the error independent of
    the signal (Lipshitz, Wannamaker, Vanderkooy, "Quantization and dither: a theoretical survey", JAES 40, 1992). Two
    numbers are drawn per sample in the order of the file, so the result does not depend on how it is cut into blocks.
    """
    half = 2 ** (bits - 1)
    drawn = dither.random((*x.shape, 2), dtype=np.float32)
    steps = np.multiply(x, half, dtype=np.float64, order="C")
    steps += drawn[..., 0]
    steps += drawn[..., 1]
    steps -= 1.0
    np.rint(steps, out=steps)
    clipped = 0
    if np.max(steps, initial=0) > half - 1 or np.min(steps, initial=0) < -half:
        clipped = int(np.count_nonzero((steps < -half) | (steps > half - 1)))
        np.clip(steps, -half, half - 1, out=steps)
    if bits == 16:
        return steps.astype("<i2").tobytes(), clipped
    raw = steps.astype("<i4").view(np.uint8).reshape(*x.shape, 4)
    return raw[..., :3].tobytes(), clipped


def _even(chunk: Chunk) -> bytes:
    """Body of even length: libsndfile skips no pad byte in RF64, so what would be one is made part of the body.

    Texts get a blank; a zero ends what has a length of its own, and the coding history.
    """
    return chunk.body + (b" " if chunk.id in _XML else b"\0") * (len(chunk.body) % 2)


def _packed(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + bytes(len(body) % 2)


def _format(rate_hz: int, channels: int, subtype: Subtype, channel_mask: int) -> bytes:
    """Format chunk; extensible above two channels, where plain PCM leaves their order open."""
    bits = BITS[subtype]
    frame_bytes = channels * bits // 8
    tag = _TAG_FLOAT if subtype == "float" else _TAG_PCM
    if channels > 2:
        fields = struct.pack("<HHIIHH", _TAG_EXTENSIBLE, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits)
        extension = struct.pack("<HHIH", 22, bits, channel_mask, tag) + _GUID_TAIL
        return _packed(b"fmt ", fields + extension)
    fields = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits)
    return _packed(b"fmt ", fields + (b"\0\0" if tag == _TAG_FLOAT else b""))
