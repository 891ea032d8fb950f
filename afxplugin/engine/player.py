"""Streams one stem through a graph, with the face of ``chain.Player``: blocks in, blocks out, a flush at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afxplugin.engine.process import GraphProcess
from afxplugin.errors import BlockError, GraphError

if TYPE_CHECKING:
    from types import TracebackType

    from afxplugin.engine.description import GraphDescription

Float32 = NDArray[np.float32]
# Less than a ring's half at a time: both processes work while frames are under way.
_PIECE_FRAMES: Final = 1 << 14


class GraphPlayer:
    """A graph of one input and one output, streamed in constant memory; a context manager that ends its process.

    ``process`` returns what has come out by now, which is any number of frames; together with those of ``flush`` they
    are ``latency_frames`` longer than what went in. Plugins keep their state from the first block to the last.
    side_differs: a mono stem came out with a right side of its own, which is dropped.

    Raises:
        PluginError, GraphError: as GraphProcess.
    """

    def __init__(self, graph: GraphDescription) -> None:
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise GraphError(f"{len(graph.inputs)} inputs and {len(graph.outputs)} outputs; allowed: one of each")
        self.graph = graph
        self.side_differs = False
        self.process_end = GraphProcess(graph)
        self._in = self.process_end.inputs[graph.inputs[0]]
        self._out = self.process_end.outputs[graph.outputs[0]]
        self._fed = self._taken = 0
        try:
            self.process_end.play()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def latency_frames(self) -> int:
        """How late the output is, in frames: the plugins' own latencies along the longest path."""
        return self.process_end.late_frames[self.graph.outputs[0]]

    def process(self, x: ArrayLike) -> Float32:
        """(channels, frames) -> (channels, n) float32.

        Raises:
            BlockError: of another shape than the graph's. GraphError: the graph's process died.
        """
        block = np.ascontiguousarray(x, dtype=np.float32)
        if block.ndim != 2 or block.shape[0] != self.graph.channels:
            raise BlockError(f"a block of shape {block.shape} is given; ({self.graph.channels}, frames) is needed")
        heard: list[Float32] = []
        sent = 0
        while sent < block.shape[1]:
            piece = block[:, sent : sent + _PIECE_FRAMES]
            self._drain(heard)
            # The output has just been drained and has as much room as the input: waiting here cannot be for ever.
            self._in.wait_writable(piece.shape[1], -1.0)
            sent += self._in.write(piece)
            self._check()
        self._fed += block.shape[1]
        self._drain(heard)
        return self._joined(heard)

    def flush(self) -> Float32:
        """(channels, n): all that is still under way, followed by silence at the input."""
        self._in.end()
        heard: list[Float32] = []
        left = self._fed + self.latency_frames - self._taken
        while left > 0:
            self._out.wait_readable(min(left, _PIECE_FRAMES), -1.0)
            block = self._take(self._out.read(left))
            left -= block.shape[1]
            heard.append(block)
            if left > 0:
                self._check()
        return self._joined(heard)

    def close(self) -> None:
        """Ends the process."""
        self.process_end.close()

    def _drain(self, heard: list[Float32]) -> None:
        while self._out.readable:
            heard.append(self._take(self._out.read(_PIECE_FRAMES)))

    def _take(self, block: Float32) -> Float32:
        self._taken += block.shape[1]
        if self.graph.channels == 2:
            return block
        self.side_differs = self.side_differs or not np.array_equal(block[0], block[1], equal_nan=True)
        return block[:1]

    def _check(self) -> None:
        if self._in.closed or self._out.closed:
            self.process_end.check()
            raise GraphError("the graph was closed while it played")

    def _joined(self, heard: list[Float32]) -> Float32:
        if len(heard) == 1:
            return np.ascontiguousarray(heard[0])
        return np.concatenate([np.zeros((self.graph.channels, 0), np.float32), *heard], axis=1)
