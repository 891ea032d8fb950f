"""A running batch on a terminal (bars) or anywhere else (lines)."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING

from afxplugin.cli.failure import one_line, tell
from afxplugin.cli.text import count_text, length_text, level_text, loudness_text, rate_text, speed_text
from afxplugin.files import shown
from afxplugin.render.capture_note import is_capture_note
from afxplugin.render.progress import BatchStarted, Event, Listener, Notice, StemFinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from afxplugin.render.job import RenderResult


@contextlib.contextmanager
def show_progress(*, quiet: bool, results_on_stderr: bool) -> Iterator[Listener]:
    """A listener that shows a batch: bars where standard error is a terminal, and one line a stem.

    Lines go to standard output, or to standard error with ``results_on_stderr``; failures always to standard error.
    quiet: failures and warnings only.
    """
    results = sys.stderr if results_on_stderr else sys.stdout
    if quiet:
        yield Lines(_say_nothing)
    elif sys.stderr.isatty():
        from afxplugin.cli.bars import Bars

        with Bars() as bars:
            # What is on the same terminal as the bars must go through them, or they would be printed over.
            yield bars.under(Lines(bars.print if results.isatty() else lambda line: print(line, file=results)))
    else:
        yield Lines(lambda line: print(line, file=results, flush=True))


class Lines:
    """A listener that says one line when a stem ends."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: set[str] = set()

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
        self._say(one_line(result_line(result)))
        if result.status == "done":
            for note in result.notes:
                self._warn(note, result)

    def _warn(self, note: str, result: RenderResult) -> None:
        if not is_capture_note(note):
            tell(f"warning: {note}: {shown(result.stem)}")
        elif note not in self._told:
            self._told.add(note)
            tell(f"warning: {note}")


def _say_nothing(line: str) -> None:
    del line


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
    """Why there is no render of a stem; the stem comes last, where the reason does not name it or its output."""
    reason = result.error or "no reason is known"
    # Not as a part of another path.
    named = any(
        re.search(rf"(?<!\S){re.escape(shown(each))}(?=[\s,;:)]|$)", reason) for each in (result.stem, result.output)
    )
    return reason if named else f"{reason}: {shown(result.stem)}"
