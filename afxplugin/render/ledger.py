"""The manifests of a running batch: what is planned at its start, what is done as it gets done."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from afxplugin.audio import remove_abandoned
from afxplugin.engine.waiting import check_stop
from afxplugin.errors import RenderError
from afxplugin.files import why
from afxplugin.render.entry import Entry, finished_entry, pending_entry
from afxplugin.render.folder_lock import patience_s
from afxplugin.render.job import RenderJob, RenderResult, tool_version
from afxplugin.render.manifest import Manifest
from afxplugin.render.progress import Listener, Notice
from afxplugin.render.publishing import give_name
from afxplugin.render.standing import EXISTS, Planned, judge, refused
from afxplugin.render.stems import is_folder

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from afxplugin.render.plan import Destination

# Writing a manifest of thousands of entries takes a while: at most this share of the time goes into it.
_SHARE = 0.05


class Ledger:
    """Keeps one manifest per output folder up to date; problems with them are told and counted, never raised.

    ``publish`` and ``taken`` are called by the workers, the rest by the thread of the batch.
    """

    def __init__(self, listener: Listener, destination: Destination, stop: threading.Event) -> None:
        self._listener, self._destination, self._stop = listener, destination, stop
        self._manifests: dict[Path, Manifest] = {}
        self._adopted: dict[RenderJob, Entry] = {}
        self._due: dict[Path, dict[str, Entry]] = defaultdict(dict)
        self._left: dict[Path, set[str]] = defaultdict(set)
        self._next_write = 0.0
        self.problems: list[str] = []

    @property
    def due(self) -> bool:
        """Whether entries wait to be written and enough time has passed since the last ones were."""
        return bool(self._due) and time.monotonic() >= self._next_write

    def open(self, planned: Sequence[Planned]) -> list[Planned]:
        """Make the folders and enter what will run; jobs whose folder cannot be written come back refused."""
        by_folder: dict[Path, list[RenderJob]] = defaultdict(list)
        for each in planned:
            folder = each.job.output.parent
            if folder not in self._manifests:
                self._manifests[folder] = Manifest(folder, lambda: patience_s(self._stop))
            if each.result is None:
                by_folder[each.job.output.parent].append(each.job)
        broken = {folder: self._prepare(folder, jobs) for folder, jobs in by_folder.items()}
        for folder in set(self._manifests) - set(broken):
            self._tidy(folder)
        opened: list[Planned] = []
        for each in planned:
            problem = broken.get(each.job.output.parent)
            if problem is None or each.result is not None:
                opened.append(each)
            else:
                opened.append(Planned(each.job, refused(each.job, problem)))
        return opened

    def enter(self, job: RenderJob, result: RenderResult) -> None:
        """Note a result; it is written by the next ``write``. What is done is noted already, by ``publish``."""
        if result.status == "done":
            _ = self._due[job.output.parent]  # only the journal knows it so far
        elif result.status == "skipped":
            if (adopted := self._adopted.pop(job, None)) is not None:
                self._due[job.output.parent][job.key] = adopted
            elif self._manifests[job.output.parent].has_journal:
                _ = self._due[job.output.parent]  # this batch may have added to it before it found the name taken
        elif is_folder(job.output.parent):
            self._due[job.output.parent][job.key] = finished_entry(job, result, tool_version())

    def enter_known(self, planned: Sequence[Planned]) -> None:
        """Note jobs that need not or must not run."""
        for each in planned:
            if each.adopted is not None:
                self._adopted[each.job] = each.adopted
            # What was interrupted while it was planned has changed nothing.
            if each.result is not None and each.result.status != "interrupted":
                self.enter(each.job, each.result)

    def leave(self, jobs: Iterable[RenderJob]) -> None:
        """Note jobs that were never begun: their entries stay pending, and the files they were to replace stand.

        A stopped batch must end at once, so nothing is written where nothing was withdrawn.
        """
        for job in jobs:
            if _may_replace(job):
                folder = job.output.parent
                _ = self._due[folder]
                self._left[folder].add(job.key)

    def publish(self, job: RenderJob, result: RenderResult, hidden: Path) -> None:
        """Give a finished file its name, the manifest's journal saying so before and after.

        Raises FileExistsError where another file stands there that may not be replaced, OSError where the folder cannot
        be written, RenderError where the journal cannot.
        """
        entry = finished_entry(job, result, tool_version())
        self._manifests[job.output.parent].publish(job.key, entry, lambda: give_name(job, hidden))

    def taken(self, job: RenderJob) -> RenderResult:
        """What to make of a job whose output another batch has written meanwhile. Raises StoppedError."""
        reason = f"another batch has written this file meanwhile; it {EXISTS}"
        if not self._destination.resume:
            return refused(job, reason)
        entries = self._manifests[job.output.parent].read_or_nothing()
        planned = judge(job, entries, check=lambda: check_stop(self._stop))
        if planned.adopted is not None:
            self._adopted[job] = planned.adopted
        return planned.result or refused(job, reason)

    def write(self) -> None:
        """Bring what is noted into the manifests."""
        started = time.monotonic()
        for folder, entries in self._due.items():
            try:
                self._tell(self._manifests[folder].update(entries, left=self._left[folder]), folder)
            except RenderError as error:
                self.problems.append(str(error))
                self._listener(Notice(str(error), folder))
        self._due.clear()
        self._left.clear()
        now = time.monotonic()
        self._next_write = now + (now - started) / _SHARE

    def _prepare(self, folder: Path, jobs: Sequence[RenderJob]) -> str | None:
        try:
            # A default folder stands beside a stem, so everything above it exists or the stem's path is wrong.
            folder.mkdir(parents=self._destination.folder is not None, exist_ok=True)
        except (OSError, ValueError) as error:
            problem = f"output folder cannot be made: {why(error)}"
            return str(RenderError(problem, path=folder))
        try:
            remove_abandoned(folder)
            entries: dict[str, Entry] = {}
            for job in jobs:
                if self._stop.is_set():
                    return None  # nothing will begin
                entries[job.key] = pending_entry(job, tool_version())
            replacing = {job.key for job in jobs if _may_replace(job)}
            self._tell(self._manifests[folder].update(entries, replacing=replacing), folder)
        except RenderError as error:
            return str(error)
        return None

    def _tidy(self, folder: Path) -> None:
        """Bring away what a killed batch left in a folder into which nothing is to be rendered now."""
        remove_abandoned(folder)
        if self._manifests[folder].has_journal:
            _ = self._due[folder]

    def _tell(self, notice: str | None, folder: Path) -> None:
        if notice is not None:
            self._listener(Notice(notice, folder))


def _may_replace(job: RenderJob) -> bool:
    return job.overwrite or job.replaces is not None
