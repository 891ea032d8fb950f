"""A plucked string as its pickup hears it: the modes of a stiff, damped string.

Modal and not a delay loop, so that a note is the same waveform at every sample rate, in tune to any precision, and has
nothing above the highest mode that is summed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUIETEST = 1e-5  # a mode is summed until it has decayed by 100 dB
_PIECE_FRAMES = 512


@dataclass(frozen=True)
class Instrument:
    """String, pick and pickup; positions are fractions of the string from the bridge.

    `damping` is the decay rate in 1/s at low frequencies and its growth in 1/s per Hz², open and muted by the palm;
    `stiffness` the inharmonicity B of f_k = k f_0 sqrt(1 + B k²) (H. Fletcher, "Normal vibration frequencies of a stiff
    piano string", JASA 36, 1964); `pick_hz` the frequency above which the width of the pick rounds the corner off;
    `pickup_hz` and `pickup_q` the resonance of the pickup's coil with its cable.
    """

    pluck_positions: tuple[float, float]
    pickup_position: float
    stiffness: float
    open_damping: tuple[float, float]
    muted_damping: tuple[float, float]
    pick_hz: float
    pickup_hz: float
    pickup_q: float
    highest_hz: float


GUITAR = Instrument((0.14, 0.11), 0.075, 6e-5, (1.1, 9e-7), (9.0, 1.6e-5), 3200.0, 3900.0, 1.7, 9000.0)
BASS = Instrument((0.22, 0.20), 0.12, 1.2e-4, (0.9, 2.5e-6), (8.0, 3e-5), 1600.0, 2800.0, 1.2, 6000.0)


def midi_hz(note: float) -> float:
    """Frequency in Hz of a MIDI note number, A4 = 69 = 440 Hz."""
    return 440.0 * 2.0 ** ((note - 69.0) / 12.0)


def pluck(
    instrument: Instrument, *, note: int, muted: bool, upstroke: bool, rate_hz: int, seconds: float
) -> NDArray[np.float64]:
    """Voltage of the pickup after a pluck, (frames,), about 1 at its peak.

    A string drawn aside at the fraction β and let go has modes of amplitude sin(kπβ) / k²; their speed, which is what
    induces the voltage, goes with sin(kπβ) / k, seen by a pickup at p through sin(kπp) (N. Fletcher, T. Rossing, "The
    Physics of Musical Instruments", section 2.8).
    """
    fundamental_hz = midi_hz(note)
    k = np.arange(1, int(instrument.highest_hz / fundamental_hz) + 1, dtype=np.float64)
    f = k * fundamental_hz * np.sqrt(1 + instrument.stiffness * k**2)
    k, f = k[f < min(instrument.highest_hz, 0.45 * rate_hz)], f[f < min(instrument.highest_hz, 0.45 * rate_hz)]
    start, growth = instrument.muted_damping if muted else instrument.open_damping
    decays = start * (fundamental_hz / 110.0) ** 0.5 + growth * f**2
    position = instrument.pluck_positions[int(upstroke)]
    amplitudes = np.sin(np.pi * k * position) * np.sin(np.pi * k * instrument.pickup_position) / k
    amplitudes = amplitudes * np.exp(-f / instrument.pick_hz) * _pickup_gain(f, instrument)
    frames = round(seconds * rate_hz)
    lengths = np.minimum(frames, -np.log(_QUIETEST) / decays * rate_hz).astype(int)
    y = decaying_sum(amplitudes, (-decays + 2j * np.pi * f) / rate_hz, lengths, frames=frames)
    return y / (0.5 * np.sum(np.abs(amplitudes)))


def decaying_sum(
    amplitudes: NDArray[np.float64], exponents: NDArray[np.complex128], lengths: NDArray[np.int64], *, frames: int
) -> NDArray[np.float64]:
    """sum_k amplitudes[k] Im exp(exponents[k] n), (frames,), each mode in its first ``lengths[k]`` frames alone.

    exp(a (m + j)) = exp(a m) exp(a j): pieces begin at m, and one product of matrices fills them all.
    """
    pieces = -(-frames // _PIECE_FRAMES)
    begins = amplitudes * np.exp(exponents * (_PIECE_FRAMES * np.arange(pieces)[:, None]))
    within: NDArray[np.complex128] = np.exp(exponents[:, None] * np.arange(_PIECE_FRAMES))
    whole, left = np.divmod(lengths, _PIECE_FRAMES)
    heard = begins.copy()
    heard[np.arange(pieces)[:, None] >= whole] = 0.0
    y = (np.hstack([heard.real, heard.imag]) @ np.vstack([within.imag, within.real])).ravel()
    for k in np.flatnonzero(left):
        start = whole[k] * _PIECE_FRAMES
        y[start : start + left[k]] += (begins[whole[k], k] * within[k, : left[k]]).imag
    return y[:frames]


def _pickup_gain(f: NDArray[np.float64], instrument: Instrument) -> NDArray[np.float64]:
    ratio = f / instrument.pickup_hz
    return 1 / np.sqrt((1 - ratio**2) ** 2 + (ratio / instrument.pickup_q) ** 2)
