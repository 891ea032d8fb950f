"""What SIGINT, SIGTERM and SIGHUP do: the first ends a command within a second, the second at once.

A first signal raises ``SignalledError`` in the main thread; while stems are played it sets an event instead, and they
end in good order. Neither can be relied on: the main thread may sit in a call that returns in minutes (an eigenvalue
problem, a read from a network share), and what plays may hang in a plugin. So a second thread, which the interpreter's
C handler tells of every signal, ends the process when patience is over. All files appear whole or not at all; what a
process leaves hidden the next one removes; processes of graphs end with this one.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

    from afxplugin.render.progress import Event, Listener

# SIGHUP, where there is one: the terminal window was closed.
_STOPPING = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
BY_SIGNAL = 128
# Ticks and not a time: a machine so busy that this process hardly runs makes them longer.
_TICK_S = 0.05
_PATIENT_TICKS = 16
_WRITING_TICKS = 200  # all stems have ended, and what they came to is being written down
_SHOW_CURSOR = b"\x1b[?25h"


class SignalledError(BaseException):
    """A signal ends the command. No KeyboardInterrupt, which the command line's library would answer itself."""


class Signals:
    """While entered, a signal ends the command; ``number`` is then the first that came, else None.

    Outside the main thread, where Python lets nobody take signals, nothing happens.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.playing: Stopping | None = None
        self.told = False
        self._first = 0
        self._over = False
        self._previous: dict[int, object] = {}
        self._read = self._write = -1
        self._passed = 0  # ticks since the first signal
        self._patient_until = _PATIENT_TICKS
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Signals:
        global _active  # noqa: PLW0603
        if threading.current_thread() is not threading.main_thread():
            return self
        self._read, self._write = os.pipe()
        if sys.platform != "win32":
            os.set_blocking(self._write, False)  # a handler must never wait
        self._thread = threading.Thread(target=self._watch, name="signals", daemon=True)
        self._thread.start()
        _active = self
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in _STOPPING:
            # Whoever starts a command by nohup wants it to outlive the terminal.
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _active  # noqa: PLW0603
        self._over = True
        if self._thread is None or self.heard:
            return  # patience goes on until the process has ended
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType]
        signal.set_wakeup_fd(-1)
        os.write(self._write, b"\0")
        self._thread.join()
        os.close(self._read)
        os.close(self._write)
        _active = None

    @property
    def heard(self) -> bool:
        """Whether a signal has come, be it for this or for a handler that a command has put in its place."""
        return bool(self.number or self._first)

    @property
    def exit_status(self) -> int:
        """What a shell calls the end by this signal."""
        return BY_SIGNAL + (self.number or signal.SIGINT)

    def be_patient(self, ticks: int = _PATIENT_TICKS) -> None:
        """The command is on its way to an end in good order: let it go on for so many ticks from now."""
        self._patient_until = self._passed + ticks

    def _take(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.number is not None or self._over:
            return  # it ends as it is, or the other thread ends it
        self.number = number
        if self.playing is None:
            raise SignalledError
        self.playing.stop.set()

    def _watch(self) -> None:
        self._first = first = self._next()
        if not first:
            return
        threading.Thread(target=self._lose_patience, args=(first,), name="patience", daemon=True).start()
        if self._next():
            self._leave(first)

    def _next(self) -> int:
        """The next signal; 0 at the end. Others that somebody handles are reported here too."""
        while (number := os.read(self._read, 1)[0]) not in (0, *_STOPPING):
            pass
        return number

    def _lose_patience(self, number: int) -> None:
        while self._passed < self._patient_until:
            time.sleep(_TICK_S)
            self._passed += 1
        self._leave(number)

    def _leave(self, number: int) -> None:
        """At once, by no way that could wait for a lock or a thread."""
        line = b"" if self.told else b"afx: interrupted\n"
        with contextlib.suppress(OSError, ValueError):
            if os.isatty(2):
                line = _SHOW_CURSOR + b"\n" + line  # progress bars hide it and leave the cursor in their line
            if select.select([], [2], [], 0.0)[1]:  # a terminal may be halted, a pipe full
                os.write(2, line)
        os._exit(BY_SIGNAL + number)


_active: Signals | None = None


class Stopping:
    """While entered, the first signal sets ``stop`` for what plays; ``signal_number`` is then its number, else None."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._signals = _active

    def __enter__(self) -> Stopping:
        if self._signals is not None:
            self._signals.playing = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._signals is not None:
            self._signals.playing = None

    @property
    def signal_number(self) -> int | None:
        """The signal that came, or None."""
        return None if self._signals is None else self._signals.number

    @property
    def exit_status(self) -> int:
        """What a shell calls the end by this signal."""
        return BY_SIGNAL + (self.signal_number or signal.SIGINT)

    @contextlib.contextmanager
    def while_playing(self, listener: Listener) -> Iterator[Listener]:
        """``listener``, entering this when a batch has been planned and its stems begin to play, until they end."""
        from afxplugin.render.progress import BatchFinished, BatchStarted, StemFinished

        workers = left = running = 0

        def listen(event: Event) -> None:
            nonlocal workers, left, running
            if isinstance(event, BatchStarted):
                workers, left, running = event.workers, event.stems, event.workers
                self.__enter__()
            listener(event)
            if isinstance(event, StemFinished) and self.stop.is_set():
                running -= 1
                self._heed(running)
            elif isinstance(event, StemFinished):
                left -= 1
                running = min(workers, left)
            elif isinstance(event, BatchFinished):
                self.__exit__(None, None, None)

        try:
            yield listen
        finally:
            self.__exit__(None, None, None)

    def _heed(self, running: int) -> None:
        if self._signals is not None:
            self._signals.be_patient(_PATIENT_TICKS if running > 0 else _WRITING_TICKS)
