"""One entry of the queue rendered: the job that ``afx render`` makes of it, with its manifest, paused and ended."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from afxplugin.editor.state.sources import with_settings
from afxplugin.editor.state.variants import AUTO, find_variant
from afxplugin.render.batch import render_batch
from afxplugin.render.options import RenderOptions
from afxplugin.render.plan import Destination
from afxplugin.render.progress import Event, StemProgress, StemStarted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from afxplugin.editor.state.session import QueueEntry
    from afxplugin.editor.state.variants import Variant
    from afxplugin.render.job import RenderResult
    from afxplugin.render.source import Source


@dataclass(frozen=True)
class QueueOptions:
    """Where renders go and how: as ``afx render`` has them under the same names.

    template: a variant other than auto is added to it, see :func:`template_for`.
    """

    folder: Path | None = None
    template: str = "{stem} [{preset}]"
    subtype: str = "float"
    tail_s: float = 0.0


@dataclass(eq=False)
class Run:
    """A render under way, to be paused and ended from any thread.

    told: called from the render's thread with (share, times real time, seconds left).
    """

    told: Callable[[float, float, float], None]
    stop: threading.Event = field(default_factory=threading.Event)
    _going: threading.Event = field(default_factory=threading.Event)
    _holds: threading.Event = field(default_factory=threading.Event)
    _paused_s: float = 0.0
    _began: float = 0.0
    _rate_hz: int = 0
    output: Path | None = None

    def __post_init__(self) -> None:
        self._going.set()

    @property
    def is_held(self) -> bool:
        """Whether it was paused and has come to the place where it waits."""
        return self._holds.is_set()

    def pause(self) -> None:
        """Hold it before its next block but few: it looks ten times a second."""
        self._going.clear()

    def resume(self) -> None:
        """Go on."""
        self._going.set()

    def cancel(self) -> None:
        """End it soon; nothing half written stays."""
        self.stop.set()
        self._going.set()

    def hear(self, event: Event) -> None:
        """What the render tells; it waits here while it is paused."""
        if isinstance(event, StemStarted):
            self.output = event.job.output
            self._began, self._rate_hz = time.monotonic(), event.rate_hz
        if isinstance(event, StemProgress):
            spent_s = max(time.monotonic() - self._began - self._paused_s, 1e-6)
            rate = event.frames_done / spent_s
            self.told(event.frames_done / event.frames, rate / self._rate_hz, (event.frames - event.frames_done) / rate)
        if isinstance(event, StemStarted | StemProgress) and not self._going.is_set():
            since = time.monotonic()
            self._holds.set()
            self._going.wait()
            self._holds.clear()
            self._paused_s += time.monotonic() - since


def template_for(template: str, variant: Variant) -> str:
    """A template whose names tell the variant, so that renders of one stem by several methods stand side by side.

    ``{stem} [{preset}]`` becomes ``{stem} [{preset}, STN]``; one without such brackets gets some at its end. The
    variant auto, which ``afx render`` takes by itself, leaves it as it is.
    """
    if variant.name == AUTO:
        return template
    head = template.rstrip()
    return f"{head[:-1]}, {variant.label}]" if head.endswith("]") else f"{head} [{variant.label}]"


def render_entry(
    entry: QueueEntry, source: Source, options: QueueOptions, run: Run, *, overwrite: bool
) -> RenderResult:
    """Render an entry through its choice, opened; whatever goes wrong with the stem is in the result.

    A render that stands there already, made from the same stem with the same settings, is ``skipped``.
    Raises KnobError, MethodError, RenderError where the request itself cannot be met.
    """
    played = with_settings(source, entry.settings)
    variant = find_variant(entry.variant)
    wanted = RenderOptions(
        method=variant.method,
        oversample=variant.oversample,
        filters=played.filters,
        knobs=played.knobs,
        input_gain_db=played.input_gain_db,
        output_gain_db=played.output_gain_db,
        mix=played.mix,
        subtype=options.subtype,
        tail_s=options.tail_s,
        calibration_gain_db=played.calibration_gain_db,
    )
    template = template_for(options.template, variant)
    destination = Destination(options.folder, template, overwrite=overwrite, resume=not overwrite)
    batch = render_batch([entry.stem], played, wanted, destination, workers=1, listener=run.hear, stop=run.stop)
    return batch.results[0]
