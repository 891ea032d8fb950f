"""One job from end to end: blocks read, played, measured and written in constant memory."""

from __future__ import annotations

import math
import os
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from afxplugin._core import Meter
from afxplugin.audio import AudioInfo, AudioReader, AudioWriter
from afxplugin.engine.waiting import StoppedError, check_stop
from afxplugin.errors import AfxError, RenderError
from afxplugin.render.capture_note import capture_note
from afxplugin.render.job import RenderJob, RenderResult, told_error, tool_version
from afxplugin.render.player import StemPlayer, open_player
from afxplugin.render.progress import Listener, StemFinished, StemProgress, StemStarted, ignore
from afxplugin.render.publishing import PlainPublisher, Publisher
from afxplugin.render.stem_watch import StemWatch

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.audio import FileFacts
    from afxplugin.audio.source import Truncated
    from afxplugin.audio.wav import Subtype
    from afxplugin.chain import RatePlan
    from afxplugin.render.player_pool import PlayerPool

# 64 KiB a channel: long enough that Python costs nothing, short enough for the second-level cache and for a quick end
# when a batch is stopped.
BLOCK_FRAMES = 16_384
_PROGRESS_EVERY_S = 0.1

Block = NDArray[np.float32]


def render_stem(
    job: RenderJob,
    listener: Listener = ignore,
    stop: threading.Event | None = None,
    *,
    publisher: Publisher | None = None,
    pool: PlayerPool | None = None,
) -> RenderResult:
    """Render one stem; whatever goes wrong with it is in the result, and nothing half written stays behind.

    The output has the stem's rate, channels, length (tail added) and start: the latency of the path is dropped at the
    front and flushed at the end. ``stop`` ends it within a block. ``publisher`` gives the file its name; ``pool`` lends
    players.
    """
    nothing_yet = RenderResult(job.key, job.stem, job.output, "failed")
    publisher = publisher or PlainPublisher()
    try:
        result = _outcome(_Rendering(job, listener, stop or threading.Event(), publisher, pool))
    except StoppedError:
        result = replace(nothing_yet, status="interrupted", error="stopped before its end; nothing was written")
    except AfxError as error:
        result = replace(nothing_yet, error=told_error(error, job.stem))
    except MemoryError:
        result = replace(nothing_yet, error="not enough memory to play it")
    except Exception as error:  # a mistake of ours must not cost the other stems
        if os.environ.get("AFX_TRACEBACK"):
            raise
        told = f"{type(error).__name__}: {error}"
        result = replace(nothing_yet, error=f"unexpected {told} (AFX_TRACEBACK=1 shows where)")
    listener(StemFinished(result))
    return result


def _outcome(rendering: _Rendering) -> RenderResult:
    try:
        return rendering.run()
    except AfxError as error:
        if isinstance(error.__cause__, FileExistsError):
            return rendering.publisher.taken(rendering.job)
        raise


@dataclass
class _Rendering:
    job: RenderJob
    listener: Listener
    stop: threading.Event
    publisher: Publisher
    pool: PlayerPool | None
    notes: list[str] = field(default_factory=list[str])
    zeroed: int = 0
    frames_in: int = 0

    def run(self) -> RenderResult:
        started = time.perf_counter()
        stem = StemWatch(self.job.stem, lambda: check_stop(self.stop))
        truncated = cast("Truncated", self.job.options.truncated)
        with (
            AudioReader(self.job.stem, truncated=truncated) as reader,
            open_player(self.job, reader.info, self.stop, self.pool) as player,
        ):
            info = reader.info
            tail_frames = round(self.job.options.tail_s * info.rate_hz)
            frames = info.frames + tail_frames
            self.listener(StemStarted(self.job, frames, info.rate_hz))
            meter = Meter(info.rate_hz, info.channels)
            with self._writer(info, player.plan, frames) as writer:
                stem.begin()
                sink = _Sink(writer, meter, player.plan, skip=player.latency_frames)
                self._stream(reader, player, sink, frames, started)
                sink.take(player.flush())
                if writer.frames != frames:
                    raise RenderError(f"{writer.frames} frames came out of {frames}", path=self.job.stem)
                self.notes += player.notes
                self._note(info, player.plan, writer.clipped_samples)
                told = self._result(info, player, meter, frames, time.perf_counter() - started)
                told = replace(told, stem_file=stem.end())
                results: list[RenderResult] = []

                def publish(hidden: Path, written: FileFacts) -> None:
                    results.append(replace(told, output_file=written))
                    self.publisher.publish(self.job, results[0], hidden)

                writer.close(publish)
        return results[0]

    def _result(self, info: AudioInfo, player: StemPlayer, meter: Meter, frames: int, seconds: float) -> RenderResult:
        loudness = meter.loudness_lufs
        return RenderResult(
            self.job.key,
            self.job.stem,
            self.job.output,
            "done",
            frames=frames,
            rate_hz=info.rate_hz,
            channels=info.channels,
            peak=float(meter.peak),
            loudness_lufs=float(loudness) if math.isfinite(loudness) else None,
            seconds=seconds,
            times_real_time=frames / info.rate_hz / seconds,
            plan=player.path,
            notes=tuple(self.notes),
        )

    def _writer(self, info: AudioInfo, plan: RatePlan, frames: int) -> AudioWriter:
        options = self.job.options
        return AudioWriter(
            self.job.output,
            rate_hz=info.rate_hz,
            channels=info.channels,
            subtype=cast("Subtype", options.subtype),
            chunks=info.chunks,
            history=f"afxplugin {tool_version()}; {self.job.capture.name}; {plan.method}",
            overwrite=self.job.overwrite or self.job.replaces is not None,
            frames=frames,
        )

    def _stream(self, reader: AudioReader, player: StemPlayer, sink: _Sink, frames: int, started: float) -> None:
        told = started
        channels, rate_hz = reader.info.channels, reader.info.rate_hz
        silence = np.zeros((channels, min(BLOCK_FRAMES, frames - reader.info.frames)), np.float32)
        while self.frames_in < frames:
            check_stop(self.stop)
            block = self._finite(reader.read(BLOCK_FRAMES), reader.info)
            if not block.shape[1]:
                block = silence[:, : frames - self.frames_in]
            sink.take(player.process(block))
            self.frames_in += block.shape[1]
            now = time.perf_counter()
            if now - told >= _PROGRESS_EVERY_S:
                told = now
                speed = self.frames_in / rate_hz / (now - started)
                self.listener(StemProgress(self.job, self.frames_in, frames, speed))

    def _finite(self, block: Block, info: AudioInfo) -> Block:
        finite = np.isfinite(block)
        if finite.all():
            return block
        if self.job.options.nan == "zero":
            self.zeroed += int(finite.size - np.count_nonzero(finite))
            return np.where(finite, block, np.float32(0.0))
        column = int(np.argmin(finite.all(axis=0)))
        channel = int(np.argmin(finite[:, column]))
        frame = self.frames_in + column
        raise RenderError(
            f"the sample at frame {frame} ({frame / info.rate_hz:.4f} s), channel {channel + 1} of "
            f"{info.channels}, is {_word(float(block[channel, column]))}; allowed: finite samples "
            "(--nan zero plays such samples as silence)",
            path=self.job.stem,
        )

    def _note(self, info: AudioInfo, plan: RatePlan, clipped: int) -> None:
        if not plan.stable:
            known = "is not stable here" if plan.stable is False else "may not be stable here"
            self.notes.append(capture_note(f"{plan.method} {known}: {plan.reason}", self.job.capture.name))
        if self.zeroed:
            self.notes.append(f"{self.zeroed} samples that were not finite were played as silence")
        if clipped:
            self.notes.append(f"{clipped} samples were clipped; lower the output gain, or write float")
        self.notes += info.notes
        self.notes += [capture_note(each, self.job.capture.name) for each in self.job.capture.notes]
        if info.chunks.dropped:
            self.notes.append(f"chunks could not be kept: {', '.join(info.chunks.dropped)}")


@dataclass
class _Sink:
    """Where played blocks go: the first ``skip`` frames nowhere, the rest to the meter and the file."""

    writer: AudioWriter
    meter: Meter
    plan: RatePlan
    skip: int

    def take(self, block: Block) -> None:
        dropped = min(self.skip, block.shape[1])
        self.skip -= dropped
        block = block[:, dropped:]
        if not block.shape[1]:
            return
        self.meter.process(block)
        if (bad := self.meter.first_bad) is not None:
            raise RenderError(
                f"the output stops being finite at frame {bad[0]}, channel {bad[1] + 1}; "
                f"{self.plan.method} at {self.plan.session_hz} Hz: {self.plan.reason}; allowed: --method auto"
            )
        self.writer.write(block)


def _word(value: float) -> str:
    return "not a number (NaN)" if math.isnan(value) else "infinite"
