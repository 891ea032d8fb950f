"""Streams one stem through a graph, with the face of ``chain.Player``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from afxplugin.audio import float_samples
from afxplugin.engine.feed import GraphFeed
from afxplugin.errors import GraphError

if TYPE_CHECKING:
    import threading

    from afxplugin.engine.description import GraphDescription

Float32 = NDArray[np.float32]


class GraphPlayer(GraphFeed):
    """A graph of one input as a GraphFeed that takes and gives plain blocks: those of the first output.

    Further outputs are only watched, for a right side of their own. ``process`` and ``flush`` return together
    ``latency_frames`` more than what went in.

    Raises:
        GraphError: another number of inputs; else as GraphFeed, ``stop`` too.
    """

    def __init__(self, graph: GraphDescription, *, stop: threading.Event | None = None) -> None:
        if len(graph.inputs) != 1:
            raise GraphError(f"{len(graph.inputs)} inputs; allowed: one")
        super().__init__(graph, stop=stop)
        self._input, self._output = graph.inputs[0], graph.outputs[0]

    @property
    def latency_frames(self) -> int:
        """How late the output is, in frames."""
        return self.late_frames[self._output]

    def process(self, x: ArrayLike) -> Float32:
        """(channels, frames) -> (channels, n) float32; errors as ``feed``."""
        return self.feed({self._input: np.ascontiguousarray(float_samples(x), dtype=np.float32)})[self._output]

    def flush(self) -> Float32:
        """(channels, n): all that is still under way."""
        return self.finish()[self._output]
