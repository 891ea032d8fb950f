"""Work off the caller's thread: with progress, with an end on request, and the newest request wins."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from afxplugin.errors import AfxError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class CancelledWorkError(AfxError):
    """Work ended because nobody wants its result any more."""


def _ignore_progress(share: float, text: str) -> None:
    del share, text


@dataclass(frozen=True)
class Control:
    """What work is given: where to tell how far it is, and whether to end.

    progress: called with a share of 0 to 1 and what is being done, from the worker's thread.
    """

    progress: Callable[[float, str], None] = _ignore_progress
    cancelled: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise CancelledWorkError where the work is to end."""
        if self.cancelled.is_set():
            raise CancelledWorkError("the work was cancelled; allowed: to ask for it again")

    def part(self, low: float, high: float) -> Control:
        """Of work that is part of other work: its 0 to 1 is ``low`` to ``high`` of the whole."""
        return Control(lambda share, text: self.progress(low + share * (high - low), text), self.cancelled)


@dataclass(frozen=True)
class Request(Generic[T]):
    """What is wanted. All four are called in the worker's thread; done or failed once, neither after a cancel.

    failed takes the error whatever it is: one that is not an AfxError is a mistake of ours and should be shown as such.
    """

    work: Callable[[Control], T]
    done: Callable[[T], None]
    failed: Callable[[Exception], None]
    progress: Callable[[float, str], None] = _ignore_progress


class Latest:
    """One thread that does the newest request only: a new one cancels the one at work and replaces one that waits.

    The thread starts with the first request and ends with ``close``; it never keeps the process alive.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._waiting: Request[Any] | None = None
        self._control: Control | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def is_busy(self) -> bool:
        """Whether a request waits or is at work and has not been cancelled."""
        with self._changed:
            at_work = self._control is not None and not self._control.cancelled.is_set()
            return self._waiting is not None or at_work

    def submit(self, request: Request[Any]) -> None:
        """Do this instead of all that was asked for before; nothing after ``close``."""
        with self._changed:
            if self._closed:
                return
            self._cancel()
            self._waiting = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def cancel(self) -> None:
        """Want nothing any more; work ends at its next look."""
        with self._changed:
            self._cancel()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Cancel, and wait for the thread's end; whether it has ended in this time."""
        with self._changed:
            self._closed = True
            self._cancel()
            self._changed.notify_all()
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nothing waits or is at work, cancelled work included; whether it came to that in this time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting is None and self._control is None, timeout_s)

    def _cancel(self) -> None:
        self._waiting = None
        if self._control is not None:
            self._control.cancelled.set()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._control = None
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting is not None or self._closed)
                if self._closed:
                    return
                request, self._waiting = self._waiting, None
                assert request is not None
                control = _heeding(request)
                self._control = control
            _do(request, control)


def _heeding(request: Request[Any]) -> Control:
    """A control whose progress is told only while somebody wants it."""
    cancelled = threading.Event()

    def progress(share: float, text: str) -> None:
        if not cancelled.is_set():
            request.progress(share, text)

    return Control(progress, cancelled)


def _do(request: Request[Any], control: Control) -> None:
    try:
        result = request.work(control)
    except CancelledWorkError:
        return
    except Exception as error:
        if not control.cancelled.is_set():
            request.failed(error)
        return
    if not control.cancelled.is_set():
        request.done(result)
