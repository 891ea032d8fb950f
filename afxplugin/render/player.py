"""What a job's blocks go through: the capture by itself, or the plugin between its inserts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from afxplugin.chain import Player, RatePlan, plan_rates
from afxplugin.errors import RenderError

if TYPE_CHECKING:
    import threading
    from collections.abc import Generator, Mapping

    from afxplugin.audio import AudioInfo
    from afxplugin.chain.player import Start
    from afxplugin.engine.inserts import InsertPlayer
    from afxplugin.plugin.document import KnobMove
    from afxplugin.render.automation import Automation
    from afxplugin.render.job import RenderJob
    from afxplugin.render.options import RenderOptions
    from afxplugin.render.player_pool import PlayerPool

Block = NDArray[np.float32]


class StemPlayer(Protocol):
    """Blocks in, blocks out, late by ``latency_frames`` in all; a flush at the end."""

    @property
    def plan(self) -> RatePlan:
        """How the capture is played."""
        ...

    @property
    def latency_frames(self) -> int:
        """How late the output is, inserts included."""
        ...

    @property
    def path(self) -> Mapping[str, Any]:
        """The plan as the manifest states it, with engine, inserts and the latency of all."""
        ...

    @property
    def notes(self) -> list[str]:
        """What the user should know of the stem."""
        ...

    def process(self, x: Block) -> Block:
        """(channels, frames) -> (channels, n)."""
        ...

    def flush(self) -> Block:
        """(channels, n): all that is still under way."""
        ...


class _DirectPlayer:
    """The capture by itself."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self.plan = player.plan
        self.latency_frames = player.latency_frames
        self.process, self.flush = player.process, player.flush
        self.notes: list[str] = []

    @property
    def path(self) -> Mapping[str, Any]:
        return {**self.plan.as_dict(), "engine": "direct", "inserts": []}


class _AutomatedPlayer(_DirectPlayer):
    """The capture with knobs that move: a block is cut where an event is due, and the chain smooths each move."""

    def __init__(self, player: Player, automation: Automation, channels: int) -> None:
        super().__init__(player)
        # What is heard of a frame is computed when it has passed the stages before the network, half of the latency.
        late = player.latency_frames // 2
        self._events = [(at + late, knob, value) for at, knob, value in automation.frames(player.plan.session_hz)]
        self._next = 0
        self._played = 0
        self._channels = channels
        self.process, self.flush = self._process, self._flush

    def _process(self, x: Block) -> Block:
        parts: list[Block] = []
        done = 0
        while done < x.shape[1] or not parts:
            while self._next < len(self._events) and self._events[self._next][0] <= self._played:
                _, knob, value = self._events[self._next]
                self._player.set_knob(knob, value)
                self._next += 1
            end = x.shape[1]
            if self._next < len(self._events):
                end = min(end, done + self._events[self._next][0] - self._played)
            parts.append(self._player.process(x[:, done:end]))
            self._played += end - done
            done = end
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _flush(self) -> Block:
        return self._process(np.zeros((self._channels, self.latency_frames), np.float32))


class _InsertedPlayer:
    """The plugin between its inserts, in a process of its own."""

    def __init__(self, player: InsertPlayer, plan: RatePlan) -> None:
        self._player = player
        self.plan = plan
        self.latency_frames = player.latency_frames
        self.process, self.flush = player.process, player.flush

    @property
    def path(self) -> Mapping[str, Any]:
        inserts = [
            {**each.insert.as_dict(), "place": each.place, "latency_frames": each.latency_frames}
            for each in self._player.placed
        ]
        return {
            **self.plan.as_dict(),
            "engine": "graph",
            "inserts": inserts,
            "latency_frames": self.latency_frames,
        }

    @property
    def notes(self) -> list[str]:
        if not self._player.side_differs:
            return []
        return ["an insert makes stereo of this mono stem; its left side was kept"]


@contextlib.contextmanager
def open_player(
    job: RenderJob, info: AudioInfo, stop: threading.Event | None = None, pool: PlayerPool | None = None
) -> Generator[StemPlayer]:
    """The player of a job for a stem of these channels and this rate, one of ``pool`` where that has one.

    stop: ends the waiting for a plugin, with StoppedError. Raises RateError, MethodError, KnobError; with the graph
    also RenderError for more than two channels, PluginError and GraphError.
    """
    if job.options.engine == "direct":
        if pool is not None and pool.serves(job.capture, job.options):
            player = pool.take(info.rate_hz, info.channels) or _build_player(job, info)
            yield _DirectPlayer(player)
            pool.give_back(player, info.rate_hz, info.channels)
            return
        player, automation = _build_player(job, info), job.options.automation
        yield _DirectPlayer(player) if automation is None else _AutomatedPlayer(player, automation, info.channels)
        return
    plan = _plan(job, info)
    with _build_inserted(job, info, stop) as player:
        yield _InsertedPlayer(player, plan)


def _start_knobs(options: RenderOptions) -> dict[str, float]:
    """Where knobs stand before the first frame: where automation begins, else where the options say."""
    start = {} if options.automation is None else options.automation.at_start()
    return {name: position for name, position in options.knobs.items() if name.casefold() not in start} | start


def _build_player(job: RenderJob, info: AudioInfo) -> Player:
    options = job.options
    return Player(
        job.capture,
        rate_hz=info.rate_hz,
        method=options.method,
        oversample=options.oversample,
        filters=options.filters,
        start=cast("Start", options.start),  # checked by the options
        knobs=_start_knobs(options),
        input_gain_db=options.input_gain_db,
        output_gain_db=options.output_gain_db,
        mix=options.mix,
        channels=info.channels,
        fixed_knobs=options.automation is None,
    )


def _build_inserted(job: RenderJob, info: AudioInfo, stop: threading.Event | None) -> InsertPlayer:
    from afxplugin.engine.description import ALLOWED_CHANNELS, check_length
    from afxplugin.engine.inserts import InsertPlayer
    from afxplugin.plugin.document import PluginSettings

    options = job.options
    if info.channels > 2:
        others = "without inserts" if options.inserts_before or options.inserts_after else "by the engine 'direct'"
        raise RenderError(
            f"a stem of {info.channels} channels; {ALLOWED_CHANNELS}, {others}: any number", path=job.stem
        )
    check_length(info.frames + round(options.tail_s * info.rate_hz))
    inserted = bool(options.inserts_before or options.inserts_after)
    settings = PluginSettings(
        method=options.method,
        oversample=options.oversample,
        filters=options.filters,
        knobs=_start_knobs(options),
        input_gain_db=options.input_gain_db,
        output_gain_db=options.output_gain_db,
        mix=1.0 if inserted else options.mix,
        mono=info.channels == 1,
        start=options.start,
        moves=_moves(job, info),
    )
    return InsertPlayer(
        job.capture,
        settings,
        rate_hz=info.rate_hz,
        channels=info.channels,
        before=options.inserts_before,
        after=options.inserts_after,
        mix=options.mix if inserted else 1.0,
        stop=stop,
    )


def _moves(job: RenderJob, info: AudioInfo) -> tuple[KnobMove, ...]:
    from afxplugin.plugin.document import KnobMove

    if job.options.automation is None:
        return ()
    numbers = {control.name.casefold(): k for k, control in enumerate(job.capture.controls)}
    events = job.options.automation.frames(info.rate_hz)
    return tuple(KnobMove(frame, numbers[knob.casefold()], value) for frame, knob, value in events)


def _plan(job: RenderJob, info: AudioInfo) -> RatePlan:
    options = job.options
    return plan_rates(
        job.capture, info.rate_hz, method=options.method, oversample=options.oversample, filters=options.filters
    )
