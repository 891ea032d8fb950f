"""Oversampling pushes a capture's aliases below what is heard, at the highest note of a piano."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from afxplugin.captures import Capture, read_capture
from afxplugin.chain import Player
from afxplugin.measure.aliasing import asr_db
from afxplugin.measure.harmonics import analyse_harmonics, last_second
from afxplugin.measure.masking import nmr_db

F0_HZ = 4_186.0
RATE_HZ = 44_100


def played_tone(capture: Capture, **path) -> np.ndarray:
    """The last second of a sine at 0.1 through the capture, (frames,)."""
    n = np.arange(int(1.5 * RATE_HZ))
    player = Player(capture, rate_hz=RATE_HZ, **path)
    y = player.process(0.1 * np.sin(2.0 * np.pi * F0_HZ * n / RATE_HZ)[None])[0]
    return last_second(y.astype(np.float64), rate_hz=RATE_HZ)


def tone_nmr_db(y: np.ndarray) -> float:
    """Noise to mask of y against its own harmonics below Nyquist."""
    return nmr_db(target=analyse_harmonics(y, frequency_hz=F0_HZ, rate_hz=RATE_HZ).signal(), output=y, rate_hz=RATE_HZ)


@pytest.mark.parametrize("filters", ["linear", "low-latency"])
def test_eightfold_oversampling_hides_the_aliases_of_a_high_gain_amp(filters: str, reference: Path) -> None:
    path = reference / "captures" / "guitarml" / "BlackstarHT40_AmpHighGain.json"
    capture = read_capture(path, rate_hz=RATE_HZ)
    plain = tone_nmr_db(played_tone(capture))
    oversampled = tone_nmr_db(played_tone(capture, oversample=8, filters=filters))
    assert oversampled <= -60.0, (plain, oversampled)
    assert oversampled < plain - 20.0


def test_each_doubling_lowers_the_aliases(amp: Capture) -> None:
    """On a made capture, driven hard, down to the float32 noise of the network itself."""
    found = [
        asr_db(played_tone(amp, oversample=m, input_gain_db=30.0), frequency_hz=F0_HZ, rate_hz=RATE_HZ)
        for m in (1, 2, 4, 8)
    ]
    assert found[1] < found[0] - 6.0, found
    assert found[2] < found[1] - 6.0, found
    assert found[3] < max(found[2], -80.0), found
