"""The blind test: what is heard comes from the test, and nobody is told what it is before the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from afxplugin.editor.comparing.abx import AbxTest
from afxplugin.editor.state import events
from afxplugin.errors import SessionError

if TYPE_CHECKING:
    from afxplugin.editor.bridge import EngineBridge
    from afxplugin.editor.desks.comparison import ComparisonDesk
    from afxplugin.editor.desks.playback import PlaybackDesk

Button = Literal["A", "B", "X"]


class BlindDesk(QObject):
    """trial: (number from 1, of how many, what is heard: A, B, X). ended: an AbxResult, None where it was given up."""

    trial = Signal(int, int, str)
    ended = Signal(object)

    def __init__(
        self,
        bridge: EngineBridge,
        comparison: ComparisonDesk,
        playback: PlaybackDesk,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._comparison, self._playback = bridge, comparison, playback
        self._test: AbxTest | None = None
        bridge.told.connect(self._heard)

    @property
    def is_running(self) -> bool:
        """Whether a test is under way."""
        return self._test is not None

    def begin(self, first: str, second: str, trials: int) -> None:
        """Begin a test of two variants, equally loud, playing X."""
        self._bridge.attempt(lambda: self._begin(first, second, trials))

    def listen(self, button: Button) -> None:
        """Hear A, B or X."""
        if self._test is not None:
            self._playback.hear(self._test.sound(button), matched=True)
            self._playback.play()
            self.trial.emit(self._test.trial, self._test.trials, button)

    def answer(self, button: Button) -> None:
        """Say which one X is."""
        if self._test is None:
            return
        self._test.answer(button)
        if not self._test.is_finished:
            self.listen("X")
            return
        result = self._test.result()
        self._end()
        self.ended.emit(result)

    def abandon(self) -> None:
        """No result."""
        if self._test is not None:
            self._test.give_up()
            self._end()
            self.ended.emit(None)

    def _begin(self, first: str, second: str, trials: int) -> None:
        if not self._comparison.is_current:
            raise SessionError("the comparison is still being rendered; allowed: a blind test once it is done")
        self._test = AbxTest(first, second, trials=trials)
        # All trials are of the same sound: a knob that is touched meanwhile is heard afterwards.
        self._comparison.hold()
        self.listen("X")

    def _end(self) -> None:
        self._test = None
        self._playback.stop()
        self._playback.hear(None)
        self._comparison.release()

    def _heard(self, event: Any) -> None:
        if isinstance(event, events.SessionLeft):
            self.abandon()
