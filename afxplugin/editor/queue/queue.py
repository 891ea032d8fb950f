"""The render queue: entries rendered one after another in threads, each to be paused, cancelled and tried again."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from afxplugin.editor.queue.item import QueueItem, QueueTotals, in_window_words
from afxplugin.editor.queue.rendering import QueueOptions, Run, render_entry
from afxplugin.editor.state.stored_paths import file_stem, is_foreign
from afxplugin.errors import AfxError, SessionError
from afxplugin.render.workers import default_workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from afxplugin.editor.state.session import Choice, QueueEntry
    from afxplugin.render.job import RenderResult
    from afxplugin.render.source import Source


@dataclass(eq=False)
class _Slot:
    """An entry, what is shown of it, and the render where one is under way."""

    item: QueueItem
    run: Run | None = None
    overwrite: bool = False

    @property
    def entry(self) -> QueueEntry:
        return self.item.entry


class RenderQueue:
    """Renders entries in their order, so many at a time, from ``start`` on; methods are for any thread.

    open_choice: opens a preset or capture, from a worker. options: read when an entry begins. seconds_of: a stem's
    length where it is known, for the time left. workers: None, all cores but one, which the window keeps.
    """

    def __init__(
        self,
        open_choice: Callable[[Choice], Source],
        options: Callable[[], QueueOptions] = QueueOptions,
        *,
        seconds_of: Callable[[Path], float | None] = lambda _: None,
        workers: int | None = None,
    ) -> None:
        self._open_choice = open_choice
        self._options = options
        self._seconds_of = seconds_of
        self._workers = workers or max(1, default_workers() - 1)
        self._changed = threading.Condition(threading.RLock())
        self._slots: list[_Slot] = []
        self._gone: list[_Slot] = []
        self._threads: list[threading.Thread] = []
        self._listeners: list[Callable[[tuple[QueueItem, ...]], None]] = []
        self._started = False
        self._closed = False

    def subscribe(self, listener: Callable[[tuple[QueueItem, ...]], None]) -> Callable[[], None]:
        """Call ``listener`` with all items whenever one changes, from whatever thread; the answer ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    @property
    def items(self) -> tuple[QueueItem, ...]:
        """The entries in their order, as they stand."""
        with self._changed:
            return tuple(slot.item for slot in self._slots)

    @property
    def is_started(self) -> bool:
        """Whether entries that wait begin by themselves."""
        return self._started

    @property
    def totals(self) -> QueueTotals:
        """The queue as a whole; the time left counts entries not begun at the speed of those that were."""
        with self._changed:
            items = self.items
            counts = {status: sum(each.status == status for each in items) for status in _STATUSES}
            counted = [each for each in items if each.status not in ("failed", "cancelled")]
            share = sum(each.share for each in counted) / len(counted) if counted else 0.0
            return QueueTotals(**counts, share=share, seconds_left=self._seconds_left(items))

    def set_entries(self, entries: Iterable[QueueEntry]) -> None:
        """Be these entries in this order: known ones stay what they are, those that went are cancelled."""
        with self._changed:
            known: dict[QueueEntry, deque[_Slot]] = {}
            for slot in self._slots:
                known.setdefault(slot.entry, deque()).append(slot)
            slots = [known[each].popleft() if known.get(each) else _Slot(QueueItem(each)) for each in entries]
            self._slots = slots
            for slot in (each for left in known.values() for each in left):
                if slot.run is not None:
                    slot.run.cancel()
                    self._gone.append(slot)
            self._changed.notify_all()
        self._tell()

    def start(self) -> None:
        """Begin with the first entry that waits; entries that come later begin by themselves."""
        with self._changed:
            if self._closed:
                return
            self._started = True
            while len(self._threads) < self._workers:
                thread = threading.Thread(target=self._work, name=f"queue-{len(self._threads) + 1}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()
        self._tell()

    def stop(self) -> None:
        """Begin no more entries; those that run go on to their end."""
        with self._changed:
            self._started = False
        self._tell()

    def pause(self, entry: QueueEntry) -> None:
        """Hold an entry, begun or not, where it is. Raises SessionError where it is not queued."""
        with self._changed:
            slot = self._slot(entry)
            if slot.item.status == "running" and slot.run is not None:
                slot.run.pause()
            elif slot.item.status != "waiting":
                return
            self._become(slot, status="paused", seconds_left=None)
        self._tell()

    def resume(self, entry: QueueEntry) -> None:
        """Go on with an entry that was paused. Raises SessionError where it is not queued."""
        with self._changed:
            slot = self._slot(entry)
            if slot.item.status != "paused":
                return
            if slot.run is not None:
                slot.run.resume()
            self._become(slot, status="waiting" if slot.run is None else "running")
            self._changed.notify_all()
        self._tell()

    def pause_all(self) -> None:
        """Hold everything that is not over."""
        for item in self.items:
            if item.status == "running":
                self.pause(item.entry)
        self.stop()

    def resume_all(self) -> None:
        """Go on with everything that was paused, and begin what waits."""
        for item in self.items:
            self.resume(item.entry)
        self.start()

    def cancel(self, entry: QueueEntry) -> None:
        """End an entry, nothing half written stays; it can be tried again. Raises SessionError: it is not queued."""
        with self._changed:
            slot = self._slot(entry)
            if slot.item.is_over:
                return
            if slot.run is not None:
                slot.run.cancel()
            self._become(slot, status="cancelled", share=0.0, seconds_left=None, error="cancelled; nothing was written")
        self._tell()

    def cancel_all(self) -> None:
        """End everything that is not over."""
        for item in self.items:
            self.cancel(item.entry)

    def retry(self, entry: QueueEntry, *, overwrite: bool = False) -> None:
        """Let an entry that is over wait again; overwrite: what stands in its place may go.

        Raises SessionError where it is not queued.
        """
        with self._changed:
            slot = self._slot(entry)
            if not slot.item.is_over:
                return
            slot.item = QueueItem(entry)
            slot.overwrite = overwrite
            self._changed.notify_all()
        self._tell()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nothing runs or is about to; whether it came to that in this time."""
        with self._changed:
            return self._changed.wait_for(
                lambda: all(slot.run is None for slot in (*self._slots, *self._gone)) and self._next() is None,
                timeout_s,
            )

    def close(self, timeout_s: float = 5.0) -> bool:
        """Cancel everything and end the threads; whether they ended in this time."""
        with self._changed:
            self._closed, self._started = True, False
            self._changed.notify_all()
        self.cancel_all()
        for thread in self._threads:
            thread.join(timeout_s)
        return not any(thread.is_alive() for thread in self._threads)

    def _slot(self, entry: QueueEntry) -> _Slot:
        for slot in self._slots:
            if slot.entry == entry:
                return slot
        raise SessionError(
            f"{file_stem(entry.stem)} through {entry.choice.label} is not queued; allowed: an entry that is"
        )

    def _next(self) -> _Slot | None:
        if not self._started:
            return None
        # A slot that was cancelled and is to be tried again may not have ended yet.
        return next((s for s in self._slots if s.item.status == "waiting" and s.run is None), None)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._next() is not None)
                slot = None if self._closed else self._next()
                if slot is None:
                    return
                run = slot.run = self._run_of(slot)
                self._become(slot, status="running")
            self._tell()
            outcome = self._render(slot, run)
            with self._changed:
                # One that was cancelled meanwhile has been told so, and may wait again.
                if slot.item.status in ("running", "paused"):
                    self._become(slot, **outcome)
                slot.run = None
                self._gone = [each for each in self._gone if each is not slot]
                self._changed.notify_all()
            self._tell()

    def _run_of(self, slot: _Slot) -> Run:
        def told(share: float, speed: float, left_s: float) -> None:
            self._progress(slot, run, share, speed, left_s)

        run = Run(told)
        return run

    def _render(self, slot: _Slot, run: Run) -> dict[str, object]:
        """What becomes of the item."""
        entry = slot.entry
        try:
            if is_foreign(entry.stem):
                return _failed("missing: a path of Windows, which this system does not have")
            source = self._open_choice(entry.choice)
            result = render_entry(entry, source, self._options(), run, overwrite=slot.overwrite)
        except AfxError as error:
            return _failed(str(error))
        except Exception as error:  # a mistake of ours must not cost the other entries
            traceback.print_exc()
            return _failed(f"unexpected {type(error).__name__}: {error}")
        return self._outcome(slot, result)

    def _outcome(self, slot: _Slot, result: RenderResult) -> dict[str, object]:
        if result.status in ("done", "skipped"):
            notes = result.notes
            if result.status == "skipped":
                notes = (*notes, "it was rendered before, from the same stem with the same settings")
            speed = slot.item.times_real_time or result.times_real_time
            return {
                "status": "done", "share": 1.0, "seconds_left": None, "times_real_time": speed,
                "output": result.output, "notes": notes, "error": None,
            }  # fmt: skip
        if result.status == "interrupted":
            return {"status": "cancelled", "share": 0.0, "seconds_left": None, "error": result.error}
        return {**_failed(result.error or "it could not be rendered"), "output": result.output}

    def _progress(self, slot: _Slot, run: Run, share: float, speed: float, left_s: float) -> None:
        with self._changed:
            if slot.run is not run or slot.item.status not in ("running", "paused"):
                return
            left = left_s if slot.item.status == "running" else None
            self._become(slot, share=share, times_real_time=speed, seconds_left=left, output=run.output)
        self._tell()

    def _become(self, slot: _Slot, **changes: object) -> None:
        slot.item = replace(slot.item, **changes)  # pyright: ignore[reportArgumentType]

    def _seconds_left(self, items: tuple[QueueItem, ...]) -> float | None:
        speeds = [each.times_real_time for each in items if each.times_real_time]
        running = [each.seconds_left for each in items if each.status == "running"]
        waiting = [self._seconds_of(each.entry.stem) for each in items if each.status == "waiting"]
        if not running and not waiting:
            return 0.0
        if not speeds or None in running or None in waiting:
            return None
        mean_speed = sum(speeds) / len(speeds)
        total = sum(each for each in running if each) + sum(each for each in waiting if each) / mean_speed
        return total / max(1, min(self._workers, len(running) + len(waiting)))

    def _tell(self) -> None:
        items = self.items
        for listener in tuple(self._listeners):
            listener(items)


_STATUSES = ("waiting", "running", "paused", "done", "failed", "cancelled")


def _failed(error: str) -> dict[str, object]:
    return {"status": "failed", "share": 0.0, "seconds_left": None, "error": in_window_words(error)}
