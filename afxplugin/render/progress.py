"""What a running batch tells: plain events, so that a command line, a window or a test can listen alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.render.job import RenderJob, RenderResult


@dataclass(frozen=True)
class BatchStarted:
    """So many stems will be rendered by so many workers; those that cannot or need not be have been told already."""

    stems: int
    workers: int


@dataclass(frozen=True)
class StemStarted:
    """A worker opened a stem of ``frames`` at ``rate_hz``."""

    job: RenderJob
    frames: int
    rate_hz: int


@dataclass(frozen=True)
class StemProgress:
    """``frames_done`` of a stem's ``frames`` are rendered, ``times_real_time`` so far."""

    job: RenderJob
    frames_done: int
    frames: int
    times_real_time: float


@dataclass(frozen=True)
class StemFinished:
    """A stem is done, skipped, failed or interrupted; not sent for stems that an interrupted batch never began."""

    result: RenderResult


@dataclass(frozen=True)
class Notice:
    """Something that a user should read although the batch goes on, about the file ``path`` if one is named."""

    text: str
    path: Path | None = None


@dataclass(frozen=True)
class BatchFinished:
    """Nothing runs any more."""

    results: tuple[RenderResult, ...]


Event = BatchStarted | StemStarted | StemProgress | StemFinished | Notice | BatchFinished
Listener = Callable[[Event], None]
"""Called from worker threads, never by two of them at once; it must return quickly."""


def ignore(event: Event) -> None:
    """Listen to nothing."""
    del event
