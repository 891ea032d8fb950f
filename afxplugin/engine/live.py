"""A graph played in real time between an audio device's input and output."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from afxplugin import _core
from afxplugin.engine.description import LONGEST_FRAMES
from afxplugin.engine.live_stats import Levels, LiveStats, live_stats
from afxplugin.engine.process import GraphProcess
from afxplugin.engine.stream import DevicePair, DeviceStream, check_devices, find_devices
from afxplugin.engine.waiting import wait_until
from afxplugin.errors import DeviceError, GraphError

if TYPE_CHECKING:
    from types import TracebackType

    from afxplugin.engine.description import GraphDescription, Setting

BLOCK_FRAMES: Final = 128
PREFILL_BLOCKS: Final = 3
_LEAST_BLOCK: Final = 16
_MOST_BLOCK: Final = 2048
_STARTING_S: Final = 10.0
# No device waits this long between two blocks.
_SILENT_NS: Final = 1_000_000_000
_LOOK_S: Final = 0.05


@dataclass(frozen=True)
class LiveOptions:
    """Devices by number or name (None: the default), and how they are played.

    input_channel: counted from 1, the device's channel that feeds the graph's first; a stereo graph's second takes the
    next. prefill_frames: how far the graph may fall behind before it is heard, at least a block; None: three blocks.
    restart_frames: after how many frames the host, which counts them in 31 bits, starts anew.
    """

    input: str | int | None = None
    output: str | int | None = None
    input_channel: int = 1
    prefill_frames: int | None = None
    restart_frames: int = LONGEST_FRAMES


def check_prefill(prefill_frames: int | None, *, block_frames: int) -> int:
    """The prefill in frames. Raises GraphError for less than a block or more than 64."""
    prefill = PREFILL_BLOCKS * block_frames if prefill_frames is None else prefill_frames
    if not block_frames <= prefill <= 64 * block_frames:
        raise GraphError(
            f"a prefill of {prefill} frames; allowed: a block ({block_frames}) to 64 blocks ({64 * block_frames})"
        )
    return prefill


def check_live_block(block_frames: int) -> None:
    """Raise GraphError for a block that nobody could play with."""
    if not _LEAST_BLOCK <= block_frames <= _MOST_BLOCK:
        raise GraphError(f"live in blocks of {block_frames} frames; allowed: {_LEAST_BLOCK} to {_MOST_BLOCK}")


def choose_devices(options: LiveOptions, *, rate_hz: int, channels: int) -> DevicePair:
    """The devices of a graph of ``channels``. Raises DeviceError for what is not there or does not fit."""
    if options.input_channel < 1:
        raise DeviceError(f"input channel {options.input_channel}; allowed: 1 and up")
    pair = find_devices(options.input, options.output)
    inputs, outputs = _channels(pair, options, channels)
    check_devices(pair, rate_hz=rate_hz, input_channels=inputs, output_channels=outputs)
    return pair


class Live:
    """A graph of one input and one output that plays from when this returns; a context manager that stops it.

    stop: as GraphProcess; ends the starting, not the playing.

    Raises:
        DeviceError: a device is missing or does not open so. PluginError, GraphError, StoppedError: as GraphProcess.
    """

    def __init__(
        self,
        graph: GraphDescription,
        options: LiveOptions,
        *,
        devices: DevicePair | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise GraphError(f"{len(graph.inputs)} inputs and {len(graph.outputs)} outputs; allowed live: one of each")
        check_live_block(graph.block_frames)
        self.graph = graph
        self.prefill_frames = check_prefill(options.prefill_frames, block_frames=graph.block_frames)
        self.devices = devices or choose_devices(options, rate_hz=graph.rate_hz, channels=graph.channels)
        self._ended = threading.Event()
        self._stopping = threading.Lock()
        self._last: LiveStats | None = None
        self._stream: DeviceStream | None = None
        # Twice what is under way at most, for waiting on a ring looks at half of it.
        ring_frames = 2 * (self.prefill_frames + 2 * graph.block_frames)
        self.process = GraphProcess(graph, ring_frames=ring_frames, stop=stop)
        try:
            self._start(options)
        except BaseException:
            self.process.close()
            if self._stream is not None:
                self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def is_playing(self) -> bool:
        """Whether it has not been stopped."""
        return not self._ended.is_set()

    @property
    def stats(self) -> LiveStats:
        """Times and what went wrong, since the start."""
        return self._last or self._stats()

    def levels(self) -> Levels:
        """Peaks of the input and of both outputs since they were last asked for."""
        return Levels(*self._link.take_peaks())

    def set(self, node: str, parameter: str, value: Setting) -> None:
        """Moves a parameter of a plugin node, 0 to 1 over its range or as it shows a choice. Raises GraphError."""
        self.process.set_parameter(node, parameter, value)

    def check(self) -> None:
        """Raise what has ended the playing: GraphError for the graph, DeviceError for the device."""
        if self._ended.is_set():
            return
        self.process.check()
        assert self._stream is not None
        names = dict.fromkeys((self.devices.input.name, self.devices.output.name))
        silent_ns = time.monotonic_ns() - (self._link.stats().last_callback_ns or self._began_ns)
        if not self._stream.is_running or silent_ns > _SILENT_NS:
            raise DeviceError(
                f"the device has gone ({' and '.join(names)}, {self.devices.output.host_api}): it was unplugged, or "
                "its server has ended; allowed: to start again when it is back"
            )

    def wait(self, seconds: float | None = None, *, until: threading.Event | None = None) -> None:
        """Returns when this time is over, ``until`` is set, or ``stop`` was called; raises as ``check``."""
        ended = until or self._ended
        end = None if seconds is None else time.monotonic() + seconds
        while not self._ended.is_set():
            left = _LOOK_S if end is None else min(_LOOK_S, end - time.monotonic())
            if left <= 0.0 or ended.wait(left):
                return
            self.check()

    def stop(self) -> None:
        """Ends the playing, within milliseconds for the ear; a second call does nothing."""
        with self._stopping:
            if self._ended.is_set():
                return
            self._last = self._stats()
            self._ended.set()
            # The rings close first, and the callback plays silence; ending the process takes as long as the stream.
            ending = threading.Thread(target=self.process.close, name="graph-end")
            ending.start()
            if self._stream is not None:
                self._stream.close()
            ending.join()

    def _start(self, options: LiveOptions) -> None:
        graph = self.graph
        self._real_time = self.process.play(live_frames=options.restart_frames)
        inputs, outputs = _channels(self.devices, options, graph.channels)
        source, sink = self.process.inputs[graph.inputs[0]], self.process.outputs[graph.outputs[0]]
        self._link = _core.DeviceLink(
            source,
            sink,
            input_channels=inputs,
            output_channels=outputs,
            first_input=options.input_channel - 1,
            block_frames=graph.block_frames,
            prefill_frames=self.prefill_frames,
        )
        # The graph is warm, and ahead, before the device asks for the first time.
        wanted = self.prefill_frames // graph.block_frames * graph.block_frames
        ready = wait_until(
            lambda seconds: sink.wait_readable(wanted, seconds), timeout_s=_STARTING_S, stop=self.process.stop
        )
        self.process.check()
        if not ready:
            raise GraphError(
                f"the graph has not played {self.prefill_frames} frames in {_STARTING_S:g} s; {_plugins(graph)}"
            )
        self._began_ns = time.monotonic_ns()
        self._stream = DeviceStream(
            self.devices,
            self._link,
            rate_hz=graph.rate_hz,
            block_frames=graph.block_frames,
            input_channels=inputs,
            output_channels=outputs,
        )
        self._check_period()

    def _check_period(self) -> None:
        """Raise DeviceError where the device asks for more at a time than there can be."""
        while self._link.stats().callbacks == 0 and time.monotonic_ns() - self._began_ns < _SILENT_NS:
            time.sleep(0.001)
        period = self._link.stats().longest_frames
        if period > self.prefill_frames:
            raise DeviceError(
                f"{self.devices.output.name} plays {period} frames at a time, more than the prefill of "
                f"{self.prefill_frames}; allowed: a prefill from {period} on, better {PREFILL_BLOCKS * period}"
            )

    def _stats(self) -> LiveStats:
        return live_stats(
            self._link.stats(),
            rate_hz=self.graph.rate_hz,
            block_frames=self.graph.block_frames,
            prefill_frames=self.prefill_frames,
            plugins_frames=self.process.late_frames[self.graph.outputs[0]],
            device_latency_s=self._stream.latency_s if self._stream is not None else 0.0,
            real_time=self._real_time,
        )


def _channels(pair: DevicePair, options: LiveOptions, channels: int) -> tuple[int, int]:
    """How many channels of the devices are opened: inputs up to the last that is used, outputs left and right."""
    return options.input_channel + channels - 1, min(2, pair.output.output_channels)


def _plugins(graph: GraphDescription) -> str:
    return f"its plugins are {', '.join(node.plugin for node in graph.plugins) or 'none'}"
