"""Snapshots of a device made into one capture: lined up by what they make of noise, then blended.

People capture one pedal at several settings, and each capture may be some frames late or upside down against the
others: crossfaded as they are, they would comb and cancel.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from afxplugin.captures import Capture, CaptureBlend, Control, blend_captures, read_capture
from afxplugin.errors import CaptureError, KnobError, RenderError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

LARGEST_LAG_S = 0.040  # more than any capture is late by
PROBE_SECONDS = 2.0
PROBE_DB = -40.0  # RMS, re full scale: most of what a device does to it is linear
SEGMENT_FRAMES = 4096  # longer than twice the largest lag at the rates that captures have
LOWEST_HZ, HIGHEST_SHARE = 200.0, 0.4  # of the band that is listened to; the share is of the rate


@dataclass(frozen=True)
class Blended:
    """The blend, and of each snapshot, in the order in which it was given, what lines it up.

    delay_frames: by how many frames it is held back. polarities: -1 where it is turned over, else 1.
    """

    capture: CaptureBlend
    delay_frames: tuple[int, ...]
    polarities: tuple[int, ...]


def blend_files(
    name: str, paths: Sequence[Path], settings: Sequence[Mapping[str, float]], *, rate_hz: int | None = None
) -> Blended:
    """Capture files, and the knob positions at which each was made, as one capture with those knobs.

    Each file needs a position for each knob, and each combination of positions a file. Raises CaptureError or KnobError
    where they do not fit together, RateError for a rate that is not allowed.
    """
    if len(paths) != len(settings):
        raise KnobError(
            f"{len(paths)} captures and {len(settings)} settings are given; a setting is needed for each capture, in "
            "their order"
        )
    knobs = list(settings[0]) if settings else []
    for path, setting in zip(paths, settings, strict=True):
        if {knob.casefold() for knob in setting} != {knob.casefold() for knob in knobs}:
            raise KnobError(
                f"is at {', '.join(setting) or 'no knob'}, and {paths[0].name} at {', '.join(knobs)}; the same knobs "
                "are needed for all",
                path=path,
            )
    folded = [{knob.casefold(): value for knob, value in setting.items()} for setting in settings]
    places = [tuple(setting[knob.casefold()] for knob in knobs) for setting in folded]
    captures = [_snapshot(path, rate_hz) for path in paths]
    if len({capture.rate_hz for capture in captures}) != 1:
        rates = ", ".join(f"{path.name} {each.rate_hz} Hz" for path, each in zip(paths, captures, strict=True))
        raise CaptureError(f"snapshots at different rates: {rates}; one rate is needed")
    delay_frames, polarities = line_up(captures)
    capture = blend_captures(
        name,
        captures,
        places,
        [_control(knob, [place[k] for place in places]) for k, knob in enumerate(knobs)],
        delay_frames=delay_frames,
        polarities=polarities,
    )
    return Blended(capture, delay_frames, polarities)


def line_up(captures: Sequence[Capture]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Delays in frames of the captures, and polarities, that line all up with the latest and with the first's polarity.

    By the generalised cross-correlation with phase transform (Knapp & Carter, "The generalized correlation method for
    estimation of time delay", IEEE Trans. ASSP 24 (1976)) of what quiet noise becomes in each: Gaussian noise sees a
    nonlinearity's linear part (Bussgang), and with all frequencies weighing alike, the drive and tone of a pedal, whose
    phases reach their ends within a few octaves, are no delay. Raises CaptureError for a capture that makes the noise
    silent or not finite.
    """
    rate_hz = captures[0].rate_hz
    x = np.random.default_rng(0).standard_normal(int(PROBE_SECONDS * rate_hz)) * 10.0 ** (PROBE_DB / 20.0)
    responses = [_cross_spectrum(x, _played(capture, x)) for capture in captures]
    found = [_lag_and_sign(responses[0], response, rate_hz) for response in responses]
    latest = max(lag for lag, _ in found)
    return tuple(latest - lag for lag, _ in found), tuple(sign for _, sign in found)


def _cross_spectrum(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Of input and output, over half-overlapping Hann segments: (bins,)."""
    window = np.hanning(SEGMENT_FRAMES)
    starts = range(0, len(x) - SEGMENT_FRAMES + 1, SEGMENT_FRAMES // 2)
    pairs = ((x[at : at + SEGMENT_FRAMES] * window, y[at : at + SEGMENT_FRAMES] * window) for at in starts)
    return np.sum([np.fft.rfft(a).conj() * np.fft.rfft(b) for a, b in pairs], axis=0)


def _lag_and_sign(first: NDArray[np.complex128], other: NDArray[np.complex128], rate_hz: int) -> tuple[int, int]:
    """Whole frames by which ``other`` comes after ``first``, and -1 where it is upside down against it."""
    frequency_hz = np.fft.rfftfreq(SEGMENT_FRAMES, 1.0 / rate_hz)
    heard = (frequency_hz > LOWEST_HZ) & (frequency_hz < HIGHEST_SHARE * rate_hz)
    cross = other * first.conj()
    phase = np.where(heard, cross / np.maximum(np.abs(cross), 1e-300), 0.0)
    correlation = np.fft.irfft(phase, SEGMENT_FRAMES)
    largest = min(int(LARGEST_LAG_S * rate_hz), SEGMENT_FRAMES // 2 - 1)
    lags = np.arange(-largest, largest + 1)
    lag = int(lags[np.argmax(np.abs(correlation[lags]))])
    return lag, 1 if correlation[lag] > 0.0 else -1


def _played(capture: Capture, x: NDArray[np.float64]) -> NDArray[np.float64]:
    from afxplugin.chain import Player, UnstablePlanWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnstablePlanWarning)  # at its own rate it is what it is
        player = Player(capture, rate_hz=capture.rate_hz, channels=1)
    try:
        played: NDArray[np.float64] = player.process(x[None])[0].astype(np.float64)
    except RenderError as error:
        raise CaptureError(f"quiet noise cannot be lined up: {error.reason}") from None
    output = played - np.mean(played)  # what it rests at says nothing of time
    if not np.any(np.abs(output) > 1e-6):
        raise CaptureError(f"quiet noise becomes silent, so it cannot be lined up ({capture.name})")
    return output


def _snapshot(path: Path, rate_hz: int | None) -> Capture:
    capture = read_capture(path, rate_hz=rate_hz)
    if not isinstance(capture, Capture) or capture.controls:
        has = ", ".join(control.name for control in capture.controls)
        raise CaptureError(f"has knobs of its own ({has}); only captures without knobs are blended", path=path)
    return capture


def _control(name: str, positions: Sequence[float]) -> Control:
    """A knob from the lowest to the highest of the snapshots' positions, whose position is the coordinate."""
    low, high = min(positions), max(positions)
    if not low < high:
        raise KnobError(f"knob {name}: all snapshots are at {low:g}; different positions are needed")
    return Control(name, low=low, high=high, default=0.5 * (low + high), breakpoints=((low, low), (high, high)))
