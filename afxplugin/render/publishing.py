"""How a finished render gets its name: by itself, or with a batch that keeps account of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from afxplugin.audio import read_facts
from afxplugin.audio.publish import publish
from afxplugin.errors import AudioError
from afxplugin.render.standing import EXISTS, refused

if TYPE_CHECKING:
    from pathlib import Path

    from afxplugin.render.job import RenderJob, RenderResult


class Publisher(Protocol):
    """What a worker gives its finished files to."""

    def publish(self, job: RenderJob, result: RenderResult, hidden: Path) -> None:
        """Give a finished file its name. Raises FileExistsError where another file may not be replaced, OSError."""
        ...

    def taken(self, job: RenderJob) -> RenderResult:
        """The result of a job whose output's name is taken."""
        ...


class PlainPublisher:
    """Gives files their names and keeps no account of them."""

    def publish(self, job: RenderJob, result: RenderResult, hidden: Path) -> None:
        """As ``give_name``."""
        del result
        give_name(job, hidden)

    def taken(self, job: RenderJob) -> RenderResult:
        """Refused."""
        return refused(job, EXISTS)


def give_name(job: RenderJob, hidden: Path) -> None:
    """Let a finished file appear as a job's output. Raises FileExistsError where it may not, OSError."""
    overwrite = job.overwrite
    if job.replaces is not None:
        try:
            if read_facts(job.output).sha256 != job.replaces:
                raise FileExistsError(job.output)
            overwrite = True
        except AudioError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
    publish(hidden, job.output, overwrite=overwrite)
