"""The training signal: what the device hears while the network learns it.

Everything is additive or filtered noise drawn from one seed: sweeps, noise in steps of level, decaying and gliding
multi-tones, two-tone pairs, plucked bursts and pulses. The program's song comes from another generator, a model of a
plucked string under its pickup, so that it can be test audio.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Random = np.random.Generator
Maker = Callable[[Random, int, int], Array]


def make_segment(random: Random, *, frames: int, rate_hz: int, shares: Sequence[float]) -> NDArray[np.float32]:
    """One training segment (frames,), peak between -30 and 0 dB re full scale, half of them near -6 dB."""
    maker = MAKERS[random.choice(len(MAKERS), p=shares)]
    x = maker(random, frames, rate_hz)
    level_db = random.uniform(-30.0, 0.0) if random.random() < 0.5 else random.uniform(-9.0, -3.0)
    peak = np.max(np.abs(x))
    return (x * (10.0 ** (level_db / 20.0) / max(peak, 1e-12))).astype(np.float32)


def make_segments(
    seed: int, count: int, *, frames: int, rate_hz: int, shares: Sequence[float] | None = None
) -> NDArray[np.float32]:
    """`count` segments (count, frames); the same seed gives the same bits. shares: one per kind, None for SHARES."""
    random = np.random.default_rng(seed)
    kinds = SHARES if shares is None else shares
    return np.stack([make_segment(random, frames=frames, rate_hz=rate_hz, shares=kinds) for _ in range(count)])


def sweep(random: Random, frames: int, rate_hz: int) -> Array:
    """Exponential sweep between two random pitches, up or down, with a slow swell of level."""
    ends_hz = np.sort(random.uniform(np.log(20.0), np.log(18_000.0), 2))[:: random.choice([1, -1])]
    phase = _phase(np.exp(np.linspace(ends_hz[0], ends_hz[1], frames)), rate_hz)
    return np.sin(phase) * _swell(random, frames)


def stepped_noise(random: Random, frames: int, rate_hz: int) -> Array:
    """Noise of a random spectral slope whose level jumps every 20 to 200 ms over 50 dB."""
    spectrum = np.fft.rfft(random.standard_normal(frames))
    frequency_hz = np.fft.rfftfreq(frames, 1.0 / rate_hz)
    slope = random.uniform(0.0, 1.2)
    noise = np.fft.irfft(spectrum / np.maximum(frequency_hz, 40.0) ** slope, frames)
    levels_db = random.uniform(-50.0, 0.0, frames // (rate_hz // 50) + 2)
    hold = int(random.uniform(0.02, 0.2) * rate_hz)
    steps_db = np.repeat(levels_db, hold)[:frames]
    ramp = np.hanning(64) / np.sum(np.hanning(64))
    return noise / np.std(noise) * np.convolve(10.0 ** (steps_db / 20.0), ramp, mode="same")


def decaying_tones(random: Random, frames: int, rate_hz: int) -> Array:
    """One to six notes or chords: stretched harmonics that die away, the higher the sooner, with some vibrato."""
    x = np.zeros(frames)
    for onset in np.sort(random.integers(0, int(0.8 * frames), random.integers(1, 7))):
        length = frames - onset
        for _ in range(random.choice([1, 1, 2, 3, 4])):
            x[onset:] += random.uniform(0.3, 1.0) * _note(random, length, rate_hz)
    return x


def gliding_tones(random: Random, frames: int, rate_hz: int) -> Array:
    """Two to eight sines that glide apart from one another, each with its own swell."""
    x = np.zeros(frames)
    for _ in range(random.integers(2, 9)):
        ends = np.log(random.uniform(40.0, 400.0)) + random.uniform(0.0, 4.0) + random.uniform(-1.0, 1.0, 2)
        pitch_hz = np.minimum(np.exp(np.linspace(ends[0], ends[1], frames)), 18_000.0)
        x += _swell(random, frames) * np.sin(_phase(pitch_hz, rate_hz) + random.uniform(0.0, 2.0 * np.pi))
    return x


def two_tones(random: Random, frames: int, rate_hz: int) -> Array:
    """Two steady sines of unequal level under a swell: intermodulation."""
    pair_hz = np.exp(random.uniform(np.log(50.0), np.log(9_000.0), 2))
    time_s = np.arange(frames) / rate_hz
    ratio = 10.0 ** (random.uniform(-20.0, 0.0) / 20.0)
    x = np.sin(2 * np.pi * pair_hz[0] * time_s) + ratio * np.sin(2 * np.pi * pair_hz[1] * time_s + 1.0)
    return x * _swell(random, frames)


def plucked_bursts(random: Random, frames: int, rate_hz: int) -> Array:
    """Two to ten short attacks: a click of coloured noise, then stretched harmonics cut off by a damp."""
    x = np.zeros(frames)
    for onset in random.integers(0, int(0.9 * frames), random.integers(2, 11)):
        length = min(frames - onset, int(random.uniform(0.05, 0.6) * rate_hz))
        time_s = np.arange(length) / rate_hz
        tone = _note(random, length, rate_hz)
        click = random.standard_normal(length) * np.exp(-time_s / random.uniform(0.001, 0.01))
        damp = np.minimum(1.0, (length - np.arange(length)) / (0.01 * rate_hz))
        x[onset : onset + length] += random.uniform(0.2, 1.0) * (tone + random.uniform(0.0, 0.3) * click) * damp
    return x


def pulse_trains(random: Random, frames: int, rate_hz: int) -> Array:
    """One to four trains of narrow pulses over next to nothing: long one-sided recoveries of a driven high-pass.

    All pulses of a train point the same way, or alternate, or fall at random; they die away together.
    """
    x = np.zeros(frames)
    time_s = np.arange(frames) / rate_hz
    for onset in np.sort(random.integers(0, int(0.8 * frames), random.integers(1, 5))):
        period = rate_hz / np.exp(random.uniform(np.log(30.0), np.log(900.0)))
        at = np.arange(onset, frames, period) + random.uniform(0.0, 0.1) * period * random.standard_normal()
        at = at[(at >= 0) & (at < frames)].astype(np.int64)
        signs = (np.ones(len(at)), np.resize([1.0, -1.0], len(at)), random.choice([-1.0, 1.0], len(at)))
        sign = signs[random.choice(3, p=[0.6, 0.2, 0.2])] * random.choice([-1.0, 1.0])
        train = np.zeros(frames)
        train[at] = sign * np.exp(-(time_s[at] - onset / rate_hz) / random.uniform(0.05, 1.5))
        width = max(3, int(min(random.uniform(0.0001, 0.002) * rate_hz, 0.7 * period)))
        shape = np.hanning(width + 2)[1:-1] * np.exp(-random.uniform(0.0, 4.0) * np.arange(width) / width)
        x += random.uniform(0.3, 1.0) * np.convolve(train, shape)[:frames]
    floor = 10.0 ** (random.uniform(-80.0, -35.0) / 20.0)
    return x / max(float(np.max(np.abs(x))), 1e-12) + floor * stepped_noise(random, frames, rate_hz)


MAKERS: tuple[Maker, ...] = (
    sweep,
    stepped_noise,
    decaying_tones,
    gliding_tones,
    two_tones,
    plucked_bursts,
    pulse_trains,
)
# How often each kind is drawn: in the main part of the data, in a part of notes alone, and in one of pulses alone.
SHARES = (0.08, 0.14, 0.32, 0.12, 0.08, 0.26, 0.0)
NOTE_SHARES = (0.0, 0.0, 0.5, 0.0, 0.0, 0.5, 0.0)
PULSE_SHARES = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)


def _note(random: Random, frames: int, rate_hz: int) -> Array:
    """Harmonics of a random pitch, 30 to 1400 Hz, stretched as a stiff string's and decaying exponentially.

    Their phases are random, or all alike, which makes pulses as lopsided as those of a string under a pickup.
    """
    time_s = np.arange(frames) / rate_hz
    pitch_hz = np.exp(random.uniform(np.log(30.0), np.log(1400.0)))
    stiffness, decay_s = random.uniform(0.0, 4e-4), random.uniform(0.15, 3.0)
    bend = 1.0 + random.uniform(0.0, 0.004) * np.sin(2 * np.pi * random.uniform(3.0, 7.0) * time_s)
    base = _phase(pitch_hz * bend, rate_hz)
    k = np.arange(1, min(40, int(8_000.0 / pitch_hz)) + 1)
    levels = _spectrum(random, k * pitch_hz, k)
    phases = random.uniform(0.0, 2.0 * np.pi) + (random.random() < 0.4) * random.uniform(0.0, 2.0 * np.pi, len(k))
    x = np.zeros(frames)
    for number, level, phase in zip(k, levels, phases, strict=True):
        stretched = number * np.sqrt(1.0 + stiffness * number * number)
        x += level * np.sin(stretched * base + phase) * np.exp(-time_s * (1.0 + 0.15 * number) / decay_s)
    attack = np.minimum(1.0, time_s / random.uniform(0.0005, 0.01))
    return x * attack / max(float(np.max(np.abs(x))), 1e-12)


def _spectrum(random: Random, frequency_hz: Array, number: NDArray[np.int64]) -> Array:
    """Levels of harmonics: a power of their number, scattered or combed with signs, under a resonance at 1 to 6 kHz."""
    slope, peak_hz, width = random.uniform(0.2, 1.8), random.uniform(1_000.0, 6_000.0), random.uniform(0.2, 1.5)
    resonance = 1.0 / np.sqrt((1.0 - (frequency_hz / peak_hz) ** 2) ** 2 + (width * frequency_hz / peak_hz) ** 2)
    combed = np.sin(np.pi * random.uniform(0.02, 0.5) * number)
    scattered = random.uniform(0.2, 1.0, len(number))
    return (combed if random.random() < 0.5 else scattered) / number**slope * resonance


def _phase(pitch_hz: Array, rate_hz: int) -> Array:
    return 2.0 * np.pi * np.cumsum(pitch_hz) / rate_hz


def _swell(random: Random, frames: int) -> Array:
    """A level that moves in dB over five random points, within 40 dB."""
    points_db = random.uniform(-40.0, 0.0, 5)
    return 10.0 ** (np.interp(np.linspace(0.0, 4.0, frames), np.arange(5), points_db) / 20.0)
