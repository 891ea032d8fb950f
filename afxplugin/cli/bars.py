"""Bars on a terminal, by rich: loaded only where there is a terminal."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from afxplugin.cli.text import count_text, speed_text
from afxplugin.files import shown
from afxplugin.render.comparison import ignore_cell
from afxplugin.render.progress import BatchStarted, Event, Listener, StemFinished, StemProgress, StemStarted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import TaskID

    from afxplugin.render.comparison import CellListener
    from afxplugin.render.job import RenderJob

_NAME_WIDTH = 36


class Bars:
    """Bars on the terminal behind standard error: one for the batch, one for each stem that runs."""

    def __init__(self) -> None:
        self._progress = _progress()
        self._batch: TaskID | None = None
        self._stems = 0
        self._ended = 0
        self._running: dict[RenderJob, TaskID] = {}
        self._share: dict[RenderJob, float] = {}
        self._keys: dict[str, RenderJob] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._progress.stop()

    def print(self, line: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def under(self, lines: Listener) -> Listener:
        """A listener that moves the bars and passes every event on to ``lines``."""

        def listen(event: Event) -> None:
            self._move(event)
            lines(event)

        return listen

    def _move(self, event: Event) -> None:
        if isinstance(event, BatchStarted):
            self._stems = event.stems
            self._batch = self._progress.add_task(self._count(), total=event.stems, speed="", visible=event.stems > 0)
        elif isinstance(event, StemStarted):
            name = _fitted(shown(event.job.stem.name))
            self._running[event.job] = self._progress.add_task(name, total=event.frames, speed="")
            self._keys[event.job.key] = event.job
        elif isinstance(event, StemProgress):
            task = self._running[event.job]
            speed = speed_text(event.times_real_time)
            self._progress.update(task, completed=event.frames_done, speed=speed)
            self._share[event.job] = event.frames_done / event.frames
        elif isinstance(event, StemFinished) and (job := self._keys.pop(event.result.key, None)):
            self._progress.remove_task(self._running.pop(job))
            self._share.pop(job, None)
            self._ended += 1
        if self._batch is not None:
            done = self._ended + sum(self._share.values())
            self._progress.update(self._batch, description=self._count(), completed=done)

    def _count(self) -> str:
        return _fitted(f"{self._ended} of {count_text(self._stems, 'stem')}")


@contextlib.contextmanager
def cell_bar() -> Iterator[CellListener]:
    """What hears of the cells of a comparison: a bar where standard error is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield ignore_cell
        return
    with _progress() as progress:
        task = progress.add_task(f"{'comparing':<{_NAME_WIDTH}}", total=None, speed="")
        yield lambda cell, done, total: progress.update(
            task, completed=done, total=total, speed=f"{cell.rate_hz} Hz {cell.method}"
        )


def _progress() -> Progress:
    # Standard output is left alone: where it is a file it must get its lines as they are.
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}", markup=False),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
    )


def _fitted(name: str) -> str:
    shortened = name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 3] + "..."
    return f"{shortened:<{_NAME_WIDTH}}"
