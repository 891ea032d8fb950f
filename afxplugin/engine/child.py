"""The process that a graph plays in: ``python -m afxplugin.engine.child DESCRIPTOR``.

Requests and answers are lines of JSON over a socket, one answer to each request, in order; events come between. The
process ends as soon as nobody holds the other end of the socket, whatever its plugins are doing.

Requests: build (graph), play (inputs, outputs: descriptors of rings by node; live: null, or the frames after which the
host starts anew), parameters (node), set (node, parameter, value), gain (node, source, value), preset (node, preset).
Answers: a result, or an error with its path and kind. Events: loading (node), stopped (error).
"""

from __future__ import annotations

import json
import os
import queue
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from afxplugin import _core
from afxplugin.engine.description import GraphDescription
from afxplugin.errors import AfxError, GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from afxplugin.engine.graph import PlayableGraph

# Below the threads of audio servers and drivers, which the graph must not keep from their device.
_PRIORITY = 4


class Child:
    """Answers requests until the other end closes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._graph: PlayableGraph | None = None
        self._playing = False

    def serve(self) -> None:
        """Runs until the other end closes."""
        with self._connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                request = json.loads(line)
                try:
                    self._send({"result": self._answer(request["do"], request)})
                except Exception as error:
                    known = isinstance(error, AfxError)
                    reason = error.reason if known else f"{type(error).__name__}: {error}"
                    path = error.path if known else None
                    self._send({"error": reason, "path": path, "kind": type(error).__name__})

    def _answer(self, what: str, request: Mapping[str, Any]) -> Any:
        if what == "build":
            return self._build(request["graph"])
        if self._graph is None:
            raise GraphError("no graph has been built")
        if what == "play":
            return self._play(request["inputs"], request["outputs"], request["live"])
        if what == "parameters":
            return [each.as_dict() for each in self._graph.parameters(request["node"])]
        if what == "set":
            return self._graph.set_parameter(
                request["node"], request["parameter"], request["value"], playing=self._playing
            )
        if what == "gain":
            return self._graph.set_gain(request["node"], request["source"], request["value"])
        if what == "preset":
            return self._graph.set_preset(request["node"], request["preset"])
        raise GraphError(f"an unknown request {what!r}")

    def _build(self, described: Mapping[str, Any]) -> dict[str, Any]:
        from afxplugin.engine.graph import PlayableGraph

        description = GraphDescription.from_dict(described)
        self._graph = PlayableGraph(description, lambda node: self._send({"event": "loading", "node": node}))
        return {"late_frames": self._graph.late_frames}

    def _play(self, inputs: Mapping[str, int], outputs: Mapping[str, int], live_frames: int | None) -> dict[str, bool]:
        assert self._graph is not None
        self._graph.connect(inputs, outputs)
        self._playing = True
        real_time: queue.SimpleQueue[bool] = queue.SimpleQueue()
        rendering = self._render if live_frames is None else self._render_live
        arguments = (self._graph, real_time, live_frames)
        threading.Thread(target=rendering, args=arguments, name="render", daemon=True).start()
        return {"real_time": real_time.get()}

    def _render(self, graph: PlayableGraph, real_time: queue.SimpleQueue[bool], frames: int | None) -> None:
        del frames
        real_time.put(False)
        error = "it ran for longer than the host can count"
        try:
            graph.render()
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        self._send({"event": "stopped", "error": error})

    def _render_live(self, graph: PlayableGraph, real_time: queue.SimpleQueue[bool], frames: int) -> None:
        real_time.put(_hurry())
        try:
            # What the host cannot count any further goes on from zero; plugins lose what they were just sounding.
            while True:
                graph.render(frames)
        except Exception as problem:
            self._send({"event": "stopped", "error": f"{type(problem).__name__}: {problem}"})

    def _send(self, message: Mapping[str, Any]) -> None:
        line = (json.dumps(message) + "\n").encode()
        with self._sending:
            self._connection.sendall(line)


def _hurry() -> bool:
    """Real-time scheduling for this thread; False where the system does not permit it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(_PRIORITY))
    except (AttributeError, OSError):
        return False
    return True


def main() -> None:
    """The process."""
    descriptor = int(sys.argv[1])
    _core.exit_at_end_of(descriptor)
    if not os.environ.get("AFX_TRACEBACK"):
        # Plugins and host print as they please; what matters is told over the socket.
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    Child(socket.socket(fileno=descriptor)).serve()
    os._exit(0)  # a plugin's own thread must not keep the process


if __name__ == "__main__":
    main()
