"""``render``: stems through a capture or preset, in parallel, with a manifest of what was made."""

from __future__ import annotations

import os
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from afxplugin.files import shown
from afxplugin.render.job import RenderJob, RenderResult, tool_version
from afxplugin.render.naming import DEFAULT_TEMPLATE
from afxplugin.render.options import RenderOptions
from afxplugin.render.plan import Destination, never_begun, plan_jobs
from afxplugin.render.player_pool import PlayerPool
from afxplugin.render.progress import BatchFinished, BatchStarted, Listener, StemFinished, ignore
from afxplugin.render.source import Source, input_level_gain_db, open_source
from afxplugin.render.stems import MANIFEST_NAME, find_stems, is_folder, stem_folders
from afxplugin.render.workers import check_workers, one_at_a_time, run_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from afxplugin.captures import AnyCapture
    from afxplugin.render.automation import Automation
    from afxplugin.render.ledger import Ledger
    from afxplugin.render.standing import Planned

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Batch:
    """What came of a batch: results in the order of the stems, manifests written, problems with the manifests."""

    results: tuple[RenderResult, ...]
    manifests: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[RenderResult, ...]:
        """Stems that could not be rendered."""
        return tuple(each for each in self.results if each.status == "failed")

    @property
    def interrupted(self) -> bool:
        """Whether the batch was stopped before its end."""
        return any(each.status == "interrupted" for each in self.results)

    @property
    def complete(self) -> bool:
        """Whether every stem is rendered, now or by an earlier batch, and the manifests say so."""
        return not self.problems and all(each.status in ("done", "skipped") for each in self.results)

    def as_dict(self) -> dict[str, Any]:
        """The batch as plain JSON values: status (done, failed, interrupted), stems, manifests, problems."""
        ended = "done" if self.complete else "failed"
        return {
            "tool_version": tool_version(),
            "status": "interrupted" if self.interrupted else ended,
            "stems": [each.as_dict() for each in self.results],
            "manifests": [shown(path) for path in self.manifests],
            "problems": list(self.problems),
        }


def render(
    stems: PathLike | Iterable[PathLike],
    *,
    capture: AnyCapture | PathLike | None = None,
    preset: str | None = None,
    out: PathLike | None = None,
    method: str | None = None,
    oversample: int | None = None,
    filters: str | None = None,
    start: str = "settled",
    nan: str = "fail",
    truncated: str = "fail",
    knobs: Mapping[str, float] | None = None,
    input_gain_db: float = 0.0,
    input_dbu: float | None = None,
    output_gain_db: float = 0.0,
    mix: float | None = None,
    capture_rate_hz: int | None = None,
    template: str = DEFAULT_TEMPLATE,
    subtype: str = "float",
    tail_s: float = 0.0,
    engine: str | None = None,
    insert_before: Sequence[str] = (),
    insert_after: Sequence[str] = (),
    insert_offset: Mapping[str, int] | None = None,
    automate: Automation | PathLike | None = None,
    calibration: bool = True,
    jobs: int | None = None,
    overwrite: bool = False,
    resume: bool = False,
    listener: Listener = ignore,
    stop: threading.Event | None = None,
) -> Batch:
    """Render stems (files, or folders searched for audio) through a capture or preset; options as ``afx render``'s.

    Gains are added to those of a preset; knobs, mix, method, oversample and filters replace its own (None: what the
    preset says, else auto, 1 and linear). A stem that cannot be rendered is a failed result and the others go on.
    Inserts are plugins (``PLUGIN[:PRESET]``); engine None: the graph where there are any, else direct.
    insert_offset: by how many frames an insert is later than it reports, by ``PLUGIN[:PRESET]``.
    input_dbu: level in dBu that full scale of the stems is; the capture then gets the level it was captured with.
    truncated: whether a stem whose header and content disagree in its length is refused ("fail") or played ("play").
    automate: knobs that move (see ``render.automation``). calibration: whether a preset's loudness calibration applies.
    Presets are looked for in folders called ``presets`` beside the stems too.
    Raises CaptureError, PresetError, PluginError, KnobError, MethodError or RenderError, before anything is
    written, where the request itself cannot be met. ``listener`` hears of progress from the workers; setting ``stop``
    ends the batch soon, partial files removed.
    """
    stems = [stems] if isinstance(stems, str | os.PathLike) else list(stems)
    source = open_source(
        capture=capture, preset=preset, knobs=knobs, capture_rate_hz=capture_rate_hz, calibration=calibration,
        beside=stem_folders(Path(stem) for stem in stems),
    )  # fmt: skip
    level_gain_db = input_level_gain_db(source.capture, input_dbu)
    options = RenderOptions(
        method=source.method if method is None else method,
        oversample=source.oversample if oversample is None else oversample,
        filters=source.filters if filters is None else filters, start=start, nan=nan, truncated=truncated,
        knobs=source.knobs,
        input_gain_db=source.input_gain_db + input_gain_db + level_gain_db, input_dbu=input_dbu,
        input_level_gain_db=level_gain_db, output_gain_db=source.output_gain_db + output_gain_db,
        mix=source.mix if mix is None else mix, subtype=subtype, tail_s=tail_s,
        calibration_gain_db=source.calibration_gain_db, automation=_automation(automate, source),
        **_engine(engine, insert_before, insert_after, insert_offset or {}),
    )  # fmt: skip
    folder = None if out is None else Path(out)
    destination = Destination(folder, template, overwrite=overwrite, resume=resume)
    workers = check_workers(jobs)
    return render_batch(stems, source, options, destination, workers=workers, listener=listener, stop=stop)


def _automation(automate: Automation | PathLike | None, source: Source) -> Automation | None:
    """Read and checked before anything is written."""
    if automate is None:
        return None
    from afxplugin.render.automation import Automation, read_automation

    automation = automate if isinstance(automate, Automation) else read_automation(automate)
    automation.check(source.capture)
    return automation


def _engine(
    engine: str | None, before: Sequence[str], after: Sequence[str], offsets: Mapping[str, int]
) -> dict[str, Any]:
    """The options of the graph; a graph that cannot be played here is refused before anything is written."""
    if engine != "graph" and not before and not after and not offsets:
        return {} if engine is None else {"engine": engine}
    from afxplugin.engine.lookup import read_inserts
    from afxplugin.engine.process import check_installed

    check_installed()
    inserts_before, inserts_after = read_inserts(before, after, offsets)
    return {"engine": engine or "graph", "inserts_before": inserts_before, "inserts_after": inserts_after}


def render_batch(
    stems: PathLike | Iterable[PathLike],
    source: Source,
    options: RenderOptions,
    destination: Destination,
    *,
    workers: int,
    listener: Listener = ignore,
    stop: threading.Event | None = None,
) -> Batch:
    """Plan, render and record; errors as for ``render``."""
    from afxplugin.render.ledger import Ledger

    listener, stop = one_at_a_time(listener), stop or threading.Event()
    given = [stems] if isinstance(stems, str | os.PathLike) else list(stems)
    search = find_stems([Path(each) for each in given], out=destination.folder)
    ledger = Ledger(listener, destination, stop)
    planned = plan_jobs(search.stems, source, options, destination, workers=workers, stop=stop)
    planned = ledger.open(planned)
    folders = [*((path, "no audio files in this folder") for path in search.empty_folders), *search.unsearched]
    without_audio = [RenderResult("", path, path, "failed", error=reason) for path, reason in folders]
    for result in without_audio:
        listener(StemFinished(result))
    results = _run(planned, ledger, PlayerPool(source.capture, options), workers=workers, listener=listener, stop=stop)
    results += without_audio
    written = dict.fromkeys(each.job.output.parent for each in planned)
    manifests = tuple(folder / MANIFEST_NAME for folder in written if is_folder(folder))
    listener(BatchFinished(tuple(results)))
    return Batch(tuple(results), manifests, tuple(ledger.problems))


def _run(
    planned: Sequence[Planned],
    ledger: Ledger,
    pool: PlayerPool,
    *,
    workers: int,
    listener: Listener,
    stop: threading.Event,
) -> list[RenderResult]:
    from afxplugin.chain import UnstablePlanWarning
    from afxplugin.render.render_stem import render_stem

    results = {each.job: each.result for each in planned if each.result is not None}
    todo = [each.job for each in planned if each.result is None]
    ledger.enter_known(planned)
    for result in results.values():
        listener(StemFinished(result))
    listener(BatchStarted(len(todo), min(workers, len(todo))))

    def work(job: RenderJob) -> RenderResult:
        return render_stem(job, listener, stop, publisher=ledger, pool=pool)

    def ended(pairs: Iterable[tuple[RenderJob, RenderResult]]) -> None:
        for job, result in pairs:
            results[job] = result
            ledger.enter(job, result)
        if ledger.due:
            ledger.write()

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnstablePlanWarning)  # a note of the result instead, once for each stem
            run_jobs(todo, work, workers=workers, stop=stop, ended=ended)
    finally:
        left = [job for job in todo if job not in results]
        results.update((job, never_begun(job)) for job in left)
        ledger.leave(left)
        ledger.write()
    return [results[each.job] for each in planned]
