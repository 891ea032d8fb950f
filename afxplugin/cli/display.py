"""A running batch on a terminal (bars) or anywhere else (lines)."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from afxplugin.cli.failure import tell
from afxplugin.cli.text import count_text, length_text, level_text, loudness_text, rate_text, speed_text
from afxplugin.render.naming import shown
from afxplugin.render.progress import BatchStarted, Event, Listener, Notice, StemFinished, StemProgress, StemStarted

if TYPE_CHECKING:
    from rich.progress import TaskID

    from afxplugin.render.job import RenderJob, RenderResult

_NAME_WIDTH = 36


@contextlib.contextmanager
def show_progress(*, quiet: bool, results_on_stderr: bool) -> Iterator[Listener]:
    """A listener that shows a batch: bars where standard error is a terminal, and one line a stem.

    Lines go to standard output, or to standard error with ``results_on_stderr``; failures always to standard error.
    quiet: failures and warnings only.
    """
    results = sys.stderr if results_on_stderr else sys.stdout
    if quiet:
        yield Lines(lambda line: None)
    elif sys.stderr.isatty():
        with Bars() as bars:
            # What is on the same terminal as the bars must go through them, or they would be printed over.
            yield bars.under(Lines(bars.print if results.isatty() else lambda line: print(line, file=results)))
    else:
        yield Lines(lambda line: print(line, file=results, flush=True))


class Lines:
    """A listener that says one line when a stem ends."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def __call__(self, event: Event) -> None:
        """Say what an event means to a reader of a log."""
        if isinstance(event, StemFinished):
            self._finished(event.result)
        elif isinstance(event, Notice):
            tell(f"warning: {event.text}")
        elif isinstance(event, BatchStarted) and event.stems > 1:
            self._say(f"rendering {count_text(event.stems, 'stem')}, {event.workers} at a time")

    def _finished(self, result: RenderResult) -> None:
        if result.status in ("failed", "interrupted"):
            tell(f"{result.status}: {problem_text(result)}")
            return
        self._say(result_line(result))
        if result.status == "done":
            for note in result.notes:
                tell(f"warning: {shown(result.stem)}: {note}")


class Bars:
    """Bars on the terminal behind standard error: one for the batch, one for each stem that runs."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._progress = Progress(
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
            self._batch = self._progress.add_task("", total=event.stems, speed="")
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
            told = f"{self._ended} of {count_text(self._stems, 'stem')}"
            self._progress.update(
                self._batch, description=f"{told:<{_NAME_WIDTH}}", completed=self._ended + sum(self._share.values())
            )


def result_line(result: RenderResult) -> str:
    """A stem that is rendered or was already."""
    if result.status == "skipped":
        return f"skipped   {shown(result.output)} (done by an earlier batch)"
    facts = [shown(result.output)]
    if result.frames and result.rate_hz and result.times_real_time:
        facts += [length_text(result.frames / result.rate_hz), rate_text(result.rate_hz)]
        facts += [str((result.plan or {}).get("method", "")), speed_text(result.times_real_time)]
    facts += [level_text(result.peak), loudness_text(result.loudness_lufs)]
    return "rendered  " + "  ".join(facts)


def problem_text(result: RenderResult) -> str:
    """Why there is no render of a stem, with its name once."""
    error = result.error or "no reason is known"
    return error if shown(result.stem) in error else f"{shown(result.stem)}: {error}"


def _fitted(name: str) -> str:
    shortened = name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 3] + "..."
    return f"{shortened:<{_NAME_WIDTH}}"
