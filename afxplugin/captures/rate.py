"""The rate that a capture was trained at: stored, said by the user, or assumed with a warning.

No format keeps to one place. AIDA-X's plugin looks for metadata.samplerate, then samplerate (github.com/AidaDSP/
aidadsp-lv2, rt-neural-generic.cpp); NeuralAudio for samplerate in AIDA-X's files, for both spellings in NAM's
(NeuralAudio/RTNeuralModel.h); trainers' configurations have samplerate at the top and in metadata. So every spelling
counts, in every object that is about the network.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from afxplugin.captures.document import shown
from afxplugin.errors import RateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOWEST_HZ = 8_000
HIGHEST_HZ = 384_000
_KEYS = ("samplerate", "samplingrate", "samplefrequency", "samplingfrequency", "sampleratehz", "ratehz")
_SHORT_KEYS = ("fs", "sr", "rate")  # these count only where they can be nothing else
_ELSEWHERE = ("metadata.training", "training", "info", "settings", "data", "audio")
_KILOHERTZ = (8.0, 11.025, 16.0, 22.05, 32.0, 44.1, 48.0, 88.2, 96.0, 176.4, 192.0)


class CaptureRateWarning(UserWarning):
    """A capture states no sample rate that can be read, so that its format's usual one is assumed."""


def checked_rate_hz(rate: Any, *, what: str) -> int:
    """Return a rate as whole Hz; text is read as a number. Raises RateError outside 8 to 384 kHz."""
    try:
        number = None if isinstance(rate, bool) else float(rate)
    except (TypeError, ValueError, OverflowError):
        number = None
    if number is None or not LOWEST_HZ <= number <= HIGHEST_HZ or number != int(number):
        raise RateError(f"{what}: given {shown(rate)}, needs a whole number of Hz from {LOWEST_HZ} to {HIGHEST_HZ}")
    return int(number)


def capture_rate(
    document: dict[str, Any], *, places: Sequence[str], given_hz: int | None, usual_hz: int, notes: list[str]
) -> tuple[int, bool]:
    """Return (rate_hz, whether it was assumed): the given rate, else the stated one, else the format's usual one.

    places: the objects that may state it, the one that counts most first; "" is the file's top level. Values that are
    no rate, and places that contradict each other, are added to ``notes``. Raises RateError for a rate that is stated
    plainly and cannot be played.
    """
    if given_hz is not None:
        return checked_rate_hz(given_hz, what="capture rate"), False
    stated: list[tuple[str, float]] = []
    for place, value in _stated(document, places):
        hz = _hertz(value)
        if hz is None:
            notes.append(f"{place} is {shown(value)}, not a sample rate; it is ignored")
        else:
            stated.append((place, hz))
    if not stated:
        return usual_hz, True
    place, hz = stated[0]
    rate_hz = checked_rate_hz(hz if hz != int(hz) else int(hz), what=place)
    for other, hz in stated[1:]:
        if hz != rate_hz:
            notes.append(f"{place} states {rate_hz} Hz and {other} {hz:g} Hz; {place} is taken")
    return rate_hz, False


def _stated(document: dict[str, Any], places: Sequence[str]) -> Iterator[tuple[str, object]]:
    """Every (place, value) that states a rate; null states none."""
    for place in (*places, *_ELSEWHERE):
        node: object = document
        for key in place.split(".") if place else ():
            node = cast("dict[str, object]", node).get(key) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            continue
        for key, value in cast("dict[str, object]", node).items():
            name = key[:40].casefold().replace("_", "").replace("-", "").replace(" ", "")
            short = name in _SHORT_KEYS and LOWEST_HZ <= (_hertz(value) or 0.0) <= HIGHEST_HZ
            if value is not None and (name in _KEYS or short):
                yield (f"{place}.{key}" if place else key), value


def _hertz(value: object) -> float | None:
    """A positive rate in Hz from a number or from text such as "44100", "44.1k", "48 kHz"; None for anything else."""
    factor = 1.0
    if isinstance(value, str):
        text = value[:40].strip().casefold()
        unit = next((unit for unit in ("khz", "hz", "k") if text.endswith(unit)), "")
        text, factor = text.removesuffix(unit).strip(), 1e3 if "k" in unit else 1.0
        whole, comma, rest = text.partition(",")
        if comma:  # 44,100 Hz, but 44,1 kHz
            text = whole + rest if factor == 1.0 and len(rest) == 3 else f"{whole}.{rest}"
        value = text
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value) * factor
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or number <= 0:
        return None
    if number in _KILOHERTZ:  # nobody samples at 48 Hz
        number *= 1e3
    return round(number, 6)
