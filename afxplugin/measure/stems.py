"""Three stems of a little song in E minor, 100 beats a minute, eight bars repeated: guitar, bass and drums, made here.

They stand in for recordings where none may be shipped. The same seed gives the same music at every sample rate; stems
of the same length line up. Each starts and ends in silence and peaks at -6 dBFS, as a careful recording does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.audio import Audio, check_rate
from afxplugin.measure.percussion import faded_end, hat, kick, snare
from afxplugin.measure.strings import BASS, GUITAR, Instrument, pluck

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEAT_S = 0.6
SONG_SECONDS = 8 * 4 * BEAT_S
_PEAK = 10 ** (-6 / 20)
_LONGEST_S = 4 * BEAT_S


@dataclass(frozen=True)
class _Event:
    """Notes struck together: start and length in beats from the bar line, MIDI numbers, and whether the palm mutes."""

    beat: float
    beats: float
    notes: tuple[int, ...]
    muted: bool = False


def _chord(beat: float, beats: float, root: int) -> _Event:
    return _Event(beat, beats, (root, root + 7, root + 12))


def _chugs(note: int, *beats: float) -> tuple[_Event, ...]:
    return tuple(_Event(beat, 0.45, (note,), muted=True) for beat in beats)


def _line(first: float, beats: float, *notes: int) -> tuple[_Event, ...]:
    return tuple(_Event(first + i * beats, beats * 0.97, (note,)) for i, note in enumerate(notes))


_EM = (_chord(0, 0.95, 40), *_chugs(40, 1, 1.5, 2.5, 3.5), _chord(2, 0.48, 43), _chord(3, 0.48, 45))
_C = (_chord(0, 1.45, 48), *_chugs(40, 1.5, 1.75, 3), _chord(2, 0.95, 48), _chord(3.5, 0.48, 47))
_G = (_chord(0, 1.45, 43), *_chugs(43, 1.5, 1.75, 2.5, 3), _chord(2, 0.48, 43), _chord(3.5, 0.48, 45))
_D = (_chord(0, 0.95, 50), *_chugs(45, 1, 1.5), *_line(2, 0.5, 62, 59, 57, 54))
_LEAD = _line(0, 0.5, 64, 67, 69, 71, 74, 71, 69, 67)
_HIGH = (*_line(0, 0.25, 76, 74, 71, 74, 76, 79), *_line(1.5, 0.5, 83, 81), *_line(2.5, 0.25, 79, 76, 74, 71, 69, 67))
_END = (_Event(0, 3.9, (40, 47, 52, 55, 59, 64)),)
_GUITAR_BARS = (_EM, _C, _G, _D, _EM, _LEAD, _HIGH, _END)
_BASS_ROOTS = (28, 36, 31, 38, 28, 36, 31, 28)


def guitar_di(rate_hz: int, seconds: float = SONG_SECONDS, seed: int = 0) -> Audio:
    """Electric guitar straight from its pickup: power chords, palm mutes, single-note lines; mono float32.

    Raises:
        RateError: the rate is outside 8 to 384 kHz.

    """
    events = [(bar, event) for bar, events in enumerate(_bars(_GUITAR_BARS, seconds)) for event in events]
    return _played(GUITAR, events, rate_hz=rate_hz, seconds=seconds, seed=seed)


def bass_di(rate_hz: int, seconds: float = SONG_SECONDS, seed: int = 0) -> Audio:
    """Electric bass straight from its pickup, eighths on the roots of the guitar's chords; mono float32.

    Raises:
        RateError: the rate is outside 8 to 384 kHz.

    """
    bars = tuple(_bass_bar(root, last=i == 7) for i, root in enumerate(_BASS_ROOTS))
    events = [(bar, event) for bar, events in enumerate(_bars(bars, seconds)) for event in events]
    return _played(BASS, events, rate_hz=rate_hz, seconds=seconds, seed=seed + 1)


def drums(rate_hz: int, seconds: float = SONG_SECONDS, seed: int = 0) -> Audio:
    """Kick, snare and hi-hat, as two microphones above the kit hear them; stereo float32.

    Raises:
        RateError: the rate is outside 8 to 384 kHz.

    """
    check_rate(rate_hz)
    rng = np.random.Generator(np.random.PCG64(seed + 2))
    x = np.zeros((2, round(seconds * rate_hz)))
    for bar in range(int(np.ceil(seconds / (4 * BEAT_S)))):
        last = bar % 8 == 7
        for beat, drum in _last_bar() if last else _groove(bar):
            hit_seed, level, late_s = int(rng.integers(2**31)), rng.uniform(0.82, 1.0), rng.uniform(0.0, 0.004)
            hit = _hit(drum, rate_hz, hit_seed)
            _add(x, level * hit, round(((bar * 4 + beat) * BEAT_S + late_s) * rate_hz))
    return _finished(x, rate_hz)


def _bars(bars: tuple[tuple[_Event, ...], ...], seconds: float) -> list[tuple[_Event, ...]]:
    return [bars[i % len(bars)] for i in range(int(np.ceil(seconds / (4 * BEAT_S))))]


def _bass_bar(root: int, *, last: bool) -> tuple[_Event, ...]:
    if last:
        return (_Event(0, 3.9, (root,)),)
    eighths = tuple(_Event(i / 2, 0.46, (root,)) for i in range(7))
    return (*eighths, _Event(3.5, 0.46, (root + 7 if root < 36 else root - 5,)))


def _groove(bar: int) -> list[tuple[float, str]]:
    hats = [(i / 2, "open" if i == 7 and bar % 4 == 3 else "closed") for i in range(8)]
    return [*hats, (0, "kick"), (1, "snare"), (1.5, "kick"), (2, "kick"), (3, "snare")]


def _last_bar() -> list[tuple[float, str]]:
    return [(0, "kick"), (0, "open"), (2.5, "snare"), (3, "snare"), (3.25, "snare"), (3.5, "kick")]


def _hit(drum: str, rate_hz: int, seed: int) -> NDArray[np.float64]:
    if drum == "kick":
        return kick(rate_hz=rate_hz, seed=seed)
    if drum == "snare":
        return 0.8 * snare(rate_hz=rate_hz, seed=seed)
    return hat(rate_hz=rate_hz, seed=seed, opened=drum == "open")


def _played(
    instrument: Instrument, events: list[tuple[int, _Event]], *, rate_hz: int, seconds: float, seed: int
) -> Audio:
    """Strike the events by hand: a few milliseconds late, not all equally hard, chords string after string."""
    check_rate(rate_hz)
    strike = cache(partial(pluck, instrument, rate_hz=rate_hz, seconds=_LONGEST_S))
    rng = np.random.Generator(np.random.PCG64(seed))
    x = np.zeros((1, round(seconds * rate_hz)))
    for bar, event in events:
        late_s, level = rng.uniform(0.0, 0.006), rng.uniform(0.8, 1.0) * (0.8 if event.muted else 1.0)
        upstroke = bool(event.beat % 1 >= 0.5)
        notes = event.notes[::-1] if upstroke else event.notes
        for string, note in enumerate(notes):
            start_s = (bar * 4 + event.beat) * BEAT_S + late_s + 0.007 * string
            struck = strike(note=note, muted=event.muted, upstroke=upstroke)
            held = struck[: round(event.beats * BEAT_S * rate_hz)]
            _add(x, level * faded_end(held, rate_hz)[None], round(start_s * rate_hz))
    return _finished(x, rate_hz)


def _add(x: NDArray[np.float64], hit: NDArray[np.float64], start: int) -> None:
    part = hit[:, : max(0, x.shape[1] - start)]
    x[:, start : start + part.shape[1]] += part


def _finished(x: NDArray[np.float64], rate_hz: int) -> Audio:
    y = faded_end(x, rate_hz)
    peak = np.max(np.abs(y), initial=0.0)
    return Audio((y * (_PEAK / peak if peak > 0 else 1.0)).astype(np.float32), rate_hz)
