"""How entries of several batches come together in one manifest: what each may change, and what it must leave."""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from afxplugin.audio import read_facts
from afxplugin.errors import AudioError
from afxplugin.render.entry import Entry
from afxplugin.render.naming import unspelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Entries = dict[str, Entry]


class Merge:
    """The entries of one manifest while others are taken in; entries given are never changed in place."""

    def __init__(self, folder: Path, entries: Mapping[str, Entry]) -> None:
        self.entries: Entries = dict(entries)
        self._folder = folder
        self._by_output: dict[str, list[str]] = defaultdict(list)
        for key, entry in self.entries.items():
            self._by_output[entry.output].append(key)

    def take(self, key: str, entry: Entry, *, may_replace: bool = False) -> None:
        """Take an entry in, by its status; ``may_replace``: its job may replace the file that stands there."""
        if entry.status == "done":
            self._done(key, entry)
        elif entry.status == "pending":
            self._pending(key, entry, may_replace=may_replace)
        else:
            self._failed(key, entry)

    def take_journal(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take in what the lines of a journal say was done.

        Of a line without an end, from a batch that was killed at that moment, the file itself says what came of it. An
        empty one only reserves the name (see ``audio.publish``), and the job may replace it.
        """
        unsure: Entries = {}
        for line in lines:
            key = str(line.get("key"))
            if "entry" in line:
                with contextlib.suppress(ValidationError):
                    unsure[key] = Entry.model_validate(line["entry"])
            elif (entry := unsure.pop(key, None)) is not None and line.get("named") is True:
                self._done(key, entry)
        for key, entry in unsure.items():
            with contextlib.suppress(AudioError):
                facts = read_facts(self._file(entry))
                if entry.output_file is not None and entry.output_file.sha256 == facts.sha256:
                    self._done(key, entry)
                elif not facts.bytes:
                    unmade = {"status": "pending", "stem_file": None, "output_file": None, "replaces": facts.sha256}
                    self._set(key, entry.model_copy(update=unmade))

    def _done(self, key: str, entry: Entry) -> None:
        """The file is that of this entry, so what others say of it is no longer true."""
        for other in self._others(key, entry):
            self._drop(other)
        self._set(key, entry)

    def _pending(self, key: str, entry: Entry, *, may_replace: bool) -> None:
        """A batch begins: nothing may be called done that it may replace, however it ends."""
        if self._stands(entry) and not may_replace:
            return  # another batch was faster; its entry is the one that counts
        replaced: str | None = None
        for each in [*self._others(key, entry), key]:
            known = self.entries.get(each)
            if known is not None and known.claims_file:
                self._set(each, known.model_copy(update={"status": "pending", "withdrawn": True}))
                replaced = replaced or (known.output_file and known.output_file.sha256)
        own = self.entries.get(key)
        if own is None or not own.claims_file:
            replaced = replaced or (own and own.replaces)
            self._set(key, entry.model_copy(update={"replaces": replaced}) if may_replace else entry)

    def _failed(self, key: str, entry: Entry) -> None:
        """Nothing came of a job: what was said of the file that it did not write is true again."""
        own = self.entries.get(key)
        if not self._stands(entry):
            self._set(key, entry)
        elif own is not None and not own.claims_file:
            if entry.status == "interrupted" and own.replaces is not None:
                self._set(key, entry.model_copy(update={"replaces": own.replaces}))
            else:
                self._drop(key)
        self._restore(key, entry)

    def leave(self, key: str) -> None:
        """A job was never begun: what was said of the file that it was to replace is true again."""
        if (entry := self.entries.get(key)) is not None:
            self._restore(key, entry)

    def _restore(self, key: str, entry: Entry) -> None:
        for each in [*self._others(key, entry), key]:
            known = self.entries.get(each)
            if known is not None and known.withdrawn:
                self._drop(each)  # and to the end: the entry that is true comes after any that is not
                self._set(each, known.model_copy(update={"status": "done", "withdrawn": False}))

    def _others(self, key: str, entry: Entry) -> list[str]:
        return [each for each in self._by_output[entry.output] if each != key]

    def _set(self, key: str, entry: Entry) -> None:
        if key not in self.entries:
            self._by_output[entry.output].append(key)
        self.entries[key] = entry

    def _drop(self, key: str) -> None:
        entry = self.entries.pop(key)
        self._by_output[entry.output].remove(key)

    def _stands(self, entry: Entry) -> bool:
        return os.path.lexists(self._file(entry))

    def _file(self, entry: Entry) -> Path:
        return self._folder / unspelled(entry.output)
