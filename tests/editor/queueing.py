"""What tests of the render queue share: entries, and waiting for what the queue comes to."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from afxplugin.editor.queue.item import QueueItem, QueueTotals
from afxplugin.editor.queue.queue import RenderQueue
from afxplugin.editor.state.session import Choice, KnobSettings, QueueEntry

SLOW_S = 40.0
# Nothing takes so long but what hangs.
LONG_S = 300.0


def entry_of(stem: Path, capture: Path, variant: str = "auto", **settings: float) -> QueueEntry:
    return QueueEntry(stem, Choice(capture=capture), KnobSettings(**settings), variant)  # pyright: ignore[reportArgumentType]


def wait_for(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG_S
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def until(queue: RenderQueue, place: int, reached: Callable[[QueueItem], bool]) -> QueueItem:
    """The item of this place once it is so."""
    seen: list[QueueItem] = []

    def there() -> bool:
        seen[:] = [queue.items[place]]
        return reached(seen[0])

    wait_for(there)
    return seen[0]


def at_one_moment(queue: RenderQueue) -> tuple[QueueItem, QueueTotals]:
    """The first item, and the totals with it."""
    while True:
        item, totals = queue.items[0], queue.totals
        if queue.items[0] is item:
            return item, totals
