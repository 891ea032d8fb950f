"""What playing live has come to: times, levels, and what went wrong, as numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from afxplugin import _core


@dataclass(frozen=True)
class LiveStats:
    """Since the start, or since ``stop`` for ever.

    xruns: what the device says it lost, either way. underruns: blocks for which the graph was late, and silence was
    heard for ``underrun_frames``. overruns: blocks that the graph had no room for. response: from a block's arrival
    until the graph has answered it. load: mean response as a share of a block's length. round_trip: from the device's
    input to its output, as the device states its own part. least_ready_frames: how far ahead of the device the graph
    was at its tightest; -1 before the first block.
    """

    seconds: float
    blocks: int
    xruns: int
    underruns: int
    underrun_frames: int
    overruns: int
    overrun_frames: int
    load: float
    response_median_ms: float
    response_99_ms: float
    response_highest_ms: float
    callback_mean_ms: float
    callback_highest_ms: float
    interval_highest_ms: float
    least_ready_frames: int
    device_ms: float
    prefill_frames: int
    plugins_frames: int
    round_trip_ms: float
    real_time: bool

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Levels:
    """Highest magnitudes since they were last asked for, linear."""

    input: float
    left: float
    right: float


def live_stats(
    link: _core.LinkStats,
    *,
    rate_hz: int,
    block_frames: int,
    prefill_frames: int,
    plugins_frames: int,
    device_latency_s: float,
    real_time: bool,
) -> LiveStats:
    """Counts of the core in a reader's units; ``device_latency_s`` counts where the callback has not heard better."""
    device_s = link.device_latency_s or device_latency_s
    return LiveStats(
        seconds=link.frames / rate_hz,
        blocks=link.callbacks,
        # One loss of a block is told at both sides; what the device says of the other two is a loss as well.
        xruns=max(link.input_overflows, link.output_underflows) + link.input_underflows + link.output_overflows,
        underruns=link.underruns,
        underrun_frames=link.underrun_frames,
        overruns=link.overruns,
        overrun_frames=link.overrun_frames,
        load=link.response_mean_ns * 1e-9 * rate_hz / block_frames,
        response_median_ms=link.response_median_ns * 1e-6,
        response_99_ms=link.response_99_ns * 1e-6,
        response_highest_ms=link.response_highest_ns * 1e-6,
        callback_mean_ms=link.callback_mean_ns * 1e-6,
        callback_highest_ms=link.callback_highest_ns * 1e-6,
        interval_highest_ms=link.interval_highest_ns * 1e-6,
        least_ready_frames=link.least_ready_frames,
        device_ms=1e3 * device_s,
        prefill_frames=prefill_frames,
        plugins_frames=plugins_frames,
        round_trip_ms=1e3 * (device_s + (prefill_frames + plugins_frames) / rate_hz),
        real_time=real_time,
    )
