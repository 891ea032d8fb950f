"""The work behind ``compare``: one excerpt at every rate, rendered, written and measured cell by cell."""

from __future__ import annotations

import math
import time
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from afxplugin.audio import AudioWriter, remove_abandoned
from afxplugin.chain import Player, RatePlan, UnstablePlanWarning, plan_rates
from afxplugin.errors import AfxError, RenderError
from afxplugin.files import why
from afxplugin.rates import resample_fft
from afxplugin.render.comparison_result import Cell
from afxplugin.render.excerpt import Excerpt, read_excerpt
from afxplugin.render.job import tool_version
from afxplugin.render.naming import NameFields, output_name
from afxplugin.render.render_stem import BLOCK_FRAMES

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from afxplugin.audio.source import Truncated
    from afxplugin.render.source import Source

# An ideal resampler takes the signal as periodic, so its ends say nothing.
EDGE_FRAMES = 2000
_SHORTEST_S = 0.5
# -120 dBFS from lowest to highest sample: what is fainter has no noise to be told from but that of float32.
SILENT = 1e-6
_TEMPLATE = "{stem} [{preset}] {rate} {method}"

Signal = NDArray[np.float32]


class StoppedError(RenderError):
    """The comparison was stopped before its end."""


@dataclass(frozen=True)
class Bench:
    """An excerpt at the capture's rate, the capture's output there, and the folder that takes the WAVs."""

    stem: Path
    source: Source
    folder: Path
    from_s: float
    seconds: float
    x: Signal
    reference: Signal
    reference_wav: Path
    stem_hz: int
    notes: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        stem: Path,
        source: Source,
        rates_hz: Sequence[int],
        *,
        from_s: float | None,
        seconds: float,
        folder: Path,
        stop: threading.Event,
        truncated: Truncated = "fail",
    ) -> Bench:
        """Read the excerpt, run the capture at its own rate and write that as the reference.

        Raises AudioError, RenderError for the stem, the stretch or the folder.
        """
        excerpt = read_excerpt(stem, from_s=from_s, seconds=seconds, truncated=truncated)
        capture_hz = source.capture.rate_hz
        padded = padded_excerpt(excerpt, [capture_hz, *rates_hz])
        x = resample_fft(padded, excerpt.rate_hz, capture_hz).astype(np.float32)
        player = excerpt_player(source, capture_hz, "auto", channels=x.shape[0])
        reference, _ = play_aligned(player, x, stop)
        wav = _wav_path(stem, source, folder, capture_hz, "reference")
        if any(stem.exists() and each.exists() and each.samefile(stem) for each in (wav, folder)):
            raise RenderError("this output would replace the stem; choose another --out", path=wav)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RenderError(f"the output folder cannot be made: {why(error)}", path=folder) from error
        remove_abandoned(folder)
        _write(wav, reference, capture_hz, "at its own rate")
        hz, notes = excerpt.rate_hz, excerpt.notes
        return cls(stem, source, folder, excerpt.from_s, excerpt.seconds, x, reference, wav, hz, notes)

    def run(
        self,
        wanted: Sequence[tuple[int, str]],
        *,
        workers: int,
        ended: Callable[[Cell, int, int], None],
        stop: threading.Event,
    ) -> list[Cell]:
        """Every cell, so many at a time, in the order asked for; ``ended`` hears of each, in the calling thread."""
        cells: list[Cell] = []
        with (
            warnings.catch_warnings(),
            ThreadPoolExecutor(max_workers=workers, thread_name_prefix="compare") as pool,
        ):
            warnings.simplefilter("ignore", UnstablePlanWarning)  # stands in the table
            futures: list[Future[Cell]] = [pool.submit(self.cell, rate, method, stop) for rate, method in wanted]
            try:
                for future in futures:
                    cells.append(future.result())
                    ended(cells[-1], len(cells), len(wanted))
            except BaseException:
                stop.set()
                pool.shutdown(cancel_futures=True)
                raise
        return cells

    def cell(self, rate_hz: int, method: str, stop: threading.Event) -> Cell:
        """Render, write and measure one cell; what cannot be realised is a cell that says why."""
        if stop.is_set():
            raise StoppedError("the comparison was stopped before its end; there is no table")
        try:
            player = excerpt_player(self.source, rate_hz, method, channels=self.x.shape[0])
        except AfxError as error:
            return Cell(rate_hz, method, error=error.reason)
        capture_hz = self.source.capture.rate_hz
        x = self.x if rate_hz == capture_hz else resample_fft(self.x, capture_hz, rate_hz).astype(np.float32)
        try:
            y, speed = play_aligned(player, x, stop)
        except StoppedError:
            raise
        except RenderError as error:
            return Cell(rate_hz, method, player.plan, error=error.reason)
        wav = _wav_path(self.stem, self.source, self.folder, rate_hz, method)
        _write(wav, y, rate_hz, method)
        done = Cell(rate_hz, method, player.plan, times_real_time=speed / rate_hz, wav=wav)
        if (note := self._without_snr(rate_hz)) is not None:
            return replace(done, note=note)
        snr_db = snr_at_lower_rate_db(target=self.reference, target_hz=capture_hz, output=y, output_hz=rate_hz)
        return replace(done, snr_db=snr_db)

    def _without_snr(self, rate_hz: int) -> str | None:
        """Why no SNR can be told: the excerpt is too short for what is left out at its ends, or silent."""
        lower_hz = min(rate_hz, self.source.capture.rate_hz)
        frames, needed = round(self.seconds * self.stem_hz), 2 * EDGE_FRAMES * self.stem_hz // lower_hz
        if frames <= needed:
            return f"too short to compare ({frames} frames; needs more than {needed})"
        heard = self.reference[:, EDGE_FRAMES:-EDGE_FRAMES].astype(np.float64)
        if not np.any(self.x) or np.ptp(heard, axis=1).max() < SILENT:
            return "silent: no SNR"
        return None

    def choices(self, rates_hz: Sequence[int]) -> dict[int, RatePlan]:
        """What ``auto`` takes at each rate."""
        return {rate_hz: plan_rates(self.source.capture, rate_hz) for rate_hz in rates_hz}


def snr_at_lower_rate_db(*, target: Signal, target_hz: int, output: Signal, output_hz: int) -> float:
    """SNR in dB of two (channels, frames) at the lower of their rates: neither is blamed for a band the other lacks.

    ``EDGE_FRAMES`` at each end are left out.
    """
    from afxplugin.measure.accuracy import snr_db

    wanted, came = target.astype(np.float64), output.astype(np.float64)
    if output_hz > target_hz:
        came = resample_fft(came, output_hz, target_hz)
    elif output_hz < target_hz:
        wanted = resample_fft(wanted, target_hz, output_hz)
    inner = slice(EDGE_FRAMES, -EDGE_FRAMES)
    return snr_db(target=wanted[:, inner], output=came[:, inner])


def excerpt_player(
    source: Source, rate_hz: int, method: str, *, channels: int, oversample: int = 1, filters: str = "linear"
) -> Player:
    """A player of a source as it is set. Raises MethodError, KnobError as ``Player`` does."""
    return Player(
        source.capture,
        rate_hz=rate_hz,
        method=method,
        oversample=oversample,
        filters=filters,
        knobs=source.knobs,
        input_gain_db=source.input_gain_db,
        output_gain_db=source.output_gain_db,
        mix=source.mix,
        channels=channels,
        fixed_knobs=True,
    )


def play_aligned(player: Player, x: Signal, stop: threading.Event) -> tuple[Signal, float]:
    """Output (channels, frames) aligned with x, and frames a second of CPU time. Raises StoppedError."""
    blocks: list[Signal] = []
    began = time.thread_time()
    for first in range(0, x.shape[1], BLOCK_FRAMES):
        if stop.is_set():
            raise StoppedError("the comparison was stopped before its end; there is no table")
        blocks.append(player.process(np.ascontiguousarray(x[:, first : first + BLOCK_FRAMES])))
    blocks.append(player.flush())
    seconds = time.thread_time() - began
    return np.concatenate(blocks, axis=1)[:, player.latency_frames :], x.shape[1] / max(seconds, 1e-9)


def padded_excerpt(excerpt: Excerpt, rates_hz: Sequence[int]) -> NDArray[np.float64]:
    """(channels, frames), silence added until the length is a whole number of frames at every rate: nothing drifts."""
    unit = excerpt.rate_hz // math.gcd(excerpt.rate_hz, *rates_hz)
    shortest = math.ceil(_SHORTEST_S * excerpt.rate_hz)
    frames = -(-max(excerpt.x.shape[1], shortest) // unit) * unit
    return np.pad(excerpt.x.astype(np.float64), ((0, 0), (0, frames - excerpt.x.shape[1])))


def _wav_path(stem: Path, source: Source, folder: Path, rate_hz: int, method: str) -> Path:
    fields = NameFields(stem.stem, source.label, source.capture.name, method, str(rate_hz), date="")
    return folder / output_name(_TEMPLATE, fields)


def _write(path: Path, y: Signal, rate_hz: int, history: str) -> None:
    text = f"afxplugin {tool_version()}; {path.stem}; {history}"
    with AudioWriter(path, rate_hz=rate_hz, channels=y.shape[0], history=text, overwrite=True) as writer:
        writer.write(y)
