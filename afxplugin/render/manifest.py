"""``manifest.json``: what was rendered into one folder and how, one entry per job hash, shared by every batch."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from afxplugin.audio import create_hidden, share_with_folder
from afxplugin.errors import AudioError, RenderError
from afxplugin.files import read_regular, shown, why
from afxplugin.render.entry import Entry, finished_entry, pending_entry
from afxplugin.render.folder_lock import LOCK_NAME, WAIT_S, FolderLock
from afxplugin.render.journal import JOURNAL_NAME, Journal
from afxplugin.render.merging import Entries, Merge
from afxplugin.render.stems import MANIFEST_NAME, MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Mapping
    from pathlib import Path

__all__ = ["LOCK_NAME", "Entry", "Manifest", "finished_entry", "pending_entry"]

_ENTRIES = TypeAdapter(dict[str, Entry])
_Stamp = tuple[int, int, int]


class _NotOursError(RenderError):
    """A file called like a manifest that is none; one that only cannot be read is not touched."""


class Manifest:
    """The manifest of one output folder, its journal included; every change is made under a lock.

    May be used from several threads. patience_s: how long to wait for other batches.
    """

    def __init__(self, folder: Path, patience_s: Callable[[], float] = lambda: WAIT_S) -> None:
        self.folder = folder
        self.path = folder / MANIFEST_NAME
        self._lock = FolderLock(folder, patience_s)
        self._journal = Journal(folder)
        self._remembered: tuple[_Stamp, Entries] | None = None

    @property
    def has_journal(self) -> bool:
        """Whether a batch has added to the manifest what is not in it yet."""
        return self._journal.exists

    def read(self) -> Entries:
        """The entries by job hash; none where there is no file. Raises RenderError where the file is not a manifest."""
        if not self.has_journal:
            return dict(self._read_file())
        with contextlib.ExitStack() as stack:
            # Where we may not lock we may not write either, and then only look.
            with contextlib.suppress(OSError):
                stack.enter_context(self._lock.held())
            return self._with_journal(self._read_file()).entries

    def read_or_nothing(self) -> Entries:
        """The entries, none where the file is not a manifest: ``update`` reports that and keeps it aside."""
        try:
            return self.read()
        except (AudioError, RenderError):
            return {}

    def update(
        self, entries: Mapping[str, Entry], *, replacing: Collection[str] = (), left: Collection[str] = ()
    ) -> str | None:
        """Take entries in; what other batches wrote meanwhile stays.

        done: the file of that name is this one, so entries of other jobs for it go. pending: where no file stands, or
        the key is in ``replacing``, entries that speak of the file are withdrawn until it is known what becomes of it;
        otherwise nothing happens. failed, interrupted: what was withdrawn is true again, and the entry is kept where no
        file stands. left: keys of jobs that were never begun; what was withdrawn for them is true again, no more.
        A file that is not a manifest is kept beside under another name; the answer then says so.
        Raises RenderError where the folder cannot be written.
        """
        with self._changing():
            notice = None
            try:
                known = self._read_file()
            except _NotOursError as error:
                known, notice = {}, self._set_aside(error)
            merged = self._with_journal(known)
            for key, entry in entries.items():
                merged.take(key, entry, may_replace=key in replacing)
            for key in left:
                merged.leave(key)
            self._write_file(merged.entries)
            self._journal.remove()
            return notice

    def publish(self, key: str, entry: Entry, give_name: Callable[[], None]) -> None:
        """Note what a file is, let ``give_name`` give it its name, and note that it has it; all in one go.

        Raises RenderError where that cannot be noted, and then the file gets no name; whatever ``give_name`` raises.
        """
        failure: BaseException | None = None
        with self._changing():
            self._journal.append({"key": key, "entry": entry.as_dict()}, durable=True)
            try:
                give_name()
            except BaseException as error:
                failure = error
            with contextlib.suppress(OSError):  # who reads the line above alone looks at the file
                self._journal.append({"key": key, "named": failure is None}, durable=False)
        if failure is not None:
            raise failure

    @contextlib.contextmanager
    def _changing(self) -> Generator[None]:
        try:
            with self._lock.held():
                yield
        except OSError as error:
            told = error.reason if isinstance(error, AudioError) else why(error)
            reason = self._kept_by_others(error) or told
            raise RenderError(f"cannot write the manifest: {reason}", path=self.path) from error

    def _kept_by_others(self, error: OSError) -> str | None:
        """Whether writing failed because the folder lets nobody replace another user's files, and what helps."""
        if sys.platform == "win32" or error.errno not in (errno.EPERM, errno.EACCES):
            return None
        with contextlib.suppress(OSError):
            folder, own = self.folder.stat(), os.geteuid()
            owners = {path.stat().st_uid for path in (self.path, self.folder / JOURNAL_NAME) if path.exists()}
            if folder.st_mode & stat.S_ISVTX and own not in (0, folder.st_uid) and owners - {own}:
                return (
                    "the folder's sticky bit keeps you from replacing another user's manifest; "
                    "allowed: an output folder of your own"
                )
        return None

    def _with_journal(self, entries: Entries) -> Merge:
        merge = Merge(self.folder, entries)
        try:
            merge.take_journal(self._journal.read())
        except OSError as error:
            raise RenderError(f"cannot be read: {why(error)}", path=error.filename) from error
        return merge

    def _read_file(self) -> Entries:
        stamp = self._stamp()
        if stamp is not None and self._remembered is not None and self._remembered[0] == stamp:
            return self._remembered[1]
        try:
            raw = read_regular(self.path, most_bytes=MOST_BYTES, what="a manifest")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise RenderError(f"the manifest cannot be read: {why(error)}", path=self.path) from error
        try:
            entries = _ENTRIES.validate_json(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            reason = f"{where} {first['msg']}".strip()
            raise _NotOursError(f"not a manifest of ours: {reason}", path=self.path) from error
        if stamp is not None and stamp == self._stamp():
            self._remembered = (stamp, entries)
        return entries

    def _write_file(self, entries: Entries) -> None:
        raw = to_json({key: each.as_dict() for key, each in entries.items()}, indent=1, inf_nan_mode="null") + b"\n"
        descriptor, partial = create_hidden(self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                share_with_folder(descriptor, self.folder)
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
                partial.replace(self.path)
        finally:
            partial.unlink(missing_ok=True)
        stamp = self._stamp()
        self._remembered = None if stamp is None else (stamp, entries)

    def _stamp(self) -> _Stamp | None:
        """Which file it is: every change of a manifest makes another one."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def _set_aside(self, error: _NotOursError) -> str:
        aside = self.folder / f"manifest.corrupt-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.json"
        self.path.replace(aside)
        return f"{error.reason}; it is kept as {shown(aside.name)} and a new one is begun: {shown(self.path)}"
