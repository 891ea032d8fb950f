"""The parent's end of a graph: starts the process that it plays in, feeds and drains it, sees it die."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
import weakref
from typing import TYPE_CHECKING, Any, Final, Self

from afxplugin import _core, errors
from afxplugin.engine.parameters import Parameter
from afxplugin.engine.staging import staging_folder
from afxplugin.engine.waiting import STEP_S, check_stop, wait_until
from afxplugin.errors import AfxError, GraphError, PluginError
from afxplugin.plugin.bundles import bundle_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from afxplugin.engine.description import GraphDescription, Setting

# Two seconds of a stem: far longer than what the two processes have to wait for each other.
RING_FRAMES: Final = 1 << 16
# Since the child was last heard of: some plugins read samples or ask a server while they are loaded. Nobody waits in
# silence, and a wish to stop is heard all along.
_LOADING_S: Final = 120.0
_LOADING_IS_SLOW_S: Final = 20.0
_ANSWER_S: Final = 20.0
_ENDING_S: Final = 2.0


class SlowPluginWarning(UserWarning):
    """A plugin takes long to load; it is still waited for."""


class GraphProcess:
    """A graph in a process of its own, built when this returns; a context manager that ends the process.

    late_frames: how late each node's output is, in frames. stop: set by who no longer wants it; whatever is being
    waited for then ends within a moment, and the process with it. Warns of a plugin that takes long to load.

    Raises:
        PluginError: DawDreamer or a plugin is missing, or cannot be loaded. GraphError: the graph cannot be built.
        StoppedError: ``stop`` was set.
    """

    def __init__(
        self, graph: GraphDescription, *, ring_frames: int = RING_FRAMES, stop: threading.Event | None = None
    ) -> None:
        check_installed()
        check_stop(stop)
        self.graph = graph
        self.stop = stop
        self.inputs = {name: _core.Ring(graph.channels, ring_frames) for name in graph.inputs}
        self.outputs = {name: _core.Ring(2, ring_frames) for name in graph.outputs}
        self._watch = _Watch([*self.inputs.values(), *self.outputs.values()])
        self._asking = threading.Lock()
        ours, theirs = socket.socketpair()
        descriptors = [ring.descriptor for ring in (*self.inputs.values(), *self.outputs.values())]
        # -P: modules of the working folder are none of ours. A group of its own: Ctrl-C is for the parent to act on.
        command = [sys.executable, "-P", "-m", "afxplugin.engine.child", str(theirs.fileno())]
        with contextlib.ExitStack() as stack:
            # Plugin hosts unpack files into the temporary folder and leave them there when they are killed.
            temporary = stack.enter_context(staging_folder())
            with theirs:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno(), *descriptors], process_group=0,
                    env={**os.environ, "TMPDIR": str(temporary)},
                )  # fmt: skip
            left = stack.pop_all()
        self._connection = ours
        self._end = weakref.finalize(self, _end, self._process, ours, left)
        self._watching = threading.Thread(target=self._watch.run, args=(ours,), name="graph-watch", daemon=True)
        self._watching.start()
        try:
            built = self._ask({"do": "build", "graph": graph.as_dict()}, within_s=_LOADING_S)
        except BaseException:
            self.close()
            raise
        self.late_frames: Mapping[str, int] = {name: int(frames) for name, frames in built["late_frames"].items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    def play(self, *, live_frames: int | None = None) -> bool:
        """Lets the graph run; from here on it takes what is written to ``inputs`` and writes to ``outputs``.

        live_frames: for a graph that never ends, after how many frames its host starts anew; it then runs with
        real-time priority where the system permits that. Returns whether it does.
        """
        inputs = {name: ring.descriptor for name, ring in self.inputs.items()}
        outputs = {name: ring.descriptor for name, ring in self.outputs.items()}
        answer = self._ask({"do": "play", "inputs": inputs, "outputs": outputs, "live": live_frames})
        return bool(answer["real_time"])

    def parameters(self, node: str) -> list[Parameter]:
        """The parameters of a plugin node. Raises GraphError where it is none."""
        return [Parameter.from_dict(each) for each in self._ask({"do": "parameters", "node": node})]

    def set_parameter(self, node: str, parameter: str, value: Setting) -> None:
        """Moves a parameter, also while it plays. Raises GraphError."""
        self._ask({"do": "set", "node": node, "parameter": parameter, "value": value})

    def set_gain(self, mix: str, source: str, gain: float) -> None:
        """Moves the linear gain of a feed of a mix, also while it plays. Raises GraphError."""
        self._ask({"do": "gain", "node": mix, "source": source, "value": gain})

    def set_preset(self, node: str, preset: str) -> None:
        """Loads a preset into a plugin node, also while it plays. Raises PluginError."""
        self._ask({"do": "preset", "node": node, "preset": preset})

    def check(self) -> None:
        """Raise GraphError where the process has died or has stopped playing."""
        if self._watch.gone.is_set():
            raise self._died()
        if self._watch.stopped is not None:
            raise GraphError(f"the graph stopped: {self._watch.stopped}")

    def close(self) -> None:
        """Ends the process; a second call does nothing."""
        self._watch.close_rings()
        self._end()
        self._watching.join(_ENDING_S)

    def _ask(self, request: Mapping[str, Any], *, within_s: float | None = None) -> Any:
        within_s = _ANSWER_S if within_s is None else within_s
        with self._asking:
            answer = None
            try:
                with contextlib.suppress(OSError, ValueError):  # closed meanwhile, by the child or by us
                    self._tell((json.dumps(request) + "\n").encode(), within_s)
                    answer = self._hear(within_s)
            except BaseException:
                self.close()  # an answer that came later would be taken for that to another question
                raise
        if answer is None:
            raise self._died()
        if "error" in answer:
            raise _error(answer["kind"], answer["error"], answer["path"])
        return answer["result"]

    def _tell(self, line: bytes, within_s: float) -> None:
        """Send what may be more than a child that stands still has room for."""
        left = memoryview(line)
        while left:
            if not wait_until(self._writable, timeout_s=within_s, stop=self.stop):
                raise self._silent(within_s)
            with contextlib.suppress(BlockingIOError):
                left = left[self._connection.send(left, socket.MSG_DONTWAIT) :]

    def _writable(self, seconds: float) -> bool:
        return bool(select.select([], [self._connection], [], seconds)[1])

    def _hear(self, within_s: float) -> dict[str, Any] | None:
        """The answer, or None from a child that died; ``within_s`` counts from the last that was heard of it."""
        answers = self._watch.answers
        warned: str | None = None
        began = time.monotonic()
        while True:
            check_stop(self.stop)
            with contextlib.suppress(queue.Empty):
                return answers.get(timeout=STEP_S)
            silent_s = time.monotonic() - max(began, self._watch.heard)
            if silent_s > within_s:
                raise self._silent(within_s)
            plugin = self._loading()
            if silent_s > _LOADING_IS_SLOW_S and plugin is not None and plugin != warned:
                warned = plugin
                warnings.warn(
                    f"{plugin} has been loading for {_LOADING_IS_SLOW_S:g} s; it is given up after {within_s:g} s",
                    SlowPluginWarning,
                    stacklevel=2,
                )

    def _silent(self, seconds: float) -> GraphError:
        plugin = self._loading()
        if plugin is not None:
            return GraphError(f"a plugin did not answer within {seconds:g} s while it was loaded: {plugin}")
        return GraphError(f"the graph did not answer within {seconds:g} s; {self._who()}")

    def _died(self) -> GraphError:
        try:
            code = self._process.wait(timeout=_ENDING_S)
        except subprocess.TimeoutExpired:
            return GraphError(f"the graph's process stopped answering; {self._who()}")
        return GraphError(f"the graph's process {how_ended(code)}; {self._who()}")

    def _loading(self) -> str | None:
        """The plugin that is being loaded, and the name of its node."""
        loading = self._watch.loading
        if loading is None or self._watch.built:
            return None
        return next(f"{node.plugin} ({loading})" for node in self.graph.plugins if node.name == loading)

    def _who(self) -> str:
        loading = self._loading()
        if loading is not None:
            return f"it was loading {loading}"
        others = ", ".join(node.plugin for node in self.graph.plugins)
        return f"one of its plugins is at fault: {others or 'none is in it'}"


class _Watch:
    """Reads what the child says; at its end closes the rings, so that nobody waits for the dead."""

    def __init__(self, rings: list[_core.Ring]) -> None:
        self.answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.gone = threading.Event()
        self.stopped: str | None = None
        self.loading: str | None = None
        self.built = False
        self.heard = time.monotonic()
        self._rings = rings

    def run(self, connection: socket.socket) -> None:
        # A line cut short by death is no line.
        with contextlib.suppress(OSError, ValueError), connection.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                self._take(json.loads(line))
        self.gone.set()
        self.close_rings()
        self.answers.put(None)

    def close_rings(self) -> None:
        for ring in self._rings:
            ring.close()

    def _take(self, message: dict[str, Any]) -> None:
        self.heard = time.monotonic()
        event = message.get("event")
        if event == "loading":
            self.loading = message["node"]
        elif event == "stopped":
            self.stopped = message["error"]
            self.close_rings()
        else:
            self.built = self.built or "result" in message
            self.answers.put(message)


def check_installed() -> None:
    """Raise PluginError where DawDreamer or our own plugins are missing, with what to install."""
    if sys.platform != "linux":
        raise PluginError("graphs are played on Linux only; allowed here: no inserts")
    if importlib.util.find_spec("dawdreamer") is None:
        raise PluginError(
            "graphs are played by DawDreamer, which is not installed; "
            "allowed: build/setup graph, in a clone, or no inserts"
        )
    for bundle in ("AfxRingSource", "AfxRingSink", "AfxPatch"):
        bundle_path(f"{bundle}.vst3")


def how_ended(code: int) -> str:
    """In words how a process ended, from its return code: real-time signals, among others, have no name."""
    if code >= 0:
        return f"ended with exit status {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def _end(process: subprocess.Popen[bytes], connection: socket.socket, left: contextlib.ExitStack) -> None:
    # Killed, not asked: a plugin that hangs would not listen, and there is nothing to save.
    process.kill()
    # What waits in a driver cannot be killed before that lets it go.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_ENDING_S)
    # A helper that a plugin started may hold the other end open for as long as it likes.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
    left.close()


def _error(kind: str, reason: str, path: str | None) -> AfxError:
    found: object = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, AfxError):
        return found(reason, path=path)
    return GraphError(reason, path=path)
