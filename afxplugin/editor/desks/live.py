"""Playing the instrument live through the chosen preset, with the graph that ``afx live`` plays."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from afxplugin.editor.state import events
from afxplugin.engine.stream import find_devices, list_devices
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.state.session import Choice
    from afxplugin.editor.widgets.live_panel import LiveRequest
    from afxplugin.engine.live import Live
    from afxplugin.engine.nodes import NeuralHandle
    from afxplugin.engine.stream import DevicePair
    from afxplugin.render.source import Source

_READING_MS: Final = 33


class LiveDesk(QObject):
    """starting: it was asked for. playing: whether the instrument is heard. stats: (LiveStats, Levels).

    devices: those that are there. ended: why it cannot be played, or is not any more, in words.
    Another preset that is chosen is played in the place of the one before, on the same devices, after the second or two
    of silence that a new graph takes. Where it cannot be played, the one before goes on.
    """

    starting = Signal()
    playing = Signal(bool)
    stats = Signal(object, object)
    devices = Signal(tuple)
    ended = Signal(str)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._session = _Session()
        self._live: Live | None = None
        self._request: LiveRequest | None = None
        self._choice: Choice | None = None
        self._timer = QTimer(self, interval=_READING_MS)
        self._timer.timeout.connect(self._read)
        bridge.told.connect(self._heard)

    @property
    def is_playing(self) -> bool:
        """Whether the instrument is heard."""
        return self._live is not None

    @property
    def choice(self) -> Choice | None:
        """What is played, or was last."""
        return self._choice

    def look(self) -> None:
        """Look for devices; not while one is opened or played, for looking starts the audio system anew."""
        if self.is_playing or self._bridge.is_busy("live"):
            return
        self._bridge.request("devices", lambda _: list_devices(), self.devices.emit, failed=self.ended.emit)

    def start(self, request: LiveRequest) -> None:
        """Play; building the graph takes a second or two."""
        source = self._state.played
        if source is not None and self._live is None:
            self._request = request
            self._begin(source, request, None)

    def stop(self) -> None:
        """End it."""
        if self._live is not None:
            self._finish()
            self._bridge.request("live", lambda _: self._session.stop(), lambda _: None)

    def close(self) -> None:
        """End it before this returns, after the bridge has ended its work."""
        self._timer.stop()
        self._live = None
        self._session.stop()

    def _begin(self, source: Source, request: LiveRequest, before: tuple[Live, Choice | None] | None) -> None:
        """Play a source; before: what plays until then."""
        self._timer.stop()
        self._live = None
        self._choice = self._state.session.choice
        self.starting.emit()
        self._bridge.request(
            "live",
            lambda _: self._session.start(source, request),
            self._started,
            failed=lambda problem: self._failed(problem, before),
        )

    def _started(self, live: Live) -> None:
        self._live = live
        self.ended.emit("")
        self.playing.emit(True)
        self._timer.start()
        # What was chosen or turned while the graph was built.
        self._follow()

    def _failed(self, problem: str, before: tuple[Live, Choice | None] | None) -> None:
        if before is not None:
            self._bridge.problem.emit(problem)  # asked for on another page perhaps
        if before is not None and self._session.is_open:
            self._live, self._choice = before
            self.playing.emit(True)
            self._timer.start()
        else:
            self._finish()
        self.ended.emit(problem)

    def _follow(self) -> None:
        """Play what is chosen now, as it is set now; what plays goes on where nothing is chosen, or it is not open."""
        choice, source = self._state.session.choice, self._state.played
        if self._live is None or choice is None or source is None:
            return
        if choice == self._choice:
            self._turn(source)
        elif self._request is not None:
            self.ended.emit(self.tr("Changing to {name}: silent for a moment.").format(name=choice.label))
            self._begin(source, self._request, (self._live, self._choice))

    def _finish(self) -> None:
        self._timer.stop()
        self._live = None
        self.playing.emit(False)

    def _read(self) -> None:
        live = self._live
        if live is None:
            return
        try:
            live.check()
        except AfxError as error:
            self._finish()
            self._bridge.request("live", lambda _: self._session.stop(), lambda _: None)
            self.ended.emit(str(error))
            self._bridge.problem.emit(str(error))  # another page may be shown
            return
        self.stats.emit(live.stats, live.levels())

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.SettingsChanged):
            if self._state.session.choice == self._choice:
                self._follow()
        elif isinstance(event, events.SourceReady):
            self._follow()

    def _turn(self, source: Source) -> None:
        self._bridge.request("live", lambda _: self._session.turn(source), lambda _: None)


class _Session:
    """The graph that plays; touched in the room "live" only, or when that has ended."""

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()
        self._amp: NeuralHandle | None = None
        self._devices: DevicePair | None = None
        self._set: dict[str, float] = {}

    @property
    def is_open(self) -> bool:
        """Whether something plays."""
        return self._amp is not None

    def start(self, source: Source, request: LiveRequest) -> Live:
        """Build the graph of a source and play it, in the place of what plays.

        Raises DeviceError, GraphError, PluginError, MethodError; what plays goes on where the graph cannot be built.
        """
        from afxplugin.engine.live import LiveOptions, check_live_block
        from afxplugin.engine.scripted import Graph
        from afxplugin.plugin.document import PluginSettings

        check_live_block(request.block_frames)
        # Looking for devices would end what plays on them.
        devices = self._devices if self.is_open and self._devices else find_devices(request.input, request.output)
        graph = Graph(rate_hz=devices.output.rate_hz, channels=1, block_frames=request.block_frames)
        graph.input("instrument")
        settings = PluginSettings(
            method=request.method, knobs=source.knobs, input_gain_db=source.input_gain_db,
            output_gain_db=source.output_gain_db, mix=source.mix,
        )  # fmt: skip
        amp = graph.neural("afx", capture=source.capture, settings=settings)
        options = LiveOptions(devices.input.index, devices.output.index, input_channel=request.input_channel)
        self.stop()
        live = self._open.enter_context(graph.live(options))
        self._amp, self._devices, self._set = amp, devices, _values(source)
        return live

    def turn(self, source: Source) -> None:
        """Move what has changed. Raises GraphError."""
        if self._amp is None:
            return
        for name, value in _values(source).items():
            if self._set.get(name) != value:
                self._amp.set(name, value)
                self._set[name] = value

    def stop(self) -> None:
        """End it; nothing where nothing plays."""
        self._amp = None
        self._open.close()


def _values(source: Source) -> dict[str, float]:
    """All that can move while it plays."""
    gains = {"input_gain_db": source.input_gain_db, "output_gain_db": source.output_gain_db}
    return {**source.knobs, **gains, "mix": source.mix}
