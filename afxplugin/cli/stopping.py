"""SIGINT and SIGTERM as a wish to stop, which running work can honour before it ends."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType, TracebackType

# SIGHUP, where there is one: the terminal window was closed.
_STOPPING = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]


class Stopping:
    """While entered, a signal sets ``stop``; ``signal_number`` is then the first that came, else None."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.signal_number: int | None = None
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Stopping:
        for number in _STOPPING:
            self._previous[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # pyright: ignore[reportArgumentType]

    @property
    def exit_status(self) -> int:
        """What a shell calls the end by this signal."""
        return 128 + (self.signal_number or signal.SIGINT)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        self.signal_number = self.signal_number or number
        self.stop.set()
