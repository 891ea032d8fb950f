"""Playing what was compared: the device opened when it is first needed, renderings exchanged while it plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from afxplugin.editor.playing import player
from afxplugin.editor.playing.switcher import Switcher
from afxplugin.editor.state import events
from afxplugin.errors import DeviceError

if TYPE_CHECKING:
    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.comparing.compared import Compared
    from afxplugin.editor.workers import Control

_READING_MS: Final = 33
_CHECK_EVERY: Final = 30


class PlaybackDesk(QObject):
    """playing: whether it sounds. position: (seconds into the stretch, its length). levels: linear peaks.

    device: (name, problem). Of the two one is empty. ready: whether there is something to be heard.
    """

    playing = Signal(bool)
    position = Signal(float, float)
    levels = Signal(tuple)
    device = Signal(str, str)
    ready = Signal(bool)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._state = bridge, bridge.state
        self._compared: Compared | None = None
        self._output = _Output()
        self._player: player.LoopPlayer | None = None
        self._wanted: str | None = None
        self._playing = False
        self._heard: str | None = None
        self._matched: bool | None = None
        self._told = ""
        self._readings = 0
        self._timer = QTimer(self, interval=_READING_MS)
        self._timer.timeout.connect(self._read)
        bridge.told.connect(self._changed)

    @property
    def is_playing(self) -> bool:
        """Whether it sounds, or is about to."""
        return self._playing

    @property
    def _is_matched(self) -> bool:
        return self._state.session.loudness_matched if self._matched is None else self._matched

    @property
    def devices(self) -> tuple[str, ...]:
        """Names of output devices; looks for them, so it belongs into a worker. Raises DeviceError."""
        return tuple(dict.fromkeys(each.name for each in player.output_devices()))

    def choose_device(self, name: str | None) -> None:
        """Play on another device from now on; None: the default."""
        if name != self._wanted:
            self._wanted = name
            self._told = ""
            if self._player is not None:
                self._prepare(play=self._playing)

    def provide(self, compared: Compared) -> None:
        """What is to be heard from now on."""
        self._compared = compared
        self.ready.emit(bool(compared.playable))
        if self._player is not None:
            self._prepare(play=self._playing)

    def hear(self, name: str | None, *, matched: bool | None = None) -> None:
        """Hear this, and as loud as the others or not, whatever the session says; None: what the session says."""
        self._heard, self._matched = name, matched
        if self._player is not None:
            self._player.switcher.set_matched(self._is_matched)
        self._switch()

    def toggle(self) -> None:
        """Play, or stop."""
        self.stop() if self._playing else self.play()

    def play(self) -> None:
        """Play what was compared, from where it stopped; the device is opened where it is not."""
        if self._compared is None or not self._compared.playable:
            return
        if self._player is None:
            self._prepare(play=True)
        else:
            self._player.switcher.play()
            self._set_playing(True)

    def stop(self) -> None:
        """Be silent; the place stays."""
        if self._player is not None:
            self._player.switcher.stop()
        self._set_playing(False)

    def seek(self, position_s: float) -> None:
        """Go on from another place of the stretch."""
        if self._player is not None:
            self._player.switcher.seek(position_s)

    def close(self) -> None:
        """Let go of the device, after the bridge has ended its work; waits some milliseconds."""
        self._timer.stop()
        self._player = None
        self._output.close()
        self._set_playing(False)

    def _prepare(self, *, play: bool) -> None:
        """Bring the renderings to the device's rate, and open it where that is needed."""
        compared, wanted = self._compared, self._wanted
        if compared is None:
            return
        self._bridge.request(
            "player",
            lambda control: self._output.play(compared, wanted, control),
            lambda made: self._prepared(made, play=play),
            failed=self._refused,
        )

    def _prepared(self, made: player.LoopPlayer, *, play: bool) -> None:
        self._player = made
        self._told = ""
        self.device.emit(made.device.name, "")
        made.switcher.set_matched(self._is_matched)
        self._switch()
        if play:
            made.switcher.play()
            self._set_playing(True)

    def _refused(self, problem: str) -> None:
        self._player = None
        self._set_playing(False)
        self._bridge.request("player", lambda _: self._output.close(), lambda _: None)
        self.device.emit("", problem)
        # Once: beside the button it stands anyway, and who has closed the notice has read it.
        if problem != self._told:
            self._told = problem
            self._bridge.problem.emit(problem)

    def _changed(self, event: Any) -> None:
        if isinstance(event, events.VariantChanged):
            self._switch()
        elif isinstance(event, events.MatchingChanged) and self._player is not None:
            self._player.switcher.set_matched(self._is_matched)
        elif isinstance(event, events.SessionLeft):
            self.stop()
            self._compared = None

    def _switch(self) -> None:
        """To what is wanted where it is there; a rendering that is still to come is switched to when it does."""
        name = self._heard or self._state.session.variant
        if self._player is not None and name in self._player.switcher.names:
            self._player.switcher.switch(name)

    def _set_playing(self, playing: bool) -> None:
        if playing:
            self._timer.start()
        else:
            self._timer.stop()
        if playing != self._playing:
            self._playing = playing
            self.playing.emit(playing)

    def _read(self) -> None:
        if self._player is None:
            return
        self.position.emit(self._player.heard_s, self._player.switcher.loop_s)
        self.levels.emit(self._player.take_peaks())
        self._readings += 1
        if self._readings % _CHECK_EVERY == 0:
            try:
                self._player.check()
            except DeviceError as error:
                self._refused(str(error))


class _Output:
    """The player that is open, whoever opened it; changed in the room "player" only, or when that has ended."""

    def __init__(self) -> None:
        self._player: player.LoopPlayer | None = None

    def play(self, compared: Compared, wanted: str | None, control: Control) -> player.LoopPlayer:
        """The same player with other renderings where that can be, else a new one in its place."""
        device, device_hz = player.choose_output(wanted, compared.session_hz)
        heard = player.at_device_rate(compared.playable, compared.session_hz, device_hz)
        control.check()
        gains = compared.matching_gains_db
        channels = next(iter(heard.values())).shape[0]
        if self._player is not None:
            kept = self._player.switcher
            if (self._player.device, kept.rate_hz, kept.channels) == (device, device_hz, channels):
                kept.replace(heard, gains)
                return self._player
            self.close()
        self._player = player.LoopPlayer(Switcher(heard, device_hz, gains_db=gains), device)
        return self._player

    def close(self) -> None:
        """Let go of it."""
        if self._player is not None:
            self._player.close()
            self._player = None
