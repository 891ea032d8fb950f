"""Waiting for another process, in steps short enough that a wish to stop ends it at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

# A signal's handler runs between two steps, too: no call into C may take longer.
STEP_S: Final = 0.1


class StoppedError(Exception):
    """The user stopped what was being waited for; nothing has failed."""


def check_stop(stop: threading.Event | None) -> None:
    """Raise StoppedError where ``stop`` is set."""
    if stop is not None and stop.is_set():
        raise StoppedError


def wait_until(wait: Callable[[float], bool], *, timeout_s: float, stop: threading.Event | None) -> bool:
    """Call ``wait`` with seconds, at most STEP_S, until it returns True; False where ``timeout_s`` is over.

    Raises:
        StoppedError: ``stop`` was set.
    """
    end = time.monotonic() + timeout_s
    while True:
        check_stop(stop)
        left = end - time.monotonic()
        if wait(max(0.0, min(STEP_S, left))):
            return True
        if left <= 0.0:
            return False
