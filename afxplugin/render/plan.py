"""From stems to jobs: where each render goes, and which of them cannot or need not be made."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from afxplugin.errors import AfxError, RenderError
from afxplugin.render.job import RenderJob, RenderResult, stem_stamp
from afxplugin.render.naming import DEFAULT_TEMPLATE, NameFields, check_template, output_name
from afxplugin.render.stems import DEFAULT_FOLDER, place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from afxplugin.audio.source import Truncated
    from afxplugin.render.manifest import Entry
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


@dataclass(frozen=True)
class Planned:
    """A job, and the result that it already has: refused, or skipped because it is done."""

    job: RenderJob
    result: RenderResult | None = None


def plan_jobs(stems: Sequence[Path], source: Source, options: RenderOptions, destination: Destination) -> list[Planned]:
    """One job a stem, in order. Nothing is written; a job that must not run carries the reason as its result."""
    date = time.strftime("%Y-%m-%d")
    planned = [_plan(stem, source, options, destination, date) for stem in stems]
    planned = _refuse_collisions(planned)
    return _against_folders(planned, destination)


def refused(job: RenderJob, reason: str) -> RenderResult:
    """The result of a job that must not run."""
    return RenderResult(job.key, job.stem, job.output, "failed", error=reason)


def _plan(stem: Path, source: Source, options: RenderOptions, destination: Destination, date: str) -> Planned:
    error = None
    rate = method = "unknown"
    try:
        rate, method = _rate_and_method(stem, source, options, destination.template)
        stamp = stem_stamp(stem)
    except AfxError as problem:
        error, stamp = str(problem), (0, 0)
    fields = NameFields(
        stem=stem.stem,
        preset=source.label,
        capture=source.capture.name,
        method=method,
        rate=rate,
        date=date,
    )
    folder = destination.folder or stem.parent / DEFAULT_FOLDER
    job = RenderJob(
        stem=stem,
        output=folder / output_name(destination.template, fields),
        capture=source.capture,
        options=options,
        preset=source.preset,
        stem_bytes=stamp[0],
        stem_mtime_ns=stamp[1],
        overwrite=destination.overwrite,
        knob_maps=source.knob_maps,
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


def _refuse_collisions(planned: Sequence[Planned]) -> list[Planned]:
    stems = {_place(each.job.stem): each.job.stem for each in planned}
    by_output: dict[Path, list[Path]] = defaultdict(list)
    for each in planned:
        by_output[_place(each.job.output)].append(each.job.stem)
    checked: list[Planned] = []
    for each in planned:
        output = _place(each.job.output)
        others = [stem for stem in by_output[output] if stem is not each.job.stem]
        reason = None
        if output == _place(each.job.stem) or _same_file(each.job.output, each.job.stem):
            reason = f"{each.job.stem}: the output would replace the stem itself; choose another --out or --template"
        elif output in stems:
            reason = f"{each.job.output}: the output of {each.job.stem} would replace the stem {stems[output]}"
        elif others:
            reason = (
                f"{each.job.output}: would be the output of {each.job.stem} and of {others[0]}; "
                "allowed: a template or folders that keep them apart"
            )
        checked.append(each if reason is None or each.result else replace(each, result=refused(each.job, reason)))
    return checked


def _against_folders(planned: Sequence[Planned], destination: Destination) -> list[Planned]:
    """Compare with what stands in the output folders already."""
    from afxplugin.render.manifest import Manifest

    known: dict[Path, Mapping[str, Entry]] = {}
    checked: list[Planned] = []
    for each in planned:
        job = each.job
        if each.result or destination.overwrite or not os.path.lexists(job.output):
            checked.append(each)
            continue
        if job.output.parent not in known:
            known[job.output.parent] = Manifest(job.output.parent).read_or_nothing()
        entry = known[job.output.parent].get(job.key)
        checked.append(_standing(each, entry, resume=destination.resume))
    return checked


def _standing(planned: Planned, entry: Entry | None, *, resume: bool) -> Planned:
    job = planned.job
    if not resume:
        reason = f"{job.output}: exists already; allowed: --overwrite, --resume, another --out or --template"
        return Planned(job, refused(job, reason))
    if entry is None:
        reason = (
            f"{job.output}: exists already and was not made from this stem with these settings; "
            "allowed: --overwrite, another --out or --template"
        )
        return Planned(job, refused(job, reason))
    if entry.status != "done":
        # Ours, from a batch that ended between the file's last byte and the manifest's.
        return Planned(replace(job, overwrite=True))
    skipped = RenderResult(
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
    )
    return Planned(job, skipped)


def _place(path: Path) -> Path:
    """Where a name stands: its folder with links followed, its own name as it is."""
    return place(path.parent) / path.name


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
