"""The samples of an open file: decoded here where they are plain numbers, else by libsndfile through a clean view."""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

import numpy as np

from afxplugin.audio.coding import Coding, read_coding, unreadable
from afxplugin.audio.extent import Extent, find_extent
from afxplugin.audio.flac import flac_length
from afxplugin.audio.heads import counted
from afxplugin.audio.justify import settled
from afxplugin.audio.layout import Layout, Span, read_at
from afxplugin.audio.pcm import PcmSamples, decode
from afxplugin.audio.signal import check_rate
from afxplugin.audio.sndfile import SndfileSamples, open_coded, open_flac
from afxplugin.errors import AudioError

Truncated = Literal["fail", "play"]
_LONGEST_FRAMES = 2**48  # libsndfile says 2^63 - 1 where a FLAC stream does not know its own length
_LEAST_SOUND_FRAMES = 1024
_SCAN_STEPS = (65_536, 512, 1)
_LONGEST_FACT = 2**31 - 2**16
_UNKNOWN_LENGTH = "the header leaves the length open: {} up to the end of the file"


@dataclass(frozen=True)
class Source:
    """Samples of a file, what they are, and what there is to say about how they were found."""

    samples: PcmSamples | SndfileSamples
    rate_hz: int
    channels: int
    frames: int
    format: str
    tail: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()


def open_source(stream: BinaryIO, layout: Layout, *, truncated: Truncated) -> Source:
    """Find and open the samples of a file.

    Raises:
        AudioError: there are none, they cannot be decoded, or header and content disagree on how many there are and
            `truncated` is "fail".
        RateError: the rate is outside 8 to 384 kHz.

    """
    if layout.kind == "FLAC":
        return _flac(stream, layout, truncated)
    coding = read_coding(stream, layout)
    check_rate(coding.rate_hz, what="its sample rate")
    if layout.data is None:
        raise unreadable("no samples found")
    data, notes = layout.data, layout.notes
    if layout.kind == "CAF":
        data = _behind_words(data, 4)
    elif layout.kind == "AIFF":
        data, told = _aiff_data(stream, data, coding)
        notes += told
    if coding.number == "coded":
        extent = find_extent(stream, layout, data, coding.frame_bytes, alike=None)
        return _coded(stream, layout, coding, replace(extent, notes=(*notes, *extent.notes)), truncated)
    alike = functools.partial(_alike, coding)
    extent = find_extent(stream, layout, data, coding.frame_bytes, alike=alike)
    coding = settled(coding, stream, extent.start, extent.end)
    extent = find_extent(stream, layout, data, coding.frame_bytes, alike=alike) if coding.packed else extent
    frames, told = _counted(coding, extent, truncated)
    samples = PcmSamples(stream, coding, extent.start, frames)
    return Source(
        samples, coding.rate_hz, coding.channels, frames, _format(layout), extent.tail,
        (*notes, *coding.notes, *extent.notes, *told),
    )  # fmt: skip


def _format(layout: Layout) -> str:
    return "WAV" if layout.kind == "RIFX" else layout.kind


def _behind_words(data: Span, size: int) -> Span:
    """Span of the samples behind the words that a chunk begins with."""
    return Span(data.id, data.offset + size, data.size if data.size < 0 else max(0, data.size - size))


def _aiff_data(stream: BinaryIO, data: Span, coding: Coding) -> tuple[Span, tuple[str, ...]]:
    """Samples of an SSND chunk behind its offset, unless that leads out of it or leaves fewer than COMM counts."""
    raw = read_at(stream, data.offset, 4)
    offset = int.from_bytes(raw, "big")
    plain = _behind_words(data, 8)
    if not offset:
        return plain, ()
    wanted = (coding.frames or 0) * coding.frame_bytes
    if offset < plain.size and plain.size != wanted:
        return Span(plain.id, plain.offset + offset, plain.size - offset), ()
    return plain, (f"the offset of {offset} bytes in its SSND chunk is wrong; the samples begin without one",)


def _alike(coding: Coding, before: bytes, behind: bytes) -> bool:
    """Whether the steps from sample to sample go on behind the announced end about as large as before it, or are small
    for the sound that is there.
    """
    earlier = decode(before, coding).astype(np.float64)
    later = np.concatenate([earlier[:, -1:], decode(behind, coding).astype(np.float64)], axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.max(np.abs(np.diff(earlier)), initial=0.0)
        if np.max(np.abs(np.diff(later)), initial=0.0) <= 4 * largest:
            return True
        # After silence any sound is a large step; but neighbours in a sound resemble each other, those in junk do not.
        own = later[:, 1:]
        if own.shape[1] < _LEAST_SOUND_FRAMES:
            return False
        steps, spread = float(np.sum(np.diff(own) ** 2)), float(np.sum(np.var(own, axis=1))) * own.shape[1]
        return steps < 0.5 * spread


def _counted(coding: Coding, extent: Extent, truncated: Truncated) -> tuple[int, tuple[str, ...]]:
    """How many frames are played, with what is to be said about them."""
    there = extent.there // coding.frame_bytes
    if extent.announced is None:
        return _at_least_one(there), (_UNKNOWN_LENGTH.format(counted(there, "frame")),)
    announced = max(0, extent.announced) // coding.frame_bytes
    if coding.frames is not None and announced == there:
        announced = coding.frames
    return _agreed(announced, there, truncated)


def _agreed(announced: int, there: int, truncated: Truncated) -> tuple[int, tuple[str, ...]]:
    if announced == there:
        return _at_least_one(there), ()
    both = f"the header announces {counted(announced, 'frame')}, the file holds {there}"
    if there < 1:
        raise AudioError(f"{both}; allowed: 1 or more")
    if truncated == "fail":
        raise AudioError(f"{both}; allowed: truncated='play' (--truncated play), which plays what is there")
    return there, (f"{both}, which truncated='play' plays",)


def _at_least_one(frames: int) -> int:
    if frames < 1:
        raise AudioError("0 frames; allowed: 1 or more")
    return frames


def _coded(stream: BinaryIO, layout: Layout, coding: Coding, extent: Extent, truncated: Truncated) -> Source:
    """What libsndfile decodes, its length from the `fact` chunk where the last block is filled up."""
    blocks = extent.there // coding.frame_bytes
    if extent.there < 1 or (blocks < 1 and not extent.announced):
        _agreed(max(0, extent.announced or 0) // coding.frame_bytes, 0, truncated)
        raise unreadable("no samples found")
    samples = open_coded(stream, layout, coding, extent)
    try:
        frames, told = _coded_frames(stream, layout, coding, extent, samples.frames, truncated)
    except BaseException:
        samples.close()
        raise
    if (samples.rate_hz, samples.channels) != (coding.rate_hz, coding.channels):
        samples.close()
        raise unreadable("rate or channels that its decoder does not take")
    return Source(
        samples, samples.rate_hz, samples.channels, frames, _format(layout), extent.tail, (*extent.notes, *told)
    )  # fmt: skip


def _coded_frames(
    stream: BinaryIO, layout: Layout, coding: Coding, extent: Extent, decoded: int, truncated: Truncated
) -> tuple[int, tuple[str, ...]]:
    per_block = coding.block_frames
    if extent.announced is not None:
        announced = max(0, extent.announced) // coding.frame_bytes
        there = extent.there // coding.frame_bytes
        if announced != there:
            held = _fact_within(stream, layout, coding, decoded) or min(there * per_block, decoded)
            return _agreed(announced * per_block, held, truncated)
    stated = _fact(stream, layout)
    if per_block == 1 or not 0 < stated < _LONGEST_FACT:
        told = () if extent.announced is not None else (_UNKNOWN_LENGTH.format(counted(decoded, "frame")),)
        return _at_least_one(decoded), told
    if frames := _fact_within(stream, layout, coding, decoded):
        return frames, ()
    return _agreed(stated, decoded, truncated)


def _fact_within(stream: BinaryIO, layout: Layout, coding: Coding, decoded: int) -> int:
    """Frames by the `fact` chunk where it ends inside the last of the decoded blocks, or 0."""
    stated = _fact(stream, layout)
    if coding.block_frames == 1 or not 0 < stated < _LONGEST_FACT:
        return 0
    for frames in (stated, stated // coding.channels):  # some encoders count the samples of all channels
        if max(0, decoded - 2 * coding.block_frames) < frames <= decoded:  # GSM has one more block for its delay
            return frames
    return 0


def _fact(stream: BinaryIO, layout: Layout) -> int:
    """Frames by the `fact` chunk, or 0."""
    span = layout.find(b"fact")
    raw = b"" if span is None else read_at(stream, span.offset, min(max(span.size, 0), 4))
    return struct.unpack(layout.order + "I", raw)[0] if len(raw) == 4 else 0


def _before_damage(stream: BinaryIO, layout: Layout, samples: SndfileSamples) -> tuple[SndfileSamples, tuple[str, ...]]:
    """Samples of a FLAC file up to its first damaged block, with a note where there is one; those given are closed.

    Only decoding the whole of it shows that.
    """
    announced, intact = samples.frames, 0
    for step in _SCAN_STEPS:  # a read that meets the damage gives nothing, so it is read again in smaller ones
        intact = _decodable(samples, intact, step)
        samples.close()
        samples = open_flac(stream, layout, frames=announced)
        if intact >= announced:
            return samples, ()
    samples.close()
    if not intact:
        raise AudioError("its coding is damaged from the first frame on; allowed: an undamaged file")
    told = f"its coding is damaged; the header announces {counted(announced, 'frame')}, {intact} lie before the damage"
    return open_flac(stream, layout, frames=intact), (f"{told}, which truncated='play' plays",)


def _decodable(samples: SndfileSamples, known: int, step: int) -> int:
    """How many frames are decoded before the first error, `known` of which surely are; read in blocks of `step`."""
    frames = 0
    try:
        while got := samples.read(min(known - frames, _SCAN_STEPS[0]) if frames < known else step).shape[1]:
            frames += got
    except (RuntimeError, OSError):
        pass
    return frames


def _flac(stream: BinaryIO, layout: Layout, truncated: Truncated) -> Source:
    announced, there, sure = flac_length(stream, layout)
    told: tuple[str, ...] = ()
    if there is None or (not sure and truncated == "fail"):  # the decoder will tell
        samples = open_flac(stream, layout)
        if not 0 < samples.frames < _LONGEST_FRAMES:
            samples.close()
            raise AudioError("does not say how many frames it has; allowed: a file that does (encode it again)")
    else:
        if announced:
            _, told = _agreed(announced, there, truncated)
        else:  # written into a pipe: nobody came back to fill it in
            told = (_UNKNOWN_LENGTH.format(counted(_at_least_one(there), "frame")),)
        samples = open_flac(stream, layout, frames=there if told else None)
    if truncated == "play":
        samples, damage = _before_damage(stream, layout, samples)
        told = damage or told
    try:
        check_rate(samples.rate_hz, what="its sample rate")
        frames = _at_least_one(samples.frames)
    except BaseException:
        samples.close()
        raise
    return Source(samples, samples.rate_hz, samples.channels, frames, "FLAC", notes=told)
