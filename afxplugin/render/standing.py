"""What to make of a file that stands where a job's output would go: done already, ours to replace, or not ours.

Only the content of the files counts: one whose hash the manifest has for this job was made by it, from a stem whose
hash it has too. Anything else is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from afxplugin.audio import FileFacts, read_facts
from afxplugin.errors import AfxError
from afxplugin.files import shown
from afxplugin.render.entry import Entry, stem_text
from afxplugin.render.job import RenderJob, RenderResult, told_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

EXISTS = "exists already; allowed: --overwrite, --resume, another --out or --template"
_ALLOWED = "allowed: --overwrite, another --out or --template"


@dataclass(frozen=True)
class Planned:
    """A job, and the result that it already has: refused, or skipped because it is done.

    adopted: the entry that the manifest should have of a skipped job, where it has another.
    """

    job: RenderJob
    result: RenderResult | None = None
    adopted: Entry | None = None


def refused(job: RenderJob, reason: str) -> RenderResult:
    """The result of a job that must not run."""
    return RenderResult(job.key, job.stem, job.output, "failed", error=reason)


def judge(job: RenderJob, entries: Mapping[str, Entry], *, check: Callable[[], None] | None = None) -> Planned:
    """Decide about a job whose output exists and that may not overwrite: skipped, refused, or to be rendered over it.

    Reads both files wherever the manifest knows the job. ``check`` is called now and then and may raise to end that.
    """
    entry, legacy = entries.get(job.key), entries.get(job.legacy_key)
    try:
        if entry is not None and (entry.output_file is not None or entry.replaces is not None):
            return _by_content(job, entry, check)
        if legacy is not None and legacy.claims_file:
            return _by_facts(job, legacy, check)
    except AfxError as error:
        return Planned(job, refused(job, told_error(error, job.stem)))
    return Planned(job, refused(job, f"exists already and was not made from this stem with these settings; {_ALLOWED}"))


def _by_content(job: RenderJob, entry: Entry, check: Callable[[], None] | None) -> Planned:
    output = _output_facts(job, check)
    if entry.output_file is None or output.sha256 != entry.output_file.sha256:
        if output.sha256 == entry.replaces:
            return Planned(replace(job, replaces=output.sha256))
        return Planned(job, refused(job, f"exists already, but is not the file that was rendered; {_ALLOWED}"))
    stem = read_facts(job.stem, check=check)
    if entry.stem_file is not None and stem.sha256 == entry.stem_file.sha256:
        done = entry.model_copy(update={"status": "done", "withdrawn": False})
        return Planned(job, _skipped(job, done, stem, output), None if entry.status == "done" else done)
    if entry.stem != stem_text(job):
        reason = f"exists already and was made from another stem, {shown(entry.stem)}; {_ALLOWED}"
        return Planned(job, refused(job, reason))
    return Planned(replace(job, replaces=output.sha256))  # the stem was edited since


def _by_facts(job: RenderJob, entry: Entry, check: Callable[[], None] | None) -> Planned:
    """An older version did not record what identifies the files; what it did record must all be true of them.

    The key has the stem's name, size and time, the entry its place; of the output it has the format, and two measures
    of the sound that hardly any other file shares. In doubt the file is left alone.
    """
    from afxplugin.render.remeasure import sounds_as_told

    if entry.stem not in (stem_text(job), shown(stem_text(job))) or not sounds_as_told(job.output, entry, check):
        reason = f"exists already, and an older version's manifest does not show that it is this render; {_ALLOWED}"
        return Planned(job, refused(job, reason))
    output, stem = _output_facts(job, check), read_facts(job.stem, check=check)
    files = {"stem_file": stem.as_dict(), "output_file": output.as_dict()}
    adopted = Entry.model_validate({**entry.as_dict(), "status": "done", "withdrawn": False, **files})
    return Planned(job, _skipped(job, adopted, stem, output), adopted)


def _output_facts(job: RenderJob, check: Callable[[], None] | None) -> FileFacts:
    try:
        return read_facts(job.output, check=check)
    except AfxError as error:
        raise type(error)(f"exists already and {error.reason}; {_ALLOWED}") from error


def _skipped(job: RenderJob, entry: Entry, stem: FileFacts, output: FileFacts) -> RenderResult:
    return RenderResult(
        job.key,
        job.stem,
        job.output,
        "skipped",
        frames=entry.frames,
        rate_hz=entry.rate_hz,
        channels=entry.channels,
        peak=entry.peak,
        loudness_lufs=entry.loudness_lufs,
        seconds=entry.seconds,
        times_real_time=entry.times_real_time,
        plan=None if entry.plan is None else entry.plan.model_dump(),
        notes=("done by an earlier batch",),
        stem_file=stem,
        output_file=output,
    )
