"""The manifests of a running batch: what is planned at its start, what is done as it gets done."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from afxplugin.audio import remove_abandoned
from afxplugin.errors import RenderError
from afxplugin.render.job import RenderJob, RenderResult, tool_version
from afxplugin.render.manifest import Entry, Manifest, finished_entry, pending_entry
from afxplugin.render.plan import Destination, Planned, refused
from afxplugin.render.progress import Listener, Notice
from afxplugin.render.stems import is_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Writing a manifest of thousands of entries takes a while: at most this share of the time goes into it.
_SHARE = 0.1


class Ledger:
    """Keeps one manifest per output folder up to date; problems with them are told and counted, never raised."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._due: dict[Path, dict[str, Entry]] = defaultdict(dict)
        self._next_write = 0.0
        self.problems: list[str] = []

    @property
    def due(self) -> bool:
        """Whether entries wait to be written and enough time has passed since the last ones were."""
        return bool(self._due) and time.monotonic() >= self._next_write

    def open(self, planned: Sequence[Planned], destination: Destination) -> list[Planned]:
        """Make the folders and enter what will run; jobs whose folder cannot be written come back refused."""
        by_folder: dict[Path, list[RenderJob]] = defaultdict(list)
        for each in planned:
            if each.result is None:
                by_folder[each.job.output.parent].append(each.job)
        broken = {folder: self._prepare(folder, jobs, destination) for folder, jobs in by_folder.items()}
        opened: list[Planned] = []
        for each in planned:
            problem = broken.get(each.job.output.parent)
            if problem is None or each.result is not None:
                opened.append(each)
            else:
                opened.append(Planned(each.job, refused(each.job, problem)))
        return opened

    def enter(self, job: RenderJob, result: RenderResult) -> None:
        """Note a result; it is written by the next ``write``."""
        if is_folder(job.output.parent):
            self._due[job.output.parent][job.key] = finished_entry(job, result, tool_version())

    def enter_refused(self, results: Mapping[RenderJob, RenderResult]) -> None:
        """Note jobs that must not run, but for those of which the manifest says already that they are done."""
        known: dict[Path, Mapping[str, Entry]] = {}
        for job, result in results.items():
            folder = job.output.parent
            if folder not in known:
                known[folder] = Manifest(folder).read_or_nothing()
            entry = known[folder].get(job.key)
            if entry is None or entry.status != "done":
                self.enter(job, result)

    def write(self) -> None:
        """Bring what is noted into the manifests."""
        started = time.monotonic()
        for folder, entries in self._due.items():
            try:
                self._tell(Manifest(folder).update(entries), folder)
            except RenderError as error:
                self.problems.append(str(error))
                self._listener(Notice(str(error), folder))
        self._due.clear()
        now = time.monotonic()
        self._next_write = now + (now - started) / _SHARE

    def _prepare(self, folder: Path, jobs: Sequence[RenderJob], destination: Destination) -> str | None:
        try:
            # A default folder stands beside a stem, so everything above it exists or the stem's path is wrong.
            folder.mkdir(parents=destination.folder is not None, exist_ok=True)
        except (OSError, ValueError) as error:
            return f"{folder}: this output folder cannot be made: {getattr(error, 'strerror', None) or error}"
        try:
            remove_abandoned(folder)
            entries = {job.key: pending_entry(job, tool_version()) for job in jobs}
            self._tell(Manifest(folder).update(entries), folder)
        except RenderError as error:
            return str(error)
        return None

    def _tell(self, notice: str | None, folder: Path) -> None:
        if notice is not None:
            self._listener(Notice(notice, folder))
