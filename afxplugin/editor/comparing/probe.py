"""A sine played through a variant: what of its sound is aliasing, and whether that can be heard."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from afxplugin.editor.state.sources import sound_of
from afxplugin.measure.aliasing import asr_db
from afxplugin.measure.harmonics import analyse_harmonics, last_second
from afxplugin.measure.masking import nmr_db
from afxplugin.measure.probes import faded, sine
from afxplugin.rates import resample_fft
from afxplugin.render.comparing import EDGE_FRAMES, excerpt_player, play_aligned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from afxplugin.render.source import Source

_SETTLING_S: Final = 0.25
_HIGHEST_NMR_HZ: Final = 48_000
_FADE_S: Final = 0.01


@dataclass(frozen=True)
class Probe:
    """A sine: frequency in Hz, amplitude re full scale. The default is a guitar's highest open-position E, at -6 dBFS.

    No rate in use is a whole multiple of it: its aliases do not hide behind harmonics.
    """

    frequency_hz: float = 1318.51
    amplitude: float = 0.5


@dataclass(frozen=True)
class Aliasing:
    """Aliasing-to-signal and noise-to-mask ratio in dB, lower is better (SPEC: ``measure.aliasing``, ``.masking``)."""

    asr_db: float
    nmr_db: float


def play_probe(
    source: Source,
    session_hz: int,
    method: str,
    probe: Probe,
    stop: threading.Event,
    *,
    oversample: int = 1,
    filters: str = "linear",
) -> NDArray[np.float64]:
    """The last second (frames,) of a variant's response to the probe, settled, latency removed.

    Raises MethodError for what cannot be played, StoppedError.
    """
    x = sine(
        rate_hz=session_hz,
        seconds=1.0 + 2.0 * _SETTLING_S,
        frequency_hz=probe.frequency_hz,
        amplitude=probe.amplitude,
    )
    player = excerpt_player(source, session_hz, method, channels=1, oversample=oversample, filters=filters)
    y, _ = play_aligned(player, faded(x, rate_hz=session_hz, seconds=_FADE_S)[None].astype(np.float32), stop)
    settled = round(_SETTLING_S * session_hz)
    return y[0, settled : settled + session_hz].astype(np.float64)


def measure_aliasing(y: NDArray[np.float64], probe: Probe, rate_hz: int) -> Aliasing:
    """Both figures of a response (frames,) to the probe, a second or more of it.

    The target of the NMR is the response without what aliased. Above 48 kHz both are first brought to half or a quarter
    of the rate, whose frames the ear model is meant for; the ends, where an ideal conversion rings, are left out.
    """
    last = last_second(y, rate_hz)
    wanted = analyse_harmonics(last, frequency_hz=probe.frequency_hz, rate_hz=rate_hz).signal()
    factor = 2 ** max(0, math.ceil(math.log2(rate_hz / _HIGHEST_NMR_HZ)))
    whole = len(last) // factor * factor
    target, output, heard_hz = wanted[:whole], last[:whole], rate_hz // factor
    if factor > 1:
        target, output = (resample_fft(each, factor, 1)[EDGE_FRAMES:-EDGE_FRAMES] for each in (target, output))
    return Aliasing(
        asr_db=asr_db(last, frequency_hz=probe.frequency_hz, rate_hz=rate_hz),
        nmr_db=nmr_db(target=target, output=output, rate_hz=heard_hz),
    )


class Probes:
    """Responses that have been played and measured: another stretch of the stem needs them no second time.

    For any thread; the oldest go.
    """

    def __init__(self, most: int = 48) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[object, ...], tuple[NDArray[np.float64], Aliasing]] = OrderedDict()

    def measured(
        self,
        source: Source,
        session_hz: int,
        method: str,
        probe: Probe,
        stop: threading.Event,
        *,
        oversample: int = 1,
        filters: str = "linear",
    ) -> tuple[NDArray[np.float64], Aliasing]:
        """The response (frames,), not to be changed, and its figures; arguments and errors as ``play_probe``."""
        key = (sound_of(source), session_hz, method, probe, oversample, filters)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        y = play_probe(source, session_hz, method, probe, stop, oversample=oversample, filters=filters)
        y.setflags(write=False)
        found = y, measure_aliasing(y, probe, session_hz)
        with self._lock:
            self._known[key] = found
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found
