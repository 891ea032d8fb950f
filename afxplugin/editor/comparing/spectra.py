"""What plots show: spectra with harmonics and aliases marked, a sweep through a variant, its difference to another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from afxplugin.measure.harmonics import analyse_harmonics, chebyshev_window, last_second
from afxplugin.measure.probes import log_sweep

if TYPE_CHECKING:
    from afxplugin.editor.comparing.compared import Signal, Tone
    from afxplugin.editor.comparing.probe import Probe
    from afxplugin.editor.state.variants import PlannedVariant
    from afxplugin.editor.workers import Control
    from afxplugin.render.source import Source

FLOOR_DBFS: Final = -140.0
SWEEP_S: Final = 4.0
SWEEP_AMPLITUDE: Final = 0.5
_MOST_ROWS: Final = 512
_HIGHEST_ORDER: Final = 400
_ABOVE_FLOOR_DB: Final = 10.0
_NEAR_HZ: Final = 4.0

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Levels (bins,) at frequencies (bins,); a full-scale sine reads 0 dBFS at its own."""

    frequency_hz: Array
    level_dbfs: Array


@dataclass(frozen=True)
class Mark:
    """A partial to be marked: where and how strong it is, and which multiple of the tone it is."""

    frequency_hz: float
    level_dbfs: float
    order: int


@dataclass(frozen=True, eq=False)
class ToneSpectrum:
    """The spectrum of a response to a sine, its harmonics, and its aliases that stand out of the floor."""

    spectrum: Spectrum
    harmonics: tuple[Mark, ...]
    aliases: tuple[Mark, ...]


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Levels in dBFS (frequencies, times) float32, rising frequencies first."""

    time_s: Array
    frequency_hz: Array
    level_dbfs: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Difference:
    """Output minus reference over time, in so many bins of equal length.

    time_s: (bins,), the middle of each. low, high: (bins,), extremes of the difference over all channels.
    difference_dbfs, reference_dbfs: (bins,), root mean squares; a full-scale square wave is 0.
    """

    time_s: Array
    low: Array
    high: Array
    difference_dbfs: Array
    reference_dbfs: Array


def spectrum(x: Signal | Array, rate_hz: int) -> Spectrum:
    """Mean power spectrum of (channels, frames) or (frames,) under Hann windows that overlap by half; any length.

    The windows are about 0.17 s long: bins of about 6 Hz.
    """
    size = 1 << round(math.log2(8192 * rate_hz / 48_000))
    rows = np.atleast_2d(np.asarray(x, np.float64))
    if rows.shape[1] < size:
        rows = np.pad(rows, ((0, 0), (0, size - rows.shape[1])))
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(size) / size)
    power = np.zeros(size // 2 + 1)
    starts = range(0, rows.shape[1] - size + 1, size // 2)
    for start in starts:
        bins = np.fft.rfft(rows[:, start : start + size] * window) * (2.0 / window.sum())
        power += np.mean(np.abs(bins) ** 2, axis=0)
    return Spectrum(np.arange(len(power)) * rate_hz / size, _dbfs(np.sqrt(power / len(starts))))


def alias_frequencies(frequency_hz: float, *, kernel_hz: int, rate_hz: int) -> dict[int, float]:
    """Where harmonics of a tone come to lie that the kernel's rate cannot hold, by their order.

    Order m lies at its distance to the next multiple of ``kernel_hz``. Those above half of ``rate_hz``, the rate that
    is looked at, or within 4 Hz of a harmonic or of a lower order's alias are left out.
    """
    found: dict[int, float] = {}
    first = int(kernel_hz / 2 / frequency_hz) + 1
    for order in range(first, first + _HIGHEST_ORDER):
        high_hz = order * frequency_hz
        place = abs(high_hz - round(high_hz / kernel_hz) * kernel_hz)
        beside = abs(place - round(place / frequency_hz) * frequency_hz)
        if place < rate_hz / 2 and beside > _NEAR_HZ and all(abs(place - each) > _NEAR_HZ for each in found.values()):
            found[order] = place
    return found


def tone_spectrum(tone: Tone, probe: Probe) -> ToneSpectrum:
    """The spectrum of a response to the probe, a second long: bins of 1 Hz, marks read to a fraction of a dB."""
    y = last_second(tone.y, tone.rate_hz)
    whole = _chebyshev_levels(y)
    harmonics = analyse_harmonics(y, frequency_hz=probe.frequency_hz, rate_hz=tone.rate_hz)
    levels = _dbfs(np.abs(harmonics.amplitudes))
    bin_hz = tone.rate_hz / len(y)
    rest = _chebyshev_levels(y - harmonics.signal())
    places = alias_frequencies(probe.frequency_hz, kernel_hz=tone.kernel_hz, rate_hz=tone.rate_hz)
    aliases: list[Mark] = []
    for order, place in places.items():
        at = round(place / bin_hz)
        near = rest[max(0, at - 2) : at + 3]
        around = rest[max(0, at - 60) : at + 61]
        level = float(near.max(initial=FLOOR_DBFS))
        if level > FLOOR_DBFS + _ABOVE_FLOOR_DB and level > float(np.median(around)) + _ABOVE_FLOOR_DB:
            aliases.append(Mark(place, level, order))
    return ToneSpectrum(
        Spectrum(np.arange(len(whole), dtype=np.float64) * bin_hz, whole),
        tuple(Mark(m * probe.frequency_hz, float(levels[m]), m) for m in range(1, len(levels))),
        tuple(aliases),
    )


def sweep_spectrogram(source: Source, planned: PlannedVariant, control: Control, *, columns: int = 400) -> Spectrogram:
    """A sine that rises from 20 Hz to 20 kHz in 4 s, at -6 dBFS, through a variant: aliases fall where it rises.

    Raises MethodError where the variant cannot be played, CancelledWorkError.
    """
    from afxplugin.editor.workers import CancelledWorkError
    from afxplugin.render.comparing import StoppedError, excerpt_player, play_aligned

    rate_hz, variant = planned.session_hz, planned.variant
    control.progress(0.0, f"sweeping through {variant.label}")
    player = excerpt_player(
        source, rate_hz, variant.method, channels=1, oversample=variant.oversample, filters=source.filters
    )
    x = log_sweep(rate_hz=rate_hz, seconds=SWEEP_S, amplitude=SWEEP_AMPLITUDE)
    try:
        y, _ = play_aligned(player, x[None].astype(np.float32), control.cancelled)
    except StoppedError:
        raise CancelledWorkError("the sweep was cancelled; allowed: to ask for it again") from None
    control.progress(0.5, f"analysing {variant.label}")
    return spectrogram(y[0], rate_hz, columns=columns)


def spectrogram(y: NDArray[np.floating], rate_hz: int, *, columns: int = 400) -> Spectrogram:
    """Of a response (frames,) to the sweep: so many columns, at most 512 rows, each the highest of its bins."""
    size = 1 << round(math.log2(4096 * rate_hz / 48_000))
    starts = np.linspace(0, max(0, len(y) - size), columns).astype(int)
    window = np.blackman(size)
    padded = np.pad(np.asarray(y, np.float64), (0, max(0, size - len(y))))
    rows = max(1, size // 2 // _MOST_ROWS)
    level = np.empty((size // 2 // rows, columns), np.float32)
    for k, start in enumerate(starts):
        magnitude = np.abs(np.fft.rfft(padded[start : start + size] * window)) * (2.0 / window.sum())
        level[:, k] = _dbfs(magnitude[: size // 2].reshape(-1, rows).max(axis=1))
    frequency_hz = (np.arange(level.shape[0]) + 0.5) * rows * rate_hz / size
    time_s = (starts + size / 2) / rate_hz
    return Spectrogram(time_s, frequency_hz, level)


def difference(reference: Signal, output: Signal, rate_hz: int, *, bins: int = 800) -> Difference:
    """Of two (channels, frames) of the same shape. Raises ValueError where their shapes differ or are empty."""
    if reference.shape != output.shape or reference.size == 0:
        raise ValueError(
            f"given signals of shapes {reference.shape} and {output.shape}; allowed: two of the same shape"
        )
    frames = reference.shape[1]
    count = min(bins, frames)
    edges = np.arange(count + 1, dtype=np.int64) * frames // count
    error = output.astype(np.float64) - reference.astype(np.float64)
    lengths = np.diff(edges) * reference.shape[0]

    def rms(x: Array) -> Array:
        return np.sqrt(np.add.reduceat(np.sum(x**2, axis=0), edges[:-1]) / lengths)

    return Difference(
        time_s=(edges[:-1] + edges[1:]) / 2.0 / rate_hz,
        low=np.minimum.reduceat(error.min(axis=0), edges[:-1]),
        high=np.maximum.reduceat(error.max(axis=0), edges[:-1]),
        difference_dbfs=_dbfs(rms(error)),
        reference_dbfs=_dbfs(rms(reference.astype(np.float64))),
    )


def _dbfs(magnitude: Array) -> Array:
    return np.maximum(20.0 * np.log10(np.maximum(magnitude, 1e-12)), FLOOR_DBFS)


def _chebyshev_levels(y: Array) -> Array:
    """Levels (bins,) under a window of 120 dB: a partial of 0 dBFS hides nothing above -120."""
    window = chebyshev_window(len(y))
    return _dbfs(np.abs(np.fft.rfft(y * window)) * (2.0 / window.sum()))
