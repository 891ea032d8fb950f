"""Integrated loudness of a piece of audio: the face of the native meter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from afxplugin._core import Meter

if TYPE_CHECKING:
    from afxplugin.audio import Audio


def measure_loudness(audio: Audio) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770-4); -inf where no block of 400 ms passes the gate of -70 LUFS.

    Five channels are weighted as left, right, centre and two surrounds, any other number equally. Samples that are
    infinite or not a number count as silence.
    """
    meter = Meter(audio.rate_hz, audio.channels)
    meter.process(np.ascontiguousarray(audio.x, dtype=np.float32))
    return float(meter.loudness_lufs)
