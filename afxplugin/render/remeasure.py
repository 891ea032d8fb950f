"""Whether a file is the render that an entry tells of, measured again: for entries that have no hash of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from afxplugin._core import Meter
from afxplugin.audio import AudioReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afxplugin.render.entry import Entry

_BLOCK_FRAMES = 65_536
# What is measured of a file of floats is what was measured of its samples before they were written. Integers are
# dithered after that: by two steps of 16 bits at most, which moves even a quiet stem's loudness by little.
_FLOAT_PEAK, _FLOAT_LU = 1e-7, 1e-4
_INTEGER_PEAK, _INTEGER_LU = 1e-4, 0.1


def sounds_as_told(path: Path, entry: Entry, check: Callable[[], None] | None = None) -> bool:
    """Whether frames, rate, channels, peak and loudness of a file are those of an entry that calls it done.

    Raises AudioError where the file cannot be read.
    """
    if entry.peak is None:
        return False
    with AudioReader(path) as reader:
        info = reader.info
        if (info.frames, info.rate_hz, info.channels) != (entry.frames, entry.rate_hz, entry.channels):
            return False
        meter = Meter(info.rate_hz, info.channels)
        while (block := reader.read(_BLOCK_FRAMES)).shape[1]:
            if check is not None:
                check()
            meter.process(block)
    is_float = info.subtype == "FLOAT"
    # Integers clip at full scale; what was measured before may have been beyond it.
    told_peak = entry.peak if is_float else min(entry.peak, 1.0)
    if abs(float(meter.peak) - told_peak) > (_FLOAT_PEAK if is_float else _INTEGER_PEAK) * max(1.0, told_peak):
        return False
    loudness = float(meter.loudness_lufs)
    if entry.loudness_lufs is None or not math.isfinite(loudness):
        return (entry.loudness_lufs is None) == (not math.isfinite(loudness))
    return abs(loudness - entry.loudness_lufs) <= (_FLOAT_LU if is_float else _INTEGER_LU)
