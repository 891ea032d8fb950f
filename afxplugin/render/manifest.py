"""``manifest.json``: what was rendered into one folder and how, one entry per job hash, shared by every batch."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, Literal, TextIO

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from afxplugin.audio import create_hidden
from afxplugin.errors import RenderError
from afxplugin.render.job import RenderJob, RenderResult, capture_digest
from afxplugin.render.naming import shown
from afxplugin.render.stems import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOCK_NAME = ".manifest.lock"
_LOCK_WAIT_S = 60.0


class _Open(BaseModel):
    # Keys of a newer version survive an update by this one.
    model_config = ConfigDict(extra="allow")


class CaptureLabel(_Open):
    """Which capture was played; the input level in dBu that stands for full scale, where the capture knows it."""

    name: str
    sha256: str
    input_dbu: float | None = None


class InsertLabel(_Open):
    """A plugin before or after the capture, and how many frames late it is by itself."""

    plugin: str
    preset: str | None = None
    preset_sha256: str = ""
    place: Literal["before", "after"]
    latency_frames: int


class Plan(_Open):
    """The rate plan (see ``afxplugin.chain.RatePlan``), engine and inserts; the latency is that of all together."""

    session_hz: int
    capture_hz: int
    kernel_hz: int
    method: str
    oversampling: int
    filters: str
    latency_frames: int
    pole_radius: float | None
    tau_ms: float | None
    stable: bool | None
    reason: str
    engine: str = "direct"
    inserts: list[InsertLabel] = Field(default_factory=list[InsertLabel])


class Entry(_Open):
    """One stem of one batch; ``pending`` until a worker is through with it."""

    tool_version: str
    capture: CaptureLabel
    preset: str | None = None
    knobs: dict[str, float] = Field(default_factory=dict)
    plan: Plan | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    stem: str
    output: str
    rate_hz: int | None = None
    channels: int | None = None
    frames: int | None = None
    peak: float | None = None
    loudness_lufs: float | None = None
    seconds: float | None = None
    times_real_time: float | None = None
    status: Literal["pending", "done", "failed", "interrupted"]
    error: str | None = None
    notes: list[str] = Field(default_factory=list)


_ENTRIES = TypeAdapter(dict[str, Entry])


class Manifest:
    """The manifest of one output folder. Every change is read, merged and replaced as a whole under a lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / MANIFEST_NAME

    def read(self) -> dict[str, Entry]:
        """The entries by job hash; none where there is no file. Raises RenderError where the file is not a manifest."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise RenderError(f"cannot read {shown(self.path)}: {error.strerror or error}") from error
        try:
            return _ENTRIES.validate_json(raw)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RenderError(f"{shown(self.path)} is not a manifest of ours: {where} {first['msg']}") from error

    def read_or_nothing(self) -> dict[str, Entry]:
        """The entries, none where the file is not a manifest: ``update`` reports that and keeps it aside."""
        try:
            return self.read()
        except RenderError:
            return {}

    def update(self, entries: Mapping[str, Entry]) -> str | None:
        """Add or replace entries; what other batches wrote meanwhile stays.

        An entry whose output another job has replaced goes, for it is no longer true.
        A file that is not a manifest is kept beside under another name; the answer then says so.
        Raises RenderError where the folder cannot be written.
        """
        try:
            # Before the lock: where the folder cannot be written nobody will ever release it.
            descriptor, partial = create_hidden(self.folder)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                try:
                    with FileLock(self.folder / LOCK_NAME, timeout=_LOCK_WAIT_S):
                        return self._merge(entries, file, partial)
                finally:
                    partial.unlink(missing_ok=True)
        except Timeout as error:
            raise RenderError(f"{shown(self.path)} has been locked by another batch for {_LOCK_WAIT_S:g} s") from error
        except OSError as error:
            raise RenderError(f"cannot write {shown(self.path)}: {error.strerror or error}") from error

    def _merge(self, entries: Mapping[str, Entry], file: TextIO, partial: Path) -> str | None:
        notice = None
        try:
            merged = self.read()
        except RenderError as error:
            merged, notice = {}, self._set_aside(error)
        replaced = {each.output for each in entries.values() if each.status == "done"}
        kept = {key: each for key, each in merged.items() if each.output not in replaced}
        plain = {key: each.model_dump() for key, each in {**kept, **entries}.items()}
        file.write(json.dumps(plain, indent=1, allow_nan=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
        partial.replace(self.path)
        return notice

    def _set_aside(self, error: RenderError) -> str:
        aside = self.folder / f"manifest.corrupt-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.json"
        self.path.replace(aside)
        return f"{error}; it is kept as {shown(aside.name)} and a new one is begun"


def pending_entry(job: RenderJob, tool_version: str) -> Entry:
    """The entry of a job that is planned and not yet through."""
    options = job.options.as_dict()
    return Entry(
        tool_version=tool_version,
        capture=CaptureLabel(
            name=job.capture.name,
            sha256=capture_digest(job.capture),
            input_dbu=job.capture.calibration.input_dbu,
        ),
        preset=job.preset,
        knobs=options.pop("knobs"),
        options=options,
        stem=_stem_text(job),
        output=shown(job.output.name),
        status="pending",
    )


def finished_entry(job: RenderJob, result: RenderResult, tool_version: str) -> Entry:
    """The entry of a job that is done, failed or interrupted."""
    told = {name: value for name, value in result.as_dict().items() if name in Entry.model_fields}
    planned = pending_entry(job, tool_version).model_dump()
    return Entry.model_validate({**planned, **told, "stem": planned["stem"], "output": planned["output"]})


def _stem_text(job: RenderJob) -> str:
    """The stem as seen from the output folder where both move together (at most one level up), else in full."""
    stem, folder = job.stem.absolute(), job.output.absolute().parent
    for base, prefix in ((folder, ""), (folder.parent, "../")):
        if stem.is_relative_to(base):
            return shown(prefix + stem.relative_to(base).as_posix())
    return shown(stem)
