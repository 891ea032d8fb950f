"""Plays a stretch of a stem through every variant at the session's rate, and measures each against the reference.

The protocol is that of ``afx compare``: the stretch is brought to the capture's rate and the capture run there, the
reference; each variant gets the same signal brought to the session's rate. Every conversion but the variant's own is
ideal. The figures of a variant are therefore those of the table that ``afx compare`` writes.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from afxplugin.audio import Audio
from afxplugin.editor.comparing.compared import Compared, Figures, Rendering, Signal, Tone
from afxplugin.editor.comparing.loudest import Loudest
from afxplugin.editor.comparing.probe import Probe, Probes
from afxplugin.editor.comparing.simulated import find_device
from afxplugin.editor.state.session import LONGEST_REGION_S, SHORTEST_REGION_S, Region
from afxplugin.editor.state.variants import DEVICE, REFERENCE, PlannedVariant, plan_variants
from afxplugin.editor.workers import CancelledWorkError, Control
from afxplugin.errors import AfxError
from afxplugin.measure.loudness import measure_loudness
from afxplugin.rates import resample_fft
from afxplugin.render.comparing import (
    EDGE_FRAMES,
    StoppedError,
    excerpt_player,
    padded_excerpt,
    play_aligned,
    snr_at_lower_rate_db,
)
from afxplugin.render.excerpt import read_excerpt
from afxplugin.render.workers import default_workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from afxplugin.editor.comparing.simulated import SimulatedDevice
    from afxplugin.render.source import Source

DEFAULT_REGION_S: Final = 8.0
_MOST_GAIN_DB: Final = 60.0
_LEAST_COMPARED_FRAMES: Final = 256


_loudest = Loudest()
_probes = Probes()


def _ignore_rendering(rendering: Rendering) -> None:
    del rendering


def compare_region(
    stem: Path,
    source: Source,
    session_hz: int,
    *,
    region: Region | None = None,
    control: Control | None = None,
    first: str | None = None,
    probe: Probe | None = None,
    ready: Callable[[Rendering], None] = _ignore_rendering,
    workers: int | None = None,
) -> Compared:
    """A stretch of a stem (None: the loudest 8 s) through every variant of a source as it is set.

    control: told of progress, and can end it. first: the variant to play before the others. ready: called from workers
    with the reference, then each that is done, not yet with its SNR against a device, which takes longest to simulate.
    workers: None, all cores but one, which the window keeps.
    Raises AudioError, RenderError for the stem or the stretch, RateError, CancelledWorkError.
    """
    control = control or Control()
    control.progress(0.0, f"reading {stem.name}")
    work = _Work.open(stem, source, session_hz, region, control, probe or Probe())
    control.check()
    try:
        renderings = _render_all(work, first, ready, workers or max(1, default_workers() - 1))
    except StoppedError:
        raise CancelledWorkError("the comparison was cancelled; allowed: to ask for it again") from None
    control.check()
    control.progress(1.0, "compared")
    return Compared(stem, work.region, session_hz, source.capture.rate_hz, renderings)


@dataclass(frozen=True, eq=False)
class _Work:
    """The stretch (channels, frames) at the capture's rate and at the session's, silence at its end, and what to do.

    frames: how many of the session's are wanted.
    """

    source: Source
    session_hz: int
    region: Region
    at_capture_rate: Signal
    at_session_rate: Signal
    frames: int
    probe: Probe
    control: Control

    @classmethod
    def open(
        cls, stem: Path, source: Source, session_hz: int, region: Region | None, control: Control, probe: Probe
    ) -> _Work:
        seconds = DEFAULT_REGION_S if region is None else region.seconds
        start_s = _loudest.start_s(stem, seconds, control) if region is None else region.start_s
        excerpt = read_excerpt(stem, from_s=start_s, seconds=seconds)
        control.check()
        capture_hz = source.capture.rate_hz
        padded = padded_excerpt(excerpt, [capture_hz, session_hz])
        x = resample_fft(padded, excerpt.rate_hz, capture_hz).astype(np.float32)
        there = x if session_hz == capture_hz else resample_fft(x, capture_hz, session_hz).astype(np.float32)
        taken = Region(excerpt.from_s, min(max(excerpt.seconds, SHORTEST_REGION_S), LONGEST_REGION_S))
        frames = max(1, round(excerpt.seconds * session_hz))
        return cls(source, session_hz, taken, x, there, frames, probe, control)

    @property
    def capture_hz(self) -> int:
        return self.source.capture.rate_hz

    def snr_db(self, target: Signal, target_hz: int, output: Signal) -> float | None:
        """None where too little is left between the ends."""
        if target.shape[1] * min(target_hz, self.session_hz) // target_hz < 2 * EDGE_FRAMES + _LEAST_COMPARED_FRAMES:
            return None
        value = snr_at_lower_rate_db(target=target, target_hz=target_hz, output=output, output_hz=self.session_hz)
        return None if math.isnan(value) else value


@dataclass(frozen=True, eq=False)
class _Yardstick:
    """The capture at its own rate, (channels, frames), and its loudness as heard at the session's."""

    reference: Signal
    loudness_lufs: float | None


@dataclass(frozen=True, eq=False)
class _Played:
    """A rendering that is done, and all of what was played: silence at its end included, for measuring."""

    rendering: Rendering
    whole: Signal | None


def _render_all(
    work: _Work, first: str | None, ready: Callable[[Rendering], None], workers: int
) -> tuple[Rendering, ...]:
    yardstick, reference = _reference(work)
    ready(reference)
    planned = plan_variants(work.source.capture, work.session_hz, filters=work.source.filters)
    groups = _alike(planned, first)
    device = find_device(work.source)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="compare") as pool:
        futures = [pool.submit(_render_group, work, yardstick, group, ready) for group in groups]
        if device is not None:
            futures.append(pool.submit(_render_device, work, yardstick, device, ready))
        played: list[_Played] = []
        try:
            for k, future in enumerate(futures):
                played += future.result()
                work.control.progress(0.1 + 0.9 * (k + 1) / len(futures), f"{played[-1].rendering.label} is compared")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    found = {each.name: _refused(each) for each in planned if not each.playable}
    found |= {each.rendering.name: each.rendering for each in _against_device(work, played)}
    order = (DEVICE, *(each.name for each in planned))
    return (reference, *(found[name] for name in order if name in found))


def _reference(work: _Work) -> tuple[_Yardstick, Rendering]:
    work.control.progress(0.05, "playing the reference")
    player = excerpt_player(work.source, work.capture_hz, "auto", channels=work.at_capture_rate.shape[0])
    whole, speed = play_aligned(player, work.at_capture_rate, work.control.cancelled)
    y = whole if work.session_hz == work.capture_hz else resample_fft(whole, work.capture_hz, work.session_hz)
    y = np.ascontiguousarray(y[:, : work.frames], np.float32)
    loudness = _loudness(y, work.session_hz)
    tone, aliasing = _probes.measured(work.source, work.capture_hz, "auto", work.probe, work.control.cancelled)
    figures = Figures(
        snr_db=math.inf,
        asr_db=aliasing.asr_db,
        nmr_db=aliasing.nmr_db,
        times_real_time=speed / work.capture_hz,
        loudness_lufs=loudness,
    )
    rendering = Rendering(REFERENCE, "Reference", y, figures, probe=Tone(tone, work.capture_hz, work.capture_hz))
    return _Yardstick(whole, loudness), rendering


def _render_device(
    work: _Work, yardstick: _Yardstick, device: SimulatedDevice, ready: Callable[[Rendering], None]
) -> list[_Played]:
    """Channel by channel, to end soon when asked to; channels that are equal once."""
    x = work.at_session_rate.astype(np.float64)
    rows: list[NDArray[np.float64]] = []
    for k, channel in enumerate(x):
        work.control.check()
        same = next((rows[j] for j in range(k) if np.array_equal(x[j], channel)), None)
        rows.append(device.process(channel[None], work.session_hz)[0] if same is None else same)
    work.control.check()
    whole = np.stack(rows).astype(np.float32)
    y = np.ascontiguousarray(whole[:, : work.frames])
    loudness = _loudness(y, work.session_hz)
    figures = Figures(
        snr_db=work.snr_db(yardstick.reference, work.capture_hz, whole),
        device_snr_db=math.inf,
        loudness_lufs=loudness,
        matching_gain_db=_matching_gain_db(loudness, yardstick.loudness_lufs),
    )
    rendering = Rendering(DEVICE, "Device", y, figures)
    ready(rendering)
    return [_Played(rendering, whole)]


def _against_device(work: _Work, played: list[_Played]) -> list[_Played]:
    """With the SNR against the device where there is one; above the capture's rate it is no matter of the variants."""
    device = next((each.whole for each in played if each.rendering.name == DEVICE), None)
    if device is None:
        return played
    lower_hz = min(work.capture_hz, work.session_hz)
    target = resample_fft(device, work.session_hz, lower_hz).astype(np.float32)
    known: dict[int, float | None] = {}
    done: list[_Played] = []
    for each in played:
        if each.whole is None or each.rendering.name == DEVICE:
            done.append(each)
            continue
        if id(each.whole) not in known:
            known[id(each.whole)] = work.snr_db(target, lower_hz, each.whole)
        figures = replace(each.rendering.figures, device_snr_db=known[id(each.whole)])
        done.append(_Played(replace(each.rendering, figures=figures), each.whole))
    return done


def _alike(planned: tuple[PlannedVariant, ...], first: str | None) -> list[list[PlannedVariant]]:
    """Playable variants by what they play alike, as ``auto`` and what it picks; those of ``first`` at the front."""
    groups: dict[tuple[object, ...], list[PlannedVariant]] = {}
    for each in planned:
        plan = each.plan
        if plan is not None and each.playable:
            groups.setdefault((plan.method, plan.oversampling, plan.kernel_hz, plan.filters), []).append(each)
    return sorted(groups.values(), key=lambda group: all(each.name != first for each in group))


def _render_group(
    work: _Work, yardstick: _Yardstick, group: list[PlannedVariant], ready: Callable[[Rendering], None]
) -> list[_Played]:
    """Played once for all of the group."""
    work.control.check()
    try:
        played = _render(work, yardstick, group[0])
    except (StoppedError, CancelledWorkError):
        raise
    except AfxError as error:
        played = _Played(replace(_refused(group[0]), problem=str(error)), None)
    renderings = [replace(played.rendering, name=each.name, label=each.variant.label, planned=each) for each in group]
    for each in renderings:
        if not work.control.cancelled.is_set():
            ready(each)
    return [_Played(each, played.whole) for each in renderings]


def _render(work: _Work, yardstick: _Yardstick, planned: PlannedVariant) -> _Played:
    variant, source, stop = planned.variant, work.source, work.control.cancelled
    channels = work.at_session_rate.shape[0]
    how: dict[str, Any] = {"oversample": variant.oversample, "filters": source.filters}
    player = excerpt_player(source, work.session_hz, variant.method, channels=channels, **how)
    whole, speed = play_aligned(player, work.at_session_rate, stop)
    if not np.isfinite(whole).all():
        problem = "its output stops being finite: its loop is not stable"
        return _Played(Rendering(planned.name, variant.label, None, planned=planned, problem=problem), None)
    y = np.ascontiguousarray(whole[:, : work.frames])
    tone, aliasing = _probes.measured(source, work.session_hz, variant.method, work.probe, stop, **how)
    loudness = _loudness(y, work.session_hz)
    figures = Figures(
        snr_db=work.snr_db(yardstick.reference, work.capture_hz, whole),
        asr_db=aliasing.asr_db,
        nmr_db=aliasing.nmr_db,
        latency_frames=planned.latency_frames or 0,
        latency_ms=planned.latency_ms or 0.0,
        times_real_time=speed / work.session_hz,
        loudness_lufs=loudness,
        matching_gain_db=_matching_gain_db(loudness, yardstick.loudness_lufs),
    )
    kernel_hz = planned.plan.kernel_hz if planned.plan is not None else work.session_hz
    heard = Tone(tone, work.session_hz, kernel_hz)
    return _Played(Rendering(planned.name, variant.label, y, figures, planned, probe=heard), whole)


def _refused(planned: PlannedVariant) -> Rendering:
    return Rendering(planned.name, planned.variant.label, None, planned=planned, problem=planned.reason)


def _loudness(y: Signal, rate_hz: int) -> float | None:
    value = measure_loudness(Audio(y, rate_hz))
    return value if math.isfinite(value) else None


def _matching_gain_db(loudness_lufs: float | None, wanted_lufs: float | None) -> float:
    """0 where one of the two is silent."""
    if loudness_lufs is None or wanted_lufs is None:
        return 0.0
    return max(-_MOST_GAIN_DB, min(_MOST_GAIN_DB, wanted_lufs - loudness_lufs))
