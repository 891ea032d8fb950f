"""How late a plugin really is: impulses sent through it, loud and quiet, beside what it reports.

Two delays are looked at. The impulse's is that of attacks. That of the band in which instruments have their body is the
lag of the largest cross-correlation between what went in and what came out, both weighted to 200 to 2000 Hz; it is
larger where crossovers turn the phase, and it is what a stem beside its untouched self has to be moved by.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from afxplugin.chain.plan import check_rate
from afxplugin.engine.description import GraphDescription, InputNode, PluginNode
from afxplugin.engine.player import GraphPlayer

if TYPE_CHECKING:
    import threading

    from numpy.typing import NDArray

    from afxplugin.engine.lookup import Insert

# A limiter or gate may answer to one of them alone.
LEVELS: Final = (0.5, 0.005)
BAND_HZ: Final = (200.0, 2000.0)
_SILENCE_S: Final = 0.25  # what smooths its start has done so by then
_LISTENING_S: Final = 2.0
_SILENT: Final = 1e-5  # of the impulse: -100 dB
_FILTER_S: Final = 2e-4  # filters without a latency of their own delay by as much
_SAME_S: Final = 1e-4
_LONGEST_S: Final = 0.25
_CLEAR: Final = 0.5  # of the correlation that a pure delay would have


@dataclass(frozen=True)
class PluginLatency:
    """What a plugin reports and what was measured, in frames at ``rate_hz``.

    impulse_frames, band_frames: how late attacks and the band of 200 to 2000 Hz are; None: nothing was heard.
    offset_frames: by how much the plugin is later than it reports, 0 where that is right; None: cannot be told, for
    the ``reason``.
    """

    rate_hz: int
    reported_frames: int
    impulse_frames: int | None = None
    band_frames: int | None = None
    offset_frames: int | None = None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class _Heard:
    """One impulse's answer: delays in frames, and its correlation with a pure delay of the band, from 0 to 1."""

    impulse: int
    band: int
    clear: float


def measure_latency(insert: Insert, *, rate_hz: int, stop: threading.Event | None = None) -> PluginLatency:
    """Plays impulses through a plugin with its preset, one in each of two instances.

    Raises:
        RateError: a rate that is not played. PluginError, GraphError, StoppedError: as GraphProcess.
    """
    check_rate(rate_hz)
    node = PluginNode("plugin", "impulse", insert.plugin, insert.preset)
    graph = GraphDescription(rate_hz, 1, (InputNode("impulse"), node), ("plugin",))
    heard: list[_Heard] = []
    reported = 0
    for level in LEVELS:
        response, reported = _response(graph, level, stop)
        if np.abs(response).max() >= _SILENT:
            heard.append(_delays(response, rate_hz))
    return _judged(heard, rate_hz=rate_hz, reported=reported)


def _response(graph: GraphDescription, level: float, stop: threading.Event | None) -> tuple[NDArray[np.float64], int]:
    """(frames,) from the impulse on, as if it had been 1; and the latency that the plugin reports."""
    before = round(_SILENCE_S * graph.rate_hz)
    x = np.zeros((1, before + round(_LISTENING_S * graph.rate_hz)), np.float32)
    x[0, before] = level
    with GraphPlayer(graph, stop=stop) as player:
        y = np.concatenate([player.process(x), player.flush()], axis=1)[0].astype(np.float64)
        y[~np.isfinite(y)] = 0.0
        return (y[before:] - y[before - 1]) / level, player.latency_frames


def _delays(response: NDArray[np.float64], rate_hz: int) -> _Heard:
    size = np.abs(response)
    impulse = int(np.argmax(size >= 0.5 * size.max()))
    spectrum = np.fft.rfft(response, 2 * len(response))
    hz = np.fft.rfftfreq(2 * len(response), 1.0 / rate_hz)
    inside = (hz >= BAND_HZ[0]) & (hz < BAND_HZ[1])
    weight = np.where(inside, np.maximum(hz, 1.0) ** -0.5, 0.0)
    lags = np.abs(np.fft.irfft(weight * spectrum))[: len(response)]
    # By Cauchy and Schwarz, with equality for a pure delay, but for the gain's shape over the band.
    most = 2.0 * np.sqrt(weight.sum() * (weight * np.abs(spectrum) ** 2).sum()) / (2 * len(response))
    band = int(lags.argmax())
    return _Heard(impulse, band, float(lags[band] / most) if most > 0.0 else 0.0)


def _judged(heard: list[_Heard], *, rate_hz: int, reported: int) -> PluginLatency:
    if not heard:
        return PluginLatency(rate_hz, reported, reason="nothing comes out of it")
    loud = heard[0]
    offset: int | None = None
    reason = ""
    if any(abs(each.impulse - loud.impulse) > _SAME_S * rate_hz for each in heard):
        reason = "a quiet impulse is not as late as a loud one"
    elif min(abs(loud.impulse - reported), abs(loud.band - reported)) <= _FILTER_S * rate_hz:
        offset = 0
    elif loud.clear < _CLEAR:
        reason = "it smears an impulse, as a reverb does"
    elif loud.band - reported > _LONGEST_S * rate_hz:
        reason = f"it is more than {_LONGEST_S:g} s late, as an echo is"
    else:
        offset = loud.band - reported
    return PluginLatency(rate_hz, reported, loud.impulse, loud.band, offset, reason)
