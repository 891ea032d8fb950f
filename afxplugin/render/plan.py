"""From stems to jobs: where each render goes, and which of them cannot or need not be made."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from afxplugin.errors import AfxError, RenderError
from afxplugin.files import shown
from afxplugin.render.job import RenderJob, RenderResult, read_settings, stem_stamp, told_error
from afxplugin.render.naming import DEFAULT_TEMPLATE, NameFields, check_template, folder_labels, output_name
from afxplugin.render.standing import EXISTS, Planned, judge, refused
from afxplugin.render.stems import DEFAULT_FOLDER, place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from afxplugin.audio.source import Truncated
    from afxplugin.render.options import RenderOptions
    from afxplugin.render.source import Source


@dataclass(frozen=True)
class Destination:
    """Where renders go: ``folder`` (None: ``rendered`` beside each stem) and what to do with what stands there."""

    folder: Path | None = None
    template: str = DEFAULT_TEMPLATE
    overwrite: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        check_template(self.template)
        if self.overwrite and self.resume:
            raise RenderError("overwrite and resume are both asked for; allowed: one of the two")


def plan_jobs(
    stems: Sequence[Path],
    source: Source,
    options: RenderOptions,
    destination: Destination,
    *,
    workers: int = 1,
    stop: threading.Event | None = None,
) -> list[Planned]:
    """One job a stem, in order. Nothing is written; a job that must not run carries the reason as its result.

    Files that a resumed batch has to look into are read by ``workers`` threads; where ``stop`` is set they are left,
    and their jobs are interrupted.
    """
    naming = _Naming(source, options, destination, stems)
    planned = [naming.plan(stem) for stem in stems]
    planned = _refuse_collisions(planned, destination.template)
    return _against_folders(planned, destination, workers, stop or threading.Event())


class _Naming:
    """What the jobs of a batch have in common."""

    def __init__(self, source: Source, options: RenderOptions, destination: Destination, stems: Sequence[Path]) -> None:
        self._source, self._options, self._destination = source, options, destination
        self._labels = folder_labels(stems)
        self._date = time.strftime("%Y-%m-%d")
        self._settings = read_settings(source.capture, source.preset, options, source.knob_maps)

    def plan(self, stem: Path) -> Planned:
        """The job of a stem, refused where the stem cannot be read."""
        source, destination = self._source, self._destination
        error = None
        rate = method = "unknown"
        try:
            rate, method = _rate_and_method(stem, source, self._options, destination.template)
            stamp = stem_stamp(stem)
        except AfxError as problem:
            error, stamp = told_error(problem, stem), (0, 0)
        fields = NameFields(
            stem=stem.stem,
            preset=source.label,
            capture=source.capture.name,
            method=method,
            rate=rate,
            date=self._date,
            folder=self._labels[stem.parent],
            suffix=stem.suffix.lstrip("."),
        )
        folder = destination.folder or stem.parent / DEFAULT_FOLDER
        job = RenderJob(
            stem=stem,
            output=folder / output_name(destination.template, fields),
            capture=source.capture,
            options=self._options,
            preset=source.preset,
            stem_bytes=stamp[0],
            stem_mtime_ns=stamp[1],
            overwrite=destination.overwrite,
            knob_maps=source.knob_maps,
            settings=self._settings,
        )
        return Planned(job, None if error is None else refused(job, error))


def _rate_and_method(stem: Path, source: Source, options: RenderOptions, template: str) -> tuple[str, str]:
    """Rate of the stem and method that it gets, looked up only where the name asks for them."""
    needs_method = "{method}" in template and options.method == "auto"
    if not needs_method and "{rate}" not in template:
        return "", options.method
    from afxplugin.audio import read_info
    from afxplugin.chain import plan_rates

    rate_hz = read_info(stem, truncated=cast("Truncated", options.truncated)).rate_hz
    if not needs_method:
        return str(rate_hz), options.method
    plan = plan_rates(
        source.capture, rate_hz, method=options.method, oversample=options.oversample, filters=options.filters
    )
    return str(rate_hz), plan.method


def _refuse_collisions(planned: Sequence[Planned], template: str) -> list[Planned]:
    followed: dict[Path, Path] = {}

    def where(path: Path) -> Path:
        """Where a name stands: its folder with links followed, its own name as it is."""
        if path.parent not in followed:
            followed[path.parent] = place(path.parent)
        return followed[path.parent] / path.name

    stems = {where(each.job.stem): each.job.stem for each in planned}
    by_output: dict[Path, list[Path]] = defaultdict(list)
    for each in planned:
        by_output[where(each.job.output)].append(each.job.stem)
    checked: list[Planned] = []
    for each in planned:
        stem, output = each.job.stem, where(each.job.output)
        other = next((other for other in by_output[output] if other is not stem), None)
        reason = None
        if output == where(stem) or _same_file(each.job.output, stem):
            reason = "the output would replace the stem itself; choose another --out or --template"
        elif output in stems:
            reason = (
                f"the output would replace another stem; choose another --out or --template: {shown(stems[output])}"
            )
        elif other is not None:
            reason = (
                f"two stems would be written to {shown(output.name)!r} (the other: {shown(other)}); "
                f"{_told_apart(stem, other, template)}"
            )
        checked.append(each if reason is None or each.result else replace(each, result=refused(each.job, reason)))
    return checked


def _told_apart(one: Path, other: Path, template: str) -> str:
    """What keeps the outputs of two stems apart."""
    field = None
    if one.parent != other.parent and "{folder}" not in template:
        field = "{folder}"
    elif one.suffix != other.suffix and "{suffix}" not in template:
        field = "{suffix}"
    elif one.stem != other.stem and "{stem}" not in template:
        field = "{stem}"
    if field is None:
        return "allowed: one of the two in a call, then the other with another --out or --template"
    return f"tell them apart with {field} in the template, such as '{field} {template}'"


def _against_folders(
    planned: Sequence[Planned], destination: Destination, workers: int, stop: threading.Event
) -> list[Planned]:
    """Compare with what stands in the output folders already."""
    standing = {
        each.job
        for each in planned
        if not each.result and not destination.overwrite and os.path.lexists(each.job.output)
    }
    if not destination.resume:
        return [Planned(each.job, refused(each.job, EXISTS)) if each.job in standing else each for each in planned]
    judged = _judge_all([each.job for each in planned if each.job in standing], workers, stop)
    return [judged.get(each.job, each) for each in planned]


def _judge_all(jobs: Sequence[RenderJob], workers: int, stop: threading.Event) -> dict[RenderJob, Planned]:
    from afxplugin.engine.waiting import StoppedError, check_stop
    from afxplugin.render.folder_lock import patience_s
    from afxplugin.render.manifest import Manifest
    from afxplugin.render.workers import run_jobs

    folders = {job.output.parent for job in jobs}
    known = {folder: Manifest(folder, lambda: patience_s(stop)).read_or_nothing() for folder in folders}
    judged: dict[RenderJob, Planned] = {}

    def work(job: RenderJob) -> Planned:
        try:
            return judge(job, known[job.output.parent], check=lambda: check_stop(stop))
        except StoppedError:
            return Planned(job, never_begun(job))

    run_jobs(jobs, work, workers=workers, stop=stop, ended=judged.update)
    return {job: judged.get(job) or Planned(job, never_begun(job)) for job in jobs}


def never_begun(job: RenderJob) -> RenderResult:
    """The result of a job that a stopped batch never began."""
    return RenderResult(job.key, job.stem, job.output, "interrupted", error="the batch was stopped before it began")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
