"""Feeds a playing graph and drains it, in constant memory: blocks in, blocks out, an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afxplugin.audio import float_samples
from afxplugin.engine.process import GraphProcess
from afxplugin.engine.waiting import check_stop, wait_until
from afxplugin.errors import BlockError, GraphError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from afxplugin.engine.description import GraphDescription

Float32 = NDArray[np.float32]
# Less than a ring's half at a time: both processes work while frames are under way, and inputs that are fed in turn
# never run so far apart that one is full while another is empty.
_PIECE_FRAMES: Final = 1 << 14
# A graph that moves nothing for so long hangs; the slowest takes seconds for a ring at most.
_STALL_S: Final = 60.0


class GraphFeed:
    """A graph that plays what it is fed; a context manager that ends its process.

    ``feed`` returns what has come out by now, which is any number of frames; with those of ``finish`` each output is
    ``late_frames`` of its node longer than what went in. Plugins keep their state from the first block to the last.
    side_differs: a mono graph had a right side of its own, which is dropped. stop: as GraphProcess; ``feed`` and
    ``finish`` raise StoppedError too.

    Raises:
        PluginError, GraphError, StoppedError: as GraphProcess.
    """

    def __init__(self, graph: GraphDescription, *, stop: threading.Event | None = None) -> None:
        self.graph = graph
        self.side_differs = False
        self._stop = stop
        self.playing = GraphProcess(graph, stop=stop)
        self._fed = 0
        self._taken = dict.fromkeys(graph.outputs, 0)
        try:
            self.prepare()
            self.playing.play()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def prepare(self) -> None:
        """What a kind of graph has to do between being built, with latencies known, and playing: here nothing."""

    @property
    def late_frames(self) -> Mapping[str, int]:
        """How late each node's output is, in frames: the plugins' own latencies along the longest path."""
        return self.playing.late_frames

    def feed(self, blocks: Mapping[str, ArrayLike]) -> dict[str, Float32]:
        """A block (channels, frames) for each input, all of one length -> (channels, n) of each output.

        Raises:
            BlockError: of another shape than the graph's, or samples that are not floating point.
            GraphError: the graph's process died.
        """
        single: dict[str, Float32] = {k: np.asarray(float_samples(x), dtype=np.float32) for k, x in blocks.items()}
        frames = {block.shape[1] for block in single.values() if block.ndim == 2}
        fits = all(block.ndim == 2 and block.shape[0] == self.graph.channels for block in single.values())
        if not fits or len(frames) != 1 or set(single) != set(self.graph.inputs):
            shapes = ", ".join(f"{name} {block.shape}" for name, block in single.items())
            raise BlockError(
                f"blocks of {shapes} are given; ({self.graph.channels}, frames) for each of "
                f"{', '.join(self.graph.inputs)} is needed"
            )
        heard: dict[str, list[Float32]] = {name: [] for name in self.graph.outputs}
        length = frames.pop()
        for start in range(0, length, _PIECE_FRAMES):
            for name, block in single.items():
                self._write(name, block[:, start : start + _PIECE_FRAMES], heard)
        self._fed += length
        self._drain(heard)
        return {name: self._joined(each) for name, each in heard.items()}

    def finish(self) -> dict[str, Float32]:
        """(channels, n) of each output: all that is still under way, followed by silence at the inputs."""
        for ring in self.playing.inputs.values():
            ring.end()
        heard: dict[str, list[Float32]] = {name: [] for name in self.graph.outputs}
        while any(left := [self._left(name) for name in self.graph.outputs]):
            # Drained in turn: none may fill up while another is waited for.
            ring, wanted = self.playing.outputs[self.graph.outputs[int(np.argmax(left))]], min(max(left), _PIECE_FRAMES)
            self._wait(lambda seconds, ring=ring, wanted=wanted: ring.wait_readable(wanted, seconds))
            moved = self._drain(heard)
            if not moved:
                self._check()
        return {name: self._joined(each) for name, each in heard.items()}

    def close(self) -> None:
        """Ends the process."""
        self.playing.close()

    def _write(self, name: str, piece: Float32, heard: dict[str, list[Float32]]) -> None:
        ring = self.playing.inputs[name]
        sent = 0
        while sent < piece.shape[1]:
            self._drain(heard)
            # The outputs have just been drained and have as much room as the inputs: this cannot wait for ever.
            self._wait(lambda seconds, wanted=piece.shape[1] - sent: ring.wait_writable(wanted, seconds))
            sent += ring.write(piece[:, sent:])
            self._check()

    def _left(self, name: str) -> int:
        return max(0, self._fed + self.late_frames[name] - self._taken[name])

    def _drain(self, heard: dict[str, list[Float32]]) -> int:
        moved = 0
        for name, ring in self.playing.outputs.items():
            while ring.readable:
                # What the last block holds beyond the end of the stem is read and dropped.
                left = self._left(name) if self.playing.inputs[self.graph.inputs[0]].ended else _PIECE_FRAMES
                block = ring.read(_PIECE_FRAMES)
                moved += block.shape[1]
                block = block[:, :left]
                self._taken[name] += block.shape[1]
                heard[name].append(self._sided(block))
        return moved

    def _sided(self, block: Float32) -> Float32:
        if self.graph.channels == 2:
            return block
        self.side_differs = self.side_differs or not np.array_equal(block[0], block[1], equal_nan=True)
        return block[:1]

    def _wait(self, wait: Callable[[float], bool]) -> None:
        if not wait_until(wait, timeout_s=_STALL_S, stop=self._stop):
            plugins = ", ".join(node.plugin for node in self.graph.plugins)
            raise GraphError(f"the graph has not moved for {_STALL_S:g} s; one of its plugins hangs: {plugins}")

    def _check(self) -> None:
        check_stop(self._stop)
        self.playing.check()
        if any(ring.closed for ring in self.playing.inputs.values()):
            raise GraphError("the graph was closed while it played")

    def _joined(self, heard: list[Float32]) -> Float32:
        if len(heard) == 1:
            return np.ascontiguousarray(heard[0])
        return np.concatenate([np.zeros((self.graph.channels, 0), np.float32), *heard], axis=1)
