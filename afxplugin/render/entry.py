"""One entry of a manifest: what was rendered, from which stem, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from afxplugin.files import shown
from afxplugin.render.naming import spelled

if TYPE_CHECKING:
    from afxplugin.audio import FileFacts
    from afxplugin.render.job import RenderJob, RenderResult


class _Open(BaseModel):
    # Keys of a newer version survive an update by this one.
    model_config = ConfigDict(extra="allow")


class CaptureLabel(_Open):
    """Which capture was played; the input level in dBu that stands for full scale, where the capture knows it."""

    name: str
    sha256: str
    input_dbu: float | None = None


class InsertLabel(_Open):
    """A plugin before or after the capture, and how many frames late it is by itself.

    With ``offset_frames``, where one was given: how many of them it does not report.
    """

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


class FileRecord(_Open):
    """What identifies a file: its size, the time of its last change, and sha256 of all of it."""

    bytes: int
    mtime_ns: int
    sha256: str


class Entry(_Open):
    """One stem of one batch; ``pending`` until a worker is through with it.

    stem, output: names as ``naming.spelled`` spells them. stem_file, output_file: what was read and written; None in
    entries of older versions. replaces: sha256 of the file that a batch was told to replace and has not replaced yet.
    withdrawn: what is said here was true, and is, unless another batch has replaced the file meanwhile.
    """

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
    stem_file: FileRecord | None = None
    output_file: FileRecord | None = None
    replaces: str | None = None
    withdrawn: bool = False

    @property
    def claims_file(self) -> bool:
        """Whether a file of this output's name may be the render that is described here."""
        return self.status == "done" or self.withdrawn

    def as_dict(self) -> dict[str, Any]:
        """The entry as plain JSON values; what matters only while a batch runs is left out otherwise."""
        told = self.model_dump()
        if self.replaces is None:
            del told["replaces"]
        if not self.withdrawn:
            del told["withdrawn"]
        return told


def pending_entry(job: RenderJob, tool_version: str) -> Entry:
    """The entry of a job that is planned and not yet through."""
    return Entry.model_validate(_planned(job, tool_version))


def finished_entry(job: RenderJob, result: RenderResult, tool_version: str) -> Entry:
    """The entry of a job that is done, failed or interrupted."""
    told = {name: value for name, value in result.as_dict().items() if name in Entry.model_fields}
    files = {"stem_file": _record(result.stem_file), "output_file": _record(result.output_file)}
    planned = _planned(job, tool_version)
    if told["error"] is not None:
        told["error"] = shown(told["error"])
    return Entry.model_validate({**planned, **told, **files, "stem": planned["stem"], "output": planned["output"]})


def stem_text(job: RenderJob) -> str:
    """The stem as seen from the output folder where both move together (at most one level up), else in full."""
    stem, folder = job.stem.absolute(), job.output.absolute().parent
    for base, prefix in ((folder, ""), (folder.parent, "../")):
        if stem.is_relative_to(base):
            return prefix + spelled(stem.relative_to(base))
    return spelled(stem)


def _planned(job: RenderJob, tool_version: str) -> dict[str, Any]:
    options = job.options.as_dict()
    return {
        "tool_version": tool_version,
        "capture": {
            # Names may come from those of files, and then be no UTF-8, which JSON cannot hold.
            "name": shown(job.capture.name),
            "sha256": job.capture_sha256,
            "input_dbu": job.capture.calibration.input_dbu,
        },
        "preset": None if job.preset is None else shown(job.preset),
        "knobs": options.pop("knobs"),
        "options": options,
        "stem": stem_text(job),
        "output": spelled(job.output.name),
        "status": "pending",
    }


def _record(facts: FileFacts | None) -> dict[str, int | str] | None:
    return None if facts is None else facts.as_dict()
