"""Where worker threads meet Qt: what the state and the workers tell, in whatever thread, arrives in the window's."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from afxplugin.editor.workers import Control, Latest, Request
from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from collections.abc import Callable

    from afxplugin.editor.state.state import EditorState

T = TypeVar("T")


class EngineBridge(QObject):
    """The state's events as a signal, and work that is done elsewhere and ends here.

    told: what the state tells. problem: in words, something that a user asked for could not be done. busy: (what is
    done, how far it is from 0 to 1) of the work in a room, or ("", 0) when it has ended.
    """

    told = Signal(object)
    problem = Signal(str)
    busy = Signal(str, str, float)
    _posted = Signal(object)

    def __init__(self, state: EditorState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self._rooms: dict[str, Latest] = {}
        self._tickets: dict[str, int] = {}
        self._closed = False
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = state.subscribe(self.told.emit)

    def post(self, act: Callable[[], None]) -> None:
        """Do this in the window's thread, soon; from any thread. Nothing after ``close``."""
        if not self._closed:
            self._posted.emit(act)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do what a user asked for; whether it could be done. What could not is told in words."""
        try:
            act()
        except AfxError as error:
            self.problem.emit(str(error))
            return False
        return True

    def request(
        self,
        room: str,
        work: Callable[[Control], T],
        done: Callable[[T], object],
        *,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Have ``work`` done in the thread of a room, instead of what that room was asked for before.

        done, failed (in words; None: ``problem``) are called in the window's thread, and only for the newest request.
        """
        if self._closed:
            return
        ticket = self._tickets.get(room, 0) + 1
        self._tickets[room] = ticket

        def deliver(act: Callable[[], object]) -> None:
            def if_wanted() -> None:
                if self._tickets.get(room) == ticket:
                    self.busy.emit(room, "", 0.0)
                    act()

            self.post(if_wanted)

        def progress(share: float, text: str) -> None:
            self.post(lambda: self.busy.emit(room, text, share) if self._tickets.get(room) == ticket else None)

        def fail(error: Exception) -> None:
            text = self._words(error)
            deliver(lambda: (failed or self.problem.emit)(text))

        self._room(room).submit(Request(work, lambda result: deliver(lambda: done(result)), fail, progress))

    def cancel(self, room: str) -> None:
        """Want nothing of a room any more."""
        self._tickets[room] = self._tickets.get(room, 0) + 1
        if room in self._rooms:
            self._rooms[room].cancel()
            self.busy.emit(room, "", 0.0)

    def is_busy(self, *rooms: str) -> bool:
        """Whether any of these rooms, or of all, has work."""
        return any(self._rooms[each].is_busy for each in rooms or self._rooms if each in self._rooms)

    def close(self) -> None:
        """End all work; what still arrives is dropped."""
        self._closed = True
        self._unsubscribe()
        for room in self._rooms.values():
            room.cancel()
        for room in self._rooms.values():
            room.close()

    def _room(self, name: str) -> Latest:
        if name not in self._rooms:
            self._rooms[name] = Latest(name)
        return self._rooms[name]

    def _words(self, error: Exception) -> str:
        """A mistake of ours is shown as such, and where it happened is written where a report can be made from it."""
        if isinstance(error, AfxError):
            return str(error)
        traceback.print_exception(error, file=sys.stderr)
        return self.tr("a mistake in the program, not in what you asked: {kind}: {text}").format(
            kind=type(error).__name__, text=error
        )

    def _run(self, act: Any) -> None:
        if not self._closed:
            act()
